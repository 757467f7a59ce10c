"""Points: golden values of the published methods, and what holds for any firms."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gis.performance import (
    FirmYear,
    PerformanceIndicator,
    Scale,
    SchemeRefusedError,
    ScoringScheme,
    load_schemes,
    merge_shared_land,
    score_units,
)

SCHEMES = load_schemes()

# One mu, one tonne of coal equivalent, one tonne, one person, so that every indicator of value added is its base.
BASE_2022 = {
    "tax": "24.097",
    "value_added": "136.16",
    "energy_tce": Decimal("136.16") / Decimal("2.694"),
    "emissions_t": Decimal("136.16") / Decimal("4929.81"),
    "staff": Decimal("136.16") / Decimal("18.14"),
    "revenue": "100",
    "research": "3.02",
}


def firm(code="F", **figures):
    read = {name: Decimal(str(value)) for name, value in figures.items() if name != "scale"}
    return FirmYear(
        credit_code=code,
        name=code,
        year=2024,
        scale=figures.get("scale", Scale.ABOVE),
        **({"registered_mu": Decimal(1)} | read),
    )


def score(scheme, *firms, scale=Scale.ABOVE):
    return score_units(merge_shared_land(firms), SCHEMES[scheme].items[scale], SCHEMES[scheme])


def test_a_firm_whose_values_are_the_bases_has_a_hundred_points():
    (found,) = score("huangyan_2022", firm(**BASE_2022))
    assert round(found.total, 20) == 100
    below = firm(scale=Scale.BELOW, tax="11.5932", electricity_10k_kwh=Decimal("11.5932") / Decimal("0.2352"))
    (found,) = score("huangyan_2022", below, scale=Scale.BELOW)
    assert round(found.total, 20) == 100


def test_points_are_value_over_base_times_weight_worked_by_hand():
    # 12.0485 / 24.097 x 30 = 15; the others at their base give 70.
    (found,) = score("huangyan_2022", firm(**BASE_2022 | {"tax": "12.0485"}))
    assert found.points[PerformanceIndicator.TAX_PER_MU] == 15
    assert round(found.total, 20) == 85


def test_an_item_gives_at_most_one_and_a_half_of_its_weight_and_at_least_nothing():
    (found,) = score("huangyan_2022", firm(**BASE_2022 | {"tax": "1000"}))
    assert found.points[PerformanceIndicator.TAX_PER_MU] == 45
    (exact,) = score("huangyan_2022", firm(**BASE_2022 | {"tax": "36.1455"}))
    assert exact.points[PerformanceIndicator.TAX_PER_MU] == 45
    (loss,) = score("huangyan_2022", firm(**BASE_2022 | {"value_added": "-1"}))
    assert loss.points[PerformanceIndicator.VALUE_ADDED_PER_MU] == 0


def test_negative_tax_counts_as_none():
    (found,) = score("huangyan_2022", firm(**BASE_2022 | {"tax": "-3"}))
    assert found.points[PerformanceIndicator.TAX_PER_MU] == 0
    assert found.values[PerformanceIndicator.TAX_PER_MU] == 0


def test_missing_emissions_get_the_mean_points_of_the_others():
    half = BASE_2022 | {"emissions_t": BASE_2022["emissions_t"] * 2}
    unknown = {name: value for name, value in BASE_2022.items() if name != "emissions_t"}
    found = score("huangyan_2022", firm("A", **BASE_2022), firm("B", **half), firm("C", **unknown))
    emission = PerformanceIndicator.VALUE_ADDED_PER_EMISSION
    assert [round(each.points[emission], 20) for each in found] == [10, 5, Fraction(15, 2)]
    assert [each.means for each in found] == [(), (), (emission,)]


def test_emissions_that_nobody_knows_leave_everybody_without_a_score():
    unknown = {name: value for name, value in BASE_2022.items() if name != "emissions_t"}
    found = score("huangyan_2022", firm("A", **unknown), firm("B", **unknown))
    assert [each.total for each in found] == [None, None]
    assert found[0].missing == ("value_added_per_emission",)


def test_a_missing_figure_is_named_and_the_firm_takes_no_part():
    found = score("huangyan_2022", firm("A", **BASE_2022), firm("B", **BASE_2022 | {"staff": "0"}))
    assert found[1].total is None
    assert found[1].missing == ("staff",)
    assert round(found[0].total, 20) == 100


MIN_MAX = {"value_added": "1", "staff": "1", "energy_tce": "1", "research": "1", "revenue": "1"}


def test_min_max_gives_a_fifth_to_the_lowest_all_to_the_highest_and_is_straight_between():
    found = score(
        "anhui_min_max",
        *(firm(code, **MIN_MAX | {"tax": tax}) for code, tax in (("A", "10"), ("B", "20"), ("C", "50"))),
    )
    tax = PerformanceIndicator.TAX_PER_MU
    # 45 x [20 + 80 x (20 - 10) / (50 - 10)] / 100 = 18
    assert [each.points[tax] for each in found] == [9, 18, 45]
    # What is the same for all gives the whole weight.
    assert [each.total for each in found] == [64, 73, 100]


@given(st.lists(st.integers(-50, 500), min_size=1, max_size=8))
def test_min_max_scores_lie_between_a_fifth_and_all_and_follow_the_values(taxes):
    found = score("anhui_min_max", *(firm(f"{n:02d}", **MIN_MAX | {"tax": tax}) for n, tax in enumerate(taxes)))
    totals = [each.total for each in found]
    assert all(64 <= total <= 100 for total in totals)
    values = [max(0, tax) for tax in taxes]
    for first, first_total in zip(values, totals, strict=True):
        for second, second_total in zip(values, totals, strict=True):
            assert (first < second) == (first_total < second_total)


@given(st.permutations(range(5)))
def test_the_order_of_the_firms_does_not_matter(order):
    firms = [firm(f"{n}", **BASE_2022 | {"tax": n * 7}) for n in range(5)]
    there = score("huangyan_2022", *firms)
    assert score("huangyan_2022", *(firms[n] for n in order)) == there


def test_firms_that_share_a_parcel_have_one_score_of_their_sums():
    one, other = firm("A", **BASE_2022), firm("B", **BASE_2022)
    shared = [replace(each, parcel_codes=("P",)) for each in (one, other)]
    (found,) = score("huangyan_2022", *shared)
    assert round(found.total, 20) == 100


def test_land_is_what_is_used_rented_and_occupied_without_certificate():
    used = firm(registered_mu=10, rented_in_mu=3, rented_out_mu=2, uncertified_mu="0.5").used_mu
    assert used == Decimal("11.5")


def test_a_scheme_whose_weights_are_no_hundred_or_without_a_base_is_refused():
    data = SCHEMES["huangyan_2022"].model_dump()
    item = data["items"]["below"][0]
    with pytest.raises(ValidationError, match="add up to 50"):
        ScoringScheme.model_validate(data | {"items": {"below": [item]}})
    with pytest.raises(ValidationError, match="needs a base"):
        ScoringScheme.model_validate(data | {"items": {"below": [item | {"weight": 100, "base": None}]}})


def test_every_shipped_scheme_says_where_it_comes_from():
    assert all(scheme.document and scheme.region != "CN" for scheme in SCHEMES.values())
    assert SCHEMES["anhui_min_max"].is_assumed


def test_a_bureaus_own_scheme_is_read_beside_the_shipped_ones_and_a_wrong_one_refused_by_name(tmp_path):
    own = SCHEMES["huangyan_2022"].model_copy(update={"scheme_id": "own", "region": "430121"})
    path = tmp_path / "own.json"
    path.write_text(f"[{own.model_dump_json()}]", encoding="utf-8")
    assert set(load_schemes(path)) == {*SCHEMES, "own"}
    path.write_text(f"[{own.model_dump_json(exclude={'document'})}]", encoding="utf-8")
    with pytest.raises(SchemeRefusedError, match=r"own.json: 0.document: Field required"):
        load_schemes(path)
