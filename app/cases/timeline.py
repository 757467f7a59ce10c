"""The statutory clock of a contract's land as a line of days, each with the article or the number it comes from."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from gis.disposal import CaseClock, DisposalNumbers, WarningLevel, load_move_order, warning_days
from gis.idle import CauseInterval
from gis.rules import ParameterRow
from gis.rules.sources import SourceStatus

#: The number behind each level of the warnings.
_NUMBER_OF_LEVEL = {
    WarningLevel.REMINDER: "reminder_before_days",
    WarningLevel.OVERDUE_START: None,
    WarningLevel.AMBER: "amber_after_months",
    WarningLevel.RED: "idle_after_years",
    WarningLevel.RECOVERABLE: "recovery_after_years",
}


def describe_timeline(
    *,
    agreed_start: date | None,
    idle_since: date | None,
    is_suspended: bool,
    causes: tuple[CauseInterval, ...],
    clock: CaseClock | None,
    numbers: DisposalNumbers,
    as_of: date,
) -> dict[str, Any]:
    """Describe the clock of land that is flagged or followed.

    Parameters
    ----------
    agreed_start, idle_since : date or None
        None where it is not known: the line has no such mark.
    is_suspended : bool
        Land that was started: the ladder of warnings counts from the agreed start and does not apply.
    causes : tuple of CauseInterval
        Delays by the government or nobody's fault, and others; one without a last day runs until ``as_of``.
    clock : CaseClock or None
        The period that runs in the case.
    numbers : DisposalNumbers
    as_of : date
        Today.

    Returns
    -------
    dict
        ``marks`` in the order of their days, ``intervals``, and the ``numbers`` with document, article and whether they
        are assumed.
    """
    order = load_move_order()
    marks = []
    if agreed_start is not None:
        marks.append(_mark("agreed_start", agreed_start, order.cite("第二条第一款"), is_assumed=False))
        if not is_suspended:
            marks += _ladder(agreed_start, numbers)
    if idle_since is not None:
        article = "第二条第二款" if is_suspended else "第二条第一款"
        marks.append(_mark("idle_since", idle_since, order.cite(article), is_assumed=False))
    if clock is not None:
        marks.append(_mark(f"due_{clock.name}", clock.due_on, clock.article, is_assumed="待核实" in clock.article))
    return {
        "as_of": as_of,
        "marks": sorted(marks, key=lambda mark: mark["on"]),
        "intervals": [
            {
                "code": cause.code.value,
                "first_day": cause.first_day,
                "last_day": cause.last_day,
                "is_excused": cause.code.is_excused,
                "article": order.cite("第八条"),
            }
            for cause in causes
        ],
        "numbers": [describe_number(row) for row in numbers.rows],
    }


def describe_number(row: ParameterRow) -> dict[str, Any]:
    """Describe a number of the law with its source."""
    return {
        "key": row.key,
        "value": str(row.value),
        "unit": row.unit,
        "document": row.document,
        "article": row.article,
        "is_assumed": row.is_assumed,
        "note_zh": row.note,
    }


def _ladder(agreed_start: date, numbers: DisposalNumbers) -> Iterator[dict[str, Any]]:
    rows = {row.key: row for row in numbers.rows}
    for level, day in warning_days(agreed_start, numbers).items():
        name = _NUMBER_OF_LEVEL[level]
        if name is None:
            article = load_move_order().cite("第二条第一款", status=SourceStatus.CONFIRMED)
            yield _mark(level.value, day, article, is_assumed=False)
        else:
            row = rows[f"idle.{name}"]
            yield _mark(level.value, day, row.citation, is_assumed=row.is_assumed)


def _mark(name: str, on: date, article: str, *, is_assumed: bool) -> dict[str, Any]:
    return {"name": name, "on": on, "article": article, "is_assumed": is_assumed}
