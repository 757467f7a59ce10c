"""Jobs over HTTP, as OGC API - Processes (OGC 18-062r2) describes them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.models import Layer, LayerKind
from app.db.sessions import write_session
from app.errors import AppError
from app.jobs.kinds import JobRun
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings

URL = "http://127.0.0.1:8000"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
OGC_TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"

Enqueue = Callable[..., UUID]


@pytest.fixture
def client(fresh_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client on this machine that presents no key."""
    with write_session(fresh_engine, actor="tests") as session:
        session.add(
            Layer(slug="parcels", kind=LayerKind.PARCEL, title_zh="宗地", title_en="Parcels", created_by="tests")
        )
    settings = Settings(data_dir=tmp_path, pool_size=4, public_reads=True)
    with TestClient(create_app(settings, fresh_engine), base_url=URL) as client:
        yield client


@pytest.fixture
def key(fresh_engine: Engine) -> Callable[[Scope], dict[str, str]]:
    """Return a function that makes a key and gives the headers to present it."""

    def key(scope: Scope) -> dict[str, str]:
        with write_session(fresh_engine, actor="tests") as session:
            return {"Authorization": f"Bearer {create_key(session, f'{scope} key', scope)}"}

    return key


def finish(engine: Engine, job_id: UUID | str, work: Callable[[JobRun], dict[str, Any]]) -> None:
    with engine.connect() as connection:
        kind = connection.execute(text("select kind from job where id = :id"), {"id": job_id}).scalar_one()
    run_job(engine, UUID(str(job_id)), {kind: work})


def test_a_check_is_accepted_as_a_job_and_followed_to_its_results(client: TestClient, fresh_engine: Engine) -> None:
    body = {"target": "parcels", "layers": ["parcels"], "as_of": "2026-01-01"}
    accepted = client.post("/check-runs", json=body)
    assert accepted.status_code == 201
    state = accepted.json()
    assert accepted.headers["Location"] == f"{URL}/jobs/{state['jobID']}"
    assert state.items() >= {"processID": "check.run", "type": "process", "status": "accepted", "progress": 0}.items()
    assert client.get(f"/jobs/{state['jobID']}/results").json()["type"] == f"{OGC_TYPES}/result-not-ready"

    finish(fresh_engine, state["jobID"], lambda run: {"inputs": dict(run.inputs), "actor": run.actor})
    state = client.get(accepted.headers["Location"]).json()
    assert state.items() >= {"status": "successful", "progress": 100, "id": state["jobID"]}.items()
    # The schema of a state has no null.
    assert not {"message", "exception"} & set(state)
    assert state["created"] <= state["started"] <= state["finished"]
    (results,) = [link["href"] for link in state["links"] if link["rel"] == RESULTS]
    assert client.get(results).json() == {"inputs": body, "actor": "local"}


def test_a_scan_needs_a_key_that_may_write(
    client: TestClient, key: Callable[[Scope], dict[str, str]], fresh_engine: Engine
) -> None:
    assert client.post("/idle-scans", json={}).status_code == 401
    assert client.post("/idle-scans", json={}, headers=key(Scope.CHECK)).status_code == 403
    accepted = client.post("/idle-scans", json={"as_of": "2026-01-01"}, headers=key(Scope.WRITE))
    assert (accepted.status_code, accepted.json()["processID"]) == (201, "idle.scan")
    location, job_id = accepted.headers["Location"], accepted.json()["jobID"]
    finish(fresh_engine, job_id, lambda run: {"day": str(run.as_of), "actor": run.actor})
    assert client.get(f"{location}/results").json() == {"day": "2026-01-01", "actor": "write key"}


def test_a_check_needs_a_key_that_may_check_beyond_this_machine(
    client: TestClient, key: Callable[[Scope], dict[str, str]]
) -> None:
    elsewhere = {"Host": "gis.example.cn"}
    assert client.post("/check-runs", json={"target": "parcels"}, headers=elsewhere).status_code == 401
    reader = elsewhere | key(Scope.READ)
    assert client.post("/check-runs", json={"target": "parcels"}, headers=reader).status_code == 403
    checker = elsewhere | key(Scope.CHECK)
    assert client.post("/check-runs", json={"target": "parcels"}, headers=checker).status_code == 201


def test_a_check_of_an_unknown_layer_is_refused_at_once(client: TestClient) -> None:
    for body in ({"target": "parcel"}, {"target": "parcels", "layers": ["redline"]}):
        refused = client.post("/check-runs", json=body)
        assert (refused.status_code, refused.json()["title"]) == (404, "Layer not found")
    assert client.get("/jobs").json()["jobs"] == []


