"""The plan of the zone: what lies where, as rectangles on a grid of whole metres.

The rectangles ("cells") fill the zone without gap or overlap. ``zone`` bends them into shapes that look surveyed;
here it is decided which are roads, river, parcels, fields and hills. In the middle lies the planted district:
rectangles of 120 m x 80 m that stay rectangles, so that what is planted on them can be computed by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise

from sample_layers.chance import roll

ORIGIN_EAST_M = 405_900
ORIGIN_NORTH_M = 3_122_900

ROAD_WIDTH = 30
HILL_BREADTH = 1440
FIELD_BREADTH = 1200
EDGE_DEPTH = 840

# Blocks west of the river, then east of it; the four of 360 m and the rows of 320 m are where the planted district
# lies.
_WEST_BLOCKS = (350, 340, 360, 360, 360, 360, 330, 350, 340)
_EAST_BLOCKS = (340, 330, 350)
_RIVER_STRIPS = (40, 80, 40)
_BLOCK_ROWS = (300, 310, 300, 320, 320, 320, 310, 300, 300, 310)
DISTRICT_BLOCKS = (range(2, 6), range(3, 6))
PARK_BLOCKS = frozenset({(1, 8), (7, 2), (10, 6)})

SITE_COLUMNS = 10
SITE_ROWS = 9
SITE_WIDTH = 120
SITE_HEIGHT = 80
AISLE = 30

_PARCEL_TARGET_M2 = 9_150
_PARCEL_SIDE_M = 45
_PATCH_TARGET_M2 = 70_000
_PATCH_SIDE_M = 110
# Outside the core the river is cut into reaches, or its long edges would wander across each other.
_REACH_M = 280


class CellKind(StrEnum):
    """What a cell is."""

    PARCEL = "parcel"
    PARK = "park"
    ROAD = "road"
    RIVER = "river"
    BANK = "bank"
    SITE = "site"
    AISLE = "aisle"
    HILL = "hill"
    FIELD = "field"
    HOMESTEAD = "homestead"
    LANE = "lane"


@dataclass(frozen=True)
class Box:
    """A rectangle on the grid, in metres east and north of the zone's south-west corner."""

    west: int
    south: int
    east: int
    north: int

    @property
    def area(self) -> int:
        """Square metres on the grid."""
        return (self.east - self.west) * (self.north - self.south)


@dataclass(frozen=True)
class Cell:
    """One piece of the zone.

    Attributes
    ----------
    kind : CellKind
    box : Box
    place : str
        The block, road, river, village or stretch of country it belongs to, e.g. ``block-03-07``.
    path : str
        Where in its place: the turns taken when the place was divided (``0`` south or west, ``1`` north or east), or
        a number.
    """

    kind: CellKind
    box: Box
    place: str
    path: str


@dataclass(frozen=True)
class _Strip:
    kind: str
    low: int
    high: int
    number: int


def lay_out() -> list[Cell]:
    """Return all cells of the zone, in a fixed order.

    Returns
    -------
    list of Cell
        They fill the rectangle ``extent()`` exactly.

    Examples
    --------
    >>> from sample_layers.layout import extent, lay_out
    >>> sum(cell.box.area for cell in lay_out()) == extent().area
    True
    """
    return [*_core_cells(), *_district_cells(), *_country_cells()]


def extent() -> Box:
    """Return the whole zone as one rectangle of the grid."""
    return Box(0, 0, _columns()[-1].high + FIELD_BREADTH, _rows()[-1].high + EDGE_DEPTH)


def core() -> Box:
    """Return the built-up part: blocks, river and the roads around them."""
    return Box(HILL_BREADTH, EDGE_DEPTH, _columns()[-1].high, _rows()[-1].high)


@cache
def district() -> Box:
    """Return the planted district, which stays undistorted."""
    columns = {strip.number: strip for strip in _columns() if strip.kind == "block"}
    rows = {strip.number: strip for strip in _rows() if strip.kind == "block"}
    across, up = DISTRICT_BLOCKS
    return Box(columns[across[0]].low, rows[up[0]].low, columns[across[-1]].high, rows[up[-1]].high)


