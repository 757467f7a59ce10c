"""Make polygons that fit together share their vertices, bit by bit.

Where two polygons were cut by the same line in separate operations, their common vertices can differ by rounding, and one of them can lack a
vertex that the other has. Both leave edges that no neighbour matches. Among those, vertices nearer than ``WELD_M`` become one, and a vertex that
lies on an edge is put into it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, any_in_rows, as_geometry_array
from gis.grouping import connected_groups
from gis.local_overlay import made_valid
from gis.rings import RingTable, build_rings, expand_ranges, following_vertices, put_parts, ring_table
from gis.threads import ThreadTeam
from gis.unmatched_edges import unmatched_edges
from gis.vertex_keys import KeyArray, is_among, vertex_keys

__all__ = [
    "WELD_M",
    "TakenApart",
    "at_known_vertices",
    "weld",
    "weld_at",
    "weld_layer",
    "with_known_vertices",
    "without_slits",
]

#: Vertices nearer to each other than this are one: fifty times the rounding of coordinates in the area plane, a thousandth of what surveys store.
WELD_M: Final = 2e-8

_ROUNDS: Final = 3
_RUN_LENGTH: Final = 32
# A direction that no survey grid has.
_SLANT: Final = np.array([0.7548776662466927, 0.5698402909980532])
# An odd number that spreads bits (splitmix64), of which so many tell the strips of such a line apart.
_SPREAD: Final = np.uint64(0xBF58476D1CE4E5B9)
_STRIP_BITS: Final = 20
_NOTHING: Final = (np.zeros(0, dtype=np.int64), np.empty(0, dtype=object))


def weld(polygons: GeometryArray, suspects: BoolArray | None = None) -> GeometryArray:
    """Return polygons that share vertices with their neighbours, all of which must be among them.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid, free of overlaps beyond rounding.
    suspects : ndarray of bool, shape (n,), optional
        The only polygons that can differ from their neighbours; their vertices give way. Default: all can.

    Returns
    -------
    ndarray of Polygon, MultiPolygon or None, shape (n,)
        The same objects where nothing changed. None where a polygon was no more than rounding.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> whole, upper = shapely.box(0, 0, 1, 2), shapely.Polygon([(1, 1 + 1e-9), (2, 1), (2, 2), (1, 2)])
    >>> welded = weld(np.array([whole, upper, shapely.box(1, 0, 2, 1)], dtype=object))
    >>> shapely.get_num_coordinates(welded).tolist(), bool(shapely.coverage_is_valid(welded))
    ([6, 5, 5], True)
    """
    if suspects is None:
        return weld_layer(TakenApart(polygons)).polygons
    result = polygons.copy()
    if suspects.any():
        near = _neighbourhood(polygons, suspects)
        result[near] = weld_layer(TakenApart(polygons[near]), suspects[near]).polygons
    return result


def weld_at(
    places: KeyArray, polygons: GeometryArray, suspects: BoolArray, *, reach_m: float = WELD_M
) -> GeometryArray:
    """Return polygons that share vertices with their neighbours along the edges between some vertices; elsewhere they stay as they are.

    Parameters
    ----------
    places : ndarray of uint64
        Keys of these vertices (:func:`gis.unmatched_edges.vertex_keys`), ascending.
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid, free of overlaps beyond rounding; among them all that have such a vertex.
    suspects : ndarray of bool, shape (n,)
        The only polygons that yield.
    reach_m : float, optional
        How far apart vertices, or a vertex and an edge, may be that become one.

    Returns
    -------
    ndarray of Polygon, MultiPolygon or None, shape (n,)
        As of :func:`weld`.
    """
    return weld_layer(TakenApart(polygons, places), suspects, reach_m).polygons


@dataclass(frozen=True)
class TakenApart:
    """Polygons, and on demand their rings and the edges that no neighbour matches; if there are ``places``, only those between two of them."""

    polygons: GeometryArray
    places: KeyArray | None = None

    @cached_property
    def table(self) -> RingTable:
        """The rings of all polygons."""
        return ring_table(self.polygons)

    @cached_property
    def edges(self) -> IntArray:
        """Positions of the unmatched edges in the table."""
        there = None if self.places is None else is_among(vertex_keys(self.table.vertices), self.places)
        return unmatched_edges(self.table, there)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The polygons by their boxes."""
        return shapely.STRtree(self.polygons)

    def stand_alone(self, team: ThreadTeam) -> BoolArray:
        """Tell which polygons match no edge of another and do not come within ``WELD_M`` of one, shape (n,)."""
        owner = self.table.edge_polygon
        sizes = np.bincount(owner, minlength=len(self.polygons))
        alone: BoolArray = (sizes > 0) & (np.bincount(owner[self.edges], minlength=len(self.polygons)) == sizes)
        asked = np.flatnonzero(alone)
        if len(asked):
            tree = self.tree
            near = team.map_slices(
                lambda part: np.unique(
                    tree.query(self.polygons[asked[part]], predicate="dwithin", distance=WELD_M)[0], return_counts=True
                )[1],
                len(asked),
                per_thread=8,
            )
            alone[asked] = np.concatenate(near) == 1
        return alone


