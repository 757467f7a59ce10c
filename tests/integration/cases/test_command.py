"""The commands take a case from the clue to recovered land, as docs/idle-land.md writes them."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from app.cli import cases as command
from tests.integration.cases.conftest import SCANNED_ON, TO_RECOVERY


@pytest.fixture
def run(scanned: Engine, fresh_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """Return a function that runs a command."""
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(tmp_path))
    command.get_settings.cache_clear()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(command.app, list(arguments), catch_exceptions=True)

    yield run
    command.get_settings.cache_clear()


def as_settings(members: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, value in members.items():
        found += as_settings(value, f"{name}.") if isinstance(value, dict) else ["--set", f"{prefix}{name}={value}"]
    return found


def test_the_commands_take_a_case_to_recovered_land(run: Any):
    assert "opened: 1 (1)" in run("open", "HT-1", "--on", SCANNED_ON.isoformat()).output
    for action, on, members in TO_RECOVERY:
        document = members.get("document_no")
        more = ["--document", document] if document else []
        rest = {name: value for name, value in members.items() if name != "document_no"}
        done = run("move", "1", action, "--on", on, *more, *as_settings(rest))
        assert done.exit_code == 0, done.output
    case = json.loads(run("show", "1", "--json").output)
    assert (case["stage"], len(case["history"])) == ("ended", len(TO_RECOVERY) + 1)
    assert case["history"][1]["document_no"] == "调查〔2025〕1号"
    assert json.loads(run("list", "--running", "--json").output) == []


def test_an_illegal_move_tells_the_article_and_fails(run: Any):
    run("open", "HT-1", "--on", SCANNED_ON.isoformat())
    refused = run("move", "1", "publish", "--on", "2025-03-12")
    assert refused.exit_code != 0
    assert "第九条" in str(refused.exception) + refused.output
    assert run("move", "1", "fly").exit_code == 2
    assert run("move", "1", "publish", "--set", "nothing").exit_code == 2
    assert run("move", "1", "publish", "--on", "2999-01-01").exit_code == 2


def test_lists_are_printed_for_people(run: Any):
    run("open")
    assert "HT-2" in run("list").output
    assert "free_recovery" in run("options", "1").output
    assert "Public list" in run("publication").output
    assert json.loads(run("warnings", "--as-of", "2025-03-01", "--json").output)[0]["level"] == "recoverable"


def test_letters_ledger_and_plan_are_files_and_lists(run: Any, tmp_path: Any):
    run("open", "--on", SCANNED_ON.isoformat())
    for action, on, members in TO_RECOVERY[:4]:
        run("move", "1", action, "--on", on, *as_settings(members | {"document_no": "1"}))
    letter = tmp_path / "通知.pdf"
    assert "闲调" in run("letter", "1", "survey_notice", str(letter), "--office", "某县自然资源局").output
    assert letter.read_bytes().startswith(b"%PDF")
    assert run("letter", "1", "survey_notice", str(letter), "--office", "某县自然资源局").exit_code == 2
    for name in ("台账.xlsx", "台账.csv"):
        assert run("ledger", str(tmp_path / name), "--office", "某县自然资源局").exit_code == 0
        assert (tmp_path / name).stat().st_size > 300
    assert run("ledger", str(tmp_path / "台账.doc")).exit_code == 2
    planned = run("plan", "1001:9000", "1001:430121:500", "--officer-days", "20", "--case", "1:use=1001", "--json")
    assert json.loads(planned.output)["cases"][0]["is_taken"] is True
    assert run("plan", "1001:much", "--officer-days", "20").exit_code == 2


def test_a_document_is_put_on_the_file_with_its_digest(run: Any, tmp_path: Any):
    run("open", "HT-1", "--on", SCANNED_ON.isoformat())
    photo = tmp_path / "现场照片.jpg"
    photo.write_bytes(b"a photo")
    done = run("attach", "1", str(photo), "--says", "supports", "--text", "未动工", "--on", "2025-03-20")
    assert done.exit_code == 0, done.output
    (kept,) = json.loads(run("show", "1", "--json").output)["evidence"]
    assert (kept["source"], kept["says"], kept["method"]) == ("现场照片.jpg", "supports", "document")
    assert kept["sha256"] == hashlib.sha256(b"a photo").hexdigest()
    assert run("attach", "1", str(photo), "--says", "perhaps").exit_code == 2
    without = run("attach", "1")
    assert "evidence" in str(without.exception)
