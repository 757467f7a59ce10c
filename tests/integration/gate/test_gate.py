"""A project goes through the gate over HTTP and on the command line; its history is only added to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from app.cli import project as command
from app.clock import today
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from tests.integration.extracts.conftest import CODES, square

OFFICES = ["planning", "land", "environment", "investment"]


@pytest.fixture
def keys(town: Engine) -> dict[str, dict[str, str]]:
    """Return the headers of a clerk, who may write, and of every office, which may check."""
    with write_session(town, actor="test") as session:
        made = {office: create_key(session, office, Scope.CHECK, office) for office in OFFICES}
        made["clerk"] = create_key(session, "clerk", Scope.WRITE)
    return {name: {"X-API-Key": key} for name, key in made.items()}


@pytest.fixture
def start(client: TestClient, keys: dict[str, dict[str, str]]) -> Callable[..., int]:
    """Return a function that makes a project and submits it."""

    def start(*codes: str, last_day: int = 10) -> int:
        body = {"name": "精密部件项目", "industry_code": "3484", "sites": [{"code": code} for code in codes]}
        made = client.post("/projects", json=body, headers=keys["clerk"])
        assert made.status_code == 201, made.text
        number: int = made.json()["project_id"]
        deadline = (today() + timedelta(days=last_day)).isoformat()
        asked = client.post(
            f"/projects/{number}/submission",
            json={"deadlines": dict.fromkeys(OFFICES, deadline), "as_of": "2026-06-30"},
            headers=keys["clerk"],
        )
        assert asked.status_code == 200, asked.text
        return number

    return start


@pytest.fixture
def say(client: TestClient, keys: dict[str, dict[str, str]]) -> Callable[..., Any]:
    """Return a function that gives the opinion of an office, with the key of that office."""

    def say(number: int, office: str, opinion: str = "agree", **more: Any) -> Any:
        body = {"office": office, "opinion": opinion, "text": "已阅", **more}
        return client.post(f"/projects/{number}/opinions", json=body, headers=keys[more.pop("key", office)])

    return say


def decide(client: TestClient, keys: dict[str, dict[str, str]], number: int, result: str = "passed") -> Any:
    return client.post(
        f"/projects/{number}/decision", json={"result": result, "text": "会议纪要"}, headers=keys["clerk"]
    )


def test_submission_attaches_a_signed_check_to_every_site(client: TestClient, start: Callable[..., int]):
    project = client.get(f"/projects/{start(CODES[0], CODES[1])}").json()
    assert [site["parcel_code"] for site in project["sites"]] == CODES[:2]
    assert project["sites"][0]["check"]["verdict"] == "DENY"
    assert project["verdict"] == "DENY"
    for site in project["sites"]:
        assert client.get(f"/verify/{site['check']['sheet_hash']}").json()["outcome"] == "identical"


def test_the_check_that_is_attached_asks_about_the_projects_own_use(
    client: TestClient, keys: dict[str, dict[str, str]]
):
    """The parcel lies by three quarters in ground for housing: a factory does not agree with it, whatever the lines say."""
    body = {
        "name": "项目",
        "intended_use": "100101",
        "industry_code": "C3484",
        "facts": {"activity_code": "none", "investment_yuan": 1},
        "sites": [{"code": CODES[1]}],
    }
    number = client.post("/projects", json=body, headers=keys["clerk"]).json()["project_id"]
    deadlines = {"deadlines": dict.fromkeys(OFFICES, today().isoformat()), "as_of": "2026-06-30"}
    project = client.post(f"/projects/{number}/submission", json=deadlines, headers=keys["clerk"]).json()
    attached = project["sites"][0]["check"]
    check = client.get(f"/site-checks/{attached['site_check_id']}").json()
    asked = {name: check["question"][name] for name in ("use_code", "industry_code", "activity_code", "stage")}
    assert list(asked.values()) == ["100101", "C3484", "none", "project_approval"]
    plan = next(layer for layer in check["sites"][0]["layers"] if layer["layer"] == "city_plan")
    assert (attached["verdict"], plan["verdict"]) == ("DENY", "DENY")
    assert project["obstacles"][0]["obstacle"] == "open_deny"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"intended_use": "9999"}, "use_code"),
        ({"industry_code": "Z9"}, "industry_code"),
        ({"facts": {"takes_new_construction_land": "perhaps"}}, "facts.takes_new_construction_land"),
    ],
)
def test_a_project_whose_use_or_facts_cannot_be_understood_is_refused(
    client: TestClient, keys: dict[str, dict[str, str]], wrong: dict[str, Any], field: str
):
    answer = client.post(
        "/projects", json={"name": "项目", "sites": [{"code": CODES[1]}], **wrong}, headers=keys["clerk"]
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == field
    assert client.get("/projects").json() == {"projects": []}


def test_a_project_on_a_clear_parcel_passes_when_all_four_offices_agree(
    client: TestClient, keys: dict[str, dict[str, str]], start: Callable[..., int], say: Callable[..., Any]
):
    number = start(CODES[1])
    for office in OFFICES[:3]:
        assert say(number, office).status_code == 200
    refused = decide(client, keys, number)
    assert refused.status_code == 409
    assert refused.json()["obstacles"] == [{"obstacle": "missing_opinion", "office": "investment"}]
    say(number, "investment", "agree_with_conditions", conditions=["两年内投产"])
    passed = decide(client, keys, number).json()
    assert (passed["status"], passed["combined"]) == ("passed", "conditional")
    assert passed["conditions"] == [{"office": "investment", "condition": "两年内投产"}]
    assert say(number, "land", "disagree").status_code == 409


def test_a_project_on_the_red_line_does_not_pass_whatever_the_offices_say(
    client: TestClient, keys: dict[str, dict[str, str]], start: Callable[..., int], say: Callable[..., Any]
):
    number = start(CODES[0])
    for office in OFFICES:
        say(number, office)
    answer = decide(client, keys, number)
    assert answer.status_code == 409
    assert answer.json()["obstacles"][0]["obstacle"] == "open_deny"
    assert decide(client, keys, number, "refused").json()["status"] == "refused"


def test_a_deny_is_lifted_by_a_new_check_after_the_line_was_changed(
    client: TestClient,
    keys: dict[str, dict[str, str]],
    start: Callable[..., int],
    say: Callable[..., Any],
    deliver: Callable[..., None],
):
    number = start(CODES[0])
    for office in OFFICES:
        say(number, office)
    deliver("redline", "ecological_redline", [square(5, 5)], control_zone=["core"], coverage=square(-1, -1, 9, 9))
    again = client.post(f"/projects/{number}/checks", json={"as_of": "2026-06-30"}, headers=keys["clerk"]).json()
    assert again["obstacles"] == []
    assert decide(client, keys, number).json()["status"] == "passed"
    verdicts = [event["verdict"] for event in again["history"] if event["kind"] == "checked"]
    assert verdicts[0] == "DENY"
    assert verdicts[1] != "DENY"


def test_an_office_speaks_for_itself_alone(
    client: TestClient, keys: dict[str, dict[str, str]], start: Callable[..., int]
):
    number = start(CODES[1])
    body = {"office": "land", "opinion": "agree", "text": "同意"}
    assert client.post(f"/projects/{number}/opinions", json=body, headers=keys["planning"]).status_code == 403
    assert client.post(f"/projects/{number}/opinions", json=body, headers=keys["clerk"]).status_code == 200
    assert client.post(f"/projects/{number}/opinions", json=body).status_code == 403


@pytest.mark.parametrize(
    ("deadlines", "told"),
    [({"planning": "2999-01-01"}, "missing: land"), (dict.fromkeys(OFFICES, "2020-01-01"), "cannot be over")],
)
def test_a_deadline_that_is_missing_or_over_is_refused(
    client: TestClient, keys: dict[str, dict[str, str]], deadlines: dict[str, str], told: str
):
    body = {"name": "项目", "sites": [{"code": CODES[1]}]}
    number = client.post("/projects", json=body, headers=keys["clerk"]).json()["project_id"]
    answer = client.post(f"/projects/{number}/submission", json={"deadlines": deadlines}, headers=keys["clerk"])
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert client.get(f"/projects/{number}").json()["status"] == "draft"


@pytest.mark.parametrize(
    ("opinion", "status"),
    [
        ({"opinion": "agree_with_conditions", "text": "可"}, 422),
        ({"opinion": "perhaps", "text": "可"}, 400),
        ({"opinion": "agree"}, 400),
    ],
)
def test_an_opinion_that_says_nothing_is_refused(
    client: TestClient, keys: dict[str, dict[str, str]], start: Callable[..., int], opinion: dict[str, Any], status: int
):
    number = start(CODES[1])
    answer = client.post(f"/projects/{number}/opinions", json={"office": "land", **opinion}, headers=keys["land"])
    assert answer.status_code == status


def test_the_history_keeps_every_opinion_and_the_database_refuses_to_change_it(
    client: TestClient, town: Engine, start: Callable[..., int], say: Callable[..., Any]
):
    number = start(CODES[1])
    say(number, "land", "disagree")
    say(number, "land", "agree")
    history = client.get(f"/projects/{number}").json()["history"]
    said = [(event["opinion"], event["recorded_by"]) for event in history if event["kind"] == "opinion"]
    assert said == [("disagree", "land"), ("agree", "land")]
    for statement in ("update gate_event set office = null", "delete from gate_event", "truncate gate_event"):
        with pytest.raises(IntegrityError, match="only added to"), town.begin() as connection:
            connection.execute(text(statement))


def test_a_withdrawn_project_can_be_submitted_again_and_starts_anew(
    client: TestClient, keys: dict[str, dict[str, str]], start: Callable[..., int], say: Callable[..., Any]
):
    number = start(CODES[1])
    say(number, "land")
    withdrawn = client.post(f"/projects/{number}/withdrawal", json={"text": "调整"}, headers=keys["clerk"]).json()
    assert withdrawn["status"] == "withdrawn"
    deadlines = dict.fromkeys(OFFICES, today().isoformat())
    again = client.post(f"/projects/{number}/submission", json={"deadlines": deadlines}, headers=keys["clerk"]).json()
    assert (again["status"], again["round"]) == ("open", 2)
    assert all(office["opinion"] is None for office in again["offices"])


def test_a_project_for_no_known_parcel_is_refused_and_nothing_is_stored(
    client: TestClient, keys: dict[str, dict[str, str]]
):
    body = {"name": "项目", "sites": [{"code": CODES[1]}, {"code": "nobody"}]}
    answer = client.post("/projects", json=body, headers=keys["clerk"])
    assert answer.status_code == 404
    assert client.get("/projects").json() == {"projects": []}
    assert client.get("/projects/7").status_code == 404


def test_the_command_line_takes_a_project_through_the_gate(
    town: Engine, fresh_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
):
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(tmp_path))
    command.get_settings.cache_clear()

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command.app, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    run("create", "项目", CODES[1])
    run("submit", "1", "--deadline", today().isoformat(), "--as-of", "2026-06-30")
    for office in OFFICES:
        run("opinion", "1", office, "agree", "--text", "同意")
    assert "passed" in run("decide", "1", "passed", "--text", "同意")
    assert "passed" in run("list")
    assert "history" in run("show", "1", "--json")
    command.get_settings.cache_clear()
