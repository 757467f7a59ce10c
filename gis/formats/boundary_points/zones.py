"""Which zone the coordinates of a boundary-point file are in, and the reference system that follows."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pyproj

from gis.formats.boundary_points.faults import BoundaryPointFaultKind as Kind
from gis.formats.boundary_points.model import BoundaryPoint, BoundaryPointFault, HeadAttribute
from gis.formats.boundary_points.parsing import RawPlot

__all__ = [
    "CGCS2000",
    "ZONE_UNIT_M",
    "Datum",
    "check_zones",
    "datum_of",
    "put_axes_right",
    "zone_crs",
    "zone_stated",
    "zone_width",
    "zones_of_points",
]

#: What one zone number adds to an easting.
ZONE_UNIT_M: Final = 1_000_000
_THREE_DEGREES: Final = range(25, 46)
_SIX_DEGREES: Final = range(13, 24)

Datum = str
CGCS2000: Final = "CGCS2000"
XIAN_1980: Final = "Xian 1980"
BEIJING_1954: Final = "Beijing 1954"

# What is added to a zone number to give the EPSG code of the system whose eastings carry it: 3 degrees, 6 degrees.
_EPSG_OFFSETS: Final = {CGCS2000: (4488, 4478), XIAN_1980: (2324, 2314), BEIJING_1954: (2376, 21400)}


def zone_width(zone: int) -> int | None:
    """Return the width of a zone in degrees, told from its number: in China the two ranges do not meet."""
    if zone in _THREE_DEGREES:
        return 3
    return 6 if zone in _SIX_DEGREES else None


@lru_cache(maxsize=128)
def zone_crs(zone: int, datum: Datum) -> pyproj.CRS | None:
    """Return the reference system of a zone, eastings with its number; None for a number that is no zone of China.

    Examples
    --------
    >>> from gis.formats.boundary_points.zones import zone_crs
    >>> zone_crs(38, "CGCS2000").to_epsg(), zone_crs(20, "CGCS2000").name
    (4526, 'CGCS2000 / Gauss-Kruger zone 20')
    """
    width = zone_width(zone)
    if width is None:
        return None
    three, six = _EPSG_OFFSETS[datum]
    return pyproj.CRS.from_epsg((three if width == 3 else six) + zone)


def datum_of(text: str) -> Datum | None:
    """Tell the datum from what a file calls its coordinate system.

    Examples
    --------
    >>> from gis.formats.boundary_points.zones import datum_of
    >>> datum_of("2000国家大地坐标系"), datum_of("80国家大地坐标系"), datum_of("地方坐标系")
    ('CGCS2000', 'Xian 1980', None)
    """
    if "2000" in text:
        return CGCS2000
    if "80" in text or "西安" in text:
        return XIAN_1980
    return BEIJING_1954 if "54" in text or "北京" in text else None


def zone_stated(attributes: Sequence[HeadAttribute], line: int) -> int | None:
    """Return the zone that the head above a line states; a file put together of several has several heads."""
    above = [item for item in attributes if item.key == "带号" and item.value]
    for item in sorted(above, key=lambda item: (item.line > line, -item.line)):
        if item.value.isascii() and item.value.isdecimal() and len(item.value) <= 2 and zone_width(int(item.value)):
            return int(item.value)
    return None


def put_axes_right(plot: RawPlot) -> list[BoundaryPoint]:
    """Return the points of a plot, those with the easting first turned round; one fault tells of it.

    A northing of China has up to seven digits, an easting with zone number eight, one without six.
    """
    turned, first = [], None
    for point in plot.points:
        x, y = abs(point.northing), abs(point.easting)
        has_prefix = x >= 10 * ZONE_UNIT_M > y
        has_none = 100_000 <= x < ZONE_UNIT_M <= y < 10 * ZONE_UNIT_M
        if not (has_prefix or has_none):
            turned.append(point)
            continue
        first = first or point
        turned.append(BoundaryPoint(point.line, point.number, point.ring, point.northing, point.easting))
    if first is not None:
        plot.report(first.line, Kind.SWAPPED_AXES, f"{first.northing:.3f},{first.easting:.3f}")
    return turned


def zones_of_points(points: Sequence[BoundaryPoint], stated: int | None) -> tuple[list[int | None], list[float]]:
    """Return the zone of each point and its easting with the zone number.

    An easting of eight digits carries its zone, any other takes the stated one.
    """
    eastings = np.array([point.easting for point in points], dtype=np.float64)
    prefixes = np.floor(eastings / ZONE_UNIT_M)
    zones: list[int | None] = []
    complete: list[float] = []
    for easting, prefix in zip(eastings.tolist(), prefixes.tolist(), strict=True):
        if prefix >= 10:
            zones.append(int(prefix))
            complete.append(easting)
        else:
            zones.append(stated)
            complete.append(easting + (stated or 0) * ZONE_UNIT_M)
    return zones, complete


def check_zones(
    plot: RawPlot, points: Sequence[BoundaryPoint], zones: Sequence[int | None], stated: int | None
) -> int | None:
    """Return the one zone of a plot's points, or note why there is none; note where it is not the stated one."""
    for point, zone in zip(points, zones, strict=True):
        if zone is None or zone_width(zone) is None:
            plot.faults.append(BoundaryPointFault(point.line, Kind.ZONE_UNKNOWN, f"{point.easting:.3f}"))
            return None
        if zone != zones[0]:
            plot.faults.append(BoundaryPointFault(point.line, Kind.SEVERAL_CRS, f"{point.easting:.3f}", str(zones[0])))
            return None
    if not points:
        return None
    if stated is not None and zones[0] != stated:
        plot.faults.append(
            BoundaryPointFault(points[0].line, Kind.ZONE_MISMATCH, f"{points[0].easting:.3f}", str(stated))
        )
    return zones[0]
