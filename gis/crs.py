"""Reference systems: the way into storage and the planes, and the checks at every entry.

Storage is geographic: EPSG:4490 by default, 4326 allowed, the null transformation between them. Everything that is cut, overlaid, partitioned
or measured is first taken into the area plane (:mod:`gis.area_plane`); distances and buffers are measured in the Gauss-Krueger zone of the
place (:mod:`gis.gauss_kruger`). Both are offered here as well.
"""

from functools import cache, lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gis.area_plane import AREA_PLANE, from_area_plane, refuse_outside_the_globe, to_area_plane
from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, as_geometry_array
from gis.cgcs2000 import FLATTENING, SEMI_MAJOR_AXIS_M, STORAGE_CRS
from gis.errors import CRSMismatchError, CRSRefusedError, GeometryRefusedError
from gis.gauss_kruger import (
    gauss_kruger_crs,
    gauss_kruger_epsg,
    gauss_kruger_zone,
    gauss_kruger_zones,
    local_projected_crs,
)
from gis.vertex_keys import distinct_vertices

__all__ = [
    "AREA_PLANE",
    "FLATTENING",
    "SEMI_MAJOR_AXIS_M",
    "STORAGE_CRS",
    "from_area_plane",
    "gauss_kruger_crs",
    "gauss_kruger_epsg",
    "gauss_kruger_zone",
    "gauss_kruger_zones",
    "geographic_coordinates",
    "lie_near_their_zone",
    "local_projected_crs",
    "project_geometries",
    "require_area_plane",
    "require_exact_path",
    "require_same_crs",
    "to_area_plane",
    "to_geographic",
    "transformer_between",
]

# A zone of the national grid is 3 or 6 degrees wide; nothing that was surveyed in it lies this far outside.
_FARTHEST_FROM_ZONE_DEG: Final = 15.0
_CGCS2000_DATUMS: Final = frozenset({"china 2000", "cgcs2000", "d_china_2000", "china geodetic coordinate system 2000"})
_WGS84_DATUMS: Final = ("world geodetic system 1984", "wgs 84", "wgs_1984", "d_wgs_1984")


def require_exact_path(source: pyproj.CRS | None) -> pyproj.CRS:
    """Return the geographic base of a reference system if it is on CGCS2000 or WGS 84, and refuse it otherwise.

    Between those two the transformation is null. Every other datum needs parameters that nobody can guess: Xi'an 1980 or Beijing 1954
    coordinates read as CGCS2000 lie about 100 m off.

    Raises
    ------
    CRSRefusedError
        With the reason.

    Examples
    --------
    >>> import pyproj
    >>> require_exact_path(pyproj.CRS("EPSG:4547")).to_epsg()
    4490
    """
    if source is None:
        message = "The data name no reference system; say which one they are in."
        raise CRSRefusedError(message)
    base = source.geodetic_crs
    datum = "" if source.is_bound or base is None or base.datum is None else base.datum.name.lower()
    if datum in _CGCS2000_DATUMS:
        return STORAGE_CRS
    if datum.startswith(_WGS84_DATUMS):
        return _wgs84()
    shown = base.datum.name if base is not None and base.datum is not None else source.type_name
    message = (
        f"'{source.name}' is on '{shown}', not on CGCS2000 or WGS 84. There is no exact transformation without local parameters: "
        "transform the data with the parameters of the surveying office first."
    )
    raise CRSRefusedError(message)


@cache
def _wgs84() -> pyproj.CRS:
    return pyproj.CRS.from_epsg(4326)


def to_geographic(geoms: GeometryInput, source: pyproj.CRS | None) -> GeometryArray:
    """Take geometries from their own reference system to longitude and latitude.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Coordinates are (easting, northing) or (lon, lat), whatever axis order the EPSG entry has. Z and M are dropped.
    source : CRS
        On CGCS2000 or WGS 84, geographic or projected.

    Returns
    -------
    ndarray of geometry, shape (n,)
        (lon, lat) in degrees. Geographic input comes back with the same coordinates.

    Raises
    ------
    CRSRefusedError
        See :func:`require_exact_path`.
    GeometryRefusedError
        For coordinates that are not in the system they claim: not finite, or far outside the zone, which is what eastings with a zone
        number give in a system without it, and the reverse.

    Examples
    --------
    >>> import pyproj, shapely
    >>> site = to_geographic([shapely.Point(409706.210, 3125381.910)], pyproj.CRS("EPSG:4547"))
    >>> [round(value, 6) for value in site[0].coords[0]]
    [113.08, 28.24]
    """
    target = require_exact_path(source)
    assert source is not None  # noqa: S101 - refused above
    array = as_geometry_array(geoms)
    if _is_in_degrees(source):
        result: GeometryArray = shapely.force_2d(array)
    else:
        result = _project(array, source, target)
        _refuse_outside_the_zone(result, source)
    refuse_outside_the_globe(result)
    return result


