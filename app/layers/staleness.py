"""When a version in force is too old to be taken as current."""

from datetime import date


def is_stale(valid_from: date | None, stale_after_days: int | None, day: date) -> bool:
    """Whether a version in force since a day is older than its layer may be; one without a limit never is, nor a layer without a version.

    Examples
    --------
    >>> from datetime import date
    >>> from app.layers.staleness import is_stale
    >>> [is_stale(date(2025, 1, 1), limit, date(2025, 2, 1)) for limit in (30, 31, None)]
    [True, False, False]
    """
    return valid_from is not None and stale_after_days is not None and (day - valid_from).days > stale_after_days
