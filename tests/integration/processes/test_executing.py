"""Executions: what is given, how the answer looks, who may, and what becomes of one that takes too long."""

from collections.abc import Callable, Mapping
from email import message_from_bytes
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.errors import AppError
from app.jobs.errors import JobCancelledError
from app.jobs.execution import Execution
from app.jobs.kinds import KINDS, SITE_CHECK, JobRun
from app.jobs.runner import run_job
from app.keys.access import Actor, Scope
from app.ogc.processes.catalog import PROCESSES
from app.ogc.processes.executing import execute_and_wait
from app.ogc.processes.model import Place
from app.ogc.processes.requests import read_inputs, read_outputs
from app.settings import Settings

from .conftest import URL

SITE = {
    "type": "Polygon",
    "coordinates": [[[113.0002, 28.2002], [113.0008, 28.2002], [113.0008, 28.2008], [113.0002, 28.2002]]],
}
ASYNC = {"Prefer": "respond-async"}
#: Nobody waits so long for what is done at once.
LONG_S = 60.0


def execute(client: TestClient, process: str, inputs: Mapping[str, Any], headers: Any = None, **body: Any) -> Any:
    return client.post(f"/processes/{process}/execution", json={"inputs": inputs, **body}, headers=headers)


def test_a_process_that_is_waited_for_answers_with_its_only_output_as_it_is(client: TestClient) -> None:
    answer = execute(client, "site.check", {"sites": SITE})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found["sites"][0]["verdict"] == found["verdict"]
    assert client.get(f"/site-checks/{found['site_check_id']}").json()["digest"] == found["digest"]
    # The job is linked to, and tells the same.
    monitor = answer.headers["link"].partition(">")[0].lstrip("<")
    assert 'rel="monitor"' in answer.headers["link"]
    assert client.get(monitor).json()["status"] == "successful"
    assert client.get(f"{monitor}/results").json() == found


def test_a_document_holds_objects_inside_a_value(client: TestClient) -> None:
    answer = execute(
        client, "site.check", {"sites": {"value": SITE, "mediaType": "application/geo+json"}}, response="document"
    )
    assert set(answer.json()) == {"result"}
    assert set(answer.json()["result"]) == {"value", "mediaType"}
    assert answer.json()["result"]["value"]["sites"][0]["site"] == "site-1"


def test_an_output_by_reference_is_a_link_that_leads_to_it(client: TestClient) -> None:
    outputs = {"result": {"transmissionMode": "reference"}}
    answer = execute(client, "site.check", {"sites": SITE}, outputs=outputs, response="document")
    link = answer.json()["result"]
    assert link["type"] == "application/json"
    assert client.get(link["href"]).json()["verdict"]
    raw = execute(client, "site.check", {"sites": SITE}, outputs=outputs, response="raw")
    assert (raw.status_code, raw.content) == (204, b"")
    assert "/results/result>" in raw.headers["link"]


def test_who_prefers_a_job_gets_one_and_follows_it_to_the_results(
    client: TestClient, run_jobs: Callable[[], int]
) -> None:
    accepted = execute(client, "site.check", {"sites": SITE}, ASYNC, response="document")
    assert accepted.status_code == 201
    assert accepted.headers["preference-applied"] == "respond-async"
    state = accepted.json()
    assert state.items() >= {"processID": "site.check", "status": "accepted", "type": "process"}.items()
    assert accepted.headers["location"] == f"{URL}/jobs/{state['jobID']}"
    assert run_jobs() >= 1
    done = client.get(accepted.headers["location"]).json()
    assert done["status"] == "successful"
    results = client.get(f"/jobs/{state['jobID']}/results").json()
    assert results["result"]["value"]["verdict"]


def test_what_cannot_be_waited_for_is_a_job_without_being_asked(
    client: TestClient, run_jobs: Callable[[], int]
) -> None:
    accepted = execute(client, "check.run", {"target": "parcels", "layers": ["ecological_redline"]})
    assert (accepted.status_code, "preference-applied" in accepted.headers) == (201, False)
    run_jobs()
    results = client.get(f"{accepted.headers['location']}/results").json()
    assert results["check_run_id"]
    assert client.get(f"{accepted.headers['location']}/results/result").json() == results


def test_several_outputs_are_a_document_or_parts_and_a_file_is_handed_over_in_each_form(
    client: TestClient, run_jobs: Callable[[], int]
) -> None:
    inputs = {"collection": "parcels", "f": "csv", "filters": {"parcel_code": "430104001001GB00001"}}
    left_open = execute(client, "collection.export", inputs)
    parts = execute(client, "collection.export", inputs, response="raw")
    file = execute(client, "collection.export", inputs, outputs={"file": {}})
    link = execute(
        client, "collection.export", inputs, outputs={"file": {"transmissionMode": "reference"}}, response="raw"
    )
    run_jobs()
    document = client.get(f"{left_open.headers['location']}/results").json()
    assert document["result"]["value"]["collection"] == "parcels"
    assert document["file"]["mediaType"].startswith("text/csv")
    assert "430104001001GB00001" in document["file"]["value"]

    answer = client.get(f"{parts.headers['location']}/results")
    message = message_from_bytes(
        b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content
    )
    assert {part["Content-ID"] for part in message.get_payload()} == {"<result>", "<file>"}

    answer = client.get(f"{file.headers['location']}/results")
    assert "attachment" in answer.headers["content-disposition"]
    assert "430104001001GB00001" in answer.text
    answer = client.get(f"{link.headers['location']}/results")
    href = answer.headers["link"].partition(">")[0].lstrip("<")
    assert (answer.status_code, "430104001001GB00001" in client.get(href).text) == (204, True)


