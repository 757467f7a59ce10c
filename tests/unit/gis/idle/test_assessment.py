from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.idle import (
    CauseCode,
    CauseInterval,
    FoundationType,
    IdleKind,
    LandContract,
    assess_contract,
    assess_contracts,
    excused_days,
)
from gis.rules import ParameterNotInForceError, ParameterRow, ParameterSet, load_catalog

PARAMETERS = ParameterSet(load_catalog().parameters)


def day(text):
    return None if text is None else date.fromisoformat(text)


def contract(**values):
    dates = ("agreed_start_date", "supplement_date", "supplement_start_date", "delivery_date", "permit_date")
    dates += ("milestone_date", "suspended_since", "resumed_date")
    amounts = ("milestone_done", "milestone_total", "should_start_area_m2", "developed_area_m2")
    amounts += ("total_investment_10k_yuan", "invested_10k_yuan")
    read = {key: day(value) if key in dates else value for key, value in values.items()}
    read |= {key: Decimal(read[key]) for key in amounts if read.get(key) is not None}
    return LandContract(contract_no="4301212024B00001", parcel_code="430121001001GB00001", **read)


def assess(as_of, **values):
    return assess_contract(contract(**values), as_of=day(as_of), parameters=PARAMETERS)


STARTED = {
    "agreed_start_date": "2022-01-01",
    "permit_date": "2022-03-01",
    "foundation_type": FoundationType.PILE,
    "milestone_done": "40",
    "milestone_total": "40",
    "milestone_date": "2022-05-01",
}
SUSPENDED = STARTED | {
    "suspended_since": "2023-03-01",
    "should_start_area_m2": "9000",
    "developed_area_m2": "3000",
    "total_investment_10k_yuan": "4000",
    "invested_10k_yuan": "1000",
}


class TestNotStarted:
    @pytest.mark.parametrize(
        ("agreed", "as_of", "kind"),
        [
            ("2023-03-01", "2024-02-29", "not_idle"),
            ("2023-03-01", "2024-03-01", "not_idle"),
            ("2023-03-01", "2024-03-02", "idle_not_started"),
            ("2024-02-29", "2025-02-28", "not_idle"),
            ("2024-02-29", "2025-03-01", "idle_not_started"),
            ("2023-12-31", "2024-12-31", "not_idle"),
            ("2023-12-31", "2025-01-01", "idle_not_started"),
            ("2030-01-01", "2025-01-01", "not_idle"),
        ],
    )
    def test_land_is_suspect_from_the_day_after_a_full_year(self, agreed, as_of, kind):
        assert assess(as_of, agreed_start_date=agreed).kind == kind

    def test_the_numbers_and_both_days_of_the_period_are_given(self):
        result = assess("2024-06-01", agreed_start_date="2023-03-01")
        assert (result.period_end, result.true_from) == (day("2024-03-01"), day("2024-03-02"))
        assert result.idle_since == day("2023-03-01")
        assert result.gross_idle_days == result.net_idle_days == 458
        assert "动工开发日期 2023-03-01（合同约定）" in result.reason_zh
        assert "已 458 天" in result.reason_zh
        assert "未取得施工许可证" in result.reason_zh
        assert result.article == "《闲置土地处置办法》（国土资源部令第53号）第二条第一款"
        assert "458 days" in result.reason_en

    def test_land_that_is_not_idle_has_no_idle_days(self):
        result = assess("2024-01-01", agreed_start_date="2023-03-01")
        assert result.idle_since is None
        assert result.gross_idle_days is None

    def test_a_supplement_replaces_the_agreed_start_from_its_signing_on(self):
        dates = {
            "agreed_start_date": "2022-03-01",
            "supplement_date": "2023-02-01",
            "supplement_start_date": "2024-01-01",
        }
        assert assess("2023-06-01", **dates).kind == "not_idle"
        assert assess("2025-01-01", **dates).kind == "not_idle"
        assert assess("2025-01-02", **dates).kind == "idle_not_started"
        assert "补充协议约定" in assess("2025-01-02", **dates).reason_zh
        late_signature = dates | {"supplement_date": "2024-02-01"}
        assert assess("2023-06-01", **late_signature).kind == "idle_not_started"
        assert assess("2024-02-01", **late_signature).kind == "not_idle"

    def test_without_an_agreed_start_it_is_a_year_after_the_delivery(self):
        assert assess("2025-02-28", delivery_date="2023-02-28").kind == "not_idle"
        result = assess("2025-03-01", delivery_date="2023-02-28")
        assert result.kind == "idle_not_started"
        assert result.agreed_start_date == day("2024-02-28")
        assert result.agreed_start_basis == "delivery"

    def test_without_any_date_nothing_can_be_said_and_the_delivery_has_to_be_checked(self):
        result = assess("2025-03-01")
        assert result.kind == "insufficient_data"
        assert result.missing == ("agreed_start_date", "delivery_date")
        assert "约定动工日期、交地日期" in result.reason_zh
        assert "是否已按约定交付土地" in result.reason_zh

    def test_a_delivery_in_the_future_has_not_happened_yet(self):
        assert assess("2025-03-01", delivery_date="2025-03-02").kind == "insufficient_data"


