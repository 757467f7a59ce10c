"""Measuring which part of many targets a few large constraints cover.

An index of small constraint pieces finds the pairs whose boxes meet. A prepared predicate settles the targets that lie wholly inside a constraint, the
great majority: their overlap is the target itself. Only what is left, the targets on a constraint's border, is intersected, and only with the pieces
near it. GEOS runs in threads; targets go through in chunks that lie close together, so that memory stays bounded.
"""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.arrays import GeometryArray, IntArray, is_none
from gis.chunks import Progress, work_through_chunks
from gis.constraint_set import CheckedLayer, ConstraintSet, check_layer
from gis.cover import CoveredPairs, cover_pairs
from gis.grouped_cover import CoveredRows, group_pairs
from gis.overlap_table import (
    OVERLAP_COLUMNS,
    OverlapRows,
    classify_rows,
    gather_rows,
    overlap_frame,
    tuples_of_ids,
)
from gis.polygonal import polygonal_part
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClassifier
from gis.threads import ThreadTeam

__all__ = ["OVERLAP_COLUMNS", "measure_overlaps", "overlap_rows"]


def measure_overlaps(
    targets: gpd.GeoDataFrame,
    constraints: gpd.GeoDataFrame,
    *,
    group: str | None = None,
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
    """Measure the part of every target that each constraint, or group of constraints, covers.

    Touching is not overlapping: a pair without common area has no row. The smallest common area has one, classified (:mod:`gis.slivers`).
    Where constraints of one group overlap each other, the common part counts once. The result does not depend on the order of either frame, the
    number of threads or the size of the chunks, and the inputs are not changed.

    Parameters
    ----------
    targets : GeoDataFrame
        n valid polygons or multipolygons in the area plane; the index is ``target_id``. Z is dropped.
    constraints : GeoDataFrame
        m valid polygons or multipolygons in the area plane; the index is the constraint's id.
    group : str, optional
        Column of ``constraints``; those with the same value count as one. Default: each by itself.
    pieces : GeoDataFrame, optional
        The constraints cut by :func:`gis.subdivide.subdivide`, in the area plane, with a column ``constraint_id``. Default: they are cut here.
    with_geometry : bool
        Whether to return the overlaps as well.
    target_source, constraint_source : LayerSource, optional
        What the layers were drawn in, to tell artefacts. Default: longitude and latitude, written to the millimetre.
    thresholds : SliverThresholds, optional
        When a small and thin overlap is a sliver. Default: never.
    grid_size : float, optional
        Precision grid in metres, used only to try a pair again on which GEOS failed (the row says so). Default: full double precision, a failure is
        an error row.
    threads : int, optional
        Default: one for each processor.
    chunk_size : int
        How many targets are worked on at a time.
    progress : callable, optional
        Called with the number of targets done and their total after each chunk.
    cancelled : callable, optional
        Asked before the first chunk and after each one.

    Returns
    -------
    DataFrame, or GeoDataFrame if ``with_geometry``
        One row per target and group with a common area, or where GEOS failed to find it; ordered by target, then by group, as they came. The columns
        are those of ``OVERLAP_COLUMNS``.

    Raises
    ------
    CRSMismatchError
        If a frame is not in the area plane.
    GeometryRefusedError
        If an id is not unique, or a feature is no polygon with an area.
    OverlayCancelledError
        If ``cancelled`` said so.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> parcels = layer((113.00, 28, 113.01, 28.01), (113.01, 28, 113.02, 28.01), (113.02, 28, 113.03, 28.01), ids=["a", "b", "c"])
    >>> red_line = layer((113.015, 27.9, 113.04, 28.1), ids=["R1"])
    >>> measure_overlaps(parcels, red_line)[["target_id", "constraint_ids", "target_share"]].round(6).values.tolist()
    [['b', ('R1',), 0.5], ['c', ('R1',), 1.0]]
    """
    layer = check_layer(targets, "target")
    constraint_set = ConstraintSet.of_frame(constraints, group=group, pieces=pieces)
    classifier = OverlapClassifier(
        constraint_set.geometries,
        target_source=target_source,
        constraint_source=constraint_source,
        thresholds=thresholds,
    )
    rows = overlap_rows(
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
    return overlap_frame(rows, layer.ids, layer.area_m2, constraint_set.group_values, with_geometry=with_geometry)


def overlap_rows(
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
    """Do what :func:`measure_overlaps` does, for callers that have arrays: of a few rows a table costs more than the overlay.

    Returns
    -------
    OverlapRows
        With positions of targets and groups.

    Raises
    ------
    OverlayCancelledError
    """

    def measure(rows: IntArray, team: ThreadTeam) -> OverlapRows:
        geometries, ids = targets.geometries[rows], targets.ids[rows]
        pairs = cover_pairs(geometries, ids, constraints, team=team, grid_size=grid_size)
        covered = group_pairs(pairs, geometries, ids, constraints, team=team, grid_size=grid_size)
        found = _table_rows(pairs, covered, geometries, constraints, classifier, with_geometry=with_geometry)
        return found.placed(rows, keep_geometry=with_geometry)

    return gather_rows(
        work_through_chunks(
            targets.geometries, measure, chunk_size=chunk_size, threads=threads, progress=progress, cancelled=cancelled
        )
    )


def _table_rows(
    pairs: CoveredPairs,
    rows: CoveredRows,
    targets: GeometryArray,
    constraints: ConstraintSet,
    classifier: OverlapClassifier,
    *,
    with_geometry: bool,
) -> OverlapRows:
    """Classify and describe the rows of one chunk."""
    geometry = rows.geometry
    if with_geometry:
        geometry = polygonal_part(np.where(rows.whole, targets[rows.target], geometry))
    on_border = is_none(rows.error) & ~rows.whole
    classes, width = classify_rows(
        classifier, geometry, targets[rows.target], rows.area_m2, on_border, rows.pair_row, pairs.constraint
    )
    return OverlapRows(
        target=rows.target,
        group=rows.group,
        constraints=tuples_of_ids(constraints.ids, pairs.constraint, rows.pair_row, len(rows.target)),
        area_m2=rows.area_m2,
        mean_width_m=width,
        grid_size_m=rows.grid_size_m,
        overlap_class=classes,
        error=rows.error,
        geometry=geometry,
    )
