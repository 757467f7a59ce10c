"""Vertices that neighbours do not share: one lacks a vertex that the other has on their common edge, or theirs lie a little apart.

Only edges that no neighbour matches are looked at (:mod:`gis.unmatched_edges`): where neighbours share their vertices there are none.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely

from gis.area_plane import true_scale
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, any_in_rows
from gis.rings import RingTable
from gis.topology_model import FaultRows, TopologyFaultKind
from gis.vertex_keys import KeyArray, vertex_keys
from gis.welding import WELD_M

__all__ = ["find_vertex_faults", "pairs_within", "plane_reach", "reach_between"]

#: Widening of what is asked of an index, so that the exact test that follows is asked about everything.
_SLACK: Final = 1.01
_ASKED_AT_ONCE: Final = 10_000


def plane_reach(polygons: GeometryArray, distance_m: float) -> float:
    """Return the longest length in the area plane that a distance on the ground can have where polygons are."""
    ordinates = shapely.bounds(polygons)[:, [1, 3]]
    ordinates = ordinates[~np.isnan(ordinates)]
    if len(ordinates) == 0:
        return distance_m
    return reach_between(float(ordinates.min()), float(ordinates.max()), distance_m)


def reach_between(low: float, high: float, distance_m: float) -> float:
    """Return the longest length in the area plane that a distance on the ground can have between two ordinates."""
    scale = true_scale(np.array([low, high]))
    return float(distance_m * max(scale.max(), (1 / scale).max()) * _SLACK)


def pairs_within(
    lines: GeometryArray, geometries: GeometryArray, distance: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the pairs of a geometry and a line within a distance of the plane, bit by bit: where vertices are dense there are very many."""
    tree = shapely.STRtree(lines)
    for first in range(0, len(geometries), _ASKED_AT_ONCE):
        asked, line = tree.query(geometries[first : first + _ASKED_AT_ONCE], predicate="dwithin", distance=distance)
        yield asked + first, line


def find_vertex_faults(table: RingTable, edges: IntArray, vertex_m: float) -> FaultRows:
    """Find missing vertices and near vertices.

    Parameters
    ----------
    table : RingTable
        Of n polygons in the area plane.
    edges : ndarray of int64
        The edges of the table that no neighbour matches.
    vertex_m : float
        Largest distance on the ground. What is within rounding of an edge always counts as on it.

    Returns
    -------
    FaultRows
        *missing_vertex*, once for each polygon and place: a vertex of others lies on, or so near to, an edge of the polygon, which has no vertex
        there. The polygon that lacks it comes first in ``members``; the point is the others' vertex, the width its distance from the edge.
        *near_vertex*, once for each two places: vertices of different polygons are so near to each other, but not the same. The point is between
        them, the width their distance.
    """
    start, end, owner = table.vertices[edges], table.vertices[table.following[edges]], table.edge_polygon[edges]
    # The vertices at unmatched edges, each once for each polygon.
    at = np.concatenate([edges, table.following[edges]])
    at = at[np.unique(_of_polygon(table, at), return_index=True)[1]]
    points, point_owner = table.vertices[at], table.edge_polygon[at]
    reach_m = max(vertex_m, WELD_M)
    lines = np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)
    near_edges = [np.zeros((2, 0), dtype=np.int64)]
    for vertex, edge in pairs_within(lines, shapely.points(points), plane_reach(lines, reach_m)):
        place = points[vertex]
        kept = point_owner[vertex] != owner[edge]
        kept &= any_in_rows(place != start[edge]) & any_in_rows(place != end[edge])
        near_edges.append(np.stack([vertex[kept], edge[kept]]))
    vertex, edge = np.concatenate(near_edges, axis=1)
    lacking = ~_has_vertex(table, owner[edge], points[vertex])
    vertex, edge = vertex[lacking], edge[lacking]
    place = points[vertex]
    to_edge, inside, to_end, nearest = _distances(place, start[edge], end[edge])
    near = (to_end <= reach_m) & (to_end > WELD_M) & ~_has_vertex(table, point_owner[vertex], nearest)
    missing = ~near & inside & (to_edge <= reach_m) & (to_end > WELD_M)
    # A vertex that is near to one of a polygon's own is not missing in it as well.
    pair = np.column_stack([owner[edge], vertex])
    missing &= ~_rows_among(pair, pair[near])
    return FaultRows.joined(
        [
            _missing(owner[edge[missing]], point_owner[vertex[missing]], place[missing], to_edge[missing]),
            _near(owner[edge[near]], point_owner[vertex[near]], nearest[near], place[near], to_end[near]),
        ]
    )


