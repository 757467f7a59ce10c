"""Local warning levels before and after the agreed start (本地预警等级): a product default, not in Order 53."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gis.disposal.numbers import DisposalNumbers
from gis.idle import add_months, add_years, first_day_after


class WarningLevel(StrEnum):
    """Levels in the order in which they are reached."""

    NONE = "none"
    REMINDER = "reminder"  # 到期前提醒
    OVERDUE_START = "overdue_start"  # 逾期未动工
    AMBER = "amber"  # 黄色
    RED = "red"  # 红色: idle for a year
    RECOVERABLE = "recoverable"  # 满二年可收回


@dataclass(frozen=True, slots=True)
class LocalWarning:
    """The level on a day, and the next one with the day on which it is reached."""

    level: WarningLevel
    next_level: WarningLevel | None
    next_on: date | None


def warning_days(agreed_start: date, numbers: DisposalNumbers) -> dict[WarningLevel, date]:
    """Compute the first day of every level.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.disposal import DisposalNumbers, warning_days
    >>> from gis.rules import ParameterSet, load_catalog
    >>> numbers = DisposalNumbers.in_force(ParameterSet(load_catalog().parameters), as_of=date(2026, 1, 1))
    >>> [day.isoformat() for day in warning_days(date(2025, 1, 31), numbers).values()]
    ['2024-11-02', '2025-02-01', '2025-10-31', '2026-02-01', '2027-02-01']
    """
    return {
        WarningLevel.REMINDER: agreed_start - timedelta(days=numbers.reminder_before_days),
        WarningLevel.OVERDUE_START: first_day_after(agreed_start),
        WarningLevel.AMBER: add_months(agreed_start, numbers.amber_after_months),
        WarningLevel.RED: first_day_after(add_years(agreed_start, numbers.idle_after_years)),
        WarningLevel.RECOVERABLE: first_day_after(add_years(agreed_start, numbers.recovery_after_years)),
    }


def warn(agreed_start: date, *, as_of: date, numbers: DisposalNumbers) -> LocalWarning:
    """Find the level of land that was not started by a day.

    Parameters
    ----------
    agreed_start : date
    as_of : date
    numbers : DisposalNumbers
    """
    level, days = WarningLevel.NONE, warning_days(agreed_start, numbers)
    for reached, first_day in days.items():
        if as_of < first_day:
            return LocalWarning(level, reached, first_day)
        level = reached
    return LocalWarning(level, None, None)
