"""The part of a site that lies within a distance of an object."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import FloatArray
from gis.crs import AREA_PLANE
from gis.polygonal import polygonal_part
from gis.siting.arcs import buffer_to_the_centimetre
from gis.siting.neighbours import find_neighbours, object_widths

__all__ = ["ENCROACHMENT_COLUMNS", "measure_encroachments"]

#: Name and meaning of every column.
ENCROACHMENT_COLUMNS: Final = {
    "site_id": "Index of the site.",
    "object_id": "Index of the object.",
    "encroached_area_m2": "Ellipsoidal area of the part of the site within the distance of the object.",
    "site_share": "Its share of the site, 0 to 1.",
    "geometry": "That part, in the area plane.",
}


def measure_encroachments(
    sites: gpd.GeoDataFrame,
    objects: gpd.GeoDataFrame,
    *,
    distance_m: FloatArray,
    width: str | None = None,
) -> gpd.GeoDataFrame:
    """Measure which part of every site lies within a distance of an object, as far as a building has to keep away.

    Parameters
    ----------
    sites : GeoDataFrame
        n polygons in the area plane; the index is ``site_id``.
    objects : GeoDataFrame
        m polygons, lines or points in the area plane; the index is ``object_id``.
    distance_m : ndarray of float64, shape (m,)
        For each object, in metres on the ground from its outer edge; up to 20 km.
    width : str, optional
        As of :func:`gis.siting.measure_distances`: half of it is added to the distance from a centre line.

    Returns
    -------
    GeoDataFrame
        One row per pair with a common area, ordered by site, then by object as they came; in the area plane. The columns
        are those of ``ENCROACHMENT_COLUMNS``. Land of the object itself counts as within the distance.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError, ValueError
        As ``measure_distances``.

    Examples
    --------
    >>> import geopandas, numpy, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> def layer(shape):
    ...     return geopandas.GeoDataFrame(geometry=to_area_plane([shape]), crs=AREA_PLANE)
    >>> site, road = layer(shapely.box(113.00, 28, 113.01, 28.01)), layer(shapely.box(113.01, 27.9, 113.02, 28.1))
    >>> found = measure_encroachments(site, road, distance_m=numpy.array([20.0]))
    >>> round(float(found.encroached_area_m2[0]) / 20)
    1108
    """
    half_width_m, _ = object_widths(objects, width)
    reach_m = np.broadcast_to(np.asarray(distance_m, dtype=np.float64), len(objects)) + half_width_m
    near = find_neighbours(sites, objects, reach_m)
    within = np.flatnonzero(
        shapely.distance(near.site_local, near.object_local) < reach_m[near.object] * near.zones.scale
    )
    zones = near.zones.take(within)
    ground = buffer_to_the_centimetre(near.object_local[within], reach_m[near.object[within]] * zones.scale)
    geometries = sites.geometry.to_numpy()[near.site[within]]
    parts = polygonal_part(shapely.intersection(geometries, shapely.make_valid(zones.unproject(ground))))
    area = shapely.area(parts)
    kept = np.flatnonzero(area > 0)
    rows = within[kept]
    return gpd.GeoDataFrame(
        {
            "site_id": sites.index.to_numpy()[near.site[rows]],
            "object_id": objects.index.to_numpy()[near.object[rows]],
            "encroached_area_m2": area[kept],
            "site_share": np.minimum(area[kept] / shapely.area(geometries[kept]), 1.0),
        },
        geometry=parts[kept],
        crs=AREA_PLANE,
    )
