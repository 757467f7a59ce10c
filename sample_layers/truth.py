"""The planted truth: ellipsoidal areas and areas of cut polygons in plain Python.

This is a second, slow implementation of what the service computes with arrays; it shares no code with it. A ring is a
list of points, closed or not. "Geographic" means (longitude, latitude) in degrees, CGCS2000; "plane" means metres in
the cylindrical equal-area plane of that ellipsoid, where the shoelace is the registered area.

References
----------
.. [1] TD/T 1055-2019 《第三次全国国土调查技术规程》, ellipsoidal area (椭球面积) by trapezia between meridians.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

Point = tuple[float, float]
Ring = Sequence[Point]

# CGCS2000: GB 22021-2008, table 1; the squared eccentricity and the polar axis follow from a and 1/f.
SEMI_MAJOR_AXIS_M = 6378137.0
_FLATTENING = 1 / 298.257222101
_POLAR_AXIS_M = SEMI_MAJOR_AXIS_M * (1 - _FLATTENING)
_E2 = _FLATTENING * (2 - _FLATTENING)

# The coefficients A to E of the trapezium formula [1]_, each with the multiple of the latitude that it belongs to.
_SERIES = (
    (1, 1 + 3 / 6 * _E2 + 30 / 80 * _E2**2 + 35 / 112 * _E2**3 + 630 / 2304 * _E2**4),
    (3, -(1 / 6 * _E2 + 15 / 80 * _E2**2 + 21 / 112 * _E2**3 + 420 / 2304 * _E2**4)),
    (5, 3 / 80 * _E2**2 + 7 / 112 * _E2**3 + 180 / 2304 * _E2**4),
    (7, -(1 / 112 * _E2**3 + 45 / 2304 * _E2**4)),
    (9, 5 / 2304 * _E2**4),
)


def trapezium_area_m2(ring: Ring) -> float:
    """Return the ellipsoidal area of one geographic ring by the registered formula, edge by edge.

    Parameters
    ----------
    ring : sequence of (lon, lat)
        Degrees. The direction does not matter; the ring is closed when it is not.

    Returns
    -------
    float
        Square metres, not negative.

    Notes
    -----
    ``S = 2 b^2 dL [A sin(dB/2) cos(Bm) - B sin(3 dB/2) cos(3 Bm) + ...]`` with ``dL`` the mean longitude of the edge
    from any meridian (here the first vertex's, which keeps the sum small), ``dB`` and ``Bm`` the difference and mean
    of the latitudes.

    Examples
    --------
    >>> import pyproj
    >>> from sample_layers.truth import trapezium_area_m2
    >>> to_degrees = pyproj.Transformer.from_crs(4526, 4490, always_xy=True)
    >>> corners = [(38406700, 3125000), (38407200, 3125000), (38407200, 3125400), (38406700, 3125400)]
    >>> round(trapezium_area_m2([to_degrees.transform(*corner) for corner in corners]), 4)
    199957.2802
    """
    meridian = math.radians(ring[0][0])
    total = 0.0
    for (lon_1, lat_1), (lon_2, lat_2) in _edges(ring):
        mean_longitude = (math.radians(lon_1) + math.radians(lon_2)) / 2 - meridian
        half_difference = (math.radians(lat_2) - math.radians(lat_1)) / 2
        mean_latitude = (math.radians(lat_2) + math.radians(lat_1)) / 2
        series = sum(c * math.sin(n * half_difference) * math.cos(n * mean_latitude) for n, c in _SERIES)
        total += 2 * _POLAR_AXIS_M**2 * mean_longitude * series
    return abs(total)


def polygon_area_m2(rings: Sequence[Ring]) -> float:
    """Return the ellipsoidal area of a geographic polygon: the first ring less the others.

    Examples
    --------
    >>> from sample_layers.truth import polygon_area_m2
    >>> shell = [(113.0, 28.0), (113.01, 28.0), (113.01, 28.01), (113.0, 28.01)]
    >>> polygon_area_m2([shell, shell])
    0.0
    """
    return trapezium_area_m2(rings[0]) - sum(trapezium_area_m2(ring) for ring in rings[1:])


def to_plane(ring: Ring) -> list[Point]:
    """Take a geographic ring into the equal-area plane.

    Parameters
    ----------
    ring : sequence of (lon, lat)
        Degrees.

    Returns
    -------
    list of (x, y)
        Metres, x from the meridian 114 E, so that a zone of a few kilometres keeps all its digits.

    Examples
    --------
    >>> from sample_layers.truth import to_plane
    >>> to_plane([(114.0, 0.0)])
    [(0.0, 0.0)]
    """
    return [(SEMI_MAJOR_AXIS_M * math.radians(lon - 114.0), _plane_northing(math.radians(lat))) for lon, lat in ring]


def shoelace_m2(ring: Ring) -> float:
    """Return the area of a plane ring; 0 for fewer than three points.

    Examples
    --------
    >>> from sample_layers.truth import shoelace_m2
    >>> shoelace_m2([(0, 0), (2, 0), (2, 3), (0, 3)])
    6.0
    """
    if len(ring) < 3:
        return 0.0
    x_0, y_0 = ring[0]
    twice = sum((x_1 - x_0) * (y_2 - y_0) - (x_2 - x_0) * (y_1 - y_0) for (x_1, y_1), (x_2, y_2) in _edges(ring))
    return abs(twice) / 2


def clip(subject: Ring, window: Ring) -> list[Point]:
    """Cut a plane polygon with a convex window (Sutherland and Hodgman, 1974).

    Parameters
    ----------
    subject : sequence of (x, y)
        A convex polygon, so that what is left is one polygon.
    window : sequence of (x, y)
        A convex polygon in either direction.

    Returns
    -------
    list of (x, y)
        What they have in common; empty when that is nothing.

    Examples
    --------
    >>> from sample_layers.truth import clip, shoelace_m2
    >>> shoelace_m2(clip([(0, 0), (4, 0), (4, 4), (0, 4)], [(3, -1), (9, -1), (9, 9), (3, 9)]))
    4.0
    """
    kept = _open(subject)
    corners = _open(window)
    if _signed(corners) < 0:
        corners.reverse()
    for start, end in _edges(corners):
        kept = _keep_left(kept, start, end)
    return kept


def covered_area_m2(subject: Ring, windows: Iterable[Ring]) -> float:
    """Return how much of a convex geographic polygon some convex ones cover, each place once.

    Parameters
    ----------
    subject : sequence of (lon, lat)
        Degrees, convex in the plane.
    windows : iterable of rings
        Degrees, convex in the plane; they may overlap each other.

    Returns
    -------
    float
        Square metres, by inclusion and exclusion of the common parts.

    Examples
    --------
    >>> from sample_layers.truth import covered_area_m2, trapezium_area_m2
    >>> box = [(113.0, 28.0), (113.01, 28.0), (113.01, 28.01), (113.0, 28.01)]
    >>> round(covered_area_m2(box, [box, box]) - trapezium_area_m2(box), 4)
    0.0
    """
    listed = list(windows)
    total = 0.0
    for count in range(1, len(listed) + 1):
        for chosen in combinations(listed, count):
            total += (-1) ** (count + 1) * common_area_m2([subject, *chosen])
    return total


def common_area_m2(rings: Sequence[Ring]) -> float:
    """Return the area that convex geographic polygons have in common.

    Examples
    --------
    >>> from sample_layers.truth import common_area_m2
    >>> common_area_m2([[(113, 28), (114, 28), (114, 29)], [(115, 28), (116, 28), (116, 29)]])
    0.0
    """
    common, *others = (to_plane(ring) for ring in rings)
    for window in others:
        common = clip(common, window)
    return shoelace_m2(common)


def crossing_point(first: tuple[Point, Point], second: tuple[Point, Point]) -> Point:
    """Return where the lines through two plane segments cross.

    Examples
    --------
    >>> from sample_layers.truth import crossing_point
    >>> crossing_point(((0, 0), (2, 2)), ((0, 2), (2, 0)))
    (1.0, 1.0)
    """
    (x_1, y_1), (x_2, y_2) = first
    (x_3, y_3), (x_4, y_4) = second
    run_1, rise_1, run_2, rise_2 = x_2 - x_1, y_2 - y_1, x_4 - x_3, y_4 - y_3
    along = ((x_3 - x_1) * rise_2 - (y_3 - y_1) * run_2) / (run_1 * rise_2 - rise_1 * run_2)
    return x_1 + along * run_1, y_1 + along * rise_1


def _plane_northing(latitude: float) -> float:
    # Scaled so that the equator keeps its length, as PROJ's ``cea`` has it; the areas are those of the formula.
    return (
        _POLAR_AXIS_M**2 / SEMI_MAJOR_AXIS_M * sum(coefficient * math.sin(n * latitude) for n, coefficient in _SERIES)
    )


def _open(ring: Ring) -> list[Point]:
    points = list(ring)
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points


def _edges(ring: Ring) -> Iterable[tuple[Point, Point]]:
    points = _open(ring)
    return zip(points, points[1:] + points[:1], strict=True)


def _signed(ring: Ring) -> float:
    return sum(x_1 * y_2 - x_2 * y_1 for (x_1, y_1), (x_2, y_2) in _edges(ring))


def _keep_left(ring: list[Point], start: Point, end: Point) -> list[Point]:
    """Keep the part of a ring on the left of the directed line from ``start`` to ``end``."""
    kept: list[Point] = []
    for point, following in _edges(ring):
        here, there = _side(point, start, end), _side(following, start, end)
        if here >= 0:
            kept.append(point)
        if (here > 0 > there) or (here < 0 < there):
            share = here / (here - there)
            kept.append((point[0] + share * (following[0] - point[0]), point[1] + share * (following[1] - point[1])))
    return kept


def _side(point: Point, start: Point, end: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