def test_a_request_that_cannot_be_understood_is_refused(client: TestClient) -> None:
    target = {"target": "parcels"}
    for body in ({}, {"target": ""}, target | {"layers": []}, target | {"as_of": "1.1.2026"}, target | {"aim": "x"}):
        refused = client.post("/check-runs", json=body)
        assert refused.status_code == 400, body
        assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/jobs").json()["jobs"] == []


def test_who_polls_gets_no_body_until_something_changes(
    client: TestClient, enqueue: Enqueue, fresh_engine: Engine
) -> None:
    job_id = enqueue("check.run")
    first = client.get(f"/jobs/{job_id}")
    same = client.get(f"/jobs/{job_id}", headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    finish(fresh_engine, job_id, lambda _run: {})
    changed = client.get(f"/jobs/{job_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "successful")
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_failed_job_shows_its_problem_where_its_results_would_be(
    client: TestClient, enqueue: Enqueue, fresh_engine: Engine
) -> None:
    job_id = enqueue("check.run")

    def refuse(_run: JobRun) -> dict[str, Any]:
        raise AppError("nothing-to-check", "Nothing to check", 409, "There is no layer 宗地.", layer="宗地")

    finish(fresh_engine, job_id, refuse)
    state = client.get(f"/jobs/{job_id}").json()
    assert (state["status"], state["message"]) == ("failed", "There is no layer 宗地.")
    assert state["exception"]["title"] == "Nothing to check"
    results = client.get(f"/jobs/{job_id}/results")
    assert results.status_code == 409
    assert results.headers["content-type"] == "application/problem+json"
    assert results.json().items() >= {"type": "urn:duogui:problem:nothing-to-check", "layer": "宗地"}.items()


def test_a_dismissed_job_says_so_and_has_no_results(
    client: TestClient, enqueue: Enqueue, key: Callable[[Scope], dict[str, str]]
) -> None:
    job_id = enqueue("check.run")
    assert client.delete(f"/jobs/{job_id}").status_code == 403
    writer = key(Scope.WRITE)
    for _ in range(2):
        dismissed = client.delete(f"/jobs/{job_id}", headers=writer)
        assert (dismissed.status_code, dismissed.json()["status"]) == (200, "dismissed")
    assert client.get(f"/jobs/{job_id}/results").status_code == 410


def test_who_started_a_job_may_dismiss_it(client: TestClient) -> None:
    location = client.post("/check-runs", json={"target": "parcels"}).headers["Location"]
    assert client.delete(location).json()["status"] == "dismissed"


def test_a_finished_job_cannot_be_dismissed(
    client: TestClient, enqueue: Enqueue, fresh_engine: Engine, key: Callable[[Scope], dict[str, str]]
) -> None:
    job_id = enqueue("check.run")
    finish(fresh_engine, job_id, lambda _run: {})
    refused = client.delete(f"/jobs/{job_id}", headers=key(Scope.WRITE))
    assert (refused.status_code, refused.json()["title"]) == (409, "Job finished")


def test_an_unknown_job_is_named_as_the_standard_does(client: TestClient) -> None:
    for job_id in (UUID(int=0), "42", "宗地"):
        for method, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
            missing = client.request(method, f"/jobs/{job_id}{path}")
            assert (missing.status_code, missing.json()["type"]) == (404, f"{OGC_TYPES}/no-such-job")


def test_the_list_is_followed_by_its_next_links_and_keeps_its_filters(client: TestClient, enqueue: Enqueue) -> None:
    stored = {str(enqueue("check.run")) for _ in range(3)}
    enqueue("idle.scan")
    url: str | None = "/jobs?limit=2&processID=check.run&status=accepted"
    seen: list[str] = []
    while url is not None:
        page = client.get(url).json()
        seen += [job["jobID"] for job in page["jobs"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(seen) == 3
    assert set(seen) == stored


def test_a_list_is_not_guessed_from_wrong_parameters(client: TestClient) -> None:
    for query in ("limit=0", "limit=x", "status=done", "after=made-up", "page=2", "limit=1&limit=2"):
        refused = client.get(f"/jobs?{query}")
        assert (refused.status_code, refused.json()["title"]) == (400, "Invalid parameter"), query


def test_links_start_with_the_public_address(fresh_engine: Engine, enqueue: Enqueue, tmp_path: Path) -> None:
    job_id = enqueue("check.run")
    settings = Settings(data_dir=tmp_path, pool_size=4, public_url="https://gis.example.cn/duogui/")
    with TestClient(create_app(settings, fresh_engine), base_url=URL) as client:
        links = client.get(f"/jobs/{job_id}").json()["links"]
    assert [link["href"] for link in links] == [f"https://gis.example.cn/duogui/jobs/{job_id}"]
