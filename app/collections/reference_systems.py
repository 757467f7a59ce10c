"""Reference systems of requests and answers (OGC API - Features Part 2), each with the axis order of its authority.

PostGIS, and everything behind it, has x = easting or longitude first. EPSG writes latitude or northing first for 4326, 4490 and every zone of
CGCS2000, so coordinates are turned on their way in and out; CRS84 and 3857 are easting first.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError
from sqlalchemy import ColumnElement, func

from app.collections.boxes import Box, parse_bbox, read_corners
from app.problems import InvalidParameterError
from gis.crs import to_geographic
from gis.errors import GisError

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

__all__ = ["STORAGE_CRS_URI", "SUPPORTED_CRS", "ReferenceSystem", "find_reference_system", "parse_bbox_in"]

_EPSG_URI: Final = "http://www.opengis.net/def/crs/EPSG/0/"
_EPSG: Final = re.compile(r"(?:http://www\.opengis\.net/def/crs/EPSG/[^/]+/|EPSG:|\[EPSG:)(\d{4,6})\]?", re.ASCII)
_CRS84: Final = frozenset({CRS84, "OGC:CRS84", "[OGC:CRS84]", "CRS84"})
#: On CGCS2000 or WGS 84, between which the transformation is null: geographic, Web Mercator, all zones of 3 and of 6 degrees. GDAL takes the first
#: of those that are the same to it, as a zone of 6 degrees is to the one of 3 degrees on its meridian.
_CODES: Final = (4490, 4326, 3857, *range(4513, 4555), *range(4491, 4513))
_WEB_MERCATOR: Final = 3857
#: Degrees of a tenth of a millimetre, and metres of the same.
_DEGREE_DECIMALS: Final = 9
_METRE_DECIMALS: Final = 4
#: Points on each side of a box, which is no box in longitude and latitude.
_POINTS_ON_SIDE: Final = 33

#: What the rows are stored in; the service writes it latitude first.
STORAGE_CRS_URI: Final = f"{_EPSG_URI}4490"
SUPPORTED_CRS: Final = (CRS84, *(f"{_EPSG_URI}{code}" for code in _CODES))


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """A system that may be asked for; ``code`` None is CRS84, longitude and latitude as stored."""

    uri: str
    code: int | None

    @property
    def definition(self) -> pyproj.CRS | None:
        """Return the system itself; None for CRS84."""
        return None if self.code is None else _definition(self.code)

    @property
    def is_north_first(self) -> bool:
        """Whether the authority writes the latitude or the northing first."""
        found = self.definition
        return found is not None and found.axis_info[0].direction == "north"

    @property
    def decimals(self) -> int:
        """Return how many decimals a coordinate is written with."""
        found = self.definition
        return _DEGREE_DECIMALS if found is None or found.is_geographic else _METRE_DECIMALS

    def express(self, geom: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the SQL expression of a stored geometry in this system, in the order of its axes."""
        found = self.definition
        if found is None:
            return geom
        placed = geom
        if not found.is_geographic:
            # The null transformation between CGCS2000 and WGS 84 is made by taking the numbers as they are.
            base = 4326 if self.code == _WEB_MERCATOR else 4490
            placed = func.ST_Transform(func.ST_SetSRID(geom, base), self.code)
        turned: ColumnElement[Any] = func.ST_FlipCoordinates(placed) if self.is_north_first else placed
        return turned


@cache
def _definition(code: int) -> pyproj.CRS:
    return pyproj.CRS.from_epsg(code)


def find_reference_system(parameter: str, text: str | None) -> ReferenceSystem:
    """Return the system that a parameter names; CRS84 where it is left out.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> from app.collections.reference_systems import find_reference_system
    >>> zone = find_reference_system("crs", "http://www.opengis.net/def/crs/EPSG/0/4526")
    >>> zone.code, zone.is_north_first
    (4526, True)
    """
    if text is None or text in _CRS84:
        return ReferenceSystem(CRS84, None)
    found = _EPSG.fullmatch(text)
    code = 0 if found is None else int(found[1])
    if code not in _CODES:
        raise InvalidParameterError(
            parameter,
            f"{text!r} is not supported; {CRS84} is, and {_EPSG_URI} with 4326, 4490, 3857 and the zones of CGCS2000 from 4491 to 4554.",
        )
    try:
        _definition(code)
    except CRSError as error:
        raise InvalidParameterError(parameter, f"EPSG:{code} is not known here: {error}.") from error
    return ReferenceSystem(f"{_EPSG_URI}{code}", code)


def parse_bbox_in(text: str, system: ReferenceSystem) -> tuple[Box, ...]:
    """Read ``bbox`` in the system that ``bbox-crs`` names, in the order of its axes.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> from app.collections.reference_systems import find_reference_system, parse_bbox_in
    >>> parse_bbox_in("28.2,113.0,28.3,113.1", find_reference_system("bbox-crs", "EPSG:4490"))
    (Box(west=113.0, south=28.2, east=113.1, north=28.3),)
    """
    definition = system.definition
    if definition is None:
        return parse_bbox(text)
    first, second, third, fourth = read_corners(text)
    west, south, east, north = (
        (second, first, fourth, third) if system.is_north_first else (first, second, third, fourth)
    )
    if definition.is_geographic:
        return parse_bbox(",".join(map(repr, (west, south, east, north))))
    if west > east or south > north:
        raise InvalidParameterError("bbox", f"its first corner is beyond its second one in {system.uri}.")
    return (_outlined(west, south, east, north, definition),)


def _outlined(west: float, south: float, east: float, north: float, crs: pyproj.CRS) -> Box:
    """Return a box of a projected system: its outline in longitude and latitude, and the box around that."""
    along = np.linspace(0.0, 1.0, _POINTS_ON_SIDE)
    x, y = west + along * (east - west), south + along * (north - south)
    ring = np.concatenate(
        [
            np.column_stack([x, np.full_like(x, south)]),
            np.column_stack([np.full_like(y, east), y])[1:],
            np.column_stack([x[::-1], np.full_like(x, north)])[1:],
            np.column_stack([np.full_like(y, west), y[::-1]])[1:],
        ]
    )
    has_area = west < east and south < north
    shape = shapely.Polygon(ring) if has_area else shapely.LineString([(west, south), (east, north)])
    try:
        outline = to_geographic([shape], crs)[0]
    except GisError as error:
        raise InvalidParameterError("bbox", f"it cannot be placed: {error}") from error
    left, bottom, right, top = shapely.bounds(outline).tolist()
    return Box(left, bottom, right, top, shapely.to_wkb(outline) if has_area else None)
