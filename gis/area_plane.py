"""The area plane: where everything is cut, overlaid, partitioned and measured.

It is the cylindrical equal-area projection of the CGCS2000 ellipsoid with the equator true to scale. There the plain area of a polygon is the
ellipsoidal area that land surveys register [1]_, edges can be cut without changing the sum, and meridians and parallels stay straight.

References
----------
.. [1] TD/T 1055-2019《第三次全国国土调查技术规程》, 椭球面积计算: the printed series is the shoelace formula of this plane.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyproj
import shapely
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertCylindricalEqualAreaConversion

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, as_geometry_array
from gis.cgcs2000 import FLATTENING, SEMI_MAJOR_AXIS_M, STORAGE_CRS
from gis.errors import GeometryRefusedError
from gis.polygonal import simple_parts

__all__ = [
    "AREA_PLANE",
    "from_area_plane",
    "lie_on_the_globe",
    "project_coordinates",
    "refuse_outside_the_globe",
    "to_area_plane",
    "to_local_metres",
    "true_scale",
]

AREA_PLANE: Final = pyproj.CRS.from_user_input(
    ProjectedCRS(
        conversion=LambertCylindricalEqualAreaConversion(latitude_first_parallel=0.0),
        name="CGCS2000 / cylindrical equal area",
        geodetic_crs=STORAGE_CRS,
    )
)

_E2: Final = FLATTENING * (2 - FLATTENING)
_E: Final = _E2**0.5
_POLE: Final = 90.0
_HALF_TURN: Final = 180.0


def _authalic(sine: FloatArray) -> FloatArray:
    """Return q(sin B) / 2, the area between the equator and latitude B per radian of longitude and per a², from Snyder (1987) 3-12."""
    eccentric = _E * sine
    authalic: FloatArray = (1 - _E2) / 2 * (sine / (1 - eccentric * eccentric) + np.arctanh(eccentric) / _E)
    return authalic


_POLE_AUTHALIC: Final = float(_authalic(np.array([1.0]))[0])


def project_coordinates(coordinates: FloatArray) -> FloatArray:
    """Take (lon, lat) in degrees, shape (m, 2), to (x, y) of the area plane in metres."""
    plane = np.empty_like(coordinates)
    np.multiply(coordinates[:, 0], SEMI_MAJOR_AXIS_M * np.pi / _HALF_TURN, out=plane[:, 0])
    plane[:, 1] = SEMI_MAJOR_AXIS_M * _authalic(np.sin(np.radians(coordinates[:, 1])))
    return plane


def _sine_of_latitude(y: FloatArray, steps: int) -> FloatArray:
    """Return sin B for the y of the area plane.

    Newton's method in sin B: q is smooth up to the pole, where its derivative (1 - e²) / (1 - e² sin² B)² stays near 1. The first guess, on the
    sphere, is off by 2e-3; one step leaves 1e-6, two 1e-11, and four reach the last bit everywhere.
    """
    target = y / SEMI_MAJOR_AXIS_M
    sine = target / _POLE_AUTHALIC
    for _ in range(steps):
        slope = (1 - _E2) / (1 - _E2 * sine * sine) ** 2
        # Two comparisons in the place of ``clip``, which takes several times as long for few points.
        sine = np.minimum(np.maximum(sine - (_authalic(sine) - target) / slope, -1.0), 1.0)
    return sine


def _inverse(coordinates: FloatArray) -> FloatArray:
    """Take (x, y) of the area plane, shape (m, 2), to (lon, lat) in degrees."""
    sine = _sine_of_latitude(coordinates[:, 1], steps=4)
    geographic = np.empty_like(coordinates)
    np.multiply(coordinates[:, 0], _HALF_TURN / np.pi / SEMI_MAJOR_AXIS_M, out=geographic[:, 0])
    geographic[:, 1] = np.degrees(np.arcsin(sine))
    return geographic


def to_area_plane(geoms: GeometryInput) -> GeometryArray:
    """Project geometries from longitude and latitude into the area plane.

    Only vertices are projected: an edge is the straight line of the plane between them, as the registered area takes it.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Coordinates are (lon, lat) in degrees on CGCS2000 or WGS 84. Z and M are dropped. None stays None, empty stays empty.

    Returns
    -------
    ndarray of geometry, shape (n,)
        Coordinates are (x, y) in metres; ``shapely.area`` is the ellipsoidal area in m².

    Raises
    ------
    GeometryRefusedError
        For a coordinate that is not finite, a latitude beyond 90 degrees, a longitude beyond 180, or an edge over more than 180 degrees of
        longitude: such a ring crosses the antimeridian and must be cut there first (RFC 7946, section 3.1.9), or it would be measured the
        long way round. Edges along a pole may be as long as they like.

    Examples
    --------
    >>> import shapely
    >>> plane = to_area_plane([shapely.box(113, 28, 113.01, 28.01)])
    >>> round(float(shapely.area(plane)[0]), 2)
    1089991.29
    """
    array = as_geometry_array(geoms)
    refuse_outside_the_globe(array)
    return _transform(array, project_coordinates)


def from_area_plane(geoms: GeometryInput) -> GeometryArray:
    """Take geometries of the area plane back to longitude and latitude.

    The round trip with :func:`to_area_plane` is exact to 1e-9 degree, and to 1e-6 degree within 50 m of a pole.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Coordinates are (x, y) in metres in the area plane. Z and M are dropped. None stays None, empty stays empty.

    Returns
    -------
    ndarray of geometry, shape (n,)
        Coordinates are (lon, lat) in degrees. A y beyond the pole's comes back as the pole.

    Examples
    --------
    >>> import shapely
    >>> plane = to_area_plane([shapely.Point(113.08, 28.24)])
    >>> from_area_plane(plane)[0].equals_exact(shapely.Point(113.08, 28.24), tolerance=1e-12)
    True
    """
    return _transform(as_geometry_array(geoms), _inverse)


def true_scale(y: FloatArray) -> FloatArray:
    """Return how many metres on the ground a metre of x is; a metre of y is the reciprocal, so that areas are true.

    Parameters
    ----------
    y : ndarray of float64
        In the area plane, short of the poles.

    Examples
    --------
    >>> import numpy as np
    >>> true_scale(np.array([0.0, 3_000_000.0])).round(4).tolist()
    [1.0, 0.8817]
    """
    sine = _sine_of_latitude(y, steps=1)
    scale: FloatArray = np.sqrt((1 - sine * sine) / (1 - _E2 * sine * sine))
    return scale


def to_local_metres(geoms: GeometryInput) -> GeometryArray:
    """Scale each geometry of the area plane so that its lengths and widths are those on the ground.

    The area plane stretches x and compresses y by the same factor, 1.15 at 30 degrees of latitude. Each geometry is scaled back about the centre
    of its bounds, which becomes its origin: its area stays, its shape is true there, to 1e-4 at 10 km from the centre.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        In the area plane. Z and M are dropped. None stays None, empty stays empty.

    Returns
    -------
    ndarray of geometry, shape (n,)
        In metres, each about its own origin.

    Examples
    --------
    >>> import shapely
    >>> street = to_area_plane([shapely.LineString([(113, 28), (113.01, 28)])])
    >>> [round(value, 1) for value in (street[0].length, to_local_metres(street)[0].length)]
    [1113.2, 983.6]
    """
    array = as_geometry_array(geoms)
    bounds = shapely.bounds(array)
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    east = true_scale(centre[:, 1])
    scale = np.column_stack([east, 1 / east])
    coordinates, owner = shapely.get_coordinates(array, return_index=True)
    local: GeometryArray = shapely.set_coordinates(array, (coordinates - centre[owner]) * scale[owner])
    return local


def _transform(array: GeometryArray, function: Callable[[FloatArray], FloatArray]) -> GeometryArray:
    result: GeometryArray = shapely.transform(array, function, include_z=False)
    return result


def lie_on_the_globe(bounds: FloatArray) -> BoolArray:
    """Tell which bounds in (lon, lat), shape (n, 4), are such that no edge inside can be one that :func:`to_area_plane` refuses.

    NaN and infinity are outside.
    """
    inside = (np.abs(bounds) <= np.array([_HALF_TURN, _POLE] * 2)).all(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(inside & (bounds[:, 2] - bounds[:, 0] <= _HALF_TURN))


def refuse_outside_the_globe(array: GeometryArray) -> None:
    """Refuse longitudes and latitudes that :func:`to_area_plane` cannot place.

    Raises
    ------
    GeometryRefusedError
        Naming the position of the geometry.
    """
    coordinates = shapely.get_coordinates(array)
    # A comparison with NaN is false, so that NaN and infinity are outside as well.
    inside = (np.abs(coordinates[:, 0]) <= _HALF_TURN) & (np.abs(coordinates[:, 1]) <= _POLE)
    if not inside.all():
        _, owner = shapely.get_coordinates(array, return_index=True)
        at = int(np.argmin(inside))
        lon, lat = coordinates[at]
        message = f"Geometry {owner[at]} has the coordinate (lon {lon}, lat {lat}), which is not a place on the globe."
        raise GeometryRefusedError(message)
    bounds = shapely.bounds(array)
    for position in np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF_TURN):
        if _has_edge_over_half_turn(array[position]):
            message = (
                f"Geometry {position} has an edge over more than 180 degrees of longitude: cut it at the antimeridian, "
                "or add vertices to the edge if it really is that long."
            )
            raise GeometryRefusedError(message)


def _has_edge_over_half_turn(geometry: shapely.Geometry) -> bool:
    lines, _ = simple_parts(geometry)
    polygons = shapely.get_type_id(lines) == shapely.GeometryType.POLYGON.value
    lines = np.concatenate([lines[~polygons], shapely.get_rings(lines[polygons])])
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    edge = line[1:] == line[:-1]
    at_pole = (np.abs(coordinates[1:, 1]) == _POLE) & (coordinates[1:, 1] == coordinates[:-1, 1])
    return bool((edge & ~at_pole & (np.abs(np.diff(coordinates[:, 0])) > _HALF_TURN)).any())
