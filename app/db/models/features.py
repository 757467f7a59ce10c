"""The features of the layers: one table per kind, shared by all layers of that kind."""

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from app.db.base import Base, FeatureColumns, MeasuredAreas, plane_geometry, storage_geometry


def _feature_constraints(table: str) -> tuple[SchemaItem, ...]:
    return (
        CheckConstraint("ST_IsValid(geom)", name="geom_valid"),
        CheckConstraint("not ST_IsEmpty(geom)", name="geom_not_empty"),
        Index(f"ix_{table}_geom", "geom", postgresql_using="gist"),
        Index(f"ix_{table}_layer_version_id_row_id", "layer_version_id", "row_id"),
        Index(
            f"uq_{table}_current_feature",
            "layer_version_id",
            "feature_id",
            unique=True,
            postgresql_where=text("superseded_at is null"),
        ),
    )


class Parcel(Base, FeatureColumns, MeasuredAreas):
    """A parcel (宗地). ``parcel_code`` is an attribute, not a key: real layers repeat it."""

    __tablename__ = "parcel"
    __table_args__ = (
        *_feature_constraints("parcel"),
        Index("ix_parcel_parcel_code", "parcel_code"),
        CheckConstraint("area_registered_m2 >= 0", name="area_registered_m2"),
    )

    parcel_code: Mapped[str | None]
    name: Mapped[str | None]
    land_use_code: Mapped[str | None]
    code_version: Mapped[str | None]
    area_registered_m2: Mapped[float | None]
    holder: Mapped[str | None]


class PlanZone(Base, FeatureColumns, MeasuredAreas):
    """A zone of a plan (规划地块) with its control values."""

    __tablename__ = "plan_zone"
    __table_args__ = (*_feature_constraints("plan_zone"), Index("ix_plan_zone_zone_code", "zone_code"))

    zone_code: Mapped[str | None]
    zone_name: Mapped[str | None]
    code_version: Mapped[str | None]
    floor_area_ratio_max: Mapped[float | None]
    building_height_max_m: Mapped[float | None]
    building_density_max: Mapped[float | None]
    green_ratio_min: Mapped[float | None]


class ControlArea(Base, FeatureColumns, MeasuredAreas):
    """An area in which land use is restricted (管控区); its kind is that of its layer."""

    __tablename__ = "control_area"
    __table_args__ = _feature_constraints("control_area")

    control_code: Mapped[str | None]
    control_name: Mapped[str | None]
    control_zone: Mapped[str | None]


class ReferenceFeature(Base, FeatureColumns, MeasuredAreas):
    """A polygon shown for orientation or used as evidence: survey patches (地类图斑), road and river land."""

    __tablename__ = "reference_feature"
    __table_args__ = _feature_constraints("reference_feature")

    feature_code: Mapped[str | None]
    feature_name: Mapped[str | None]
    code_version: Mapped[str | None]


class VectorFeature(Base, FeatureColumns, MeasuredAreas):
    """A feature of any vector layer (参考图层): a point, a line or a polygon, with whatever attributes its source has.

    What has no area has 0 as its ellipsoidal area; none has a planar one, because such a layer may span many zones.
    """

    __tablename__ = "vector_feature"
    __table_args__ = _feature_constraints("vector_feature")

    geom: Mapped[WKBElement] = mapped_column(storage_geometry("GEOMETRY"))
    area_planar_m2: Mapped[float | None] = mapped_column(nullable=True)  # type: ignore[assignment]  # not known of these


class ControlPiece(Base):
    """A piece of a control area, subdivided once at import, in the area plane (metres)."""

    __tablename__ = "control_piece"
    __table_args__ = (
        Index("ix_control_piece_geom", "geom", postgresql_using="gist"),
        Index("ix_control_piece_control_row_id", "control_row_id"),
    )

    piece_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    control_row_id: Mapped[int] = mapped_column(ForeignKey("control_area.row_id", ondelete="CASCADE"))
    geom: Mapped[WKBElement] = mapped_column(plane_geometry())
