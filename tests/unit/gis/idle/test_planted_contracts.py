"""The contracts planted in the sample come out as planted, from the delivered file to the last day."""

import json
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from gis.formats.contracts import ContractRecord, read_contracts
from gis.idle import assess_contract
from gis.rules import ParameterSet, load_catalog

FOLDER = Path(str(resources.files("sample_layers"))) / "data"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["idle"]
AS_OF = date.fromisoformat(EXPECTED["as_of"])
PARAMETERS = ParameterSet(load_catalog().parameters)


@pytest.fixture(scope="module")
def records() -> dict[str, ContractRecord]:
    content = read_contracts(FOLDER / "出让合同.csv")
    assert content.rejected == ()
    assert content.unknown_columns == ()
    return {record.contract.contract_no: record for record in content.records}


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@pytest.mark.parametrize("case", [*EXPECTED["cases"], *EXPECTED["not_idle"]], ids=lambda case: case["item"])
def test_a_planted_case_comes_out_with_its_dates_days_and_missing_facts(records, case):
    contract = records[case["contract_no"]].contract
    found = assess_contract(contract, as_of=AS_OF, parameters=PARAMETERS)
    assert {
        "kind": found.kind,
        "parcel_code": found.parcel_code,
        "agreed_start_date": iso(found.agreed_start_date),
        "idle_since": iso(found.idle_since),
        "gross_idle_days": found.gross_idle_days,
        "net_idle_days": found.net_idle_days,
        "missing": list(found.missing),
    } == {
        key: case[key]
        for key in (
            "kind",
            "parcel_code",
            "agreed_start_date",
            "idle_since",
            "gross_idle_days",
            "net_idle_days",
            "missing",
        )
    }
    if case["year_end"] is not None and found.period_end is not None:
        assert iso(found.period_end) == case["year_end"]
    for other in case["sweep"]:
        day = date.fromisoformat(other["as_of"])
        assert assess_contract(contract, as_of=day, parameters=PARAMETERS).kind == other["kind"]


def test_nothing_but_the_planted_contracts_makes_a_case(records):
    cases = {
        number
        for number, record in records.items()
        if assess_contract(record.contract, as_of=AS_OF, parameters=PARAMETERS).kind != "not_idle"
    }
    assert cases == {case["contract_no"] for case in EXPECTED["cases"]}
    assert len(records) == EXPECTED["contracts"]
