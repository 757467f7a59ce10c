"""Mapbox vector tiles, made by PostGIS."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version as package_version
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Engine,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.collections.catalog import Collection
from app.collections.rows import Rows
from app.collections.schema import Property, PropertyType
from app.collections.states import CollectionState, Facts
from app.db.models import GeneralisedFeature, TilePiece
from app.db.snapshots import one_in_snapshot
from app.db.statements import IN_BINARY, WrittenStatement, write_statement
from app.layers.mercator_tiles import BUFFER, EXTENT, LARGEST_LATITUDE
from app.layers.tile_bands import CLASS_ZOOMS, CUT_ZOOM, FEATURE_ZOOMS
from app.ogc.errors import TileTooFullError
from app.ogc.tile_matrix_sets import Tile

__all__ = ["Source", "choose_source", "has_rows", "is_plain", "render_known_tile", "render_tile", "tile_etag"]

_WEB_MERCATOR: Final = 3857


@cache
def _service_version() -> str:
    return package_version("duogui")


@dataclass(frozen=True, slots=True)
class Source:
    """What a tile is drawn from: what is stored, features simplified for a ``zoom``, or the classes at a ``zoom``.

    Of what is stored there may be pieces (``is_cut``) that were cut for this very tile; they change nothing of what it shows.
    """

    zoom: int | None = None
    is_classes: bool = False
    is_cut: bool = False


STORED: Final = Source()
CUT: Final = Source(is_cut=True)


def choose_source(state: CollectionState, rows: Rows, tile: Tile) -> Source:
    """Return what a tile is drawn from: small scales from what was prepared, if that is of this very state of the features.

    A class coverage knows no single features, so what is filtered is drawn from the features themselves.
    """
    if tile.map_zoom == CUT_ZOOM and tile.matrix_set.srid == _WEB_MERCATOR and state.prepared is not None:
        # Rows are never changed, so it does not matter of which state of the features the pieces are.
        return CUT
    if tile.map_zoom > FEATURE_ZOOMS[0] or rows.known_at is not None:
        return STORED
    is_class_zoom = tile.map_zoom <= CLASS_ZOOMS[0]
    if is_class_zoom and not rows.is_whole:
        return STORED
    if state.prepared is None or state.prepared != state.key[2]:
        return STORED
    zoom = max(tile.map_zoom, CLASS_ZOOMS[-1]) if is_class_zoom else tile.map_zoom
    return Source(zoom, is_class_zoom)


def tile_etag(facts: Sequence[Facts], tile: Tile, asked: Sequence[object]) -> str:
    """Return a tag that changes with the features and what is carried of them, with what is asked and with the version of the service."""
    address = (tile.matrix_set.id, tile.tile_matrix, tile.tile_row, tile.tile_col)
    whole = (_service_version(), EXTENT, BUFFER, list(facts), address, list(asked))
    # Weak, because the same tile is also sent compressed.
    return f'W/"{hashlib.sha256(repr(whole).encode()).hexdigest()[:32]}"'


def has_rows(session: Session, rows: Rows, tile: Tile, *, srid: int) -> bool:
    """Whether anything lies in a tile, be it too small to be drawn there."""
    found = select(rows.collection.schema.model.row_id).where(_in_tile(rows, srid)).limit(1)
    return bool(rows.scope_ids) and session.scalar(found, _corners("box", _box_of(tile))) is not None


def render_tile(
    session: Session,
    rows: Rows,
    tile: Tile,
    *,
    srid: int,
    source: Source = STORED,
    max_features: int | None = None,
) -> bytes:
    """Return the tile with the rows in it, its only layer named as the collection; nothing where it is empty.

    Raises
    ------
    TileTooFullError
        It is drawn from what is stored, and more than ``max_features`` are in it.
    """
    if not rows.scope_ids:
        return b""
    limit = max_features if source.zoom is None else None
    values = _values_of(tile, source, limit)
    if is_plain(rows):
        statement = _plain_statement(rows.collection, tile.matrix_set.srid, srid, source)
        content, count, _ = statement.one(session, {**values, "scope": rows.scope_ids[0]})
    else:
        query = _statement(rows, tile.matrix_set.srid, srid, source)
        content, count, _ = session.execute(query, values, execution_options=IN_BINARY).one()
    return _within_limit(content, count, limit)


def is_plain(rows: Rows) -> bool:
    """Whether rows are those of a whole collection as it is now, in one scope: their tiles have a statement that is kept."""
    return rows.is_whole and rows.known_at is None and len(rows.scope_ids) == 1


def render_known_tile(
    engine: Engine, rows: Rows, tile: Tile, *, snapshot: str, srid: int, source: Source, max_features: int
) -> bytes:
    """Return the tile of plain rows, whose state is known in a snapshot, by one statement that saw the same.

    Raises
    ------
    SnapshotPassedError
        Something was committed since.
    TileTooFullError
    """
    limit = max_features if source.zoom is None else None
    values = {**_values_of(tile, source, limit), "scope": rows.scope_ids[0]}
    statement = _plain_statement(rows.collection, tile.matrix_set.srid, srid, source)
    content, count, _ = one_in_snapshot(engine, statement, values, snapshot)
    return _within_limit(content, count, limit)


def _values_of(tile: Tile, source: Source, limit: int | None) -> dict[str, Any]:
    """Return the values of a statement's parameters: where a tile lies, and how many features are read."""
    box = _box_of(tile)
    # No limit to PostgreSQL where there is none.
    values = {**_corners("box", box), **_corners("plane", tile.plane_box()), "limit": limit and limit + 1}
    if source.is_cut:
        values |= {"tile_column": tile.tile_col, "tile_row": tile.tile_row}
    if source.zoom is not None:
        west, south, east, north = box
        values |= _corners("band", (west, max(south, -LARGEST_LATITUDE), east, min(north, LARGEST_LATITUDE)))
    return values


