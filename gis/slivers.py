"""Telling what an overlap is: a real one, a sliver of one, or an artefact of how the boundaries were drawn and stored.

Slivers are classified, never dropped. An artefact is no finding, but it stays in the sum that closes on the polygon. A sliver is a small and thin
overlap that really is there: the rules decide what it means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.sagitta import (
    NUMERICAL_NOISE_M,
    WIDEST_ARC_M,
    EdgeSagittas,
    LayerSource,
    boundary_edges,
    lengths_on_the_ground_m,
    longest_sagitta_m,
    sagittas_of_edges,
)
from gis.shapes import (
    SliverThresholds,
    is_sliver,
    may_be_sliver,
    mean_width,
    measure_shapes,
    perimeters_on_the_ground_m,
)

__all__ = ["LayerSource", "OverlapClass", "OverlapClassifier", "SliverThresholds", "classify_overlaps"]

_ARTEFACT, _SLIVER, _REAL = 0, 1, 2
_SMALL_PART = 8


class OverlapClass(StrEnum):
    """What an overlap is."""

    REAL = "real"
    SLIVER = "sliver"
    ARTEFACT = "artefact"


_CLASS_OF_CODE = np.array(
    [OverlapClass.ARTEFACT.value, OverlapClass.SLIVER.value, OverlapClass.REAL.value], dtype=object
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The single polygons of some overlaps, with their measures on the ground."""

    polygons: GeometryArray
    row: IntArray
    area_m2: FloatArray
    perimeter_m: FloatArray
    mean_width_m: FloatArray


class OverlapClassifier:
    """Classifies overlaps with one constraint layer.

    Parameters
    ----------
    constraints : ndarray of Polygon or MultiPolygon, shape (m,)
        In the area plane, uncut: the edges as they were drawn.
    target_source, constraint_source : LayerSource, optional
        Where the coordinates of either layer come from. Default: drawn in longitude and latitude, written to the millimetre.
    further_sources : sequence of LayerSource, optional
        Of other layers whose edges shape the overlaps, where there are more than two.
    thresholds : SliverThresholds, optional
        Rule data. Default: nothing is a sliver.
    """

    def __init__(
        self,
        constraints: GeometryArray,
        *,
        target_source: LayerSource | None = None,
        constraint_source: LayerSource | None = None,
        further_sources: Sequence[LayerSource] = (),
        thresholds: SliverThresholds | None = None,
    ) -> None:
        self._constraints = constraints
        self._sources = (target_source or LayerSource(), constraint_source or LayerSource(), *further_sources)
        self._rounding_m = sum(source.rounding_m for source in self._sources) + NUMERICAL_NOISE_M
        self._thresholds = thresholds

    @cached_property
    def _longest_constraint_sagitta_m(self) -> FloatArray:
        return longest_sagitta_m(self._constraints)

    @cached_property
    def _constraint_edges(self) -> EdgeSagittas:
        return sagittas_of_edges(self._constraints, self._sources)

    def classify(
        self, overlaps: GeometryArray, targets: GeometryArray, member_row: IntArray, member_constraint: IntArray
    ) -> tuple[GeometryArray, FloatArray]:
        """Classify overlaps by their parts: real if one part is, otherwise a sliver if one part is, otherwise an artefact.

        Parameters
        ----------
        overlaps, targets : ndarray of Polygon or MultiPolygon, shape (r,)
            In the area plane; an overlap and the target that it is a part of.
        member_row, member_constraint : ndarray of int64
            The pairs (row, position of a constraint) whose boundaries make the overlap.

        Returns
        -------
        classes : ndarray of str, shape (r,)
            :class:`OverlapClass` values.
        mean_width_m : ndarray of float64, shape (r,)
            2 A / P of all parts together, on the ground.
        """
        parts = _parts_of(overlaps)
        codes = np.full(len(parts.row), _REAL)
        artefact = self._is_artefact(parts, targets, member_row, member_constraint)
        codes[artefact] = _ARTEFACT
        codes[self._is_sliver(parts, ~artefact)] = _SLIVER
        of_row = np.full(len(overlaps), _ARTEFACT)
        np.maximum.at(of_row, parts.row, codes)
        classes: GeometryArray = _CLASS_OF_CODE[of_row]
        return classes, mean_width(
            np.bincount(parts.row, weights=parts.area_m2, minlength=len(overlaps)),
            np.bincount(parts.row, weights=parts.perimeter_m, minlength=len(overlaps)),
        )

    def _is_artefact(
        self, parts: _Parts, targets: GeometryArray, member_row: IntArray, member_constraint: IntArray
    ) -> BoolArray:
        artefact: BoolArray = parts.mean_width_m <= self._rounding_m
        in_question = np.flatnonzero(~artefact & (parts.mean_width_m <= self._rounding_m + WIDEST_ARC_M))
        if len(in_question) == 0:
            return artefact
        longest = longest_sagitta_m(targets)
        np.maximum.at(longest, member_row, self._longest_constraint_sagitta_m[member_constraint])
        widest = np.minimum(2 * longest, WIDEST_ARC_M)[parts.row[in_question]]
        in_question = in_question[parts.mean_width_m[in_question] <= self._rounding_m + widest]
        if len(in_question) == 0:
            return artefact
        rows = np.unique(parts.row[in_question])
        target_edges = sagittas_of_edges(targets[rows], self._sources)
        members = member_row * len(self._constraints) + member_constraint
        constraint_edges = self._edges_of(np.unique(member_constraint[np.isin(member_row, rows)]))

        def of_target(row: IntArray, owner: IntArray) -> BoolArray:
            own: BoolArray = rows[owner] == row
            return own

        def of_member(row: IntArray, owner: IntArray) -> BoolArray:
            return np.isin(row * len(self._constraints) + owner, members)

        sides = ((target_edges, of_target), (constraint_edges, of_member))
        explained = _explained_width_m(parts.polygons[in_question], parts.row[in_question], sides)
        artefact[in_question] = parts.mean_width_m[in_question] <= self._rounding_m + explained
        return artefact

    def _edges_of(self, constraints: IntArray) -> EdgeSagittas:
        """Return the edges of some constraints; where they are no small part of all, those of all, which are kept."""
        if _SMALL_PART * len(constraints) > len(self._constraints):
            return self._constraint_edges
        edges = sagittas_of_edges(self._constraints[constraints], self._sources)
        return replace(edges, owner=constraints[edges.owner])

    def _is_sliver(self, parts: _Parts, asked: BoolArray) -> BoolArray:
        sliver = np.zeros(len(asked), dtype=bool)
        limits = self._thresholds
        if limits is None:
            return sliver
        asked_parts = np.flatnonzero(asked & may_be_sliver(parts.area_m2, parts.perimeter_m, limits))
        if len(asked_parts) == 0:
            return sliver
        sliver[asked_parts] = is_sliver(measure_shapes(parts.polygons[asked_parts]), limits)
        return sliver


