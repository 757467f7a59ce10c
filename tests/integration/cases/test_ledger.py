"""The ledger as offices know it, and a table that has shrunk."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import Engine

from app.cases import ledger_service
from app.cases.ledger import COLUMNS
from app.idle.errors import SourceDropError
from app.idle.land_scan import scan_land
from tests.integration.cases.conftest import ROWS, TO_RECOVERY
from tests.integration.extracts.conftest import CODES


@pytest.fixture
def recovered(opened: int, move: Callable[..., Any]) -> int:
    for action, on, members in TO_RECOVERY:
        assert move(opened, action, on, **members).status_code == 200
    return opened


@pytest.mark.parametrize("office", ["\0", "规划科\x01", "a\x7f"])
def test_an_office_that_no_workbook_can_hold_is_refused(client: TestClient, office: str):
    refused = client.get("/idle-ledger", params={"office": office})
    assert (refused.status_code, refused.json()["errors"][0]["name"]) == (400, "office"), refused.text


def test_the_workbook_has_head_rows_sums_and_what_is_not_a_case_yet(client: TestClient, recovered: int):
    answer = client.get("/idle-ledger", params={"office": "某县自然资源局"})
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["闲置土地处置台账", "疑似线索", "闲置率与供地率"]
    sheet = book["闲置土地处置台账"]
    assert sheet["A1"].value == "闲置土地处置台账"
    assert sheet["A2"].value == "填报单位：某县自然资源局"
    groups = [cell.value for cell in sheet[3] if cell.value]
    assert groups == ["序号", "基本情况", "闲置情况", "调查认定", "处置情况", "处置结果"]
    names = [cell.value for cell in sheet[4]][1:]
    row = dict(zip(names, [cell.value for cell in sheet[5]][1:], strict=True))
    assert names == [column.name for column in COLUMNS]
    assert (row["合同（决定书）编号"], row["土地使用权人"], row["面积（公顷）"]) == ("HT-1", "某精密部件公司", 0.9)
    assert (row["处置方式"], row["再利用方向"], row["当前环节"]) == ("无偿收回", "纳入政府储备", "已结案")
    assert row["闲置天数"] == (date(2025, 6, 16) - date(2022, 3, 1)).days
    assert sheet["A6"].value == "合计"
    assert sheet.cell(6, names.index("土地价款（万元）") + 2).value == 1000
    suspects = [[cell.value for cell in line] for line in book["疑似线索"].iter_rows(min_row=3)]
    # The case of HT-1 ended after the day of the scan, which is no news of it.
    assert [line[1] for line in suspects] == ["HT-2", "HT-4"]
    assert suspects[1][9] == "约定动工日期、交地日期"


def test_rows_are_as_high_as_their_texts(client: TestClient, opened: int, move: Callable[..., Any]):
    holder = "某精密部件制造有限责任公司" * 4
    assert move(opened, "correct", "2025-03-10", facts={"holder": holder}, reason="更名").status_code == 200
    sheet = load_workbook(io.BytesIO(client.get("/idle-ledger").content)).worksheets[0]
    (cell,) = [cell for cell in sheet[5] if cell.value == holder]
    lines = 2 * len(holder) / sheet.column_dimensions[cell.column_letter].width
    assert lines > 2
    assert lines * 15 < sheet.row_dimensions[5].height < (lines + 2) * 15


def test_the_csv_has_one_row_of_names_and_plain_values(client: TestClient, recovered: int):
    answer = client.get("/idle-ledger", params={"format": "csv"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["认定日期"], told["土地价款（万元）"], told["闲置费（元）"]) == ("2025-04-20", "1000.00", "")


def test_a_character_that_no_workbook_can_hold_is_replaced(client: TestClient, opened: int, move: Callable[..., Any]):
    assert move(opened, "correct", "2025-03-11", facts={"holder": "湘江\x0b置业"}, reason="测试").status_code == 200
    answer = client.get("/idle-ledger")
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert "湘江\ufffd置业" in [cell.value for cell in sheet[5]]


def test_text_that_begins_like_a_formula_is_text(client: TestClient, opened: int, move: Callable[..., Any]):
    move(opened, "correct", "2025-03-11", facts={"holder": "=1+1"}, reason="测试")
    sheet = load_workbook(io.BytesIO(client.get("/idle-ledger").content)).worksheets[0]
    cell = next(cell for cell in sheet[5] if cell.value == "=1+1")
    assert cell.data_type == "s"


def test_rates_of_a_great_many_contracts_are_left_to_a_process_in_both_languages(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger_service, "AT_ONCE", 2)
    sheet = load_workbook(io.BytesIO(client.get("/idle-ledger").content))["闲置率与供地率"]
    chinese, english = (cell.value for (cell,) in sheet.iter_rows(min_row=3, max_col=1))
    assert chinese.startswith("合同超过")
    assert english.startswith("There are more than")
    assert all("idle.statistics" in said for said in (chinese, english))


def test_an_empty_ledger_is_a_ledger(client: TestClient):
    sheet = load_workbook(io.BytesIO(client.get("/idle-ledger").content)).worksheets[0]
    assert sheet["A5"].value == "合计"
    assert client.get("/idle-ledger", params={"format": "doc"}).status_code == 400


def test_a_table_that_has_shrunk_asks_and_changes_nothing(
    client: TestClient, scanned: Engine, contracts: Callable[..., dict[str, Any]]
):
    with pytest.raises(SourceDropError) as asked:
        contracts(*ROWS[:3])
    assert (asked.value.status, asked.value.extra["before"], asked.value.extra["after"]) == (409, 4, 3)
    assert client.get("/idle-scans").json()["idle_scans"][-1]["contracts"] == 4
    assert contracts(*ROWS[:3], confirm_drop=True)["contract_count"] == 3


def test_changes_between_scans_say_why(client: TestClient, contracts: Callable[..., dict[str, Any]]):
    assert client.get("/idle-scan-changes").status_code == 404
    contracts(ROWS[0].replace("2022-03-01", "2025-03-01"), *ROWS[1:], as_of=date(2025, 12, 1))
    answer = client.get("/idle-scan-changes").json()
    told = {each["contract_no"]: (each["change"], each["reason"], each["changed_fields"]) for each in answer["changes"]}
    assert told == {"HT-1": ("gone", "facts", ["agreed_start_date"]), "HT-3": ("new", "time", [])}
    assert client.get("/idle-scan-changes", params={"from": 99}).status_code == 404


def test_rates_are_told_by_zone_and_year(client: TestClient, contracts: Callable[..., dict[str, Any]]):
    answer = client.get("/idle-statistics", params={"as_of": "2025-03-10"}).json()
    zone, nowhere = answer["idle"]
    assert (nowhere["zone"], nowhere["rates"][-1]["undecided"]) == ("未注明", 1)
    assert (zone["zone"], zone["rates"][-1]["supplied_ha"], zone["rates"][-1]["idle_ha"]) == (
        "430121",
        "2.5000",
        "1.7000",
    )
    assert zone["rates"][-1]["idle_percent"] == "68.00"
    assert Decimal(zone["mean_percent"]) > 0
    assert answer["supply"] == []


def test_a_plan_says_of_each_case_why_it_is_in_or_out(client: TestClient, move: Callable[..., Any]):
    client.post("/idle-cases", json={"on": "2025-03-10"})
    for case in (1, 2):
        for action, on, members in TO_RECOVERY[:6]:
            assert move(case, action, on, **members).status_code == 200
    body = {
        "officer_days": "20",
        "budget_yuan": "0",
        "demands": [{"use": "1001", "area_m2": "10000"}],
        "cases": [{"case_id": 1, "use": "1001"}],
    }
    plan = client.post("/idle-case-plans", json=body).json()
    assert [(each["case_id"], each["is_taken"], each["reason"]) for each in plan["cases"]] == [
        (1, True, "serves_demand")
    ]
    assert plan["served_m2"] == "9000"
    assert plan["not_planned"] == [{"case_id": 2, "contract_no": "HT-2", "missing": ["use"]}]
    body["cases"].append({"case_id": 2, "use": "1001"})
    second = client.post("/idle-case-plans", json=body).json()["cases"][1]
    assert (second["reason"], second["short_by"]) == ("no_officers_left", "20")
    required = client.post(
        "/idle-case-plans",
        json=body | {"officer_days": "1", "cases": [{"case_id": 1, "use": "1001", "is_required": True}]},
    )
    assert (required.status_code, required.json()["type"]) == (422, "urn:duogui:problem:plan-infeasible")
    unknown = client.post("/idle-case-plans", json=body | {"cases": [{"case_id": 9}]})
    assert unknown.status_code == 404


def test_recovered_land_is_in_the_reserve_with_what_it_lacks(client: TestClient, recovered: int):
    (parcel,) = client.get("/idle-cases/reserve").json()["reserve"]
    assert (parcel["case_id"], parcel["reserved_on"]) == (recovered, "2025-06-10")
    assert Decimal(parcel["area_m2"]) == 9000
    assert (parcel["connections"], parcel["is_supply_ready"], parcel["is_clean_land"]) == (2, None, None)
    assert len(parcel["missing_for_clean_land"]) == 5


def test_contracts_and_parcels_that_lack_each_other_are_listed_as_faults(client: TestClient, scanned: Engine):
    scan_land(scanned, topics=["data_fault"], as_of=date(2025, 3, 10), actor="test")
    found = client.get("/land-findings", params={"topic": "data_fault"}).json()["findings"]
    assert {each["subject"] for each in found} == {
        "contract_without_parcel/HT-4",
        f"parcel_without_contract/{CODES[0]}",
    }
