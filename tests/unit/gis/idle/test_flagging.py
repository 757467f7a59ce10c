"""Flagging many contracts tells of the same as assessing each, and of nothing that is not idle."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gis.idle import (
    FoundationType,
    IdleKind,
    IdleThresholds,
    LandContract,
    assess_contracts,
    find_contract_faults,
    find_shared_parcels,
    find_unmatched,
    flag_contracts,
)
from gis.rules import ParameterSet, load_catalog

PARAMETERS = ParameterSet(load_catalog().parameters)
DAYS = st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1))
AMOUNTS = st.none() | st.integers(0, 40).map(Decimal)
CONTRACTS = st.lists(
    st.builds(
        LandContract,
        contract_no=st.integers(1, 10**9).map(str),
        parcel_code=st.none() | st.sampled_from(["1", "2", "3"]),
        agreed_start_date=DAYS,
        delivery_date=DAYS,
        permit_date=DAYS,
        foundation_type=st.none() | st.sampled_from(FoundationType),
        milestone_done=AMOUNTS,
        milestone_total=AMOUNTS,
        milestone_date=DAYS,
        should_start_area_m2=AMOUNTS,
        developed_area_m2=AMOUNTS,
        total_investment_10k_yuan=AMOUNTS,
        invested_10k_yuan=AMOUNTS,
        suspended_since=DAYS,
        resumed_date=DAYS,
    ),
    max_size=5,
    unique_by=lambda contract: contract.contract_no,
)


@given(CONTRACTS, st.dates(date(2020, 1, 1), date(2026, 12, 31)), DAYS)
def test_what_is_flagged_is_what_an_assessment_says(contracts: list[LandContract], day: date, signed: date | None):
    shared = {number: (fault,) for number, fault in find_shared_parcels(contracts).items()}
    faults = {
        each.contract_no: (*shared.get(each.contract_no, ()), *find_contract_faults(each, signed_date=signed))
        for each in contracts
    }
    expected = [
        None if found.kind is IdleKind.NOT_IDLE else found
        for found in assess_contracts(contracts, as_of=day, parameters=PARAMETERS, faults=faults)
    ]
    thresholds = IdleThresholds.in_force(PARAMETERS, as_of=day)
    found = flag_contracts(((each, signed) for each in contracts), as_of=day, thresholds=thresholds, faults=shared)
    assert list(found) == expected


def test_contracts_without_parcel_and_parcels_without_contract_are_listed_in_their_order():
    contracts = [LandContract(contract_no=f"C{code}", parcel_code=code) for code in ("1", None, "9")]
    faults = find_unmatched(contracts, ["3", "1", "2", "2"])
    assert [(fault.code, fault.subject) for fault in faults] == [
        ("contract_without_parcel", "CNone"),
        ("contract_without_parcel", "C9"),
        ("parcel_without_contract", "3"),
        ("parcel_without_contract", "2"),
    ]
    assert all(not fault.code.is_blocking for fault in faults)
