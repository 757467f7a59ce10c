"""Idle land as one list over HTTP: findings of the scan beside the cases that follow them."""

from app.cases.land_service import end_of_month
from app.clock import today


def list_land(client, **query):
    answer = client.get("/idle-land", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_has_what_the_scan_flags_before_any_case_is_opened(client):
    page = list_land(client)
    assert [row["contract_no"] for row in page["land"]] == ["HT-1", "HT-2", "HT-4"]
    assert {row["stage"] for row in page["land"]} == {"none"}
    assert page["matched"] == 3
    first = page["land"][0]
    assert first["holder"] == "某精密部件公司"
    assert first["area_m2"] == "9000"
    assert len(first["bbox"]) == 4
    assert page["land"][2]["bbox"] is None


def test_a_case_is_listed_with_its_stage_and_stands_first_because_it_is_due(client, move, opened):
    client.post("/idle-cases", json={"contract_nos": ["HT-2"], "on": "2025-03-12"})
    page = list_land(client)
    assert [row["contract_no"] for row in page["land"]] == ["HT-1", "HT-2", "HT-4"]
    assert page["land"][0]["stage"] == "suspect"
    assert page["land"][0]["case_id"] == opened
    assert page["land"][0]["is_overdue"]
    assert page["overdue"] == 2
    move(opened, "notify_survey", "2025-03-20", served_on="2025-03-20")
    assert [row["contract_no"] for row in list_land(client)["land"]] == ["HT-2", "HT-1", "HT-4"]


def test_the_list_is_filtered_by_stage_kind_zone_holder_and_due_day(client, opened):
    def found(**query):
        return [row["contract_no"] for row in list_land(client, **query)["land"]]

    assert found(stage="suspect") == ["HT-1"]
    assert found(stage="none") == ["HT-2", "HT-4"]
    assert found(kind="insufficient_data") == ["HT-4"]
    assert found(holder="置业") == ["HT-2"]
    assert found(due_until="2025-04-09") == ["HT-1"]
    assert found(due_until="2025-04-08") == []
    zone = list_land(client, contract_no="HT-1")["land"][0]["zone"]
    assert set(found(zone=zone)) == {"HT-1", "HT-2"}
    assert client.get("/idle-land", params={"stage": "nowhere"}).status_code == 400


def test_pages_follow_one_another_without_loss(client, opened):
    numbers, after = [], None
    while True:
        page = list_land(client, limit=1, **({} if after is None else {"after": after}))
        numbers += [row["contract_no"] for row in page["land"]]
        if (after := page.get("next_after")) is None:
            break
    assert numbers == [row["contract_no"] for row in list_land(client)["land"]]


def test_groups_count_each_contract_once(client, opened):
    groups = client.get("/idle-land/groups").json()
    assert {group["stage"]: group["count"] for group in groups["stages"]} == {"suspect": 1, "none": 2}
    assert {group["kind"]: group["count"] for group in groups["kinds"]} == {
        "idle_not_started": 2,
        "insufficient_data": 1,
    }
    assert groups["overdue"] == 1
    assert groups["due_this_month"] == 0


def test_a_contract_shows_its_clock_with_the_article_of_each_day(client):
    land = client.get("/idle-land/contract", params={"contract_no": "HT-1"}).json()
    marks = {mark["name"]: mark for mark in land["timeline"]["marks"]}
    assert {name: mark["on"] for name, mark in marks.items()} == {
        "reminder": "2021-12-01",
        "agreed_start": "2022-03-01",
        "idle_since": "2022-03-01",
        "overdue_start": "2022-03-02",
        "amber": "2022-12-01",
        "red": "2023-03-02",
        "recoverable": "2024-03-02",
    }
    assert marks["amber"]["is_assumed"]
    assert not marks["recoverable"]["is_assumed"]
    assert "第十四条第（二）项" in marks["recoverable"]["article"]
    numbers = {number["key"]: number for number in land["timeline"]["numbers"]}
    assert numbers["idle.fee_rate"]["value"] == "0.20"
    assert numbers["idle.hearing_request_days"]["is_assumed"]
    assert land["finding"]["kind"] == "idle_not_started"
    assert land["options"] is None


def test_the_clock_of_a_case_has_its_running_period_its_causes_and_the_options(client, move, opened):
    move(
        opened,
        "prove_cause",
        "2025-03-11",
        code="G1",
        first_day="2023-01-01",
        last_day="2023-03-31",
        evidence="交地确认书",
    )
    land = client.get("/idle-land/contract", params={"contract_no": "HT-1"}).json()
    marks = {mark["name"]: mark["on"] for mark in land["timeline"]["marks"]}
    assert marks["due_survey"] == "2025-04-09"
    assert land["timeline"]["intervals"] == [
        {
            "code": "G1",
            "first_day": "2023-01-01",
            "last_day": "2023-03-31",
            "is_excused": True,
            "article": "《闲置土地处置办法》（国土资源部令第53号）第八条",
        }
    ]
    assert {option["option"] for option in land["options"]} >= {"extension", "free_recovery"}


def test_a_case_names_its_next_moves_in_both_languages_with_their_article(client, move, opened):
    move(opened, "notify_survey", "2025-03-12")
    case = client.get(f"/idle-cases/{opened}").json()
    assert [each["action"] for each in case["next_moves"]] == case["moves_in_order"]
    determine = next(each for each in case["next_moves"] if each["action"] == "determine")
    assert determine == {
        "action": "determine",
        "zh": "认定闲置土地",
        "en": "Determine",
        "article": "《闲置土地处置办法》（国土资源部令第53号）第九条",
        "leads_to": "determined",
    }
    assert [(made["zh"], made["en"]) for made in case["history"]] == [
        ("立案", "Open"),
        ("发出调查通知书", "Notify of the survey"),
    ]


def test_a_contract_that_nothing_flags_is_not_found(client):
    answer = client.get("/idle-land/contract", params={"contract_no": "HT-3"})
    assert answer.status_code == 404
    assert answer.json()["contract_no"] == "HT-3"


def test_the_list_needs_a_key(client):
    for path in ("/idle-land", "/idle-land/groups", "/idle-land/contract?contract_no=HT-1"):
        assert client.get(path, headers={"X-API-Key": ""}).status_code == 401


def test_the_month_of_a_period_ends_on_its_last_day():
    assert end_of_month(today()).day >= 28
