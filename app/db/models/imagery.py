"""Scenes that are registered, and what they show of land under contract."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded, storage_geometry


class ImageryScene(Base, Recorded):
    """One band of a raster that was taken on one day (影像). The raster stays where it is; its digest says if it is still the same."""

    __tablename__ = "imagery_scene"
    __table_args__ = (
        CheckConstraint("kind in ('vegetation_index', 'built_share', 'night_lights')", name="kind"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        UniqueConstraint("sha256", "band", "kind"),
        Index("ix_imagery_scene_taken_on", "taken_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    path: Mapped[str]
    band: Mapped[int]
    taken_on: Mapped[date]
    scale: Mapped[float | None]
    masks: Mapped[list[Any]]
    sha256: Mapped[str]
    resolution_m: Mapped[float]
    crs: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())


class EvidenceRun(Base):
    """What all registered scenes show of all contracts' land as of a day; the newest is the current one."""

    __tablename__ = "evidence_run"
    __table_args__ = (Index("uq_evidence_run_current", "is_current", unique=True, postgresql_where=text("is_current")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    as_of: Mapped[date]
    input_digest: Mapped[str]
    parcel_version_id: Mapped[int | None] = mapped_column(ForeignKey("layer_version.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("table_delivery.id"))
    parameter_rows: Mapped[list[Any]]
    scenes: Mapped[list[Any]]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class LandEvidence(Base):
    """What the scenes of a run show of one contract's land, beside what the contract says. It supports or contradicts; it decides nothing."""

    __tablename__ = "land_evidence"
    __table_args__ = (
        CheckConstraint("bearing in ('supports', 'contradicts', 'cannot_tell', 'nothing_reported')", name="bearing"),
        UniqueConstraint("evidence_run_id", "contract_no"),
        Index("ix_land_evidence_contract_no", "contract_no"),
        Index("ix_land_evidence_parcel_code", "parcel_code"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    evidence_run_id: Mapped[int] = mapped_column(ForeignKey("evidence_run.id", ondelete="CASCADE"))
    contract_no: Mapped[str]
    parcel_code: Mapped[str | None]
    bearing: Mapped[str]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    claims: Mapped[list[Any]]
    observations: Mapped[list[Any]]
    footprints: Mapped[list[Any]]
    step: Mapped[dict[str, Any] | None]
