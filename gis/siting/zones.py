"""The ground within a distance of objects, for maps: each stretch in the Gauss-Krueger zone it lies in."""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from gis.arrays import GeometryArray, GeometryInput, as_geometry_array
from gis.crs import from_area_plane, to_area_plane
from gis.polygonal import polygonal_part
from gis.siting.arcs import buffer_to_the_centimetre
from gis.siting.neighbours import FARTHEST_M, SiteZones

__all__ = ["zones_around"]

# Over a quarter of a degree of longitude the scale of the projection changes by less than 1e-4.
_STRETCH_DEG: Final = 0.25
_LATITUDES: Final = (-89.0, 89.0)


def zones_around(
    objects: GeometryInput, distance_m: npt.ArrayLike, *, half_width_m: npt.ArrayLike = 0.0
) -> GeometryArray:
    """Return the ground within a distance of each object, the object's own land included.

    Parameters
    ----------
    objects : array_like of geometry or None, shape (n,)
        Polygons, lines or points in the area plane; valid. None and empty stay None.
    distance_m : array_like of float64, shape (n,) or ()
        In metres on the ground from the object's outer edge, from 0 to 20 km.
    half_width_m : array_like of float64, shape (n,) or ()
        Half of the width of the land of lines and points, added to the distance.

    Returns
    -------
    ndarray of MultiPolygon or None, shape (n,)
        In the area plane. Arcs are true to the centimetre, distances to 1e-4.

    Raises
    ------
    ValueError
        For a distance that is no number from 0 to 20 km.

    Examples
    --------
    >>> import shapely
    >>> from gis.crs import to_area_plane
    >>> bank = to_area_plane([shapely.LineString([(118.2, 31.3), (118.8, 31.3)])])
    >>> strip = zones_around(bank, 1000.0)[0]
    >>> len(strip.geoms), round(strip.area / 1e6, 1)
    (1, 117.4)
    """
    array = as_geometry_array(objects)
    shape = array.shape
    radius = np.broadcast_to(np.asarray(distance_m, dtype=np.float64), shape) + np.broadcast_to(
        np.asarray(half_width_m, dtype=np.float64), shape
    )
    if not ((radius >= 0) & (radius <= FARTHEST_M)).all():
        raise ValueError(f"a distance lies between 0 and {FARTHEST_M:.0f} m")
    result = np.full(shape, None, dtype=object)
    for position in np.flatnonzero(~(shapely.is_missing(array) | shapely.is_empty(array))):
        result[position] = _zone_around(array[position], float(radius[position]))
    return result


def _zone_around(geometry: shapely.Geometry, radius_m: float) -> shapely.Geometry | None:
    stretches = _stretches(geometry)
    zones = SiteZones.of(stretches)
    ground = buffer_to_the_centimetre(zones.project(stretches), radius_m * zones.scale)
    united = shapely.union_all(shapely.make_valid(zones.unproject(ground)))
    parts = polygonal_part([united])
    return parts[0] if shapely.area(parts)[0] > 0 else None


def _stretches(geometry: shapely.Geometry) -> GeometryArray:
    """Cut a geometry of the area plane along meridians."""
    corners = from_area_plane([shapely.box(*shapely.bounds(geometry)).boundary])
    west, _, east, _ = shapely.bounds(corners[0])
    first, last = int(np.floor(west / _STRETCH_DEG)), int(np.floor(east / _STRETCH_DEG))
    south, north = _LATITUDES
    strips = to_area_plane(
        [shapely.box(k * _STRETCH_DEG, south, (k + 1) * _STRETCH_DEG, north) for k in range(first, last + 1)]
    )
    if len(strips) == 1:
        return as_geometry_array([geometry])
    pieces = shapely.intersection(geometry, strips)
    return pieces[~shapely.is_empty(pieces)]
