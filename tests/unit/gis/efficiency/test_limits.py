"""Limits by zone, industry, region and day, and the indicators worked by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from gis.efficiency import LandInUse, Storey, UseIndicator, find_limit, judge_land, measure_indicators
from gis.efficiency.limits import divisions_of_2002
from gis.rules import IndustryStandard, ParameterRow, ParameterSet, load_catalog

SHIPPED = list(load_catalog().parameters)
DAY = date(2025, 1, 1)


def row(key, value, **more):
    return ParameterRow(key=key, value=Decimal(value), unit="ratio", document="本地文件", status="assumed", **more)


LOCAL = ParameterSet(
    [
        *SHIPPED,
        row("low_efficiency.tax_per_mu_min", "5", region="4301"),
        row("low_efficiency.tax_per_mu_min.industry_34", "6", region="4301"),
        row("low_efficiency.tax_per_mu_min.industry_348", "7", region="4301"),
        row("low_efficiency.tax_per_mu_min.zone_xk", "8", region="4301"),
        row("low_efficiency.tax_per_mu_min.zone_xk.industry_34", "9", region="4301"),
    ]
)


@pytest.mark.parametrize(
    ("zone", "industry", "value"),
    [
        (None, None, "5"),
        (None, "3511", "5"),
        (None, "3411", "6"),
        (None, "3484", "7"),
        ("xk", "3511", "8"),
        ("xk", "3484", "9"),
        ("other", "3484", "7"),
    ],
)
def test_the_most_specific_row_holds_zone_before_industry(zone, industry, value):
    land = LandInUse(parcel_code="1", zone=zone, industry_code=industry)
    limit = find_limit(UseIndicator.TAX_PER_MU, land, day=DAY, parameters=LOCAL, region="430121")
    assert limit.row.value == Decimal(value)


def test_a_row_of_another_region_is_no_limit_here():
    land = LandInUse(parcel_code="1", industry_code="3484")
    assert find_limit(UseIndicator.TAX_PER_MU, land, day=DAY, parameters=LOCAL, region="330726") is None


@pytest.mark.parametrize(
    ("code", "standard", "divisions"),
    [
        ("37", IndustryStandard.GBT4754_2002, ("37",)),
        ("3670", IndustryStandard.GBT4754_2017, ("37",)),
        ("C3985", IndustryStandard.GBT4754_2017, ("40",)),
        ("2911", IndustryStandard.GBT4754_2011, ("29",)),
        ("1495", IndustryStandard.GBT4754_2017, ("14",)),
        ("C", IndustryStandard.GBT4754_2017, ()),
        (None, IndustryStandard.GBT4754_2017, ()),
    ],
)
def test_an_industry_is_found_in_the_division_it_had_in_2002(code, standard, divisions):
    assert divisions_of_2002(code, standard) == divisions


def test_a_code_that_was_two_divisions_has_no_floor_area_limit_and_trade_has_none_at_all():
    parameters, day = ParameterSet(SHIPPED), date(2020, 1, 1)
    unclear = LandInUse(parcel_code="1", industry_code="29")
    assert find_limit(UseIndicator.FLOOR_AREA_RATIO, unclear, day=day, parameters=parameters) is None
    storage = LandInUse(parcel_code="1", industry_code="5990")
    assert find_limit(UseIndicator.BUILDING_COEFFICIENT, storage, day=day, parameters=parameters) is None


def test_the_control_values_are_those_of_the_day_of_supply():
    land = LandInUse(parcel_code="1", industry_code="3484")
    found = {
        day: find_limit(UseIndicator.BUILDING_COEFFICIENT, land, day=day, parameters=ParameterSet(SHIPPED)).row.key
        for day in (date(2023, 6, 24), date(2023, 6, 25))
    }
    assert list(found.values()) == [
        "industrial_2008.building_coefficient_min",
        "industrial_2023.building_coefficient_min",
    ]


def test_the_local_floor_area_ratio_of_taizhou_holds_there_only():
    land = LandInUse(parcel_code="1", industry_code="3484")
    parameters = ParameterSet(SHIPPED)
    limits = [
        find_limit(UseIndicator.FLOOR_AREA_RATIO, land, day=date(2022, 1, 1), parameters=parameters, region=region)
        for region in ("321202", "330726")
    ]
    assert [limit.row.value for limit in limits] == [Decimal("1.2"), Decimal("0.7")]


def test_the_indicators_worked_by_hand():
    # 20000 m2 are 30 mu.
    land = LandInUse(
        parcel_code="1",
        land_area_m2=Decimal(20000),
        storeys=(Storey(Decimal(6000), Decimal("8.5")), Storey(Decimal(4000), Decimal("3.6"))),
        building_footprint_m2=Decimal(6000),
        structure_footprint_m2=Decimal(1000),
        open_yard_m2=Decimal(1000),
        investment_10k_yuan=Decimal(4500),
        tax_10k_yuan=Decimal(300),
        office_floor_m2=Decimal(500),
        total_floor_m2=Decimal(10000),
    )
    found = {name: each.value for name, each in measure_indicators(land, double_height_m=Decimal(8)).items()}
    assert found["floor_area_ratio"] == Fraction(4, 5)
    assert found["building_coefficient"] == Fraction(2, 5)
    assert (found["investment_per_mu"], found["tax_per_mu"]) == (150, 10)
    # Land of offices is not known: their share of the floor stands for it.
    assert found["office_land_share"] == Fraction(1, 20)
    assert found["output_per_mu"] is None


def test_a_parcel_of_no_area_has_no_indicator():
    land = LandInUse(parcel_code="1", land_area_m2=Decimal(0), tax_10k_yuan=Decimal(1), storeys=())
    found = measure_indicators(land, double_height_m=Decimal(8))
    assert found[UseIndicator.TAX_PER_MU].missing == ("land_area_m2",)
    assert found[UseIndicator.FLOOR_AREA_RATIO].value is None


def test_a_failed_test_says_what_was_measured_what_is_required_and_which_row_requires_it():
    land = LandInUse(
        parcel_code="430121001001GB00001",
        zone="xk",
        industry_code="3484",
        is_built=True,
        has_clear_rights=True,
        is_disputed=False,
        is_idle=False,
        is_policy_listed=True,
        land_area_m2=Decimal(20000),
        tax_10k_yuan=Decimal("269.99"),
    )
    found = judge_land(land, as_of=DAY, parameters=LOCAL, region="430121")
    (test,) = found.failed
    assert (test.name, test.measured, test.required) == ("tax_per_mu", Fraction(26999, 3000), 9)
    assert test.row.row_id == "low_efficiency.tax_per_mu_min.zone_xk.industry_34@4301@always"
    assert "亩均税收（万元/亩） 8.9997，要求 ≥ 9.0000（本地文件（依据待核实））" in found.reason_zh
    assert "low_efficiency.tax_per_mu_min.zone_xk.industry_34" in {row.key for row in found.parameter_rows}
