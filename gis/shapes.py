"""Area, width and length of polygons on the ground, and the test for slivers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.area_plane import to_local_metres, true_scale
from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput
from gis.rings import rings_in_order

__all__ = [
    "ShapeMeasures",
    "SliverThresholds",
    "is_sliver",
    "may_be_sliver",
    "mean_width",
    "measure_shapes",
    "perimeters_on_the_ground_m",
]

_DIGITS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SliverThresholds:
    """When a polygon is a sliver: enough signs of smallness and enough signs of thinness.

    All limits count themselves in (≤ and ≥). They are rule data: the caller takes them from the parameter table.

    Attributes
    ----------
    area_max_m2, bounding_width_max_m, mean_width_max_m : float
        Signs of smallness: area, short side of the smallest enclosing rectangle, and 2 A / P are at most this.
    elongation_min, shape_index_min, boundary_ratio_min : float
        Signs of thinness: long side over short side of the rectangle, P / (2 √(π A)), and P² / A are at least this.
    compactness_max : float
        Sign of thinness: 4 π A / P² is at most this.
    smallness_signs_min, thinness_signs_min : int
        How many of the three and of the four signs make a sliver.
    """

    area_max_m2: float
    bounding_width_max_m: float
    mean_width_max_m: float
    elongation_min: float
    compactness_max: float
    shape_index_min: float
    boundary_ratio_min: float
    smallness_signs_min: int
    thinness_signs_min: int


@dataclass(frozen=True, slots=True)
class ShapeMeasures:
    """Measures on the ground of n polygons, arrays of float64 of shape (n,), NaN for None; widths of an empty polygon are 0."""

    area_m2: FloatArray
    perimeter_m: FloatArray
    mean_width_m: FloatArray
    bounding_width_m: FloatArray
    bounding_length_m: FloatArray


def measure_shapes(geoms: GeometryInput) -> ShapeMeasures:
    """Measure polygons of the area plane on the ground.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        In the area plane.

    Returns
    -------
    ShapeMeasures
        ``mean_width_m`` is 2 A / P; the bounding sides are those of the enclosing rectangle of least area, however it is turned.

    Examples
    --------
    >>> import shapely
    >>> from gis.area_plane import to_area_plane
    >>> strip = measure_shapes(to_area_plane([shapely.box(113, 28, 113.01, 28.0001)]))
    >>> round(float(strip.mean_width_m[0]), 1), round(float(strip.bounding_length_m[0]))
    (11.0, 984)
    """
    local = to_local_metres(geoms)
    area, perimeter = shapely.area(local), shapely.length(local)
    width, length = _bounding_sides(local)
    return ShapeMeasures(area, perimeter, mean_width(area, perimeter), width, length)


def perimeters_on_the_ground_m(polygons: GeometryArray) -> FloatArray:
    """Return the perimeters of polygons of the area plane as :func:`gis.area_plane.to_local_metres` has them, without making other polygons.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (n,)
        Their holes count.

    Examples
    --------
    >>> import shapely
    >>> from gis.area_plane import to_area_plane
    >>> perimeters_on_the_ground_m(to_area_plane([shapely.box(113, 28, 113.01, 28.01)])).round(1).tolist()
    [4183.5]
    """
    polygon_of, _, sizes = rings_in_order(polygons)
    bounds = shapely.bounds(polygons)
    owner = np.repeat(polygon_of, sizes)[1:]
    scale = true_scale((bounds[:, 1] + bounds[:, 3]) / 2)[owner]
    steps = np.diff(shapely.get_coordinates(polygons), axis=0)
    lengths = np.hypot(steps[:, 0] * scale, steps[:, 1] / scale)
    # From the end of one ring to the beginning of the next there is no edge.
    lengths[np.cumsum(sizes)[:-1] - 1] = 0
    return np.bincount(owner, weights=lengths, minlength=len(polygons)).astype(np.float64, copy=False)


def mean_width(area: npt.NDArray[Any], perimeter: npt.NDArray[Any]) -> FloatArray:
    """Return 2 A / P, 0 where the perimeter is 0, NaN where there is none."""
    widths: FloatArray = np.where(np.isnan(perimeter), np.nan, 0.0)
    np.divide(2 * area, perimeter, out=widths, where=perimeter > 0)
    return widths


def _bounding_sides(local: GeometryArray) -> tuple[FloatArray, FloatArray]:
    rectangles = shapely.oriented_envelope(local)
    rectangles[shapely.get_type_id(rectangles) != shapely.GeometryType.POLYGON.value] = None
    # The enclosing rectangle of something without width is a line.
    flat = shapely.is_missing(rectangles)
    length = np.where(flat, shapely.length(local) / 2, 0.0)
    width = np.where(shapely.is_missing(local), np.nan, 0.0)
    corners = shapely.get_coordinates(rectangles).reshape(-1, 5, 2)
    sides = np.hypot(*np.moveaxis(np.diff(corners[:, :3], axis=1), 2, 0))
    length[~flat], width[~flat] = sides.max(axis=1), sides.min(axis=1)
    return width, length


def is_sliver(shapes: ShapeMeasures, thresholds: SliverThresholds) -> BoolArray:
    """Tell which shapes are slivers.

    Parameters
    ----------
    shapes : ShapeMeasures
        Of n single polygons: the parts of an overlap, not all of them together.
    thresholds : SliverThresholds

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> import shapely
    >>> from gis.area_plane import to_area_plane
    >>> customary = SliverThresholds(
    ...     area_max_m2=1000, bounding_width_max_m=5, mean_width_max_m=5, smallness_signs_min=1,
    ...     elongation_min=5, compactness_max=0.25, shape_index_min=2, boundary_ratio_min=40, thinness_signs_min=2)
    >>> places = [shapely.box(113, 28, 113.001, 28.00001), shapely.box(113, 28, 113.001, 28.001)]
    >>> is_sliver(measure_shapes(to_area_plane(places)), customary).tolist()
    [True, False]
    """
    area, perimeter = shapes.area_m2, shapes.perimeter_m
    smallness = [
        area <= thresholds.area_max_m2,
        shapes.bounding_width_m <= thresholds.bounding_width_max_m,
        shapes.mean_width_m <= thresholds.mean_width_max_m,
    ]
    elongated = shapes.bounding_length_m >= thresholds.elongation_min * shapes.bounding_width_m
    thinness = [elongated, *_thin_for_its_area(area, perimeter, thresholds)]
    return _are_enough(smallness, thinness, thresholds)


def may_be_sliver(area_m2: FloatArray, perimeter_m: FloatArray, thresholds: SliverThresholds) -> BoolArray:
    """Tell which polygons can be slivers by area and perimeter alone: around the others no rectangle need be put.

    Parameters
    ----------
    area_m2, perimeter_m : ndarray of float64, shape (n,)
        Of single polygons, on the ground.
    thresholds : SliverThresholds

    Returns
    -------
    ndarray of bool, shape (n,)
        Where it is False, :func:`is_sliver` is.
    """
    # What differs from the measures of the polygon in the last digits is taken for thinner.
    area, perimeter = area_m2 * (1 - _DIGITS), perimeter_m * (1 + _DIGITS)
    width = mean_width(area, perimeter)
    # The short side of the enclosing rectangle is never less than 2 A / P; the long one may be anything.
    smallness = [
        area <= thresholds.area_max_m2,
        width <= thresholds.bounding_width_max_m,
        width <= thresholds.mean_width_max_m,
    ]
    thinness = [np.ones(len(area), dtype=bool), *_thin_for_its_area(area, perimeter, thresholds)]
    return _are_enough(smallness, thinness, thresholds)


def _thin_for_its_area(area: FloatArray, perimeter: FloatArray, thresholds: SliverThresholds) -> list[BoolArray]:
    # Multiplied out, so that a polygon without width divides nothing by zero.
    return [
        4 * np.pi * area <= thresholds.compactness_max * perimeter**2,
        perimeter >= thresholds.shape_index_min * 2 * np.sqrt(np.pi * np.abs(area)),
        perimeter**2 >= thresholds.boundary_ratio_min * area,
    ]


def _are_enough(smallness: list[BoolArray], thinness: list[BoolArray], thresholds: SliverThresholds) -> BoolArray:
    enough_small: BoolArray = np.sum(smallness, axis=0) >= thresholds.smallness_signs_min
    enough_thin: BoolArray = np.sum(thinness, axis=0) >= thresholds.thinness_signs_min
    return enough_small & enough_thin