class TestStart:
    @pytest.mark.parametrize(
        ("kind", "done", "total", "is_started"),
        [
            (FoundationType.PILE, "39", "40", False),
            (FoundationType.PILE, "40", "40", True),
            (FoundationType.DEEP_PIT, "9999.99", "10000", False),
            (FoundationType.DEEP_PIT, "10000", "10000.00", True),
            (FoundationType.OTHER, "333.33", "1000", False),
            (FoundationType.OTHER, "333.34", "1000", True),
            (FoundationType.OTHER, "3", "9", True),
            (FoundationType.OTHER, "0.1", "0.3", True),
        ],
    )
    def test_the_milestone_depends_on_the_foundation(self, kind, done, total, is_started):
        facts = STARTED | {"foundation_type": kind, "milestone_done": done, "milestone_total": total}
        expected = "not_idle" if is_started else "idle_not_started"
        assert assess("2024-01-01", **facts).kind == expected

    def test_a_milestone_without_a_permit_is_no_start(self):
        result = assess("2024-01-01", **STARTED | {"permit_date": None})
        assert result.kind == "idle_not_started"
        assert "未取得施工许可证" in result.reason_zh

    def test_an_unreached_milestone_is_named_with_its_progress(self):
        result = assess("2024-01-01", **STARTED | {"milestone_done": "12", "milestone_date": None})
        assert "基础施工节点未完成，12/40" in result.reason_zh
        assert "foundation milestone not reached, 12/40" in result.reason_en

    def test_the_start_is_the_later_of_permit_and_milestone(self):
        assert assess("2024-01-01", **STARTED).actual_start_date == day("2022-05-01")
        swapped = STARTED | {"permit_date": "2022-06-01"}
        assert assess("2024-01-01", **swapped).actual_start_date == day("2022-06-01")

    @pytest.mark.parametrize("field", ["permit_date", "milestone_date"])
    def test_what_happens_after_the_day_has_not_happened_yet(self, field):
        facts = STARTED | {field: "2023-06-01"}
        assert assess("2023-05-31", **facts).kind == "idle_not_started"
        assert assess("2023-06-01", **facts).kind == "late_start"

    def test_a_foundation_of_unknown_type_cannot_be_judged_once_it_matters(self):
        facts = STARTED | {"foundation_type": None}
        assert assess("2023-01-01", **facts).kind == "not_idle"
        result = assess("2023-01-02", **facts)
        assert (result.kind, result.missing) == ("insufficient_data", ("foundation_type",))

    def test_missing_progress_is_missing_unless_the_day_of_the_milestone_is_known(self):
        facts = STARTED | {"milestone_done": None, "milestone_total": None}
        assert assess("2024-01-01", **facts).kind == "not_idle"
        result = assess("2024-01-01", **facts | {"milestone_date": None})
        assert (result.kind, result.missing) == ("insufficient_data", ("milestone_done", "milestone_total"))

    def test_a_total_of_zero_says_nothing(self):
        result = assess("2024-01-01", **STARTED | {"milestone_total": "0", "milestone_date": None})
        assert result.missing == ("milestone_total",)

    def test_a_start_of_unknown_day_may_have_been_late(self):
        facts = STARTED | {"milestone_date": None}
        assert assess("2023-01-01", **facts).kind == "not_idle"
        assert assess("2023-01-02", **facts).missing == ("milestone_date",)

    @pytest.mark.parametrize(
        ("started", "kind"), [("2022-12-31", "not_idle"), ("2023-01-01", "not_idle"), ("2023-01-02", "late_start")]
    )
    def test_a_start_after_a_full_year_is_late_and_not_idle_today(self, started, kind):
        result = assess("2024-01-01", **STARTED | {"milestone_date": started})
        assert result.kind == kind
        if kind == "late_start":
            assert result.gross_idle_days == 366
            assert "逾期动工" in result.reason_zh
            assert "现不构成闲置土地" in result.reason_zh

    def test_without_an_agreed_start_a_started_contract_cannot_be_called_timely(self):
        result = assess("2024-01-01", **STARTED | {"agreed_start_date": None})
        assert (result.kind, result.missing) == ("insufficient_data", ("agreed_start_date", "delivery_date"))


