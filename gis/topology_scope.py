"""What of the polygons of a layer lies outside of where it should."""

import geopandas as gpd
import numpy as np
import shapely

from gis.area_plane import AREA_PLANE
from gis.arrays import GeometryArray
from gis.local_overlay import areal_parts
from gis.topology_model import FaultRows, TopologyFaultKind, TopologyTolerances
from gis.uncovered import measure_uncovered

__all__ = ["find_outside"]


def find_outside(
    polygons: GeometryArray, scope: gpd.GeoDataFrame, tolerances: TopologyTolerances, *, threads: int | None = None
) -> FaultRows:
    """Find the parts of polygons that lie outside of a scope.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid, in the area plane.
    scope : GeoDataFrame
        Polygons in the area plane.
    tolerances : TopologyTolerances
    threads : int, optional

    Returns
    -------
    FaultRows
        One row for each connected part, and one that says so for each polygon on which GEOS failed.

    Raises
    ------
    CRSMismatchError
        If the scope is not in the area plane.
    """
    frame = gpd.GeoDataFrame(geometry=polygons, crs=AREA_PLANE)
    found = measure_uncovered(frame, scope, with_geometry=True, threads=threads)
    known = found["error"].isna().to_numpy()
    target = found["target_id"].to_numpy().astype(np.int64)
    parts, row = shapely.get_parts(areal_parts(found.geometry.to_numpy()[known]), return_index=True)
    members = [(position,) for position in target[known][row].tolist()]
    return FaultRows.joined(
        [
            FaultRows.of_polygons(TopologyFaultKind.OUTSIDE_SCOPE, members, parts, tolerances),
            FaultRows.of_failures(
                [(position,) for position in target[~known].tolist()],
                found["error"][~known].tolist(),
                shapely.centroid(polygons[target[~known]]),
            ),
        ]
    )
