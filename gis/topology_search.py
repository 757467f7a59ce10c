"""The search for topology faults on one level of a layer, moment by moment."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.chunks import Progress
from gis.depth_faces import depth_faces
from gis.errors import OverlayCancelledError
from gis.flatten import rounded_polygons
from gis.local_overlay import made_valid
from gis.threads import ThreadTeam
from gis.topology_gaps import Ground, find_gaps
from gis.topology_model import FaultRows, TopologyTolerances
from gis.topology_overlaps import find_overlaps
from gis.topology_states import State, Timeline
from gis.topology_vertices import find_vertex_faults, plane_reach
from gis.welding import WELD_M, TakenApart, weld_layer

__all__ = ["LevelSearch", "Steps", "are_explained", "without_scattered"]

_STEPS_OF_A_STATE: Final = 4
_SAME_PLACE_M: Final = 1e-6
#: Nothing that lies farther than this times the widest tolerance from a change depends on it.
_WIDTHS_AROUND: Final = 3


class Steps:
    """Progress and cancellation of one run."""

    def __init__(self, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._total, self._done = total, 0
        self._progress, self._cancelled = progress, cancelled

    def check(self) -> None:
        """Stop if the caller wants to.

        Raises
        ------
        OverlayCancelledError
        """
        if self._cancelled is not None and self._cancelled():
            message = f"The search for topology faults was cancelled after {self._done} of {self._total} steps."
            raise OverlayCancelledError(message)

    def count(self) -> None:
        """Report one more step as done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


@dataclass(frozen=True, slots=True)
class LevelSearch:
    """The polygons of one level.

    Attributes
    ----------
    positions : ndarray of int64, shape (n,)
        Their places in the layer.
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        All are valid: what was not is repaired.
    examined : ndarray of bool, shape (n,)
        Those that were valid. The others only cover their land.
    timeline : Timeline
    tree : STRtree
        Of the polygons.
    tolerances : TopologyTolerances
    """

    positions: IntArray
    polygons: GeometryArray
    examined: BoolArray
    timeline: Timeline
    tree: shapely.STRtree
    tolerances: TopologyTolerances

    @classmethod
    def of(
        cls,
        polygons: GeometryArray,
        timeline: Timeline,
        examined: BoolArray,
        positions: IntArray,
        tolerances: TopologyTolerances,
    ) -> "LevelSearch":
        """Choose the polygons at some positions of a layer."""
        mine = polygons[positions]
        broken = np.flatnonzero(~examined[positions])
        mine[broken] = made_valid(mine[broken])
        mine = rounded_polygons(mine)
        own = Timeline(timeline.valid_from[positions], timeline.valid_to[positions])
        return cls(positions, mine, examined[positions], own, shapely.STRtree(mine), tolerances)

    @property
    def step_count(self) -> int:
        """How many steps the search has."""
        return _STEPS_OF_A_STATE * len(self.timeline.moments())

    def run(self, team: ThreadTeam, steps: Steps) -> FaultRows:
        """Search at every moment. What was found before for the same polygons at the same place is not listed again.

        Returns
        -------
        FaultRows
            ``members`` are places in the layer.
        """
        found: list[FaultRows] = []
        known = _KnownFaults()
        reach = _WIDTHS_AROUND * self.reach(self.polygons)
        for state in self.timeline.states(self.polygons, self.tree, self.examined, reach):
            areal, vertices = self.examine(state, team, steps)
            explained = are_explained(vertices, areal, self.reach(self.polygons))
            found.append(known.new_ones(FaultRows.joined([areal, vertices.chosen(~explained)])))
        return FaultRows.joined(found).renumbered(self.positions)

    def reach(self, polygons: GeometryArray) -> float:
        """Return how far, in the area plane, what is within a tolerance of some polygons can be from them."""
        limits = self.tolerances
        return plane_reach(polygons, max(limits.widest_gap_m, limits.vertex_m, WELD_M))

    def examine(self, state: State, team: ThreadTeam, steps: Steps) -> tuple[FaultRows, FaultRows]:
        """Return the faults that have an area, and those of vertices, at one moment."""
        steps.check()
        limits = self.tolerances
        taken = TakenApart(self.polygons[state.members])
        vertices = find_vertex_faults(taken.table, taken.edges, limits.vertex_m)
        steps.count()
        steps.check()
        taken = weld_layer(without_scattered(taken, self.reach(taken.polygons), team))
        tree = taken.tree
        faces = depth_faces(taken.polygons, taken.table, taken.edges, tree, team)
        steps.count()
        steps.check()
        overlaps = find_overlaps(taken.polygons, faces, tree, limits, team)
        steps.count()
        steps.check()
        ground = Ground(self.polygons, self.tree, state.is_there)
        gaps = find_gaps(taken.table, taken.edges, taken.polygons, faces, ground, limits, team)
        steps.count()
        return (
            FaultRows.joined([overlaps.renumbered(state.members), gaps]),
            vertices.renumbered(state.members),
        )


def without_scattered(taken: TakenApart, reach: float, team: ThreadTeam) -> TakenApart:
    """Leave out polygons without holes and with nobody near them: they would make thousands of faces that say nothing."""
    table, count = taken.table, len(taken.polygons)
    sizes = np.bincount(table.edge_polygon, minlength=count)
    scattered = (np.bincount(table.edge_polygon[taken.edges], minlength=count) == sizes) & (sizes > 0)
    scattered[table.polygon_of[table.is_hole]] = False
    asked = np.flatnonzero(scattered)
    tree = taken.tree
    near = team.map_slices(
        lambda part: np.bincount(
            tree.query(taken.polygons[asked[part]], predicate="dwithin", distance=reach)[0],
            minlength=len(asked[part]),
        ),
        len(asked),
        per_thread=8,
    )
    scattered[asked] = np.concatenate([np.empty(0, dtype=np.int64), *near]) == 1
    if not scattered.any():
        return taken
    rest = taken.polygons.copy()
    rest[scattered] = None
    return TakenApart(rest)


def are_explained(vertices: FaultRows, areal: FaultRows, reach: float) -> BoolArray:
    """Tell which vertices lie at a gap or overlap that two of their polygons have in common: they are part of that fault."""
    tree = shapely.STRtree(areal.geometries)
    explained = np.zeros(len(vertices.members), dtype=bool)
    for row, fault in tree.query(vertices.geometries, predicate="dwithin", distance=reach).T.tolist():
        explained[row] |= len(set(vertices.members[row]) & set(areal.members[fault])) > 1
    return explained


class _KnownFaults:
    """The faults of earlier moments."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, tuple[int, ...]], list[shapely.Geometry]] = defaultdict(list)

    def new_ones(self, rows: FaultRows) -> FaultRows:
        """Return the rows that are not known, and know them from now on."""
        keys = list(zip(rows.kinds.tolist(), rows.members, strict=True))
        new = np.array(
            [not self._is_known(key, place) for key, place in zip(keys, rows.geometries, strict=True)], dtype=bool
        )
        for row in np.flatnonzero(new).tolist():
            self._places[keys[row]].append(rows.geometries[row])
        return rows.chosen(new)

    def _is_known(self, key: tuple[str, tuple[int, ...]], place: shapely.Geometry) -> bool:
        return any(shapely.dwithin(place, other, _SAME_PLACE_M) for other in self._places.get(key, ()))
