"""The table of cases in ``tests/data/land_cases.json``: each side of each threshold, with the article that decides."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gis.efficiency import LandInUse, judge_land
from gis.idle import LandContract, assess_contract
from gis.rules import ParameterSet, load_catalog
from gis.supervision import (
    Approval,
    Firm,
    GrantTerm,
    Promise,
    Supply,
    TemporaryUse,
    assess_approvals,
    assess_firm,
    assess_grant_term,
    assess_promise,
    assess_temporary_use,
)

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "land_cases.json").read_text(encoding="utf-8")
)
PARAMETERS = ParameterSet(load_catalog().parameters)

# Development that started in time, and a parcel of 1 ha that meets every requirement to the letter.
STARTED = {
    "agreed_start_date": "2022-01-01",
    "permit_date": "2022-03-01",
    "foundation_type": "pile",
    "milestone_done": "40",
    "milestone_total": "40",
    "milestone_date": "2022-05-01",
}
WHOLE = {
    "industry_code": "3484",
    "supplied_on": "2020-01-01",
    "is_built": True,
    "has_clear_rights": True,
    "is_disputed": False,
    "is_idle": False,
    "is_policy_listed": False,
    "is_unsafe": False,
    "is_plan_mismatch": False,
    "renewal_area_m2": "0",
    "land_area_m2": "10000",
    "storeys": [{"floor_area_m2": "10000", "height_m": "4"}],
    "building_footprint_m2": "3000",
    "structure_footprint_m2": "0",
    "open_yard_m2": "0",
    "office_land_m2": "500",
    "green_area_m2": "1000",
    "total_floor_m2": "10000",
    "vacant_floor_m2": "0",
    "is_producing": True,
}


def read(kind: Any, facts: dict[str, Any]) -> Any:
    return TypeAdapter(kind).validate_python({key: value for key, value in facts.items() if not key.startswith("$")})


def assess_idle(case: dict[str, Any], day: date) -> Any:
    started = STARTED if case["facts"].get("$started") else {}
    contract = read(LandContract, {"contract_no": "1", "parcel_code": "1"} | started | case["facts"])
    return assess_contract(contract, as_of=day, parameters=PARAMETERS)


def assess_low(case: dict[str, Any], day: date) -> Any:
    land = read(LandInUse, {"parcel_code": "1"} | WHOLE | case["facts"])
    return judge_land(land, as_of=day, parameters=PARAMETERS)


def assess_zombie(case: dict[str, Any], day: date) -> Any:
    return assess_firm(read(Firm, {"credit_code": "1"} | case["facts"]), as_of=day, parameters=PARAMETERS)


def assess_unsupplied(case: dict[str, Any], day: date) -> Any:
    approval = read(Approval, {"approval_no": "1"} | case["facts"])
    supplies = [Supply("1", None, Decimal(case["supplied"]))]
    return assess_approvals([approval], supplies, as_of=day, parameters=PARAMETERS)[0]


def assess_temporary(case: dict[str, Any], day: date) -> Any:
    use = read(TemporaryUse, {"approval_no": "1", "parcel_code": "1"} | case["facts"])
    return assess_temporary_use(use, as_of=day, parameters=PARAMETERS)


def assess_term(case: dict[str, Any], day: date) -> Any:
    term = read(GrantTerm, {"contract_no": "1", "parcel_code": "1"} | case["facts"])
    return assess_grant_term(term, as_of=day, parameters=PARAMETERS)


def assess_standard(case: dict[str, Any], day: date) -> Any:
    first = {"contract_no": "1", "parcel_code": "1", "stage": "output", "indicator": "亩均税收", "bound": "at_least"}
    return assess_promise(read(Promise, first | case["facts"]), as_of=day)


ASSESS = {
    "idle": assess_idle,
    "low_efficiency": assess_low,
    "zombie": assess_zombie,
    "unsupplied": assess_unsupplied,
    "temporary_use": assess_temporary,
    "grant_term": assess_term,
    "standard_land": assess_standard,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_comes_out_as_the_law_says_with_its_article(case):
    found = ASSESS[case["topic"]](case, date.fromisoformat(case["as_of"]))
    assert found.kind == case["kind"], found.reason_en
    assert case["article"] in found.article
    assert found.article in found.reason_zh
    for name in ("gross_idle_days", "net_idle_days"):
        if name in case:
            assert getattr(found, name) == case[name]
    if "missing" in case:
        assert list(found.missing) == case["missing"]
    if "failed" in case:
        assert [test.name for test in found.failed] == case["failed"]
    if "faults" in case:
        assert [fault.code for fault in found.faults] == case["faults"]


def test_the_table_is_not_small_and_covers_every_topic():
    assert len(CASES) >= 60
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert {case["topic"] for case in CASES} == set(ASSESS)
