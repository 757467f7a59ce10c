"""Buffers whose arcs are true to the centimetre, whatever their radius."""

from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray

__all__ = ["buffer_to_the_centimetre"]

_FARTHEST_FROM_ARC_M: Final = 0.01


def buffer_to_the_centimetre(geometries: GeometryArray, radius_m: FloatArray) -> GeometryArray:
    """Buffer geometries of a metric plane; chords stay within a centimetre inside of the arc that they stand for.

    Parameters
    ----------
    geometries : ndarray of geometry, shape (n,)
    radius_m : ndarray of float64, shape (n,)
        Positive or 0.

    Returns
    -------
    ndarray of geometry, shape (n,)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> circle = buffer_to_the_centimetre(np.array([shapely.Point(0, 0)], dtype=object), np.array([1000.0]))[0]
    >>> bool(shapely.distance(circle.exterior, shapely.Point(0, 0)) > 999.99)
    True
    """
    # A chord over the angle a lies r (1 - cos(a / 2)) inside of its arc.
    angle = 2 * np.arccos(np.maximum(1 - _FARTHEST_FROM_ARC_M / np.maximum(radius_m, _FARTHEST_FROM_ARC_M), 0.0))
    segments = np.maximum(np.ceil(np.pi / 2 / angle), 8).astype(np.int64)
    buffered = np.empty(len(geometries), dtype=object)
    for count in np.unique(segments):
        members = segments == count
        buffered[members] = shapely.buffer(geometries[members], radius_m[members], quad_segs=int(count))
    return buffered
