"""Conditions are read as they are written, and a field that is not there is never an empty result."""

from datetime import UTC, date, datetime

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


KINDS = pd.DataFrame(
    {
        "whole": [True, False, True],
        "partly": pd.Series([True, False, None], dtype=object),
        "day": [date(2024, 1, 1), date(2024, 1, 2), None],
        "moment": pd.to_datetime(["2024-01-01T10:00:00", "2024-01-02T00:00:00", None]),
        "zoned": pd.to_datetime(["2024-01-01T10:00:00+08:00", "2024-01-02T00:00:00+08:00", None]),
        "mixed": pd.Series(
            [datetime(2024, 1, 1, 10, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC), None], dtype=object
        ),
        "count": pd.array([1, 2, None], dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("whole=true", [0, 2]),
        ("whole=false", [1]),
        ("partly=TRUE", [0]),
        ("partly!=true", [1, 2]),
        ("day=2024-01-01", [0]),
        ("day>2024-01-01", [1]),
        ("day<2024-01-01T12:00:00", [0]),
        ("day!=2024-01-01", [1, 2]),
        ("moment=2024-01-01", [0]),
        ("moment<=2024-01-01", [0]),
        ("moment>2024-01-01", [1]),
        ("moment>=2024-01-01T10:00:00", [0, 1]),
        ("zoned=2024-01-02", [1]),
        ("zoned=2024-01-01T02:00:00+00:00", [0]),
        ("zoned<2024-01-01T12:00:00", [0]),
        ("mixed>2024-01-01T23:00:00", [1]),
        ("day~2024-01", [0, 1]),
        ("count>1", [1]),
        ("count!=1", [1, 2]),
    ],
)
def test_truths_dates_and_moments_are_compared_as_what_they_are(text: str, rows: list[int]):
    chosen = select_rows(KINDS, [parse_condition(text)])
    assert [position for position, kept in enumerate(chosen) if kept] == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("whole=maybe", "whole holds true and false: write whole=true"),
        ("partly<true", "partly holds true and false"),
        ("moment=soon", "moment holds dates, 'soon' is none"),
        ("day>2024", "day holds dates"),
    ],
)
def test_a_value_of_another_kind_than_the_field_is_refused(text: str, message: str):
    with pytest.raises(OverlayRefusedError, match=message):
        select_rows(KINDS, [parse_condition(text)])


def test_the_geometry_is_no_field_to_filter_by():
    with pytest.raises(OverlayRefusedError, match="no field 'geometry'"):
        select_rows(FRAME.assign(geometry=None), [parse_condition("geometry=x")])
