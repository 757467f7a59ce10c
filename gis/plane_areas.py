"""Areas in the area plane straight from longitude and latitude, without making the projected polygons."""

from typing import Final

import numpy as np
import shapely

from gis.area_plane import project_coordinates, refuse_outside_the_globe, to_area_plane
from gis.arrays import BoolArray, FloatArray, GeometryArray
from gis.threads import ThreadTeam

__all__ = ["area_in_area_plane_m2"]

_POLYGON: Final = shapely.GeometryType.POLYGON.value
#: The coordinates of so many parcels stay in a processor's own cache from one step to the next.
_CHUNK: Final = 2_000
_QUARTER_TURN: Final = 90.0
_HALF_TURN: Final = 180.0


def area_in_area_plane_m2(array: GeometryArray) -> FloatArray:
    """Measure polygons in the area plane.

    Parameters
    ----------
    array : ndarray of geometry or None, shape (n,)
        (lon, lat) in degrees.

    Returns
    -------
    ndarray of float64, shape (n,)
        Square metres; what ``shapely.area`` says of :func:`gis.area_plane.to_area_plane`, up to the last bits.

    Raises
    ------
    GeometryRefusedError
        See :func:`gis.area_plane.to_area_plane`.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> area_in_area_plane_m2(np.array([shapely.box(113, 28, 113.01, 28.01), None])).round(2).tolist()
    [1089991.29, nan]
    """
    areas = np.zeros(len(array))
    one_ring: BoolArray = shapely.get_type_id(array) == _POLYGON
    one_ring &= shapely.get_num_interior_rings(array) == 0
    rows = np.flatnonzero(one_ring)

    def measure(part: slice) -> bool:
        measured = _areas_of_rings(array[rows[part]])
        if measured is not None:
            areas[rows[part]] = measured
        return measured is not None

    with ThreadTeam() as team:
        per_thread = -(-len(rows) // (_CHUNK * team.size))
        if not all(team.map_slices(measure, len(rows), per_thread=max(per_thread, 1), least=_CHUNK)):
            refuse_outside_the_globe(array)
            # All is well, only far apart: nothing that anybody is in a hurry with.
            one_ring[:] = False
    areas[~one_ring] = shapely.area(to_area_plane(array[~one_ring]))
    return areas


def _areas_of_rings(polygons: GeometryArray) -> FloatArray | None:
    """Return the areas of polygons without holes, or None where a coordinate or an edge has to be looked at first.

    Each ring is measured from its own first vertex. The first and the last vertex are the origin then, so that what the shoelace formula adds between
    the last vertex of one ring and the first of the next is zero.
    """
    coordinates, ring = shapely.get_coordinates(polygons, return_index=True)
    if len(coordinates) == 0:
        return np.zeros(len(polygons))
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    # A comparison with NaN is false.
    if not ((low >= (-_HALF_TURN, -_QUARTER_TURN)) & (high <= (_HALF_TURN, _QUARTER_TURN))).all() or (
        high[0] - low[0] > _HALF_TURN
    ):
        return None
    counts = np.bincount(ring, minlength=len(polygons))
    filled = counts > 0
    first = np.repeat((np.cumsum(counts) - counts)[filled], counts[filled])
    plane = project_coordinates(coordinates)
    x = plane[:, 0] - plane[first, 0]
    y = plane[:, 1] - plane[first, 1]
    doubled = np.bincount(ring[:-1], x[:-1] * y[1:] - x[1:] * y[:-1], minlength=len(polygons))
    area: FloatArray = np.abs(doubled) / 2
    return area
