"""Where the tiles of WebMercatorQuad lie, by the numbers of its definition."""

import math
from functools import cache
from typing import Final

import morecantile

__all__ = ["BUFFER", "EXTENT", "LARGEST_LATITUDE", "mercator_quad", "tile_at", "tile_bounds", "tile_degrees"]

#: Units along a tile, and how many of them around it belong to it.
EXTENT: Final = 4096
BUFFER: Final = 64
#: Web Mercator ends here.
LARGEST_LATITUDE: Final = 85.06
_RADIUS_M: Final = 6_378_137.0

Bounds = tuple[float, float, float, float]


@cache
def mercator_quad() -> morecantile.TileMatrixSet:
    """Return the definition."""
    return morecantile.tms.get("WebMercatorQuad")


@cache
def _grid(zoom: int) -> tuple[float, float, float]:
    """Return where the grid of a zoom begins, left and top, and the side of its tiles, in metres."""
    matrix = mercator_quad().matrix(zoom)
    left, top = matrix.pointOfOrigin
    return left, top, matrix.cellSize * matrix.tileWidth


def tile_bounds(zoom: int, column: int, row: int) -> Bounds:
    """Return left, bottom, right, top of a tile in metres of EPSG:3857.

    Examples
    --------
    >>> from app.layers.mercator_tiles import tile_bounds
    >>> [round(corner) for corner in tile_bounds(1, 1, 0)]
    [0, 0, 20037508, 20037508]
    """
    left, top, side = _grid(zoom)
    return left + column * side, top - (row + 1) * side, left + (column + 1) * side, top - row * side


def tile_degrees(zoom: int, column: int, row: int) -> Bounds:
    """Return west, south, east, north of a tile in degrees.

    Examples
    --------
    >>> from app.layers.mercator_tiles import tile_degrees
    >>> [round(corner, 4) for corner in tile_degrees(1, 1, 0)]
    [0.0, 0.0, 180.0, 85.0511]
    """
    left, bottom, right, top = tile_bounds(zoom, column, row)
    return math.degrees(left / _RADIUS_M), _latitude(bottom), math.degrees(right / _RADIUS_M), _latitude(top)


def tile_at(zoom: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Return column and row of the tile in which a place lies, or of the nearest one to it.

    Examples
    --------
    >>> from app.layers.mercator_tiles import tile_at
    >>> tile_at(14, 113.0, 28.0), tile_at(1, 180.0, -90.0)
    ((13334, 6863), (1, 1))
    """
    left, top, side = _grid(zoom)
    within = math.radians(min(max(latitude, -LARGEST_LATITUDE), LARGEST_LATITUDE))
    last = 2**zoom - 1
    column = math.floor((math.radians(longitude) * _RADIUS_M - left) / side)
    row = math.floor((top - math.asinh(math.tan(within)) * _RADIUS_M) / side)
    return min(max(column, 0), last), min(max(row, 0), last)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / _RADIUS_M)))
