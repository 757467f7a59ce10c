"""Operands of a filter: SQL expressions with the kind of value that they give, and the literals of CQL2."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import shapely
import shapely.geometry
from shapely.errors import ShapelyError
from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Double, Text, func, literal

from app.collections.cql2.parsing import FilterError, Node

__all__ = [
    "SPATIAL_TYPES",
    "Kind",
    "Operand",
    "Resolver",
    "geometry_operand",
    "instant",
    "literal_operand",
]

SPATIAL_TYPES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_MAX_VERTICES: Final = 10_000


class Kind(StrEnum):
    """What kind of value an operand gives."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Operand:
    """An SQL expression and the kind of its value."""

    kind: Kind
    expression: ColumnElement[Any]


class Resolver(Protocol):
    """Finds what a filter may name: the queryables of one collection."""

    @property
    def srid(self) -> int:
        """SRID of the stored geometry."""

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether a box of the filter may have its west beyond its east."""

    def find(self, name: str) -> Operand | None:
        """Return a queryable by its name."""

    def names(self) -> Sequence[str]:
        """Return the names of all queryables, for the sentence that refuses another."""

    def stored(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Return a geometry of the filter in the storage CRS, as (x, y) of the database."""


def literal_operand(value: Node) -> Operand:
    """Take a literal: a text, a number, true or false, a date or a timestamp.

    Raises
    ------
    FilterError
    """
    match value:
        case bool():
            return Operand(Kind.BOOLEAN, literal(value, Boolean))
        case int() | float() if _is_finite(value):
            return Operand(Kind.NUMBER, literal(float(value), Double))
        case str():
            return Operand(Kind.TEXT, literal(value, Text))
        case {"date": str(text)}:
            return Operand(Kind.DATE, literal(_date(text), Date))
        case {"timestamp": str(text)}:
            return Operand(Kind.TIMESTAMP, literal(_timestamp(text), DateTime(timezone=True)))
        case _:
            raise FilterError(f"{str(value)[:80]!r} is no value that can be compared.")


def instant(text: str) -> datetime | None:
    """Read an end of an interval: a day, a moment, or ``..`` for none."""
    if text == "..":
        return None
    if "T" in text.upper():
        return _timestamp(text)
    day = _date(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FilterError(f"{text!r} is no date; write it as 2024-06-30.") from error


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FilterError(f"{text!r} is no moment; write it as 2024-06-30T12:00:00Z.") from error
    if moment.tzinfo is None:
        raise FilterError(f"{text!r} does not say its time zone; write it as 2024-06-30T12:00:00Z.")
    return moment


def geometry_operand(node: Mapping[str, Node], resolver: Resolver) -> Operand:
    """Take a geometry or a box; one that crosses the antimeridian is two.

    Raises
    ------
    FilterError
    """
    geometry = _box(node["bbox"], crosses=resolver.crosses_antimeridian) if "bbox" in node else _geojson(node)
    if shapely.get_num_coordinates(geometry) > _MAX_VERTICES:
        raise FilterError(f"A geometry of the filter has more than {_MAX_VERTICES:,} vertices.")
    if not shapely.is_valid(geometry):
        raise FilterError(f"A geometry of the filter is not valid: {shapely.is_valid_reason(geometry)}.")
    stored = resolver.stored(geometry)
    return Operand(Kind.GEOMETRY, func.ST_GeomFromWKB(shapely.to_wkb(shapely.force_2d(stored)), resolver.srid))


def _geojson(node: Mapping[str, Node]) -> shapely.Geometry:
    try:
        geometry: shapely.Geometry = shapely.geometry.shape(dict(node))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, ShapelyError) as error:
        raise FilterError(f"A geometry of the filter cannot be read: {error}.") from error
    if shapely.is_empty(geometry):
        raise FilterError("A geometry of the filter is empty.")
    return geometry


def _box(corners: Node, *, crosses: bool) -> shapely.Geometry:
    if not isinstance(corners, list) or len(corners) not in {4, 6} or not all(map(_is_number, corners)):
        raise FilterError("A BBOX has four numbers: west, south, east, north.")
    half = len(corners) // 2
    (west, south), (east, north) = corners[:2], corners[half : half + 2]
    if south > north:
        raise FilterError(f"The BBOX has its south ({south:g}) above its north ({north:g}).")
    if west <= east:
        return _rectangle(west, south, east, north)
    if not crosses:
        raise FilterError(f"The BBOX has its first lower corner ({west:g}) above its upper one ({east:g}).")
    return shapely.union_all([_rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north)])


def _rectangle(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Return a box; one without width or height is a line or a point, since as a polygon it would be invalid."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if west == east and south == north:
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def _is_number(value: Node) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        # An integer of JSON may be larger than any number that the database computes with.
        return False