def weld_layer(taken: TakenApart, suspects: BoolArray | None = None, reach_m: float = WELD_M) -> TakenApart:
    """Weld polygons as :func:`weld` does, and take the result apart. Only the suspects yield, but all polygons are looked at."""
    moving = np.ones(len(taken.polygons), dtype=bool) if suspects is None else suspects
    yielding = moving.copy()
    for _ in range(_ROUNDS):
        repaired = False
        for change, soft in ((_join_vertices, moving), (_insert_vertices, yielding)):
            changed, rebuilt = change(taken.table, _doubtful(taken.table, taken.edges, soft, reach_m), soft, reach_m)
            if len(changed) == 0:
                continue
            valid = made_valid(rebuilt)
            # At the tip of a narrow wedge a rounding error can call for a repair, and the neighbours need the vertices that it makes.
            other = [one is not two for one, two in zip(rebuilt, valid, strict=True)]
            yielding[changed[other]] = True
            repaired |= any(other)
            result = taken.polygons.copy()
            result[changed] = _plausible(valid, taken.polygons[changed], reach_m)
            taken = TakenApart(result, taken.places)
        if not repaired:
            break
    return taken


def _plausible(welded: GeometryArray, before: GeometryArray, reach_m: float = WELD_M) -> GeometryArray:
    """Take back what changed an area by more than moving the boundary so far can."""
    change = np.abs(np.nan_to_num(shapely.area(welded)) - shapely.area(before))
    return np.where(change <= 2 * reach_m * shapely.length(before), welded, before)


def _neighbourhood(polygons: GeometryArray, suspects: BoolArray) -> IntArray:
    """Return the suspects and all polygons near them, ascending."""
    boxes = shapely.bounds(polygons[suspects])
    _, found = shapely.STRtree(polygons).query(_padded(boxes[:, :2], boxes[:, 2:]))
    near: IntArray = np.unique(found)
    return near


def _padded(low: FloatArray, high: FloatArray, reach_m: float = WELD_M) -> GeometryArray:
    return np.asarray(shapely.box(*(low - reach_m).T, *(high + reach_m).T), dtype=object)


def _doubtful(table: RingTable, edges: IntArray, yielding: BoolArray, reach_m: float) -> IntArray:
    """Keep the unmatched edges of polygons that yield, and those near them: the rest is outer boundary."""
    owner = table.edge_polygon[edges]
    soft = yielding[owner]
    if soft.all() or not soft.any():
        return edges[soft]
    start, end = table.vertices[edges], table.vertices[table.following[edges]]
    low, high = np.minimum(start, end), np.maximum(start, end)
    # The other edges are looked up in short runs of one polygon: they are many, and one polygon may have thousands of them.
    hard, asking = np.flatnonzero(~soft), np.flatnonzero(soft)
    new = np.diff(owner[hard], prepend=-1) != 0
    along = np.arange(len(hard)) - np.maximum.accumulate(np.where(new, np.arange(len(hard)), 0))
    first = np.flatnonzero(along % _RUN_LENGTH == 0)
    counts = np.diff(np.append(first, len(hard)))
    runs = np.minimum.reduceat(low[hard], first), np.maximum.reduceat(high[hard], first)
    tree = shapely.STRtree(_padded(*runs, reach_m))
    asked, polygon = tree.query(_padded(low[asking], high[asking], reach_m))
    asked, other = np.repeat(asking[asked], counts[polygon]), hard[expand_ranges(first[polygon], counts[polygon])]
    near = (low[other] <= high[asked] + reach_m).all(axis=1) & (low[asked] <= high[other] + reach_m).all(axis=1)
    soft[other[near]] = True
    return edges[soft]


def _lines(table: RingTable, edges: IntArray) -> GeometryArray:
    ends = np.stack([table.vertices[edges], table.vertices[table.following[edges]]], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)


