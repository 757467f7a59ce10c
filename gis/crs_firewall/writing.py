"""How coordinates are written: degrees or metres, which first, with a zone number or without. Told from their size alone."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Writing", "WrittenBounds", "tell_writing"]


class Writing(StrEnum):
    """A way to write coordinates, x first."""

    LON_LAT = "lon_lat"
    LAT_LON = "lat_lon"
    EAST_NORTH = "east_north"
    NORTH_EAST = "north_east"
    ZONED_EAST_NORTH = "zoned_east_north"
    ZONED_NORTH_EAST = "zoned_north_east"
    OTHER_METRES = "other_metres"

    @property
    def is_degrees(self) -> bool:
        """Whether the numbers are degrees."""
        return self in {Writing.LON_LAT, Writing.LAT_LON}

    @property
    def is_swapped(self) -> bool:
        """Whether the northing or the latitude comes first."""
        return self in {Writing.LAT_LON, Writing.NORTH_EAST, Writing.ZONED_NORTH_EAST}

    @property
    def has_zone(self) -> bool:
        """Whether a zone number stands before the easting."""
        return self in {Writing.ZONED_EAST_NORTH, Writing.ZONED_NORTH_EAST}

    @property
    def title_zh(self) -> str:
        """The way in Chinese."""
        return _TITLES[self][0]

    @property
    def title_en(self) -> str:
        """The way in English."""
        return _TITLES[self][1]


_TITLES: Final = {
    Writing.LON_LAT: ("度（经度, 纬度）", "degrees (lon, lat)"),
    Writing.LAT_LON: ("度（纬度, 经度）", "degrees (lat, lon)"),
    Writing.EAST_NORTH: ("米（东, 北）", "metres (easting, northing)"),
    Writing.NORTH_EAST: ("米（北, 东）", "metres (northing, easting)"),
    Writing.ZONED_EAST_NORTH: ("米（带号东, 北）", "metres (easting with zone, northing)"),
    Writing.ZONED_NORTH_EAST: ("米（北, 带号东）", "metres (northing, easting with zone)"),
    Writing.OTHER_METRES: ("米", "metres"),
}

# China reaches from 73.5 to 135.1 degrees east and from 3.4 to 53.6 degrees north, so that longitude and latitude cannot be taken for each other.
_CHINA_LON: Final = (73.0, 136.0)
_CHINA_LAT: Final = (3.0, 54.0)
# Gauss-Krueger on the same ground: 300 km either side of a meridian at 500 km, 330 to 5,990 km north of the equator.
_EASTING: Final = (100_000.0, 900_000.0)
_NORTHING: Final = (1_000_000.0, 6_200_000.0)
_NORTHING_WITH_ZONE: Final = (300_000.0, 6_200_000.0)
_ZONE_UNIT: Final = 1_000_000.0
_ZONES: Final = (13, 45)
#: The least and the most coordinate of each feature along one axis.
_Span: TypeAlias = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class WrittenBounds:
    """The bounds of the features that have some, the row of each (counted from 1), and the way most of them are written.

    ``counts`` has every way that occurs, the most frequent first; ``first_rows`` the first row of each.
    """

    bounds: FloatArray
    rows: IntArray
    writing: Writing | None
    counts: dict[Writing, int]
    first_rows: dict[Writing, int]

    @property
    def centre(self) -> tuple[float, float]:
        """The median of the features' centres, in x and y of the file."""
        centres = (self.bounds[:, :2] + self.bounds[:, 2:]) / 2
        x, y = np.median(centres, axis=0)
        return float(x), float(y)

    @property
    def zones(self) -> list[int]:
        """The zone numbers before the eastings, the most frequent first; empty where the eastings have none."""
        if self.writing is None or not self.writing.has_zone:
            return []
        column = 1 if self.writing.is_swapped else 0
        middle = (self.bounds[:, column] + self.bounds[:, column + 2]) / 2
        counted = Counter((middle // _ZONE_UNIT).astype(int).tolist())
        return [zone for zone, _ in counted.most_common()]


def tell_writing(bounds: FloatArray) -> WrittenBounds:
    """Tell how a file writes its coordinates.

    Parameters
    ----------
    bounds : ndarray of float64, shape (n, 4)
        minx, miny, maxx, maxy of each feature as the file has them; NaN where there is no geometry.

    Returns
    -------
    WrittenBounds
        Of the features that are written as most are.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.crs_firewall.writing import tell_writing
    >>> tell_writing(np.array([[28.2, 113.0, 28.3, 113.1]])).writing
    <Writing.LAT_LON: 'lat_lon'>
    """
    rows = np.flatnonzero(np.isfinite(bounds).all(axis=1)).astype(np.int64)
    present = bounds[rows]
    if len(rows) and _lie_in_china(present):
        # Nothing else can be meant: the usual case, in one comparison.
        way = Writing.LON_LAT
        return WrittenBounds(present, rows + 1, way, {way: len(rows)}, {way: int(rows[0]) + 1})
    ways = _ways(present)
    _read_as_the_others(present, ways)
    counts = {Writing(way): count for way, count in Counter(ways.tolist()).most_common()}
    first_rows = {way: int(rows[np.argmax(ways == way)]) + 1 for way in counts}
    most = next(iter(counts), None)
    chosen = ways == most
    return WrittenBounds(present[chosen], rows[chosen] + 1, most, counts, first_rows)


def _lie_in_china(bounds: FloatArray) -> bool:
    """Whether all lie in China when they are read as longitude and latitude."""
    (west, east), (south, north) = _CHINA_LON, _CHINA_LAT
    return bool((bounds >= (west, south, west, south)).all() and (bounds <= (east, north, east, north)).all())


def _ways(bounds: FloatArray) -> npt.NDArray[np.object_]:
    x, y = _span(bounds[:, [0, 2]]), _span(bounds[:, [1, 3]])
    ways = np.full(len(bounds), Writing.OTHER_METRES.value, dtype=object)

    def mark(way: Writing, first: _Span, second: _Span, east: tuple[float, float], north: tuple[float, float]) -> None:
        ways[_within(first, east) & _within(second, north)] = way.value

    zoned = (_ZONES[0] * _ZONE_UNIT, (_ZONES[1] + 1) * _ZONE_UNIT)
    mark(Writing.EAST_NORTH, x, y, _EASTING, _NORTHING)
    mark(Writing.NORTH_EAST, y, x, _EASTING, _NORTHING)
    for way, east, north in ((Writing.ZONED_EAST_NORTH, x, y), (Writing.ZONED_NORTH_EAST, y, x)):
        rest = _span(np.column_stack([limit - np.floor(limit / _ZONE_UNIT) * _ZONE_UNIT for limit in east]))
        ways[_within(east, zoned) & _within(rest, _EASTING) & _within(north, _NORTHING_WITH_ZONE)] = way.value
    mark(Writing.LON_LAT, x, y, (-180.0, 180.0), (-90.0, 90.0))
    mark(Writing.LAT_LON, y, x, _CHINA_LON, _CHINA_LAT)
    # Longitudes beyond 90 cannot be latitudes, so that swapped degrees are told elsewhere in the world as well.
    beyond = _within(x, (-90.0, 90.0)) & _within(y, (-180.0, 180.0)) & ~_within(y, (-90.0, 90.0))
    ways[beyond] = Writing.LAT_LON.value
    return ways


def _read_as_the_others(bounds: FloatArray, ways: npt.NDArray[np.object_]) -> None:
    """Read a pair that may be either order, as in the far north at the longitudes of Europe, like a file that is elsewhere than in China."""
    straight = ways == Writing.LON_LAT.value
    if straight.sum() * 2 <= len(ways):
        return
    lon, lat = np.median((bounds[straight, :2] + bounds[straight, 2:]) / 2, axis=0)
    if not (_CHINA_LON[0] <= lon <= _CHINA_LON[1] and _CHINA_LAT[0] <= lat <= _CHINA_LAT[1]):
        ways[(ways == Writing.LAT_LON.value) & _within(_span(bounds[:, [1, 3]]), (-90.0, 90.0))] = Writing.LON_LAT.value


def _span(values: FloatArray) -> _Span:
    one, other = values.T
    return np.minimum(one, other), np.maximum(one, other)


def _within(span: _Span, limits: tuple[float, float]) -> BoolArray:
    (least, most), (low, high) = span, limits
    return np.asarray((least >= low) & (most <= high), dtype=bool)
