"""From the suspicion to recovered land by the very commands and requests of docs/idle-land.md, each way in a database of its own."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.db.sessions import write_session
from app.idle.service import import_table
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings, get_settings

GUIDE = Path(__file__).parents[3] / "docs" / "idle-land.md"
SECTION = re.compile(r"^### From the clue.*?(?=^### )", re.MULTILINE | re.DOTALL)
TABLE, COMMANDS, REQUESTS = range(3)


def block(which: int) -> list[str]:
    """Return the lines of a block of the walk."""
    section = SECTION.search(GUIDE.read_text(encoding="utf-8"))
    assert section is not None
    blocks = re.findall(r"^```\n(.*?)^```$", section[0], re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    return str(blocks[which]).splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_engine: Engine) -> Iterator[Path]:
    """Return the working directory with the table of the guide, and the settings of a fresh database."""
    (tmp_path / "出让合同.csv").write_text("\n".join(block(TABLE)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def test_an_official_goes_from_the_suspicion_to_recovered_land_by_the_commands_of_the_guide(folder: Path):
    promised: list[str] = []
    for line in block(COMMANDS):
        program, *arguments = shlex.split(line, comments=True)
        assert program == "duogui"
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, f"{line}\n{done.output}"
        promised += re.findall(r"until (\d{4}-\d\d-\d\d)", line)
        if "options" in arguments:
            offered = re.findall(r"^\W*(\w+)\W+✓", done.output, re.MULTILINE)
            assert offered == ["free_recovery"]
        if "publication" in arguments:
            assert "某精密部件公司" in done.output
    case = json.loads(CliRunner().invoke(app, ["cases", "show", "1", "--json"]).output)
    assert [each["due_on"] for each in case["history"] if each["due_on"]] == promised
    assert (case["stage"], case["is_published"], case["ended_on"]) == ("ended", False, "2025-06-16")
    letters = sorted(path.name for path in folder.glob("*.pdf"))
    assert letters == ["听证告知书.pdf", "收回决定书.pdf", "认定书.pdf", "调查通知书.pdf"]
    assert all((folder / name).read_bytes().startswith(b"%PDF") for name in letters)
    assert "HT-1" in {cell for row in openpyxl.load_workbook(folder / "台账.xlsx").active.values for cell in row}


def test_an_official_goes_from_the_suspicion_to_recovered_land_by_the_requests_of_the_guide(
    folder: Path, fresh_engine: Engine
):
    import_table(fresh_engine, folder / "出让合同.csv", "contracts", actor="test")
    with write_session(fresh_engine, actor="test") as session:
        key = create_key(session, "clerk", Scope.WRITE)
    answers: dict[str, Any] = {}
    with TestClient(create_app(Settings(data_dir=folder), fresh_engine), base_url="http://127.0.0.1:8000") as client:
        client.headers["X-API-Key"] = key
        for line in block(REQUESTS):
            method, path, *body = line.split(" ", 2)
            headers = {"If-Match": client.get("/idle-cases/1").headers["ETag"]} if path.endswith("/moves") else {}
            answer = client.request(method, path, json=json.loads(body[0]) if body else None, headers=headers)
            assert answer.status_code in {200, 201}, f"{line}\n{answer.text}"
            if path.endswith("/execution"):
                run_job(fresh_engine, UUID(answer.json()["jobID"]), KINDS)
            answers[path] = answer
    options = answers["/idle-cases/1/options?on=2025-05-01"].json()["options"]
    assert [each["option"] for each in options if each["is_offered"]] == ["free_recovery"]
    assert [each["holder"] for each in answers["/idle-cases/publication"].json()["published"]] == ["某精密部件公司"]
    assert [each["connections"] for each in answers["/idle-cases/reserve"].json()["reserve"]] == [1]
    assert answers["/idle-cases/1"].json()["stage"] == "ended"
    assert answers["/idle-ledger?format=xlsx"].content.startswith(b"PK")
