"""How certain an overlap is, given how accurately the constraint was surveyed.

A boundary that is known to within a few metres encloses at least what is left when it is moved inwards by them, and at most what it encloses when it
is moved outwards. A verdict that both allow is certain. Of a bare number nobody can tell: 200 m² of overlap are certain where a corner of the red line
reaches into the parcel, and doubtful where the parcel lies along it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.area_plane import true_scale
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, is_none
from gis.boundary_band import BoundaryBand
from gis.chunks import Progress, work_through_chunks
from gis.constraint_set import CheckedLayer, ConstraintSet, check_layer
from gis.moved_boundary import measure_moved_overlaps
from gis.threads import ThreadTeam

__all__ = ["CERTAINTY_COLUMNS", "Certainty", "JudgedRows", "MeasuredRows", "certainty_rows", "judge_certainty"]

#: Name and meaning of every column.
CERTAINTY_COLUMNS: Final = {
    "target_id": "Index of the target.",
    "constraint_group": "As in the table of overlaps.",
    "overlap_area_m2": "Area of the overlap with the boundary where it is drawn; 0 where the constraint only comes near.",
    "least_overlap_m2": "Area with the boundary moved inwards; a lower bound of it where that settles the verdict.",
    "most_overlap_m2": "Area with the boundary moved outwards; an upper bound of it where that settles the verdict.",
    "certainty": "certain_hit, doubtful_hit, possible_hit or certain_clear; None where an area is unknown.",
    "error": "Why an area is unknown; None where all went well.",
}


class Certainty(StrEnum):
    """What the survey accuracy leaves of a verdict; a hit is an overlap larger than the limit."""

    CERTAIN_HIT = "certain_hit"
    DOUBTFUL_HIT = "doubtful_hit"
    POSSIBLE_HIT = "possible_hit"
    CERTAIN_CLEAR = "certain_clear"


def judge_certainty(
    overlaps: pd.DataFrame,
    targets: gpd.GeoDataFrame,
    constraints: gpd.GeoDataFrame,
    *,
    accuracy_m: float,
    area_limit_m2: float,
    group: str | None = None,
    pieces: gpd.GeoDataFrame | None = None,
    grid_size: float | None = None,
    threads: int | None = None,
    chunk_size: int = 20_000,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Judge how certain overlaps are when the constraints' boundaries may lie ``accuracy_m`` beside where they are drawn.

    Most rows are settled by how much area the band around the boundary can hold at all. Only for the others the constraint is eroded and dilated,
    near the target, in metres on the ground.

    Parameters
    ----------
    overlaps : DataFrame
        What :func:`gis.overlay.measure_overlaps` returned for these layers and this ``group``.
    targets, constraints : GeoDataFrame
        In the area plane, the index is the id.
    accuracy_m : float
        Positive; survey accuracy of the boundary, with that of the target where that is known too.
    area_limit_m2 : float
        The largest overlap that does not count. Rule data.
    group, pieces, grid_size, threads, chunk_size, progress, cancelled
        As of ``measure_overlaps``.

    Returns
    -------
    DataFrame
        One row for each overlap, and one for each target that has none but would have a hit if the boundary lay farther out (``possible_hit``);
        ordered by target, then by group. The columns are those of ``CERTAINTY_COLUMNS``.

        With A the area, A- and A+ those with the boundary moved inwards and outwards and T the limit: ``certain_hit`` if A- > T, ``doubtful_hit``
        if A- ≤ T < A, ``possible_hit`` if A ≤ T < A+, ``certain_clear`` if A+ ≤ T.

    Raises
    ------
    ValueError
        If ``accuracy_m`` is not positive, or the overlaps belong to other layers.
    CRSMismatchError, GeometryRefusedError, OverlayCancelledError
        As ``measure_overlaps``.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> from gis.overlay import measure_overlaps
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> parcels = layer((113, 28, 113.001, 28.001), (113, 27.99999, 113.001, 28), (113, 27.9, 113.001, 27.91), ids=["a", "b", "c"])
    >>> red_line = layer((112, 28, 114, 29), ids=["R1"])
    >>> overlaps = measure_overlaps(parcels, red_line)
    >>> judged = judge_certainty(overlaps, parcels, red_line, accuracy_m=2.0, area_limit_m2=1.0)
    >>> judged[["target_id", "certainty"]].values.tolist()
    [['a', 'certain_hit'], ['b', 'possible_hit']]
    """
    layer = check_layer(targets, "target")
    constraint_set = ConstraintSet.of_frame(constraints, group=group, pieces=pieces)
    judged = certainty_rows(
        _rows_of(overlaps, layer.ids, constraint_set),
        layer,
        constraint_set,
        accuracy_m=accuracy_m,
        area_limit_m2=area_limit_m2,
        grid_size=grid_size,
        threads=threads,
        chunk_size=chunk_size,
        progress=progress,
        cancelled=cancelled,
    )
    return _table(judged, layer.ids, constraint_set.group_values)


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """Overlaps with positions in the place of ids, arrays of shape (r,); see ``CERTAINTY_COLUMNS``."""

    target: IntArray
    group: IntArray
    area_m2: FloatArray
    error: GeometryArray

    def take(self, rows: IntArray, target: IntArray) -> "MeasuredRows":
        """Return some of the rows, with other positions of their targets."""
        return MeasuredRows(target, self.group[rows], self.area_m2[rows], self.error[rows])


