"""Planning-basis sheets (规划依据图) that were issued."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class PlanningSheet(Base):
    """One statement about one place, with its hash and signature; the same statement is issued once.

    Neither statement nor time of issue ever changes, so that the sheet can be printed again, byte for byte.
    """

    __tablename__ = "planning_sheet"
    __table_args__ = (
        CheckConstraint("sheet_hash ~ '^[0-9a-f]{64}$'", name="sheet_hash"),
        CheckConstraint("subject_kind in ('parcel', 'site')", name="subject_kind"),
        CheckConstraint("verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name="verdict"),
        Index("ix_planning_sheet_subject", "layer_slug", "feature_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sheet_hash: Mapped[str] = mapped_column(unique=True)
    subject_kind: Mapped[str]
    layer_slug: Mapped[str | None]
    feature_id: Mapped[str]
    parcel_code: Mapped[str | None]
    as_of: Mapped[date]
    verdict: Mapped[str]
    statement: Mapped[dict[str, Any]]
    engine_version: Mapped[str]
    signature: Mapped[str]
    public_key: Mapped[str]
    verify_url: Mapped[str]
    issued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    issued_by: Mapped[str]
