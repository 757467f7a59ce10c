"""Warnings are read page by page, and the database leaves none out that the law gives."""

from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.cases import warnings
from app.cases.warnings import list_warnings, read_warnings
from app.db.parameters import read_parameters
from app.db.sessions import read_session
from app.idle.repository import current_delivery, read_contracts
from app.idle.service import CONTRACTS, import_table
from gis.disposal import DisposalNumbers, WarningLevel, warn
from gis.idle import IdleThresholds, find_actual_start, find_agreed_start
from gis.rules import region_of_parcel

TABLE = Path(str(resources.files("sample_layers"))) / "data" / "出让合同.csv"
DAYS = (date(2023, 12, 1), date(2024, 6, 1), date(2025, 2, 28), date(2026, 6, 30), date(2027, 1, 1))


def judge_one_by_one(engine: Engine, day: date) -> list[tuple[str, WarningLevel]]:
    """Judge every contract of the delivery, the plain way."""
    found = []
    with read_session(engine) as session:
        delivery, parameters = current_delivery(session, CONTRACTS), read_parameters(session)
        assert delivery is not None
        for each in read_contracts(session, delivery.id, None):
            region = region_of_parcel(each.terms.parcel_code)
            law = IdleThresholds.in_force(parameters, as_of=day, region=region)
            agreed = find_agreed_start(each.terms, as_of=day, years_after_delivery=law.years_after_delivery)
            start = find_actual_start(each.terms, as_of=day, foundation_share=law.foundation_share)
            if agreed is not None and start.has_started is False:
                numbers = DisposalNumbers.in_force(parameters, as_of=day, region=region)
                found.append((each.terms.contract_no, warn(agreed.day, as_of=day, numbers=numbers).level))
    return [each for each in found if each[1] is not WarningLevel.NONE]


def test_the_database_leaves_out_no_contract_that_is_to_be_warned_of(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    import_table(fresh_engine, TABLE, CONTRACTS, actor="test")
    monkeypatch.setattr(warnings, "LOOKED_AT", 7)
    levels = set()
    for day in DAYS:
        with read_session(fresh_engine) as session:
            told = [(each.contract_no, each.warning.level) for each in list_warnings(session, as_of=day)]
        assert told == judge_one_by_one(fresh_engine, day)
        levels |= {level for _, level in told}
    assert levels == set(WarningLevel) - {WarningLevel.NONE}


def test_the_last_day_there_is_can_be_asked_for(fresh_engine: Engine):
    import_table(fresh_engine, TABLE, CONTRACTS, actor="test")
    with read_session(fresh_engine) as session:
        assert read_warnings(session, as_of=date.max, limit=1).warnings[0].warning.level is WarningLevel.RECOVERABLE


def test_pages_follow_each_other_and_a_page_looks_at_so_many_contracts_at_most(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    whole = client.get("/idle-warnings", params={"as_of": "2025-03-01"}).json()
    assert "next_after" not in whole
    assert len(whole["warnings"]) > 1
    for looked_at, limit in ((10_000, 1), (1, 100)):
        monkeypatch.setattr(warnings, "LOOKED_AT", looked_at)
        pages = [{"next_after": 0, "warnings": []}]
        while "next_after" in pages[-1]:
            query = {"as_of": "2025-03-01", "limit": limit, "after": pages[-1]["next_after"]}
            pages.append(client.get("/idle-warnings", params=query).json())
            assert len(pages[-1]["warnings"]) <= 1
        assert [each for page in pages for each in page["warnings"]] == whole["warnings"]