class TestSuspension:
    @pytest.mark.parametrize(
        ("as_of", "kind"),
        [("2024-02-29", "not_idle"), ("2024-03-01", "not_idle"), ("2024-03-02", "idle_suspended")],
    )
    def test_a_suspension_counts_from_the_day_after_a_full_year(self, as_of, kind):
        assert assess(as_of, **SUSPENDED | {"developed_area_m2": "2999.99"}).kind == kind

    @pytest.mark.parametrize(
        ("developed", "invested", "kind"),
        [
            ("3000", "1000", "not_idle"),
            ("2999.999999", "1000", "idle_suspended"),
            ("3000.000001", "1000", "not_idle"),
            ("3000", "999.999999", "idle_suspended"),
            ("3000", "1000.000001", "not_idle"),
            ("0", "4000", "idle_suspended"),
            ("9000", "0", "idle_suspended"),
        ],
    )
    def test_less_than_a_third_or_less_than_a_quarter_is_strict_and_exact(self, developed, invested, kind):
        facts = SUSPENDED | {"developed_area_m2": developed, "invested_10k_yuan": invested}
        assert assess("2025-01-01", **facts).kind == kind

    def test_a_third_that_no_decimal_can_write_is_compared_exactly(self):
        facts = SUSPENDED | {"should_start_area_m2": "10000", "invested_10k_yuan": "4000"}
        assert assess("2025-01-01", **facts | {"developed_area_m2": "3333.33"}).kind == "idle_suspended"
        assert assess("2025-01-01", **facts | {"developed_area_m2": "3333.34"}).kind == "not_idle"

    def test_the_reason_shows_the_numbers_that_were_compared(self):
        result = assess("2025-01-01", **SUSPENDED | {"developed_area_m2": "2700"})
        assert result.idle_since == day("2023-03-01")
        assert result.gross_idle_days == 672
        assert result.developed_share == Fraction(3, 10)
        assert "2700/9000，30.00 %，不足 1/3" in result.reason_zh
        assert "1000/4000，25.00 %，不低于 1/4" in result.reason_zh
        assert "可以认定为闲置土地，须人工认定" in result.reason_zh
        assert "2700/9000, 30.00 %, below 1/3" in result.reason_en
        assert result.article.endswith("第二条第二款")

    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({"should_start_area_m2": "0"}, ("should_start_area",)),
            ({"should_start_area_m2": None, "developed_area_m2": None}, ("should_start_area", "developed_area")),
            ({"total_investment_10k_yuan": "0"}, ("total_investment",)),
            ({"invested_10k_yuan": None}, ("invested",)),
        ],
    )
    def test_a_test_that_cannot_be_decided_is_insufficient_data_and_never_no(self, change, missing):
        result = assess("2025-01-01", **SUSPENDED | change)
        assert (result.kind, result.missing) == ("insufficient_data", missing)

    def test_one_test_that_is_met_decides_though_the_other_is_unknown(self):
        facts = SUSPENDED | {"should_start_area_m2": None, "invested_10k_yuan": "10"}
        result = assess("2025-01-01", **facts)
        assert result.kind == "idle_suspended"
        assert "数据不全，无法计算" in result.reason_zh

    def test_missing_shares_do_not_matter_before_the_year_is_over(self):
        assert assess("2024-03-01", **SUSPENDED | {"should_start_area_m2": None}).kind == "not_idle"

    def test_work_that_was_resumed_is_not_suspended_from_that_day_on(self):
        facts = SUSPENDED | {"developed_area_m2": "0", "resumed_date": "2024-06-01"}
        assert assess("2024-05-31", **facts).kind == "idle_suspended"
        assert assess("2024-06-01", **facts).kind == "not_idle"

    def test_a_resumption_before_the_suspension_belongs_to_an_earlier_one(self):
        facts = SUSPENDED | {"developed_area_m2": "0", "resumed_date": "2022-12-01"}
        assert assess("2025-01-01", **facts).kind == "idle_suspended"

    def test_land_without_a_start_cannot_be_suspended(self):
        facts = SUSPENDED | {"permit_date": None, "developed_area_m2": "0"}
        assert assess("2025-01-01", **facts).kind == "idle_not_started"

    def test_a_suspension_after_a_start_that_cannot_be_told_is_insufficient_data(self):
        facts = SUSPENDED | {"agreed_start_date": "2026-01-01", "foundation_type": None, "developed_area_m2": "0"}
        result = assess("2025-01-01", **facts)
        assert (result.kind, result.missing) == ("insufficient_data", ("foundation_type",))


