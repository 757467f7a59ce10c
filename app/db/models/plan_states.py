"""What a comparison of plans keeps beside its patches, so that it can be brought up to date: its cells, and what it said before."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class PlanComparisonState(Base):
    """The cells of a comparison without their geometry: ``arrays`` is a NumPy archive, ``facts`` what decides whether it can be gone on with.

    Only comparisons that are the current one of their plans have a state.
    """

    __tablename__ = "plan_comparison_state"

    plan_comparison_id: Mapped[int] = mapped_column(
        ForeignKey("plan_comparison.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    facts: Mapped[dict[str, Any]]
    arrays: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class PlanCellSegment(Base):
    """Polygons of many cells in the area plane, one WKB behind the other; the state says where each begins.

    Written once, never compressed, and read a few bytes at a time: a row for each cell would cost more than computing it.
    """

    __tablename__ = "plan_cell_segment"

    plan_comparison_id: Mapped[int] = mapped_column(
        ForeignKey("plan_comparison.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class PlanComparisonRevision(Base):
    """What a comparison said before it was brought up to date; its patches are those whose revisions include this one."""

    __tablename__ = "plan_comparison_revision"

    plan_comparison_id: Mapped[int] = mapped_column(
        ForeignKey("plan_comparison.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plans: Mapped[list[Any]]
    lines: Mapped[list[Any]]
    as_of: Mapped[date]
    input_digest: Mapped[str]
    engine_version: Mapped[str]
    parameter_rows: Mapped[list[Any]]
    summary: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    started_by: Mapped[str]