def classify_overlaps(
    overlaps: GeometryInput,
    targets: GeometryInput,
    constraints: GeometryInput,
    *,
    target_source: LayerSource | None = None,
    constraint_source: LayerSource | None = None,
    thresholds: SliverThresholds | None = None,
) -> GeometryArray:
    """Classify the overlaps of pairs of polygons.

    An overlap is taken apart into its polygons: it is real if one of them is, otherwise a sliver if one is, otherwise an artefact. A polygon is an
    *artefact* if its mean width 2 A / P is at most what the systems that the two layers were drawn in can explain: every piece of its boundary that
    lies on an edge of the target or of the constraint counts with how far apart the systems draw that piece (:mod:`gis.sagitta`), but all of them
    explain no more than ``WIDEST_ARC_M``; the rounding of either layer's coordinates is added. It is a *sliver* if it has enough of the signs in
    ``thresholds``.

    Parameters
    ----------
    overlaps, targets, constraints : array_like of Polygon, MultiPolygon or None, shape (n,)
        In the area plane; overlap k is part of the intersection of target k and constraint k.
    target_source, constraint_source : LayerSource, optional
        Default: drawn in longitude and latitude, written to the millimetre.
    thresholds : SliverThresholds, optional
        Rule data. Default: nothing is a sliver.

    Returns
    -------
    ndarray of str, shape (n,)
        :class:`OverlapClass` values; of an overlap that is None or empty "artefact".

    Examples
    --------
    >>> import shapely
    >>> from gis.area_plane import to_area_plane
    >>> parcel, red_line = to_area_plane([shapely.box(113, 28, 113.01, 28.01), shapely.box(113, 28.01 - 1e-10, 113.01, 28.02)])
    >>> classify_overlaps([parcel & red_line, parcel], [parcel, parcel], [red_line, parcel]).tolist()
    ['artefact', 'real']
    """
    constraint_array = as_geometry_array(constraints)
    classifier = OverlapClassifier(
        constraint_array,
        target_source=target_source,
        constraint_source=constraint_source,
        thresholds=thresholds,
    )
    rows = np.arange(len(constraint_array))
    return classifier.classify(as_geometry_array(overlaps), as_geometry_array(targets), rows, rows)[0]


def _parts_of(overlaps: GeometryArray) -> _Parts:
    polygons, row = shapely.get_parts(overlaps, return_index=True)
    area, perimeter = shapely.area(polygons), perimeters_on_the_ground_m(polygons)
    return _Parts(polygons, row.astype(np.int64), area, perimeter, mean_width(area, perimeter))


def _explained_width_m(
    polygons: GeometryArray,
    row: IntArray,
    sides: Sequence[tuple[EdgeSagittas, Callable[[IntArray, IntArray], BoolArray]]],
) -> FloatArray:
    """Return how wide the systems of the layers can have made each polygon, in the mean.

    Drawn straight in another system a piece of an edge sweeps its length times its mean deviation. So the boundary of a polygon explains the sum of
    these over its pieces, and that area over half the perimeter is a width as 2 A / P is. Over a very long edge the arc is metres high, and land
    beside it that nobody drew looks just like land that somebody left out: what is wider than a fixed limit is never explained.
    """
    start, end, owner = boundary_edges(polygons)
    lengths = lengths_on_the_ground_m(start, end)
    middles = as_geometry_array(shapely.points((start + end) / 2))
    deviation = np.zeros(len(middles))
    for edges, belongs in sides:
        point, edge = edges.on_points(middles)
        own = belongs(row[owner[point]], edges.owner[edge])
        point, edge = point[own], edge[own]
        np.maximum.at(deviation, point, edges.mean_deviation_m(edge, start[point], end[point]))
    swept = np.bincount(owner, weights=lengths * deviation, minlength=len(polygons))
    explained = mean_width(swept, np.bincount(owner, weights=lengths, minlength=len(polygons)))
    return np.minimum(explained, WIDEST_ARC_M)
