"""Tables of land administration over HTTP: uploaded, imported as a job, listed, and not replaced by a shorter one unasked."""

import io

import pytest

from app.demo import sample_folder
from app.keys.access import Scope
from tests.documented import hold_to_document

CONTRACTS = (sample_folder() / "出让合同.csv").read_bytes()


@pytest.fixture
def send(client, work):
    """Return a function that imports a table and returns its job."""
    hold_to_document(client)

    def send(content: bytes, name: str = "出让合同.csv", query: str = "") -> dict:
        started = client.post(f"/land-tables/contracts{query}", files={"file": (name, io.BytesIO(content))})
        assert started.status_code == 201, started.text
        assert started.headers["location"].endswith(f"/jobs/{started.json()['jobID']}")
        work(started.json()["jobID"])
        return client.get(f"/jobs/{started.json()['jobID']}").json()

    return send


def test_a_table_is_imported_as_a_job_and_becomes_the_current_one(client, send, data_dir):
    assert {table["file"] for table in client.get("/land-tables").json()["tables"]} == {None}
    job = send(CONTRACTS)
    assert (job["status"], job["processID"]) == ("successful", "table.import")
    report = client.get(f"/jobs/{job['jobID']}/results").json()
    assert report["is_new"]
    assert report["accepted"] + report["rejected"] == report["read"] > 100
    current = {table["kind"]: table for table in client.get("/land-tables").json()["tables"]}
    assert (current["contracts"]["file"], current["contracts"]["rows"]) == ("出让合同.csv", report["read"])
    assert current["enterprises"]["file"] is None
    assert list((data_dir / "uploads").iterdir()) == [], "what was uploaded goes when the work is through"


def test_a_table_that_has_shrunk_is_taken_only_when_that_is_confirmed(send):
    send(CONTRACTS)
    shorter = b"\n".join(CONTRACTS.split(b"\n")[:20]) + b"\n"
    refused = send(shorter)
    assert (refused["status"], refused["exception"]["type"]) == ("failed", "source-drop")
    assert send(shorter, query="?confirm_drop=true")["status"] == "successful"


def test_a_file_that_is_no_table_is_refused_with_the_reason(send):
    refused = send(b"a,b\n1,2\n")
    assert refused["status"] == "failed"
    assert refused["exception"]["status"] == 422
    assert refused["exception"]["detail"]


def test_what_refused_rows_hold_is_told_among_the_results_alone(client, send):
    header = CONTRACTS.split(b"\n")[0]
    job = send(header + b"\n" + b",".join([b"secret-firm"] * (header.count(b",") + 1)) + b"\n")
    assert (job["status"], job["exception"]["type"]) == ("failed", "nothing-read")
    assert "secret-firm" not in client.get("/jobs").text
    assert "secret-firm" in client.get(f"/jobs/{job['jobID']}/results").text


@pytest.mark.parametrize(("scope", "status"), [(None, 401), (Scope.CHECK, 403)])
def test_only_who_may_write_sends_a_table(serve, scope, status, data_dir):
    answer = serve(scope).post("/land-tables/contracts", files={"file": ("a.csv", CONTRACTS)})
    assert answer.status_code == status
    assert not (data_dir / "uploads").exists()


def test_a_kind_that_nobody_knows_is_refused(client):
    answer = client.post("/land-tables/poems", files={"file": ("a.csv", b"x")})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:duogui:problem:unknown-table-kind")
