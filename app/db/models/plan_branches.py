"""What-if branches: a draft taken for granted, and what it would change in a comparison of plans."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class PlanBranch(Base):
    """One question: what if this draft were in force? ``delta`` is the answer, against one revision of a comparison."""

    __tablename__ = "plan_branch"
    __table_args__ = (
        CheckConstraint("status in ('open', 'kept', 'discarded')", name="status"),
        CheckConstraint("(status = 'open') = (closed_at is null)", name="closed_at"),
        Index("ix_plan_branch_plan_comparison_id", "plan_comparison_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    plan_comparison_id: Mapped[int] = mapped_column(ForeignKey("plan_comparison.id", ondelete="CASCADE"))
    base_revision: Mapped[int]
    as_of: Mapped[date]
    layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"))
    version_number: Mapped[int]
    # Whether the draft was imported for the branch, and goes with it when it is discarded.
    owns_draft: Mapped[bool]
    status: Mapped[str]
    delta: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]


class PlanBranchPatch(Base):
    """A difference patch that a branch would add (``come``) or take away (``gone``)."""

    __tablename__ = "plan_branch_patch"
    __table_args__ = (
        CheckConstraint("change in ('come', 'gone')", name="change"),
        CheckConstraint("ST_IsValid(geom)", name="geom_valid"),
        Index("ix_plan_branch_patch_plan_branch_id_id", "plan_branch_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    plan_branch_id: Mapped[int] = mapped_column(ForeignKey("plan_branch.id", ondelete="CASCADE"))
    change: Mapped[str]
    conflict_class: Mapped[str]
    plan_statuses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    plan_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hard_lines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    overlap_class: Mapped[str]
    area_m2: Mapped[float]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())
