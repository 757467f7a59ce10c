"""Mapbox vector tiles, made by PostGIS."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as package_version
from typing import Any

import morecantile
from sqlalchemy import ColumnElement, String, and_, cast, func, select
from sqlalchemy.orm import Session

from app.ogc.boxes import Box
from app.ogc.constants import MAX_TILE_MATRIX, TILE_MATRIX_SET
from app.ogc.errors import TileNotFoundError, TileTooFullError
from app.ogc.rows import Rows, envelope
from app.ogc.schema import Property, PropertyType
from app.ogc.statistics import Key

EXTENT = 4096
BUFFER = 64
LARGEST_LATITUDE = 85.06


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile by its address in the order of the standard."""

    tile_matrix: int
    tile_row: int
    tile_col: int

    def mercator_box(self) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top in metres of EPSG:3857."""
        left, bottom, right, top = _tile_matrix_set().xy_bounds(self._xyz())
        return left, bottom, right, top

    def lookup_box(self) -> Box:
        """Return the box in degrees in which features belong to the tile, its buffer included."""
        west, south, east, north = _tile_matrix_set().bounds(self._xyz())
        margin = BUFFER / EXTENT
        dx, dy = (east - west) * margin, (north - south) * margin
        # What lies beyond the projection's edge belongs to no tile.
        return Box(west - dx, max(south - dy, -LARGEST_LATITUDE), east + dx, min(north + dy, LARGEST_LATITUDE))

    def _xyz(self) -> morecantile.Tile:
        return morecantile.Tile(x=self.tile_col, y=self.tile_row, z=self.tile_matrix)


@cache
def _service_version() -> str:
    return package_version("duogui")


@cache
def _tile_matrix_set() -> morecantile.TileMatrixSet:
    return morecantile.tms.get(TILE_MATRIX_SET)


def tile_matrix_set_document() -> dict[str, Any]:
    """Return the definition of the tile matrix set."""
    document: dict[str, Any] = _tile_matrix_set().model_dump(mode="json", exclude_none=True)
    return document


def parse_tile(tile_matrix: str, tile_row: str, tile_col: str) -> Tile:
    """Read a tile's address.

    Raises
    ------
    TileNotFoundError
    """
    numbers = [
        int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        for text in (tile_matrix, tile_row, tile_col)
    ]
    tile = Tile(*numbers)
    if min(numbers) < 0 or tile.tile_matrix > MAX_TILE_MATRIX or max(numbers[1:]) >= 2**tile.tile_matrix:
        raise TileNotFoundError
    return tile


def tile_etag(state: Key, collection_id: str, tile: Tile, properties: Sequence[Property]) -> str:
    """Return a tag that changes with the features, with what tiles carry of them and with the version of the service."""
    names = [item.name for item in properties]
    facts = (_service_version(), EXTENT, BUFFER, state, collection_id, tile, names)
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


def render_tile(session: Session, rows: Rows, properties: Sequence[Property], tile: Tile, *, srid: int) -> bytes:
    """Return the tile with the rows in it, its only layer named as the collection; nothing where it is empty."""
    if not rows.scope_ids:
        return b""
    model = rows.collection.schema.model
    # CGCS2000 to WGS 84 is the null transformation, so the numbers are taken as they are.
    in_mercator = func.ST_Transform(func.ST_SetSRID(model.geom, 4326), 3857)
    bounds = func.ST_MakeEnvelope(*tile.mercator_box(), 3857)
    drawn: ColumnElement[Any] = func.ST_AsMVTGeom(in_mercator, bounds, EXTENT, BUFFER, True)
    document = rows.collection.schema.document
    # PostGIS writes each entry of a JSON document as an attribute of the feature.
    values = (
        [_mvt_value(rows, item).label(item.name) for item in properties]
        if document is None
        else [document.label("document")]
    )
    features = (
        select(
            model.row_id.label("mvt_row_id"),
            model.feature_id.label("feature_id"),
            *values,
            drawn.label("mvt_geom"),
        )
        .where(_in_tile(rows, tile, srid))
        .subquery("features")
    )
    encoded = func.ST_AsMVT(features.table_valued(), rows.collection.id, EXTENT, "mvt_geom", "mvt_row_id")
    return bytes(session.execute(select(encoded).select_from(features)).scalar_one() or b"")


def _in_tile(rows: Rows, tile: Tile, srid: int) -> ColumnElement[bool]:
    box = envelope(tile.lookup_box(), srid)
    return and_(rows.condition(srid), rows.collection.schema.model.geom.op("&&")(box))


def _mvt_value(rows: Rows, item: Property) -> ColumnElement[Any]:
    value = rows.collection.expression(item)
    return cast(value, String) if item.type in {PropertyType.DATE, PropertyType.STRING} else cast(value, value.type)
