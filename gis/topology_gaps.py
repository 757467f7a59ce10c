"""Gaps of one layer: land that no polygon covers, and that is too narrow or too small to be meant."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.area_plane import to_local_metres
from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.depth_faces import DepthFaces
from gis.local_overlay import areal_parts, local_difference
from gis.rings import RingTable
from gis.robust import apply_to_rows
from gis.sagitta import boundary_edges
from gis.threads import ThreadTeam
from gis.topology_inlets import facing_edges, narrow_land
from gis.topology_model import FaultRows, TopologyFaultKind, TopologyTolerances
from gis.topology_vertices import plane_reach
from gis.topology_widths import is_within_width

__all__ = ["Ground", "UncoveredLand", "enclosed_land", "find_gaps", "find_uncovered_land"]

#: How near to the middle of an edge of a gap a polygon must be to be its neighbour there.
_BESIDE_M: Final = 1e-6
_WIDTHS_AROUND: Final = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that covers land at one moment.

    Attributes
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
    tree : STRtree
        Of these polygons.
    is_there : ndarray of bool, shape (n,)
        Which of them are there at that moment.
    """

    polygons: GeometryArray
    tree: shapely.STRtree
    is_there: BoolArray

    def beside(self, gaps: GeometryArray) -> list[tuple[int, ...]]:
        """Return the polygons along each gap; those that touch it only at a corner are none of them, unless there are no others."""
        start, end, owner = boundary_edges(gaps)
        middles = shapely.points((start + end) / 2)
        edge, polygon = self.tree.query(middles, predicate="dwithin", distance=_BESIDE_M)
        there = self.is_there[polygon]
        pairs = np.unique(np.column_stack([owner[edge[there]], polygon[there]]), axis=0)
        each = np.split(pairs[:, 1], np.searchsorted(pairs[:, 0], np.arange(1, len(gaps))))
        found = [tuple(members.tolist()) for members in each[: len(gaps)]]
        return [members or self.touching(gaps[[row]])[0] for row, members in enumerate(found)]

    def touching(self, places: GeometryArray) -> list[tuple[int, ...]]:
        """Return the polygons that meet each geometry."""
        found: list[list[int]] = [[] for _ in places]
        for place, polygon in self.tree.query(places, predicate="intersects").T.tolist():
            if self.is_there[polygon]:
                found[place].append(polygon)
        return [tuple(sorted(members)) for members in found]

    def uncovered(self, gaps: GeometryArray, team: ThreadTeam) -> tuple[GeometryArray, IntArray, dict[int, str]]:
        """Return what of some gaps is covered by nothing, in single polygons, with the gap of each, and failures by gap."""
        gap, polygon = self.tree.query(gaps, predicate="intersects")
        # A gap touches its neighbours. What is on it has an inner point in common with it.
        on_it = self.is_there[polygon] & ~shapely.touches(gaps[gap], self.polygons[polygon])
        gap, polygon = gap[on_it], polygon[on_it]
        result = gaps.copy()
        covered, of = np.unique(gap, return_inverse=True)
        if len(covered) == 0:
            return gaps, np.arange(len(gaps)), {}
        order = np.argsort(of, kind="stable")
        neighbours = np.asarray(
            shapely.geometrycollections(self.polygons[polygon[order]], indices=of[order]), dtype=object
        )
        rest = apply_to_rows(local_difference, gaps[covered], neighbours, team=team)
        result[covered] = rest.geometries
        parts, owner = shapely.get_parts(result, return_index=True)
        return parts, owner, {int(covered[row]): reason for row, reason in rest.failures.items()}


@dataclass(frozen=True, slots=True)
class UncoveredLand:
    """Land that is narrow or small enough for a gap, whatever is the least that counts.

    Attributes
    ----------
    polygons : ndarray of Polygon, shape (n,)
    beside : list of n tuples
        Positions in the ground of the polygons along each.
    is_enclosed : ndarray of bool, shape (n,)
        Which are faces between edges; the others are open to the outside, or to an island.
    failures : FaultRows
        Where GEOS failed.
    """

    polygons: GeometryArray
    beside: list[tuple[int, ...]]
    is_enclosed: BoolArray
    failures: FaultRows

    @property
    def is_gap(self) -> BoolArray:
        """Which are gaps: an inlet into one polygon alone is that polygon's shape."""
        several: BoolArray = np.array([len(at) > 1 for at in self.beside], dtype=bool)
        return np.asarray(self.is_enclosed | several)


