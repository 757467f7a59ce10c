"""Intersections and differences of many pairs of polygons whose boundaries cross cleanly, on flat arrays.

The boundary of a result runs along one polygon up to a crossing and goes on along the other (Weiler and Atherton 1977 [1]_). Between clean
crossings these pieces are copied as they are, and a crossing point is the same number in every polygon that meets there, so that neighbouring
results share their vertices exactly. Pairs in contact, with rings that lie inside the other polygon, or with results that have holes are left
to GEOS: they come back as not settled.

References
----------
.. [1] K. Weiler, P. Atherton: Hidden surface removal using polygon area sorting. SIGGRAPH 1977.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.crossings import CLEARANCE_M, Crossings, Side, find_crossings
from gis.rings import RingTable, build_rings, expand_ranges, put_parts, ring_areas, rows_at

__all__ = ["Operation", "clip_pairs"]

Operation: TypeAlias = Literal["intersection", "difference"]


def clip_pairs(
    left: Side, right: Side, left_index: IntArray, right_index: IntArray, operation: Operation
) -> tuple[GeometryArray, BoolArray]:
    """Intersect, or subtract, pairs of polygons of which neither contains the other.

    Parameters
    ----------
    left, right : Side
        Valid polygons of both sides.
    left_index, right_index : ndarray of int64, shape (m,)
        The polygons of each pair. A pair may not be nested with all rings apart; settle those with ``contains_properly`` first.
    operation : "intersection" or "difference"
        Difference is left without right.

    Returns
    -------
    geometries : ndarray of Polygon, MultiPolygon or None, shape (m,)
        None where nothing is left, or the pair is not settled. In a difference, an untouched left polygon is None as well.
    settled : ndarray of bool, shape (m,)
        False where only a robust overlay can tell.
    """
    crossings = find_crossings(left, right, left_index, right_index)
    settled = ~crossings.in_contact
    # What is subtracted from goes into the result with all its rings, wherever they are.
    reach = right.bounds[right_index] if operation == "intersection" else np.array([[-np.inf, -np.inf, np.inf, np.inf]])
    settled &= ~_has_loose_ring(left, left_index, reach, crossings.pair, crossings.left_edge)
    settled &= ~_has_loose_ring(right, right_index, left.bounds[left_index], crossings.pair, crossings.right_edge)
    crossings = _only(crossings, settled[crossings.pair])
    links = _link(left.table, right.table, crossings)
    settled[links.broken_pairs] = False
    geometries = np.full(len(left_index), None, dtype=object)
    kept = settled[crossings.pair]
    vertices, start, pair = _trace(left.table, right.table, crossings, links, kept, operation)
    settled[pair[ring_areas(vertices, start) <= 0]] = False
    put_parts(geometries, np.asarray(shapely.polygons(build_rings(vertices, start)), dtype=object), pair)
    # A result touches itself where rings of one polygon meet in a point, and where the rounding of a crossing moved an edge onto a vertex.
    settled &= shapely.is_missing(geometries) | shapely.is_valid(geometries)
    geometries[~settled] = None
    return geometries, settled


def _has_loose_ring(side: Side, index: IntArray, reach: FloatArray, pair: IntArray, edge: IntArray) -> BoolArray:
    """Tell for each pair whether this side's polygon has a ring that comes within the pair's box and does not cross the other polygon's boundary.

    With one ring it cannot, unless the two are nested.
    """
    table = side.table
    loose = np.zeros(len(index), dtype=bool)
    several = np.flatnonzero(np.diff(table.polygon_start)[index] > 1)
    if several.size == 0:
        return loose
    counts = np.diff(table.polygon_start)[index[several]]
    ring = expand_ranges(table.polygon_start[index[several]], counts)
    owner = np.repeat(several, counts)
    boxes, others = side.ring_boxes[ring], np.broadcast_to(reach, (len(index), 4))[owner]
    near = (boxes[:, :2] <= others[:, 2:]).all(axis=1) & (others[:, :2] <= boxes[:, 2:]).all(axis=1)
    rings = len(table.polygon_of)
    crossed = np.isin(owner * rings + ring, pair * rings + table.ring_of[edge])
    loose[owner[near & ~crossed]] = True
    return loose


def _only(crossings: Crossings, kept: BoolArray) -> Crossings:
    return Crossings(
        crossings.pair[kept],
        crossings.left_edge[kept],
        crossings.right_edge[kept],
        crossings.left_at[kept],
        crossings.right_at[kept],
        crossings.entering[kept],
        crossings.point[kept],
        crossings.in_contact,
    )


@dataclass(frozen=True, slots=True)
class _Links:
    """How to go on from each crossing.

    Attributes
    ----------
    next_left, next_right : ndarray of int64, shape (c,)
        The next crossing of the pair along the left and the right ring.
    broken_pairs : ndarray of int64
        Pairs in which crossings follow too closely to be ordered, or do not go in and out by turns.
    """

    next_left: IntArray
    next_right: IntArray
    broken_pairs: IntArray


def _link(left: RingTable, right: RingTable, crossings: Crossings) -> _Links:
    next_left, left_broken = _next_along(
        left, crossings.pair, crossings.left_edge, crossings.left_at, crossings.entering
    )
    next_right, right_broken = _next_along(
        right, crossings.pair, crossings.right_edge, crossings.right_at, crossings.entering
    )
    return _Links(next_left, next_right, np.concatenate([left_broken, right_broken]))


def _next_along(
    table: RingTable, pair: IntArray, edge: IntArray, at: FloatArray, entering: BoolArray
) -> tuple[IntArray, IntArray]:
    """Order the crossings of each pair along each ring; return the following crossing of each, and the pairs where that fails."""
    order = np.lexsort((at, edge, pair))
    ring = table.ring_of[edge[order]]
    same_ring = (pair[order][1:] == pair[order][:-1]) & (ring[1:] == ring[:-1])
    first = np.flatnonzero(np.concatenate([[True], ~same_ring])) if len(order) else np.zeros(0, dtype=np.int64)
    following = np.arange(1, len(order) + 1)
    following[np.concatenate([first[1:], [len(order)]]) - 1 if len(order) else first] = first
    successor = np.empty_like(order)
    successor[order] = order[following]
    start = rows_at(table.vertices, edge)
    length = np.hypot(*(rows_at(table.vertices, table.following[edge]) - start).T)
    close = (edge[successor] == edge) & (np.abs(at[successor] - at) * length <= CLEARANCE_M)
    return successor, pair[close | (entering[successor] == entering)]


def _trace(
    left: RingTable,
    right: RingTable,
    crossings: Crossings,
    links: _Links,
    kept: BoolArray,
    operation: Operation,
) -> tuple[FloatArray, IntArray, IntArray]:
    """Follow the links around every result ring.

    Each ring is a cycle of two strands by turns: one along a left ring, one along a right ring. Return the vertices of all rings, their starts
    and their pairs.
    """
    inside = operation == "intersection"
    begin = np.flatnonzero(kept & (crossings.entering == inside))
    turn = links.next_left[begin]
    if inside:
        onward = links.next_right[turn]
    else:
        backward = np.empty_like(links.next_right)
        backward[links.next_right] = np.arange(len(backward))
        onward = backward[turn]
    place = np.empty(len(crossings.pair), dtype=np.int64)
    place[begin] = np.arange(len(begin))
    ordered, cycle = _unroll(place[onward])
    begin, turn, onward = begin[ordered], turn[ordered], onward[ordered]
    left_first, left_count = _strand(left, crossings.left_edge, crossings.left_at, begin, turn)
    if inside:
        right_first, right_count = _strand(right, crossings.right_edge, crossings.right_at, turn, onward)
    else:
        right_first, right_count = _strand(right, crossings.right_edge, crossings.right_at, onward, turn)
    lengths = left_count + right_count + 2
    vertices = np.empty((int(lengths.sum()), 2))
    start = np.cumsum(lengths) - lengths
    vertices[start] = rows_at(crossings.point, begin)
    vertices[start + left_count + 1] = rows_at(crossings.point, turn)
    _copy(vertices, start + 1, left, crossings.left_edge[begin], left_first, left_count, 1)
    right_edge = crossings.right_edge[turn]
    right_from = right_first if inside else right_first + right_count - 1
    _copy(vertices, start + left_count + 2, right, right_edge, right_from, right_count, 1 if inside else -1)
    heads = (
        np.flatnonzero(np.concatenate([[True], cycle[1:] != cycle[:-1]])) if len(cycle) else np.zeros(0, dtype=np.int64)
    )
    return vertices, np.concatenate([start[heads], [len(vertices)]]), crossings.pair[begin[heads]]


def _strand(
    table: RingTable, edge: IntArray, at: FloatArray, source: IntArray, target: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the first vertex after each source crossing, counted from the ring's start and not wrapped, and the number up to the target."""
    ring = table.ring_of[edge[source]]
    size = table.ring_start[ring + 1] - table.ring_start[ring]
    count = edge[target] - edge[source]
    count += np.where((count < 0) | ((count == 0) & (at[target] < at[source])), size, 0)
    return edge[source] - table.ring_start[ring] + 1, count


