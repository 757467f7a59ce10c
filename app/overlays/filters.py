"""Filters on one side of an overlay: ``FIELD OP VALUE``, all of which must hold."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.overlays.errors import OverlayRefusedError

CONDITION = re.compile(r"\s*(?P<field>[^<>=!~]+?)\s*(?P<operator>!=|<=|>=|=|<|>|~)\s*(?P<value>.*?)\s*")
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

    Numbers are compared as numbers when the field holds numbers, otherwise as text.

    Raises
    ------
    OverlayRefusedError
        For a field that is not there, or a value that is no number where the field holds numbers.
    """
    chosen = pd.Series(data=True, index=frame.index)
    for condition in conditions:
        if condition.field not in frame.columns:
            fields = ", ".join(name for name in frame.columns if name != "geometry")
            raise OverlayRefusedError(f"There is no field {condition.field!r} to filter by; there are {fields}.")
        chosen &= _holds(frame[condition.field], condition)
    return chosen


def _holds(values: pd.Series, condition: Condition) -> pd.Series:
    if condition.operator == "~":
        return values.astype("string").str.contains(condition.value, regex=False).fillna(value=False).astype(bool)
    compare = COMPARE[condition.operator]
    if pd.api.types.is_numeric_dtype(values):
        try:
            wanted: float | str = float(condition.value)
        except ValueError as error:
            raise OverlayRefusedError(
                f"{condition.field} holds numbers, {condition.value!r} is none: write for example {condition.field}>1."
            ) from error
        return pd.Series(compare(values, wanted), index=values.index).fillna(value=False).astype(bool)
    held = compare(values.astype("string"), condition.value)
    return pd.Series(held, index=values.index).fillna(value=condition.operator == "!=").astype(bool)
