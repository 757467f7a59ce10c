"""How wide a polygon is at its widest place: the diameter of the largest circle inside it."""

from typing import Final

import numpy as np
import shapely

from gis.area_plane import to_local_metres
from gis.arrays import BoolArray, FloatArray, GeometryArray
from gis.shapes import ShapeMeasures

__all__ = ["is_within_width", "largest_width"]

_HALVINGS: Final = 16
_EXACT: Final = 1e-4


def is_within_width(local: GeometryArray, width_m: float) -> BoolArray:
    """Tell which polygons are nowhere wider than this, shape (n,).

    Parameters
    ----------
    local : ndarray of Polygon, shape (n,)
        In metres, about an origin nearby (see :func:`gis.area_plane.to_local_metres`).
    width_m : float
    """
    within: BoolArray = shapely.is_empty(shapely.buffer(local, -width_m / 2))
    return within


def largest_width(polygons: GeometryArray, shapes: ShapeMeasures) -> FloatArray:
    """Measure the diameter of the largest circle inside each polygon on the ground, to 1e-4 of it.

    It is at least 2 A / P, at most the short side of the smallest enclosing rectangle and the diameter of a circle of the same area; between these it
    is found by halving, with the boundary moved inwards. Searches for the centre of the circle take long in polygons that are as thin as gaps are.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (n,)
        In the area plane.
    shapes : ShapeMeasures
        Of these polygons.

    Returns
    -------
    ndarray of float64, shape (n,)
        In metres.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.shapes import measure_shapes
    >>> polygons = np.array([shapely.box(0, 0, 1000, 0.002), shapely.Polygon([(0, 0), (4, 0), (0, 3)])], dtype=object)
    >>> largest_width(polygons, measure_shapes(polygons)).round(3).tolist()
    [0.002, 2.0]
    """
    local = to_local_metres(polygons)
    low = shapes.mean_width_m.copy()
    high = np.maximum(low, np.minimum(shapes.bounding_width_m, 2 * np.sqrt(shapes.area_m2 / np.pi)))
    full = ~shapely.is_empty(shapely.buffer(local, -high / 2 * (1 - _EXACT)))
    low[full] = high[full]
    asked = np.flatnonzero(~full & (high > 0))
    for _ in range(_HALVINGS):
        middle = np.sqrt(low[asked] * high[asked])
        fits = ~shapely.is_empty(shapely.buffer(local[asked], -middle / 2))
        low[asked[fits]], high[asked[~fits]] = middle[fits], middle[~fits]
    return low
