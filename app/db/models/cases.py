"""Cases of idle land that are followed until they end: the case, and every move in it."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded, storage_geometry


class DisposalCase(Base, Recorded):
    """A case of idle land (闲置土地处置案件).

    ``initial_facts`` and the moves say everything; the other columns are what follows from them, kept for lists and maps.
    ``revision`` is the number of moves; ``scan_kind`` is what the last scan that said something else says of the land.
    """

    __tablename__ = "disposal_case"
    __table_args__ = (
        CheckConstraint("revision > 0", name="revision"),
        Index("uq_disposal_case_open", "contract_no", unique=True, postgresql_where=text("ended_on is null")),
        Index("ix_disposal_case_geom", "geom", postgresql_using="gist"),
        Index("ix_disposal_case_parcel_code", "parcel_code"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    contract_no: Mapped[str]
    parcel_code: Mapped[str | None]
    parcel_layer: Mapped[str | None]
    target_id: Mapped[str | None]
    kind: Mapped[str]
    stage: Mapped[str]
    cause: Mapped[str | None]
    is_published: Mapped[bool]
    due_name: Mapped[str | None]
    due_on: Mapped[date | None]
    opened_on: Mapped[date]
    ended_on: Mapped[date | None]
    revision: Mapped[int]
    scan_kind: Mapped[str | None]
    initial_facts: Mapped[dict[str, Any]]
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry())


class DisposalMove(Base, Recorded):
    """One move in a case, and what it brought about. Rows are only added: the database refuses to change or to delete one."""

    __tablename__ = "disposal_move"
    __table_args__ = (UniqueConstraint("disposal_case_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    disposal_case_id: Mapped[int] = mapped_column(ForeignKey("disposal_case.row_id"))
    number: Mapped[int]
    action: Mapped[str]
    stage: Mapped[str]
    done_on: Mapped[date]
    document_no: Mapped[str | None]
    due_on: Mapped[date | None]
    move: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any]]


class DisposalLetter(Base, Recorded):
    """A letter that was issued (文书): all that it says; the PDF is laid out from it. Rows are only added."""

    __tablename__ = "disposal_letter"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        UniqueConstraint("kind", "year", "serial"),
        UniqueConstraint("disposal_case_id", "kind", "move_number"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    disposal_case_id: Mapped[int] = mapped_column(ForeignKey("disposal_case.row_id"))
    move_number: Mapped[int]
    kind: Mapped[str]
    year: Mapped[int]
    serial: Mapped[int]
    letter_no: Mapped[str]
    issued_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
