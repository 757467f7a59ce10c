"""The clearance register (清退台账): construction land inside the ecological control line (生态控制线)."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class ClearanceRun(Base):
    """One complete search for construction land inside a line; of each two layers the latest is the current one."""

    __tablename__ = "clearance_run"
    __table_args__ = (
        Index("uq_clearance_run_current", "land_layer", "line_layer", unique=True, postgresql_where=text("is_current")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    land_layer: Mapped[str]
    line_layer: Mapped[str]
    layers: Mapped[list[Any]]
    as_of: Mapped[date]
    engine_version: Mapped[str]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class ClearanceItem(Base):
    """One piece of construction land inside the line, and what is done about it.

    ``still_found`` is false for what an earlier search found and this one did not: it stays in the register until
    somebody says what became of it, and counts as cleared only from ``cleared_on``.
    """

    __tablename__ = "clearance_item"
    __table_args__ = (
        CheckConstraint("legal_status in ('lawful', 'unlawful', 'historic', 'under_examination')", name="legal_status"),
        CheckConstraint(
            "method in ('demolition', 'relocation', 'buy_back', 'restoration', 'conversion', 'retention')",
            name="method",
        ),
        CheckConstraint("progress in ('registered', 'planned', 'under_way', 'cleared')", name="progress"),
        CheckConstraint("(progress = 'cleared') = (cleared_on is not null)", name="cleared_on"),
        CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name="overlap_class"),
        CheckConstraint("area_inside_m2 > 0", name="area_inside_m2"),
        CheckConstraint("ST_IsValid(geom)", name="geom_valid"),
        UniqueConstraint("clearance_run_id", "feature_id"),
        Index("ix_clearance_item_geom", "geom", postgresql_using="gist"),
        Index("ix_clearance_item_clearance_run_id_row_id", "clearance_run_id", "row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # The feature of the land layer, which keeps its id from search to search.
    feature_id: Mapped[str]
    clearance_run_id: Mapped[int] = mapped_column(ForeignKey("clearance_run.id"))
    land_code: Mapped[str | None]
    code_version: Mapped[str | None]
    line_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    land_area_m2: Mapped[float]
    area_inside_m2: Mapped[float]
    share_inside: Mapped[float]
    overlap_class: Mapped[str]
    still_found: Mapped[bool]
    legal_status: Mapped[str] = mapped_column(server_default=text("'under_examination'"))
    owner: Mapped[str | None]
    plan_year: Mapped[int | None]
    method: Mapped[str | None]
    progress: Mapped[str] = mapped_column(server_default=text("'registered'"))
    cleared_on: Mapped[date | None]
    document: Mapped[str | None]
    change_count: Mapped[int] = mapped_column(server_default=text("0"))
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())


class ClearanceEntry(Base):
    """One change of an item, with every field before and after; the database refuses to change or delete it.

    It names the land and not a row, so that the history goes on over all searches.
    """

    __tablename__ = "clearance_entry"
    __table_args__ = (Index("ix_clearance_entry_feature_id", "feature_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    land_layer: Mapped[str]
    line_layer: Mapped[str]
    feature_id: Mapped[str]
    action: Mapped[str]
    changes: Mapped[dict[str, Any]]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