def _within_limit(content: bytes | None, count: int, limit: int | None) -> bytes:
    if limit is not None and count > limit:
        raise TileTooFullError(limit)
    return bytes(content or b"")


def _box_of(tile: Tile) -> tuple[float, float, float, float]:
    box = tile.lookup_box()
    return box.west, box.south, box.east, box.north


def _corners(name: str, corners: tuple[float, float, float, float]) -> dict[str, Any]:
    return {f"{name}_{at}": float(corner) for at, corner in enumerate(corners)}


@lru_cache(maxsize=512)
def _plain_statement(collection: Collection, plane: int, srid: int, source: Source) -> WrittenStatement:
    """Return the statement of tiles of a whole collection, kept because putting it together takes as long as most tiles."""
    scope: Any = bindparam("scope", type_=BigInteger())
    return write_statement(_statement(Rows(collection, (scope,)), plane, srid, source))


def _statement(rows: Rows, plane: int, srid: int, source: Source) -> Select[*tuple[Any, ...]]:
    """Return the statement that makes a tile, counts what is in it and says what it saw, with parameters for where the tile lies."""
    if source.is_classes:
        query = _classes(rows, plane, source)
    elif source.zoom is not None:
        query = _simplified(rows, plane, srid, source)
    elif source.is_cut:
        query = _cut(rows, plane, srid)
    else:
        query = _stored(rows, plane, srid)
    features = query.limit(bindparam("limit", type_=Integer())).subquery("features")
    encoded = func.ST_AsMVT(features.table_valued(), rows.collection.id, EXTENT, "mvt_geom", "mvt_row_id")
    return select(encoded, func.count(), cast(func.pg_current_snapshot(), Text)).select_from(features)


def _place(name: str, srid: int) -> ColumnElement[Any]:
    corners: list[ColumnElement[Any]] = [bindparam(f"{name}_{at}", type_=Double()) for at in range(4)]
    box: ColumnElement[Any] = func.ST_MakeEnvelope(*corners, srid)
    return box


def _stored(rows: Rows, plane: int, srid: int) -> Select[*tuple[Any, ...]]:
    model = rows.collection.schema.model
    columns = [*_values(rows), _drawn(_placed(model.geom, plane), plane).label("mvt_geom")]
    return select(model.row_id.label("mvt_row_id"), *columns).where(_in_tile(rows, srid))


