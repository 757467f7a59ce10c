"""Difference patches after some cells changed: only those that a changed cell touches are merged again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.plans.comparison import PlanComparison
from gis.plans.patches import Patches, cell_labels, chosen_patches, difference_cells, merge_patches
from gis.window_update import pairs_of_boxes

__all__ = ["PatchMembers", "PatchUpdate", "update_patches"]

#: Two patches of the same cells are the same if their areas are, to this.
_SAME_M2 = 1e-6


@dataclass(frozen=True, slots=True)
class PatchMembers:
    """Which cells each patch consists of.

    Attributes
    ----------
    patches : ndarray of int64, shape (q,)
        Numbers of patches, as their owner gives them.
    cells : ndarray of int64, shape (q,)
        Positions in the partition.
    """

    patches: IntArray
    cells: IntArray

    def of_cells(self, chosen: BoolArray) -> IntArray:
        """Return the patches that have one of the chosen cells, ascending."""
        return np.unique(self.patches[chosen[self.cells]])


@dataclass(frozen=True, slots=True)
class PatchUpdate:
    """What became of the patches.

    Attributes
    ----------
    gone : ndarray of int64
        Numbers of patches that are no more.
    come : Patches
        New ones, not classified yet; their cells are positions in the comparison.
    """

    gone: IntArray
    come: Patches


def update_patches(
    comparison: PlanComparison,
    boxes: FloatArray,
    former: PatchMembers,
    *,
    changed: BoolArray,
    dissolved: IntArray,
    areas_m2: Callable[[IntArray], FloatArray],
    reader: Callable[[IntArray], GeometryArray],
) -> PatchUpdate:
    """Merge again what changed cells touch.

    Parameters
    ----------
    comparison : PlanComparison
        After the change.
    boxes : ndarray of float64, shape (n, 4)
        Of all cells of the partition.
    former : PatchMembers
        The patches before, without the cells that are gone.
    changed : ndarray of bool, shape (n,)
        Which cells of the partition are new, or may say something else than before.
    dissolved : ndarray of int64
        Numbers of the patches that lost a cell.
    areas_m2 : callable
        Returns the areas of former patches by their numbers.
    reader : callable
        Returns cells by their positions in the partition.

    Returns
    -------
    PatchUpdate
        A patch that is merged again of the same cells stays the one that it was.
    """
    labels = cell_labels(comparison)
    differing = difference_cells(comparison)
    is_changed = changed[comparison.cells]
    fresh = differing[is_changed[differing]]
    beside = _neighbours(comparison, boxes, labels, differing, fresh)
    chosen = np.zeros(len(boxes), dtype=bool)
    chosen[comparison.cells[beside]] = True
    touched = np.union1d(former.of_cells(changed | chosen), dissolved)
    cells, touched = _whole(former, touched)
    place = np.full(len(boxes), -1)
    place[comparison.cells] = np.arange(len(comparison.cells))
    again = np.union1d(place[cells], fresh)
    is_difference = np.zeros(len(comparison.cells), dtype=bool)
    is_difference[differing] = True
    again = again[is_difference[again] & (again >= 0)]
    merged = merge_patches(reader(comparison.cells[again]), labels[again], again)
    whole = np.setdiff1d(touched, dissolved)
    same_old, same_new = _unchanged(former, whole, merged, comparison, changed, areas_m2)
    return PatchUpdate(np.setdiff1d(touched, same_old), chosen_patches(merged, ~same_new))


def _neighbours(
    comparison: PlanComparison, boxes: FloatArray, labels: IntArray, differing: IntArray, fresh: IntArray
) -> IntArray:
    """Return the cells whose box meets that of a changed cell which says the same."""
    said = np.zeros(labels.max(initial=0) + 1, dtype=bool)
    said[labels[fresh]] = True
    possible = differing[said[labels[differing]]]
    one, other = pairs_of_boxes(boxes[comparison.cells[possible]], boxes[comparison.cells[fresh]])
    same = labels[possible[one]] == labels[fresh[other]]
    return np.unique(possible[one[same]])


def _whole(former: PatchMembers, touched: IntArray) -> tuple[IntArray, IntArray]:
    """Return all cells of some patches, and all patches of these cells: a cell of several parts may lie in several patches."""
    while True:
        cells = np.unique(former.cells[np.isin(former.patches, touched)])
        more = np.unique(former.patches[np.isin(former.cells, cells)])
        more = np.union1d(more, touched)
        if len(more) == len(touched):
            return cells, touched
        touched = more


def _unchanged(
    former: PatchMembers,
    whole: IntArray,
    merged: Patches,
    comparison: PlanComparison,
    changed: BoolArray,
    areas_m2: Callable[[IntArray], FloatArray],
) -> tuple[IntArray, BoolArray]:
    """Return the former patches that were merged again as they were, and which of the merged ones those are."""
    known: dict[tuple[int, ...], list[tuple[int, float]]] = {}
    chosen = np.isin(former.patches, whole)
    numbers, groups = _cells_of_each(former.patches[chosen], former.cells[chosen])
    for number, members, area in zip(numbers.tolist(), groups, areas_m2(numbers).tolist(), strict=True):
        if not changed[members].any():
            known.setdefault(tuple(members.tolist()), []).append((number, area))
    same_old: list[int] = []
    same_new = np.zeros(len(merged.geometries), dtype=bool)
    patches, groups = _cells_of_each(merged.member_patches, comparison.cells[merged.member_cells])
    for patch, members in zip(patches.tolist(), groups, strict=True):
        candidates = known.get(tuple(members.tolist()), [])
        match = next((each for each in candidates if abs(each[1] - merged.areas_m2[patch]) <= _SAME_M2), None)
        if match is not None:
            candidates.remove(match)
            same_old.append(match[0])
            same_new[patch] = True
    return np.array(same_old, dtype=np.int64), same_new


def _cells_of_each(patches: IntArray, cells: IntArray) -> tuple[IntArray, list[IntArray]]:
    """Return the different patches, ascending, and the cells of each, ascending."""
    order = np.lexsort((cells, patches))
    numbers, starts = np.unique(patches[order], return_index=True)
    return numbers, np.split(cells[order], starts[1:]) if len(numbers) else []