@dataclass(frozen=True, slots=True)
class JudgedRows(MeasuredRows):
    """Overlaps and what is certain of them, arrays of shape (r,); see ``CERTAINTY_COLUMNS``."""

    least_m2: FloatArray
    most_m2: FloatArray
    certainty: GeometryArray


def certainty_rows(
    overlaps: MeasuredRows,
    targets: CheckedLayer,
    constraints: ConstraintSet,
    *,
    accuracy_m: float,
    area_limit_m2: float,
    groups: BoolArray | None = None,
    grid_size: float | None = None,
    threads: int | None = None,
    chunk_size: int = 20_000,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> JudgedRows:
    """Do what :func:`judge_certainty` does, for callers that have arrays.

    Parameters
    ----------
    groups : ndarray of bool, optional
        The groups of constraints that were surveyed with this accuracy; nothing is said of the others. Default: all.

    Returns
    -------
    JudgedRows
        Ordered by target, then by group.

    Raises
    ------
    ValueError
        If ``accuracy_m`` is not positive.
    OverlayCancelledError
    """
    if not accuracy_m > 0:
        message = f"The accuracy must be a positive number of metres, got {accuracy_m}."
        raise ValueError(message)
    boundaries = constraints.geometries
    if groups is not None:
        boundaries = boundaries.copy()
        boundaries[~groups[constraints.group]] = None
        of_groups = np.flatnonzero(groups[overlaps.group])
        overlaps = overlaps.take(of_groups, overlaps.target[of_groups])
    judge = _Judge(constraints, BoundaryBand(boundaries, accuracy_m), accuracy_m, area_limit_m2, grid_size)

    def judge_chunk(chunk: IntArray, team: ThreadTeam) -> JudgedRows:
        place = np.full(len(targets.ids), -1)
        place[chunk] = np.arange(len(chunk))
        known = np.flatnonzero(place[overlaps.target] >= 0)
        of_chunk = overlaps.take(known, place[overlaps.target[known]])
        found = judge.judge(of_chunk, targets.geometries[chunk], team)
        return replace(found, target=chunk[found.target])

    return _gathered(
        work_through_chunks(
            targets.geometries,
            judge_chunk,
            chunk_size=chunk_size,
            threads=threads,
            progress=progress,
            cancelled=cancelled,
        )
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """What stays the same from chunk to chunk."""

    constraints: ConstraintSet
    band: BoundaryBand
    accuracy_m: float
    area_limit_m2: float
    grid_size: float | None

    def judge(self, known: MeasuredRows, targets: GeometryArray, team: ThreadTeam) -> JudgedRows:
        """Judge the overlaps of one chunk and find the targets without one that a boundary comes near."""
        stretch_target, stretch_constraint, stretch_area = self.band.near(targets)
        stretch_key = self._keys(stretch_target, self.constraints.group[stretch_constraint])
        keys, of = np.unique(stretch_key, return_inverse=True)
        held = np.bincount(of, weights=stretch_area, minlength=len(keys))

        unknown = np.flatnonzero(~np.isin(keys, self._keys(known.target, known.group)) & (held > self.area_limit_m2))
        stretches = np.flatnonzero(np.isin(of, unknown))
        reached = self._within_reach(stretch_target[stretches], stretch_constraint[stretches], targets, team)
        rows = self._with_near(known, np.unique(stretch_key[stretches[reached]]))

        return self._settle(
            rows, _looked_up(self._keys(rows.target, rows.group), keys, held.astype(np.float64)), targets, team
        )

    def _keys(self, target: IntArray, group: IntArray) -> IntArray:
        return target * max(len(self.constraints.group_values), 1) + group

    def _with_near(self, known: MeasuredRows, near_keys: IntArray) -> MeasuredRows:
        """Add the targets that a boundary only comes near, with an area of 0."""
        target, group = np.divmod(near_keys, max(len(self.constraints.group_values), 1))
        return MeasuredRows(
            np.concatenate([known.target, target]),
            np.concatenate([known.group, group]),
            np.concatenate([known.area_m2, np.zeros(len(near_keys))]),
            np.concatenate([known.error, np.full(len(near_keys), None, dtype=object)]),
        )

    def _within_reach(
        self, target: IntArray, constraint: IntArray, targets: GeometryArray, team: ThreadTeam
    ) -> BoolArray:
        """Tell for each pair whether the constraint may lie within the accuracy of the target."""
        pairs, of = np.unique(constraint * max(len(targets), 1) + target, return_inverse=True)
        pair_constraint, pair_target = np.divmod(pairs, max(len(targets), 1))
        centre = shapely.bounds(targets[pair_target])[:, [1, 3]].mean(axis=1)
        # The plane stretches distances by at most this.
        distance = self.accuracy_m / true_scale(centre) * (1 + 1e-6)
        near = self.constraints.within_distance(targets, pair_target, pair_constraint, distance, team)
        reached: BoolArray = near[of]
        return reached

    def _settle(self, rows: MeasuredRows, room_m2: FloatArray, targets: GeometryArray, team: ThreadTeam) -> JudgedRows:
        """Judge rows by what the band can hold, and where that is not enough by moving the boundary."""
        limit, error = self.area_limit_m2, rows.error.copy()
        least = np.maximum(rows.area_m2 - room_m2, 0.0)
        most = np.minimum(rows.area_m2 + room_m2, shapely.area(targets[rows.target]))
        settled = (room_m2 == 0) | (least > limit) | (most <= limit) | ~is_none(error)
        asked = np.flatnonzero(~settled)
        moved = measure_moved_overlaps(
            targets[rows.target[asked]],
            rows.group[asked],
            self.constraints,
            self.accuracy_m,
            team=team,
            grid_size=self.grid_size,
        )
        least[asked] = np.minimum(moved.least_m2, rows.area_m2[asked])
        most[asked] = np.maximum(moved.most_m2, rows.area_m2[asked])
        for at, reason in moved.failures.items():
            error[asked[at]] = f"The overlap with the boundary moved could not be computed: {reason}"
        certainty = self._verdicts(rows.area_m2, least, most)
        listed = (rows.area_m2 != 0) | (certainty != Certainty.CERTAIN_CLEAR.value)
        return JudgedRows(
            rows.target[listed],
            rows.group[listed],
            rows.area_m2[listed],
            error[listed],
            least[listed],
            most[listed],
            certainty[listed],
        )

    def _verdicts(self, area: FloatArray, least: FloatArray, most: FloatArray) -> GeometryArray:
        limit = self.area_limit_m2
        certainty = np.full(len(area), None, dtype=object)
        known = np.isfinite(area) & np.isfinite(least) & np.isfinite(most)
        certainty[known & (area > limit)] = Certainty.DOUBTFUL_HIT.value
        certainty[known & (least > limit)] = Certainty.CERTAIN_HIT.value
        certainty[known & (area <= limit)] = Certainty.POSSIBLE_HIT.value
        certainty[known & (most <= limit)] = Certainty.CERTAIN_CLEAR.value
        return certainty


def _looked_up(wanted: IntArray, keys: IntArray, values: FloatArray) -> FloatArray:
    """Return the value of each wanted key, 0 where there is none; ``keys`` ascend."""
    if len(keys) == 0:
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: FloatArray = np.where(keys[at] == wanted, values[at], 0.0)
    return found


def _rows_of(overlaps: pd.DataFrame, target_ids: GeometryArray, constraints: ConstraintSet) -> MeasuredRows:
    """Return the overlaps with positions in the place of ids."""
    target = pd.Index(target_ids).get_indexer(pd.Index(overlaps["target_id"], dtype=object))
    group = pd.Index(constraints.group_values).get_indexer(pd.Index(overlaps["constraint_group"], dtype=object))
    if (target < 0).any() or (group < 0).any():
        message = "The overlaps name targets or groups that are not in the layers."
        raise ValueError(message)
    return MeasuredRows(
        target.astype(np.int64),
        group.astype(np.int64),
        overlaps["overlap_area_m2"].to_numpy(dtype=np.float64),
        overlaps["error"].to_numpy(dtype=object),
    )


def _gathered(chunks: list[JudgedRows]) -> JudgedRows:
    def column(name: str, dtype: type) -> Any:  # noqa: ANN401 - a column of any type
        return np.concatenate([np.empty(0, dtype=dtype), *(getattr(rows, name) for rows in chunks)])

    target, group = column("target", np.int64), column("group", np.int64)
    order = np.lexsort((group, target))
    return JudgedRows(
        target=target[order],
        group=group[order],
        area_m2=column("area_m2", float)[order],
        error=column("error", object)[order],
        least_m2=column("least_m2", float)[order],
        most_m2=column("most_m2", float)[order],
        certainty=column("certainty", object)[order],
    )


def _table(judged: JudgedRows, target_ids: GeometryArray, group_values: GeometryArray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "target_id": pd.Series(target_ids[judged.target]).infer_objects(),
            "constraint_group": pd.Series(group_values[judged.group]).infer_objects(),
            "overlap_area_m2": judged.area_m2,
            "least_overlap_m2": judged.least_m2,
            "most_overlap_m2": judged.most_m2,
            "certainty": pd.Series(judged.certainty, dtype=object),
            "error": pd.Series(judged.error, dtype=object),
        }
    )