def _copy(
    vertices: FloatArray, to: IntArray, table: RingTable, edge: IntArray, first: IntArray, count: IntArray, step: int
) -> None:
    """Copy ``count`` vertices of the ring of ``edge``, from ``first`` in steps around the ring, to the places from ``to``."""
    ring = table.ring_of[edge]
    base = np.repeat(table.ring_start[ring], count)
    size = np.repeat(table.ring_start[ring + 1], count) - base
    along = expand_ranges(np.zeros_like(count), count)
    source = base + (np.repeat(first, count) + step * along) % size
    vertices[np.repeat(to, count) + along] = rows_at(table.vertices, source)


def _unroll(onward: IntArray) -> tuple[IntArray, IntArray]:
    """Order the members of each cycle of a permutation one after the other; return the order and the cycle of each place in it."""
    members = len(onward)
    cycle, jump = np.arange(members), onward.copy()
    while True:
        lower = np.minimum(cycle, cycle[jump])
        if (lower == cycle).all():
            break
        cycle, jump = lower, jump[jump]
    # Count the steps from each member to the last one before its cycle closes, by doubling the stride.
    closing = onward == cycle
    stride = np.where(closing, np.arange(members), onward)
    remaining = (~closing).astype(np.int64)
    while (stride != stride[stride]).any():
        remaining += remaining[stride]
        stride = stride[stride]
    order = np.lexsort((-remaining, cycle))
    return order, cycle[order]
