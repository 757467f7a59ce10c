"""What the table of cases does not say: rates, sums, geometry and the wording."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import AREA_PLANE, to_area_plane
from gis.rules import ParameterSet, load_catalog, sliver_thresholds
from gis.supervision import (
    Approval,
    Firm,
    Holding,
    Supply,
    assess_approvals,
    assess_cleared,
    assess_firm,
    assess_hoarding,
    assess_supply_rate,
    cleared_rate,
    due_report_years,
    find_blocked_holders,
    measure_unsupplied,
    sum_holdings,
    supply_rate,
)

PARAMETERS = ParameterSet(load_catalog().parameters)
DAY = date(2026, 6, 30)


def layer(**boxes):
    geometry = to_area_plane([shapely.box(*box) for box in boxes.values()])
    return gpd.GeoDataFrame(index=list(boxes), geometry=geometry, crs=AREA_PLANE)


def test_the_cleared_rate_reaches_one_half_at_half_and_has_no_target_without_zombies():
    least = PARAMETERS.row("zombie.cleared_rate_min", as_of=DAY).value
    assert cleared_rate(5, 10) >= least
    assert cleared_rate(4, 9) < least
    assert cleared_rate(0, 0) is None


@pytest.mark.parametrize(("cleared", "register"), [(2, 1), (-1, 1)])
def test_more_cannot_be_cleared_than_there_was(cleared, register):
    with pytest.raises(ValueError, match="cannot have been cleared"):
        cleared_rate(cleared, register)


@pytest.mark.parametrize(
    ("registered", "years"),
    [(date(2025, 1, 1), ()), (date(2024, 12, 31), (2024,)), (date(2023, 12, 31), (2023, 2024)), (None, (2023, 2024))],
)
def test_the_first_report_is_that_of_the_year_of_registration(registered, years):
    assert due_report_years(registered, as_of=DAY) == years


def test_a_zombie_is_told_with_its_years_its_last_sign_of_business_and_its_land():
    firm = Firm(
        credit_code="X",
        registered_on=date(2010, 1, 1),
        reports={2023: False, 2024: False},
        last_active=date(2024, 11, 30),
        is_uncontactable=True,
        parcel_codes=("P1", "P2"),
    )
    found = assess_firm(firm, as_of=DAY, parameters=PARAMETERS)
    assert "最近经营活动 2024-11-30；应报年度 2023、2024，均未年报；失联" in found.reason_zh
    assert "none handed in" in found.reason_en
    assert found.parcel_codes == ("P1", "P2")
    assert {row.key for row in found.parameter_rows} >= {"zombie.inactive_months", "zombie.missed_reports"}


def test_a_supply_of_a_later_day_has_not_happened_yet():
    approval = Approval(approval_no="1", approved_on=date(2025, 1, 1), area_m2=Decimal(100))
    supplies = [
        Supply("1", date(2026, 7, 1), Decimal(60)),
        Supply("1", DAY, Decimal(40)),
        Supply("2", None, Decimal(9)),
    ]
    (found,) = assess_approvals([approval], supplies, as_of=DAY, parameters=PARAMETERS)
    assert (found.kind, found.measures["unsupplied_area_m2"]) == ("unsupplied", Decimal(60))
    assert "批而未供 0.0060 公顷" in found.reason_zh


def test_a_measured_remainder_goes_before_the_difference_of_the_areas():
    approval = Approval(
        approval_no="1", approved_on=date(2025, 1, 1), area_m2=Decimal(100), unsupplied_area_m2=Decimal(0)
    )
    (found,) = assess_approvals([approval], [], as_of=DAY, parameters=PARAMETERS)
    assert found.kind == "supplied"


def test_the_remainder_by_geometry_has_no_slivers():
    approved = layer(half=(113.00, 28, 113.01, 28.01), all=(113.01, 28, 113.02, 28.01), none=(113.1, 28, 113.11, 28.01))
    # Of "all" a strip of about 1 mm is not covered: the boundary as it was drawn again.
    supplied = layer(first=(113.00, 28, 113.005, 28.01), second=(113.01, 28, 113.02, 28.00999999))
    thresholds = sliver_thresholds(PARAMETERS, as_of=DAY)
    left = measure_unsupplied(approved, supplied, thresholds=thresholds)
    areas = approved.area
    assert left["half"] == pytest.approx(areas["half"] / 2)
    assert left["all"] == 0
    assert left["none"] == pytest.approx(areas["none"])


def test_the_mean_supply_rate_is_that_of_the_yearly_rates_and_unknown_with_a_year_missing():
    approved = {year: Decimal(100) for year in range(2021, 2026)}
    supplied = dict(zip(range(2021, 2026), map(Decimal, (60, 60, 60, 60, 59)), strict=True))
    mean = supply_rate(approved, supplied, year=2025, years=5)
    assert mean == Fraction(299, 500)
    assert mean < Fraction(PARAMETERS.row("supply.mean_rate_min", as_of=DAY).value)
    assert supply_rate(approved, supplied | {2025: Decimal(60)}, year=2025, years=5) == Fraction(3, 5)
    assert supply_rate(approved, supplied, year=2026, years=5) is None
    assert supply_rate(approved | {2023: Decimal(0)}, supplied, year=2025, years=5) is None


@pytest.mark.parametrize(("last", "kind"), [("59.99", "below"), ("60", "met")])
def test_the_supply_rate_is_held_against_sixty_percent(last, kind):
    approvals = [
        Approval(approval_no=f"{year}", approved_on=date(year, 5, 1), area_m2=Decimal(100))
        for year in range(2021, 2026)
    ]
    supplies = [Supply("x", date(year, 6, 1), Decimal(60)) for year in range(2021, 2025)]
    supplies.append(Supply("x", date(2025, 12, 31), Decimal(last)))
    found = assess_supply_rate(approvals, supplies, year=2025, parameters=PARAMETERS)
    assert found.kind == kind
    assert "国土资发〔2014〕119号" in found.article
    later = assess_supply_rate(approvals, supplies, year=2026, parameters=PARAMETERS)
    assert (later.kind, later.measures["rate"]) == ("insufficient_data", None)


@pytest.mark.parametrize(("cleared", "register", "kind"), [(1, 2, "met"), (1, 3, "below"), (0, 0, "no_target")])
def test_half_of_the_zombies_of_a_zone_are_to_be_cleared(cleared, register, kind):
    found = assess_cleared("东区", 2025, cleared=cleared, on_register=register, parameters=PARAMETERS)
    assert (found.kind, found.subject) == (kind, "cleared_rate/东区/2025")
    assert "一半以上" in found.article


def holding(parcel, holder, area, **more):
    return Holding(parcel_code=parcel, holder_code=holder, area_m2=Decimal(area), **more)


LAND = [
    holding("1", "A", 100, group_code="G", is_idle=True),
    holding("2", "A", 100, group_code="G"),
    holding("3", "B", 200, group_code="G", is_idle=True, is_excused=True),
    holding("4", "C", 500),
    holding("4", "C", 500),
]


def test_land_is_summed_by_group_or_by_holder_and_a_parcel_counts_once():
    assert [(each.owner, each.area_m2, each.idle_area_m2) for each in sum_holdings(LAND)] == [
        ("G", 400, 300),
        ("C", 500, 0),
    ]
    by_holder = {each.owner: each.idle_share for each in sum_holdings(LAND, by_group=False)}
    assert by_holder == {"A": Fraction(1, 2), "B": 1, "C": 0}


def test_only_who_let_land_lie_idle_by_its_own_fault_is_refused():
    assert find_blocked_holders(LAND) == {"A": ("1",)}


def test_a_group_with_enough_idle_land_is_told_with_its_share_and_who_is_refused():
    (found,) = assess_hoarding(LAND, as_of=DAY, parameters=PARAMETERS)
    assert (found.subject, found.kind, found.measures["idle_share"]) == ("G", "hoarding", Fraction(3, 4))
    assert found.parcel_codes == ("1", "3")
    assert "占 75.00 %；不受理新的用地申请：A。" in found.reason_zh
    assert "第二十四条" in found.article


def test_one_idle_parcel_or_less_than_half_is_no_hoarding():
    (one,) = assess_hoarding(LAND[:2], as_of=DAY, parameters=PARAMETERS)
    assert one.kind == "idle_holder"
    little = [holding("1", "A", 1, is_idle=True), holding("2", "A", 1, is_idle=True), holding("3", "A", 3)]
    assert assess_hoarding(little, as_of=DAY, parameters=PARAMETERS)[0].kind == "idle_holder"


@given(st.lists(st.tuples(st.sampled_from("123456"), st.sampled_from("AB"), st.booleans()), max_size=20))
def test_idle_land_is_never_more_than_all_land(entries):
    land = [holding(parcel, holder, 10, is_idle=idle) for parcel, holder, idle in entries]
    for each in sum_holdings(land):
        assert 0 <= each.idle_share <= 1
        assert set(each.idle_parcel_codes) <= set(each.parcel_codes)
    assert set(find_blocked_holders(land)) == {holder for _, holder, idle in entries if idle}
