from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.formats.cells import (
    CellValueError,
    in_units_of,
    one_of,
    parse_amount,
    parse_count,
    parse_date,
    parse_text,
)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-01",
        " 2024-3-1 ",
        "2024/3/1",
        "2024.03.01",
        "2024年3月1日",
        "２０２４年３月１日",
        "20240301",
        20240301,
        20240301.0,
        "2024-03-01 00:00:00",
        date(2024, 3, 1),
        datetime.fromisoformat("2024-03-01"),
    ],
)
def test_a_day_is_read_in_the_ways_that_tables_write_it(cell):
    assert parse_date(cell) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "24-03-01",
        "2024-03/01",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "March 2024",
        "45352",
        datetime.fromisoformat("2024-03-01T12:00:00"),
    ],
)
def test_what_is_no_day_is_refused_and_never_guessed(cell):
    with pytest.raises(CellValueError, match="a day"):
        parse_date(cell)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_survives_its_own_notation(day):
    assert parse_date(day.isoformat()) == parse_date(f"{day.year}年{day.month}月{day.day}日") == day


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("3333.33", "3333.33"),
        ("1,234,567.80", "1234567.80"),
        ("１２３", "123"),
        (0.1, "0.1"),
        (12, "12"),
        ("1e3", "1E+3"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_exactly_as_written(cell, amount):
    assert parse_amount(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["-1", "1,23", "12.3.4", "about 5", "nan", "inf", float("nan"), True])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(CellValueError, match="a number"):
        parse_amount(cell)


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, places=4))
def test_an_amount_keeps_all_its_digits(amount):
    assert parse_amount(str(amount)) == amount


def test_units_are_converted_exactly():
    assert in_units_of(10_000)("0.1") == Decimal(1000)
    assert in_units_of(Decimal("0.0001"))("12345678.9") == Decimal("1234.56789")


def test_a_count_is_whole():
    assert parse_count("40.0") == 40
    with pytest.raises(CellValueError, match="a whole number"):
        parse_count("1.5")


@pytest.mark.parametrize(("cell", "text"), [(" 宗地 ", "宗地"), (1001.0, "1001"), (1001, "1001"), (1.5, "1.5")])
def test_a_code_typed_as_a_number_is_a_text(cell, text):
    assert parse_text(cell) == text


@pytest.mark.parametrize("cell", [914301001234567890, 9.14301001234568e17])
def test_a_code_whose_last_digits_the_spreadsheet_has_cut_is_refused(cell):
    with pytest.raises(CellValueError, match="lost its last digits"):
        parse_text(cell)


def test_a_spreadsheet_error_is_no_text():
    with pytest.raises(CellValueError):
        parse_text("#N/A")


def test_an_unknown_word_is_refused_with_the_known_ones():
    parse = one_of({"出让": 1, "划拨": 2})
    assert parse(" 出让 ") == 1
    with pytest.raises(CellValueError, match="one of 出让, 划拨"):
        parse("租")
