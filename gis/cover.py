"""What each constraint covers of each target, pair by pair."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, as_geometry_array, is_none
from gis.border_clipping import clip_to_borders
from gis.constraint_set import CandidatePairs, ConstraintSet
from gis.polygonal import areal_part
from gis.robust import RowResults, apply_to_rows, union_of_parts
from gis.threads import ThreadTeam

__all__ = ["CoveredPairs", "SettledPairs", "cover_pairs", "pair_error", "settle_pairs", "unite"]


#: Nearly all unions are of fewer parts than this.
_PARTS_IN_A_TABLE: Final = 16


@dataclass(frozen=True, slots=True)
class SettledPairs:
    """Candidate pairs and what predicates say of them.

    Attributes
    ----------
    pairs : CandidatePairs
        p of them.
    inside : ndarray of bool, shape (p,)
        The target lies wholly inside the constraint, off its boundary.
    border : ndarray of bool, shape (p,)
        They meet otherwise: the target is not all in the constraint.
    holds : ndarray of bool, shape (p,)
        The constraint lies wholly inside the target, off its boundary. Of the others on a border only an intersection can tell whether they have a
        common area.
    error : ndarray of str or None, shape (p,)
        Why nothing can be told of the pair; then neither ``inside`` nor ``border``.
    """

    pairs: CandidatePairs
    inside: BoolArray
    border: BoolArray
    holds: BoolArray
    error: GeometryArray


@dataclass(frozen=True, slots=True)
class CoveredPairs:
    """Pairs of a target and a constraint that have a common area, or of which it is unknown whether they have, arrays of shape (p,).

    Attributes
    ----------
    target, constraint : ndarray of int64
        Positions, ordered by target, then by constraint.
    inside : ndarray of bool
        Whether the target lies wholly inside the constraint, off its boundary.
    area_m2 : ndarray of float64
        Common area; of a target inside its own area, NaN where it is unknown.
    geometry : ndarray of Polygon, MultiPolygon or None
        Common part; None for a target inside, which is its own common part, and where it is unknown.
    grid_size_m : ndarray of float64
        The precision grid of a second attempt, NaN for full precision.
    error : ndarray of str or None
        Why the common area is unknown, naming both features.
    """

    target: IntArray
    constraint: IntArray
    inside: BoolArray
    area_m2: FloatArray
    geometry: GeometryArray
    grid_size_m: FloatArray
    error: GeometryArray


def cover_pairs(
    targets: GeometryArray,
    target_ids: GeometryArray,
    constraints: ConstraintSet,
    *,
    team: ThreadTeam,
    grid_size: float | None = None,
) -> CoveredPairs:
    """Find the common part of targets and constraints.

    Parameters
    ----------
    targets : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane, two-dimensional.
    target_ids : ndarray, shape (n,)
        How errors name them.
    constraints : ConstraintSet
    team : ThreadTeam
    grid_size : float, optional
        See :func:`gis.robust.apply_to_rows`.

    Returns
    -------
    CoveredPairs
        Without the pairs that only touch.
    """
    settled = settle_pairs(targets, target_ids, constraints, team=team)
    pairs, inside, error = settled.pairs, settled.inside, settled.error
    geometry, by_pieces = _uncut_parts(targets, constraints, settled, team)
    area, grid = np.nan_to_num(shapely.area(geometry)), np.full(len(error), np.nan)

    wanted = np.flatnonzero(by_pieces[pairs.piece_pair])
    pair = pairs.piece_pair[wanted]
    common = apply_to_rows(
        shapely.intersection,
        targets[pairs.target[pair]],
        constraints.pieces[pairs.piece[wanted]],
        team=team,
        grid_size=grid_size,
    )
    parts = areal_part(common.geometries)
    part_area = np.nan_to_num(shapely.area(parts))
    np.add.at(area, pair, part_area)
    areal = np.flatnonzero(part_area > 0)
    owners, united = unite(parts[areal], pair[areal], team=team, grid_size=grid_size)
    geometry[owners] = united.geometries
    for owner, result in ((pair, common), (owners, united)):
        _note(owner, result, grid, error, target_ids[pairs.target], constraints.ids[pairs.constraint])

    area[inside] = shapely.area(targets[pairs.target[inside]])
    failed = ~is_none(error)
    area[failed], geometry[failed] = np.nan, None
    kept = np.flatnonzero(inside | failed | (area > 0))
    kept = kept[np.lexsort((pairs.constraint[kept], pairs.target[kept]))]
    return CoveredPairs(
        pairs.target[kept], pairs.constraint[kept], inside[kept], area[kept], geometry[kept], grid[kept], error[kept]
    )


def settle_pairs(
    targets: GeometryArray, target_ids: GeometryArray, constraints: ConstraintSet, *, team: ThreadTeam
) -> SettledPairs:
    """Find the pairs that may have a common area and settle those that need no intersection.

    Parameters
    ----------
    targets : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane, two-dimensional.
    target_ids : ndarray, shape (n,)
        How errors name them.
    constraints : ConstraintSet
    team : ThreadTeam
    """
    pairs = constraints.candidates(targets)
    error = _unusable_pairs(targets, target_ids, constraints, pairs, team)
    usable = is_none(error)
    inside, holds, meets = constraints.settle(targets, pairs, team)
    return SettledPairs(pairs, inside & usable, meets & ~inside & usable, holds & usable, error)


def _uncut_parts(
    targets: GeometryArray, constraints: ConstraintSet, settled: SettledPairs, team: ThreadTeam
) -> tuple[GeometryArray, BoolArray]:
    """Find the common parts for which no constraint need be cut: those that the target holds, and those clipped on flat arrays.

    Returns
    -------
    geometries : ndarray of Polygon, MultiPolygon or None, shape (p,)
    by_pieces : ndarray of bool, shape (p,)
        The pairs on a border that are left: their common parts are those of the pieces.
    """
    pairs, geometry = settled.pairs, np.full(len(settled.border), None, dtype=object)
    geometry[settled.holds] = constraints.geometries[pairs.constraint[settled.holds]]
    by_pieces = settled.border & ~settled.holds
    border = np.flatnonzero(by_pieces & ~_meets_small_piece(pairs, constraints))
    if len(border):
        geometry[border], clipped = clip_to_borders(
            targets, constraints.borders, pairs.target[border], pairs.constraint[border], team
        )
        by_pieces[border[clipped]] = False
    return geometry, by_pieces


def _meets_small_piece(pairs: CandidatePairs, constraints: ConstraintSet) -> BoolArray:
    """Tell which pairs have a single small piece near the target, which GEOS intersects sooner than flat arrays are made of its boundary.

    It is a matter of the pair alone, so that a target has the same overlap to the last bit whatever it is measured together with.
    """
    small: BoolArray = np.bincount(pairs.piece_pair, minlength=len(pairs.target)) == 1
    small[pairs.piece_pair] &= constraints.is_small_piece[pairs.piece]
    return small


def unite(
    parts: GeometryArray, owner: IntArray, *, team: ThreadTeam, grid_size: float | None = None
) -> tuple[IntArray, RowResults]:
    """Unite the parts that belong to one owner; a single part stays as it is.

    Parameters
    ----------
    parts : ndarray of Polygon or MultiPolygon, shape (k,)
    owner : ndarray of int64, shape (k,)
    team : ThreadTeam
    grid_size : float, optional
        See :func:`gis.robust.apply_to_rows`.

    Returns
    -------
    owners : ndarray of int64, shape (r,)
        Each owner once, ascending.
    united : RowResults
        A Polygon or MultiPolygon for each of them.
    """
    owners, row, count = np.unique(owner, return_inverse=True, return_counts=True)
    united = RowResults(np.full(len(owners), None, dtype=object), np.full(len(owners), np.nan))
    single = count[row] == 1
    united.geometries[row[single]] = parts[single]
    if single.all():
        return owners, united
    order = np.argsort(row, kind="stable")
    parts, row = parts[order], row[order]
    few = (count > 1) & (count <= _PARTS_IN_A_TABLE)
    for chosen, gather in ((few, _table_of_parts), (count > _PARTS_IN_A_TABLE, _collections_of_parts)):
        several = np.flatnonzero(chosen)
        if len(several) == 0:
            continue
        own = chosen[row]
        result = apply_to_rows(union_of_parts, gather(parts[own], count[several]), team=team, grid_size=grid_size)
        united.geometries[several] = areal_part(result.geometries)
        united.grid_size_m[several] = result.grid_size_m
        united.failures.update({int(several[at]): reason for at, reason in result.failures.items()})
    return owners, united


def _table_of_parts(parts: GeometryArray, count: IntArray) -> GeometryArray:
    """Put the parts of each owner into a row of a table, shape (r, most parts of one); what is left over is None."""
    owner = np.repeat(np.arange(len(count)), count)
    starts = np.cumsum(count) - count
    table = np.full((len(count), int(count.max())), None, dtype=object)
    table[owner, np.arange(len(parts)) - starts[owner]] = parts
    return table


def _collections_of_parts(parts: GeometryArray, count: IntArray) -> GeometryArray:
    """Put the parts of each owner into a collection, shape (r, 1): of some thousand parts a table would be empty for nearly all others."""
    owner = np.repeat(np.arange(len(count)), count)
    return as_geometry_array(shapely.geometrycollections(parts, indices=owner))[:, np.newaxis]


def _unusable_pairs(
    targets: GeometryArray,
    target_ids: GeometryArray,
    constraints: ConstraintSet,
    pairs: CandidatePairs,
    team: ThreadTeam,
) -> GeometryArray:
    """Return an error for every pair with an invalid polygon, on which predicates and areas would be wrong without saying so."""
    error = np.full(len(pairs.target), None, dtype=object)
    met = np.unique(pairs.target)
    valid = np.zeros(len(met), dtype=bool)

    def check(rows: slice) -> None:
        valid[rows] = shapely.is_valid(targets[met[rows]])

    team.map_slices(check, len(met), per_thread=4)
    if valid.all() and not constraints.invalid:
        return error
    broken = np.isin(pairs.target, met[~valid])
    broken |= np.isin(pairs.constraint, np.array(list(constraints.invalid), dtype=np.int64))
    for at in np.flatnonzero(broken).tolist():
        target, constraint = pairs.target[at], int(pairs.constraint[at])
        reason = constraints.invalid.get(constraint) or shapely.is_valid_reason(targets[target])
        error[at] = pair_error(target_ids[target], [constraints.ids[constraint]], f"invalid polygon: {reason}")
    return error


def _note(
    owner: IntArray,
    result: RowResults,
    grid: FloatArray,
    error: GeometryArray,
    target_ids: GeometryArray,
    constraint_ids: GeometryArray,
) -> None:
    """Write the failures and the second attempts of an operation to the pairs that they belong to."""
    retried = np.flatnonzero(~np.isnan(result.grid_size_m))
    grid[owner[retried]] = result.grid_size_m[retried]
    for at, reason in result.failures.items():
        pair = owner[at]
        error[pair] = pair_error(target_ids[pair], [constraint_ids[pair]], reason)


def pair_error(target: object, constraints: Iterable[object], reason: str) -> str:
    """Say that an operation on a target and the constraints it meets failed, and why."""
    names = ", ".join(repr(identifier) for identifier in constraints)
    return f"The overlap of target {target!r} and constraint {names} could not be computed: {reason}"
