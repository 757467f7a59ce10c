"""``as-of``, ``known-at`` and ``datetime``: which state of the law, and which state of our knowledge, an answer shows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query

from app.clock import LEGAL_TIME_ZONE, today
from app.collections.catalog import Collection
from app.collections.periods import Period, parse_datetime
from app.problems import InvalidParameterError

__all__ = ["TIME_PARAMETERS", "RequestedTimes", "Times", "read_times", "require_history"]

TIME_PARAMETERS: Final = ("datetime", "as-of", "known-at")


@dataclass(frozen=True, slots=True)
class Times:
    """Valid time as a period of days, and the recorded time; None is now."""

    period: Period
    known_at: datetime | None = None


def read_times(period: str | None = None, as_of: str | None = None, known_at: str | None = None) -> Times:
    """Read the parameters as they came.

    Raises
    ------
    InvalidParameterError

    Examples
    --------
    >>> from app.collections.times import read_times
    >>> read_times(as_of="2024-06-30", known_at="2024-07-01T00:00:00Z").known_at.isoformat()
    '2024-07-01T00:00:00+00:00'
    """
    if as_of is not None and period is not None:
        raise InvalidParameterError("as-of", "`datetime` says the valid time already; send one of the two.")
    if as_of is not None:
        applies = Period.of_day(_day(as_of))
    else:
        applies = Period.of_day(today()) if period is None else parse_datetime(period)
    return Times(applies, None if known_at is None else _moment(known_at))


async def read_times_query(
    period: Annotated[
        str | None,
        Query(alias="datetime", description="Valid time, a day or start/end: the version of the layer that applied."),
    ] = None,
    as_of: Annotated[str | None, Query(alias="as-of", description="The day whose law applies; today.")] = None,
    known_at: Annotated[
        str | None, Query(alias="known-at", description="The day or moment whose knowledge counts; now.")
    ] = None,
) -> Times:
    """Read the parameters of a request.

    Raises
    ------
    InvalidParameterError
    """
    return read_times(period, as_of, known_at)


RequestedTimes = Annotated[Times, Depends(read_times_query)]


def require_history(collection: Collection, known_at: datetime | None) -> None:
    """Refuse to ask what was known of results: those are of runs, which never change.

    Raises
    ------
    InvalidParameterError
    """
    if known_at is not None and not collection.schema.has_history:
        raise InvalidParameterError(
            "known-at", f"{collection.id} are results; name an older run with {collection.schema.run_filter}."
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidParameterError("as-of", "expected a day (2024-06-30).") from error


def _moment(text: str) -> datetime:
    """Take a moment, or the end of a day of the legal calendar."""
    try:
        if len(text) == len("2024-06-30"):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), LEGAL_TIME_ZONE)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InvalidParameterError("known-at", "expected a day, or a moment such as 2024-06-30T12:00:00Z.") from error
    if moment.tzinfo is None:
        raise InvalidParameterError("known-at", "a moment needs its time zone, such as 2024-06-30T12:00:00+08:00.")
    return moment
