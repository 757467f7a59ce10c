"""The one table that overlays answer with."""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.area_plane import AREA_PLANE
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.slivers import OverlapClass, OverlapClassifier

__all__ = [
    "OVERLAP_COLUMNS",
    "OverlapRows",
    "classify_rows",
    "gather_rows",
    "overlap_frame",
    "tuples_of_ids",
]

_WHOLE_TOLERANCE: Final = 1e-9

#: Name and meaning of every column.
OVERLAP_COLUMNS: Final = {
    "target_id": "Index of the target.",
    "constraint_group": "Value of the group column, or the constraint's id where each constraint stands for itself.",
    "constraint_ids": "Tuple of the ids of the group's constraints that cover a part of the target, in their order.",
    "overlap_area_m2": "Area of the overlap, each part once; NaN where it is unknown because GEOS failed.",
    "target_area_m2": "Area of the target.",
    "target_share": "Overlap over target, 0 to 1; exactly 1 where the target lies wholly inside one constraint.",
    "mean_width_m": "2 A / P of the overlap on the ground; NaN where the overlap is the whole target, and where it is unknown.",
    "overlap_class": "real, sliver or artefact (see gis.slivers); real where the overlap is the whole target. None where the area is unknown.",
    "grid_size_m": "The precision grid of a second attempt where GEOS failed at full precision, otherwise NaN.",
    "error": "Why the overlap is unknown, naming both features; None where all went well.",
    "geometry": "MultiPolygon in the area plane; only on request. None where it is unknown.",
}


@dataclass(frozen=True, slots=True)
class OverlapRows:
    """Rows of the table before ids take the place of positions, arrays of shape (r,).

    Attributes
    ----------
    target, group : ndarray of int64
        Positions.
    constraints : ndarray of tuple
        Ids.
    area_m2, mean_width_m, grid_size_m : ndarray of float64
    overlap_class, error, geometry : ndarray of object
        ``geometry`` is None everywhere if nobody asked for it.
    """

    target: IntArray
    group: IntArray
    constraints: GeometryArray
    area_m2: FloatArray
    mean_width_m: FloatArray
    grid_size_m: FloatArray
    overlap_class: GeometryArray
    error: GeometryArray
    geometry: GeometryArray

    def placed(self, positions: IntArray, *, keep_geometry: bool) -> Self:
        """Return the rows of a chunk with the positions of its targets among all targets."""
        geometry = self.geometry if keep_geometry else np.full(len(self.target), None, dtype=object)
        return replace(self, target=positions[self.target], geometry=geometry)


def classify_rows(
    classifier: OverlapClassifier,
    geometry: GeometryArray,
    targets: GeometryArray,
    area_m2: FloatArray,
    on_border: BoolArray,
    member_row: IntArray,
    member_constraint: IntArray,
) -> tuple[GeometryArray, FloatArray]:
    """Classify the rows of one chunk.

    Parameters
    ----------
    classifier : OverlapClassifier
    geometry, targets, area_m2, on_border : ndarray, shape (r,)
        The row's part of its target, the target, its area, and whether the part can be a strip along a border.
    member_row, member_constraint : ndarray of int64
        Pairs of a row and a constraint whose boundaries make its part.

    Returns
    -------
    classes : ndarray of str or None, shape (r,)
        None where the area is unknown. A part that is the whole target is no strip along its border, however narrow the target may be.
    mean_width_m : ndarray of float64, shape (r,)
        NaN where the part is the whole target or unknown.
    """
    classes = np.full(len(geometry), None, dtype=object)
    classes[~np.isnan(area_m2)] = OverlapClass.REAL.value
    strips = np.flatnonzero(on_border & (area_m2 < (1 - _WHOLE_TOLERANCE) * shapely.area(targets)))
    place = np.full(len(geometry), -1)
    place[strips] = np.arange(len(strips))
    members = np.flatnonzero(place[member_row] >= 0)
    width = np.full(len(geometry), np.nan)
    classes[strips], width[strips] = classifier.classify(
        geometry[strips], targets[strips], place[member_row[members]], member_constraint[members]
    )
    return classes, width


def tuples_of_ids(ids: GeometryArray, constraint: IntArray, row: IntArray, count: int) -> GeometryArray:
    """Return the ids of the constraints of each of ``count`` rows, in the order in which the pairs (row, constraint) come."""
    singles = np.empty(len(ids), dtype=object)
    singles[:] = [(identifier,) for identifier in ids]
    tuples = np.empty(count, dtype=object)
    tuples[:] = [()] * count
    tuples[row] = singles[constraint]
    order = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[order], np.arange(count + 1))
    for at in np.flatnonzero(np.diff(starts) > 1).tolist():
        tuples[at] = tuple(ids[constraint[order[starts[at] : starts[at + 1]]]])
    return tuples


def gather_rows(chunks: list[OverlapRows]) -> OverlapRows:
    """Put the rows of all chunks together, ordered by target and group as they came."""

    def column(name: str, dtype: type) -> Any:  # noqa: ANN401 - a column of any type
        parts = [getattr(chunk, name) for chunk in chunks]
        return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)

    target, group = column("target", np.int64), column("group", np.int64)
    order = np.lexsort((group, target))
    return OverlapRows(
        target=target[order],
        group=group[order],
        constraints=column("constraints", object)[order],
        area_m2=column("area_m2", float)[order],
        mean_width_m=column("mean_width_m", float)[order],
        grid_size_m=column("grid_size_m", float)[order],
        overlap_class=column("overlap_class", object)[order],
        error=column("error", object)[order],
        geometry=column("geometry", object)[order],
    )


def overlap_frame(
    rows: OverlapRows,
    target_ids: GeometryArray,
    target_area_m2: FloatArray,
    group_values: GeometryArray,
    *,
    with_geometry: bool,
) -> pd.DataFrame:
    """Write rows as the table of ``OVERLAP_COLUMNS``, with ids in the place of positions."""
    target_area = target_area_m2[rows.target]
    frame = pd.DataFrame(
        {
            "target_id": pd.Series(target_ids[rows.target]).infer_objects(),
            "constraint_group": pd.Series(group_values[rows.group]).infer_objects(),
            "constraint_ids": pd.Series(rows.constraints, dtype=object),
            "overlap_area_m2": rows.area_m2,
            "target_area_m2": target_area,
            "target_share": rows.area_m2 / target_area,
            "mean_width_m": rows.mean_width_m,
            "overlap_class": pd.Series(rows.overlap_class, dtype=object),
            "grid_size_m": rows.grid_size_m,
            "error": pd.Series(rows.error, dtype=object),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=rows.geometry, crs=AREA_PLANE) if with_geometry else frame
