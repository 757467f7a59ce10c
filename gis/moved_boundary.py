"""Overlaps with a boundary that lies farther in or farther out than it is drawn."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import shapely

from gis.area_plane import true_scale
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.boundary_band import widened_bounds
from gis.constraint_set import ConstraintSet
from gis.cover import unite
from gis.polygonal import polygonal_part
from gis.robust import RowResults, apply_to_rows
from gis.threads import ThreadTeam

__all__ = ["MovedOverlaps", "measure_moved_overlaps", "parts_within_reach"]

#: Pieces of one constraint meet along their cut to the last digit; grown by this they have no gap there that an erosion would widen.
_CLOSING_M: Final = 1e-5
#: Segments of a quarter circle: the area inside a round corner is right to 0.2 %.
_QUARTER_SEGMENTS: Final = 16


@dataclass(frozen=True, slots=True)
class _NearBy:
    """What the constraints of each target's group have near it.

    Attributes
    ----------
    row, piece : ndarray of int64
        The pieces near each target, and of its group.
    near : ndarray of int64, shape (k,)
        The targets near which there is anything, ascending.
    origin, scale : ndarray of float64, shapes (k, 2) and (k,)
        By which each of them is taken to metres on the ground and back.
    targets, constraints : ndarray of Polygon or MultiPolygon, shape (k,)
        In metres on the ground about ``origin``; the constraints are united and cut off at three times the distance.
    failures : dict
        Position of each target that failed, with the reason.
    """

    row: IntArray
    piece: IntArray
    near: IntArray
    origin: FloatArray
    scale: FloatArray
    targets: GeometryArray
    constraints: GeometryArray
    failures: dict[int, str]


@dataclass(frozen=True, slots=True)
class MovedOverlaps:
    """Areas of n targets with the boundary moved.

    Attributes
    ----------
    least_m2, most_m2 : ndarray of float64, shape (n,)
        Moved inwards and outwards; NaN where GEOS failed.
    failures : dict
        Position of each target that failed, with the reason.
    """

    least_m2: FloatArray
    most_m2: FloatArray
    failures: dict[int, str]


def measure_moved_overlaps(
    targets: GeometryArray,
    group: IntArray,
    constraints: ConstraintSet,
    distance_m: float,
    *,
    team: ThreadTeam,
    grid_size: float | None = None,
) -> MovedOverlaps:
    """Measure what a group of constraints covers of each target when its outer boundary is moved.

    Parameters
    ----------
    targets : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane, valid.
    group : ndarray of int64, shape (n,)
        The group of constraints for each target. Boundaries between constraints of one group are not moved.
    constraints : ConstraintSet
    distance_m : float
        On the ground.
    team : ThreadTeam
    grid_size : float, optional
        See :func:`gis.robust.apply_to_rows`.
    """
    by = _near_by(targets, group, constraints, distance_m, team=team, grid_size=grid_size)
    failures = dict(by.failures)
    areas = []
    for move in (partial(_inside_eroded, distance=distance_m), partial(_inside_dilated, distance=distance_m)):
        moved: RowResults = apply_to_rows(move, by.targets, by.constraints, team=team, grid_size=grid_size)
        failures |= {int(by.near[at]): reason for at, reason in moved.failures.items()}
        area = np.zeros(len(targets))
        area[by.near] = np.nan_to_num(shapely.area(moved.geometries))
        areas.append(area)
    # Said last, because it is why the operations before failed.
    failures |= _invalid(targets, by.row, constraints, by.piece)
    failed = list(failures)
    for area in areas:
        area[failed] = np.nan
    return MovedOverlaps(areas[0], areas[1], failures)


def parts_within_reach(
    targets: GeometryArray,
    group: IntArray,
    constraints: ConstraintSet,
    distance_m: float,
    *,
    team: ThreadTeam,
) -> GeometryArray:
    """Return the part of each target that a group of constraints covers when its outer boundary is moved outwards.

    Parameters
    ----------
    targets, group, constraints, distance_m, team
        As of :func:`measure_moved_overlaps`.

    Returns
    -------
    ndarray of MultiPolygon, shape (n,)
        In the area plane; empty where there is none, or GEOS failed.
    """
    by = _near_by(targets, group, constraints, distance_m, team=team, grid_size=None)
    moved = apply_to_rows(partial(_inside_dilated, distance=distance_m), by.targets, by.constraints, team=team)
    parts = polygonal_part(moved.geometries)
    known = ~shapely.is_missing(parts)
    coordinates, owner = shapely.get_coordinates(parts[known], return_index=True)
    factors = np.column_stack([1 / by.scale, by.scale])[known]
    found: GeometryArray = np.full(len(targets), shapely.MultiPolygon(), dtype=object)
    found[by.near[known]] = shapely.set_coordinates(
        parts[known], coordinates * factors[owner] + by.origin[known][owner]
    )
    return found


def _near_by(
    targets: GeometryArray,
    group: IntArray,
    constraints: ConstraintSet,
    distance_m: float,
    *,
    team: ThreadTeam,
    grid_size: float | None,
) -> _NearBy:
    windows = widened_bounds(targets, 3 * distance_m)
    row, piece = constraints.pieces_in(windows)
    own = constraints.group[constraints.piece_constraint[piece]] == group[row]
    row, piece = row[own], piece[own]
    boxes = np.asarray(shapely.box(*windows[row].T), dtype=object)
    clipped = apply_to_rows(shapely.intersection, constraints.pieces[piece], boxes, team=team, grid_size=grid_size)
    failures = {int(row[at]): reason for at, reason in clipped.failures.items()}
    parts = polygonal_part(clipped.geometries)
    areal = ~shapely.is_missing(parts)
    near, united = unite(parts[areal], row[areal], team=team, grid_size=grid_size)
    failures |= {int(near[at]): reason for at, reason in united.failures.items()}

    origin = (windows[near, :2] + windows[near, 2:]) / 2
    scale = true_scale(origin[:, 1])
    local_targets, local_constraints = (_about(geoms, origin, scale) for geoms in (targets[near], united.geometries))
    return _NearBy(row, piece, near, origin, scale, local_targets, local_constraints, failures)


def _invalid(targets: GeometryArray, row: IntArray, constraints: ConstraintSet, piece: IntArray) -> dict[int, str]:
    failures = {
        int(at): f"invalid polygon: {shapely.is_valid_reason(targets[at])}"
        for at in np.flatnonzero(~shapely.is_valid(targets))
    }
    for constraint, reason in constraints.invalid.items():
        met = row[constraints.piece_constraint[piece] == constraint]
        failures |= dict.fromkeys(
            met.tolist(), f"constraint {constraints.ids[constraint]!r} is an invalid polygon: {reason}"
        )
    return failures


def _about(geoms: GeometryArray, origin: FloatArray, scale: FloatArray) -> GeometryArray:
    """Scale geometries of the area plane to metres on the ground about the given origins."""
    array = geoms.copy()
    factors = np.column_stack([scale, 1 / scale])
    coordinates, owner = shapely.get_coordinates(array, return_index=True)
    local: GeometryArray = shapely.set_coordinates(array, (coordinates - origin[owner]) * factors[owner])
    return local


def _inside_eroded(
    target: GeometryArray, constraint: GeometryArray, *, distance: float, grid_size: float | None
) -> GeometryArray:
    closed = shapely.buffer(constraint, _CLOSING_M, join_style="mitre")
    eroded = shapely.buffer(closed, -distance - _CLOSING_M, quad_segs=_QUARTER_SEGMENTS)
    return np.asarray(shapely.intersection(target, eroded, grid_size=grid_size), dtype=object)


def _inside_dilated(
    target: GeometryArray, constraint: GeometryArray, *, distance: float, grid_size: float | None
) -> GeometryArray:
    dilated = shapely.buffer(constraint, distance, quad_segs=_QUARTER_SEGMENTS)
    return np.asarray(shapely.intersection(target, dilated, grid_size=grid_size), dtype=object)
