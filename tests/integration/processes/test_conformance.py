"""The rules of the abstract test suite of OGC API - Processes 1.0 (OGC 18-062r2, annex A), one test a rule."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator

from app.ogc.evidence import load_evidence
from app.ogc.processes.catalog import PROCESSES

from .conftest import URL
from .ogc_schemas import validate_as
from .test_executing import ASYNC, SITE, execute

CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
REL = "http://www.opengis.net/def/rel/ogc/1.0"


def rels(document: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def test_core_landingpage_success(client: TestClient) -> None:
    links = rels(client.get("/").json())
    assert {"service-desc", "service-doc", "conformance", f"{REL}/processes", f"{REL}/job-list"} <= set(links)
    for rel in ("conformance", f"{REL}/processes", f"{REL}/job-list"):
        assert client.get(links[rel]).status_code == 200


def test_core_conformance_success(client: TestClient) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    wanted = ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss")
    assert {f"{CONF}/{name}" for name in wanted} <= set(declared)


def test_oas30_api_document_names_the_operations_of_the_standard(client: TestClient) -> None:
    document = client.get("/api").json()
    OpenAPIV30SpecValidator(document).validate()
    named = {
        item["operationId"]: path
        for path, operations in document["paths"].items()
        for item in operations.values()
        if "operationId" in item
    }
    for operation, path in {
        "getProcesses": "/processes",
        "getProcessDescription": "/processes/{processID}",
        "execute": "/processes/{processID}/execution",
        "getJobs": "/jobs",
        "getStatus": "/jobs/{jobID}",
        "getResult": "/jobs/{jobID}/results",
    }.items():
        assert named[operation] == path
    for process in PROCESSES:
        assert named[f"execute.{process}"] == f"/processes/{process}/execution"


def test_core_process_list_success_and_limit(client: TestClient) -> None:
    whole = client.get("/processes").json()
    validate_as("processList", whole)
    assert {item["id"] for item in whole["processes"]} == set(PROCESSES)
    assert {"self", f"{REL}/job-list"} <= set(rels(whole))
    url, seen = "/processes?limit=2", []
    while url:
        page = client.get(url).json()
        assert 1 <= len(page["processes"]) <= 2
        seen += [item["id"] for item in page["processes"]]
        url = rels(page).get("next", "")
    assert seen == [item["id"] for item in whole["processes"]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=-1", "nope=1", "after=made-up", "f=xml", "limit=1&limit=2"]
)
def test_core_query_parameters_that_are_invalid_or_unknown_are_refused(client: TestClient, query: str) -> None:
    refused = client.get(f"/processes?{query}")
    assert (refused.status_code, refused.json()["title"]) == (400, "Invalid parameter")


@pytest.mark.parametrize("process", PROCESSES)
def test_ogc_process_description_json_encoding(client: TestClient, process: str) -> None:
    document = client.get(f"/processes/{process}").json()
    validate_as("process", document)
    listed = {item["id"]: item for item in client.get("/processes").json()["processes"]}[process]
    assert listed == {name: value for name, value in document.items() if name not in {"inputs", "outputs"}}
    assert rels(document)[f"{REL}/execute"] == f"{URL}/processes/{process}/execution"
    assert {"async-execute", "dismiss"} <= set(document["jobControlOptions"])
    assert document["outputTransmission"] == ["value", "reference"]
    assert document["inputs"]
    assert document["outputs"]
    for described in (*document["inputs"].values(), *document["outputs"].values()):
        validate_as("schema", described["schema"])
        assert described["title"]
    for described in document["inputs"].values():
        assert described["description"]
        assert described["minOccurs"] in {0, 1}
        assert described["valuePassing"] == ["byValue", "byReference"]


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/execution")])
def test_core_process_exception_no_such_process(client: TestClient, method: str, path: str) -> None:
    for name in ("no-such-process", "宗地", "check.run/x"):
        missing = client.request(method, f"/processes/{name}{path}", json={} if method == "POST" else None)
        assert missing.status_code == 404
        validate_as("exception", missing.json())
        if "/" not in name:
            assert missing.json()["type"] == f"{EXCEPTIONS}/no-such-process"


def test_core_job_creation_default_outputs_are_all_of_them(client: TestClient) -> None:
    for body in ({}, {"outputs": {}}):
        answer = execute(client, "site.check", {"sites": SITE}, response="document", **body).json()
        validate_as("results", answer)
        assert set(answer) == set(PROCESSES["site.check"].outputs)


def test_core_job_creation_success_async_and_status(client: TestClient, run_jobs: Callable[[], int]) -> None:
    accepted = execute(client, "site.check", {"sites": SITE}, ASYNC)
    assert accepted.status_code == 201
    validate_as("statusInfo", accepted.json())
    location = accepted.headers["location"]
    early = client.get(f"{location}/results")
    assert (early.status_code, early.json()["type"]) == (404, f"{EXCEPTIONS}/result-not-ready")
    run_jobs()
    done = client.get(location).json()
    validate_as("statusInfo", done)
    assert done["status"] == "successful"
    assert client.get(rels(done)[f"{REL}/results"]).status_code == 200


def test_core_job_exception_no_such_job_and_output(client: TestClient) -> None:
    for path in (
        "/jobs/no-such-job",
        "/jobs/no-such-job/results",
        f"/jobs/{'0' * 8}-0000-0000-0000-{'0' * 12}/results/x",
    ):
        missing = client.get(path)
        assert (missing.status_code, missing.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-job")
    answer = execute(client, "site.check", {"sites": SITE})
    monitor = answer.headers["link"].partition(">")[0].lstrip("<")
    missing = client.get(f"{monitor}/results/area")
    assert (missing.status_code, missing.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-output")
    assert "result" in missing.json()["detail"]


def test_core_job_results_failed(client: TestClient, run_jobs: Callable[[], int]) -> None:
    accepted = execute(client, "idle.scan", {}, None)
    assert accepted.status_code == 401
    failing = execute(client, "plan.compare", {"plans": ["parcels", "roads_rivers"], "as_of": "1999-01-01"}, ASYNC)
    run_jobs()
    state = client.get(failing.headers["location"]).json()
    validate_as("statusInfo", state)
    assert state["status"] == "failed"
    problem = client.get(f"{failing.headers['location']}/results")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] == state["message"]


def test_dismiss_job_dismiss_success(client: TestClient) -> None:
    accepted = execute(client, "site.check", {"sites": SITE}, ASYNC)
    dismissed = client.delete(accepted.headers["location"])
    assert dismissed.status_code == 200
    validate_as("statusInfo", dismissed.json())
    assert dismissed.json()["status"] == "dismissed"
    assert client.delete("/jobs/no-such-job").json()["type"] == f"{EXCEPTIONS}/no-such-job"


def test_job_list_success_and_its_parameters(client: TestClient, run_jobs: Callable[[], int]) -> None:
    made = {execute(client, "site.check", {"sites": SITE}, ASYNC).json()["jobID"] for _ in range(3)}
    run_jobs()
    waiting = execute(client, "check.run", {"target": "parcels"}).json()["jobID"]

    def listed(query: str) -> set[str]:
        document = client.get(f"/jobs?limit=1000&{query}").json()
        validate_as("jobList", document)
        return {job["jobID"] for job in document["jobs"]}

    everything = listed("type=process")
    assert made | {waiting} <= everything
    assert waiting in listed("processID=check.run,idle.scan")
    assert not made & listed("processID=check.run")
    assert waiting in listed("status=accepted,running")
    assert made <= listed("status=successful")
    assert listed("datetime=1999-01-01T00:00:00Z/..") == everything
    assert listed("datetime=../1999-01-01") == set()
    assert made <= listed("minDuration=0&maxDuration=600")
    assert listed("minDuration=600") == set()
    assert len(client.get("/jobs?limit=2").json()["jobs"]) == 2
    for query in (
        "limit=0",
        "type=x",
        "status=done",
        "datetime=yesterday",
        "datetime=2026-01-02/2026-01-01",
        "minDuration=-1",
        "maxDuration=x",
        "x=1",
    ):
        assert client.get(f"/jobs?{query}").status_code == 400, query


def test_the_evidence_that_the_service_shows_names_these_tests() -> None:
    (shown,) = (suite for suite in load_evidence()["suites"] if suite["id"] == "processes-1")
    here = [name for name in globals() if name.startswith("test_")][:-1]
    assert shown["rules"] == [name.removeprefix("test_").replace("_", " ") for name in here]
    assert (shown["passed"], shown["failed"]) == (len(here), 0)
