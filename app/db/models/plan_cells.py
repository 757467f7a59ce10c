"""The cells of comparisons of plans as a map layer (比对单元)."""

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class PlanCell(Base):
    """One cell of the union partition of the plans and lines; only comparisons of which somebody asked for them have such rows.

    ``zone_ids`` names each zone that covers the cell, as plan and feature id with a colon between. ``hard_line_mask`` has the bits of the comparison's
    lines in the order of its summary. ``digest`` is of everything but the geometry, and tells whether the row still says what the comparison does.
    """

    __tablename__ = "plan_cell"
    __table_args__ = (
        CheckConstraint("ST_IsValid(geom)", name="geom_valid"),
        UniqueConstraint("plan_comparison_id", "feature_id"),
        Index("ix_plan_cell_geom", "geom", postgresql_using="gist"),
        Index("ix_plan_cell_plan_comparison_id_row_id", "plan_comparison_id", "row_id"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    plan_comparison_id: Mapped[int] = mapped_column(ForeignKey("plan_comparison.id", ondelete="CASCADE"))
    plan_set: Mapped[str]
    conflict_class: Mapped[str]
    plan_statuses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    plan_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    zone_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hard_lines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hard_line_mask: Mapped[int] = mapped_column(BigInteger)
    patch_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_m2: Mapped[float]
    digest: Mapped[int] = mapped_column(BigInteger)
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())
