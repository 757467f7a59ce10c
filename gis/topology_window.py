"""The topology of what lies in one window of a layer, and what goes on beyond it.

A fault that lies wholly in a window is found there as in the whole layer, because everything that meets the window is there. A gap that leaves the
window is told as *unfinished land*, which is finished with the polygons along all of it (:mod:`gis.topology_tiles`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, all_in_rows
from gis.depth_faces import depth_faces_in
from gis.errors import GisError
from gis.rings import RingTable
from gis.threads import ThreadTeam
from gis.tiling import Tile
from gis.topology_gaps import Ground, UncoveredLand, enclosed_land, find_uncovered_land
from gis.topology_model import FaultRows, TopologyFaultKind
from gis.topology_overlaps import find_overlaps
from gis.topology_search import LevelSearch, are_explained, without_scattered
from gis.topology_vertices import find_vertex_faults
from gis.welding import TakenApart, weld_layer

__all__ = [
    "SAFE_REACHES",
    "StackedPolygonsError",
    "Unfinished",
    "Window",
    "WindowFaults",
    "lowest_points",
    "search_window",
]

#: So many widths of the widest gap inside a window, nothing depends on what is outside of it.
SAFE_REACHES: Final = 4
_ON_SIDE: Final = 1e-6
#: Of a covering each box meets a dozen others. Where polygons by the thousand lie over each other, their edges cross more often than any memory holds.
_MOST_BOXES_MET: Final = 200
_SOME: Final = 5_000
_ASKED_AT_ONCE: Final = 50
_ONE_IN: Final = 8


class StackedPolygonsError(GisError):
    """Too many polygons lie over each other to be compared pair by pair."""


@dataclass(frozen=True, slots=True)
class Window:
    """A tile with a margin.

    Attributes
    ----------
    tile : Tile
    outer : ndarray of float64, shape (4,)
        The core and the margin. All polygons that meet it are known.
    reach : float
        How far tolerances reach in the area plane.
    """

    tile: Tile
    outer: FloatArray
    reach: float

    @classmethod
    def around(cls, tile: Tile, margin: float, reach: float) -> "Window":
        """Put a margin around a tile."""
        return cls(tile, tile.core + np.array([-margin, -margin, margin, margin]), reach)

    def holds(self, geometries: GeometryArray) -> BoolArray:
        """Tell which geometries lie so far inside that they are found as in the whole layer."""
        bounds, inside = shapely.bounds(geometries), SAFE_REACHES * self.reach
        low, high = self.outer[:2] + inside, self.outer[2:] - inside
        return np.asarray((bounds[:, :2] > low).all(axis=1) & (bounds[:, 2:] < high).all(axis=1))

    def meets_core(self, geometries: GeometryArray) -> BoolArray:
        """Tell which geometries come into the core, or within reach of it."""
        near = 2 * self.reach
        met: BoolArray = shapely.intersects(
            shapely.box(*(self.tile.core + np.array([-near, -near, near, near]))), geometries
        )
        return met

    def cuts(self, faces: GeometryArray) -> BoolArray:
        """Tell which faces in the window end at its sides."""
        bounds = shapely.bounds(faces)
        low, high = self.outer[:2] + _ON_SIDE, self.outer[2:] - _ON_SIDE
        return np.asarray((bounds[:, :2] <= low).any(axis=1) | (bounds[:, 2:] >= high).any(axis=1))

    def owned(self, rows: FaultRows) -> BoolArray:
        """Tell which faults belong to this tile: a fault has one lowest vertex, and this lies in one core."""
        return self.tile.owns(lowest_points(rows.geometries))


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Land in one window that is, or is part of, a gap that other windows know more of.

    Attributes
    ----------
    land : ndarray of Polygon, shape (n,)
        What comes into the core.
    is_open : ndarray of bool, shape (n,)
        Which goes on beyond the window; the others are gaps that belong to other tiles.
    cut : ndarray of Polygon
        Parts of faces that the window cuts: what is a gap inside them is not told by it.
    """

    land: GeometryArray
    is_open: BoolArray
    cut: GeometryArray

    @classmethod
    def of(cls, window: Window, inside: GeometryArray, is_open: BoolArray, cut: GeometryArray) -> "Unfinished":
        """Keep of land what comes into the core of a window."""
        land = np.concatenate([inside, cut])
        kept = window.meets_core(land)
        return cls(land[kept], np.concatenate([is_open, np.ones(len(cut), dtype=bool)])[kept], cut)

    @property
    def open_land(self) -> GeometryArray:
        """The land that goes on beyond the window."""
        return self.land[self.is_open]


@dataclass(frozen=True, slots=True)
class WindowFaults:
    """What was found in one window; ``members`` are places among the polygons searched.

    Attributes
    ----------
    decided : FaultRows
        The faults that belong to the tile.
    failures : FaultRows
        What could not be examined; other tiles can have the same.
    vertices : FaultRows
        Of the tile, along unfinished land: part of the gap that this may be, or faults of their own.
    unfinished : Unfinished
    """

    decided: FaultRows
    failures: FaultRows
    vertices: FaultRows
    unfinished: Unfinished


