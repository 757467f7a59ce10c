"""Where the boundaries of paired polygons cross, decided with certainty or not at all.

Two edges either cross in their interiors with every end point well away from the other edge, or stay well apart, or they are in contact. Only
the first two can be told from double precision without doubt, so that pairs in contact are named and left to a robust overlay.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.plane_grid import to_grid
from gis.rings import RingTable, Runs, expand_ranges, ring_table, rows_at

__all__ = ["CLEARANCE_M", "Crossings", "Side", "find_crossings"]

#: Edges nearer to each other's end points than this are in contact. A thousand times the rounding of coordinates in the area plane.
CLEARANCE_M: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Crossings:
    """The clean crossings of m pairs of polygons, in no order.

    Attributes
    ----------
    pair : ndarray of int64, shape (c,)
        Position of the pair.
    left_edge, right_edge : ndarray of int64, shape (c,)
        Edges of the two ring tables.
    left_at, right_at : ndarray of float64, shape (c,)
        Place along the edge, 0 to 1 in its direction.
    entering : ndarray of bool, shape (c,)
        Whether the left edge goes into the right polygon here.
    point : ndarray of float64, shape (c, 2)
        The same bits for the same two edges, in whichever direction polygons use them.
    in_contact : ndarray of bool, shape (m,)
        Pairs with edges that touch, overlap or come within ``CLEARANCE_M`` of an end point: their crossings are not complete.
    """

    pair: IntArray
    left_edge: IntArray
    right_edge: IntArray
    left_at: FloatArray
    right_at: FloatArray
    entering: BoolArray
    point: FloatArray
    in_contact: BoolArray


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the pairs: the rings of its polygons, cut into runs, and the boxes of both.

    Attributes
    ----------
    table : RingTable
        The rings of n polygons.
    runs : Runs
    ring_boxes : ndarray of float64, shape (r, 4)
    bounds : ndarray of float64, shape (n, 4)
        NaN for a polygon without rings.
    """

    table: RingTable
    runs: Runs
    ring_boxes: FloatArray
    bounds: FloatArray

    @classmethod
    def of(cls, polygons: GeometryArray) -> "Side":
        """Take valid polygons apart."""
        table = ring_table(polygons)
        return cls(table, Runs.of(table), table.ring_boxes(), shapely.bounds(polygons))


def find_crossings(left: Side, right: Side, left_index: IntArray, right_index: IntArray) -> Crossings:
    """Find where the boundary of polygon ``left_index[k]`` crosses that of polygon ``right_index[k]``, for every k.

    Boxes around runs of edges, then boxes around edges, leave few edges to test.
    """
    pair, left_run, right_run = _near_runs(left, right, left_index, right_index)
    pair, left_edge, right_edge = _near_edges(left, right, pair, left_run, right_run)
    return _cross(left.table, right.table, pair, left_edge, right_edge, len(left_index))