def find_gaps(
    table: RingTable,
    edges: IntArray,
    polygons: GeometryArray,
    found: DepthFaces,
    ground: Ground,
    tolerances: TopologyTolerances,
    team: ThreadTeam,
) -> FaultRows:
    """Find gaps between some polygons of a layer.

    Enclosed gaps are faces between the edges that no neighbour matches, and their geometry is exact. Narrow land that is open to the outside, or to
    an island, is found by :mod:`gis.topology_inlets`.

    Parameters
    ----------
    table : RingTable
        Of the polygons.
    edges : ndarray of int64
        The edges of the table that no neighbour matches.
    polygons : ndarray of Polygon, MultiPolygon or None, shape (m,)
    found : DepthFaces
        The faces between these edges.
    ground : Ground
        These polygons, and all others that may cover what lies between them.
    tolerances : TopologyTolerances
    team : ThreadTeam

    Returns
    -------
    FaultRows
        ``members`` are positions in the ground. With a row that says so where GEOS failed.
    """
    land = find_uncovered_land(table, edges, polygons, found, ground, tolerances, team)
    kept = np.flatnonzero(land.is_gap)
    rows = FaultRows.of_polygons(
        TopologyFaultKind.GAP, [land.beside[row] for row in kept], land.polygons[kept], tolerances
    )
    return FaultRows.joined([rows, land.failures])


def find_uncovered_land(
    table: RingTable,
    edges: IntArray,
    polygons: GeometryArray,
    found: DepthFaces,
    ground: Ground,
    tolerances: TopologyTolerances,
    team: ThreadTeam,
) -> UncoveredLand:
    """Find what may be gaps; the parameters are those of :func:`find_gaps`."""
    enclosed = enclosed_land(found, tolerances)
    inlets, failures = _inlets(table, edges, np.concatenate([polygons, enclosed]), ground, tolerances, team)
    gaps, source, failed = ground.uncovered(np.concatenate([enclosed, inlets]), team)
    lost = np.concatenate([enclosed, inlets])[list(failed)] if failed else np.empty(0, dtype=object)
    return UncoveredLand(
        gaps,
        ground.beside(gaps),
        source < len(enclosed),
        FaultRows.joined([failures, _failed(list(failed.values()), lost, ground)]),
    )


def enclosed_land(found: DepthFaces, tolerances: TopologyTolerances) -> GeometryArray:
    """Return the faces that nothing covers and that are small, or nowhere wide."""
    empty = shapely.get_parts(areal_parts(found.faces[found.depth == 0]))
    local = to_local_metres(empty)
    gap = shapely.area(local) <= tolerances.gap_area_m2
    if tolerances.gap_width_m > 0:
        rest = np.flatnonzero(~gap)
        gap[rest] = is_within_width(local[rest], tolerances.widest_gap_m)
    chosen: GeometryArray = empty[gap]
    return chosen


def _inlets(
    table: RingTable,
    edges: IntArray,
    covers: GeometryArray,
    ground: Ground,
    tolerances: TopologyTolerances,
    team: ThreadTeam,
) -> tuple[GeometryArray, FaultRows]:
    """Return narrow land that is no enclosed gap, and what could not be examined."""
    width, angle = tolerances.widest_gap_m, tolerances.inlet_angle_deg
    none: GeometryArray = np.empty(0, dtype=object)
    lines = facing_edges(table, edges, width_m=width, angle_deg=angle) if width > 0 else none
    if len(lines) == 0:
        return none, FaultRows.joined([])
    reach = plane_reach(lines, _WIDTHS_AROUND * width)
    land = narrow_land(lines, covers, reach=reach, width_m=width, angle_deg=angle, team=team)
    failed = lines[list(land.failures)] if land.failures else none
    return land.polygons, _failed(list(land.failures.values()), failed, ground)


def _failed(reasons: list[str], places: GeometryArray, ground: Ground) -> FaultRows:
    """Name the polygons between which gaps could not be looked for."""
    return FaultRows.of_failures(
        ground.touching(places),
        [f"Whether there is a gap between them could not be computed: {reason}" for reason in reasons],
        shapely.centroid(places),
    )
