"""Closure: the parts of every polygon add up to it, or an error says which one does not."""

from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray
from gis.errors import ClosureError, GeometryRefusedError

__all__ = ["CLOSURE_M2", "CLOSURE_SHARE", "assert_closure", "closure_tolerance_m2"]

#: The parts of a polygon add up to it to this share of its area,
CLOSURE_SHARE: Final = 1e-9
#: or to this area where that is more: ten square millimetres.
CLOSURE_M2: Final = 1e-5


def closure_tolerance_m2(areas_m2: FloatArray) -> FloatArray:
    """Return by how much the parts of polygons may miss their areas, shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> closure_tolerance_m2(np.array([100.0, 1e6])).tolist()
    [1e-05, 0.001]
    """
    return np.maximum(CLOSURE_SHARE * areas_m2, CLOSURE_M2)


def assert_closure(
    areas_m2: FloatArray, covered_m2: FloatArray, *, layer: str, ids: GeometryArray, polygons: GeometryArray
) -> None:
    """Compare the areas of polygons with those of their parts.

    Parameters
    ----------
    areas_m2, covered_m2 : ndarray of float64, shape (n,)
        The area of each polygon, and the summed area of its parts.
    layer : str
        Named in the error.
    ids : ndarray, shape (n,)
        The one that misses most is named in the error.
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)

    Raises
    ------
    GeometryRefusedError
        If that polygon is not valid: then its area means nothing.
    ClosureError
        If it is valid.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> square = np.array([shapely.box(0, 0, 10, 10)], dtype=object)
    >>> ids = np.array(["A1"], dtype=object)
    >>> assert_closure(shapely.area(square), np.array([99.0]), layer="plan", ids=ids, polygons=square)
    Traceback (most recent call last):
    ...
    gis.errors.ClosureError: 'A1' of layer 'plan' covers 100.000000 m², its parts 99.000000 m². In all, 1 of 1 do not close.
    """
    excess = np.abs(areas_m2 - covered_m2) - closure_tolerance_m2(areas_m2)
    # A comparison with NaN is false, so that an area that is not a number does not close either.
    is_open = ~(excess <= 0)
    if not is_open.any():
        return
    worst = int(np.argmax(np.where(is_open, np.nan_to_num(excess, nan=np.inf), -np.inf)))
    polygon = polygons[worst]
    if polygon is not None and not shapely.is_valid(polygon):
        message = (
            f"{ids[worst]!r} of layer {layer!r} is not valid ({shapely.is_valid_reason(polygon)}): repair it first."
        )
        raise GeometryRefusedError(message)
    message = (
        f"{ids[worst]!r} of layer {layer!r} covers {areas_m2[worst]:.6f} m², its parts {covered_m2[worst]:.6f} m². "
        f"In all, {np.count_nonzero(is_open)} of {len(polygons)} do not close."
    )
    raise ClosureError(message)
