"""Distances from sites to objects, in metres on the ground."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.crs import AREA_PLANE
from gis.siting.basis import DistanceBasis
from gis.siting.neighbours import find_neighbours, object_widths

__all__ = ["DISTANCE_COLUMNS", "measure_distances"]

#: Name and meaning of every column.
DISTANCE_COLUMNS: Final = {
    "site_id": "Index of the site.",
    "object_id": "Index of the object.",
    "distance_m": "Metres on the ground from the site's outline to the object's outer edge; 0 where they touch or overlap.",
    "basis": "outer_edge, centre_line_and_width or centre_line: what the distance was measured from.",
    "zone": "3-degree Gauss-Krueger zone in which it was measured, the site's own.",
}


def measure_distances(
    sites: gpd.GeoDataFrame,
    objects: gpd.GeoDataFrame,
    *,
    within_m: float,
    width: str | None = None,
    with_geometry: bool = False,
) -> pd.DataFrame:
    """Measure the distance from every site to every object near it.

    It is measured in the 3-degree Gauss-Krueger zone that the middle of the site lies in, and divided by the scale of the
    projection there: it is the distance on the ellipsoid to better than 1e-4 of itself.

    Parameters
    ----------
    sites : GeoDataFrame
        n polygons in the area plane; the index is ``site_id``.
    objects : GeoDataFrame
        m polygons, lines or points in the area plane; the index is ``object_id``. A polygon is the object's land.
    within_m : float
        Objects farther than this have no row; up to 20 km.
    width : str, optional
        Column of ``objects`` with the width in metres of the land of lines and points, NaN where it is not known. Half of
        it is taken off the distance, which is approximate then. Default: distances to lines are those to the lines.
    with_geometry : bool
        Whether to return the shortest line as well, in the area plane, from the site to what is drawn of the object.

    Returns
    -------
    DataFrame, or GeoDataFrame if ``with_geometry``
        One row per pair within the distance, ordered by site as it came, then by distance. The columns are those of
        ``DISTANCE_COLUMNS``.

    Raises
    ------
    CRSMismatchError
        If a frame is not in the area plane.
    GeometryRefusedError
        For a geometry that is missing, empty or not valid, and an id that occurs twice.
    ValueError
        For a distance that is no number from 0 to 20 km, and a negative width.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> def layer(*shapes, **columns):
    ...     return geopandas.GeoDataFrame(columns, geometry=to_area_plane(shapes), crs=AREA_PLANE)
    >>> site = layer(shapely.box(113.00, 28, 113.01, 28.01))
    >>> road = layer(shapely.LineString([(113.0105, 27.9), (113.0105, 28.1)]), land_width=[24.0])
    >>> measure_distances(site, road, within_m=100, width="land_width")[["distance_m", "basis"]].round(2).values.tolist()
    [[37.18, 'centre_line_and_width']]
    """
    half_width_m, known = object_widths(objects, width)
    near = find_neighbours(sites, objects, within_m + half_width_m)
    drawn = shapely.distance(near.site_local, near.object_local) / near.zones.scale
    distance = np.maximum(drawn - half_width_m[near.object], 0.0)
    kept = np.flatnonzero(distance <= within_m)
    kept = kept[np.lexsort((near.object[kept], distance[kept], near.site[kept]))]
    is_polygon = shapely.get_dimensions(objects.geometry.to_numpy()) == 2
    basis = np.where(
        is_polygon,
        DistanceBasis.OUTER_EDGE.value,
        np.where(known, DistanceBasis.CENTRE_LINE_AND_WIDTH.value, DistanceBasis.CENTRE_LINE.value),
    )
    columns = {
        "site_id": sites.index.to_numpy()[near.site[kept]],
        "object_id": objects.index.to_numpy()[near.object[kept]],
        "distance_m": distance[kept],
        "basis": basis[near.object[kept]].astype(object),
        "zone": near.zones.zone[kept],
    }
    if not with_geometry:
        return pd.DataFrame(columns)
    lines = shapely.shortest_line(near.site_local[kept], near.object_local[kept])
    return gpd.GeoDataFrame(columns, geometry=near.zones.take(kept).unproject(lines), crs=AREA_PLANE)
