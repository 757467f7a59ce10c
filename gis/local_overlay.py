"""Overlays by GEOS for the polygons that touch, run in a local frame.

GEOS computes new points in double precision and, where that fails, snaps within 1e-12 of the largest ordinate. In the area plane, whose
ordinates are some 1e7 m, that would move boundaries by 0.01 mm: too much for the closure that this library promises. Shifted to an origin
nearby, by a whole number of metres and so without rounding, the same computation is a thousand times finer.
"""

from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray
from gis.plane_grid import on_grid
from gis.rings import put_parts

__all__ = [
    "HAIR_WIDTH_M",
    "areal_parts",
    "local_difference",
    "local_intersection",
    "local_origin",
    "local_union",
    "made_valid",
    "shifted",
]

#: Parts with a smaller mean width (2A/P) are rounding: coordinates of the area plane are 2e-9 m apart.
HAIR_WIDTH_M: Final = 1e-8
_MANY_VERTICES: Final = 1000
_REPAIRS: Final = 4
_UNION_SHARE: Final = 1e-12


def local_intersection(left: GeometryArray, right: GeometryArray, *, grid_size: float | None = None) -> GeometryArray:
    """Intersect pair by pair; None where nothing areal is left.

    Parameters
    ----------
    left, right : ndarray of Polygon or MultiPolygon, shape (m,)
        Valid. A polygon with many vertices is cut to the neighbourhood of the other first.
    grid_size : float, optional
        As in ``shapely.intersection``.

    Returns
    -------
    ndarray of Polygon, MultiPolygon or None, shape (m,)

    Raises
    ------
    shapely.errors.GEOSException
        When GEOS cannot make sense of an input.
    """
    origin = local_origin(shapely.total_bounds(left))
    local_left = shifted(_windows(left, shapely.bounds(right)), -origin)
    local_right = shifted(_windows(right, shapely.bounds(left)), -origin)
    return _finished(shapely.intersection(local_left, local_right, grid_size=grid_size), origin)


def local_difference(
    polygons: GeometryArray, neighbours: GeometryArray, *, grid_size: float | None = None
) -> GeometryArray:
    """Subtract from each polygon all of its neighbours; None where nothing areal is left.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (m,)
        Valid.
    neighbours : ndarray of GeometryCollection, shape (m,)
        Polygons that do not overlap one another.
    grid_size : float, optional
        As in ``shapely.difference``.

    Returns
    -------
    ndarray of Polygon, MultiPolygon or None, shape (m,)

    Raises
    ------
    shapely.errors.GEOSException
        When GEOS cannot make sense of an input.
    """
    origin = local_origin(shapely.total_bounds(polygons))
    cutters = np.full(len(polygons), None, dtype=object)
    for position, bounds in enumerate(shapely.bounds(polygons)):
        near = shapely.get_parts(neighbours[position])
        cutters[position] = _union(shifted(_windows(near, np.broadcast_to(bounds, (len(near), 4))), -origin))
    return _finished(shapely.difference(shifted(polygons, -origin), cutters, grid_size=grid_size), origin)


def local_union(collections: GeometryArray, *, grid_size: float | None = None) -> GeometryArray:  # noqa: ARG001 - apply_to_rows passes it
    """Unite in each collection polygons that do not overlap; None where nothing areal is left.

    Raises
    ------
    shapely.errors.GEOSException
        When GEOS cannot make sense of an input.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> halves = shapely.GeometryCollection([shapely.box(8, 8, 9, 9), shapely.box(9, 8, 10, 9)])
    >>> local_union(np.array([halves], dtype=object))[0].bounds
    (8.0, 8.0, 10.0, 9.0)
    """
    origin = local_origin(shapely.total_bounds(collections))
    united = [_union(shapely.get_parts(each)) for each in shifted(collections, -origin)]
    return _finished(np.array(united, dtype=object), origin)


