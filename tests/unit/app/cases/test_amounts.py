"""Capital numerals against amounts written by hand, and read back for any amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.amounts import yuan_in_figures, yuan_in_words

UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(words: str) -> Decimal:
    """Read capital numerals, as slowly as a person does."""
    total = section = digit = Decimal(0)
    for sign in words.replace("整", ""):
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = Decimal("零壹贰叁肆伍陆柒捌玖".index(sign))
        elif sign in UNITS:
            section, digit = section + digit * UNITS[sign], Decimal(0)
        elif sign == "万":
            section, digit = (section + digit) * 10_000, Decimal(0)
            total, section = total + section, Decimal(0)
        elif sign == "亿":
            total, section, digit = (total + section + digit) * 10**8, Decimal(0), Decimal(0)
        elif sign == "元":
            total, section, digit = total + section + digit, Decimal(0), Decimal(0)
        elif sign == "角":
            total, digit = total + digit / 10, Decimal(0)
        elif sign == "分":
            total, digit = total + digit / 100, Decimal(0)
    return total


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("10", "壹拾元整"),
        ("105", "壹佰零伍元整"),
        ("1000000", "壹佰万元整"),
        ("20001000", "贰仟万壹仟元整"),
        ("20000100.05", "贰仟万零壹佰元零伍分"),
        ("100000000", "壹亿元整"),
        ("100050000.10", "壹亿零伍万元壹角整"),
        ("1234567.89", "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
    ],
)
def test_an_amount_is_written_as_banks_write_it(amount: str, words: str):
    assert yuan_in_words(Decimal(amount)) == words


@given(st.integers(0, 10**13))
def test_capital_numerals_say_the_amount(cents: int):
    amount = Decimal(cents) / 100
    words = yuan_in_words(amount)
    assert read_back(words) == amount
    assert "零零" not in words
    assert not words.startswith("零") or amount == 0


@pytest.mark.parametrize("amount", ["-1", "0.001", "1e17"])
def test_what_is_no_amount_is_refused(amount: str):
    with pytest.raises(ValueError, match="no amount"):
        yuan_in_words(Decimal(amount))


def test_figures_have_separators_and_cents():
    assert yuan_in_figures(Decimal("1234567.5")) == "1,234,567.50"
