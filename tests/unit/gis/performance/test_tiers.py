"""Classes by rank: cut-offs, ties, vetoes, who is not graded, and the years."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gis.performance import (
    ClassYear,
    FirmYear,
    Scale,
    Tier,
    TierPolicy,
    assign_tiers,
    class_d_list,
    classes_by_parcel,
    evaluate,
    load_schemes,
    load_tier_policies,
    public_list,
    rank_scores,
)

POLICIES = load_tier_policies()
SCHEME = load_schemes()["huangyan_2022"]


def firm(code, tax="10", **more):
    facts = {"scale": Scale.BELOW, "registered_mu": Decimal(10), "electricity_10k_kwh": Decimal(100)} | more
    return FirmYear(credit_code=code, name=f"企业{code}", year=2024, tax=Decimal(tax), **facts)


def run(*firms, policy="zhejiang", **changes):
    rules = POLICIES[policy].model_copy(update=changes)
    return {each.firm.credit_code: each for each in evaluate(firms, year=2024, scheme=SCHEME, policy=rules)}


@pytest.mark.parametrize(
    ("count", "tiers"),
    [
        (1, "D"),
        (4, "ABCD"),
        (5, "ABBCD"),
        (20, "AAAAABBBBBBBBBCCCCCD"),
        (21, "AAAAABBBBBBBBBCCCCCDD"),
        (40, "A" * 10 + "B" * 18 + "C" * 10 + "DD"),
    ],
)
def test_anhui_cuts_a_quarter_seventy_percent_and_the_last_twentieth(count, tiers):
    # A takes the smaller whole number, D the greater: of 21 firms 5.25 and 1.05 are 5 and 2.
    assert "".join(assign_tiers(range(1, count + 1), POLICIES["anhui"])) == tiers


def test_the_roundings_can_be_turned():
    policy = POLICIES["anhui"].model_copy(update={"a_rounding": "ceil", "d_rounding": "floor"})
    assert "".join(assign_tiers(range(1, 22), policy)) == "AAAAAABBBBBBBBCCCCCCD"


def test_a_tie_across_a_cut_off_gets_the_better_class():
    scores = [Fraction(100 - n) for n in range(20)]
    scores[5] = scores[4]
    assert rank_scores(scores)[4:7] == [5, 5, 7]
    tiers = assign_tiers(rank_scores(scores), POLICIES["anhui"])
    assert tiers[4:7] == [Tier.A, Tier.A, Tier.B]
    scores[19] = scores[18]
    assert assign_tiers(rank_scores(scores), POLICIES["anhui"])[18:] == [Tier.C, Tier.C]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.sampled_from(sorted(POLICIES)))
def test_a_better_score_never_has_a_worse_class(scores, policy):
    exact = [Fraction(score) for score in scores]
    tiers = assign_tiers(rank_scores(exact), POLICIES[policy])
    for first, first_tier in zip(exact, tiers, strict=True):
        for second, second_tier in zip(exact, tiers, strict=True):
            assert first <= second or first_tier <= second_tier
    assert tiers.count(Tier.D) <= -(-len(scores) * 5 // 100)


def test_shares_that_overlap_are_refused():
    with pytest.raises(ValidationError, match="overlap"):
        TierPolicy.model_validate(POLICIES["anhui"].model_dump() | {"b_share": Decimal("0.96")})


def test_a_veto_bars_the_better_classes_and_mends_none():
    firms = [firm(f"{n:02d}", tax=str(100 - n)) for n in range(20)]
    spoilt = [firm("00", tax="100", veto="安全事故"), *firms[1:]]
    found = run(*spoilt, veto_class="C")
    assert (found["00"].tier, found["00"].changed_by, found["00"].rank) == (Tier.C, "veto", 1)
    assert run(*spoilt)["00"].tier is Tier.D
    last = [*firms[:-1], firm("19", tax="1", veto="安全事故")]
    assert (run(*last, veto_class="C")["19"].tier, run(*last, veto_class="C")["19"].changed_by) == (Tier.D, None)


def test_less_tax_than_the_floor_is_class_d_and_the_floor_itself_is_not():
    firms = [firm(f"{n:02d}", tax=str(100 - n)) for n in range(20)]
    found = run(*firms, d_below_tax_per_mu=Decimal("9.5"))
    assert found["05"].tier is Tier.B
    assert (found["06"].tier, found["06"].changed_by) == (Tier.D, "tax_floor")


def test_public_service_and_new_firms_and_utilities_are_not_graded():
    found = run(
        firm("1", exemption="公益性"),
        firm("2", industry_code="4430"),
        firm("3", production_since=date(2022, 12, 31)),
        firm("4", production_since=date(2022, 12, 30)),
        firm("5"),
    )
    assert [each.status for each in found.values()] == ["exempt", "exempt", "exempt", "graded", "graded"]
    assert found["1"].tier is None
    assert run(firm("1", exemption="公益性"), policy="anhui")["1"].tier is Tier.B


@pytest.mark.parametrize(("mu", "status"), [("2.99", "below_land"), ("3", "graded")])
def test_small_firms_below_scale_are_evaluated_from_three_mu_on(mu, status):
    assert run(firm("1", registered_mu=Decimal(mu)))["1"].status == status


def test_a_firm_of_unknown_scale_or_land_is_told_what_is_missing():
    found = run(firm("1", scale=None), firm("2", registered_mu=None), firm("3"))
    assert [(found[code].status, found[code].missing) for code in ("1", "2")] == [
        ("insufficient_data", ("scale",)),
        ("insufficient_data", ("used_mu",)),
    ]
    assert found["3"].ranked == 1


def test_firms_on_shared_land_share_place_and_class():
    shared = [firm("1", tax="90", parcel_codes=("P",)), firm("2", tax="1", parcel_codes=("P",))]
    found = run(*shared, firm("3", tax="20"))
    assert found["1"].score == found["2"].score
    assert (found["1"].unit_code, found["2"].unit_code, found["1"].unit_size) == ("1", "1", 2)
    assert (found["1"].rank, found["2"].rank, found["3"].rank, found["3"].ranked) == (1, 1, 2, 2)


def years(code, **classes):
    return [ClassYear(credit_code=code, year=int(year[1:]), tier=Tier(tier)) for year, tier in classes.items()]


@pytest.mark.parametrize(
    ("classes", "is_listed"),
    [
        ({"y2023": "D", "y2024": "D"}, True),
        ({"y2023": "C", "y2024": "D"}, False),
        ({"y2022": "D", "y2023": "D", "y2024": "C"}, False),
        ({"y2022": "D", "y2024": "D"}, False),
    ],
)
def test_class_d_two_years_running_feeds_the_list(classes, is_listed):
    assert class_d_list(years("X", **classes), year=2024, years=2) == (("X",) if is_listed else ())


def test_a_class_under_appeal_or_not_graded_feeds_nothing():
    good = ClassYear(credit_code="X", year=2023, tier=Tier.D, parcel_codes=("P",))
    appealed = ClassYear(credit_code="X", year=2024, tier=Tier.D, parcel_codes=("P",), is_under_appeal=True)
    treated = ClassYear(credit_code="X", year=2024, tier=Tier.D, parcel_codes=("P",), is_graded=False)
    assert class_d_list([good, appealed], year=2024, years=2) == ()
    assert class_d_list([good, treated], year=2024, years=2) == ()
    assert classes_by_parcel([good, appealed]) == {"P": {2023: "D"}}


def test_of_two_firms_on_one_parcel_the_better_class_counts():
    entries = [
        ClassYear(credit_code=code, year=2024, tier=tier, parcel_codes=("P",))
        for code, tier in (("X", Tier.D), ("Y", Tier.B))
    ]
    assert classes_by_parcel(entries) == classes_by_parcel(entries[::-1]) == {"P": {2024: "B"}}


def test_the_public_list_goes_by_class_and_place_and_marks_appeals():
    firms = [firm(f"{n:02d}", tax=str(50 + n)) for n in range(10)]
    found = run(*firms, firm("99", exemption="初创"))
    listed = public_list(found.values(), under_appeal=frozenset({"00"}))
    assert [entry.credit_code for entry in listed] == [f"{n:02d}" for n in range(9, -1, -1)] + ["99"]
    assert [entry.credit_code for entry in listed if entry.is_under_appeal] == ["00"]
    # 5.9 / 11.5932 x 50 and 0.59 / 0.2352 x 50, the latter limited to 75.
    assert listed[0].score == Decimal("100.45")
    assert not listed[-1].is_graded
