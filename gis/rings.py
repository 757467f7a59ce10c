"""Polygons as flat arrays: the rings of many polygons, their edges, and boxes around short runs of edges.

Interiors lie to the left of every edge: shells run counter-clockwise and holes clockwise, whatever the input did. Work on whole layers is then
work on a few arrays, and a polygon's boundary can be compared with its neighbour's edge by edge.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray

__all__ = [
    "BUNDLE_LENGTH",
    "RUN_LENGTH",
    "RingTable",
    "Runs",
    "build_rings",
    "expand_ranges",
    "following_vertices",
    "put_parts",
    "ring_areas",
    "ring_table",
    "rings_in_order",
    "rows_at",
]

#: Edges in one run: short runs have tight boxes, long ones make fewer of them.
RUN_LENGTH: Final = 4
#: Runs in one bundle: a long boundary is passed over in bundles.
BUNDLE_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class RingTable:
    """The rings of n polygons. Edge k goes from vertex k to vertex ``following[k]``.

    Attributes
    ----------
    vertices : ndarray of float64, shape (v, 2)
        Ring after ring, polygon after polygon, the closing vertex not repeated, no two neighbouring vertices equal.
    following : ndarray of int64, shape (v,)
        Position of the next vertex along the ring, interior to the left.
    ring_start : ndarray of int64, shape (r + 1,)
        Ring k has the vertices from ``ring_start[k]`` to ``ring_start[k + 1]``.
    ring_of : ndarray of int64, shape (v,)
        The ring of each vertex.
    is_hole : ndarray of bool, shape (r,)
        The holes of a shell follow it.
    polygon_of : ndarray of int64, shape (r,)
        The polygon of each ring.
    polygon_start : ndarray of int64, shape (n + 1,)
        Polygon k has the rings from ``polygon_start[k]`` to ``polygon_start[k + 1]``.
    """

    vertices: FloatArray
    following: IntArray
    ring_start: IntArray
    ring_of: IntArray
    is_hole: BoolArray
    polygon_of: IntArray
    polygon_start: IntArray

    @property
    def edge_polygon(self) -> IntArray:
        """The polygon of each edge, shape (v,)."""
        return self.polygon_of[self.ring_of]

    def ring_boxes(self) -> FloatArray:
        """Return xmin, ymin, xmax, ymax of each ring, shape (r, 4)."""
        first = self.ring_start[:-1]
        if first.size == 0:
            return np.empty((0, 4))
        return np.column_stack(
            [np.minimum.reduceat(self.vertices, first, axis=0), np.maximum.reduceat(self.vertices, first, axis=0)]
        )


@dataclass(frozen=True, slots=True)
class Runs:
    """Short runs of neighbouring edges, and bundles of neighbouring runs, with their boxes.

    Attributes
    ----------
    first, last : ndarray of int64, shape (m,)
        Run k has the edges from ``first[k]`` to ``last[k]`` inclusive; no run goes over the end of its ring.
    boxes : ndarray of float64, shape (m, 4)
    bundle_start : ndarray of int64, shape (b + 1,)
        Bundle k has the runs from ``bundle_start[k]`` to ``bundle_start[k + 1]``, all of one polygon.
    bundle_boxes : ndarray of float64, shape (b, 4)
    polygon_start : ndarray of int64, shape (n + 1,)
        Polygon k has the bundles from ``polygon_start[k]`` to ``polygon_start[k + 1]``.
    """

    first: IntArray
    last: IntArray
    boxes: FloatArray
    bundle_start: IntArray
    bundle_boxes: FloatArray
    polygon_start: IntArray

    @classmethod
    def of(cls, table: RingTable) -> "Runs":
        """Cut the rings of a table into runs of at most ``RUN_LENGTH`` edges."""
        first, runs_of_ring = _cut(table.ring_start, RUN_LENGTH)
        ring = np.repeat(np.arange(len(runs_of_ring)), runs_of_ring)
        last = np.minimum(first + RUN_LENGTH, table.ring_start[ring + 1]) - 1
        boxes = _run_boxes(table, first, last)
        runs_before = np.concatenate([[0], np.cumsum(runs_of_ring)])[table.polygon_start]
        bundle, bundles_of_polygon = _cut(runs_before, BUNDLE_LENGTH)
        bundle_boxes = np.empty((len(bundle), 4))
        if len(bundle):
            bundle_boxes[:, :2] = np.minimum.reduceat(boxes[:, :2], bundle, axis=0)
            bundle_boxes[:, 2:] = np.maximum.reduceat(boxes[:, 2:], bundle, axis=0)
        return cls(
            first=first,
            last=last,
            boxes=boxes,
            bundle_start=np.append(bundle, len(first)),
            bundle_boxes=bundle_boxes,
            polygon_start=np.concatenate([[0], np.cumsum(bundles_of_polygon)]),
        )


def _cut(start: IntArray, length: int) -> tuple[IntArray, IntArray]:
    """Cut each range from ``start[k]`` to ``start[k + 1]`` into lengths; return where they begin, and how many each range has."""
    counts = -(-np.diff(start) // length)
    return expand_ranges(np.zeros_like(counts), counts) * length + np.repeat(start[:-1], counts), counts


def _run_boxes(table: RingTable, first: IntArray, last: IntArray) -> FloatArray:
    boxes = np.empty((len(first), 4))
    if len(first):
        end = rows_at(table.vertices, table.following[last])
        for axis in (0, 1):
            ordinate = np.ascontiguousarray(table.vertices[:, axis])
            boxes[:, axis] = np.minimum(np.minimum.reduceat(ordinate, first), end[:, axis])
            boxes[:, axis + 2] = np.maximum(np.maximum.reduceat(ordinate, first), end[:, axis])
    return boxes


def rows_at(array: FloatArray, places: IntArray) -> FloatArray:
    """Return rows of a two-dimensional array. For rows this short it is several times quicker than indexing."""
    return array.take(places, axis=0)


def expand_ranges(starts: IntArray, counts: IntArray) -> IntArray:
    """Return start, start + 1, ..., start + count - 1 for each pair, one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> expand_ranges(np.array([5, 0]), np.array([3, 2])).tolist()
    [5, 6, 7, 0, 1]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    positions: IntArray = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return positions