def lowest_points(geometries: GeometryArray) -> FloatArray:
    """Return of each geometry the vertex farthest to the west, of several the southernmost, shape (n, 2)."""
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    order = np.lexsort((points[:, 1], points[:, 0], owner))
    first = np.flatnonzero(np.diff(owner[order], prepend=-1))
    lowest = np.full((len(geometries), 2), np.nan)
    lowest[owner[order[first]]] = points[order[first]]
    return lowest


def search_window(search: LevelSearch, window: Window, team: ThreadTeam) -> WindowFaults:
    """Find the faults of one tile.

    Parameters
    ----------
    search : LevelSearch
        Of all polygons of one level that meet the window, all of them valid at one moment.
    window : Window
    team : ThreadTeam

    Raises
    ------
    StackedPolygonsError
        When boxes of polygons meet more than 200 others on average.
    """
    _refuse_stacked(search)
    members, limits = np.flatnonzero(search.examined), search.tolerances
    taken = TakenApart(search.polygons[members])
    vertices = find_vertex_faults(taken.table, taken.edges, limits.vertex_m)
    taken = weld_layer(without_scattered(taken, window.reach, team))
    edges = _edges_in(window.outer, taken.table, taken.edges)
    tree = taken.tree
    faces = depth_faces_in(window.outer, taken.polygons, taken.table, edges, tree, team)
    overlaps = find_overlaps(taken.polygons, faces, tree, limits, team).renumbered(members)
    cut = window.cuts(faces.faces)
    ground = Ground(search.polygons, search.tree, np.ones(len(search.polygons), dtype=bool))
    whole = faces.chosen(~cut)
    land = find_uncovered_land(taken.table, edges, taken.polygons, whole, ground, limits, team)
    vertices = vertices.renumbered(members)
    vertices = vertices.chosen(window.owned(vertices))
    return _decided(search, window, overlaps, _Land(land, enclosed_land(faces.chosen(cut), limits)), vertices)


def _refuse_stacked(search: LevelSearch) -> None:
    count = len(search.polygons)
    # One in some tells as well whether there is anything to be counted: of polygons that lie over each other it meets all.
    if count > _SOME and _boxes_met(search, _ONE_IN) * _ONE_IN <= _MOST_BOXES_MET // 2 * count:
        return
    if _boxes_met(search, 1) > _MOST_BOXES_MET * max(count, _SOME):
        message = (
            f"{count:,} polygons lie over each other so often that they were not compared: their boxes meet more than "
            f"{_MOST_BOXES_MET} others on average."
        )
        raise StackedPolygonsError(message)


def _boxes_met(search: LevelSearch, one_in: int) -> int:
    """Count the boxes that those of one polygon in so many meet, until it is too many."""
    asked, met = search.polygons[::one_in], 0
    for first in range(0, len(asked), _ASKED_AT_ONCE):
        met += search.tree.query(asked[first : first + _ASKED_AT_ONCE]).shape[1]
        if met * one_in > _MOST_BOXES_MET * max(len(search.polygons), _SOME):
            break
    return met


@dataclass(frozen=True, slots=True)
class _Land:
    """What may be gaps: inside the window, and parts of faces that the window cuts."""

    inside: UncoveredLand
    cut: GeometryArray


def _decided(
    search: LevelSearch, window: Window, overlaps: FaultRows, land: _Land, vertices: FaultRows
) -> WindowFaults:
    inside = land.inside
    # What lies in a part of a face is part of that gap, if it is one.
    held = window.holds(inside.polygons) & ~_meets(inside.polygons, land.cut, 0.0)
    whole = np.flatnonzero(held & inside.is_gap)
    beside = [inside.beside[row] for row in whole.tolist()]
    gaps = FaultRows.of_polygons(TopologyFaultKind.GAP, beside, inside.polygons[whole], search.tolerances)
    decided = held & window.tile.owns(lowest_points(inside.polygons))
    waiting = Unfinished.of(window, inside.polygons[~decided], ~held[~decided], land.cut)
    failed = overlaps.kinds == str(TopologyFaultKind.NOT_EXAMINED)
    areal = FaultRows.joined([overlaps.chosen(~failed), gaps])
    # Vertices are part of faults that belong to other tiles as well.
    vertices = vertices.chosen(~are_explained(vertices, areal, window.reach))
    near = _meets(vertices.geometries, waiting.open_land, window.reach)
    return WindowFaults(
        FaultRows.joined([areal.chosen(window.owned(areal)), vertices.chosen(~near)]),
        FaultRows.joined([overlaps.chosen(failed), inside.failures]),
        vertices.chosen(near),
        waiting,
    )


def _meets(geometries: GeometryArray, others: GeometryArray, distance: float) -> BoolArray:
    """Tell which geometries come within a distance of any of some others."""
    met = np.zeros(len(geometries), dtype=bool)
    met[shapely.STRtree(others).query(geometries, predicate="dwithin", distance=distance)[0]] = True
    return met


def _edges_in(window: FloatArray, table: RingTable, edges: IntArray) -> IntArray:
    """Keep the edges whose box meets a window; of others it is not known whether a neighbour matches them."""
    start, end = table.vertices[edges], table.vertices[table.following[edges]]
    met = all_in_rows(np.minimum(start, end) <= window[2:]) & all_in_rows(np.maximum(start, end) >= window[:2])
    return edges[met]