def _join_vertices(
    table: RingTable, edges: IntArray, yielding: BoolArray, reach_m: float
) -> tuple[IntArray, GeometryArray]:
    """Make one vertex of those at unmatched edges that lie within reach; one that also belongs to a polygon that does not yield stays."""
    ends = np.concatenate([edges, table.following[edges]])
    keys, first_use = np.unique(vertex_keys(table.vertices[ends]), return_index=True)
    points = table.vertices[ends[first_use]]
    tree = shapely.STRtree(shapely.points(points))
    first, second = tree.query(tree.geometries, predicate="dwithin", distance=reach_m)
    crowded = np.unique(first[first != second])
    if len(crowded) == 0:
        return _NOTHING
    # Every use of a crowded place moves with it, also those at edges that have a match.
    place = np.searchsorted(keys[crowded], all_keys := vertex_keys(table.vertices))
    place[place == len(crowded)] = 0
    used = np.flatnonzero(keys[crowded][place] == all_keys)
    place = place[used]
    soft = np.ones(len(points), dtype=bool)
    soft[crowded[place[~yielding[table.edge_polygon[used]]]]] = False
    target = _gathered(points, soft, first, second)
    vertices = table.vertices.copy()
    vertices[used] = points[target[crowded[place]]]
    moved = used[(vertices[used] != table.vertices[used]).any(axis=1)]
    return rebuilt_polygons(table, vertices, table.ring_of, np.unique(table.edge_polygon[moved]))


def _gathered(points: FloatArray, soft: BoolArray, first: IntArray, second: IntArray) -> IntArray:
    """Return for each point the one it becomes: in a group of near points, one that stays, else the one with the lowest coordinates."""
    yields = soft[first] | soft[second]
    group = connected_groups(len(points), first[yields], second[yields])
    order = np.lexsort((points[:, 1], points[:, 0], soft, group))
    head = np.flatnonzero(np.diff(group[order], prepend=-1))
    target = np.empty(len(points), dtype=np.int64)
    target[order] = np.repeat(order[head], np.diff(np.append(head, len(order))))
    return np.where(soft, target, np.arange(len(points)))


def _insert_vertices(
    table: RingTable, edges: IntArray, yielding: BoolArray, reach_m: float
) -> tuple[IntArray, GeometryArray]:
    """Put into unmatched edges the vertices of other unmatched edges that lie on them."""
    start, end = table.vertices[edges], table.vertices[table.following[edges]]
    tree = shapely.STRtree(_lines(table, edges))
    vertex, edge = tree.query(shapely.points(start), predicate="dwithin", distance=reach_m)
    # An edge is within reach of its own ends.
    other = any_in_rows(start[vertex] != start[edge]) & any_in_rows(start[vertex] != end[edge])
    soft = yielding[table.edge_polygon[edges]]
    vertex, edge = vertex[other], edge[other]
    along = end[edge] - start[edge]
    at = ((start[vertex] - start[edge]) * along).sum(axis=1) / (along**2).sum(axis=1)
    inside = (at > 0) & (at < 1) & (soft[vertex] | soft[edge])
    return _with_vertices(table, edges[edge[inside]], at[inside], start[vertex[inside]])


def _with_vertices(
    table: RingTable, target: IntArray, at: FloatArray, points: FloatArray
) -> tuple[IntArray, GeometryArray]:
    """Put a point into each target edge, at a place along it between 0 and 1."""
    if len(target) == 0:
        return _NOTHING
    base = np.concatenate([np.arange(len(table.vertices)), target])
    along_edge = np.concatenate([np.zeros(len(table.vertices)), at])
    vertices = np.concatenate([table.vertices, points])
    ring = np.concatenate([table.ring_of, table.ring_of[target]])
    order = np.lexsort((along_edge, base))
    return rebuilt_polygons(table, vertices[order], ring[order], np.unique(table.edge_polygon[target]))