def ring_table(polygons: GeometryArray) -> RingTable:
    """Take polygons apart into rings with their interiors on the left.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid. None and empty ones have no rings; Z is dropped.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> table = ring_table(np.array([shapely.Polygon([(0, 0), (0, 1), (1, 1)])], dtype=object))
    >>> table.vertices[table.following].tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    """
    polygon_of, is_hole, sizes = rings_in_order(polygons)
    vertices = shapely.get_coordinates(polygons) + 0.0  # -0.0 becomes 0.0: equal coordinates must have equal bits
    ring = np.repeat(np.arange(len(sizes)), sizes)
    x, y = vertices.T
    # The closing vertex repeats the first one; it goes with the other repeated points.
    kept = np.zeros(len(ring), dtype=bool)
    kept[:-1] = (ring[1:] == ring[:-1]) & ((x[1:] != x[:-1]) | (y[1:] != y[:-1]))
    place = np.flatnonzero(kept)
    vertices, ring = rows_at(vertices, place), ring[place]
    start = np.concatenate([[0], np.cumsum(np.bincount(ring, minlength=len(sizes)))]).astype(np.int64)
    return RingTable(
        vertices=_oriented(vertices, start, is_hole),
        following=following_vertices(start),
        ring_start=start,
        ring_of=ring,
        is_hole=is_hole,
        polygon_of=polygon_of,
        polygon_start=np.searchsorted(polygon_of, np.arange(len(polygons) + 1)).astype(np.int64),
    )


