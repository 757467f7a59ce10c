"""Statistics, changes and the plan as work of a worker: the same answers as over HTTP, for any number of contracts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic_core import to_jsonable_python
from sqlalchemy import Engine

from app.idle import reporting
from app.jobs.kinds import IDLE_CHANGES, IDLE_PLAN, IDLE_STATISTICS, KINDS, JobRun
from tests.integration.cases.conftest import ROWS, TO_RECOVERY

PLAN = {"officer_days": 60, "budget_yuan": 5000000, "demands": [{"use": "0601", "area_m2": 5000}]}


@pytest.fixture
def work(scanned: Engine) -> Callable[..., dict[str, Any]]:
    """Return a function that does the work of a job, and returns its result as the job keeps it."""

    def work(kind: str, **inputs: Any) -> dict[str, Any]:
        run = JobRun(scanned, inputs, "test", progress=lambda *_: None, cancelled=lambda: False)
        return to_jsonable_python(KINDS[kind](run))

    return work


def test_a_worker_tells_the_same_statistics_and_changes_as_the_service(
    client: TestClient, contracts: Callable[..., dict[str, Any]], work: Callable[..., dict[str, Any]]
):
    contracts(*ROWS[1:], as_of=date(2025, 3, 12), confirm_drop=True)
    statistics = client.get("/idle-statistics", params={"as_of": "2025-03-12"})
    assert work(IDLE_STATISTICS, as_of="2025-03-12") == statistics.json()
    changes = client.get("/idle-scan-changes")
    assert work(IDLE_CHANGES, **{"from": None, "to": None}) == changes.json()
    assert [each["change"] for each in changes.json()["changes"]] == ["gone"]


def test_a_great_many_contracts_are_left_to_a_process_that_is_named(
    client: TestClient, contracts: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    contracts(*ROWS[1:], as_of=date(2025, 3, 12), confirm_drop=True)
    monkeypatch.setattr(reporting, "AT_ONCE", 2)
    for path, process in (("/idle-statistics", IDLE_STATISTICS), ("/idle-scan-changes", IDLE_CHANGES)):
        refused = client.get(path)
        assert (refused.status_code, refused.json()["process"]) == (409, process)
        assert f"/processes/{process}/execution" in refused.json()["detail"]
        accepted = client.post(f"/processes/{process}/execution", json={"inputs": {}})
        assert (accepted.status_code, accepted.json()["processID"]) == (201, process)


def test_a_worker_plans_the_same_as_the_service(
    client: TestClient, opened: int, move: Callable[..., Any], work: Callable[..., dict[str, Any]]
):
    for action, on, members in TO_RECOVERY[:4]:
        assert move(opened, action, on, **members).status_code == 200
    told = client.post("/idle-case-plans", json=PLAN)
    assert told.status_code == 200, told.text
    assert work(IDLE_PLAN, **PLAN) == told.json()
    accepted = client.post(f"/processes/{IDLE_PLAN}/execution", json={"inputs": PLAN})
    assert (accepted.status_code, accepted.json()["processID"]) == (201, IDLE_PLAN)
