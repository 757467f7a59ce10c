from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.idle import add_months, add_years, first_day_after, has_completed_years

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        ("2023-03-01", 1, "2024-03-01"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 2, "2026-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2023-12-31", 1, "2024-12-31"),
        ("2023-12-31", 0, "2023-12-31"),
    ],
)
def test_a_period_of_years_ends_on_the_same_day_or_the_last_of_february(start, years, end):
    assert add_years(date.fromisoformat(start), years) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-08-31", 1, "2024-09-30"),
        ("2024-08-31", 6, "2025-02-28"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-05-31", 9, "2025-02-28"),
    ],
)
def test_a_period_of_months_ends_on_the_last_day_of_a_shorter_month(start, months, end):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_a_full_year_has_passed_on_the_day_after_its_end_and_not_before():
    start = date(2023, 3, 1)
    answers = {day: has_completed_years(start, 1, as_of=date.fromisoformat(day)) for day in
               ("2024-02-29", "2024-03-01", "2024-03-02")}  # fmt: skip
    assert answers == {"2024-02-29": False, "2024-03-01": False, "2024-03-02": True}


def test_a_full_year_from_a_leap_day_has_passed_on_the_first_of_march():
    start = date(2024, 2, 29)
    assert not has_completed_years(start, 1, as_of=date(2025, 2, 28))
    assert has_completed_years(start, 1, as_of=date(2025, 3, 1))


def test_a_negative_period_is_refused():
    with pytest.raises(ValueError, match="no negative length"):
        add_months(date(2024, 1, 1), -1)


@given(DAYS, st.integers(min_value=0, max_value=360))
def test_a_period_of_months_ends_in_its_last_month_and_never_on_a_later_day_of_it(start, months):
    end = add_months(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day <= start.day
    assert end.day == start.day or first_day_after(end).day == 1


@given(DAYS, DAYS, st.integers(min_value=0, max_value=30))
def test_a_later_start_never_ends_earlier(first, second, years):
    earlier, later = sorted((first, second))
    assert add_years(earlier, years) <= add_years(later, years)


@given(DAYS, st.integers(min_value=1, max_value=30))
def test_a_completed_period_is_first_true_on_the_day_after_its_end(start, years):
    end = add_years(start, years)
    assert not has_completed_years(start, years, as_of=end)
    assert has_completed_years(start, years, as_of=end + timedelta(days=1))
    assert first_day_after(end) == end + timedelta(days=1)
