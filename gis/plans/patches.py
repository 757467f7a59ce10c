"""Difference patches (差异图斑): adjacent cells that say the same, merged, with what each of them is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.area_plane import to_local_metres
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.merging import merge_cells
from gis.partition_model import Partition
from gis.plans.comparison import ConflictClass, PlanComparison, conflict_numbers
from gis.plans.deciding import deciding_mask
from gis.sagitta import NUMERICAL_NOISE_M, WIDEST_ARC_M, LayerSource, longest_sagitta_m, sagitta_bound_m
from gis.shapes import SliverThresholds, mean_width
from gis.slivers import OverlapClass, OverlapClassifier

__all__ = [
    "DIFFERENCES",
    "Patches",
    "cell_labels",
    "chosen_patches",
    "classify_patches",
    "difference_cells",
    "find_patches",
    "merge_patches",
]

#: The classes in which plans differ. Construction land in all plans is a patch as well where a line goes before them all.
DIFFERENCES = frozenset({ConflictClass.CONFLICT, ConflictClass.GAP, ConflictClass.CONTRADICTION})


@dataclass(frozen=True, slots=True)
class Patches:
    """Merged cells of a comparison. A cell of several parts may lie in several patches.

    Attributes
    ----------
    geometries : ndarray of Polygon, shape (p,)
        In the area plane.
    areas_m2, mean_widths_m : ndarray of float64, shape (p,)
        The areas are the sums of the parts of cells; the widths 2 A / P, on the ground.
    overlap_classes : ndarray of str, shape (p,)
        :class:`~gis.slivers.OverlapClass`.
    cell_counts : ndarray of int64, shape (p,)
    first_cells : ndarray of int64, shape (p,)
        A cell of each patch, as a position in the comparison: its class, statuses, codes and mask are those of the patch.
    member_patches, member_cells : ndarray of int64, shape (q,)
        The patches with their cells, as positions in the comparison; patches ascend.
    longest_sagitta_m : float
        Bound of how far the longest edge of all polygons may lie from where another reference system draws it.
    """

    geometries: GeometryArray
    areas_m2: FloatArray
    mean_widths_m: FloatArray
    overlap_classes: npt.NDArray[np.object_]
    cell_counts: IntArray
    first_cells: IntArray
    member_patches: IntArray
    member_cells: IntArray
    longest_sagitta_m: float = 0.0


def find_patches(
    partition: Partition,
    comparison: PlanComparison,
    *,
    classes: frozenset[ConflictClass] = DIFFERENCES,
    sources: Sequence[LayerSource] | None = None,
    thresholds: SliverThresholds | None = None,
) -> Patches:
    """Merge the adjacent cells in which all plans say the same codes, and the same lines are touched.

    Parameters
    ----------
    partition : Partition
    comparison : PlanComparison
        Of the partition.
    classes : frozenset of ConflictClass, optional
        Which cells to merge. Default: those in which the plans differ.
    sources : sequence of LayerSource, optional
        Where the coordinates of each layer of the partition come from. Default: longitude and latitude, to the millimetre.
    thresholds : SliverThresholds, optional
        Rule data. Default: nothing is a sliver.

    Returns
    -------
    Patches
        Nothing is dropped: what the reference systems or rounding made is an ``artefact``.
    """
    chosen = difference_cells(comparison, classes)
    merged = merge_patches(partition.cells[comparison.cells[chosen]], cell_labels(comparison)[chosen], chosen)
    polygons = np.concatenate([layer.polygons for layer in partition.layers])
    drawn = list(sources) if sources is not None else [LayerSource()] * len(partition.layers)
    longest = sagitta_bound_m(polygons)

    def beside(asked: GeometryArray) -> GeometryArray:
        near: GeometryArray = polygons[np.unique(shapely.STRtree(asked).query(polygons)[0])]
        return near

    classes_of, widths = classify_patches(merged.geometries, drawn, thresholds, beside, longest_m=longest)
    return replace(merged, overlap_classes=classes_of, mean_widths_m=widths, longest_sagitta_m=longest)


def difference_cells(comparison: PlanComparison, classes: frozenset[ConflictClass] = DIFFERENCES) -> IntArray:
    """Return the cells of some classes, and those that are construction land in all plans inside a line that goes before them.

    Parameters
    ----------
    comparison : PlanComparison
        Of m cells.
    classes : frozenset of ConflictClass, optional

    Returns
    -------
    ndarray of int64
        Positions in the comparison, ascending.

    References
    ----------
    .. [1] 差异图斑: 建设用地 ∩ 红线, 建设用地 ∩ 永久基本农田 are conflicts whatever plans say of each other; a mask tells them, no class of its own.
    """
    numbers = conflict_numbers(comparison.statuses)
    chosen = np.array([name in classes for name in ConflictClass], dtype=bool)[numbers]
    agreed = numbers == [*ConflictClass].index(ConflictClass.AGREED_CONSTRUCTION)
    return np.flatnonzero(chosen | (agreed & (comparison.masks & deciding_mask(comparison.lines) != 0)))


def cell_labels(comparison: PlanComparison) -> IntArray:
    """Give cells of which the same is said the same number: the codes and statuses of all plans, and the mask.

    Returns
    -------
    ndarray of int64, shape (m,)
    """
    columns = [*comparison.codes.T, *comparison.statuses.T, comparison.masks]
    labels = np.zeros(len(comparison.cells), dtype=np.int64)
    for column in columns:
        values = pd.factorize(column)[0]
        # Numbered anew after each column, so that the numbers stay small however many columns there are.
        labels = pd.factorize(labels * (values.max(initial=0) + 1) + values)[0].astype(np.int64)
    return labels


def merge_patches(cells: GeometryArray, labels: IntArray, positions: IntArray) -> Patches:
    """Merge cells into patches that are not classified yet.

    Parameters
    ----------
    cells : ndarray of Polygon or MultiPolygon, shape (n,)
    labels : ndarray of int64, shape (n,)
    positions : ndarray of int64, shape (n,)
        Where the cells are in the comparison.

    Returns
    -------
    Patches
        Real all of them, as wide as not known.
    """
    merged = merge_cells(cells, labels)
    pairs = np.unique(np.column_stack([merged.part_patches, merged.part_cells]), axis=0)
    first = np.unique(pairs[:, 0], return_index=True)[1]
    count = len(merged.geometries)
    return Patches(
        geometries=merged.geometries,
        areas_m2=merged.areas_m2,
        mean_widths_m=np.full(count, np.nan),
        overlap_classes=np.full(count, OverlapClass.REAL.value, dtype=object),
        cell_counts=np.bincount(pairs[:, 0], minlength=count),
        first_cells=positions[pairs[first, 1]],
        member_patches=pairs[:, 0],
        member_cells=positions[pairs[:, 1]],
    )


def chosen_patches(patches: Patches, kept: BoolArray) -> Patches:
    """Return some of the patches, numbered anew.

    Parameters
    ----------
    patches : Patches
    kept : ndarray of bool, shape (p,)
    """
    number = np.cumsum(kept) - 1
    members = kept[patches.member_patches]
    return replace(
        patches,
        geometries=patches.geometries[kept],
        areas_m2=patches.areas_m2[kept],
        mean_widths_m=patches.mean_widths_m[kept],
        overlap_classes=patches.overlap_classes[kept],
        cell_counts=patches.cell_counts[kept],
        first_cells=patches.first_cells[kept],
        member_patches=number[patches.member_patches[members]],
        member_cells=patches.member_cells[members],
    )


def classify_patches(
    patches: GeometryArray,
    sources: Sequence[LayerSource],
    thresholds: SliverThresholds | None,
    polygons_at: Callable[[GeometryArray], GeometryArray],
    *,
    longest_m: float,
) -> tuple[npt.NDArray[np.object_], FloatArray]:
    """Classify patches by the edges of all polygons that they lie beside.

    Parameters
    ----------
    patches : ndarray of Polygon, shape (p,)
    sources : sequence of LayerSource
        Where the coordinates of each layer come from.
    thresholds : SliverThresholds or None
    polygons_at : callable
        Takes the patches that are narrow enough to be asked about, and returns the polygons of all layers whose boxes meet theirs, or more.
    longest_m : float
        At least the longest sagitta (:func:`gis.sagitta.longest_sagitta_m`) of all polygons.

    Returns
    -------
    overlap_classes : ndarray of str, shape (p,)
    mean_widths_m : ndarray of float64, shape (p,)
    """
    drawn = [*sources, *[LayerSource()] * (2 - len(sources))]
    local = to_local_metres(patches)
    areas, widths = shapely.area(local), mean_width(shapely.area(local), shapely.length(local))
    classes = np.full(len(patches), OverlapClass.REAL.value, dtype=object)
    rounding = sum(source.rounding_m for source in drawn) + NUMERICAL_NOISE_M
    widest = rounding + min(2 * longest_m, WIDEST_ARC_M)
    asked = np.flatnonzero(_may_be_nothing(areas, widths, widest, thresholds))
    if len(asked):
        # Wider than what the longest edge of all can explain, a patch is no artefact.
        narrow = np.flatnonzero(widths[asked] <= widest)
        polygons = polygons_at(patches[asked[narrow]]) if len(narrow) else patches[:0]
        longest = longest_sagitta_m(polygons)
        row, beside = shapely.STRtree(polygons).query(patches[asked[narrow]])
        row = narrow[row]
        # Wider than all that the edges around it can explain, a patch is no artefact, and needs none of them.
        explained = np.zeros(len(asked))
        np.maximum.at(explained, row, rounding + 2 * longest[beside])
        in_question = (widths[asked] <= explained)[row]
        row, beside = row[in_question], beside[in_question]
        near = np.unique(beside)
        classifier = OverlapClassifier(
            polygons[near],
            target_source=drawn[0],
            constraint_source=drawn[1],
            further_sources=drawn[2:],
            thresholds=thresholds,
        )
        classes[asked] = classifier.classify(patches[asked], patches[asked], row, np.searchsorted(near, beside))[0]
    return classes, widths


def _may_be_nothing(
    areas: FloatArray, widths: FloatArray, widest_artefact_m: float, thresholds: SliverThresholds | None
) -> BoolArray:
    """Tell which patches are so small or narrow that they can be a sliver or an artefact."""
    if thresholds is None:
        return np.asarray(widths <= widest_artefact_m)
    narrow = max(widest_artefact_m, thresholds.mean_width_max_m, thresholds.bounding_width_max_m)
    return np.asarray((widths <= narrow) | (areas <= thresholds.area_max_m2))