def with_known_vertices(
    polygons: GeometryArray, table: RingTable, edges: IntArray, points: FloatArray
) -> GeometryArray:
    """Put into polygons the points that lie on their edges: where overlaid polygons were cut there before, they are cut there again.

    A crossing of edges at a small angle is not the same twice, to more than ``WELD_M``, when it is computed from other ends.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid.
    table : RingTable
        Of these polygons.
    edges : ndarray of int64, shape (m,)
        The edges of the table to look at.
    points : ndarray of float64, shape (p, 2)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> square = np.array([shapely.box(0, 0, 2, 2)], dtype=object)
    >>> with_known_vertices(square, ring_table(square), np.arange(4), np.array([[1, 0], [1, 1]])).tolist()
    [<POLYGON ((2 0, 2 2, 0 2, 0 0, 1 0, 2 0))>]
    """
    if len(edges) == 0 or len(points) == 0:
        return polygons
    start, along = table.vertices[edges], table.vertices[table.following[edges]] - table.vertices[edges]
    tree = shapely.STRtree(_lines(table, edges))
    point, edge = tree.query(shapely.points(points), predicate="dwithin", distance=WELD_M)
    at = ((points[point] - start[edge]) * along[edge]).sum(axis=1) / (along[edge] ** 2).sum(axis=1)
    inside = (at > 0) & (at < 1)
    changed, rebuilt = _with_vertices(table, edges[edge[inside]], at[inside], points[point[inside]])
    result = polygons.copy()
    result[changed] = _plausible(made_valid(rebuilt), polygons[changed])
    return result


def at_known_vertices(polygons: GeometryArray, points: FloatArray) -> GeometryArray:
    """Move vertices that are nearer than ``WELD_M`` to one of some points, and on none of them, to that point.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid; among them all that have such a vertex.
    points : ndarray of float64, shape (p, 2)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> triangle = np.array([shapely.Polygon([(0, 0), (1 + 1e-9, 0), (0, 1)])], dtype=object)
    >>> at_known_vertices(triangle, np.array([[1.0, 0.0], [5.0, 5.0]])).tolist()
    [<POLYGON ((0 0, 1 0, 0 1, 0 0))>]
    """
    table = ring_table(polygons)
    all_keys = vertex_keys(table.vertices)
    strange_uses = np.flatnonzero(~is_among(all_keys, np.sort(vertex_keys(points))))
    strange_keys, first = np.unique(all_keys[strange_uses], return_index=True)
    beside, point = _near_points(table.vertices[strange_uses[first]], points)
    if len(point) == 0:
        return polygons
    target = np.full(len(strange_keys), -1)
    target[beside] = point
    moved = target[np.searchsorted(strange_keys, all_keys[strange_uses])]
    used = strange_uses[moved >= 0]
    vertices = table.vertices.copy()
    vertices[used] = points[moved[moved >= 0]]
    changed, rebuilt = rebuilt_polygons(table, vertices, table.ring_of, np.unique(table.edge_polygon[used]))
    result = polygons.copy()
    result[changed] = _plausible(made_valid(rebuilt), polygons[changed])
    return result