def _union(neighbours: GeometryArray) -> shapely.Geometry:
    """Merge polygons that do not overlap.

    The quick way needs them to share their vertices. Where they do not it raises an error, or returns something invalid or of another area.
    """
    if len(neighbours) == 1:
        single: shapely.Geometry = neighbours[0]
        return single
    area = float(shapely.area(neighbours).sum())
    try:
        merged: shapely.Geometry = shapely.coverage_union_all(neighbours)
    except shapely.errors.GEOSException:
        return shapely.union_all(neighbours)
    trusted = abs(shapely.area(merged) - area) <= _UNION_SHARE * area and shapely.is_valid(merged)
    return merged if trusted else shapely.union_all(neighbours)


def _finished(result: GeometryArray, origin: FloatArray) -> GeometryArray:
    """Take results back from the local frame and keep what is areal in them."""
    return made_valid(areal_parts(on_grid(shifted(result, origin))))


def local_origin(bounds: FloatArray) -> FloatArray:
    """Return whole numbers of metres, shape (2,), whose subtraction brings a box near to zero without rounding.

    An axis that has both signs keeps its origin: near zero a shift would round.
    """
    low, high = bounds[:2], bounds[2:]
    origin: FloatArray = np.where(low > 0, np.floor(low), np.where(high < 0, np.ceil(high), 0.0))
    return origin


def shifted(geometries: GeometryArray, by: FloatArray) -> GeometryArray:
    """Move geometries by a vector, shape (2,)."""
    if not by.any():
        return geometries
    moved: GeometryArray = shapely.transform(geometries, lambda coordinates: coordinates + by)
    return moved


def _windows(polygons: GeometryArray, bounds: FloatArray) -> GeometryArray:
    """Cut polygons with many vertices to boxes with a margin around the given ones, so that inside these nothing changes."""
    large = np.flatnonzero(shapely.get_num_coordinates(polygons) > _MANY_VERTICES)
    if large.size == 0:
        return polygons
    result = polygons.copy()
    low, high = bounds[large, :2], bounds[large, 2:]
    margin = np.maximum(1.0, (high - low) / 10)
    result[large] = shapely.intersection(polygons[large], shapely.box(*(low - margin).T, *(high + margin).T))
    return result


def made_valid(polygons: GeometryArray) -> GeometryArray:
    """Return polygons with those repaired that rounding made touch or cross themselves.

    Where vertices move by a rounding error, a boundary that came so near to itself can touch itself: it then becomes a hole, or two parts. The area
    changes by no more than rounding, too.
    """
    result = polygons.copy()
    invalid = np.arange(len(polygons))
    # A repair has new vertices, which are rounded in their turn; twice in a row that hardly ever goes wrong.
    for _ in range(_REPAIRS):
        invalid = invalid[~(shapely.is_missing(result[invalid]) | shapely.is_valid(result[invalid]))]
        if invalid.size == 0:
            break
        origin = local_origin(shapely.total_bounds(result[invalid]))
        repaired = shapely.make_valid(shifted(result[invalid], -origin), method="structure", keep_collapsed=False)
        result[invalid] = areal_parts(on_grid(shifted(repaired, origin)))
    return result


def areal_parts(geometries: GeometryArray) -> GeometryArray:
    """Keep the polygons that are more than rounding; None where there are none.

    Parameters
    ----------
    geometries : ndarray of any geometry or None, shape (n,)

    Returns
    -------
    ndarray of Polygon, MultiPolygon or None, shape (n,)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> hair = shapely.box(0, 0, 100, 1e-9)
    >>> areal_parts(np.array([hair, shapely.box(5, 5, 6, 6)], dtype=object)).tolist()
    [None, <POLYGON ((6 5, 6 6, 5 6, 5 5, 6 5))>]
    """
    result = np.full(len(geometries), None, dtype=object)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON.value).any():
        parts, position = shapely.get_parts(parts, return_index=True)
        owner = owner[position]
    kept = shapely.area(parts) * 2 > HAIR_WIDTH_M * shapely.length(parts)
    put_parts(result, parts[kept], owner[kept])
    return result