def rings_in_order(polygons: GeometryArray) -> tuple[IntArray, BoolArray, IntArray]:
    """List the rings of polygons in the order in which ``shapely.get_coordinates`` has their coordinates.

    Only polygons with holes or several parts are taken apart for it.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)

    Returns
    -------
    polygon_of : ndarray of int64, shape (r,)
        The polygon of each ring.
    is_hole : ndarray of bool, shape (r,)
    sizes : ndarray of int64, shape (r,)
        The number of its coordinates, the closing one among them.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> hollow = shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2))
    >>> [column.tolist() for column in rings_in_order(np.array([shapely.box(0, 0, 1, 1), hollow], dtype=object))]
    [[0, 1, 1], [False, False, True], [5, 5, 5]]
    """
    plain = (shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON.value) & (
        shapely.get_num_interior_rings(polygons) == 0
    )
    plain &= ~shapely.is_empty(polygons)
    rest = np.flatnonzero(~plain)
    parts, part_of = shapely.get_parts(polygons[rest], return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    sizes = shapely.get_num_coordinates(np.concatenate([polygons[plain], rings])).astype(np.int64)
    polygon_of = np.concatenate([np.flatnonzero(plain), rest[part_of[ring_of]]])
    is_hole = np.zeros(len(sizes), dtype=bool)
    is_hole[len(sizes) - len(rings) + 1 :] = ring_of[1:] == ring_of[:-1]
    order = np.argsort(polygon_of, kind="stable")
    order = order[sizes[order] > 0]
    return polygon_of[order], is_hole[order], sizes[order]


def following_vertices(start: IntArray) -> IntArray:
    """Return for each vertex of open rings the position of the next one, the first after the last."""
    following = np.arange(1, start[-1] + 1)
    filled = start[1:] > start[:-1]
    following[start[1:][filled] - 1] = start[:-1][filled]
    return following


def _oriented(vertices: FloatArray, start: IntArray, hole: BoolArray) -> FloatArray:
    """Reverse the rings that have their interior on the right."""
    wrong = (ring_areas(vertices, start) < 0) != hole
    if not wrong.any():
        return vertices
    turned = np.arange(len(vertices))
    counts = np.diff(start)[wrong]
    places = expand_ranges(start[:-1][wrong], counts)
    turned[places] = np.repeat(start[:-1][wrong] + start[1:][wrong] - 1, counts) - places
    return rows_at(vertices, turned)


def ring_areas(vertices: FloatArray, start: IntArray) -> FloatArray:
    """Return the signed area of each open ring, positive when it runs counter-clockwise, shape (r,)."""
    counts = np.diff(start)
    areas = np.zeros(len(counts))
    filled = counts > 0
    if filled.any():
        # From the first vertex of each ring, so that ordinates of 1e7 m cost no digits.
        x, y = vertices.T - np.repeat(vertices[start[:-1][filled]].T, counts[filled], axis=1)
        following = following_vertices(start)
        areas[filled] = np.add.reduceat(x * y[following] - x[following] * y, start[:-1][filled]) / 2
    return areas


def build_rings(vertices: FloatArray, start: IntArray) -> GeometryArray:
    """Return each open ring as a LinearRing, shape (r,). Each has at least three vertices."""
    sizes = np.diff(start) + 1
    closed = expand_ranges(start[:-1], sizes)
    closed[np.cumsum(sizes) - 1] = start[:-1]
    rings = shapely.linearrings(rows_at(vertices, closed), indices=np.repeat(np.arange(len(sizes)), sizes))
    return np.asarray(rings, dtype=object)


def put_parts(target: GeometryArray, polygons: GeometryArray, owner: IntArray) -> None:
    """Set each ``target[owner]`` to its polygons: a Polygon where it is one, a MultiPolygon where they are several."""
    order = np.argsort(owner, kind="stable")
    owners, first, counts = np.unique(owner[order], return_index=True, return_counts=True)
    single = counts == 1
    target[owners[single]] = polygons[order[first[single]]]
    if not single.all():
        several = np.repeat(~single, counts)
        indices = np.repeat(np.arange(int((~single).sum())), counts[~single])
        target[owners[~single]] = shapely.multipolygons(polygons[order[several]], indices=indices)
