"""Faults of plans and lines: the topology of one plan, hard lines that cross, a plan beyond the plan above."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class PlanFaultRun(Base):
    """One complete search for faults; of each kind and set of layers the latest is the current one."""

    __tablename__ = "plan_fault_run"
    __table_args__ = (
        CheckConstraint("kind in ('topology', 'lines', 'levels', 'neighbours')", name="kind"),
        Index("uq_plan_fault_run_current", "kind", "layer_set", unique=True, postgresql_where=text("is_current")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    layer_set: Mapped[str]
    layers: Mapped[list[Any]]
    settings: Mapped[dict[str, Any]]
    as_of: Mapped[date]
    engine_version: Mapped[str]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class PlanFaultRow(Base):
    """One fault: its kind, the features concerned, how large and how wide it is, and where."""

    __tablename__ = "plan_fault"
    __table_args__ = (
        CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name="overlap_class"),
        CheckConstraint("geom is null or ST_IsValid(geom)", name="geom_valid"),
        UniqueConstraint("plan_fault_run_id", "feature_id"),
        Index("ix_plan_fault_geom", "geom", postgresql_using="gist"),
        Index("ix_plan_fault_plan_fault_run_id_row_id", "plan_fault_run_id", "row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    plan_fault_run_id: Mapped[int] = mapped_column(ForeignKey("plan_fault_run.id", ondelete="CASCADE"))
    fault_kind: Mapped[str]
    layers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    feature_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    overlap_class: Mapped[str | None]
    area_m2: Mapped[float | None]
    width_m: Mapped[float | None]
    max_width_m: Mapped[float | None]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    error: Mapped[str | None]
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry("GEOMETRY"))