class TestCauses:
    def test_government_causes_and_force_majeure_are_taken_off_the_net_days_only(self):
        causes = (
            CauseInterval(CauseCode.NOT_DELIVERED, day("2023-04-01"), day("2023-04-10")),
            CauseInterval(CauseCode.FORCE_MAJEURE, day("2023-04-06"), day("2023-04-15")),
            CauseInterval(CauseCode.ENTERPRISE, day("2023-05-01"), day("2023-12-31")),
        )
        result = assess("2024-06-01", agreed_start_date="2023-03-01", causes=causes)
        assert result.kind == "idle_not_started"
        assert (result.gross_idle_days, result.net_idle_days) == (458, 443)
        assert "扣除政府原因和不可抗力 15 天后 443 天" in result.reason_zh
        assert "443 without 15" in result.reason_en

    @pytest.mark.parametrize(
        ("first", "last", "days"),
        [
            ("2023-03-01", "2023-03-01", 0),
            ("2023-03-02", "2023-03-02", 1),
            ("2023-02-01", "2023-03-02", 1),
            ("2024-06-01", "2024-06-01", 1),
            ("2024-06-01", None, 1),
            ("2024-06-02", None, 0),
            ("2022-01-01", None, 458),
        ],
    )
    def test_only_days_after_the_first_and_up_to_the_last_count(self, first, last, days):
        cause = CauseInterval(CauseCode.PLAN_CHANGED, day(first), day(last))
        assert excused_days([cause], after=day("2023-03-01"), until=day("2024-06-01")) == days

    def test_a_cause_that_ends_before_it_begins_is_refused(self):
        with pytest.raises(ValueError, match="cannot end"):
            CauseInterval(CauseCode.PETITIONS, day("2024-01-02"), day("2024-01-01"))


YEAR = st.dates(min_value=date(2023, 1, 1), max_value=date(2024, 12, 31))
CAUSES = st.lists(
    st.tuples(st.sampled_from(CauseCode), YEAR, st.integers(min_value=0, max_value=200)).map(
        lambda drawn: CauseInterval(drawn[0], drawn[1], drawn[1] + timedelta(days=drawn[2]))
    ),
    max_size=6,
)