def geographic_coordinates(coordinates: FloatArray, source: pyproj.CRS) -> FloatArray:
    """Take coordinates to longitude and latitude as :func:`to_geographic` does, without asking whether they are in the system they claim.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (m, 2)
        (easting, northing) or (lon, lat), finite.
    source : CRS

    Returns
    -------
    ndarray of float64, shape (m, 2)
        (lon, lat) in degrees; infinite where there is no such place.

    Raises
    ------
    CRSRefusedError
        See :func:`require_exact_path`.
    """
    target = require_exact_path(source)
    if _is_in_degrees(source):
        return coordinates
    # Neighbours share most of their vertices, and PROJ takes four times as long for one as it takes to find where it was before.
    places, place = distinct_vertices(coordinates)
    return _transformed(places, transformer_between(source, target)).take(place, axis=0)


def lie_near_their_zone(bounds: FloatArray, source: pyproj.CRS) -> BoolArray:
    """Tell which bounds in (lon, lat), shape (n, 4), may be of geometries that were read in a reference system; see :func:`to_geographic`."""
    area = source.area_of_use
    if _is_in_degrees(source) or area is None or area.east < area.west:
        return np.ones(len(bounds), dtype=bool)
    west, east = area.west - _FARTHEST_FROM_ZONE_DEG, area.east + _FARTHEST_FROM_ZONE_DEG
    return np.asarray(~((bounds[:, 0] < west) | (bounds[:, 2] > east)))


def _is_in_degrees(source: pyproj.CRS) -> bool:
    return bool(source.is_geographic and source.axis_info[0].unit_name.lower() == "degree")


def project_geometries(geoms: GeometryInput, target: pyproj.CRS) -> GeometryArray:
    """Take geometries from longitude and latitude into a projected system on CGCS2000 or WGS 84.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        (lon, lat) in degrees. Z and M are dropped.
    target : CRS
        For example of :func:`local_projected_crs`.

    Returns
    -------
    ndarray of geometry, shape (n,)
        (easting, northing) in the unit of ``target``.

    Raises
    ------
    CRSRefusedError, GeometryRefusedError

    Examples
    --------
    >>> import pyproj, shapely
    >>> [round(value, 2) for value in project_geometries([shapely.Point(113.08, 28.24)], pyproj.CRS("EPSG:4526"))[0].coords[0]]
    [38409706.21, 3125381.91]
    """
    return _project(as_geometry_array(geoms), require_exact_path(target), target)


@lru_cache(maxsize=128)
def transformer_between(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Return the transformation between two systems, x before y; to make one takes milliseconds."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _project(array: GeometryArray, source: pyproj.CRS, target: pyproj.CRS) -> GeometryArray:
    transformer = transformer_between(source, target)

    def project(coordinates: FloatArray) -> FloatArray:
        projected = _transformed(coordinates, transformer)
        finite = np.isfinite(projected)
        if not finite.all():
            _, owner = shapely.get_coordinates(array, return_index=True)
            at = owner[int(np.argmin(finite.all(axis=1)))]
            message = f"Geometry {at} cannot be taken from '{source.name}' to '{target.name}'."
            raise GeometryRefusedError(message)
        return projected

    result: GeometryArray = shapely.transform(array, project, include_z=False)
    return result


def _transformed(coordinates: FloatArray, transformer: pyproj.Transformer) -> FloatArray:
    return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))


def _refuse_outside_the_zone(array: GeometryArray, source: pyproj.CRS) -> None:
    outside = ~lie_near_their_zone(shapely.bounds(array), source)
    if outside.any():
        message = (
            f"Geometry {int(np.argmax(outside))} lies far outside the area of '{source.name}': "
            "look whether the eastings carry a zone number and whether x and y are in the right order."
        )
        raise GeometryRefusedError(message)


def require_same_crs(*frames: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Return the one reference system of all frames.

    GeoPandas warns and goes on when the systems differ, and an overlay of mismatched layers then has no rows, which reads as "no conflict".

    Raises
    ------
    CRSMismatchError
        If they differ, if one names none, or if there is no frame.

    Examples
    --------
    >>> import geopandas
    >>> require_same_crs(geopandas.GeoSeries([], crs=4490), geopandas.GeoSeries([], crs=4490)).to_epsg()
    4490
    """
    first: pyproj.CRS | None = None
    for frame in frames:
        if frame.crs is None:
            message = "A layer names no reference system."
            raise CRSMismatchError(message)
        first = first or frame.crs
        if frame.crs != first:
            message = f"The layers are in different reference systems: '{first.name}' and '{frame.crs.name}'."
            raise CRSMismatchError(message)
    if first is None:
        message = "There is no layer to take the reference system from."
        raise CRSMismatchError(message)
    return first


def require_area_plane(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Refuse a frame that is not in the area plane.

    Raises
    ------
    CRSMismatchError
    """
    if frame.crs is None or frame.crs != AREA_PLANE:
        name = "none" if frame.crs is None else f"'{frame.crs.name}'"
        message = f"This needs the area plane ('{AREA_PLANE.name}', see to_area_plane), the layer's reference system is {name}."
        raise CRSMismatchError(message)
