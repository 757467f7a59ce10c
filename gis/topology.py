"""The topology of one layer: gaps, overlaps, vertices that neighbours do not share, and what lies outside of where it should.

Where neighbours fit together their edges cancel out in pairs, so that only the few edges that are left are looked at (:mod:`gis.unmatched_edges`).
"""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import BoolArray, IntArray
from gis.chunks import Progress
from gis.constraint_set import CheckedLayer, check_layer
from gis.crs import require_area_plane
from gis.threads import ThreadTeam
from gis.topology_model import TOPOLOGY_COLUMNS, FaultRows, TopologyFaultKind, TopologyTolerances, fault_frame
from gis.topology_scope import find_outside
from gis.topology_search import LevelSearch, Steps
from gis.topology_states import Timeline

__all__ = ["TOPOLOGY_COLUMNS", "TopologyFaultKind", "TopologyTolerances", "find_topology_faults"]


def find_topology_faults(
    polygons: gpd.GeoDataFrame,
    *,
    tolerances: TopologyTolerances,
    scope: gpd.GeoDataFrame | None = None,
    levels: npt.ArrayLike | None = None,
    valid_from: npt.ArrayLike | None = None,
    valid_to: npt.ArrayLike | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> gpd.GeoDataFrame:
    """Find the topology faults of one layer.

    Parameters
    ----------
    polygons : GeoDataFrame
        n polygons in the area plane, with an index of different ids. Z is dropped. The input is not changed.
    tolerances : TopologyTolerances
        Rule data.
    scope : GeoDataFrame, optional
        Polygons in the area plane; what lies outside all of them is a fault. Default: nothing is.
    levels : array_like, shape (n,), optional
        Label of the level of each polygon, such as the letter of rights on (地表), above (地上) and below ground (地下). Polygons of different levels
        never conflict. A missing label is a level, too. Default: all are on one level.
    valid_from, valid_to : array_like of date, datetime, str or None, shape (n,), optional
        From when until when each polygon is valid; it is no longer at ``valid_to``. Missing: without limit. Polygons that are not valid at one moment
        never conflict, and gaps are gaps between those that are. Default: all are always valid.
    threads : int, optional
        Default: one for each processor.
    progress : callable, optional
        Called with the number of steps done and their total: four for each level and moment, and one for the scope.
    cancelled : callable, optional
        Asked before each step.

    Returns
    -------
    GeoDataFrame
        One row for each fault and place, in the area plane, ordered by kind, then by the polygons concerned:

        - ``kind``: a :class:`TopologyFaultKind` value.
          *gap*: uncovered land that is nowhere wider than ``gap_width_m``, or that is enclosed and not larger than ``gap_area_m2``; ``ids`` are the
          polygons along it. *overlap*: a connected part of what two polygons share. *missing_vertex*: the first of ``ids`` has no vertex where the
          others have one on, or within ``vertex_m`` of, its edge. *near_vertex*: vertices of these polygons lie within ``vertex_m``, but are not the
          same. *outside_scope*: a connected part of a polygon outside the scope. *not_examined*: ``error`` says what is not known of these polygons.
          Vertices at a gap or overlap between the same polygons are part of that fault and have no row of their own.
        - ``ids``: tuple, in the order of the layer.
        - ``area_m2``: of gaps, overlaps and parts outside the scope, otherwise NaN.
        - ``width_m``: the mean width 2 A / P of these, the distance of vertices from where they should be, on the ground.
        - ``max_width_m``: diameter of the largest circle inside, to 1e-4 of it; of vertices the distance again.
        - ``x``, ``y``: a point inside, in the area plane.
        - ``error``: None, except where something could not be examined.
        - ``geometry``: Polygon, or Point of vertices.

    Raises
    ------
    CRSMismatchError
        If a frame is not in the area plane.
    GeometryRefusedError
        If an id is not unique, or a feature is no polygon with an area.
    ValueError
        If levels or dates are not as many as polygons, or one is no date.
    OverlayCancelledError
        If ``cancelled`` said so.

    Notes
    -----
    An invalid polygon is a row *not_examined*; repaired, it still covers its land, so that it leaves no gap. Over time a gap or overlap is listed once
    for the same polygons, as it was when they first had it.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE
    >>> frame = geopandas.GeoDataFrame(
    ...     index=["a", "b"], geometry=[shapely.box(0, 0, 10, 10), shapely.box(9.5, 0, 20, 10)], crs=AREA_PLANE)
    >>> tolerances = TopologyTolerances(gap_width_m=0.01, gap_area_m2=1, vertex_m=0.001, inlet_angle_deg=10)
    >>> faults = find_topology_faults(frame, tolerances=tolerances)
    >>> faults[["kind", "ids", "area_m2", "max_width_m"]].round(3).values.tolist()
    [['overlap', ('a', 'b'), 5.0, 0.5]]
    """
    layer = check_layer(polygons, "polygon")
    codes = _level_codes(levels, len(layer.ids))
    timeline = Timeline.of(valid_from, valid_to, len(layer.ids))
    if scope is not None:
        require_area_plane(scope)
    examined, aside = _set_aside(layer, timeline)
    searches = [
        LevelSearch.of(layer.geometries, timeline, examined, np.flatnonzero(codes == level), tolerances)
        for level in np.unique(codes)
    ]
    steps = Steps(sum(search.step_count for search in searches) + (scope is not None), progress, cancelled)
    rows = [aside]
    with ThreadTeam(threads) as team:
        rows += [search.run(team, steps) for search in searches]
    if scope is not None:
        steps.check()
        chosen = np.flatnonzero(examined)
        rows.append(find_outside(layer.geometries[chosen], scope, tolerances, threads=threads).renumbered(chosen))
        steps.count()
    return fault_frame(FaultRows.joined(rows), layer.ids)


def _level_codes(levels: npt.ArrayLike | None, count: int) -> IntArray:
    if levels is None:
        return np.zeros(count, dtype=np.int64)
    codes = pd.factorize(pd.Series(np.asarray(levels)), use_na_sentinel=False)[0].astype(np.int64)
    if len(codes) != count:
        message = f"levels has {len(codes)} values for {count} polygons."
        raise ValueError(message)
    return codes


def _set_aside(layer: CheckedLayer, timeline: Timeline) -> tuple[BoolArray, FaultRows]:
    """Return which polygons can be examined, and rows for the others."""
    valid, ever = shapely.is_valid(layer.geometries), timeline.is_ever_valid()
    broken = np.flatnonzero(~valid)
    never = np.flatnonzero(valid & ~ever)
    reasons = [f"It is not valid: {reason}." for reason in shapely.is_valid_reason(layer.geometries[broken])]
    aside = np.concatenate([broken, never])
    return valid & ever, FaultRows.of_failures(
        [(position,) for position in aside.tolist()],
        [*reasons, *["It is valid at no moment: valid_to is not after valid_from."] * len(never)],
        shapely.centroid(layer.geometries[aside]),
    )
