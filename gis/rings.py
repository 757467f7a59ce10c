"""Polygons as flat arrays: the rings of many polygons, their edges, and boxes around short runs of edges.

Interiors lie to the left of every edge: shells run counter-clockwise and holes clockwise, whatever the input did. Work on whole layers is then
work on a few arrays, and a polygon's boundary can be compared with its neighbour's edge by edge.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray

__all__ = ["RUN_LENGTH", "RingTable", "Runs", "expand_ranges", "ring_table"]

#: Edges in one run. Short runs have tight boxes, long ones make fewer of them; 4 was fastest on plan zones of 100 vertices.
RUN_LENGTH: Final = 4


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
    polygon_of : ndarray of int64, shape (r,)
        The polygon of each ring.
    polygon_start : ndarray of int64, shape (n + 1,)
        Polygon k has the rings from ``polygon_start[k]`` to ``polygon_start[k + 1]``.
    """

    vertices: FloatArray
    following: IntArray
    ring_start: IntArray
    ring_of: IntArray
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
    """Short runs of neighbouring edges with their boxes.

    Attributes
    ----------
    first, last : ndarray of int64, shape (m,)
        Run k has the edges from ``first[k]`` to ``last[k]`` inclusive; no run goes over the end of its ring.
    boxes : ndarray of float64, shape (m, 4)
    polygon_start : ndarray of int64, shape (n + 1,)
        Polygon k has the runs from ``polygon_start[k]`` to ``polygon_start[k + 1]``.
    """

    first: IntArray
    last: IntArray
    boxes: FloatArray
    polygon_start: IntArray

    @classmethod
    def of(cls, table: RingTable) -> "Runs":
        """Cut the rings of a table into runs of at most ``RUN_LENGTH`` edges."""
        sizes = np.diff(table.ring_start)
        counts = -(-sizes // RUN_LENGTH)
        ring = np.repeat(np.arange(len(sizes)), counts)
        within = expand_ranges(np.zeros_like(counts), counts)
        first = table.ring_start[ring] + within * RUN_LENGTH
        last = np.minimum(first + RUN_LENGTH, table.ring_start[ring + 1]) - 1
        rings_before = np.concatenate([[0], np.cumsum(counts)])
        return cls(first, last, _run_boxes(table, first, last), rings_before[table.polygon_start])


def _run_boxes(table: RingTable, first: IntArray, last: IntArray) -> FloatArray:
    boxes = np.empty((len(first), 4))
    if len(first):
        end = table.vertices[table.following[last]]
        for axis in (0, 1):
            ordinate = np.ascontiguousarray(table.vertices[:, axis])
            boxes[:, axis] = np.minimum(np.minimum.reduceat(ordinate, first), end[:, axis])
            boxes[:, axis + 2] = np.maximum(np.maximum.reduceat(ordinate, first), end[:, axis])
    return boxes


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
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)


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
    [[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """
    parts, part_polygon = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    vertices += 0.0  # -0.0 becomes 0.0: equal coordinates must have equal bits
    # The closing vertex repeats the first one, so that it goes with the other repeated points.
    kept = np.empty(len(ring), dtype=bool)
    if len(ring):
        kept[-1] = False
        kept[:-1] = (ring[1:] == ring[:-1]) & (vertices[1:] != vertices[:-1]).any(axis=1)
    vertices, ring = vertices[kept], ring[kept]
    start = np.concatenate([[0], np.cumsum(np.bincount(ring, minlength=len(rings)))]).astype(np.int64)
    hole = np.concatenate([[False], ring_part[1:] == ring_part[:-1]]) if len(rings) else np.zeros(0, dtype=bool)
    polygon_of = part_polygon[ring_part]
    return RingTable(
        vertices=_oriented(vertices, start, hole),
        following=_following(start),
        ring_start=start,
        ring_of=ring.astype(np.int64),
        polygon_of=polygon_of.astype(np.int64),
        polygon_start=np.searchsorted(polygon_of, np.arange(len(polygons) + 1)).astype(np.int64),
    )


def _following(start: IntArray) -> IntArray:
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
    return vertices[turned]


def ring_areas(vertices: FloatArray, start: IntArray) -> FloatArray:
    """Return the signed area of each open ring, positive when it runs counter-clockwise, shape (r,)."""
    counts = np.diff(start)
    areas = np.zeros(len(counts))
    filled = counts > 0
    if filled.any():
        origin = np.repeat(vertices[start[:-1][filled]], counts[filled], axis=0)
        x, y = (vertices - origin).T
        following = _following(start)
        areas[filled] = np.add.reduceat(x * y[following] - x[following] * y, start[:-1][filled]) / 2
    return areas
