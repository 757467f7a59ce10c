"""Geometries that occur more than once."""

import numpy as np
import pandas as pd
import shapely

from gis.arrays import GeometryArray, GeometryInput, IntArray, as_geometry_array

__all__ = ["find_duplicate_geometries"]


def find_duplicate_geometries(geoms: GeometryInput) -> IntArray:
    """Find the geometries that repeat an earlier one.

    Two geometries are equal if they have the same vertices after normalisation: the start of a ring, its direction, the order of parts, and
    whether a single polygon is wrapped in a multipolygon do not matter; Z and M are not looked at. A vertex more makes another geometry.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        In any plane.

    Returns
    -------
    ndarray of int64, shape (n,)
        The position of the first equal geometry, -1 where there is no earlier one. None and empty geometries repeat nothing.

    Examples
    --------
    >>> import shapely
    >>> find_duplicate_geometries([shapely.box(0, 0, 1, 1), None, shapely.box(0, 0, 1, 1, ccw=False)]).tolist()
    [-1, -1, 0]
    """
    array = as_geometry_array(geoms)
    first = np.full(len(array), -1, dtype=np.int64)
    filled = np.flatnonzero(~shapely.is_missing(array) & ~shapely.is_empty(array))
    # Equal geometries have equal bounds and as many vertices: only those few are normalised.
    alike = pd.DataFrame(shapely.bounds(array[filled])).assign(vertices=shapely.get_num_coordinates(array[filled]))
    candidates = filled[alike.duplicated(keep=False).to_numpy()]
    with np.errstate(invalid="ignore"):
        normal = shapely.to_wkb(_unwrapped(shapely.normalize(shapely.force_2d(array[candidates]))))
    seen: dict[bytes, int] = {}
    for position, key in zip(candidates.tolist(), normal, strict=True):
        earlier = seen.setdefault(key, position)
        if earlier != position:
            first[position] = earlier
    return first


def _unwrapped(geoms: GeometryArray) -> GeometryArray:
    single = shapely.get_num_geometries(geoms) == 1
    return np.where(single, shapely.get_geometry(geoms, 0), geoms)