@given(CAUSES, YEAR, YEAR)
def test_excused_days_equal_a_plain_count_of_days(causes, first, second):
    after, until = sorted((first, second))
    plain = 0
    for offset in range(1, (until - after).days + 1):
        today = after + timedelta(days=offset)
        plain += any(cause.code.is_excused and cause.first_day <= today <= cause.last_day for cause in causes)
    assert excused_days(causes, after=after, until=until) == plain
    assert excused_days(reversed(causes), after=after, until=until) == plain


@given(YEAR, st.integers(min_value=0, max_value=800), CAUSES)
def test_idle_days_never_shrink_from_one_day_to_the_next(agreed, offset, causes):
    today = agreed + timedelta(days=offset)
    known = LandContract(contract_no="1", parcel_code="1", agreed_start_date=agreed, causes=tuple(causes))
    first, second = (
        assess_contract(known, as_of=as_of, parameters=PARAMETERS) for as_of in (today, today + timedelta(days=1))
    )
    if first.kind is IdleKind.IDLE_NOT_STARTED:
        assert second.kind is IdleKind.IDLE_NOT_STARTED
        assert second.gross_idle_days == first.gross_idle_days + 1
        assert first.net_idle_days <= second.net_idle_days <= first.net_idle_days + 1
        assert 0 <= first.net_idle_days <= first.gross_idle_days


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=1, max_value=10**9))
def test_the_third_is_compared_as_integers_would(developed, total):
    facts = SUSPENDED | {"should_start_area_m2": str(total), "developed_area_m2": str(developed)}
    assert (assess("2025-01-01", **facts).kind is IdleKind.IDLE_SUSPENDED) == (3 * developed < total)


class TestParameters:
    def test_the_assessment_names_the_rows_it_used(self):
        keys = {row.key for row in assess("2024-01-01", agreed_start_date="2023-01-01").parameter_rows}
        assert {"idle.idle_after_years", "idle.invested_share", "idle.developed_share_denominator"} <= keys

    def test_a_local_row_replaces_the_national_one_in_its_region(self):
        local = ParameterRow(
            key="idle.idle_after_years",
            value=Decimal(2),
            unit="years",
            document="地方办法",
            region="46",
            status="assumed",
        )
        parameters = ParameterSet([*load_catalog().parameters, local])
        known = contract(agreed_start_date="2023-03-01")
        results = {
            region: assess_contract(known, as_of=date(2024, 3, 2), parameters=parameters, region=region)
            for region in ("CN", "430121", "460100")
        }
        assert [result.kind.value for result in results.values()] == [
            "idle_not_started",
            "idle_not_started",
            "not_idle",
        ]
        assert results["460100"].article == "地方办法（依据待核实）"

    def test_before_the_order_was_in_force_there_is_no_answer(self):
        assert assess("2012-07-01", agreed_start_date="2010-01-01").kind == "idle_not_started"
        with pytest.raises(ParameterNotInForceError, match="2012-06-30"):
            assess("2012-06-30", agreed_start_date="2010-01-01")


def test_a_negative_amount_is_refused():
    with pytest.raises(ValueError, match="invested_10k_yuan cannot be -1"):
        contract(invested_10k_yuan="-1")
    with pytest.raises(ValueError, match="cannot be NaN"):
        contract(developed_area_m2="NaN")


def test_many_contracts_are_assessed_in_order_and_make_a_frame():
    contracts = [
        replace(contract(agreed_start_date=agreed), contract_no=str(number))
        for number, agreed in enumerate(("2023-03-01", "2023-03-02", None))
    ]
    frame = pd.DataFrame(assess_contracts(contracts, as_of=date(2024, 3, 2), parameters=PARAMETERS))
    assert frame["contract_no"].tolist() == ["0", "1", "2"]
    assert frame["kind"].tolist() == ["idle_not_started", "not_idle", "insufficient_data"]