def _of_polygon(table: RingTable, at: IntArray) -> KeyArray:
    """Return keys of vertices of a table that differ from polygon to polygon."""
    return _salted(table.edge_polygon[at], table.vertices[at])


def _salted(polygon: IntArray, points: FloatArray) -> KeyArray:
    return vertex_keys(points) ^ (polygon.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)


def _has_vertex(table: RingTable, polygon: IntArray, points: FloatArray) -> BoolArray:
    """Tell of pairs whether the polygon has a vertex at the point, bit by bit."""
    among = np.zeros(len(table.polygon_start), dtype=bool)
    among[polygon] = True
    own = np.flatnonzero(among[table.edge_polygon])
    return np.isin(_salted(polygon, points), _of_polygon(table, own))


def _rows_among(rows: IntArray, some: IntArray) -> BoolArray:
    width = int(rows[:, 1].max(initial=0)) + 1
    return np.isin(rows[:, 0] * width + rows[:, 1], some[:, 0] * width + some[:, 1])


def _distances(
    points: FloatArray, start: FloatArray, end: FloatArray
) -> tuple[FloatArray, BoolArray, FloatArray, FloatArray]:
    """Measure points against edges on the ground.

    Returns
    -------
    to_edge : ndarray of float64, shape (m,)
        From the line through the edge.
    inside : ndarray of bool, shape (m,)
        The nearest point of that line lies inside the edge.
    to_end : ndarray of float64, shape (m,)
        From the nearer end of the edge.
    nearest : ndarray of float64, shape (m, 2)
        That end, in the area plane.
    """
    east = true_scale(points[:, 1])
    scale = np.column_stack([east, 1 / east])
    along, beside = (end - start) * scale, (points - start) * scale
    length2 = (along**2).sum(axis=1)
    share = (beside * along).sum(axis=1) / length2
    to_edge = np.abs(along[:, 0] * beside[:, 1] - along[:, 1] * beside[:, 0]) / np.sqrt(length2)
    to_start, to_end = np.hypot(*beside.T), np.hypot(*(beside - along).T)
    nearest = np.where((to_start <= to_end)[:, None], start, end)
    return to_edge, (share > 0) & (share < 1), np.minimum(to_start, to_end), nearest


def _missing(host: IntArray, other: IntArray, place: FloatArray, distance: FloatArray) -> FaultRows:
    """Put the vertices together that one polygon lacks at one place."""
    groups: dict[tuple[int, float, float], list[int]] = defaultdict(list)
    for row, (polygon, (x, y)) in enumerate(zip(host.tolist(), place.tolist(), strict=True)):
        groups[polygon, x, y].append(row)
    return _points(
        TopologyFaultKind.MISSING_VERTEX,
        [(polygon, *sorted(set(other[rows].tolist()))) for (polygon, _, _), rows in groups.items()],
        np.array([place[rows[0]] for rows in groups.values()]).reshape(-1, 2),
        np.array([distance[rows].min() for rows in groups.values()]),
    )


def _near(host: IntArray, other: IntArray, own: FloatArray, place: FloatArray, distance: FloatArray) -> FaultRows:
    """Put the polygons together that have a vertex at one of two places."""
    groups: dict[tuple[tuple[float, ...], ...], list[int]] = defaultdict(list)
    for row, ends in enumerate(zip(own.tolist(), place.tolist(), strict=True)):
        groups[tuple(sorted(tuple(point) for point in ends))].append(row)
    return _points(
        TopologyFaultKind.NEAR_VERTEX,
        [tuple(sorted({*host[rows].tolist(), *other[rows].tolist()})) for rows in groups.values()],
        np.array([np.mean(ends, axis=0) for ends in groups]).reshape(-1, 2),
        np.array([distance[rows].min() for rows in groups.values()]),
    )


def _points(
    kind: TopologyFaultKind, members: list[tuple[int, ...]], places: FloatArray, distance: FloatArray
) -> FaultRows:
    points: GeometryArray = np.asarray(shapely.points(places), dtype=object).reshape(-1)
    return FaultRows.of_points(np.full(len(members), str(kind), dtype=object), members, points, distance)
