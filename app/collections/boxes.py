"""The ``bbox`` parameter: a box in longitude and latitude."""

import math
import re
from dataclasses import dataclass, field

from app.problems import InvalidParameterError

EXPECTED = "expected 4 numbers (west,south,east,north), or 6 with heights, in degrees of longitude and latitude."
MAX_LONGITUDE, MAX_LATITUDE, POLE = 360.0, 180.0, 90.0
# Python reads more as a number: underscores between digits, digits of other scripts, nan.
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees; west is never beyond east.

    ``outline`` is the polygon as WKB of what is a box in another system, and no box in degrees.
    """

    west: float
    south: float
    east: float
    north: float
    outline: bytes | None = field(default=None, repr=False)


def parse_bbox(text: str) -> tuple[Box, ...]:
    """Read OGC API's ``bbox`` in CRS84 as one box, or as two where it crosses the antimeridian; heights are ignored.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> from app.collections.boxes import parse_bbox
    >>> parse_bbox("170,-20,-170,-10")
    (Box(west=170.0, south=-20.0, east=180.0, north=-10.0), Box(west=-180.0, south=-20.0, east=-170.0, north=-10.0))
    """
    west, south, east, north = read_corners(text)
    if max(abs(west), abs(east)) > MAX_LONGITUDE or max(abs(south), abs(north)) > MAX_LATITUDE:
        raise InvalidParameterError("bbox", f"{EXPECTED} These numbers are no degrees.")
    if lies_beyond_the_poles(south, north):
        # Nothing is there, and to say so would hide that somebody has taken the axes for each other.
        message = (
            f"latitudes from {south:g} to {north:g} are beyond the poles. The numbers stand in the order of the axes: "
            "west,south,east,north, or south,west,north,east in a system with the latitude first."
        )
        raise InvalidParameterError("bbox", message)
    if south > north:
        raise InvalidParameterError("bbox", "south is beyond north; the order is west,south,east,north.")
    if west > east:
        return Box(west, south, 180.0, north), Box(-180.0, south, east, north)
    return (Box(west, south, east, north),)


def lies_beyond_the_poles(south: float, north: float) -> bool:
    """Whether there is no place on the globe at the latitudes between two; a box that reaches beyond a pole has some.

    Examples
    --------
    >>> from app.collections.boxes import lies_beyond_the_poles
    >>> lies_beyond_the_poles(112.9, 113.1), lies_beyond_the_poles(-100, 100), lies_beyond_the_poles(90, 90)
    (True, False, False)
    """
    return min(south, north) > POLE or max(south, north) < -POLE


def read_corners(text: str) -> tuple[float, float, float, float]:
    """Read the four numbers of two corners; heights are ignored.

    Raises
    ------
    InvalidParameterError
    """
    parts = text.split(",")
    numbers = [float(part) for part in parts] if all(map(_NUMBER.fullmatch, parts)) else []
    match numbers:
        case [west, south, east, north] | [west, south, _, east, north, _] if all(map(math.isfinite, numbers)):
            return west, south, east, north
        case _:
            raise InvalidParameterError("bbox", EXPECTED)
