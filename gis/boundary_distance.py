"""How far the boundaries of two polygons lie apart, in metres on the ground."""

from typing import Any

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryInput, as_geometry_array
from gis.cgcs2000 import FLATTENING, SEMI_MAJOR_AXIS_M

__all__ = ["boundary_distance_m"]


def boundary_distance_m(first: GeometryInput, second: GeometryInput) -> FloatArray:
    """Measure how far a vertex of either polygon lies from the boundary of the other, at most.

    That is the Hausdorff distance, taken at the vertices: a vertex more on a straight edge is no distance, a hole more is one. It is meant for small
    distances, as between two deliveries of one parcel: degrees become metres by the radii of the ellipsoid at the middle of the first polygon.

    Parameters
    ----------
    first, second : array_like of polygonal geometry or None, shape (n,)
        (lon, lat) in degrees on CGCS2000 or WGS 84.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; infinite where one of the two is None or empty, NaN where both are.

    Examples
    --------
    >>> import shapely
    >>> from gis.boundary_distance import boundary_distance_m
    >>> square, same = shapely.box(113, 28, 113.001, 28.001), shapely.segmentize(shapely.box(113, 28, 113.001, 28.001), 0.0002)
    >>> wider = shapely.box(113, 28, 113.001 + 1e-7, 28.001)
    >>> boundary_distance_m([square, square, square], [same, wider, None]).round(4).tolist()
    [0.0, 0.0098, inf]
    """
    one, other = as_geometry_array(first), as_geometry_array(second)
    bounds = shapely.bounds(one)
    latitude = np.radians((bounds[:, 1] + bounds[:, 3]) / 2)
    east, north = _metres_per_degree(np.nan_to_num(latitude))
    distances: FloatArray = shapely.hausdorff_distance(_scaled(one, east, north), _scaled(other, east, north))
    is_there = [~(shapely.is_missing(array) | shapely.is_empty(array)) for array in (one, other)]
    distances[is_there[0] ^ is_there[1]] = np.inf
    distances[~(is_there[0] | is_there[1])] = np.nan
    return distances


def _metres_per_degree(latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the length of a degree eastwards and northwards, by the radii of curvature of the ellipsoid."""
    squared_eccentricity = FLATTENING * (2 - FLATTENING)
    root = np.sqrt(1 - squared_eccentricity * np.sin(latitude) ** 2)
    normal = SEMI_MAJOR_AXIS_M / root
    meridional = normal * (1 - squared_eccentricity) / root**2
    return np.radians(normal * np.cos(latitude)), np.radians(meridional)


def _scaled(geometries: Any, east: FloatArray, north: FloatArray) -> Any:  # noqa: ANN401  arrays of geometry
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    scaled = coordinates * np.column_stack([east[owner], north[owner]])
    return shapely.set_coordinates(shapely.force_2d(geometries).copy(), scaled)
