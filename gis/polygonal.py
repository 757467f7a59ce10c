"""Taking apart what an operation returned: its simple parts, and what of it is areal."""

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, GeometryInput, IntArray, as_geometry_array

__all__ = ["areal_part", "polygonal_part", "simple_parts"]

_POLYGON = shapely.GeometryType.POLYGON.value
_FIRST_COMPOUND_TYPE = shapely.GeometryType.MULTIPOINT.value
_MULTIPOLYGON = shapely.GeometryType.MULTIPOLYGON.value


def simple_parts(geoms: GeometryInput) -> tuple[GeometryArray, IntArray]:
    """Split multipart geometries and collections, however deeply nested, into points, lines and polygons.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Any type, in any plane. None and empty geometries have no parts.

    Returns
    -------
    parts : ndarray of geometry, shape (m,)
        In the order of the input.
    source_index : ndarray of int64, shape (m,)
        The position that each part comes from.

    Examples
    --------
    >>> import shapely
    >>> parts, source_index = simple_parts([None, shapely.MultiPoint([(0, 0), (1, 1)])])
    >>> source_index.tolist()
    [1, 1]
    """
    array = as_geometry_array(geoms)
    parts, owner = shapely.get_parts(array, return_index=True)
    while (shapely.get_type_id(parts) >= _FIRST_COMPOUND_TYPE).any():
        parts, position = shapely.get_parts(parts, return_index=True)
        owner = owner[position]
    filled = ~shapely.is_empty(parts)
    return parts[filled], owner[filled].astype(np.int64)


def polygonal_part(geoms: GeometryInput) -> GeometryArray:
    """Keep polygons, drop the points and lines that an intersection or a repair leaves beside them.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Any type, in any plane. The parts of one collection are taken as they are, they are not merged.

    Returns
    -------
    ndarray of MultiPolygon or None, shape (n,)
        None where nothing areal is left: None, empty, points, lines. Z is kept.

    Examples
    --------
    >>> import shapely
    >>> mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(5, 5)])
    >>> [None if part is None else part.wkt for part in polygonal_part([mixed, shapely.Point(0, 0)])]
    ['MULTIPOLYGON (((1 0, 1 1, 0 1, 0 0, 1 0)))', None]
    """
    result = areal_part(geoms)
    single = np.flatnonzero(shapely.get_type_id(result) == _POLYGON)
    result[single] = shapely.multipolygons(result[single], indices=np.arange(len(single)))
    return result


def areal_part(geoms: GeometryInput) -> GeometryArray:
    """Do what :func:`polygonal_part` does, but leave a single polygon as it is: a Polygon.

    Examples
    --------
    >>> import shapely
    >>> [None if part is None else part.geom_type for part in areal_part([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)])]
    ['Polygon', None]
    """
    result = as_geometry_array(geoms)
    types = shapely.get_type_id(result)
    areal: BoolArray = (types == _POLYGON) | (types == _MULTIPOLYGON)
    rest = np.flatnonzero((types > _POLYGON) & ~areal)
    compound = result[rest]
    result[~areal | shapely.is_empty(result)] = None
    if len(rest) == 0:
        return result
    parts, owner = simple_parts(compound)
    polygons = shapely.get_type_id(parts) == _POLYGON
    if polygons.any():
        owners, indices = np.unique(rest[owner[polygons]], return_inverse=True)
        result[owners] = shapely.multipolygons(parts[polygons], indices=indices)
    return result
