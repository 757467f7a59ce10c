"""Options, warning levels and readiness, each against what the Order offers."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.disposal import (
    CaseFacts,
    CleanLand,
    DisposalOption,
    Readiness,
    WarningLevel,
    answer_deadline,
    idle_fee,
    lawful_options,
    warn,
    warning_days,
)
from gis.idle import add_years
from tests.unit.gis.disposal.paths import FACTS, lead_to, make_case, numbers_on

ART_12 = ["extension", "change_of_use", "temporary_use", "paid_recovery", "other"]


def offered(*, kind: str, cause: str, on: date, stage: str = "filed") -> list[str]:
    facts = CaseFacts.model_validate(FACTS | {"kind": kind})
    state, _ = make_case(facts, lead_to(stage, kind=kind, cause=cause))
    return [each.option.value for each in lawful_options(state, on=on, numbers=numbers_on(on)) if each.is_offered]


@pytest.mark.parametrize(
    ("kind", "cause", "on", "expected"),
    [
        ("idle_not_started", "E", date(2026, 3, 1), ["fee"]),
        ("idle_not_started", "E", date(2026, 3, 2), ["free_recovery"]),
        ("idle_not_started", "G1", date(2026, 3, 2), ART_12),
        ("idle_not_started", "FM", date(2025, 6, 1), ART_12),
        ("idle_suspended", "E", date(2026, 3, 2), ART_12),
        ("idle_suspended", "G2", date(2026, 3, 2), [*ART_12[:4], "swap", "other"]),
    ],
)
def test_an_option_is_offered_only_where_it_is_lawful(kind: str, cause: str, on: date, expected: list[str]):
    assert offered(kind=kind, cause=cause, on=on) == expected


def test_nothing_of_article_12_is_offered_before_the_filing():
    assert offered(kind="idle_not_started", cause="G2", on=date(2025, 5, 1), stage="published") == []


def test_every_option_answers_with_a_reason_before_the_determination():
    state, _ = make_case(CaseFacts.model_validate(FACTS), lead_to("evidence"))
    answers = lawful_options(state, on=date(2025, 4, 11), numbers=numbers_on(date(2025, 4, 11)))
    assert [answer.option for answer in answers] == list(DisposalOption)
    assert all(answer.obstacles[0].code == "not_determined" for answer in answers)


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_the_fee_is_a_fifth_and_never_more_than_half_a_cent_off(price: Decimal):
    fee = idle_fee(price, numbers_on(date(2026, 1, 1)))
    difference = Fraction(fee) - Fraction(price) / 5
    assert -Fraction(1, 200) < difference <= Fraction(1, 200)
    assert fee.as_tuple().exponent == -2


@pytest.mark.parametrize("price", [Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_a_price_that_is_none_has_no_fee(price: Decimal):
    with pytest.raises(ValueError, match="price"):
        idle_fee(price, numbers_on(date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (date(2025, 12, 1), "none"),
        (date(2025, 12, 2), "reminder"),
        (date(2026, 3, 2), "reminder"),
        (date(2026, 3, 3), "overdue_start"),
        (date(2026, 12, 1), "overdue_start"),
        (date(2026, 12, 2), "amber"),
        (date(2027, 3, 2), "amber"),
        (date(2027, 3, 3), "red"),
        (date(2028, 3, 2), "red"),
        (date(2028, 3, 3), "recoverable"),
    ],
)
def test_the_ladder_is_climbed_on_the_day(day: date, level: str):
    assert warn(date(2026, 3, 2), as_of=day, numbers=numbers_on(day)).level == level


@given(st.dates(date(2015, 1, 1), date(2040, 12, 31)))
def test_red_begins_when_the_land_is_idle_and_the_steps_never_change_places(start: date):
    numbers = numbers_on(date(2026, 1, 1))
    days = warning_days(start, numbers)
    assert days[WarningLevel.RED] == add_years(start, 1) + timedelta(days=1)
    assert list(days.values()) == sorted(days.values())
    for level, first_day in days.items():
        assert warn(start, as_of=first_day, numbers=numbers).level is level
        assert warn(start, as_of=first_day - timedelta(days=1), numbers=numbers).next_level is level


@given(st.dates(date(2015, 1, 1), date(2040, 12, 31)), st.integers(1, 90))
def test_a_deadline_is_a_working_day_and_at_most_a_holiday_later(served: date, days: int):
    until = answer_deadline(served, days)
    assert until.weekday() < 5
    assert 0 <= (until - served).days - days <= 6


def test_what_is_not_known_is_neither_ready_nor_unready():
    assert Readiness().is_supply_ready is None
    assert Readiness(water=False).is_supply_ready is False
    assert Readiness(water=True, gas=True).count == 2
    assert CleanLand().is_clean is None
    assert len(CleanLand().missing) == 5
