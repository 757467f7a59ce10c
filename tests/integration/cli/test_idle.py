"""``duogui idle``: what a person and a program are told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import idle
from app.idle.errors import NoContractsError
from app.settings import get_settings

CONTRACTS = "合同编号,约定动工日期,经办人\nC1,2025-06-29,张三\nC2,2025-06-30,李四\nC3,2025-06-31,王五\n"


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch, fresh_url: str) -> Iterator[None]:
    """Let the settings name a migrated database of the test's own."""
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    path = tmp_path / "出让合同.csv"
    path.write_text(CONTRACTS, encoding="gbk")
    return path


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(idle.app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_an_import_tells_what_was_read_what_was_not_and_what_was_not_understood(contracts):
    output = " ".join(run("import", contracts).stdout.split())
    assert "3 rows read = 2 accepted + 1 rejected" in output
    assert "not understood: 经办人" in output
    assert "row 4, column 约定动工日期: found '2025-06-31'" in output
    assert "nothing was changed" in " ".join(run("import", contracts).stdout.split())


def test_a_scan_prints_the_cases_by_kind_and_says_when_nothing_changed(contracts):
    run("import", contracts)
    output = " ".join(run("scan", "--as-of", "2026-06-30").stdout.split())
    assert "idle_not_started 1 " in output
    assert "3 contracts; cases whose code names one parcel 0, none 2, several 0" in output
    assert "nothing was changed" in " ".join(run("scan", "--as-of", "2026-06-30").stdout.split())


def test_both_answer_a_program_in_json(contracts):
    report = json.loads(run("import", contracts, "--json").stdout)
    assert (report["accepted"], report["rejected"], report["is_new"]) == (2, 1, True)
    summary = json.loads(run("scan", "--as-of", "2026-07-01", "--json").stdout)
    assert summary["cases"]["idle_not_started"] == 2
    assert summary["as_of"] == "2026-07-01"


def test_a_scan_before_any_import_is_refused():
    with pytest.raises(NoContractsError):
        CliRunner().invoke(idle.app, ["scan"], catch_exceptions=False)


def test_a_day_that_is_no_date_is_a_usage_error():
    result = CliRunner().invoke(idle.app, ["scan", "--as-of", "yesterday"])
    assert result.exit_code == 2
