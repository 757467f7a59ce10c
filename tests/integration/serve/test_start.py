"""The steps of a start, one by one."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine

from app.cli.addresses import address_of
from app.cli.serve import listen, prepare_keys, revive, settings_with, worker_environment
from app.db.cluster import ClusterState, PrivateCluster
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from app.settings import Settings, get_settings


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


def test_the_command_line_goes_before_the_environment(own_environment: pytest.MonkeyPatch) -> None:
    own_environment.setenv("DUOGUI_PORT", "9000")
    own_environment.setenv("DUOGUI_HOST", "::1")
    own_environment.setenv("DUOGUI_DATABASE_URL", "postgres://db/duogui")
    assert settings_with(None, None) is get_settings()
    settings = settings_with("127.0.0.1", None)
    assert (settings.host, settings.port) == ("127.0.0.1", 9000)
    assert settings_with(None, 0).port == 0
    assert settings.database_url == get_settings().database_url


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_here_is_told_in_a_sentence(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, listen(Settings(host=host, port=0)):
        pass
    assert ended.value.code == 1
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith(f"Cannot listen on {host} port 0: ")
    assert "--host" in told


def test_the_address_shown_is_the_one_that_answers() -> None:
    settings = Settings(host="127.0.0.1", port=0)
    with listen(settings) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert address_of(settings, port) == f"http://127.0.0.1:{port}"
        assert address_of(Settings(host="::1"), port) == f"http://[::1]:{port}"
        public = Settings.model_validate({"public_url": "https://gis.example.cn/duogui/"})
        assert address_of(public, port) == "https://gis.example.cn/duogui"
        with socket.create_connection(("127.0.0.1", port)):
            pass


def test_another_address_is_refused_until_the_operator_made_a_key(
    fresh_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(host="192.0.2.1", data_dir=tmp_path)
    with pytest.raises(SystemExit) as ended:
        prepare_keys(settings, fresh_engine)
    assert ended.value.code == 3
    assert "duogui key add" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

    with write_session(fresh_engine, actor="tests") as session:
        create_key(session, "office", Scope.READ)
    prepare_keys(settings, fresh_engine)
    assert list(tmp_path.iterdir()) == []


def test_the_first_key_is_announced_by_its_file_alone(
    fresh_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare_keys(Settings(data_dir=tmp_path), fresh_engine)
    printed = capsys.readouterr()
    assert (tmp_path / "first-key").read_text().strip() not in printed.err + printed.out
    assert "".join(str(tmp_path / "first-key").split()) in "".join(printed.err.split())


def test_a_data_folder_that_cannot_be_written_is_refused(
    fresh_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ended:
        prepare_keys(Settings(data_dir=tmp_path / "file"), fresh_engine)
    assert ended.value.code == 3
    assert "DUOGUI_DATA_DIR" in capsys.readouterr().err


def test_the_worker_gets_the_database_of_the_service_and_starts_none(tmp_path: Path) -> None:
    environment = worker_environment(Settings(data_dir=tmp_path), "postgresql+psycopg:///duogui?host=/run/x")
    assert environment["DUOGUI_DATABASE_URL"] == "postgresql+psycopg:///duogui?host=/run/x"
    assert environment["DUOGUI_DATA_DIR"] == str(tmp_path)
    assert environment["PATH"] == os.environ["PATH"]


def kill_server(data_dir: Path) -> None:
    server = psutil.Process(int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))
    server.send_signal(signal.SIGKILL)
    psutil.wait_procs([server])


def test_a_crashed_database_is_started_again_and_a_stopped_one_stays_stopped(data_dir: Path) -> None:
    cluster = PrivateCluster(data_dir, durable=False)
    settings = Settings(data_dir=data_dir)
    revive(settings)
    assert cluster.status().state is ClusterState.ABSENT

    cluster.ensure_running()
    kill_server(data_dir)
    assert cluster.status().state is ClusterState.STOPPED
    revive(settings)
    assert cluster.status().state is ClusterState.RUNNING

    cluster.stop()
    revive(settings)
    assert cluster.status().state is ClusterState.STOPPED


def test_a_database_elsewhere_is_not_ours_to_revive(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path / "none", "database_url": "postgresql:///elsewhere"}
    revive(Settings.model_validate(settings))
    assert list(tmp_path.iterdir()) == []