def _placed(geom: Any, plane: int) -> ColumnElement[Any]:  # noqa: ANN401  a column
    # CGCS2000 to WGS 84 is the null transformation, so the numbers are taken as they are.
    in_degrees: ColumnElement[Any] = func.ST_SetSRID(geom, 4326)
    return func.ST_Transform(in_degrees, _WEB_MERCATOR) if plane == _WEB_MERCATOR else in_degrees


def _cut(rows: Rows, plane: int, srid: int) -> Select[*tuple[Any, ...]]:
    """Take the pieces that were cut for the tile; a row without one is cut now."""
    model = rows.collection.schema.model
    piece = aliased(TilePiece)
    drawn = func.coalesce(piece.geom, _drawn(_placed(model.geom, plane), plane))
    of_tile = and_(
        piece.layer_version_id == rows.scope_ids[0],
        piece.zoom == CUT_ZOOM,
        piece.tile_column == bindparam("tile_column", type_=Integer()),
        piece.tile_row == bindparam("tile_row", type_=Integer()),
    )
    return (
        select(model.row_id.label("mvt_row_id"), *_values(rows), drawn.label("mvt_geom"))
        .outerjoin(piece, and_(of_tile, piece.feature_row_id == model.row_id))
        .where(_in_tile(rows, srid))
    )


def _simplified(rows: Rows, plane: int, srid: int, source: Source) -> Select[*tuple[Any, ...]]:
    model = rows.collection.schema.model
    band = aliased(GeneralisedFeature)
    columns = [
        *_values(rows),
        literal(value=True).label("generalised"),
        _drawn(_prepared(band.geom, plane), plane).label("mvt_geom"),
    ]
    # The rows of the features themselves are found by the box as well, so that the smaller side leads.
    return (
        select(model.row_id.label("mvt_row_id"), *columns)
        .join(band, band.feature_row_id == model.row_id)
        .where(_in_tile(rows, srid), _in_band(band, rows, source))
    )


def _classes(rows: Rows, plane: int, source: Source) -> Select[*tuple[Any, ...]]:
    band = GeneralisedFeature
    name = rows.collection.schema.legend_property
    values = [] if name is None else [band.class_value.label(name)]
    columns = [
        *values,
        band.feature_count.label("feature_count"),
        literal(value=True).label("generalised"),
        _drawn(_prepared(band.geom, plane), plane).label("mvt_geom"),
    ]
    return select(band.row_id.label("mvt_row_id"), *columns).where(_in_band(band, rows, source))


def _prepared(geom: Any, plane: int) -> ColumnElement[Any]:  # noqa: ANN401  a column of an alias
    placed: ColumnElement[Any] = geom if plane == _WEB_MERCATOR else func.ST_Transform(geom, 4326)
    return placed


def _in_band(band: Any, rows: Rows, source: Source) -> ColumnElement[bool]:  # noqa: ANN401  an alias
    around = func.ST_Transform(_place("band", 4326), _WEB_MERCATOR)
    return and_(band.layer_version_id == rows.scope_ids[0], band.zoom == source.zoom, band.geom.op("&&")(around))


def _drawn(placed: ColumnElement[Any], plane: int) -> ColumnElement[Any]:
    bounds = _place("plane", _WEB_MERCATOR if plane == _WEB_MERCATOR else 4326)
    drawn: ColumnElement[Any] = func.ST_AsMVTGeom(placed, bounds, EXTENT, BUFFER, True)
    return drawn


def _values(rows: Rows) -> list[Any]:
    model, document = rows.collection.schema.model, rows.collection.schema.document
    feature_id = model.feature_id.label("feature_id")
    if document is not None:
        # PostGIS writes each entry of a JSON document as an attribute of the feature.
        return [feature_id, document.label("document")]
    properties = rows.collection.schema.tile_properties()
    return [feature_id, *(_mvt_value(rows, item).label(item.name) for item in properties)]


def _in_tile(rows: Rows, srid: int) -> ColumnElement[bool]:
    return and_(rows.condition(srid), rows.collection.schema.model.geom.op("&&")(_place("box", srid)))


def _mvt_value(rows: Rows, item: Property) -> ColumnElement[Any]:
    value = rows.collection.expression(item)
    return cast(value, String) if item.type in {PropertyType.DATE, PropertyType.STRING} else cast(value, value.type)
