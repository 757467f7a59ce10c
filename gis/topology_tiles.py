"""Topology faults of a layer of any size in bounded memory: tile by tile, and what crosses the tiles together with all that lies along it.

The faults are those of :func:`gis.topology.find_topology_faults`. Overlaps and vertices concern a few polygons that are all in the tile where the
fault is. A gap can be as long as the layer, and whether land is a gap is known only when all of it is: parts of gaps that leave a tile are put
together, and what is along them is searched once more as a whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.chunks import Progress
from gis.grouping import connected_groups
from gis.threads import ThreadTeam
from gis.tiling import boxes_meeting, divide
from gis.topology_model import FaultRows, TopologyFaultKind, TopologyTolerances
from gis.topology_scope import find_outside
from gis.topology_search import LevelSearch, Steps, are_explained
from gis.topology_states import State, Timeline
from gis.topology_vertices import reach_between
from gis.topology_window import SAFE_REACHES, Unfinished, Window, lowest_points, search_window
from gis.welding import WELD_M

__all__ = ["MOST_GAP_VERTICES", "MOST_VERTICES", "PolygonStore", "find_topology_faults_by_tiles"]

#: Vertices of a tile. A search needs some 300 bytes for each at its peak.
MOST_VERTICES: Final = 250_000
#: Much of a search is done with the interpreter's lock held, and more tiles would need more memory.
_AT_ONCE: Final = 2
_MARGIN_M: Final = 25.0
#: Vertices of all polygons along one gap; of land that goes on along more it is not known whether it is one.
MOST_GAP_VERTICES: Final = 1_500_000
_ROUNDS: Final = 8
_TOUCHING: Final = 1e-6


class PolygonStore(Protocol):
    """The polygons of a layer, of which only what is asked for is in memory.

    Attributes
    ----------
    bounds : ndarray of float64, shape (n, 4)
        In the area plane, finite.
    vertices : ndarray of int64, shape (n,)
        How many each polygon has.
    levels : ndarray of int64, shape (n,)
        Polygons of different levels never conflict.
    surely_valid : ndarray of bool, shape (n,)
        Which polygons are known to be valid; the others are looked at.
    """

    @property
    def bounds(self) -> FloatArray: ...  # noqa: D102
    @property
    def vertices(self) -> IntArray: ...  # noqa: D102
    @property
    def levels(self) -> IntArray: ...  # noqa: D102
    @property
    def surely_valid(self) -> BoolArray: ...  # noqa: D102

    def read(self, positions: IntArray) -> GeometryArray:
        """Return polygons in the area plane, two-dimensional, each with an area; they need not be valid."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What one tile and level leaves unfinished, with the polygons around it, and the vertices along it."""

    window: Window
    level: int
    land: Unfinished
    near: IntArray
    vertices: FaultRows


@dataclass(frozen=True, slots=True)
class _OfTile:
    """What was found in one tile: its faults, failures that other tiles may have met as well, and what it leaves unfinished."""

    rows: list[FaultRows]
    failures: list[FaultRows]
    waiting: list[_Waiting]


