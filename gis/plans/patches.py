"""Difference patches (差异图斑): adjacent cells that say the same, merged, with what each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.area_plane import to_local_metres
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.merging import merge_cells
from gis.partition_model import Partition
from gis.plans.comparison import ConflictClass, PlanComparison
from gis.sagitta import NUMERICAL_NOISE_M, LayerSource, longest_sagitta_m
from gis.shapes import SliverThresholds, mean_width
from gis.slivers import OverlapClass, OverlapClassifier

__all__ = ["DIFFERENCES", "Patches", "find_patches"]

#: The classes in which plans differ.
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
    """

    geometries: GeometryArray
    areas_m2: FloatArray
    mean_widths_m: FloatArray
    overlap_classes: npt.NDArray[np.object_]
    cell_counts: IntArray
    first_cells: IntArray


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
    chosen = np.flatnonzero([found in classes for found in comparison.classes.tolist()])
    merged = merge_cells(partition.cells[comparison.cells[chosen]], _labels(comparison)[chosen])
    pairs = np.unique(np.column_stack([merged.part_patches, merged.part_cells]), axis=0)
    first = np.unique(pairs[:, 0], return_index=True)[1]
    overlap_classes, widths = _classify(partition, merged.geometries, sources, thresholds)
    return Patches(
        geometries=merged.geometries,
        areas_m2=merged.areas_m2,
        mean_widths_m=widths,
        overlap_classes=overlap_classes,
        cell_counts=np.bincount(pairs[:, 0], minlength=len(merged.geometries)),
        first_cells=chosen[pairs[first, 1]],
    )


def _labels(comparison: PlanComparison) -> IntArray:
    """Give cells of which the same is said the same number: the codes and statuses of all plans, and the mask."""
    columns = [np.unique(column, return_inverse=True)[1] for column in comparison.codes.T]
    keys = np.column_stack([*columns, comparison.statuses, comparison.masks])
    labels: IntArray = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return labels


def _classify(
    partition: Partition,
    patches: GeometryArray,
    sources: Sequence[LayerSource] | None,
    thresholds: SliverThresholds | None,
) -> tuple[npt.NDArray[np.object_], FloatArray]:
    """Classify patches by the edges of all polygons that they lie beside."""
    drawn = list(sources) if sources is not None else [LayerSource()] * len(partition.layers)
    drawn += [LayerSource()] * (2 - len(drawn))
    polygons = np.concatenate([layer.polygons for layer in partition.layers])
    polygons = polygons[~shapely.is_missing(polygons)]
    longest = longest_sagitta_m(polygons)
    rounding = sum(source.rounding_m for source in drawn) + NUMERICAL_NOISE_M
    local = to_local_metres(patches)
    areas, widths = shapely.area(local), mean_width(shapely.area(local), shapely.length(local))
    asked = np.flatnonzero(_may_be_nothing(areas, widths, rounding + 2 * longest.max(initial=0.0), thresholds))
    classes = np.full(len(patches), OverlapClass.REAL.value, dtype=object)
    if len(asked):
        row, beside = shapely.STRtree(polygons).query(patches[asked])
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