def site_box(row: int, column: int) -> Box:
    """Return one rectangle of the planted district; row 0 is the southernmost, column 0 the westernmost."""
    corner = district()
    west = corner.west + AISLE + column * (SITE_WIDTH + AISLE)
    south = corner.south + AISLE + row * (SITE_HEIGHT + AISLE)
    return Box(west, south, west + SITE_WIDTH, south + SITE_HEIGHT)


def divide(box: Box, place: str, target_m2: int, shortest_m: int, path: str = "") -> Iterator[tuple[Box, str]]:
    """Divide a rectangle across its longer side, again and again, until the parts are about as large as wanted.

    Parameters
    ----------
    box : Box
    place : str
        Key of the random choices.
    target_m2 : int
        Parts between 0.6 and 1.4 times this are left whole.
    shortest_m : int
        No side gets shorter than this.
    path : str
        Turns taken so far.

    Yields
    ------
    tuple of Box and str
        A part and the turns that led to it.

    Examples
    --------
    >>> from sample_layers.layout import Box, divide
    >>> sum(part.area for part, _ in divide(Box(0, 0, 300, 200), "example", 5000, 40))
    60000
    """
    wide = box.east - box.west >= box.north - box.south
    length = box.east - box.west if wide else box.north - box.south
    if box.area <= target_m2 * (0.6 + 0.8 * roll("divide", place, path, "size")) or length < 2 * shortest_m:
        yield box, path
        return
    share = 0.4 + 0.2 * roll("divide", place, path, "share")
    cut = min(max(round(length * share), shortest_m), length - shortest_m)
    if wide:
        parts = Box(box.west, box.south, box.west + cut, box.north), Box(box.west + cut, box.south, box.east, box.north)
    else:
        parts = Box(box.west, box.south, box.east, box.south + cut), Box(box.west, box.south + cut, box.east, box.north)
    for turn, part in enumerate(parts):
        yield from divide(part, place, target_m2, shortest_m, f"{path}{turn}")


def _strips(start: int, widths: list[tuple[str, int]]) -> list[_Strip]:
    strips: list[_Strip] = []
    for kind, width in widths:
        low = strips[-1].high if strips else start
        strips.append(_Strip(kind, low, low + width, sum(strip.kind == kind for strip in strips)))
    return strips


def _columns() -> list[_Strip]:
    widths: list[tuple[str, int]] = [("road", ROAD_WIDTH)]
    for width in _WEST_BLOCKS:
        widths += [("block", width), ("road", ROAD_WIDTH)]
    bank_west, river, bank_east = _RIVER_STRIPS
    widths += [("bank", bank_west), ("river", river), ("bank", bank_east), ("road", ROAD_WIDTH)]
    for width in _EAST_BLOCKS:
        widths += [("block", width), ("road", ROAD_WIDTH)]
    return _strips(HILL_BREADTH, widths)


def _rows() -> list[_Strip]:
    widths: list[tuple[str, int]] = [("road", ROAD_WIDTH)]
    for width in _BLOCK_ROWS:
        widths += [("block", width), ("road", ROAD_WIDTH)]
    return _strips(EDGE_DEPTH, widths)


def _core_cells() -> Iterator[Cell]:
    inner = district()
    for row in _rows():
        for column in _columns():
            box = Box(column.low, row.low, column.high, row.high)
            if inner.west <= box.west < inner.east and inner.south <= box.south < inner.north:
                continue
            yield from _core_cell(box, column, row)


def _core_cell(box: Box, column: _Strip, row: _Strip) -> Iterator[Cell]:
    if column.kind == "road":
        yield Cell(CellKind.ROAD, box, f"road-ns-{column.number:02d}", f"{row.low:05d}")
    elif row.kind == "road":
        # A road that meets the river crosses it on a bridge; the land below counts as road.
        yield Cell(CellKind.ROAD, box, f"road-ew-{row.number:02d}", f"{column.low:05d}")
    elif column.kind == "bank":
        yield Cell(CellKind.BANK, box, f"bank-{column.number}", f"{row.low:05d}")
    elif column.kind == "river":
        yield Cell(CellKind.RIVER, box, "river", f"{row.low:05d}")
    elif (column.number, row.number) in PARK_BLOCKS:
        yield Cell(CellKind.PARK, box, f"block-{column.number:02d}-{row.number:02d}", "")
    else:
        place = f"block-{column.number:02d}-{row.number:02d}"
        for part, path in divide(box, place, _PARCEL_TARGET_M2, _PARCEL_SIDE_M):
            yield Cell(CellKind.PARCEL, part, place, path)


