"""The areal part of whatever an operation returned."""

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, GeometryInput, as_geometry_array

__all__ = ["polygonal_part"]

_POLYGON = shapely.GeometryType.POLYGON.value
_MULTIPOLYGON = shapely.GeometryType.MULTIPOLYGON.value


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
    array = as_geometry_array(geoms)
    result = np.full(len(array), None, dtype=object)
    filled: BoolArray = ~shapely.is_missing(array) & ~shapely.is_empty(array)
    whole = filled & (shapely.get_type_id(array) == _MULTIPOLYGON)
    result[whole] = array[whole]
    rest = np.flatnonzero(filled & ~whole)
    parts, owner = array[rest], rest
    while (shapely.get_type_id(parts) > _MULTIPOLYGON).any():
        parts, position = shapely.get_parts(parts, return_index=True)
        owner = owner[position]
    parts, position = shapely.get_parts(parts, return_index=True)
    owner = owner[position]
    areal = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    if areal.any():
        owners, indices = np.unique(owner[areal], return_inverse=True)
        result[owners] = shapely.multipolygons(parts[areal], indices=indices)
    return result