def _near_runs(
    left: Side, right: Side, left_index: IntArray, right_index: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return pair, run of the left polygon, run of the right polygon where the boxes of the runs meet."""
    left_owner, left_run = _runs_near_box(left.runs, left_index, rows_at(right.bounds, right_index))
    right_owner, right_run = _runs_near_box(right.runs, right_index, rows_at(left.bounds, left_index))
    return _join(left_owner, left_run, left.runs.boxes, right_owner, right_run, right.runs.boxes, len(left_index))


def _runs_near_box(runs: Runs, polygon: IntArray, boxes: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the owner, a position in ``polygon``, and the run for each run of the polygon that comes near the owner's box."""
    counts = runs.polygon_start[polygon + 1] - runs.polygon_start[polygon]
    bundle = expand_ranges(runs.polygon_start[polygon], counts)
    owner = np.repeat(np.arange(len(polygon)), counts)
    near = np.flatnonzero(_boxes_meet(rows_at(runs.bundle_boxes, bundle), rows_at(boxes, owner)))
    bundle, owner = bundle[near], owner[near]
    counts = runs.bundle_start[bundle + 1] - runs.bundle_start[bundle]
    run = expand_ranges(runs.bundle_start[bundle], counts)
    owner = np.repeat(owner, counts)
    near = np.flatnonzero(_boxes_meet(rows_at(runs.boxes, run), rows_at(boxes, owner)))
    return owner[near], run[near]


def _near_edges(
    left: Side, right: Side, pair: IntArray, left_run: IntArray, right_run: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Return pair, left edge, right edge where the boxes of the edges meet."""
    left_owner, left_edge, left_boxes = _edges_near_box(left, left_run, rows_at(right.runs.boxes, right_run))
    right_owner, right_edge, right_boxes = _edges_near_box(right, right_run, rows_at(left.runs.boxes, left_run))
    meeting, first, second = _join(
        left_owner,
        np.arange(len(left_edge)),
        left_boxes,
        right_owner,
        np.arange(len(right_edge)),
        right_boxes,
        len(pair),
    )
    return pair[meeting], left_edge[first], right_edge[second]


def _edges_near_box(side: Side, run: IntArray, boxes: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    counts = side.runs.last[run] - side.runs.first[run] + 1
    edge = expand_ranges(side.runs.first[run], counts)
    owner = np.repeat(np.arange(len(run)), counts)
    start, end = rows_at(side.table.vertices, edge), rows_at(side.table.vertices, side.table.following[edge])
    edge_boxes = np.concatenate([np.minimum(start, end), np.maximum(start, end)], axis=1)
    near = np.flatnonzero(_boxes_meet(edge_boxes, rows_at(boxes, owner)))
    return owner[near], edge[near], rows_at(edge_boxes, near)


def _join(
    left_owner: IntArray,
    left_item: IntArray,
    left_boxes: FloatArray,
    right_owner: IntArray,
    right_item: IntArray,
    right_boxes: FloatArray,
    owners: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Pair the items of both sides that have one owner and whose boxes meet. Owners ascend; boxes are looked up by item."""
    right_count = np.bincount(right_owner, minlength=owners)
    right_start = np.cumsum(right_count) - right_count
    counts = right_count[left_owner]
    first = np.repeat(np.arange(len(left_owner)), counts)
    second = expand_ranges(right_start[left_owner], counts)
    meet = np.flatnonzero(_boxes_meet(rows_at(left_boxes, left_item[first]), rows_at(right_boxes, right_item[second])))
    first, second = first[meet], second[meet]
    return left_owner[first], left_item[first], right_item[second]


def _boxes_meet(first: FloatArray, second: FloatArray) -> BoolArray:
    """Tell which boxes come within ``CLEARANCE_M`` of each other."""
    meet: BoolArray = (
        (first[:, 0] <= second[:, 2] + CLEARANCE_M)
        & (second[:, 0] <= first[:, 2] + CLEARANCE_M)
        & (first[:, 1] <= second[:, 3] + CLEARANCE_M)
        & (second[:, 1] <= first[:, 3] + CLEARANCE_M)
    )
    return meet


def _cross(
    left: RingTable, right: RingTable, pair: IntArray, left_edge: IntArray, right_edge: IntArray, pairs: int
) -> Crossings:
    """Test candidate edges and compute the crossing points."""
    a0, a1, left_turned = _canonical_ends(left, left_edge)
    b0, b1, right_turned = _canonical_ends(right, right_edge)
    along_a, along_b = a1 - a0, b1 - b0
    # Twice the areas of the triangles that an end point makes with the other edge; divided by its length they are distances to its line.
    b0_off, b1_off = _cross_product(along_a, b0 - a0), _cross_product(along_a, b1 - a0)
    a0_off, a1_off = _cross_product(along_b, a0 - b0), _cross_product(along_b, a1 - b0)
    a_margin = CLEARANCE_M * np.hypot(along_a[:, 0], along_a[:, 1])
    b_margin = CLEARANCE_M * np.hypot(along_b[:, 0], along_b[:, 1])
    clear = (np.minimum(np.abs(b0_off), np.abs(b1_off)) > a_margin) & (
        np.minimum(np.abs(a0_off), np.abs(a1_off)) > b_margin
    )
    crossing = clear & ((b0_off > 0) != (b1_off > 0)) & ((a0_off > 0) != (a1_off > 0))
    apart = (
        (np.minimum(b0_off, b1_off) > a_margin)
        | (np.maximum(b0_off, b1_off) < -a_margin)
        | (np.minimum(a0_off, a1_off) > b_margin)
        | (np.maximum(a0_off, a1_off) < -b_margin)
    )
    in_contact = np.zeros(pairs, dtype=bool)
    doubtful = np.flatnonzero(~crossing & ~apart)
    # A vertex that both have is seen at once; distances are asked for only where no such vertex has told already.
    a_ends, b_ends = (rows_at(a0, doubtful), rows_at(a1, doubtful)), (rows_at(b0, doubtful), rows_at(b1, doubtful))
    shared = np.any([(one == other).all(axis=1) for one in a_ends for other in b_ends], axis=0)
    in_contact[pair[doubtful[shared]]] = True
    doubtful = doubtful[~in_contact[pair[doubtful]]]
    touching = _within_clearance(a0[doubtful], a1[doubtful], b0[doubtful], b1[doubtful])
    in_contact[pair[doubtful[touching]]] = True
    at = np.flatnonzero(crossing)
    a_at = a0_off[at] / (a0_off[at] - a1_off[at])
    b_at = b0_off[at] / (b0_off[at] - b1_off[at])
    return Crossings(
        pair=pair[at],
        left_edge=left_edge[at],
        right_edge=right_edge[at],
        left_at=np.where(left_turned[at], 1 - a_at, a_at),
        right_at=np.where(right_turned[at], 1 - b_at, b_at),
        # The interior is left of the right edge: a left edge that ends there goes in.
        entering=(a1_off[at] > 0) ^ left_turned[at] ^ right_turned[at],
        point=_common_point(a0[at], a_at, along_a[at], b0[at], b_at, along_b[at]),
        in_contact=in_contact,
    )


def _common_point(
    a0: FloatArray, a_at: FloatArray, along_a: FloatArray, b0: FloatArray, b_at: FloatArray, along_b: FloatArray
) -> FloatArray:
    """Place the crossing on that edge of the two that comes first by its lowest end, whichever side it is on."""
    lower = (a0[:, 0] < b0[:, 0]) | ((a0[:, 0] == b0[:, 0]) & (a0[:, 1] < b0[:, 1]))
    return to_grid(np.where(lower[:, None], a0 + a_at[:, None] * along_a, b0 + b_at[:, None] * along_b))


def _canonical_ends(table: RingTable, edge: IntArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the ends of edges in one fixed order, and whether that turned them: neighbours run along one edge in both directions."""
    start, end = rows_at(table.vertices, edge), rows_at(table.vertices, table.following[edge])
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    swap = turned[:, None]
    return np.where(swap, end, start), np.where(swap, start, end), turned


def _cross_product(first: FloatArray, second: FloatArray) -> FloatArray:
    product: FloatArray = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return product


def _within_clearance(a0: FloatArray, a1: FloatArray, b0: FloatArray, b1: FloatArray) -> BoolArray:
    first = shapely.linestrings(np.stack([a0, a1], axis=1))
    second = shapely.linestrings(np.stack([b0, b1], axis=1))
    return np.asarray(shapely.distance(first, second) <= CLEARANCE_M)
