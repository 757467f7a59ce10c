"""The tile matrix sets that tiles are cut in: Web Mercator, and degrees of CGCS2000 for Chinese base maps."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.collections.boxes import Box
from app.layers.mercator_tiles import (
    BUFFER,
    EXTENT,
    LARGEST_LATITUDE,
    mercator_quad,
    tile_at,
    tile_bounds,
    tile_degrees,
)
from app.ogc.constants import MAX_TILE_MATRIX
from app.ogc.errors import TileMatrixSetNotFoundError, TileNotFoundError

__all__ = [
    "CGCS2000_QUAD",
    "TILE_MATRIX_SETS",
    "WEB_MERCATOR_QUAD",
    "Tile",
    "TileMatrixSet",
    "find_tile_matrix_set",
    "parse_tile",
]

# What a pixel measures (OGC 17-083r4, 6.1.1), and a degree of the equator of CGCS2000.
_PIXEL_M: Final = 0.00028
_METRES_PER_DEGREE: Final = 6_378_137.0 * 3.141592653589793 / 180
_TILE_PIXELS: Final = 256


@dataclass(frozen=True, slots=True)
class TileMatrixSet:
    """A grid of tiles; ``columns`` of its matrix 0, which has one row, and ``srid`` of the plane that it lies in.

    ``tile_at`` returns column and row, in a matrix, of the tile in which a longitude and latitude lie, or of the nearest one.
    """

    id: str
    title: str
    uri: str
    crs: str
    srid: int
    columns: int
    bounds: Callable[["Tile"], tuple[float, float, float, float]]
    degrees: Callable[["Tile"], tuple[float, float, float, float]]
    tile_at: Callable[[int, float, float], tuple[int, int]]
    definition: Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile by its address in the order of the standard."""

    tile_matrix: int
    tile_row: int
    tile_col: int
    matrix_set: TileMatrixSet

    def plane_box(self) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top in the plane of the set: metres of EPSG:3857, or degrees."""
        return self.matrix_set.bounds(self)

    def lookup_box(self) -> Box:
        """Return the box in degrees in which features belong to the tile, its buffer included."""
        west, south, east, north = self.matrix_set.degrees(self)
        margin = BUFFER / EXTENT
        dx, dy = (east - west) * margin, (north - south) * margin
        if self.matrix_set.srid != _WEB_MERCATOR:
            return Box(west - dx, south - dy, east + dx, north + dy)
        # What lies beyond the projection's edge belongs to no tile.
        return Box(west - dx, max(south - dy, -LARGEST_LATITUDE), east + dx, min(north + dy, LARGEST_LATITUDE))

    @property
    def map_zoom(self) -> int:
        """Return the zoom of Web Mercator whose pixels are as large: matrix 0 in degrees has two tiles along the equator."""
        return self.tile_matrix + self.matrix_set.columns - 1


_WEB_MERCATOR: Final = 3857


def _mercator_bounds(tile: Tile) -> tuple[float, float, float, float]:
    return tile_bounds(tile.tile_matrix, tile.tile_col, tile.tile_row)


def _mercator_degrees(tile: Tile) -> tuple[float, float, float, float]:
    return tile_degrees(tile.tile_matrix, tile.tile_col, tile.tile_row)


def _mercator_definition() -> dict[str, Any]:
    document: dict[str, Any] = mercator_quad().model_dump(mode="json", exclude_none=True)
    return document


def _degree_bounds(tile: Tile) -> tuple[float, float, float, float]:
    side = 180 / 2**tile.tile_matrix
    west, north = -180 + tile.tile_col * side, 90 - tile.tile_row * side
    return west, north - side, west + side, north


def _degree_tile_at(level: int, longitude: float, latitude: float) -> tuple[int, int]:
    side = 180 / 2**level
    column, row = math.floor((longitude + 180) / side), math.floor((90 - latitude) / side)
    return min(max(column, 0), 2 * 2**level - 1), min(max(row, 0), 2**level - 1)


def _degree_definition() -> dict[str, Any]:
    """Define the set by hand: the origin is written latitude first, as EPSG orders the axes of 4490."""
    matrices = []
    for level in range(MAX_TILE_MATRIX + 1):
        cell = 180 / 2**level / _TILE_PIXELS
        matrices.append(
            {
                "id": str(level),
                "scaleDenominator": cell * _METRES_PER_DEGREE / _PIXEL_M,
                "cellSize": cell,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [90.0, -180.0],
                "tileWidth": _TILE_PIXELS,
                "tileHeight": _TILE_PIXELS,
                "matrixWidth": 2 * 2**level,
                "matrixHeight": 2**level,
            }
        )
    return {
        "id": "CGCS2000Quad",
        "title": "CGCS2000 quad (经纬度直投)",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/4490",
        "orderedAxes": ["Lat", "Lon"],
        "tileMatrices": matrices,
    }


WEB_MERCATOR_QUAD: Final = TileMatrixSet(
    "WebMercatorQuad",
    "Web Mercator",
    "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
    "http://www.opengis.net/def/crs/EPSG/0/3857",
    _WEB_MERCATOR,
    1,
    _mercator_bounds,
    _mercator_degrees,
    tile_at,
    _mercator_definition,
)
CGCS2000_QUAD: Final = TileMatrixSet(
    "CGCS2000Quad",
    "CGCS2000 quad (经纬度直投)",
    "urn:duogui:tilematrixset:CGCS2000Quad",
    "http://www.opengis.net/def/crs/EPSG/0/4490",
    4490,
    2,
    _degree_bounds,
    _degree_bounds,
    _degree_tile_at,
    _degree_definition,
)
TILE_MATRIX_SETS: Final[Mapping[str, TileMatrixSet]] = {one.id: one for one in (WEB_MERCATOR_QUAD, CGCS2000_QUAD)}


def find_tile_matrix_set(tile_matrix_set_id: str) -> TileMatrixSet:
    """Return a tile matrix set by its id.

    Raises
    ------
    TileMatrixSetNotFoundError
    """
    found = TILE_MATRIX_SETS.get(tile_matrix_set_id)
    if found is None:
        raise TileMatrixSetNotFoundError(tile_matrix_set_id, tuple(TILE_MATRIX_SETS))
    return found


def parse_tile(matrix_set: TileMatrixSet, tile_matrix: str, tile_row: str, tile_col: str) -> Tile:
    """Read a tile's address.

    Raises
    ------
    TileNotFoundError
    """
    level, row, column = (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        for text in (tile_matrix, tile_row, tile_col)
    )
    is_there = min(level, row, column) >= 0 and level <= MAX_TILE_MATRIX
    if not is_there or row >= 2**level or column >= matrix_set.columns * 2**level:
        raise TileNotFoundError(matrix_set.id)
    return Tile(level, row, column, matrix_set)
