"""The declarative base, naming conventions and column groups that the models share."""

from datetime import datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# What the models declare. An installation may be made with 4326 instead: the migrations then fix that SRID in
# every storage column, and ``installation.storage_srid`` says so (the two systems are a null transformation apart).
MODEL_SRID = 4490


def storage_geometry(geometry_type: str = "MULTIPOLYGON") -> Geometry:
    """Return the column type of a geometry in the storage CRS; its GiST index is declared with the table."""
    return Geometry(geometry_type, srid=MODEL_SRID, spatial_index=False)


def plane_geometry() -> Geometry:
    """Return the column type of a polygon in the area plane, which has no SRID of its own."""
    return Geometry("POLYGON", srid=-1, spatial_index=False)


class Base(DeclarativeBase):
    """Root of all models."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        datetime: DateTime(timezone=True),
        str: Text,
    }


class Recorded:
    """Who stored a row and when."""

    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]


class FeatureColumns(Recorded):
    """What every feature row carries; an edit makes a new row and closes the former with ``superseded_at``.

    ``row_id`` is the paging key; ``feature_id`` is stable in its layer and is the item id of the API.
    """

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"))
    superseded_at: Mapped[datetime | None]
    geom: Mapped[WKBElement] = mapped_column(storage_geometry())
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class MeasuredAreas:
    """The areas of a polygon, which are never mixed up: the ellipsoidal one is the legal one (椭球面积)."""

    area_ellipsoid_m2: Mapped[float]
    area_planar_m2: Mapped[float]
