"""Source values are taken as what their field wants, or refused; never changed into another value."""

import pytest

from app.layers.kinds import LONGEST_TEXT, FieldValueError, to_number, to_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (" 0601 ", "0601"),
        (601.0, "601"),
        (601, "601"),
        (1.5, "1.5"),
        (float("nan"), None),
        (float(2**53 - 1), "9007199254740991"),
        (4301210010011234567, "4301210010011234567"),
        ("4301210010011234567", "4301210010011234567"),
        ("长" * LONGEST_TEXT, "长" * LONGEST_TEXT),
    ],
)
def test_a_value_is_taken_as_text(value: object, text: str | None):
    assert to_text(value) == text


@pytest.mark.parametrize("value", [4301210010011234567.0, float(2**53), -float(2**53), 1e300, float("inf")])
def test_a_code_that_lost_digits_as_a_number_is_refused(value: float):
    with pytest.raises(FieldValueError, match="a number this long has lost digits"):
        to_text(value)


def test_text_that_is_too_long_for_a_field_is_refused():
    with pytest.raises(FieldValueError, match="at most 500 characters"):
        to_text("x" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(("value", "number"), [(None, None), (" ", None), ("1.5", 1.5), (0, 0.0), (2.5, 2.5)])
def test_a_value_is_taken_as_a_number(value: object, number: float | None):
    assert to_number(value) == number


@pytest.mark.parametrize(
    ("value", "message"),
    [("many", "expected a number"), ([1], "expected a number"), (-1, "not negative"), (float("nan"), "not negative")],
)
def test_what_is_no_quantity_is_refused(value: object, message: str):
    with pytest.raises(FieldValueError, match=message):
        to_number(value)