def _near_points(points: FloatArray, others: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a point and another one that are nearer than ``WELD_M``.

    Along a slanting line hardly any two places come as near to each other by chance, whatever grid they were drawn on, so that sorting finds the pairs.
    """
    along, others_along = points @ _SLANT, others @ _SLANT
    possible = np.flatnonzero(_may_be_near(others_along, along))
    others_along = others_along[possible]
    order = np.argsort(others_along)
    first = np.searchsorted(others_along[order], along - 2 * WELD_M)
    counts = np.searchsorted(others_along[order], along + 2 * WELD_M, side="right") - first
    point, other = np.repeat(np.arange(len(points)), counts), possible[order[expand_ranges(first, counts)]]
    near = ((points[point] - others[other]) ** 2).sum(axis=1) <= WELD_M**2
    return point[near], other[near]


def _may_be_near(along: FloatArray, others: FloatArray) -> BoolArray:
    """Tell which places along a line may be nearer than twice ``WELD_M`` to one of some others: most that are not are told by the strip that they are in."""

    def strip(places: FloatArray) -> IntArray:
        number = np.floor(places / (4 * WELD_M)).astype(np.int64).view(np.uint64)
        return (number * _SPREAD >> np.uint64(64 - _STRIP_BITS)).astype(np.int64)

    taken = np.zeros(2**_STRIP_BITS, dtype=bool)
    taken[strip(others - 2 * WELD_M)] = True
    taken[strip(others + 2 * WELD_M)] = True
    near: BoolArray = taken[strip(along)]
    return near


def without_slits(polygons: GeometryArray, team: ThreadTeam) -> GeometryArray:
    """Close the slits in polygons: places narrower than ``WELD_M``, where a polygon has a vertex on another edge of its own.

    A slit has the edges of its neighbours on both sides, so that all of them fit together and yet the neighbours do not meet.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid.
    team : ThreadTeam

    Examples
    --------
    >>> import numpy as np, shapely
    >>> slit = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1e-9), (0, 0)])
    >>> with ThreadTeam(1) as team:
    ...     without_slits(np.array([slit], dtype=object), team).tolist()
    [<POLYGON ((1 1e-9, 2 0, 2 1, 1 1e-9))>]
    """
    suspects = np.flatnonzero(_come_near_themselves(polygons, team))
    result = polygons.copy()
    result[suspects] = _closed_slits(polygons[suspects])
    return result


def _come_near_themselves(polygons: GeometryArray, team: ThreadTeam) -> BoolArray:
    """Tell which polygons have a vertex nearer than ``WELD_M`` to another vertex or edge of their own: hardly any, and the others need no closer look."""
    clearances = team.map_slices(
        lambda part: shapely.minimum_clearance(polygons[part]) <= WELD_M, len(polygons), per_thread=8
    )
    near: BoolArray = np.concatenate([np.zeros(0, dtype=bool), *clearances])
    return near


def _closed_slits(polygons: GeometryArray) -> GeometryArray:
    table = ring_table(polygons)
    start = table.vertices
    end = start[table.following]
    tree = shapely.STRtree(_lines(table, np.arange(len(start))))
    vertex, edge = tree.query(as_geometry_array(shapely.points(start)), predicate="dwithin", distance=WELD_M)
    own = table.edge_polygon[vertex] == table.edge_polygon[edge]
    other = any_in_rows(start[vertex] != start[edge]) & any_in_rows(start[vertex] != end[edge])
    vertex, edge = vertex[own & other], edge[own & other]
    along = end[edge] - start[edge]
    at = ((start[vertex] - start[edge]) * along).sum(axis=1) / (along**2).sum(axis=1)
    inside = (at > 0) & (at < 1)
    changed, rebuilt = _with_vertices(table, edge[inside], at[inside], start[vertex[inside]])
    result = polygons.copy()
    result[changed] = _plausible(made_valid(rebuilt), polygons[changed])
    return result


def rebuilt_polygons(
    table: RingTable, vertices: FloatArray, ring: IntArray, polygons: IntArray
) -> tuple[IntArray, GeometryArray]:
    """Build polygons of a table anew from edited vertices.

    Parameters
    ----------
    table : RingTable
    vertices : ndarray of float64, shape (v, 2)
        In the order of their rings.
    ring : ndarray of int64, shape (v,)
        The ring of each, ascending.
    polygons : ndarray of int64, shape (p,)
        Which to build, ascending.

    Returns
    -------
    polygons : ndarray of int64, shape (p,)
    geometries : ndarray of Polygon, MultiPolygon or None, shape (p,)
        Rings that collapsed are left out; None where all did.
    """
    chosen = np.zeros(len(table.polygon_start) - 1, dtype=bool)
    chosen[polygons] = True
    kept = chosen[table.polygon_of[ring]]
    vertices, ring = _without_spikes(vertices[kept], ring[kept])
    counts = np.bincount(ring, minlength=len(table.polygon_of))
    shell = np.maximum.accumulate(np.where(table.is_hole, 0, np.arange(len(counts))))
    alive = np.flatnonzero((counts >= 3) & (counts[shell] >= 3))
    start = np.concatenate([[0], np.cumsum(counts[alive])])
    built = build_rings(vertices[np.isin(ring, alive)], start)
    geometries = np.full(len(polygons), None, dtype=object)
    hole = table.is_hole[alive]
    if len(alive):
        shells = np.asarray(shapely.polygons(built[~hole]), dtype=object)
        with_holes = np.unique((np.cumsum(~hole) - 1)[hole])
        for position in with_holes:
            mine = (np.cumsum(~hole) - 1) == position
            shells[position] = shapely.polygons(built[mine][0], holes=built[mine][1:])
        put_parts(geometries, shells, np.searchsorted(polygons, table.polygon_of[alive[~hole]]))
    return polygons, geometries


def _without_spikes(vertices: FloatArray, ring: IntArray) -> tuple[FloatArray, IntArray]:
    """Drop vertices that repeat the one before, and those from which a ring goes back the way it came."""
    while True:
        start = np.searchsorted(ring, np.arange(ring[-1] + 2 if len(ring) else 1))
        following = following_vertices(start)
        same = (vertices == vertices[following]).all(axis=1)
        back = (vertices == vertices[following[following]]).all(axis=1)
        dropped = same.copy()
        dropped[following[back & ~same & ~same[following]]] = True
        if not dropped.any():
            return vertices, ring
        vertices, ring = vertices[~dropped], ring[~dropped]
