"""The ``datetime`` parameter: a day or a period of valid time."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import LEGAL_TIME_ZONE
from app.problems import InvalidParameterError

EXPECTED = "expected a day (2024-06-30), an RFC 3339 time, or two of them as start/end with .. for an open end."
OPEN = {"", ".."}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    @classmethod
    def of_day(cls, day: date) -> "Period":
        """Return the period of a single day."""
        return cls(day, day)


def parse_datetime(text: str) -> Period:
    """Read OGC API's ``datetime``; a time is taken as the legal calendar day it falls on.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> from app.collections.periods import parse_datetime
    >>> parse_datetime("2024-06-30T17:00:00Z/..")
    Period(start=datetime.date(2024, 7, 1), end=datetime.date(9999, 12, 31))
    """
    first, slash, last = text.partition("/")
    if not slash:
        return Period.of_day(_day(text))
    start = date.min if first in OPEN else _day(first)
    end = date.max if last in OPEN else _day(last)
    if start > end:
        raise InvalidParameterError("datetime", "the period ends before it starts.")
    return Period(start, end)


def _day(text: str) -> date:
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(LEGAL_TIME_ZONE).date()
    except (ValueError, OverflowError) as error:
        raise InvalidParameterError("datetime", EXPECTED) from error
    raise InvalidParameterError("datetime", EXPECTED)
