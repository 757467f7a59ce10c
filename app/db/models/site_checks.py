"""Checks of single sites, stored with everything they stand on, and the packs of rules that a bureau added."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded


class SiteCheck(Base):
    """One answer to "may this land be used for that"; it is never changed.

    ``sites`` is a GeoJSON FeatureCollection in the stored reference system, ``layers`` the versions that were looked at,
    ``rules`` the catalogue and the packs, ``parameter_rows`` the rows that the answer rests on, ``result`` what holds for all
    sites. ``digest`` is the SHA-256 over all of these and what is said of each site, without the time of the answer.
    """

    __tablename__ = "site_check"
    __table_args__ = (
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint("verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name="verdict"),
        Index("ix_site_check_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    as_of: Mapped[date]
    known_at: Mapped[datetime]
    parameters: Mapped[dict[str, Any]]
    sites: Mapped[dict[str, Any]]
    site_count: Mapped[int]
    layers: Mapped[list[Any]]
    rules: Mapped[dict[str, Any]]
    parameter_rows: Mapped[list[Any]]
    engine_version: Mapped[str]
    verdict: Mapped[str]
    result: Mapped[dict[str, Any]]
    digest: Mapped[str]


class SiteAnswer(Base):
    """What a check says of one site; ``answer`` has it whole, the other columns what lists show of it. It is never changed."""

    __tablename__ = "site_answer"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        Index("ix_site_answer_site", "site_check_id", "site", unique=True),
    )

    # The check is stored when the last of its sites is answered.
    site_check_id: Mapped[UUID] = mapped_column(
        ForeignKey("site_check.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site: Mapped[str]
    name: Mapped[str | None]
    parcel_code: Mapped[str | None]
    area_m2: Mapped[float]
    verdict: Mapped[str]
    answer: Mapped[dict[str, Any]]


class RulePack(Base, Recorded):
    """One version of a pack of rules, as its file says; a later version of the same name goes before it.

    ``version`` is the SHA-256 of the document. The national pack is stored with each release, so that an old answer can
    name the text that it was given by.
    """

    __tablename__ = "rule_pack"
    __table_args__ = (
        Index("ix_rule_pack_name", "name", "version"),
        CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,62}$'", name="name"),
        CheckConstraint("version ~ '^[0-9a-f]{64}$'", name="version"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    is_national: Mapped[bool]
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rule_count: Mapped[int]
    example_count: Mapped[int]
    document: Mapped[dict[str, Any]]
