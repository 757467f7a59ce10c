"""``duogui db`` on a private cluster and on a database elsewhere."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from typer.testing import CliRunner, Result

from app.cli import db
from app.db import schema
from app.db.backup import BackupError
from app.db.cluster import PrivateCluster
from app.db.engine import make_engine
from app.settings import get_settings


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the settings a data folder of the test's own, which the database account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="duogui-cli-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()
    PrivateCluster(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture
def external(monkeypatch: pytest.MonkeyPatch, fresh_url: str) -> Iterator[str]:
    """Let the settings name a migrated database elsewhere, with a password in its URL."""
    url = make_url(fresh_url).set(password="s3cret").render_as_string(hide_password=False)
    monkeypatch.setenv("DUOGUI_DATABASE_URL", url)
    get_settings.cache_clear()
    yield fresh_url
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(db.app, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_private_server_goes_up_is_described_and_goes_down(data_dir: Path) -> None:
    assert answer("status")["state"] == "absent"

    up = answer("up")
    assert up["kind"] == "private"
    assert up["state"] == "running"
    assert up["schema"] is None
    assert up["data_folder"] == str(data_dir / "postgres" / "data")

    assert answer("upgrade") == {"before": None, "after": schema.head_revision()}
    assert answer("upgrade") == {"before": schema.head_revision(), "after": schema.head_revision()}
    running = answer("status")
    assert running["schema"] == running["schema_of_this_version"]
    assert running["storage_srid"] == 4490

    assert answer("down") == {"stopped": True}
    assert answer("down") == {"stopped": False}
    assert answer("status")["state"] == "stopped"


def test_a_backup_of_one_installation_is_restored_in_another(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("upgrade")
    file = tmp_path / "duogui.backup"
    written = answer("backup", str(file))
    assert written["storage_srid"] == 4490
    assert isinstance(run("backup", str(file)).exception, BackupError)
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(data_dir / "second"))
    get_settings.cache_clear()

    assert answer("restore", str(file)) == written
    assert isinstance(run("restore", str(file)).exception, BackupError)
    assert answer("restore", str(file), "--force") == written
    assert answer("status")["schema"] == schema.head_revision()
    assert answer("down") == {"stopped": True}


def test_a_person_reads_the_same_facts_as_a_table(data_dir: Path, tmp_path: Path) -> None:
    assert "absent" in run("status").output
    assert "running" in run("up").output
    assert "brought from schema none" in run("upgrade").output
    assert "already" in run("upgrade").output
    assert "Backed up" in run("backup", str(tmp_path / "duogui.backup")).output
    assert "is stopped" in run("down").output
    assert "was not running" in run("down").output


def test_a_database_elsewhere_is_described_without_its_password(external: str) -> None:
    found = answer("status")

    assert found["kind"] == "external"
    assert found["schema"] == schema.head_revision()
    assert "s3cret" not in run("status").output
    assert "s3cret" not in json.dumps(found)


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_database_elsewhere_is_not_started_or_stopped(external: str, command: str) -> None:
    result = run(command)

    assert result.exit_code == 1
    assert "not ours to start or stop" in result.stderr


def test_a_database_elsewhere_is_backed_up_and_restored(external: str, tmp_path: Path) -> None:
    written = answer("backup", str(tmp_path / "duogui.backup"))
    engine = make_engine(external)
    with engine.begin() as connection:
        connection.execute(text("delete from rule_parameter"))

    assert answer("restore", written["path"], "--force") == written
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from rule_parameter")) > 0
    engine.dispose()


def test_the_shell_is_psql_on_the_database_of_the_settings(external: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr("os.execve", lambda *call: taken.append(call))

    run("shell")

    ((program, arguments, environment),) = taken
    assert Path(program).name == "psql"
    assert f"dbname={make_url(external).database}" in arguments[2]
    assert environment["PGPASSWORD"] == "s3cret"
