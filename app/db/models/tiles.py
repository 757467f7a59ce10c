"""What crowded tiles are made from: layers generalised for small scales, and cut for a larger one, when a version is published."""

from datetime import datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base

# The plane of the tiles.
WEB_MERCATOR = 3857


class TilePreparation(Base):
    """A version whose tiles of small scales are prepared, from the state of its features that it had then."""

    __tablename__ = "tile_preparation"

    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[int] = mapped_column(BigInteger)
    feature_count: Mapped[int]
    # Edges that run along a neighbour's without being the same; what they belong to is left unsimplified.
    invalid_count: Mapped[int]
    invalid_edges: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTILINESTRING", srid=WEB_MERCATOR, spatial_index=False), deferred=True
    )
    prepared_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TilePreparationStep(Base):
    """A step of a preparation that is not over; what it has stored stays when the worker ends, and is not done again."""

    __tablename__ = "tile_preparation_step"

    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    # That of the features for which it was done.
    state: Mapped[int] = mapped_column(BigInteger)
    row_count: Mapped[int]
    invalid_count: Mapped[int]
    invalid_edges: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTILINESTRING", srid=WEB_MERCATOR, spatial_index=False)
    )


class GeneralisedFeature(Base):
    """A feature simplified for a zoom, or the ground of a class at a zoom, in the plane of the tiles.

    While a version is being prepared, zoom 0 has the ground of the classes in each block of features.
    """

    __tablename__ = "generalised_feature"
    __table_args__ = (
        Index("ix_generalised_feature_layer_version_id_zoom", "layer_version_id", "zoom"),
        Index("ix_generalised_feature_geom", "geom", postgresql_using="gist"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"))
    zoom: Mapped[int] = mapped_column(SmallInteger)
    feature_row_id: Mapped[int | None] = mapped_column(BigInteger)
    class_value: Mapped[str | None]
    feature_count: Mapped[int]
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=WEB_MERCATOR, spatial_index=False))


class TilePiece(Base):
    """What is drawn of a feature in a tile, in the units of that tile; it holds for as long as the feature's row, which is never changed."""

    __tablename__ = "tile_piece"

    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), primary_key=True)
    zoom: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    tile_column: Mapped[int] = mapped_column(primary_key=True)
    tile_row: Mapped[int] = mapped_column(primary_key=True)
    feature_row_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=-1, spatial_index=False))
