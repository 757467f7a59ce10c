"""A case goes from the clue to recovered land over HTTP; what is not lawful is refused, and nothing is overwritten."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from app.cases.observing import scan_and_tell
from app.clock import today
from app.db.models import EvidenceRun, TableDelivery
from app.db.sessions import write_session
from app.imagery.repository import store_run
from tests.integration.cases.conftest import ROWS, SCANNED_ON, TO_RECOVERY
from tests.integration.extracts.conftest import CODES, square

#: One scene as it is stored.
OVERGROWN = {
    "scene_id": 1,
    "taken_on": "2024-07-01",
    "kind": "vegetation_index",
    "source": "july.tif",
    "band": 1,
    "resolution_m": 10.0,
    "pixels": 60.0,
    "valid_share": 1.0,
    "mean": 0.61,
    "vegetated_share": 1.0,
    "developed_at_least": 0.0,
    "developed_at_most": 0.0,
    "reading": "overgrown",
    "silence": None,
}


def test_a_case_goes_from_the_clue_to_recovered_land(client: TestClient, opened: int, move: Callable[..., Any]):
    for action, on, members in TO_RECOVERY:
        answer = move(opened, action, on, **members)
        assert answer.status_code == 200, answer.text
        listed = client.get("/idle-cases/publication").json()["published"]
        assert bool(listed) == (
            action not in {"notify_survey", "submit_evidence", "correct", "determine", "unpublish", "end"}
        )
    case = answer.json()
    assert (case["stage"], case["ended_on"]) == ("ended", "2025-06-16")
    assert [each["action"] for each in case["history"]] == ["open", *(action for action, _, _ in TO_RECOVERY)]
    assert {each["recorded_by"] for each in case["history"]} == {"clerk"}
    due = {each["action"]: each["due_on"] for each in case["history"] if each["due_on"]}
    assert due == {
        "open": "2025-04-09",
        "notify_survey": "2025-04-14",
        "notify_hearing": "2025-05-12",
        "decide_recovery": "2025-06-12",
    }
    assert case["moves_in_order"] == []


def test_a_published_case_names_place_holder_and_idle_time(client: TestClient, opened: int, move: Callable[..., Any]):
    for action, on, members in TO_RECOVERY[:5]:
        assert move(opened, action, on, **members).status_code == 200
    (listed,) = client.get("/idle-cases/publication").json()["published"]
    assert (listed["place"], listed["holder"], listed["idle_since"]) == (CODES[1], "某精密部件公司", "2022-03-01")
    assert listed["idle_days"] == (today() - date(2022, 3, 1)).days
    assert listed["cause"] is None


def test_an_illegal_move_is_refused_with_its_article_and_changes_nothing(
    client: TestClient, opened: int, move: Callable[..., Any]
):
    answer = move(opened, "publish", "2025-03-12")
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:duogui:problem:illegal-move"
    assert problem["articles"] == ["《闲置土地处置办法》（国土资源部令第53号）第九条"]
    assert problem["obstacles"][0]["code"] == "wrong_stage"
    assert len(client.get(f"/idle-cases/{opened}").json()["history"]) == 1


def test_whoever_did_not_read_the_latest_state_is_turned_back(client: TestClient, opened: int):
    url, body = f"/idle-cases/{opened}/moves", {"action": "notify_survey", "on": "2025-03-12"}
    assert client.post(url, json=body).status_code == 428
    etag = client.get(f"/idle-cases/{opened}").headers["ETag"]
    first = client.post(url, json=body, headers={"If-Match": etag})
    assert first.status_code == 200
    late = client.post(url, json={"action": "attach_evidence"} | EVIDENCE, headers={"If-Match": etag})
    assert (late.status_code, late.json()["etag"]) == (412, first.headers["ETag"])
    cached = client.get(f"/idle-cases/{opened}", headers={"If-None-Match": first.headers["ETag"]})
    assert cached.status_code == 304


EVIDENCE: dict[str, Any] = {
    "on": "2025-03-20",
    "source": "遥感影像 4 期",
    "method": "raster",
    "says": "contradicts",
    "text": "4 期影像均未见建筑",
    "data": {"dates": ["2024-06-01", "2025-03-01"], "resolution_m": 10},
}


def test_evidence_is_kept_on_the_case_and_decides_nothing(opened: int, move: Callable[..., Any]):
    case = move(opened, "attach_evidence", **EVIDENCE).json()
    assert case["stage"] == "suspect"
    assert case["evidence"][0]["data"] == EVIDENCE["data"]


def test_a_correction_keeps_what_it_corrects(client: TestClient, opened: int, move: Callable[..., Any]):
    for action, on, members in TO_RECOVERY[:6]:
        move(opened, action, on, **members)
    case = move(opened, "correct", "2025-05-06", facts={"price_yuan": "9000000.00"}, reason="核对合同").json()
    assert (case["stage"], case["facts"]["price_yuan"]) == ("filed", "9000000.00")
    case = move(opened, "correct", "2025-05-07", facts={"agreed_start_date": "2022-05-01"}, reason="补充协议").json()
    assert (case["stage"], case["is_published"]) == ("evidence", False)
    assert [each["action"] for each in case["history"]].count("determine") == 1
    assert client.get("/idle-cases/publication").json() == {"published": []}


def test_the_database_refuses_to_change_what_was_done(scanned: Engine, opened: int):
    for statement in (
        "update disposal_move set stage = 'ended'",
        "delete from disposal_move",
        "truncate disposal_move",
    ):
        with pytest.raises(IntegrityError, match="only added to"), scanned.begin() as connection:
            connection.execute(text(statement))


def test_a_later_scan_goes_on_with_the_same_case(
    client: TestClient, opened: int, contracts: Callable[..., dict[str, Any]]
):
    again = client.post("/idle-cases", json={"contract_nos": ["HT-1"], "on": "2025-03-11"})
    assert again.json() == {"opened": [], "observed": [], "unchanged": [opened]}
    # A permit of a foundation that nobody knows: the scan cannot tell any more.
    contracts(ROWS[0].replace("9000,,", "9000,2025-03-11,"), *ROWS[1:], as_of=date(2025, 3, 12))
    seen = client.post("/idle-cases", json={"contract_nos": ["HT-1"], "on": "2025-03-12"}).json()
    assert seen == {"opened": [], "observed": [opened], "unchanged": []}
    case = client.get(f"/idle-cases/{opened}").json()
    assert (case["stage"], case["history"][-1]["move"]["kind"]) == ("suspect", "insufficient_data")
    assert client.post("/idle-cases", json={"contract_nos": ["HT-1"]}).json()["unchanged"] == [opened]


def test_a_case_is_told_when_a_later_scan_no_longer_flags_its_land_and_goes_on(
    client: TestClient, scanned: Engine, opened: int, contracts: Callable[..., dict[str, Any]]
):
    def told(*rows: str, on: date) -> list[int]:
        contracts(*rows, as_of=on, confirm_drop=True)
        numbers: list[int] = scan_and_tell(scanned, as_of=on, actor="test")["cases_told"]
        return numbers

    assert told(*ROWS, on=SCANNED_ON) == []
    # A supplement moves the start: nothing is idle any more.
    assert told(ROWS[0].replace("2022-03-01", "2025-12-01"), *ROWS[1:], on=date(2025, 3, 12)) == [opened]
    case = client.get(f"/idle-cases/{opened}").json()
    assert (case["stage"], case["scan_kind"], case["is_still_flagged"]) == ("suspect", "not_idle", False)
    assert "不因此终止" in case["history"][-1]["move"]["reason_zh"]
    assert case["ended_on"] is None
    assert told(ROWS[0].replace("2022-03-01", "2025-12-01"), *ROWS[1:], on=date(2025, 3, 13)) == []
    assert told(*ROWS[1:], on=date(2025, 3, 14)) == [opened]
    assert client.get("/idle-cases").json()["cases"][0]["scan_kind"] == "not_delivered"
    # What was true before the last note is no news.
    assert told(*ROWS, on=SCANNED_ON) == []
    assert told(*ROWS, on=date(2025, 3, 15)) == [opened]
    assert client.get("/idle-cases").json()["cases"][0]["is_still_flagged"]


def test_a_case_shows_what_imagery_says_of_its_land(client: TestClient, scanned: Engine, opened: int):
    assert client.get(f"/idle-cases/{opened}").json()["imagery"] is None
    with write_session(scanned, actor="test") as session:
        delivery = session.scalars(select(TableDelivery.id)).first()
        run = EvidenceRun(
            as_of=SCANNED_ON,
            input_digest="d",
            delivery_id=delivery,
            parameter_rows=[],
            scenes=[],
            summary={},
            is_current=True,
            started_by="test",
        )
        evidence = {
            "contract_no": "HT-1",
            "parcel_code": None,
            "bearing": "supports",
            "reason_zh": "四期影像均为植被。",
            "reason_en": "Vegetation on four of four days.",
            "claims": [],
            "observations": [OVERGROWN],
            "footprints": [],
            "step": None,
        }
        store_run(session, run, [evidence])
    seen = client.get(f"/idle-cases/{opened}").json()["imagery"]
    assert (seen["bearing"], seen["as_of"]) == ("supports", "2025-03-10")
    assert [each["taken_on"] for each in seen["observations"]] == ["2024-07-01"]
    attached = client.post(
        f"/idle-cases/{opened}/imagery",
        json={"on": "2025-03-20"},
        headers={"If-Match": client.get(f"/idle-cases/{opened}").headers["ETag"]},
    )
    assert attached.status_code == 200, attached.text
    (kept,) = attached.json()["evidence"]
    assert (kept["method"], kept["says"], kept["text"]) == ("raster", "supports", "四期影像均为植被。")
    assert kept["data"]["observations"][0]["taken_on"] == "2024-07-01"


def test_an_ended_case_is_over_and_the_next_scan_opens_another(
    client: TestClient, opened: int, move: Callable[..., Any]
):
    for action, on, members in (
        *TO_RECOVERY[:2],
        ("find_not_idle", "2025-04-20", {"reason": "已动工"}),
        ("end", "2025-04-21", {}),
    ):
        assert move(opened, action, on, **members).status_code == 200
    (other,) = client.post("/idle-cases", json={"contract_nos": ["HT-1"]}).json()["opened"]
    assert other != opened
    running = client.get("/idle-cases", params={"running": True}).json()["cases"]
    assert [case["case_id"] for case in running] == [other]


def test_all_idle_land_of_a_scan_is_opened_and_nothing_else(client: TestClient):
    assert len(client.post("/idle-cases", json={}).json()["opened"]) == 2
    page = client.get("/idle-cases", params={"limit": 1}).json()
    assert page["cases"][0]["contract_no"] == "HT-1"
    rest = client.get("/idle-cases", params={"after": page["next_after"]}).json()
    assert [case["contract_no"] for case in rest["cases"]] == ["HT-2"]
    assert rest["cases"][0]["is_overdue"] is False


def test_insufficient_data_is_surveyed_when_it_is_asked_for_and_determined_when_the_facts_are_there(
    client: TestClient, move: Callable[..., Any]
):
    body = {"contract_nos": ["HT-4"], "on": SCANNED_ON.isoformat()}
    (case,) = client.post("/idle-cases", json=body).json()["opened"]
    for action, on, members in TO_RECOVERY[:3]:
        assert move(case, action, on, **members).status_code == 200
    refused = move(case, *TO_RECOVERY[3][:2], **TO_RECOVERY[3][2])
    assert [each["code"] for each in refused.json()["obstacles"]] == ["kind_differs", "start_unknown"]
    facts = {"kind": "idle_not_started", "agreed_start_date": "2022-03-01"}
    assert move(case, "correct", "2025-04-15", facts=facts, reason="交地确认书").status_code == 200
    assert move(case, *TO_RECOVERY[3][:2], **TO_RECOVERY[3][2]).json()["stage"] == "determined"


@pytest.mark.parametrize(("number", "told"), [("HT-3", "does not flag it"), ("HT-9", "does not flag it")])
def test_no_case_is_opened_where_nothing_was_found(client: TestClient, number: str, told: str):
    answer = client.post("/idle-cases", json={"contract_nos": [number]})
    assert answer.status_code == 409
    assert told in answer.json()["detail"]
    assert client.get("/idle-cases").json() == {"cases": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "fly", "on": "2025-03-12"}, 400),
        ({"action": "notify_survey"}, 400),
        ({"action": "notify_survey", "on": "2025-03-12", "speed": 3}, 400),
        ({"action": "open", "on": "2025-03-12"}, 422),
        # Two days on: the day after this is written may have come when it is sent.
        ({"action": "notify_survey", "on": (today() + timedelta(days=2)).isoformat()}, 422),
        (
            {
                "action": "prove_cause",
                "on": "2025-03-12",
                "code": "G1",
                "first_day": "2025-02-02",
                "last_day": "2025-02-01",
                "evidence": "x",
            },
            400,
        ),
        ({"action": "correct", "on": "2025-03-12", "facts": {"area_m2": "-1"}, "reason": "x"}, 400),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(client: TestClient, opened: int, body: dict[str, Any], status: int):
    answer = client.post(f"/idle-cases/{opened}/moves", json=body, headers={"If-Match": "*"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_cases_are_not_told_without_a_key(client: TestClient, opened: int):
    client.headers.pop("X-API-Key")
    for path in ("/idle-cases", f"/idle-cases/{opened}", f"/idle-cases/{opened}/options", "/idle-cases/publication"):
        assert client.get(path).status_code == 401


def test_a_change_of_use_is_held_against_the_plans_before_it_is_agreed(
    client: TestClient, opened: int, move: Callable[..., Any], deliver: Callable[..., None]
):
    prove = ("prove_cause", "2025-04-11", {"code": "G2", "first_day": "2022-04-01", "evidence": "规划调整批复"})
    for action, on, members in (*TO_RECOVERY[:3], prove):
        assert move(opened, action, on, **members).status_code == 200
    assert (
        move(opened, "determine", "2025-04-20", kind="idle_not_started", cause="G2", basis="规划调整").status_code
        == 200
    )
    assert move(opened, "publish", "2025-04-22", department_notified="规划部门").status_code == 200
    assert move(opened, "file", "2025-04-25", filing_no="备-1").status_code == 200
    deliver(
        "redline",
        "ecological_redline",
        [square(1, 0)],
        control_zone=["core"],
        coverage=square(-1, -1, 9, 9),
        mandatory=True,
    )
    plan = {
        "option": "change_of_use",
        "new_use": "0901",
        "new_start_date": "2026-01-01",
        "price_difference_yuan": "0",
        "site_verdict": "PASS",
    }
    refused = move(opened, "agree_plan", "2025-05-06", plan=plan)
    assert refused.status_code == 409, refused.text
    (obstacle,) = refused.json()["obstacles"]
    assert obstacle["code"] == "use_not_in_plan"
    assert "DENY" in obstacle["en"]


def test_the_options_say_what_is_lawful_on_a_day(client: TestClient, opened: int, move: Callable[..., Any]):
    for action, on, members in TO_RECOVERY[:6]:
        move(opened, action, on, **members)
    answer = client.get(f"/idle-cases/{opened}/options", params={"on": "2025-05-01"}).json()
    assert [each["option"] for each in answer["options"] if each["is_offered"]] == ["free_recovery"]
    fee = next(each for each in answer["options"] if each["option"] == "fee")
    assert [why["code"] for why in fee["obstacles"]] == ["after_second_year"]


def test_contracts_are_warned_of_before_they_are_idle(client: TestClient):
    answer = client.get("/idle-warnings", params={"as_of": "2025-03-01"}).json()
    levels = {each["contract_no"]: each["warning"]["level"] for each in answer["warnings"]}
    assert levels == {"HT-1": "recoverable", "HT-2": "amber", "HT-3": "overdue_start"}


def test_the_layer_of_idle_land_shows_where_its_case_stands(client: TestClient, opened: int, move: Callable[..., Any]):
    move(opened, *TO_RECOVERY[0][:2], **TO_RECOVERY[0][2])
    features = client.get("/collections/idle_cases/items").json()["features"]
    told = {each["properties"]["contract_no"]: each["properties"]["case_stage"] for each in features}
    assert told == {"HT-1": "survey", "HT-2": None, "HT-4": None}
    (survey,) = client.get("/collections/idle_cases/items", params={"case_stage": "survey"}).json()["features"]
    assert survey["properties"]["case_due_on"] == "2025-04-14"
    assert survey["geometry"]["type"] == "MultiPolygon"
    overdue = {"filter": "case_due_on < DATE('2025-04-15')"}
    found = client.get("/collections/idle_cases/items", params=overdue).json()["features"]
    assert [each["properties"]["case_id"] for each in found] == [opened]