def test_what_somebody_with_a_key_had_found_is_not_told_without_one(
    client: TestClient, keys: dict[Scope, dict[str, str]]
) -> None:
    answer = execute(client, "site.check", {"sites": SITE}, keys[Scope.CHECK])
    monitor = answer.headers["link"].partition(">")[0].lstrip("<")
    assert client.get(f"{monitor}/results").status_code == 401
    assert client.get(f"{monitor}/results/result").status_code == 401
    assert client.get(f"{monitor}/results", headers=keys[Scope.READ]).json() == answer.json()


def test_each_process_asks_for_the_scope_that_it_declares(
    client: TestClient, keys: dict[Scope, dict[str, str]]
) -> None:
    assert {process.scope for process in PROCESSES.values()} == {Scope.CHECK, Scope.WRITE}
    for process in PROCESSES.values():
        document = client.get(f"/processes/{process.id}").json()
        assert document["duogui"]["scope"] == process.scope
        weaker = Scope.READ if process.scope is Scope.CHECK else Scope.CHECK
        assert execute(client, process.id, {}, keys[weaker]).status_code == 403, process.id
        # Who may is told what is wrong with the inputs, or is served.
        assert execute(client, process.id, {"nope": 1}, keys[process.scope]).status_code == 400, process.id
    assert execute(client, "idle.scan", {}).status_code == 401


def test_a_failure_is_the_answer_of_who_waited_and_stands_in_the_job(client: TestClient) -> None:
    far = {"type": "Point", "coordinates": [0, 0]}
    answer = execute(client, "site.check", {"sites": far})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    missing = execute(client, "check.run", {"target": "nowhere"})
    assert (missing.status_code, missing.json()["title"]) == (404, "Layer not found")


@pytest.fixture
def waiting(city: Engine, city_settings: Settings) -> Callable[..., Any]:
    """Return a function that executes a site check with other work in its place."""
    process = PROCESSES[SITE_CHECK]
    inputs = read_inputs(process, {"sites": SITE})
    execution = Execution(outputs=read_outputs(process, None))
    place = Place(city_settings.data_dir, URL, False, {})

    def waiting(work: Callable[[JobRun], dict[str, Any]], wait_s: float) -> Any:
        caller = Actor("planner", Scope.CHECK)
        kinds = {SITE_CHECK: work}
        return execute_and_wait(city, process, inputs, execution, place, caller, wait_s=wait_s, kinds=kinds)

    return waiting


def entries_of(engine: Engine, job_id: Any) -> list[Any]:
    query = "select status::text, scheduled_at <= now() from procrastinate_jobs where args->>'job_id' = :id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"id": str(job_id)})]


def test_an_execution_that_takes_longer_than_the_wait_goes_on_as_a_job(
    city: Engine, waiting: Callable[..., Any]
) -> None:
    def slow(run: JobRun) -> dict[str, Any]:
        while not run.cancelled():
            run.progress(1, 2)
        raise JobCancelledError

    started = waiting(slow, 0.3)
    assert not started.has_ended
    assert started.job.status == "accepted"
    assert entries_of(city, started.job.id) == [("todo", True)]
    run_job(city, started.job.id, {SITE_CHECK: lambda _run: {"done": True}})


def test_while_somebody_waits_the_job_is_kept_for_a_worker_in_case_the_service_dies(
    city: Engine, waiting: Callable[..., Any]
) -> None:
    seen: list[Any] = []

    def look(run: JobRun) -> dict[str, Any]:
        query = "select status::text, scheduled_at > now() from procrastinate_jobs order by id desc limit 1"
        with city.connect() as connection:
            seen.append(tuple(connection.execute(text(query)).one()))
        return {"actor": run.actor}

    started = waiting(look, LONG_S)
    assert (started.has_ended, started.job.result) == (True, {"actor": "planner"})
    assert seen == [("todo", True)]
    assert entries_of(city, started.job.id) == []


def test_a_refusal_and_a_defect_end_the_wait(waiting: Callable[..., Any]) -> None:
    def refuse(_run: JobRun) -> dict[str, Any]:
        raise AppError("no-site", "No site", 422, "There is none.")

    def break_down(_run: JobRun) -> dict[str, Any]:
        raise ZeroDivisionError

    assert waiting(refuse, LONG_S).job.error["type"] == "no-site"
    assert waiting(break_down, LONG_S).job.error["status"] == 500


def test_every_process_is_a_kind_of_work_that_workers_know() -> None:
    assert set(PROCESSES) <= set(KINDS)
