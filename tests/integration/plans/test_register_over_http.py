"""The register over HTTP: tags guard decisions, writing needs a key, and a file of it has names in two languages."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.plans.service import compare
from app.settings import Settings
from tests.documented import hold_to_document

URL = "http://127.0.0.1:8000"
AS_OF = date(2026, 6, 30)


@pytest.fixture
def client(differing_plans: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client that holds a key for writing."""
    with write_session(differing_plans, actor="test") as session:
        key = create_key(session, "planner", Scope.WRITE)
    with TestClient(create_app(Settings(data_dir=tmp_path), differing_plans), base_url=URL) as client:
        client.headers["X-API-Key"] = key
        yield hold_to_document(client)


@pytest.fixture
def base(differing_plans: Engine) -> str:
    """Compare the plans and return the address of the comparison."""
    number = compare(differing_plans, plans=["city", "land"], as_of=AS_OF, actor="test")["plan_comparison_id"]
    return f"/plan-comparisons/{number}"


def a_gap(client: TestClient, base: str) -> dict[str, Any]:
    (patch,) = client.post(f"{base}/patches/search", json={"conflict_class": "gap"}).json()["patches"]
    return dict(patch)


def test_a_decision_needs_the_tag_of_what_was_read(client: TestClient, base: str):
    gap = a_gap(client, base)
    address = f"{base}/patches/{gap['patch']}"
    read = client.get(address)
    assert read.headers["etag"] == gap["etag"]
    assert client.get(address, headers={"If-None-Match": gap["etag"]}).status_code == 304
    change = {"owner": "规划科", "deadline": "2026-12-31"}
    assert client.patch(address, json=change).status_code == 428
    decided = client.patch(address, json=change, headers={"If-Match": gap["etag"]})
    assert (decided.status_code, decided.json()["deadline"]) == (200, "2026-12-31")
    assert decided.headers["etag"] != gap["etag"]
    late = client.patch(address, json={"owner": "国土科"}, headers={"If-Match": gap["etag"]})
    assert (late.status_code, late.json()["etag"]) == (412, decided.headers["etag"])
    (entry,) = client.get(f"{address}/history").json()["history"]
    assert (entry["recorded_by"], entry["changes"]["owner"]) == ("planner", {"before": None, "after": "规划科"})


