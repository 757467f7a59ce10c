"""Topology faults of one layer, gaps of a hair's width among them, however wide the widest gap is that is looked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.chunks import Progress
from gis.topology import find_topology_faults
from gis.topology_model import TopologyFaultKind, TopologyTolerances

__all__ = ["find_faults_of_all_widths"]

# One search finds gaps down to a fiftieth of the widest (gis.topology_inlets), so that the next one begins well above that.
_FINEST_SHARE: Final = 0.02
_NEXT_SHARE: Final = 0.025
#: Coordinates are kept to about this.
_FINEST_M: Final = 1e-4
_VERTEX_KINDS: Final = (TopologyFaultKind.MISSING_VERTEX.value, TopologyFaultKind.NEAR_VERTEX.value)


def find_faults_of_all_widths(
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
    """Find the topology faults of one layer, with gaps down to a tenth of a millimetre.

    One search (:func:`gis.topology.find_topology_faults`) finds no gap that is thinner than a fiftieth of the widest that it looks for; this
    searches again with narrower limits until nothing is too thin.

    Parameters
    ----------
    polygons, tolerances, scope, levels, valid_from, valid_to, threads, progress, cancelled
        As of :func:`gis.topology.find_topology_faults`.

    Returns
    -------
    GeoDataFrame
        As of that function. A gap that several searches find is the widest one's.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError, ValueError, OverlayCancelledError

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE
    >>> frame = geopandas.GeoDataFrame(
    ...     index=["a", "b"], geometry=[shapely.box(0, 0, 10, 10), shapely.box(10.002, 0, 20, 10)], crs=AREA_PLANE)
    >>> tolerances = TopologyTolerances(gap_width_m=0.2, gap_area_m2=1, vertex_m=0.001, inlet_angle_deg=10)
    >>> faults = find_faults_of_all_widths(frame, tolerances=tolerances)
    >>> faults[["kind", "ids", "max_width_m"]].round(4).values.tolist()
    [['gap', ('a', 'b'), 0.002]]
    """
    widths = _widths(tolerances)

    def search(number: int) -> gpd.GeoDataFrame:
        # What is enclosed and what is outside of the scope does not depend on the width of gaps.
        narrower = replace(tolerances, gap_width_m=widths[number], gap_area_m2=0.0)
        return find_topology_faults(
            polygons,
            tolerances=narrower if number else tolerances,
            scope=None if number else scope,
            levels=levels,
            valid_from=valid_from,
            valid_to=valid_to,
            threads=threads,
            progress=None if progress is None else _part(progress, number, len(widths)),
            cancelled=cancelled,
        )

    result = search(0)
    for number in range(1, len(widths)):
        result = _joined(result, search(number))
    return result


def _widths(tolerances: TopologyTolerances) -> list[float]:
    """Return the widest gap of each search, falling."""
    widths = [tolerances.gap_width_m]
    thinnest = max(tolerances.least_width_m, _FINEST_M)
    while widths[-1] * _FINEST_SHARE > thinnest:
        widths.append(widths[-1] * _NEXT_SHARE)
    return widths


def _part(progress: Progress, number: int, parts: int) -> Progress:
    def report(done: int, total: int) -> None:
        progress(number * total + done, parts * total)

    return report


def _joined(wide: gpd.GeoDataFrame, narrow: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the gaps that only the narrower search found; vertices at a gap of either are part of it."""
    gap = TopologyFaultKind.GAP.value
    known = wide[wide["kind"] == gap]
    thin = narrow[narrow["kind"] == gap]
    touching = np.zeros(len(thin), dtype=bool)
    if len(known) and len(thin):
        row, _ = shapely.STRtree(known.geometry.to_numpy()).query(thin.geometry.to_numpy(), predicate="intersects")
        touching[row] = True
    both = set(_vertices(narrow))
    stays = ~wide["kind"].isin(_VERTEX_KINDS).to_numpy() | np.array(
        [place in both for place in _places(wide)], dtype=bool
    )
    return gpd.GeoDataFrame(pd.concat([wide[stays], thin[~touching]], ignore_index=True), crs=wide.crs)


def _places(faults: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    return list(zip(faults["kind"], faults["ids"], faults["x"], faults["y"], strict=True))


def _vertices(faults: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    return _places(faults[faults["kind"].isin(_VERTEX_KINDS)])
