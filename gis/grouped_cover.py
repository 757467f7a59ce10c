"""What the constraints of one group cover together, each part once."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, is_none
from gis.constraint_set import ConstraintSet
from gis.cover import CoveredPairs, pair_error, unite
from gis.threads import ThreadTeam

__all__ = ["CoveredRows", "group_pairs"]


@dataclass(frozen=True, slots=True)
class CoveredRows:
    """A target and a group of constraints with a common area, or of which it is unknown whether they have one, arrays of shape (r,).

    Attributes
    ----------
    target, group : ndarray of int64
        Positions, ordered by target, then by group.
    pair_row : ndarray of int64, shape (p,)
        The row that each pair belongs to.
    whole : ndarray of bool
        Whether the target lies wholly inside one constraint of the group, off its boundary.
    area_m2 : ndarray of float64
        Common area, NaN where it is unknown.
    geometry : ndarray of Polygon, MultiPolygon or None
        Common part; None where it is the whole target or unknown.
    grid_size_m : ndarray of float64
    error : ndarray of str or None
    """

    target: IntArray
    group: IntArray
    pair_row: IntArray
    whole: BoolArray
    area_m2: FloatArray
    geometry: GeometryArray
    grid_size_m: FloatArray
    error: GeometryArray


def group_pairs(
    pairs: CoveredPairs,
    targets: GeometryArray,
    target_ids: GeometryArray,
    constraints: ConstraintSet,
    *,
    team: ThreadTeam,
    grid_size: float | None = None,
) -> CoveredRows:
    """Put the constraints of one group together.

    Parameters
    ----------
    pairs : CoveredPairs
        Of these targets and constraints.
    targets : ndarray of Polygon or MultiPolygon, shape (n,)
    target_ids : ndarray, shape (n,)
        How errors name them.
    constraints : ConstraintSet
    team : ThreadTeam
    grid_size : float, optional
        See :func:`gis.robust.apply_to_rows`.
    """
    group_count = max(len(constraints.group_values), 1)
    keys, pair_row, members = np.unique(
        pairs.target * group_count + constraints.group[pairs.constraint], return_inverse=True, return_counts=True
    )
    target, group = np.divmod(keys, group_count)
    whole = np.zeros(len(keys), dtype=bool)
    whole[pair_row[pairs.inside]] = True
    grid = np.full(len(keys), np.nan)
    np.fmax.at(grid, pair_row, pairs.grid_size_m)
    error = np.full(len(keys), None, dtype=object)
    # What a failed pair would add does not matter to a target that lies wholly inside another constraint of the group.
    failed = ~is_none(pairs.error) & ~whole[pair_row]
    error[pair_row[failed]] = pairs.error[failed]

    on_border = (is_none(error) & ~whole)[pair_row]
    owners, united = unite(pairs.geometry[on_border], pair_row[on_border], team=team, grid_size=grid_size)
    for at, reason in united.failures.items():
        covering = constraints.ids[pairs.constraint[pair_row == owners[at]]]
        error[owners[at]] = pair_error(target_ids[target[owners[at]]], covering, reason)
    geometry = np.full(len(keys), None, dtype=object)
    geometry[owners] = united.geometries
    grid[owners] = np.fmax(grid[owners], united.grid_size_m)

    # The pieces of one constraint do not overlap: their sum is exact. Only what several constraints cover together is measured again.
    area = np.zeros(len(keys))
    np.add.at(area, pair_row, pairs.area_m2)
    several = np.flatnonzero((members > 1) & ~whole)
    area[several] = shapely.area(geometry[several])
    target_area = shapely.area(targets[target])
    area = np.where(whole, target_area, np.minimum(area, target_area))
    area[~is_none(error)] = np.nan
    return CoveredRows(target, group, pair_row, whole, area, geometry, grid, error)
