"""What the import refused, changed or found fault with, and how far an unfinished one is; nothing of a delivery is lost."""

from datetime import datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, storage_geometry


class Staging(Base):
    """An import that is not finished: what it is of, and how many rows of the source are stored.

    Its version has the status ``staging``; both the rows and ``rows_done`` change in one transaction for each chunk.
    """

    __tablename__ = "staging"
    __table_args__ = (CheckConstraint("rows_done >= 0", name="rows_done"),)

    layer_version_id: Mapped[int] = mapped_column(
        ForeignKey("layer_version.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    slug: Mapped[str]
    sha256: Mapped[str]
    options: Mapped[dict[str, Any]]
    software_version: Mapped[str]
    rows_done: Mapped[int] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IntakeFault(Base):
    """A fault that the validation of a delivery found, with its place (``gis.validation.Fault``)."""

    __tablename__ = "intake_fault"
    __table_args__ = (
        CheckConstraint("severity in ('error', 'warning', 'note')", name="severity"),
        Index("ix_intake_fault_layer_version_id_id", "layer_version_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"))
    severity: Mapped[str]
    kind: Mapped[str]
    source_row: Mapped[int | None]
    feature_id: Mapped[str | None]
    field: Mapped[str | None]
    found: Mapped[str | None]
    expected: Mapped[str | None]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    width_m: Mapped[float | None]
    area_m2: Mapped[float | None]
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry("GEOMETRY"))


class RejectedFeature(Base):
    """A source feature that was not stored, whole: reason, raw geometry and attributes.

    ``source_id`` is the identifier that the source gives it, where it gives one.
    """

    __tablename__ = "rejected_feature"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), index=True)
    source_row: Mapped[int]
    source_id: Mapped[str | None]
    reason: Mapped[str]
    raw_wkb: Mapped[bytes | None] = mapped_column(LargeBinary)
    attributes: Mapped[dict[str, Any]]


class Repair(Base):
    """A source feature that was repaired: the reasons and the area before and after, in square metres."""

    __tablename__ = "repair"
    __table_args__ = (CheckConstraint("area_after_m2 > 0", name="area_after_m2"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), index=True)
    feature_id: Mapped[str]
    source_row: Mapped[int]
    reason: Mapped[str]
    raw_wkb: Mapped[bytes] = mapped_column(LargeBinary)
    area_before_m2: Mapped[float | None]
    area_after_m2: Mapped[float]
