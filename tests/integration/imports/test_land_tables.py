"""Tables of land administration over HTTP: uploaded, imported as a job, listed, and not replaced by a shorter one unasked."""

import io
import itertools
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.demo import sample_folder
from app.idle import repository
from app.idle.service import TABLE_KINDS, import_table
from app.imports.schemas import TableReport
from app.keys.access import Scope
from gis.formats.tables import CHECK_EVERY

CONTRACTS = (sample_folder() / "出让合同.csv").read_bytes()


def start(client, content=CONTRACTS):
    """Upload a table and return the id of its job."""
    return client.post("/land-tables/contracts", files={"file": ("出让合同.csv", io.BytesIO(content))}).json()["jobID"]


@pytest.fixture
def send(client, work):
    """Return a function that imports a table and returns its job."""

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
    assert TableReport.model_validate(report).is_new
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


def shorter(rows):
    return b"\n".join(CONTRACTS.split(b"\n")[:rows]) + b"\n"


@pytest.mark.parametrize("moment", ["waiting", "reading", "storing"])
def test_a_dismissed_table_leaves_the_current_one_as_it_was_and_nothing_on_disk(
    client, send, work, monkeypatch, data_dir, moment
):
    send(CONTRACTS)
    before = client.get("/land-tables").json()
    job = start(client, shorter(130))

    def dismiss():
        assert client.delete(f"/jobs/{job}").json()["status"] == "dismissed"

    if moment == "waiting":
        dismiss()
    elif moment == "reading":
        table = TABLE_KINDS["contracts"]
        read = replace(table, read=lambda path, check: dismiss() or table.read(path, check))
        monkeypatch.setitem(TABLE_KINDS, "contracts", read)
    else:
        store = repository.store_delivery
        monkeypatch.setattr(repository, "store_delivery", lambda *args, **more: dismiss() or store(*args, **more))
    work(job)
    assert client.get(f"/jobs/{job}").json()["status"] == "dismissed"
    assert client.get("/land-tables").json() == before
    assert list((data_dir / "uploads").iterdir()) == []
    # Not dismissed, the same table is taken.
    monkeypatch.undo()
    send(shorter(130))
    assert client.get("/land-tables").json() != before


def test_a_long_table_is_dropped_wherever_it_is_when_it_is_not_wanted_any_more(tmp_path, fresh_engine):
    header, row = CONTRACTS.decode("utf-8-sig").splitlines()[:2]
    number = row.split(",")[header.split(",").index("合同编号")]
    rows = [row.replace(number, f"N{position}") for position in range(2 * CHECK_EVERY)]
    path = tmp_path / "contracts.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")

    class UnwantedError(Exception):
        pass

    def wanted_times(count):
        times = itertools.count()

        def check():
            if next(times) == count:
                raise UnwantedError

        return check

    # Before it is read, twice on the way, before it is stored, and twice on the way.
    for count in range(6):
        with pytest.raises(UnwantedError):
            import_table(fresh_engine, path, "contracts", actor="clerk", check=wanted_times(count))
        with fresh_engine.connect() as connection:
            assert connection.execute(text("select count(*) from table_delivery")).scalar_one() == 0
    report = import_table(fresh_engine, path, "contracts", actor="clerk", check=wanted_times(6))
    assert report["accepted"] == 2 * CHECK_EVERY


def test_a_worker_that_dies_over_the_upload_of_a_stored_table_has_not_failed(client, work, monkeypatch):
    class DiedError(BaseException):
        pass

    def die(*_args, **_more):
        raise DiedError

    job = start(client)
    monkeypatch.setattr("app.imports.work.shutil.rmtree", die)
    with pytest.raises(DiedError):
        work(job)
    assert client.get(f"/jobs/{job}").json()["status"] == "successful"
    assert client.get(f"/jobs/{job}/results").json()["is_new"]


def test_rows_that_were_refused_are_counted_without_being_read(client, send):
    lines = CONTRACTS.split(b"\n")
    send(b"\n".join([*lines[:10], b"x", b"y"]) + b"\n", query="?confirm_drop=true")
    current = {table["kind"]: table for table in client.get("/land-tables").json()["tables"]}
    assert (current["contracts"]["rows"], current["contracts"]["rejected"]) == (11, 2)


@pytest.mark.parametrize(("scope", "status"), [(None, 401), (Scope.CHECK, 403)])
def test_only_who_may_write_sends_a_table(serve, scope, status, data_dir):
    answer = serve(scope).post("/land-tables/contracts", files={"file": ("a.csv", CONTRACTS)})
    assert answer.status_code == status
    assert not (data_dir / "uploads").exists()


def test_a_kind_that_nobody_knows_is_refused(client):
    answer = client.post("/land-tables/poems", files={"file": ("a.csv", b"x")})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:duogui:problem:unknown-table-kind")
