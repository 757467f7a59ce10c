"""Filters by query parameter: a queryable's name and the value it must equal."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import assert_never

from app.collections.schema import Property, PropertyType
from app.problems import InvalidParameterError

FilterValue = str | float | int | bool | date | datetime
Filter = tuple[Property, FilterValue]

BIGINT = 2**63
# Names that mean something else as query parameters; a property of such a name is reached by ``filter``.
RESERVED_PARAMETERS = frozenset(
    {
        "f",
        "limit",
        "bbox",
        "bbox-crs",
        "crs",
        "datetime",
        "after",
        "filter",
        "filter-lang",
        "filter-crs",
        "sortby",
        "properties",
        "q",
        "as-of",
        "known-at",
        "numberMatched",
        "encoding",
        "language",
    }
)


def parse_filters(parameters: Sequence[tuple[str, str]], queryables: Sequence[Property]) -> tuple[Filter, ...]:
    """Take the query parameters that are queryables, their values read by type.

    Raises
    ------
    InvalidParameterError
        A value is not of the queryable's type.
    """
    by_name = {item.name: item for item in queryables if item.name not in RESERVED_PARAMETERS}
    return tuple((by_name[name], _parse_value(by_name[name], text)) for name, text in parameters if name in by_name)


def _parse_value(item: Property, text: str) -> FilterValue:
    try:
        return _read(item.type, text)
    except ValueError as error:
        raise InvalidParameterError(item.name, f"{error}.") from error


def _read(type_: PropertyType, text: str) -> FilterValue:
    match type_:
        case PropertyType.STRING:
            if "\x00" in text:
                raise ValueError("expected text without NUL characters")
            return text
        case PropertyType.NUMBER:
            return _number(text)
        case PropertyType.INTEGER:
            return _integer(text)
        case PropertyType.BOOLEAN:
            return _boolean(text)
        case PropertyType.DATE:
            return _date(text)
        case PropertyType.TIMESTAMP:
            return _moment(text)
        case PropertyType.STRINGS | PropertyType.OBJECT:
            raise ValueError("cannot be filtered by")
        case _:
            assert_never(type_)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError("expected a number") from error
    if not math.isfinite(value):
        raise ValueError("expected a finite number")
    return value


def _integer(text: str) -> int:
    # Twenty digits are more than any bigint has, and far fewer than would make the conversion slow.
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20) or not -BIGINT <= int(text) < BIGINT:
        raise ValueError("expected a whole number")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("expected a date (2024-06-30)") from error


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("expected true or false")
    return text == "true"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("expected a moment (2024-06-30T12:00:00Z)") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
