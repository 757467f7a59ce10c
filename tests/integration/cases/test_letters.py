"""Letters carry the facts of the case, are numbered through the year, and are the same bytes each time."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from app.cases.letter_texts import LetterKind
from app.cases.letters import issue_letter, render_letter
from app.db.sessions import read_session, write_session
from tests.integration.cases.conftest import SCANNED_ON, TO_RECOVERY

OFFICE = "某县自然资源局"


@pytest.fixture
def issue(client: TestClient) -> Callable[..., Any]:
    def issue(case: int, kind: str) -> Any:
        return client.post(f"/idle-cases/{case}/letters", json={"kind": kind, "office": OFFICE})

    return issue


def content_of(engine: Engine, number: str) -> dict[str, Any]:
    with read_session(engine) as session:
        found = session.execute(text("select content from disposal_letter where letter_no = :no"), {"no": number})
        return dict(found.scalar_one())


def test_each_letter_belongs_to_its_move_and_says_its_facts(
    client: TestClient, scanned: Engine, opened: int, move: Callable[..., Any], issue: Callable[..., Any]
):
    early = issue(opened, "recovery_decision")
    assert (early.status_code, early.json()["action"]) == (409, "decide_recovery")
    for action, on, members in TO_RECOVERY[:8]:
        assert move(opened, action, on, **members).status_code == 200
    told = {
        "survey_notice": "2025年4月14日",
        "determination": "现场未动工，无施工许可证",
        "hearing_notice": "2025年5月12日",
        "recovery_decision": "政函〔2025〕3号",
    }
    for kind, fact in told.items():
        answer = issue(opened, kind)
        assert answer.status_code == 201, answer.text
        content = content_of(scanned, answer.json()["letter_no"])
        assert fact in "".join(content["paragraphs"])
        assert content["addressee"] == "某精密部件公司"
        pdf = client.get(answer.headers["Location"])
        assert pdf.headers["content-type"] == "application/pdf"
        assert hashlib.sha256(pdf.content).hexdigest() == answer.json()["sha256"]
    listed = client.get(f"/idle-cases/{opened}/letters").json()["letters"]
    assert [letter["kind"] for letter in listed] == list(told)


def test_a_fee_is_written_in_figures_and_in_words(
    client: TestClient, scanned: Engine, move: Callable[..., Any], issue: Callable[..., Any]
):
    body = {"contract_nos": ["HT-2"], "on": SCANNED_ON.isoformat()}
    (case,) = client.post("/idle-cases", json=body).json()["opened"]
    for action, on, members in TO_RECOVERY[:6]:
        assert move(case, action, on, **members).status_code == 200
    assert move(case, "notify_hearing", "2025-05-06", purpose="fee").status_code == 200
    assert move(case, "decide_fee", "2025-05-13", approval_no="政函2").json()["fee_yuan"] == "1000000.00"
    content = content_of(scanned, issue(case, "fee_decision").json()["letter_no"])
    assert "人民币1,000,000.00元（大写：壹佰万元整）" in content["paragraphs"][1]
    assert ["缴纳期限", "2025年6月12日（含当日）"] in content["facts"]
    hearing = content_of(scanned, issue(case, "hearing_notice").json()["letter_no"])
    assert ["拟征缴金额（元）", "1,000,000.00"] in hearing["facts"]


def test_numbers_run_through_the_kind_and_a_letter_is_issued_once(
    client: TestClient, opened: int, move: Callable[..., Any], issue: Callable[..., Any]
):
    move(opened, *TO_RECOVERY[0][:2], **TO_RECOVERY[0][2])
    first = issue(opened, "survey_notice").json()
    assert first["letter_no"].startswith("闲调〔")
    assert first["letter_no"].endswith("〕1号")
    assert issue(opened, "survey_notice").json() == first
    (other,) = client.post("/idle-cases", json={"contract_nos": ["HT-2"], "on": "2025-03-10"}).json()["opened"]
    move(other, *TO_RECOVERY[0][:2], **TO_RECOVERY[0][2])
    assert issue(other, "survey_notice").json()["letter_no"].endswith("〕2号")
    cached = client.get(f"/idle-letters/{first['letter_id']}", headers={"If-None-Match": f'"{first["sha256"]}"'})
    assert cached.status_code == 304
    assert client.get("/idle-letters/99").status_code == 404


def test_a_correction_after_the_letter_changes_no_byte_of_it(scanned: Engine, opened: int, move: Callable[..., Any]):
    move(opened, *TO_RECOVERY[0][:2], **TO_RECOVERY[0][2])
    with write_session(scanned, actor="test") as session:
        letter = issue_letter(session, opened, LetterKind.SURVEY_NOTICE, office=OFFICE)
        before = render_letter(letter)
    move(opened, "correct", "2025-03-20", facts={"holder": "更名公司"}, reason="更名")
    with write_session(scanned, actor="test") as session:
        assert render_letter(issue_letter(session, opened, LetterKind.SURVEY_NOTICE, office="别的局")) == before
    with pytest.raises(IntegrityError, match="only added to"), scanned.begin() as connection:
        connection.execute(text("update disposal_letter set letter_no = 'x'"))


def test_letters_are_not_told_without_a_key(client: TestClient, opened: int):
    client.headers.pop("X-API-Key")
    for path in (f"/idle-cases/{opened}/letters", "/idle-letters/1"):
        assert client.get(path).status_code == 401
