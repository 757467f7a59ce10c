"""Difference patches of a partition that comes in parts: those that no later part can go on are classified and handed out at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.plans.comparison import PlanComparison
from gis.plans.patches import Patches, cell_labels, chosen_patches, classify_patches, difference_cells, merge_patches
from gis.sagitta import LayerSource, sagitta_bound_m
from gis.shapes import SliverThresholds
from gis.tiled_partition import PartitionPart

__all__ = ["TiledPatches"]


@dataclass(slots=True)
class TiledPatches:
    """Merges the cells of one part after the other.

    Attributes
    ----------
    sources : sequence of LayerSource
        Where the coordinates of each layer come from.
    thresholds : SliverThresholds or None
    longest_m : float
        Bound of the longest sagitta of all polygons so far, see :func:`gis.plans.patches.classify_patches`.
    """

    sources: Sequence[LayerSource]
    thresholds: SliverThresholds | None
    longest_m: float = 0.0
    _open: list[GeometryArray] = field(default_factory=list)
    _patches: list[IntArray] = field(default_factory=list)
    _cells: list[IntArray] = field(default_factory=list)
    _count: int = 0

    def add(self, part: PartitionPart, comparison: PlanComparison) -> Patches:
        """Merge the cells of a part that is not the last; return the patches that are done.

        Parameters
        ----------
        part : PartitionPart
        comparison : PlanComparison
            Of its cells alone; the cells of the patches are positions in it.
        """
        chosen = difference_cells(comparison)
        merged = merge_patches(part.partition.cells[comparison.cells[chosen]], cell_labels(comparison)[chosen], chosen)
        is_open = np.zeros(len(part.partition.cells), dtype=bool)
        is_open[part.open_cells] = True
        opened = np.zeros(len(merged.geometries), dtype=bool)
        opened[merged.member_patches[is_open[comparison.cells[merged.member_cells]]]] = True
        self._keep(merged, opened, part.first_cell + comparison.cells)
        longest = sagitta_bound_m(part.polygons)
        self.longest_m = max(self.longest_m, longest)

        def beside(asked: GeometryArray) -> GeometryArray:
            near: GeometryArray = part.polygons[np.unique(shapely.STRtree(asked).query(part.polygons)[0])]
            return near

        return self._classified(chosen_patches(merged, ~opened), beside, longest)

    def finish(
        self,
        part: PartitionPart,
        comparison: PlanComparison,
        polygons_at: Callable[[GeometryArray], GeometryArray],
        check: Callable[[], None] = lambda: None,
    ) -> Patches:
        """Merge the last part with what was left open, after asking for the whole; return the patches that this makes.

        Parameters
        ----------
        part : PartitionPart
        comparison : PlanComparison
            Of all cells of all parts; the cells of the patches are positions in it.
        polygons_at : callable
            As of :func:`gis.plans.patches.classify_patches`.
        check : callable
            Called between the steps; it may raise to stop.
        """
        labels, chosen = cell_labels(comparison), difference_cells(comparison)
        fresh = chosen[comparison.cells[chosen] >= part.first_cell]
        cells = part.partition.cells[comparison.cells[fresh] - part.first_cell]
        patches, members = _joined(self._patches), np.searchsorted(comparison.cells, _joined(self._cells))
        _, at = np.unique(patches, return_index=True)
        check()
        # A patch that was left open takes part as a cell: the first of those it consists of stands for it.
        merged = merge_patches(
            np.concatenate([cells, *self._open]),
            np.append(labels[fresh], labels[members[at]]),
            np.arange(len(fresh) + self._count),
        )
        check()
        whole = _expanded(merged, fresh, patches, members)
        return self._classified(whole, polygons_at, self.longest_m)

    def _keep(self, merged: Patches, opened: BoolArray, numbers: IntArray) -> None:
        kept = chosen_patches(merged, opened)
        self._open.append(kept.geometries)
        self._patches.append(self._count + kept.member_patches)
        self._cells.append(numbers[kept.member_cells])
        self._count += len(kept.geometries)

    def _classified(
        self, patches: Patches, polygons_at: Callable[[GeometryArray], GeometryArray], longest_m: float
    ) -> Patches:
        classes, widths = classify_patches(
            patches.geometries, self.sources, self.thresholds, polygons_at, longest_m=longest_m
        )
        return replace(patches, overlap_classes=classes, mean_widths_m=widths, longest_sagitta_m=self.longest_m)


def _joined(arrays: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])


def _expanded(merged: Patches, fresh: IntArray, patches: IntArray, members: IntArray) -> Patches:
    """Put the cells of patches that took part as cells in their place.

    Parameters
    ----------
    merged : Patches
        Its cells are positions in ``fresh``, and after these the numbers of the patches.
    fresh : ndarray of int64
    patches, members : ndarray of int64, shape (q,)
        The patches, ascending, with their cells.
    """
    single = merged.member_cells < len(fresh)
    number = merged.member_cells[~single] - len(fresh)
    start, stop = np.searchsorted(patches, number), np.searchsorted(patches, number, side="right")
    rows = np.concatenate([np.empty(0, dtype=np.int64), *map(np.arange, start.tolist(), stop.tolist())])
    pairs = np.concatenate(
        [
            np.column_stack([merged.member_patches[single], fresh[merged.member_cells[single]]]),
            np.column_stack([np.repeat(merged.member_patches[~single], stop - start), members[rows]]),
        ]
    )
    pairs = np.unique(pairs, axis=0)
    first = np.unique(pairs[:, 0], return_index=True)[1]
    return replace(
        merged,
        cell_counts=np.bincount(pairs[:, 0], minlength=len(merged.geometries)),
        first_cells=pairs[first, 1],
        member_patches=pairs[:, 0],
        member_cells=pairs[:, 1],
    )
