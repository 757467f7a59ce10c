"""Checks of a layer of parcels against the control areas, and their findings."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class CheckRun(Base):
    """One complete check of one target layer; ``input_digest`` names everything the result depends on.

    A run is stored whole, in one transaction, when it is complete: what failed or was cancelled is told by its job.
    """

    __tablename__ = "check_run"
    __table_args__ = (Index("ix_check_run_input_digest", "input_digest"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    target_layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"))
    target_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id"))
    as_of: Mapped[date]
    input_digest: Mapped[str]
    engine_version: Mapped[str]
    catalog_version: Mapped[str]
    parameter_rows: Mapped[list[Any]]
    summary: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class CheckRunLayer(Base):
    """What a run says of one control layer; ``is_current`` marks the latest complete run of the pair of layers."""

    __tablename__ = "check_run_layer"
    __table_args__ = (
        UniqueConstraint("check_run_id", "control_layer_id"),
        CheckConstraint("status in ('hit', 'clear', 'not_covered', 'stale', 'failed')", name="status"),
        CheckConstraint("verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name="verdict"),
        CheckConstraint("covered_share between 0 and 1", name="covered_share"),
        Index(
            "uq_check_run_layer_current",
            "target_layer_id",
            "control_layer_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    check_run_id: Mapped[int] = mapped_column(ForeignKey("check_run.id", ondelete="CASCADE"))
    target_layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"))
    control_layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"))
    control_version_id: Mapped[int | None] = mapped_column(ForeignKey("layer_version.id"))
    status: Mapped[str]
    verdict: Mapped[str]
    covered_share: Mapped[float | None]
    uncovered_target_count: Mapped[int]
    audit: Mapped[dict[str, Any]]
    is_current: Mapped[bool] = mapped_column(server_default=text("false"))


class Finding(Base):
    """A parcel and one zone of one control layer: an overlap, a part outside what must contain it, or a hard line that may reach it.

    Where the layer's coverage does not hold the whole parcel, a finding of relation ``not_covered`` says so. Artefacts
    are never findings; they stay in the audit sum of the layer.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name="verdict"),
        CheckConstraint("overlap_class in ('real', 'sliver')", name="overlap_class"),
        CheckConstraint("relation in ('overlap', 'outside', 'not_covered', 'near')", name="relation"),
        CheckConstraint("certainty in ('certain_hit', 'doubtful_hit', 'possible_hit')", name="certainty"),
        CheckConstraint(
            "case relation when 'near' then overlap_area_m2 = 0 else overlap_area_m2 > 0 end", name="overlap_area_m2"
        ),
        CheckConstraint(
            "case relation when 'near' then target_share = 0 else target_share > 0 and target_share <= 1 end",
            name="target_share",
        ),
        CheckConstraint("ST_IsValid(geom)", name="geom_valid"),
        UniqueConstraint("check_run_id", "feature_id"),
        Index("ix_finding_geom", "geom", postgresql_using="gist"),
        Index("ix_finding_check_run_layer_id_row_id", "check_run_layer_id", "row_id"),
        Index("ix_finding_target_row_id", "target_row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    check_run_id: Mapped[int] = mapped_column(ForeignKey("check_run.id", ondelete="CASCADE"))
    check_run_layer_id: Mapped[int] = mapped_column(ForeignKey("check_run_layer.id", ondelete="CASCADE"))
    target_row_id: Mapped[int] = mapped_column(ForeignKey("parcel.row_id", ondelete="CASCADE"))
    target_layer: Mapped[str]
    target_id: Mapped[str]
    parcel_code: Mapped[str | None]
    control_layer: Mapped[str]
    control_kind: Mapped[str]
    control_zone: Mapped[str | None]
    constraint_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rule_id: Mapped[str | None]
    relation: Mapped[str]
    verdict: Mapped[str]
    overlap_class: Mapped[str]
    certainty: Mapped[str | None]
    overlap_area_m2: Mapped[float]
    target_area_m2: Mapped[float]
    target_share: Mapped[float]
    mean_width_m: Mapped[float | None]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    article: Mapped[str]
    remedy_zh: Mapped[str]
    remedy_en: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())
