"""The reference system of an output, and geometries in it."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyproj
import shapely

from gis.arrays import GeometryArray, GeometryInput, as_geometry_array
from gis.crs import project_geometries, require_exact_path
from gis.errors import CRSRefusedError

__all__ = ["is_in_degrees", "output_crs", "place_geometries", "promote_to_multi"]

_MULTI: Final[dict[int, Callable[..., GeometryArray]]] = {
    shapely.GeometryType.POINT.value: shapely.multipoints,
    shapely.GeometryType.LINESTRING.value: shapely.multilinestrings,
    shapely.GeometryType.POLYGON.value: shapely.multipolygons,
}


def output_crs(crs: pyproj.CRS | str) -> pyproj.CRS:
    """Return a reference system that can be written in.

    Raises
    ------
    CRSRefusedError
        It does not exist, or is not on CGCS2000 or WGS 84.

    Examples
    --------
    >>> from gis.formats.writing.projecting import output_crs
    >>> output_crs("EPSG:4526").name
    'CGCS2000 / 3-degree Gauss-Kruger zone 38'
    """
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CRSRefusedError(f"{crs!r} is no coordinate reference system.") from error
    require_exact_path(found)
    return found


def is_in_degrees(crs: pyproj.CRS) -> bool:
    """Whether coordinates in a system are longitude and latitude."""
    return bool(crs.is_geographic and crs.axis_info[0].unit_name.lower() == "degree")


def place_geometries(geoms: GeometryInput, crs: pyproj.CRS) -> GeometryArray:
    """Take geometries from longitude and latitude to the system they are written in, easting or longitude first.

    Raises
    ------
    GeometryRefusedError
    """
    array = as_geometry_array(geoms)
    if is_in_degrees(crs):
        placed: GeometryArray = shapely.force_2d(array)
        return placed
    return project_geometries(array, crs)


def promote_to_multi(geoms: GeometryArray) -> GeometryArray:
    """Make every point, line and polygon a multipart geometry of one part, as layers of one type need it."""
    result = geoms.copy()
    types = shapely.get_type_id(geoms)
    for kind, gather in _MULTI.items():
        members = np.flatnonzero(types == kind)
        if len(members):
            result[members] = gather(geoms[members], indices=np.arange(len(members)))
    return result
