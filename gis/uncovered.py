"""Measuring which part of many targets lies outside the constraints that ought to contain them."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray, is_none
from gis.chunks import Progress, work_through_chunks
from gis.constraint_set import CheckedLayer, ConstraintSet, check_layer
from gis.cover import SettledPairs, pair_error, settle_pairs, unite
from gis.overlap_table import OverlapRows, classify_rows, gather_rows, overlap_frame, tuples_of_ids
from gis.polygonal import polygonal_part
from gis.robust import apply_to_rows
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClassifier
from gis.threads import ThreadTeam

__all__ = ["measure_uncovered", "uncovered_rows"]


def measure_uncovered(
    targets: gpd.GeoDataFrame,
    constraints: gpd.GeoDataFrame,
    *,
    pieces: gpd.GeoDataFrame | None = None,
    with_geometry: bool = False,
    target_source: LayerSource | None = None,
    constraint_source: LayerSource | None = None,
    thresholds: SliverThresholds | None = None,
    grid_size: float | None = None,
    threads: int | None = None,
    chunk_size: int = 20_000,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Measure the part of every target outside the union of all constraints, for rules that require containment.

    Parameters
    ----------
    targets, constraints, pieces, with_geometry, target_source, constraint_source, thresholds, grid_size, threads, chunk_size, progress, cancelled
        As of :func:`gis.overlay.measure_overlaps`. Without any constraint all targets are uncovered.

    Returns
    -------
    DataFrame, or GeoDataFrame if ``with_geometry``
        One row per target that is not wholly covered, or where GEOS failed to find out; ordered by target. The columns are those of
        ``OVERLAP_COLUMNS``, where the overlap is that with the outside of the constraints: ``overlap_area_m2`` is the uncovered area and
        ``target_share`` its share, ``constraint_group`` is None, ``constraint_ids`` are the constraints that the target meets.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError, OverlayCancelledError
        As ``measure_overlaps``.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> parcels = layer((113.00, 28, 113.01, 28.01), (113.01, 28, 113.02, 28.01), (113.02, 28, 113.03, 28.01), ids=["a", "b", "c"])
    >>> boundary = layer((113.015, 27.9, 113.04, 28.1), ids=["B1"])
    >>> measure_uncovered(parcels, boundary)[["target_id", "constraint_ids", "target_share"]].round(6).values.tolist()
    [['a', (), 1.0], ['b', ('B1',), 0.5]]
    """
    layer = check_layer(targets, "target")
    constraint_set = ConstraintSet.of_frame(constraints, group=None, pieces=pieces)
    classifier = OverlapClassifier(
        constraint_set.geometries,
        target_source=target_source,
        constraint_source=constraint_source,
        thresholds=thresholds,
    )
    rows = uncovered_rows(
        layer,
        constraint_set,
        classifier,
        with_geometry=with_geometry,
        grid_size=grid_size,
        threads=threads,
        chunk_size=chunk_size,
        progress=progress,
        cancelled=cancelled,
    )
    no_group = np.array([None], dtype=object)
    return overlap_frame(rows, layer.ids, layer.area_m2, no_group, with_geometry=with_geometry)


def uncovered_rows(
    targets: CheckedLayer,
    constraints: ConstraintSet,
    classifier: OverlapClassifier,
    *,
    with_geometry: bool,
    grid_size: float | None = None,
    threads: int | None = None,
    chunk_size: int = 20_000,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> OverlapRows:
    """Do what :func:`measure_uncovered` does, for callers that have arrays.

    Returns
    -------
    OverlapRows
        With positions of targets; all of group 0.

    Raises
    ------
    OverlayCancelledError
    """

    def measure(rows: IntArray, team: ThreadTeam) -> OverlapRows:
        found = _uncovered_rows(targets.geometries[rows], targets.ids[rows], constraints, classifier, team, grid_size)
        return found.placed(rows, keep_geometry=with_geometry)

    return gather_rows(
        work_through_chunks(
            targets.geometries, measure, chunk_size=chunk_size, threads=threads, progress=progress, cancelled=cancelled
        )
    )


def _uncovered_rows(
    targets: GeometryArray,
    target_ids: GeometryArray,
    constraints: ConstraintSet,
    classifier: OverlapClassifier,
    team: ThreadTeam,
    grid_size: float | None,
) -> OverlapRows:
    settled = settle_pairs(targets, target_ids, constraints, team=team)
    pairs = settled.pairs
    covered = np.zeros(len(targets), dtype=bool)
    covered[pairs.target[settled.inside]] = True
    error = np.full(len(targets), None, dtype=object)
    failed = ~is_none(settled.error)
    error[pairs.target[failed]] = settled.error[failed]
    error[covered] = None

    geometry = targets.copy()
    geometry[covered] = None
    grid = _take_away_constraints(geometry, target_ids, error, settled, constraints, team, grid_size)
    area = np.nan_to_num(shapely.area(geometry))
    area[~is_none(error)], geometry[~is_none(error)] = np.nan, None
    row = np.flatnonzero(~is_none(error) | (area > 0))

    met = np.flatnonzero(settled.border & np.isin(pairs.target, row))
    met = met[np.lexsort((pairs.constraint[met], pairs.target[met]))]
    member = np.searchsorted(row, pairs.target[met])
    geometry = polygonal_part(geometry[row])
    touched = np.bincount(member, minlength=len(row)) > 0
    classes, width = classify_rows(
        classifier, geometry, targets[row], area[row], touched, member, pairs.constraint[met]
    )
    return OverlapRows(
        target=row,
        group=np.zeros(len(row), dtype=np.int64),
        constraints=tuples_of_ids(constraints.ids, pairs.constraint[met], member, len(row)),
        area_m2=area[row],
        mean_width_m=width,
        grid_size_m=grid[row],
        overlap_class=classes,
        error=error[row],
        geometry=geometry,
    )


def _take_away_constraints(
    geometry: GeometryArray,
    target_ids: GeometryArray,
    error: GeometryArray,
    settled: SettledPairs,
    constraints: ConstraintSet,
    team: ThreadTeam,
    grid_size: float | None,
) -> FloatArray:
    """Take the constraints that meet them on a border away from the targets in ``geometry``; write failures to ``error``.

    Returns
    -------
    ndarray of float64, shape (n,)
        The grids of second attempts.
    """
    grid = np.full(len(geometry), np.nan)
    pairs = settled.pairs
    asked = ~shapely.is_missing(geometry) & is_none(error)
    wanted = np.flatnonzero(settled.border[pairs.piece_pair] & asked[pairs.target[pairs.piece_pair]])
    owner = pairs.target[pairs.piece_pair[wanted]]
    near, united = unite(polygonal_part(constraints.pieces[pairs.piece[wanted]]), owner, team=team, grid_size=grid_size)
    # A failed union leaves None, and the difference with None is None.
    rest = apply_to_rows(shapely.difference, geometry[near], united.geometries, team=team, grid_size=grid_size)
    geometry[near] = rest.geometries
    grid[near] = np.fmax(united.grid_size_m, rest.grid_size_m)
    for at, reason in (united.failures | rest.failures).items():
        target = near[at]
        met = constraints.ids[pairs.constraint[settled.border & (pairs.target == target)]]
        error[target] = pair_error(target_ids[target], met, reason)
    return grid
