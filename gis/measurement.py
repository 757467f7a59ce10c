"""Areas, lengths, units and the one rounding at output.

Three areas are never mixed up: the *registered* area is a number in a document, the *ellipsoidal* area is the legal measure of the stored
vertices, and the *planar* area is what a drawing in the parcel's own Gauss-Krueger zone gives, which old contracts state.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.arrays import FloatArray, GeometryArray, GeometryInput, as_geometry_array
from gis.crs import (
    FLATTENING,
    SEMI_MAJOR_AXIS_M,
    gauss_kruger_crs,
    gauss_kruger_zones,
    project_geometries,
)
from gis.plane_areas import area_in_area_plane_m2
from gis.polygonal import polygonal_part

__all__ = [
    "SQUARE_METRES_PER_HECTARE",
    "SQUARE_METRES_PER_MU",
    "apportion",
    "ellipsoidal_area_m2",
    "geodesic_area_m2",
    "geodesic_length_m",
    "hectares",
    "mu",
    "nearest_decimal",
    "planar_area_m2",
    "round_half_up",
]

SQUARE_METRES_PER_HECTARE: Final = 10_000
# 15 亩 = 1 公顷, so that 1 亩 is 2000/3 m², not 666.67 m².
SQUARE_METRES_PER_MU: Final = Fraction(2000, 3)
_SQUARE_METRES, _MU_PER = SQUARE_METRES_PER_MU.as_integer_ratio()

# Below this the product of a float and a power of ten is right to a thousandth.
_EXACT_TO: Final = 1e12

# Wide enough for every float, written out.
_WIDE: Final = Context(prec=700)

Number = TypeVar("Number", float, FloatArray)
Quantity = int | float | Decimal | Fraction


def ellipsoidal_area_m2(geoms: GeometryInput) -> FloatArray:
    """Measure the ellipsoidal area (椭球面积) of polygons, the legal area of their stored vertices.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        (lon, lat) in degrees on CGCS2000 or WGS 84.

    Returns
    -------
    ndarray of float64, shape (n,)
        Square metres; 0 for empty geometries, points and lines; NaN for None. Overlapping parts of an invalid geometry count as often as they
        occur: repair first.

    Raises
    ------
    GeometryRefusedError
        See :func:`gis.crs.to_area_plane`.

    References
    ----------
    .. [1] TD/T 1055-2019《第三次全国国土调查技术规程》, 椭球面积计算公式.

    Examples
    --------
    >>> import shapely
    >>> ellipsoidal_area_m2([shapely.box(113, 28, 113.01, 28.01), None]).round(2).tolist()
    [1089991.29, nan]
    """
    return area_in_area_plane_m2(as_geometry_array(geoms))


def planar_area_m2(geoms: GeometryInput) -> FloatArray:
    """Measure polygons in the 3-degree Gauss-Krueger zone that each has the middle of its bounds in.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        (lon, lat) in degrees on CGCS2000 or WGS 84.

    Returns
    -------
    ndarray of float64, shape (n,)
        Square metres; 0 for empty geometries, points and lines; NaN for None. Up to 0.04 % more than the ellipsoidal area inside a zone.

    Examples
    --------
    >>> import shapely
    >>> planar_area_m2([shapely.box(113, 28, 113.01, 28.01)]).round(2).tolist()
    [1090248.92]
    """
    array = as_geometry_array(geoms)
    areas = _area(array)
    bounds = shapely.bounds(array)
    placed = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    zones = gauss_kruger_zones((bounds[placed, 0] + bounds[placed, 2]) / 2)
    for zone in np.unique(zones):
        members = placed[zones == zone]
        areas[members] = _area(project_geometries(array[members], gauss_kruger_crs(int(zone))))
    return areas


def geodesic_area_m2(geoms: GeometryInput) -> FloatArray:
    """Measure polygons whose edges are geodesics of the CGCS2000 ellipsoid.

    PostGIS ``geography`` and most web libraries measure like this. It equals the ellipsoidal area to 1e-4 m² at the size of a parcel and
    differs by 8.8 m² on a square of 10 km. It is computed one by one and slower by an order of magnitude.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        (lon, lat) in degrees on CGCS2000 or WGS 84; rings may run either way.

    Returns
    -------
    ndarray of float64, shape (n,)
        Square metres; 0 for empty geometries, points and lines; NaN for None.

    Examples
    --------
    >>> import shapely
    >>> geodesic_area_m2([shapely.box(113, 28, 113.01, 28.01)]).round(1).tolist()
    [1089991.3]
    """
    array = as_geometry_array(geoms)
    areas = np.where(shapely.is_missing(array), np.nan, 0.0)
    geod = _geod()
    polygons = shapely.orient_polygons(polygonal_part(array), exterior_cw=False)
    for position in np.flatnonzero(~shapely.is_missing(polygons)):
        areas[position] = geod.geometry_area_perimeter(polygons[position])[0]
    return areas


def geodesic_length_m(geoms: GeometryInput) -> FloatArray:
    """Measure lines, or the boundaries of polygons with their holes, along geodesics of the CGCS2000 ellipsoid.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        (lon, lat) in degrees on CGCS2000 or WGS 84; no geometry collections.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; 0 for empty geometries and points; NaN for None.

    Examples
    --------
    >>> import shapely
    >>> geodesic_length_m([shapely.LineString([(113, 28), (113.01, 28)])]).round(2).tolist()
    [983.62]
    """
    array = as_geometry_array(geoms)
    polygonal = shapely.get_dimensions(array) == 2
    lines = np.where(polygonal, shapely.boundary(array), array)
    parts, owner = shapely.get_parts(lines, return_index=True)
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    edge = np.flatnonzero(part[1:] == part[:-1])
    start, end = coordinates[edge], coordinates[edge + 1]
    _, _, lengths = _geod().inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    totals: FloatArray = np.bincount(owner[part[edge]], weights=lengths, minlength=len(array)).astype(np.float64)
    totals[shapely.is_missing(array)] = np.nan
    return totals


@lru_cache(maxsize=1)
def _geod() -> pyproj.Geod:
    return pyproj.Geod(a=SEMI_MAJOR_AXIS_M, f=FLATTENING)


def _area(array: GeometryArray) -> FloatArray:
    areas: FloatArray = np.asarray(shapely.area(array), dtype=np.float64)
    return areas


def hectares(area_m2: Number) -> Number:
    """Convert square metres to hectares (公顷).

    Examples
    --------
    >>> hectares(25_000.0)
    2.5
    """
    return area_m2 / SQUARE_METRES_PER_HECTARE


def mu(area_m2: Number) -> Number:
    """Convert square metres to mu (亩): 15 to the hectare, 2000/3 m² each.

    Examples
    --------
    >>> mu(10_000.0)
    15.0
    """
    return area_m2 * _MU_PER / _SQUARE_METRES


def round_half_up(value: Quantity, places: int) -> Decimal:
    """Round to a number of decimal places, halves away from zero, as a person reads the printed number.

    A float counts as the shortest decimal that stands for it: 2.675 is two and 675 thousandths, although the nearest double is smaller.

    Parameters
    ----------
    value : int, float, Decimal or Fraction
    places : int
        Decimal places to keep, not negative.

    Raises
    ------
    ValueError
        If the value is not finite.

    Examples
    --------
    >>> round_half_up(2.675, 2), round_half_up(0.5, 0), round_half_up(-1.005, 2)
    (Decimal('2.68'), Decimal('1'), Decimal('-1.01'))
    """
    # Numbers are written by the hundred thousand, and nearly all of them are floats, of which no class needs to be asked.
    if places < 0 or (type(value) is not float and isinstance(value, Fraction)):
        return Decimal(_units(_exact(value), places)).scaleb(-places)
    written = Decimal(str(value))
    if not written.is_finite():
        message = f"{value} is not a finite number."
        raise ValueError(message)
    rounded = written.quantize(_last_place(places), ROUND_HALF_UP, _WIDE)
    # Nothing is shown as a negative zero.
    return rounded or abs(rounded)


def nearest_decimal(value: float, places: int) -> float:
    """Round a float as :func:`round_half_up` does, and return the float nearest to it.

    Answers have these numbers by the hundred, and few of them are so near to a half that they have to be written out.

    Parameters
    ----------
    value : float
    places : int
        Decimal places to keep, not negative.

    Raises
    ------
    ValueError
        If the value is not finite.

    Examples
    --------
    >>> nearest_decimal(2.675, 2), nearest_decimal(1234.5678, 2), nearest_decimal(-1.005, 2)
    (2.68, 1234.57, -1.01)
    """
    power = 10.0**places
    scaled = value * power
    if places >= 0 and -_EXACT_TO < scaled < _EXACT_TO:
        units = round(scaled)
        if abs(abs(scaled - units) - 0.5) > 1e-3:
            # A quotient of whole numbers is rounded once, as the written decimal is when it is read.
            return units / power
    return float(round_half_up(value, places))


@cache
def _last_place(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def apportion(parts: Sequence[Quantity] | npt.NDArray[Any], total: Quantity, places: int) -> list[Decimal]:
    """Divide a total among parts in their proportion, so that the rounded parts sum to the rounded total.

    Each part gets its share rounded down; the units that are left go to the largest remainders (of equal ones to the larger part, then to
    the first). No result differs from its share by a whole unit.

    Parameters
    ----------
    parts : sequence of numbers, length n
        None negative. Usually they sum to ``total`` up to the last bits; where they do not, the difference is spread in proportion.
    total : number
        It is rounded half up first.
    places : int
        Decimal places to keep, not negative.

    Returns
    -------
    list of Decimal, length n

    Raises
    ------
    ValueError
        If a part is negative or not finite, or if there is something to divide and no part to take it.

    Examples
    --------
    >>> [str(share) for share in apportion([1, 1, 1], 100, 2)]
    ['33.34', '33.33', '33.33']
    """
    exact = [_exact(part) for part in parts]
    if any(part < 0 for part in exact):
        message = "A part is negative."
        raise ValueError(message)
    whole = sum(exact, Fraction(0))
    units = _units(_exact(total), places)
    if whole == 0:
        if units != 0:
            message = f"There is no part to take the total of {total}."
            raise ValueError(message)
        return [Decimal(0).scaleb(-places) for _ in exact]
    scale = units / whole
    quotas = [part * scale for part in exact]
    floors = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda i: (quotas[i] - floors[i], exact[i]), reverse=True)
    for position in by_remainder[: units - sum(floors)]:
        floors[position] += 1
    return [Decimal(floor).scaleb(-places) for floor in floors]


def _exact(value: Quantity) -> Fraction:
    """Return the number exactly as written, a float as its shortest decimal."""
    try:
        return Fraction(value) if isinstance(value, int | Fraction) else Fraction(Decimal(str(value)))
    except (OverflowError, ArithmeticError, ValueError) as error:
        message = f"{value} is not a finite number."
        raise ValueError(message) from error


def _units(value: Fraction, places: int) -> int:
    """Count the units of 10**-places in a number, halves away from zero."""
    if places < 0:
        message = f"Decimal places cannot be negative, got {places}."
        raise ValueError(message)
    scaled = abs(value) * 10**places
    count: int = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return count if value >= 0 else -count
