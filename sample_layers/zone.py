"""The zone itself: the cells of the plan as polygons whose neighbours share every vertex.

The grid is bent by a smooth displacement that fades out towards the planted district, and every edge between two
corners is broken up by displacing midpoints, as a surveyed boundary is ragged. All of it is done on whole millimetres
and once per edge, so that both neighbours of an edge get the same vertices and no later rounding can part them.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from sample_layers.chance import roll
from sample_layers.layout import ORIGIN_EAST_M, ORIGIN_NORTH_M, Box, Cell, CellKind, district, lay_out
from sample_layers.projection import Millimetres, degrees
from sample_layers.truth import trapezium_area_m2

GridPoint = tuple[int, int]

# How ragged the edge of a kind is (sideways displacement as a share of the length) and how often it is halved at
# most. The smoother of two neighbours decides.
_RAGGEDNESS = {
    CellKind.SITE: (0.0, 0),
    CellKind.AISLE: (0.0, 0),
    CellKind.HOMESTEAD: (0.0, 0),
    CellKind.LANE: (0.0, 0),
    CellKind.ROAD: (0.012, 2),
    CellKind.PARCEL: (0.015, 2),
    CellKind.PARK: (0.03, 3),
    CellKind.BANK: (0.06, 4),
    CellKind.RIVER: (0.08, 4),
    CellKind.FIELD: (0.08, 4),
    CellKind.HILL: (0.1, 4),
}
_SHORTEST_PART_MM = 18_000

# The displacement of the grid is 0 within the first distance of the planted district and whole beyond the second.
_FADE_M = (30.0, 930.0)


class Zone:
    """All cells with their rings.

    Attributes
    ----------
    cells : list of Cell
        In the order of the layout.
    rings : list of list of (easting, northing)
        Millimetres in EPSG:4547, counter-clockwise, not closed; one ring per cell.

    Examples
    --------
    >>> from sample_layers.zone import Zone
    >>> zone = Zone()
    >>> len(zone.cells) == len(zone.rings)
    True
    """

    def __init__(self) -> None:
        self.cells = lay_out()
        outlines = _outlines(self.cells)
        ragged = _edge_raggedness(self.cells, outlines)
        self.rings = [_ring(outline, ragged) for outline in outlines]

    def select(self, *kinds: CellKind) -> list[int]:
        """Return the numbers of the cells of some kinds."""
        return [number for number, cell in enumerate(self.cells) if cell.kind in kinds]

    def polygon(self, number: int) -> Polygon:
        """Return one cell in EPSG:4547, metres."""
        return Polygon(np.asarray(self.rings[number], dtype=np.float64) / 1000)

    def area_m2(self, number: int) -> float:
        """Return the ellipsoidal area of one cell."""
        return _ring_area_m2(tuple(self.rings[number]))

    def total_area_m2(self, numbers: Iterable[int]) -> float:
        """Return the ellipsoidal area of several cells together."""
        return math.fsum(self.area_m2(number) for number in numbers)

    def merge(self, numbers: Iterable[int]) -> list[list[list[Millimetres]]]:
        """Return several cells as the polygons that they form together, all vertices kept.

        Returns
        -------
        list of polygons
            Each a list of rings in millimetres, the shell first.

        Raises
        ------
        TypeError
            When the cells form no polygon.
        """
        merged = shapely.coverage_union_all([self.polygon(number) for number in numbers])
        return [
            [_to_millimetres(ring) for ring in (polygon.exterior, *polygon.interiors)] for polygon in _parts(merged)
        ]


def corners(box: Box) -> list[Millimetres]:
    """Return the four corners of an undistorted rectangle, counter-clockwise from the south-west.

    Examples
    --------
    >>> from sample_layers.layout import site_box
    >>> from sample_layers.zone import corners
    >>> (west, south), _, (east, north), _ = corners(site_box(0, 0))
    >>> east - west, north - south
    (120000, 80000)
    """
    grid = ((box.west, box.south), (box.east, box.south), (box.east, box.north), (box.west, box.north))
    return [((ORIGIN_EAST_M + u) * 1000, (ORIGIN_NORTH_M + v) * 1000) for u, v in grid]


def _parts(geometry: BaseGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [geometry]
    if isinstance(geometry, MultiPolygon):
        return list(geometry.geoms)
    message = f"a union of cells is polygonal, not {geometry.geom_type}"
    raise TypeError(message)


def _to_millimetres(ring: BaseGeometry) -> list[Millimetres]:
    coordinates = np.rint(shapely.get_coordinates(ring) * 1000).astype(np.int64)[:-1]
    return [(int(east), int(north)) for east, north in coordinates]


@cache
def _ring_area_m2(ring: tuple[Millimetres, ...]) -> float:
    return trapezium_area_m2(degrees(ring))


def _place(point: GridPoint) -> Millimetres:
    """Take a grid point into the world, in millimetres."""
    u, v = point
    weight = _weight(u, v)
    turn = 2 * math.pi
    east = 70 * math.sin(turn * (u / 3900 + v / 2700)) + 45 * math.sin(turn * v / 1900 + 1)
    north = 60 * math.sin(turn * (u / 3100 - v / 4100) + 0.5) + 35 * math.sin(turn * u / 1700)
    return (
        round((ORIGIN_EAST_M + u + weight * east) * 1000),
        round((ORIGIN_NORTH_M + v + weight * north) * 1000),
    )


def _weight(u: int, v: int) -> float:
    still = district()
    distance = math.hypot(max(still.west - u, 0, u - still.east), max(still.south - v, 0, v - still.north))
    near, far = _FADE_M
    share = min(max((distance - near) / (far - near), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _outlines(cells: Sequence[Cell]) -> list[list[GridPoint]]:
    """Return for every cell the grid points on its boundary: its own corners and those of its neighbours."""
    on_column: dict[int, set[int]] = defaultdict(set)
    on_row: dict[int, set[int]] = defaultdict(set)
    for cell in cells:
        for u in (cell.box.west, cell.box.east):
            for v in (cell.box.south, cell.box.north):
                on_column[u].add(v)
                on_row[v].add(u)
    columns = {u: sorted(values) for u, values in on_column.items()}
    rows = {v: sorted(values) for v, values in on_row.items()}
    return [_outline(cell.box, columns, rows) for cell in cells]


def _outline(box: Box, columns: dict[int, list[int]], rows: dict[int, list[int]]) -> list[GridPoint]:
    south = [(u, box.south) for u in _between(rows[box.south], box.west, box.east)]
    east = [(box.east, v) for v in _between(columns[box.east], box.south, box.north)]
    north = [(u, box.north) for u in reversed(_between(rows[box.north], box.west, box.east))]
    west = [(box.west, v) for v in reversed(_between(columns[box.west], box.south, box.north))]
    return [*south[:-1], *east[:-1], *north[:-1], *west[:-1]]


def _between(values: list[int], low: int, high: int) -> list[int]:
    return values[bisect_left(values, low) : bisect_right(values, high)]


def _edge_raggedness(
    cells: Sequence[Cell], outlines: Sequence[list[GridPoint]]
) -> dict[tuple[GridPoint, GridPoint], tuple[float, int]]:
    ragged: dict[tuple[GridPoint, GridPoint], tuple[float, int]] = {}
    for cell, outline in zip(cells, outlines, strict=True):
        for start, end in pairwise([*outline, outline[0]]):
            key = (min(start, end), max(start, end))
            ragged[key] = min(ragged.get(key, _RAGGEDNESS[cell.kind]), _RAGGEDNESS[cell.kind])
    return ragged


def _ring(outline: list[GridPoint], ragged: dict[tuple[GridPoint, GridPoint], tuple[float, int]]) -> list[Millimetres]:
    ring: list[Millimetres] = []
    for start, end in pairwise([*outline, outline[0]]):
        # The edge is always broken up in the same direction, whichever of its two cells asks.
        first, last = min(start, end), max(start, end)
        share, halvings = ragged[first, last]
        line = _break_up(_place(first), _place(last), share, halvings)
        if start != first:
            line.reverse()
        ring += line[:-1]
    return ring


def _break_up(start: Millimetres, end: Millimetres, share: float, halvings: int) -> list[Millimetres]:
    """Displace the middle of an edge sideways, and the middles of its halves, until they are short."""
    run, rise = end[0] - start[0], end[1] - start[1]
    if halvings == 0 or math.hypot(run, rise) < 2 * _SHORTEST_PART_MM:
        return [start, end]
    offset = (roll("edge", *start, *end) - 0.5) * share
    middle = (
        round((start[0] + end[0]) / 2 - rise * offset),
        round((start[1] + end[1]) / 2 + run * offset),
    )
    first = _break_up(start, middle, share, halvings - 1)
    return [*first, *_break_up(middle, end, share, halvings - 1)[1:]]
