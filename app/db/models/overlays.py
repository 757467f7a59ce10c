"""Overlays of two collections whose pairs somebody asked to keep."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, storage_geometry


class OverlayRun(Base):
    """One overlay, stored whole when it is complete; of each two collections the latest is the current one.

    ``asked`` is what was asked for, filters and days included; ``summary`` says what has to be known to read the pairs.
    """

    __tablename__ = "overlay_run"
    __table_args__ = (
        Index(
            "uq_overlay_run_current", "a_collection", "b_collection", unique=True, postgresql_where=text("is_current")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    a_collection: Mapped[str]
    b_collection: Mapped[str]
    asked: Mapped[dict[str, Any]]
    as_of: Mapped[date]
    engine_version: Mapped[str]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class OverlayPair(Base):
    """A feature of A, one of B, and what they have in common; artefacts too, as in the table of the overlay.

    The geometry is null where the common part is so thin that nothing is left of it in degrees.
    """

    __tablename__ = "overlay_pair"
    __table_args__ = (
        CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name="overlap_class"),
        CheckConstraint("geom is null or ST_IsValid(geom)", name="geom_valid"),
        UniqueConstraint("overlay_run_id", "feature_id"),
        Index("ix_overlay_pair_geom", "geom", postgresql_using="gist"),
        Index("ix_overlay_pair_overlay_run_id_row_id", "overlay_run_id", "row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    overlay_run_id: Mapped[int] = mapped_column(ForeignKey("overlay_run.id", ondelete="CASCADE"))
    a_collection: Mapped[str]
    a_id: Mapped[str]
    b_collection: Mapped[str]
    b_id: Mapped[str]
    overlap_class: Mapped[str]
    overlap_area_m2: Mapped[float]
    share_of_a: Mapped[float]
    share_of_b: Mapped[float]
    mean_width_m: Mapped[float | None]
    a_properties: Mapped[dict[str, Any]]
    b_properties: Mapped[dict[str, Any]]
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry())
