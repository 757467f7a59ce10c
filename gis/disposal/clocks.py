"""Periods of days for answering and paying.

The first day is not counted (民法典 art. 201). A period whose last day is a day off ends with the first working day after it
(art. 203). Days off here are Saturdays, Sundays and the holidays that fall on the same day of every year; those of the lunar
calendar and the working days that the State Council moves are published anew each year and are not known here.
"""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

_SATURDAY = 5


def end_of_days(start: date, days: int) -> date:
    """Find the last day of a period of days, however it falls.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.disposal import end_of_days
    >>> end_of_days(date(2026, 6, 1), 30).isoformat()
    '2026-07-01'
    """
    return start + timedelta(days=days)


def answer_deadline(served_on: date, days: int) -> date:
    """Find the last day on which somebody may answer or pay: it moves off a day off (民法典 art. 203).

    Examples
    --------
    >>> from datetime import date
    >>> from gis.disposal import answer_deadline
    >>> answer_deadline(date(2026, 6, 4), 30).isoformat()  # 4 July 2026 is a Saturday
    '2026-07-06'
    """
    return next_working_day(end_of_days(served_on, days))


def next_working_day(day: date) -> date:
    """Return the day itself, or the first day after it that is no day off."""
    while day.weekday() >= _SATURDAY or day.strftime("%m-%d") in _fixed_holidays():
        day += timedelta(days=1)
    return day


@cache
def _fixed_holidays() -> frozenset[str]:
    content = files("gis.disposal").joinpath("fixed_holidays.json").read_text(encoding="utf-8")
    return frozenset(TypeAdapter(dict[str, list[str] | str]).validate_json(content)["month_days"])