def test_an_illegal_move_is_a_problem_document_that_says_what_is_legal(client: TestClient, base: str):
    gap = a_gap(client, base)
    answer = client.patch(
        f"{base}/patches/{gap['patch']}", json={"state": "applied"}, headers={"If-Match": gap["etag"]}
    )
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert problem["type"] == "urn:duogui:problem:decision-refused"
    (refused,) = problem["refused"]
    assert (refused["patch"], refused["field"], refused["found"]) == (gap["patch"], "state", "open")
    assert refused["remedy"] == "From 'open' it may go to: proposed, rejected."


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "patches/1-1", {"owner": "a"}),
        ("post", "decisions", {"filter": {"everything": True}, "change": {"owner": "a"}}),
        ("post", "proposals", {}),
    ],
)
def test_deciding_needs_a_key_for_writing(client: TestClient, base: str, method: str, path: str, body: dict[str, Any]):
    del client.headers["X-API-Key"]
    answer = client.request(method, f"{base}/{path}", json=body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:duogui:problem:key-required")


def test_many_are_decided_at_once_and_the_balance_runs_along(client: TestClient, base: str):
    change = {"state": "proposed", "decided_plan": "city"}
    body = {"filter": {"conflict_class": "conflict"}, "change": change}
    trial = client.post(f"{base}/decisions", params={"dry_run": True}, json=body).json()
    assert (trial["selected"], trial["dry_run"]) == (4, True)
    assert client.get(f"{base}/balance").json()["states"][0]["patches"] == 5
    done = client.post(f"{base}/decisions", json=body).json()
    assert done["balance"] == trial["balance"] == client.get(f"{base}/balance").json()
    empty = client.post(f"{base}/decisions", json={"filter": {}, "change": change})
    assert empty.status_code == 400
    assert "everything" in empty.json()["detail"]


def test_the_register_is_read_in_pages(client: TestClient, base: str):
    seen: list[str] = []
    address = f"{base}/patches?limit=2"
    while address:
        page = client.get(address).json()
        seen += [patch["patch"] for patch in page["patches"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) == 5


def test_what_does_not_exist_is_not_found(client: TestClient, base: str):
    assert client.get(f"{base}/patches/none").status_code == 404
    assert client.get("/plan-comparisons/99/patches").status_code == 404
    assert client.get("/plan-comparisons/99/balance").json()["detail"] == "There is no comparison of plans 99."


def test_proposals_are_a_job(client: TestClient, base: str):
    answer = client.post(f"{base}/proposals", json={"filter": {"conflict_class": "conflict"}})
    assert (answer.status_code, answer.json()["processID"]) == (201, "plan.propose")
    assert client.get(answer.headers["location"]).json()["status"] == "accepted"
    assert client.post("/plan-comparisons/99/proposals", json={}).status_code == 404


@pytest.mark.parametrize(
    ("language", "column", "value"), [("zh", "协调状态", "待协调"), ("en", "State", "open"), (None, "state", "open")]
)
def test_the_register_is_a_workbook_in_either_language(
    client: TestClient, base: str, language: str | None, column: str, value: str
):
    parameters = {"f": "xlsx", "plan_comparison_id": base.rsplit("/", 1)[1]}
    parameters |= {} if language is None else {"language": language}
    answer = client.get("/collections/plan_patches/export", params=parameters)
    assert answer.status_code == 200, answer.text
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert len(rows) == 6
    assert {row[rows[0].index(column)] for row in rows[1:]} == {value}


def test_many_patches_are_decided_by_a_filter_in_cql2(client: TestClient, base: str):
    body = {"filter": {"cql2": "conflict_class = 'gap' OR area_m2 < 0"}, "change": {"owner": "规划科"}}
    assert client.post(f"{base}/decisions", json=body).json()["changed"] == 1
    found = client.post(f"{base}/patches/search", json={"cql2": {"op": "isNull", "args": [{"property": "owner"}]}})
    assert len(found.json()["patches"]) == 4
    refused = client.post(f"{base}/decisions", json=body | {"filter": {"cql2": "colour = 1"}})
    assert (refused.status_code, refused.json()["field"]) == (422, "cql2")
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_planner_settles_a_register_with_the_commands(differing_plans: Engine, base: str, tmp_path: Path):
    number = base.rsplit("/", 1)[1]
    url = differing_plans.url.render_as_string(hide_password=False).replace("+psycopg", "")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUOGUI_")}
    environment |= {"DUOGUI_DATABASE_URL": url, "DUOGUI_DATA_DIR": str(tmp_path)}

    def run(*arguments: str) -> Any:
        command = [str(Path(sys.executable).with_name("duogui")), "register", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert run("propose", number, "--as-of", "2026-06-30")["proposed"] == 4
    agreed = run("decide", number, "--where", "states=proposed", "--set", "state=agreed", "--set", "owner=规划科")
    assert agreed["changed"] == 4
    assert run("balance", number)["states"][2] == agreed["balance"]["states"][2]
    assert {patch["owner"] for patch in run("list", number, "--where", "states=agreed")} == {"规划科"}
    assert len(run("history", number)) == 9
    filtered = (
        "--where",
        "states=agreed",
        "--filter",
        "conflict_class = 'conflict' AND decided_status = 'construction'",
    )
    assert run("decide", number, *filtered, "--set", "leading_group_opinion=同意")["changed"] == 2
    assert len(run("list", number, "--filter", "leading_group_opinion = '同意'")) == 2
    written = run("export", number, str(tmp_path / "台账.csv"))
    assert written["count"] == 5
    for twice in (
        ("--where", "states=open", "--where", "states=agreed", "--set", "owner=a"),
        ("--set", "owner=a", "--set", "owner=b"),
    ):
        command = ["register", "decide", number, "--all", *twice]
        refused = CliRunner().invoke(app, command)
        assert (refused.exit_code, "given more than once" in refused.output) == (2, True)
    text = (tmp_path / "台账.csv").read_text(encoding="utf-8-sig")
    assert "已协调一致" in text
    assert "领导小组办公室意见" in text.splitlines()[0]
