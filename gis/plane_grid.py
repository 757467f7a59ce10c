"""The grid that partitions are computed on: coordinates nearer than this to each other are the same.

Near the axes of the plane double precision tells apart points that are 1e-19 m from each other, and overlays of such polygons go wrong. A grid of
2 ** -32 m takes that away. It changes nothing where coordinates are large: those of the area plane in China are multiples of it as they are.
"""

from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, any_in_rows

__all__ = ["GRID_M", "on_grid", "to_grid"]

#: A quarter of a nanometre, as a power of two so that rounding to it is exact.
GRID_M: Final = 2.0**-32
#: From here on neighbouring numbers of double precision, with 52 bits behind the first, are no less than the grid apart.
_COARSE_M: Final = GRID_M * 2.0**52


def to_grid(coordinates: FloatArray) -> FloatArray:
    """Round coordinates to the grid.

    Examples
    --------
    >>> import numpy as np
    >>> to_grid(np.array([-4e-19, 12587000.1])).tolist()
    [0.0, 12587000.1]
    """
    # Adding 0.0 turns -0.0 into 0.0: equal coordinates have equal bits.
    return np.rint(coordinates / GRID_M) * GRID_M + 0.0


def _are_far_from_the_axes(geometries: GeometryArray) -> bool:
    """Tell whether all coordinates are so large that double precision has nothing between the lines of the grid."""
    bounds = shapely.bounds(geometries)
    low, high = bounds[:, :2], bounds[:, 2:]
    return bool(((low >= _COARSE_M) | (high <= -_COARSE_M) | np.isnan(low)).all())


def on_grid(geometries: GeometryArray) -> GeometryArray:
    """Return geometries with their vertices on the grid, the same objects where they are there already, and the same array where all are."""
    if _are_far_from_the_axes(geometries):
        return geometries
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    rounded = to_grid(coordinates)
    off = np.zeros(len(geometries), dtype=bool)
    off[owner[any_in_rows(rounded != coordinates)]] = True
    if not off.any():
        return geometries
    result = geometries.copy()
    result[off] = shapely.set_coordinates(geometries[off], rounded[off[owner]])
    return result
