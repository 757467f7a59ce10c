"""Idle rates against sums by hand and a plain loop; changes between scans with their reason."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gis.idle import (
    IDLE_KINDS,
    LandContract,
    ScannedContract,
    ScanOf,
    SuppliedLand,
    assess_contract,
    compare_scans,
    find_contract_faults,
    mean_rate,
    measure_idle_rates,
)
from gis.rules import ParameterSet, load_catalog

PARAMETERS = ParameterSet(load_catalog().parameters)


def land(number: str, zone: str, supplied: date | None, area: str | None, start: date | None) -> SuppliedLand:
    contract = LandContract(contract_no=number, parcel_code=number, agreed_start_date=start)
    return SuppliedLand(contract, zone, "CN", supplied, None if area is None else Decimal(area))


def test_the_idle_rate_is_idle_over_supplied_land_of_each_zone_at_each_day():
    parcels = [
        land("1", "A", date(2020, 5, 1), "10000", date(2021, 12, 31)),  # idle from 2023-01-01 on
        land("2", "A", date(2020, 5, 1), "20000", date(2022, 12, 30)),  # idle from 2023-12-31 on
        land("3", "A", date(2023, 6, 1), "30000", date(2024, 6, 1)),
        land("4", "B", date(2023, 1, 1), "5000", None),
        land("5", "B", date(2023, 1, 1), None, date(2024, 1, 1)),
    ]
    found = measure_idle_rates(parcels, days=[date(2022, 12, 31), date(2023, 12, 31)], parameters=PARAMETERS)
    told = [(rate.zone, rate.day.year, rate.contracts, rate.idle, rate.rate) for rate in found]
    assert told == [
        ("A", 2022, 2, 0, Fraction(0)),
        ("A", 2023, 3, 2, Fraction(1, 2)),
        ("B", 2023, 2, 0, Fraction(0)),
    ]
    assert (found[-1].undecided, found[-1].without_area) == (1, 1)


def test_a_zone_without_known_area_has_no_rate():
    (found,) = measure_idle_rates(
        [land("1", "A", None, None, date(2020, 1, 1))], days=[date(2023, 1, 1)], parameters=PARAMETERS
    )
    assert (found.rate, found.idle) == (None, 1)


def test_contracts_that_are_wrong_beyond_themselves_or_start_before_their_supply_are_undecided():
    parcels = [
        land("1", "A", date(2020, 5, 1), "100", date(2021, 1, 1)),
        land("2", "A", date(2020, 5, 1), "100", date(2021, 1, 1)),
        land("3", "A", date(2020, 5, 1), "100", date(2020, 4, 30)),
    ]
    (found,) = measure_idle_rates(parcels, days=[date(2023, 1, 1)], parameters=PARAMETERS, faulty={"2"})
    assert (found.contracts, found.idle, found.undecided) == (3, 1, 2)
    assert found.rate == Fraction(1, 3)


def test_a_mean_over_fewer_years_is_no_mean():
    assert mean_rate([None, Fraction(1, 2), Fraction(1, 4)], 2) == Fraction(3, 8)
    assert mean_rate([Fraction(1, 2), None], 2) is None


DAYS = st.dates(date(2015, 1, 1), date(2026, 1, 1))
LANDS = st.lists(
    st.builds(
        land,
        st.integers(1, 10**6).map(str),
        st.sampled_from(["A", "B"]),
        st.none() | DAYS,
        st.none() | st.integers(1, 10**6).map(str),
        st.none() | DAYS,
    ),
    max_size=12,
)


@given(LANDS, DAYS)
def test_the_sums_are_those_of_a_plain_loop(parcels: list[SuppliedLand], day: date):
    found = {rate.zone: rate for rate in measure_idle_rates(parcels, days=[day], parameters=PARAMETERS)}
    for zone in ("A", "B"):
        there = [
            each for each in parcels if each.zone == zone and (each.supplied_on is None or each.supplied_on <= day)
        ]
        faults = [find_contract_faults(each.contract, signed_date=each.supplied_on) for each in there]
        idle = [
            each
            for each, own in zip(there, faults, strict=True)
            if not own and assess_contract(each.contract, as_of=day, parameters=PARAMETERS).kind in IDLE_KINDS
        ]
        if not there:
            assert zone not in found
            continue
        assert (found[zone].contracts, found[zone].idle) == (len(there), len(idle))
        assert found[zone].supplied_m2 == sum(each.area_m2 or 0 for each in there)
        assert found[zone].idle_m2 == sum(each.area_m2 or 0 for each in idle)


def scanned(start: date | None, kind: str | None, faults: frozenset[str] = frozenset()) -> ScannedContract:
    return ScannedContract(LandContract(contract_no="1", parcel_code="1", agreed_start_date=start), kind, faults)


DAY, START = date(2025, 6, 30), date(2024, 1, 1)


def compare(before: ScannedContract | None, after: ScannedContract | None, *, law: str = "a") -> list[tuple[str, ...]]:
    former = ScanOf(DAY, frozenset("a"), {} if before is None else {"1": before})
    latter = ScanOf(DAY + timedelta(days=30), frozenset(law), {} if after is None else {"1": after})
    return [(each.change, each.reason, *each.changed_fields) for each in compare_scans(former, latter)]


def test_each_change_says_why():
    idle = scanned(START, "idle_not_started")
    assert compare(None, idle) == [("new", "delivered")]
    assert compare(idle, None) == [("gone", "not_delivered")]
    assert compare(scanned(START, None), idle) == [("new", "time")]
    assert compare(scanned(START, None), idle, law="b") == [("new", "law")]
    assert compare(idle, scanned(date(2025, 1, 1), None)) == [("gone", "facts", "agreed_start_date")]
    shared = scanned(START, "insufficient_data", frozenset({"shared_parcel"}))
    assert compare(idle, shared) == [("changed", "other_contracts", "shared_parcel")]
    assert compare(idle, idle) == []