def find_topology_faults_by_tiles(
    store: PolygonStore,
    *,
    tolerances: TopologyTolerances,
    scope: gpd.GeoDataFrame | None = None,
    most_vertices: int = MOST_VERTICES,
    most_gap_vertices: int = MOST_GAP_VERTICES,
    margin_m: float = _MARGIN_M,
    threads: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[FaultRows]:
    """Find the topology faults of a layer, tile by tile.

    Parameters
    ----------
    store : PolygonStore
    tolerances, scope
        As of :func:`gis.topology.find_topology_faults`.
    most_vertices : int
        At most so many vertices in a tile, unless polygons lie over each other there.
    most_gap_vertices : int
        At most so many vertices of the polygons along one gap; longer ones are told as *not_examined*.
    margin_m : float
        What is known beside a tile; at least what the widest gap needs. Gaps that are shorter are found at once.
    threads : int, optional
    progress : callable, optional
        Called with the number of tiles done and their total.
    cancelled : callable, optional
        Asked before each tile; two tiles are searched at once where there are threads for it.

    Yields
    ------
    FaultRows
        Of each tile, then of gaps that cross tiles. ``members`` are positions in the store. Their order is that of the tiles.

    Raises
    ------
    OverlayCancelledError
        If ``cancelled`` said so.
    """
    if len(store.bounds) == 0:
        return
    search = _TiledSearch(store, tolerances, most_vertices, most_gap_vertices, margin_m)
    steps = Steps(len(search.windows), progress, cancelled)
    with ThreadTeam(threads) as team:
        at_once = min(team.size, _AT_ONCE)
        with ThreadTeam(at_once) as tiles, ThreadTeam(team.size // at_once) as helpers:
            windows = search.next_windows(steps)
            for found in tiles.stream(lambda window: search.of_tile(window, scope, helpers), windows):
                yield search.take(found)
                steps.count()
        yield from search.across_tiles(team, steps)


class _TiledSearch:
    """One run over a store."""

    def __init__(
        self,
        store: PolygonStore,
        tolerances: TopologyTolerances,
        most_vertices: int,
        most_gap_vertices: int,
        margin_m: float,
    ) -> None:
        self._store, self._tolerances, self._most_gap_vertices = store, tolerances, most_gap_vertices
        low, high = float(store.bounds[:, 1].min()), float(store.bounds[:, 3].max())
        widest = max(tolerances.widest_gap_m, tolerances.vertex_m, WELD_M)
        self._reach = reach_between(low, high, widest)
        margin = max(reach_between(low, high, margin_m), 2 * SAFE_REACHES * self._reach)
        tiles = divide(store.bounds, store.vertices, margin=margin, most_weight=most_vertices)
        self.windows = [Window.around(tile, margin, self._reach) for tile in tiles]
        self._waiting: list[_Waiting] = []
        self._failures: set[tuple[tuple[int, ...], str | None]] = set()

    def next_windows(self, steps: Steps) -> Iterator[Window]:
        """Yield the windows one by one, as long as the caller does not cancel."""
        for window in self.windows:
            steps.check()
            yield window

    def of_tile(self, window: Window, scope: gpd.GeoDataFrame | None, team: ThreadTeam) -> _OfTile:
        """Find what concerns one tile; nothing of this run is changed, so that several may be searched at once."""
        members = window.tile.members
        polygons, levels = self._store.read(members), self._store.levels[members]
        valid = self._store.surely_valid[members]
        doubtful = np.flatnonzero(~valid)
        valid[doubtful] = shapely.is_valid(polygons[doubtful])
        own = window.tile.owns(self._store.bounds[members][:, :2])
        rows = [_broken(polygons, np.flatnonzero(~valid & own)).renumbered(members)]
        if scope is not None:
            inside = np.flatnonzero(valid & own)
            rows.append(find_outside(polygons[inside], scope, self._tolerances).renumbered(members[inside]))
        failures, waiting = [], []
        for level in np.unique(levels).tolist():
            mine = np.flatnonzero(levels == level)
            search = self._search(polygons, valid, mine)
            found = search_window(search, window, team)
            rows.append(found.decided.renumbered(members[mine]))
            failures.append(found.failures.renumbered(members[mine]))
            if len(found.unfinished.land) or len(found.unfinished.cut):
                vertices = found.vertices.renumbered(members[mine])
                waiting.append(_Waiting(window, level, found.unfinished, members[mine], vertices))
        return _OfTile(rows, failures, waiting)

    def take(self, found: _OfTile) -> FaultRows:
        """Take the faults that belong to one tile, and keep what it leaves unfinished."""
        self._waiting += found.waiting
        return FaultRows.joined([*found.rows, *map(self._new, found.failures)])

    def across_tiles(self, team: ThreadTeam, steps: Steps) -> Iterator[FaultRows]:
        """Find the gaps that cross tiles, and the vertices along them that are no part of one."""
        gaps = [FaultRows.joined([])]
        for land, near, level in self._clusters():
            steps.check()
            gaps.append(self._of_cluster(land, near, level, team))
            # Those that a tile has told of already explain the vertices along them all the same.
            is_gap = gaps[-1].kinds == str(TopologyFaultKind.GAP)
            yield gaps[-1].chosen(~(is_gap & self._is_told(gaps[-1].geometries, level)))
        vertices = FaultRows.joined([waiting.vertices for waiting in self._waiting])
        if len(vertices.members):
            yield vertices.chosen(~are_explained(vertices, FaultRows.joined(gaps), self._reach))

    def _search(self, polygons: GeometryArray, valid: BoolArray, mine: IntArray) -> LevelSearch:
        return LevelSearch.of(polygons, Timeline.of(None, None, len(polygons)), valid, mine, self._tolerances)

    def _new(self, failures: FaultRows) -> FaultRows:
        """Keep failures that no other tile told of."""
        keys = list(zip(failures.members, failures.errors.tolist(), strict=True))
        new = np.array([key not in self._failures for key in keys], dtype=bool)
        self._failures.update(keys)
        return failures.chosen(new)

    def _clusters(self) -> Iterator[tuple[GeometryArray, IntArray, int]]:
        """Yield unfinished land that hangs together and that no tile has the whole of, with the polygons along it and their level."""
        if not self._waiting:
            return
        land = np.concatenate([waiting.land.land for waiting in self._waiting])
        is_open = np.concatenate([waiting.land.is_open for waiting in self._waiting])
        source = np.repeat(np.arange(len(self._waiting)), [len(waiting.land.land) for waiting in self._waiting])
        level = np.array([waiting.level for waiting in self._waiting])[source]
        first, second = shapely.STRtree(land).query(land, predicate="dwithin", distance=_TOUCHING)
        same = level[first] == level[second]
        group = connected_groups(len(land), first[same], second[same])
        for lowest in np.unique(group[is_open]).tolist():
            mine = np.flatnonzero(group == lowest)
            near = [
                self._along(land[mine[source[mine] == of]], self._waiting[of].near)
                for of in np.unique(source[mine]).tolist()
            ]
            yield land[mine], np.unique(np.concatenate(near)), int(level[lowest])

    def _along(self, land: GeometryArray, among: IntArray) -> IntArray:
        """Return the polygons whose boxes come near some land."""
        boxes = np.asarray(shapely.box(*self._store.bounds[among].T), dtype=object)
        found = shapely.STRtree(boxes).query(land, predicate="dwithin", distance=SAFE_REACHES * self._reach)[1]
        along: IntArray = among[np.unique(found)]
        return along

    def _of_cluster(self, land: GeometryArray, near: IntArray, level: int, team: ThreadTeam) -> FaultRows:
        """Find the gaps that unfinished land belongs to, with more and more polygons until all along them are there."""
        gaps = FaultRows.joined([])
        for _ in range(_ROUNDS):
            if self._store.vertices[near].sum() > self._most_gap_vertices:
                break
            gaps = self._gaps_between(land, near, team)
            missing = np.setdiff1d(self._all_along(gaps.geometries, level), near)
            if len(missing) == 0:
                return gaps
            near = np.union1d(near, missing)
        return FaultRows.of_failures(
            [tuple(near[:2].tolist())],
            ["Narrow land goes on along more polygons than are compared at once; whether it is a gap is not known."],
            shapely.centroid(land[:1]),
        )

    def _gaps_between(self, land: GeometryArray, near: IntArray, team: ThreadTeam) -> FaultRows:
        polygons = self._store.read(near)
        search = self._search(polygons, shapely.is_valid(polygons), np.arange(len(near)))
        state = State(np.flatnonzero(search.examined), np.ones(len(near), dtype=bool))
        areal, _ = search.examine(state, team, Steps(0, None, None))
        gaps = areal.chosen(areal.kinds == str(TopologyFaultKind.GAP))
        met = np.zeros(len(gaps.members), dtype=bool)
        met[shapely.STRtree(land).query(gaps.geometries, predicate="dwithin", distance=_TOUCHING)[0]] = True
        return gaps.chosen(met).renumbered(near)

    def _all_along(self, gaps: GeometryArray, level: int) -> IntArray:
        """Return the polygons of the whole layer whose boxes come near some gaps."""
        found = [np.empty(0, dtype=np.int64)]
        around = SAFE_REACHES * self._reach
        for gap in gaps:
            window = np.array(gap.bounds) + np.array([-around, -around, around, around])
            among = np.flatnonzero(boxes_meeting(self._store.bounds, window) & (self._store.levels == level))
            found.append(self._along(np.array([gap], dtype=object), among))
        return np.unique(np.concatenate(found))

    def _is_told(self, gaps: GeometryArray, level: int) -> BoolArray:
        """Tell which gaps the window of their own tile holds, so that this has told of them."""
        lowest, told = lowest_points(gaps), np.zeros(len(gaps), dtype=bool)
        for window in self.windows:
            told |= window.tile.owns(lowest) & window.holds(gaps)
        for waiting in self._waiting:
            if waiting.level == level:
                own = waiting.window.tile.owns(lowest)
                told[own] &= ~shapely.intersects(gaps[own][:, np.newaxis], waiting.land.cut).any(axis=1)
        return told


def _broken(polygons: GeometryArray, which: IntArray) -> FaultRows:
    """Tell of polygons that are not valid."""
    return FaultRows.of_failures(
        [(position,) for position in which.tolist()],
        [f"It is not valid: {reason}." for reason in shapely.is_valid_reason(polygons[which])],
        shapely.centroid(polygons[which]),
    )
