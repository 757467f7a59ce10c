"""Statutory periods: how the Civil Code counts years, months and days.

The first day is not counted (art. 201). A period of years or months ends on the same calendar day of its last month, or on the last
day of that month where it has no such day (art. 202). "满 n 年" is true from the day after that end. The rule of art. 203 about
holidays moves deadlines for answering or paying; it does not change for how long land has lain idle and is not applied here.
"""

import calendar
from datetime import date, timedelta


def add_years(start: date, years: int) -> date:
    """Find the last day of a period of years (民法典 art. 202).

    Parameters
    ----------
    start : date
        Day of the event; it is not counted itself.
    years : int
        Length of the period, not negative.

    Returns
    -------
    date
        Same calendar day; 28 February where a period from 29 February ends in a common year.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import add_years
    >>> add_years(date(2023, 3, 1), 1).isoformat(), add_years(date(2024, 2, 29), 1).isoformat()
    ('2024-03-01', '2025-02-28')
    """
    return add_months(start, 12 * years)


def add_months(start: date, months: int) -> date:
    """Find the last day of a period of months (民法典 art. 202).

    Parameters
    ----------
    start : date
        Day of the event; it is not counted itself.
    months : int
        Length of the period, not negative.

    Returns
    -------
    date
        Same calendar day, or the last day of a month that has no such day.

    Raises
    ------
    ValueError
        For a negative length.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import add_months
    >>> add_months(date(2024, 1, 31), 1).isoformat()
    '2024-02-29'
    """
    if months < 0:
        raise ValueError(f"a period has no negative length, got {months} months")
    years, month_index = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month_index + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def has_completed_years(start: date, years: int, *, as_of: date) -> bool:
    """Whether a full number of years has passed (满 n 年): true from the day after the end of the period.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import has_completed_years
    >>> [has_completed_years(date(2023, 3, 1), 1, as_of=date(2024, 3, day)) for day in (1, 2)]
    [False, True]
    """
    return as_of > add_years(start, years)


def first_day_after(end: date) -> date:
    """Find the day on which a completed period is first true, to be shown beside its end."""
    return end + timedelta(days=1)
