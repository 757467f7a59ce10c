"""Zombie firms (僵尸企业): no business for long, no annual report for two years running, and not to be found.

All three conditions must hold; a firm that meets some of them is on another list, and one of which something is not known
stays undecided unless a known condition already fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from gis.idle.clock import add_months
from gis.rules import NATIONAL, ParameterRow, ParameterSet
from gis.supervision.finding import LandFinding, Topic


class ZombieKind(StrEnum):
    """What a firm is as of a day."""

    ZOMBIE = "zombie"
    MISSING_REPORTS = "missing_reports"  # 未年报: two reports missing, but the other conditions do not hold
    INSUFFICIENT_DATA = "insufficient_data"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """What is known of a firm; None is not known.

    Attributes
    ----------
    credit_code : str
    registered_on : date or None
        The first report is that of the year of registration, due in the next year.
    reports : mapping of int to bool
        Whether the annual report of a year was handed in; a year that is not there is not known.
    last_active : date or None
        Last day of the latest month with power, water or tax.
    is_uncontactable : bool or None
    parcel_codes : tuple of str
        Land held or occupied.
    """

    credit_code: str
    registered_on: date | None = None
    reports: Mapping[int, bool] = field(default_factory=dict)
    last_active: date | None = None
    is_uncontactable: bool | None = None
    parcel_codes: tuple[str, ...] = ()


def due_report_years(
    registered_on: date | None, *, as_of: date, count: int = 2, due_month: int = 6, due_day: int = 30
) -> tuple[int, ...]:
    """Find the last report years that are overdue if not handed in (企业信息公示暂行条例 art. 8).

    Parameters
    ----------
    registered_on : date or None
        None for a firm that is older than any year in question.
    as_of : date
        On the last day of the period a report may still be handed in.
    count : int
    due_month, due_day : int
        Parameters ``zombie.report_due_month`` and ``zombie.report_due_day``.

    Returns
    -------
    tuple of int
        Ascending, at most ``count``; fewer for a young firm.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.supervision import due_report_years
    >>> [due_report_years(None, as_of=day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
    [(2023, 2024), (2024, 2025)]
    """
    latest = as_of.year - 1 if as_of > date(as_of.year, due_month, due_day) else as_of.year - 2
    first = registered_on.year if registered_on is not None else latest - count + 1
    return tuple(year for year in range(latest - count + 1, latest + 1) if year >= first)


def assess_firm(firm: Firm, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL) -> LandFinding:
    """Assess one firm as of a day.

    Parameters
    ----------
    firm : Firm
    as_of : date
    parameters : ParameterSet
        ``zombie.*`` rows.
    region : str, optional

    Returns
    -------
    LandFinding
        ``kind`` is a :class:`ZombieKind`.

    Raises
    ------
    ParameterNotInForceError
    """
    rows = {name: parameters.row(f"zombie.{name}", as_of=as_of, region=region) for name in _KEYS}
    years = due_report_years(
        firm.registered_on,
        as_of=as_of,
        count=rows["missed_reports"].integer,
        due_month=rows["report_due_month"].integer,
        due_day=rows["report_due_day"].integer,
    )
    conditions = {
        "last_active": _is_inactive(firm, as_of, rows["inactive_months"]),
        "reports": _has_missed_reports(firm, years, rows["missed_reports"].integer),
        "is_uncontactable": firm.is_uncontactable,
    }
    kind, missing = _decide(conditions)
    zh, en = _describe(firm, years, conditions)
    return LandFinding(
        topic=Topic.ZOMBIE,
        subject=firm.credit_code,
        kind=kind,
        reason_zh=f"{_OUTCOME[kind][0]}：{zh}。依据{rows['missed_reports'].citation}。",
        reason_en=f"{_OUTCOME[kind][1]}: {en}; basis: {rows['missed_reports'].citation}.",
        article=rows["missed_reports"].citation,
        parcel_codes=firm.parcel_codes,
        measures={
            "due_years": " ".join(map(str, years)),
            "last_active": None if firm.last_active is None else str(firm.last_active),
        },
        missing=missing,
        parameter_rows=tuple(rows.values()),
    )


def cleared_rate(cleared: int, on_register: int) -> Fraction | None:
    """Return the share of zombies cleared in a year; None where there was none to clear ("no target").

    Parameters
    ----------
    cleared : int
        Cleared in the year.
    on_register : int
        On the register at the start of the year, and those added in it.

    Raises
    ------
    ValueError
        More were cleared than there were, or a number is negative.

    Examples
    --------
    >>> from gis.supervision import cleared_rate
    >>> cleared_rate(3, 6), cleared_rate(0, 0)
    (Fraction(1, 2), None)
    """
    if not 0 <= cleared <= on_register:
        raise ValueError(f"{cleared} zombie firms cannot have been cleared of {on_register}")
    return Fraction(cleared, on_register) if on_register else None


def assess_cleared(
    zone: str, year: int, *, cleared: int, on_register: int, parameters: ParameterSet, region: str = NATIONAL
) -> LandFinding:
    """Compare the cleared zombies of a zone and year with the share that is asked for.

    Parameters
    ----------
    zone : str
    year : int
    cleared, on_register : int
        As of :func:`cleared_rate`.
    parameters : ParameterSet
        ``zombie.cleared_rate_min``, that of the end of the year.
    region : str, optional

    Returns
    -------
    LandFinding
        ``kind`` is ``met``, ``below`` or ``no_target``.

    Raises
    ------
    ParameterNotInForceError, ValueError
    """
    least = parameters.row("zombie.cleared_rate_min", as_of=date(year, 12, 31), region=region)
    rate = cleared_rate(cleared, on_register)
    kind = "no_target" if rate is None else "met" if rate >= Fraction(least.value) else "below"
    zh, en = _CLEARED[kind]
    return LandFinding(
        topic=Topic.ZOMBIE,
        subject=f"cleared_rate/{zone}/{year}",
        kind=kind,
        reason_zh=f"{zone} {year} 年度清理僵尸企业 {cleared}/{on_register}，要求 ≥ {least.value}：{zh}。依据{least.citation}。",
        reason_en=f"{zone}, {year}: {cleared} of {on_register} zombie firms cleared, required ≥ {least.value}: {en}; "
        f"basis: {least.citation}.",
        article=least.citation,
        measures={"cleared": cleared, "on_register": on_register, "rate": rate},
        parameter_rows=(least,),
    )


def _is_inactive(firm: Firm, as_of: date, months: ParameterRow) -> bool | None:
    return None if firm.last_active is None else as_of > add_months(firm.last_active, months.integer)


def _has_missed_reports(firm: Firm, years: tuple[int, ...], count: int) -> bool | None:
    """Whether every due report is missing; a firm with fewer due years than asked for has not missed enough."""
    if len(years) < count or any(firm.reports.get(year) for year in years):
        return False
    return True if all(year in firm.reports for year in years) else None


def _decide(conditions: Mapping[str, bool | None]) -> tuple[ZombieKind, tuple[str, ...]]:
    values = list(conditions.values())
    if all(values):
        return ZombieKind.ZOMBIE, ()
    if False not in values:
        return ZombieKind.INSUFFICIENT_DATA, tuple(name for name, value in conditions.items() if value is None)
    return (ZombieKind.MISSING_REPORTS if conditions["reports"] else ZombieKind.NONE), ()


def _describe(firm: Firm, years: tuple[int, ...], conditions: Mapping[str, bool | None]) -> tuple[str, str]:
    years_zh, years_en = "、".join(map(str, years)) or "无", ", ".join(map(str, years)) or "none"
    words = [
        (f"最近经营活动 {firm.last_active or '不详'}", f"last sign of business {firm.last_active or 'unknown'}"),
        (
            f"应报年度 {years_zh}，{_REPORTS[conditions['reports']][0]}",
            f"reports due for {years_en}, {_REPORTS[conditions['reports']][1]}",
        ),
        _CONTACT[conditions["is_uncontactable"]],
    ]
    return "；".join(zh for zh, _ in words), "; ".join(en for _, en in words)


_KEYS = ("inactive_months", "missed_reports", "report_due_month", "report_due_day")
_CLEARED = {
    "met": ("达标", "met"),
    "below": ("未达标", "not met"),
    "no_target": ("无清理任务", "nothing to clear"),
}
_REPORTS = {
    True: ("均未年报", "none handed in"),
    False: ("未达连续两年未年报", "not missing for all of them"),
    None: ("年报情况不全", "not known for all of them"),
}
_CONTACT = {True: ("失联", "not to be found"), False: ("可联系", "can be found"), None: ("联系情况不详", "not known")}
_OUTCOME = {
    ZombieKind.ZOMBIE: ("僵尸企业", "Zombie firm"),
    ZombieKind.MISSING_REPORTS: ("未年报企业，不构成僵尸企业", "Missing reports, no zombie firm"),
    ZombieKind.INSUFFICIENT_DATA: ("数据不足", "Insufficient data"),
    ZombieKind.NONE: ("不构成僵尸企业", "No zombie firm"),
}
