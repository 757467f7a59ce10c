"""Mapbox vector tiles, made by PostGIS."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version as package_version
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.collections.rows import Rows, envelope
from app.collections.schema import Property, PropertyType
from app.collections.statistics import Key
from app.db.models import GeneralisedFeature, TilePreparation
from app.layers.tile_bands import CLASS_ZOOMS, FEATURE_ZOOMS
from app.ogc.errors import TileTooFullError
from app.ogc.tile_matrix_sets import BUFFER, EXTENT, Tile

__all__ = ["Source", "choose_source", "has_rows", "render_tile", "require_room", "tile_etag"]

_WEB_MERCATOR: Final = 3857


@cache
def _service_version() -> str:
    return package_version("duogui")


@dataclass(frozen=True, slots=True)
class Source:
    """What a tile is drawn from: what is stored, features simplified for a ``zoom``, or the classes at a ``zoom``."""

    zoom: int | None = None
    is_classes: bool = False


STORED: Final = Source()


def choose_source(session: Session, rows: Rows, state: Key, tile: Tile) -> Source:
    """Return what a tile is drawn from: small scales from what was prepared, if that is of this very state of the features.

    A class coverage knows no single features, so what is filtered is drawn from the features themselves.
    """
    version = rows.collection.version
    if version is None or tile.map_zoom > FEATURE_ZOOMS[0] or rows.known_at is not None:
        return STORED
    is_class_zoom = tile.map_zoom <= CLASS_ZOOMS[0]
    if is_class_zoom and not rows.is_whole:
        return STORED
    prepared = session.scalar(select(TilePreparation.state).where(TilePreparation.layer_version_id == version.id))
    if prepared != state[2]:
        return STORED
    zoom = max(tile.map_zoom, CLASS_ZOOMS[-1]) if is_class_zoom else tile.map_zoom
    return Source(zoom, is_class_zoom)


def tile_etag(
    states: Sequence[Key], tile: Tile, asked: Sequence[object], properties: Sequence[Sequence[Property]]
) -> str:
    """Return a tag that changes with the features, with what is asked and carried of them and with the version of the service."""
    names = [[item.name for item in group] for group in properties]
    address = (tile.matrix_set.id, tile.tile_matrix, tile.tile_row, tile.tile_col)
    facts = (_service_version(), EXTENT, BUFFER, list(states), address, list(asked), names)
    # Weak, because the same tile is also sent compressed.
    return f'W/"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def require_room(session: Session, rows: Rows, tile: Tile, *, srid: int, max_features: int) -> None:
    """Refuse a tile that would hold more features than the service makes.

    Raises
    ------
    TileTooFullError
    """
    found = select(rows.collection.schema.model.row_id).where(_in_tile(rows, tile, srid)).limit(max_features + 1)
    if session.execute(select(func.count()).select_from(found.subquery())).scalar_one() > max_features:
        raise TileTooFullError(max_features)


def has_rows(session: Session, rows: Rows, tile: Tile, *, srid: int) -> bool:
    """Whether anything lies in a tile, be it too small to be drawn there."""
    found = select(rows.collection.schema.model.row_id).where(_in_tile(rows, tile, srid)).limit(1)
    return bool(rows.scope_ids) and session.scalar(found) is not None


def render_tile(
    session: Session, rows: Rows, properties: Sequence[Property], tile: Tile, *, srid: int, source: Source = STORED
) -> bytes:
    """Return the tile with the rows in it, its only layer named as the collection; nothing where it is empty."""
    if not rows.scope_ids:
        return b""
    if source.is_classes:
        query = _classes(rows, tile, source)
    elif source.zoom is not None:
        query = _simplified(rows, properties, tile, srid, source)
    else:
        query = _stored(rows, properties, tile, srid)
    features = query.subquery("features")
    encoded = func.ST_AsMVT(features.table_valued(), rows.collection.id, EXTENT, "mvt_geom", "mvt_row_id")
    return bytes(session.execute(select(encoded).select_from(features)).scalar_one() or b"")


def _stored(rows: Rows, properties: Sequence[Property], tile: Tile, srid: int) -> Select[*tuple[Any, ...]]:
    model = rows.collection.schema.model
    # CGCS2000 to WGS 84 is the null transformation, so the numbers are taken as they are.
    in_degrees = func.ST_SetSRID(model.geom, 4326)
    placed = func.ST_Transform(in_degrees, _WEB_MERCATOR) if tile.matrix_set.srid == _WEB_MERCATOR else in_degrees
    columns = [*_values(rows, properties), _drawn(placed, tile).label("mvt_geom")]
    return select(model.row_id.label("mvt_row_id"), *columns).where(_in_tile(rows, tile, srid))


def _simplified(
    rows: Rows, properties: Sequence[Property], tile: Tile, srid: int, source: Source
) -> Select[*tuple[Any, ...]]:
    model = rows.collection.schema.model
    band = aliased(GeneralisedFeature)
    columns = [
        *_values(rows, properties),
        literal(value=True).label("generalised"),
        _drawn(_prepared(band.geom, tile), tile).label("mvt_geom"),
    ]
    # The rows of the features themselves are found by the box as well, so that the smaller side leads.
    return (
        select(model.row_id.label("mvt_row_id"), *columns)
        .join(band, band.feature_row_id == model.row_id)
        .where(_in_tile(rows, tile, srid), _in_band(band, rows, tile, source))
    )


def _classes(rows: Rows, tile: Tile, source: Source) -> Select[*tuple[Any, ...]]:
    band = GeneralisedFeature
    name = rows.collection.schema.legend_property
    values = [] if name is None else [band.class_value.label(name)]
    columns = [
        *values,
        band.feature_count.label("feature_count"),
        literal(value=True).label("generalised"),
        _drawn(_prepared(band.geom, tile), tile).label("mvt_geom"),
    ]
    return select(band.row_id.label("mvt_row_id"), *columns).where(_in_band(band, rows, tile, source))


def _prepared(geom: Any, tile: Tile) -> ColumnElement[Any]:  # noqa: ANN401  a column of an alias
    placed: ColumnElement[Any] = geom if tile.matrix_set.srid == _WEB_MERCATOR else func.ST_Transform(geom, 4326)
    return placed


def _in_band(band: Any, rows: Rows, tile: Tile, source: Source) -> ColumnElement[bool]:  # noqa: ANN401  an alias
    box = replace(tile.lookup_box(), outline=None)
    limit = 85.06
    corners = (box.west, max(box.south, -limit), box.east, min(box.north, limit))
    around = func.ST_Transform(func.ST_MakeEnvelope(*corners, 4326), _WEB_MERCATOR)
    return and_(band.layer_version_id == rows.scope_ids[0], band.zoom == source.zoom, band.geom.op("&&")(around))


def _drawn(placed: ColumnElement[Any], tile: Tile) -> ColumnElement[Any]:
    srid = _WEB_MERCATOR if tile.matrix_set.srid == _WEB_MERCATOR else 4326
    bounds = func.ST_MakeEnvelope(*tile.plane_box(), srid)
    drawn: ColumnElement[Any] = func.ST_AsMVTGeom(placed, bounds, EXTENT, BUFFER, True)
    return drawn


def _values(rows: Rows, properties: Sequence[Property]) -> list[Any]:
    model, document = rows.collection.schema.model, rows.collection.schema.document
    feature_id = model.feature_id.label("feature_id")
    if document is not None:
        # PostGIS writes each entry of a JSON document as an attribute of the feature.
        return [feature_id, document.label("document")]
    return [feature_id, *(_mvt_value(rows, item).label(item.name) for item in properties)]


def _in_tile(rows: Rows, tile: Tile, srid: int) -> ColumnElement[bool]:
    box = envelope(tile.lookup_box(), srid)
    return and_(rows.condition(srid), rows.collection.schema.model.geom.op("&&")(box))


def _mvt_value(rows: Rows, item: Property) -> ColumnElement[Any]:
    value = rows.collection.expression(item)
    return cast(value, String) if item.type in {PropertyType.DATE, PropertyType.STRING} else cast(value, value.type)
