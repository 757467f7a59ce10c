"""Conditions are read as they are written, and a field that is not there is never an empty result."""

import pandas as pd
import pytest

from app.overlays.errors import OverlayRefusedError
from app.overlays.filters import Condition, parse_condition, select_rows

FRAME = pd.DataFrame(
    {"use": ["R2", "M1", None, "R22"], "far": [1.5, 2.0, None, 0.5], "名称": ["工业园", "x", "y", "z"]}
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use=R2", Condition("use", "=", "R2")),
        (" far >= 1.5 ", Condition("far", ">=", "1.5")),
        ("use!=R2", Condition("use", "!=", "R2")),
        ("名称~工业", Condition("名称", "~", "工业")),
        ("note=a=b", Condition("note", "=", "a=b")),
        ("use=", Condition("use", "=", "")),
    ],
)
def test_a_condition_has_field_operator_and_value(text: str, expected: Condition):
    assert parse_condition(text) == expected


@pytest.mark.parametrize("text", ["use", "=R2", ""])
def test_what_is_no_condition_is_refused(text: str):
    with pytest.raises(OverlayRefusedError, match="is no condition"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        ([], [0, 1, 2, 3]),
        (["use=R2"], [0]),
        (["use!=R2"], [1, 2, 3]),
        (["use~R2"], [0, 3]),
        (["far>1"], [0, 1]),
        (["far>1", "use=M1"], [1]),
        (["far<=0.5"], [3]),
        (["名称~工业"], [0]),
    ],
)
def test_all_conditions_must_hold_and_a_missing_value_fulfils_none(texts: list[str], rows: list[int]):
    chosen = select_rows(FRAME, [parse_condition(text) for text in texts])
    assert [position for position, kept in enumerate(chosen) if kept] == rows


def test_an_unknown_field_is_named_with_those_there_are():
    with pytest.raises(OverlayRefusedError, match="no field 'colour' to filter by; there are use, far, 名称"):
        select_rows(FRAME, [parse_condition("colour=red")])


def test_a_word_where_numbers_are_is_refused():
    with pytest.raises(OverlayRefusedError, match="far holds numbers"):
        select_rows(FRAME, [parse_condition("far>high")])