def _district_cells() -> Iterator[Cell]:
    inner = district()
    sites = [[site_box(row, column) for column in range(SITE_COLUMNS)] for row in range(SITE_ROWS)]
    for number in range(SITE_ROWS + 1):
        south = inner.south + number * (SITE_HEIGHT + AISLE)
        yield Cell(CellKind.AISLE, Box(inner.west, south, inner.east, south + AISLE), "district", f"ew-{number:02d}")
    for row, boxes in enumerate(sites):
        edges = [inner.west, *(edge for box in boxes for edge in (box.west, box.east)), inner.east]
        for column in range(SITE_COLUMNS + 1):
            gap = Box(edges[2 * column], boxes[0].south, edges[2 * column + 1], boxes[0].north)
            yield Cell(CellKind.AISLE, gap, "district", f"ns-{column:02d}-{row}")
        for column, box in enumerate(boxes):
            yield Cell(CellKind.SITE, box, "district", f"{row}-{column}")


def _country_cells() -> Iterator[Cell]:
    whole, middle = extent(), core()
    river = [strip for strip in _columns() if strip.kind in {"bank", "river"}]
    left, right = river[0].low, river[-1].high
    north, south = middle.north, middle.south
    yield from _country(CellKind.HILL, Box(0, 0, middle.west, whole.north), "hills-west", Box(620, 2300, 695, 2330))
    yield from _country(
        CellKind.FIELD, Box(middle.east, 0, whole.east, whole.north), "fields-east", Box(6700, 3100, 6775, 3130)
    )
    yield from _country(CellKind.FIELD, Box(middle.west, 0, left, south), "fields-south", Box(3000, 400, 3075, 430))
    yield from _country(CellKind.FIELD, Box(right, 0, middle.east, south), "fields-corner", Box(5500, 400, 5575, 430))
    yield from _country(CellKind.HILL, Box(middle.west, north, left, whole.north), "hills-north", None)
    yield from _country(CellKind.HILL, Box(right, north, middle.east, whole.north), "hills-corner", None)
    for strip in river:
        kind = CellKind(strip.kind)
        place = "river" if kind is CellKind.RIVER else f"bank-{strip.number}"
        for low in (*range(0, south, _REACH_M), *range(north, whole.north, _REACH_M)):
            yield Cell(kind, Box(strip.low, low, strip.high, low + _REACH_M), place, f"{low:05d}")


def _country(kind: CellKind, box: Box, place: str, village: Box | None) -> Iterator[Cell]:
    outskirts = village and Box(village.west - 150, village.south - 150, village.east + 150, village.north + 150)
    for number, part in enumerate(_around(box, outskirts)):
        for patch, path in divide(part, f"{place}-{number}", _PATCH_TARGET_M2, _PATCH_SIDE_M):
            yield Cell(kind, patch, f"{place}-{number}", path)
    if village is not None and outskirts is not None:
        for number, part in enumerate(_around(outskirts, village)):
            yield Cell(kind, part, f"{place}-village", str(number))
        yield from _village_cells(village, f"village-{place}")


def _around(box: Box, hole: Box | None) -> list[Box]:
    """Return the rectangles that are left of a rectangle when a hole is taken out: west, south, north, east of it."""
    if hole is None:
        return [box]
    return [
        Box(box.west, box.south, hole.west, box.north),
        Box(hole.west, box.south, hole.east, hole.south),
        Box(hole.west, hole.north, hole.east, box.north),
        Box(hole.east, box.south, box.east, box.north),
    ]


def _village_cells(box: Box, place: str) -> Iterator[Cell]:
    """Two rows of five homesteads of 15 m x 12 m on either side of a lane of 6 m."""
    lane_low, lane_high = box.south + 12, box.north - 12
    yield Cell(CellKind.LANE, Box(box.west, lane_low, box.east, lane_high), place, "lane")
    for row, (low, high) in enumerate(((box.south, lane_low), (lane_high, box.north))):
        for number, (left, right) in enumerate(pairwise(range(box.west, box.east + 1, 15))):
            yield Cell(CellKind.HOMESTEAD, Box(left, low, right, high), place, f"{row}{number}")
