"""Filters on one side of an overlay: ``FIELD OP VALUE``, all of which must hold."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pandas as pd

from app.overlays.errors import OverlayRefusedError

CONDITION = re.compile(r"\s*(?P<field>[^<>=!~]+?)\s*(?P<operator>!=|<=|>=|=|<|>|~)\s*(?P<value>.*?)\s*")
TRUTH = {"true": True, "false": False}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; ``~`` asks whether a text contains the value. A missing value fulfils none but ``!=``."""

    field: str
    operator: str
    value: str


def parse_condition(text: str) -> Condition:
    """Read a condition such as ``zone_code=R2`` or ``floor_area_ratio_max>=1.5``.

    Raises
    ------
    OverlayRefusedError
    """
    match = CONDITION.fullmatch(text)
    if match is None:
        raise OverlayRefusedError(f"{text!r} is no condition; write FIELD=VALUE, with one of = != < <= > >= ~ between.")
    return Condition(**match.groupdict())


def select_rows(frame: pd.DataFrame, conditions: Sequence[Condition]) -> pd.Series:
    """Tell which rows fulfil all conditions.

    What a field holds decides how it is compared: numbers as numbers, ``true`` and ``false`` as such, dates and times as
    dates, to the day when the condition names a day; all else as text.

    Raises
    ------
    OverlayRefusedError
        For a field that is not there, or a value that is not of the kind that the field holds.
    """
    chosen = pd.Series(data=True, index=frame.index)
    for condition in conditions:
        fields = [name for name in frame.columns if name != "geometry"]
        if condition.field not in fields:
            there_are = ", ".join(fields)
            raise OverlayRefusedError(f"There is no field {condition.field!r} to filter by; there are {there_are}.")
        chosen &= _holds(frame[condition.field], condition)
    return chosen


def _holds(values: pd.Series, condition: Condition) -> pd.Series:
    if condition.operator == "~":
        return values.astype("string").str.contains(condition.value, regex=False).fillna(value=False).astype(bool)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "boolean":
        held = _compared(values.astype("boolean"), condition, _truth(condition))
    elif kind in {"date", "datetime", "datetime64"}:
        held = _compared_in_time(values, condition)
    elif pd.api.types.is_numeric_dtype(values):
        held = _compared(values, condition, _number(condition))
    else:
        held = _compared(values.astype("string"), condition, condition.value)
    return held.mask(values.isna(), condition.operator == "!=").astype(bool)


def _compared(values: pd.Series, condition: Condition, wanted: object) -> pd.Series:
    return pd.Series(COMPARE[condition.operator](values, wanted), index=values.index)


def _number(condition: Condition) -> float:
    try:
        return float(condition.value)
    except ValueError as error:
        raise OverlayRefusedError(
            f"{condition.field} holds numbers, {condition.value!r} is none: write for example {condition.field}>1."
        ) from error


def _truth(condition: Condition) -> bool:
    wanted = TRUTH.get(condition.value.lower())
    if wanted is None or condition.operator not in {"=", "!="}:
        raise OverlayRefusedError(
            f"{condition.field} holds true and false: write {condition.field}=true or {condition.field}=false."
        )
    return wanted


def _compared_in_time(values: pd.Series, condition: Condition) -> pd.Series:
    wanted = _day_or_moment(condition)
    compare = COMPARE[condition.operator]
    held = [not pd.isna(value) and compare(_as_precise(value, wanted), wanted) for value in values]
    return pd.Series(held, index=values.index, dtype=bool)


def _day_or_moment(condition: Condition) -> date:
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(condition.value)
        except ValueError:
            continue
    raise OverlayRefusedError(
        f"{condition.field} holds dates, {condition.value!r} is none: write for example {condition.field}>=2024-01-31."
    )


def _as_precise(value: date, wanted: date) -> date:
    """Take a day or moment to the form of the one it is compared with; a clock time without zone is read in the other's."""
    if not isinstance(wanted, datetime):
        return value.date() if isinstance(value, datetime) else value
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if wanted.tzinfo is None or moment.tzinfo is None:
        return moment.replace(tzinfo=wanted.tzinfo)
    return moment
