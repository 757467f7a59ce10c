"""Comparisons of plans (多规合一) and their difference patches (差异图斑)."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry
from app.db.models.plan_register import (
    APPLIED_CHECK,
    BUILT_SHARE_CHECK,
    DECIDED_CHECK,
    DECIDED_STATUS_CHECK,
    STATE_CHECK,
    ResolutionColumns,
)


class PlanComparison(Base):
    """One complete comparison of two or more plans; ``input_digest`` names everything the result depends on.

    ``plan_set`` names the plans, in the order of their slugs; of each set the latest comparison is the current one.
    """

    __tablename__ = "plan_comparison"
    __table_args__ = (
        Index("ix_plan_comparison_input_digest", "input_digest"),
        Index("uq_plan_comparison_current", "plan_set", unique=True, postgresql_where=text("is_current")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    plan_set: Mapped[str]
    plans: Mapped[list[Any]]
    lines: Mapped[list[Any]]
    as_of: Mapped[date]
    input_digest: Mapped[str]
    engine_version: Mapped[str]
    parameter_rows: Mapped[list[Any]]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    # How often it was brought up to date, counted from 1; what it said before is in plan_comparison_revision.
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    # Whether its cells are rows of plan_cell.
    shows_cells: Mapped[bool] = mapped_column(server_default=text("false"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class PlanPatch(Base, ResolutionColumns):
    """Adjacent cells in which the plans say the same different things, and the same lines are touched.

    ``plan_statuses`` and ``plan_codes`` are in the order of the comparison's plans. A patch holds from the revision ``since_revision`` of its
    comparison on, and until ``until_revision`` where that is not null.
    """

    __tablename__ = "plan_patch"
    __table_args__ = (
        CheckConstraint(
            "conflict_class in ('conflict', 'gap', 'contradiction', 'agreed_construction')", name="conflict_class"
        ),
        CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name="overlap_class"),
        CheckConstraint("area_m2 > 0", name="area_m2"),
        # What ends was examined when it began, and is not examined again.
        CheckConstraint("until_revision is not null or ST_IsValid(geom)", name="geom_valid"),
        STATE_CHECK,
        DECIDED_STATUS_CHECK,
        DECIDED_CHECK,
        APPLIED_CHECK,
        BUILT_SHARE_CHECK,
        UniqueConstraint("plan_comparison_id", "feature_id"),
        Index("ix_plan_patch_geom", "geom", postgresql_using="gist"),
        Index("ix_plan_patch_plan_comparison_id_row_id", "plan_comparison_id", "row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    plan_comparison_id: Mapped[int] = mapped_column(ForeignKey("plan_comparison.id", ondelete="CASCADE"))
    plan_set: Mapped[str]
    since_revision: Mapped[int] = mapped_column(server_default=text("1"))
    until_revision: Mapped[int | None]
    conflict_class: Mapped[str]
    plan_statuses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    plan_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hard_lines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    overlap_class: Mapped[str]
    cell_count: Mapped[int]
    area_m2: Mapped[float]
    mean_width_m: Mapped[float]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())
