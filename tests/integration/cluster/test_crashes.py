"""Nothing is lost, and nobody has to tidy up, when processes are killed."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from app.db.cluster import PrivateCluster
from app.db.cluster.processes import is_server_of
from tests.integration.cluster.conftest import connect

Start = Callable[..., subprocess.Popen[str]]
# To make a cluster takes seconds, and on a busy machine many.
DEADLINE_SECONDS = 120.0


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def kill_postmaster(cluster: PrivateCluster) -> int:
    status = cluster.status()
    pid = status.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_server_of(pid, status.data_folder))
    return pid


def test_a_killed_postmaster_is_replaced_and_committed_rows_are_kept(cluster: PrivateCluster) -> None:
    with connect(cluster.database_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    first = kill_postmaster(cluster)

    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    assert cluster.status().pid != first


def test_a_backend_that_calculates_on_after_its_postmaster_died_does_not_block_the_next_start(
    cluster: PrivateCluster,
) -> None:
    refused: list[BaseException] = []

    def calculate() -> None:
        try:
            with connect(cluster.database_url()) as connection:
                connection.execute("SELECT count(*) FROM generate_series(1, 100000000000) AS n WHERE n % 7 = 9")
        except psycopg.OperationalError as error:
            refused.append(error)

    worker = threading.Thread(target=calculate)
    worker.start()
    wait_until(lambda: _has_busy_backend(cluster))
    kill_postmaster(cluster)

    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    worker.join(DEADLINE_SECONDS)
    assert refused


def _has_busy_backend(cluster: PrivateCluster) -> bool:
    with connect(cluster.database_url()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%'"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
    return row is not None and row[0] == 1


def test_numbers_of_dead_servers_that_now_belong_to_others_do_not_block_the_next_start(
    cluster: PrivateCluster, data_dir: Path
) -> None:
    folder = cluster.status().socket_folder
    assert folder is not None
    data = data_dir / "postgres" / "data"
    pid_file = (data / "postmaster.pid").read_text().splitlines()
    kill_postmaster(cluster)
    owner = data.stat().st_uid
    with subprocess.Popen(["sleep", "600"], user=owner) as stranger:
        for path in (data / "postmaster.pid", folder / ".s.PGSQL.5432.lock"):
            path.write_text("\n".join([str(stranger.pid), *pid_file[1:]]) + "\n")
            os.chown(path, owner, -1)

        with connect(cluster.ensure_running()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert stranger.poll() is None
        stranger.kill()


def test_a_killed_service_leaves_the_server_to_the_next_one(data_dir: Path, start_process: Start) -> None:
    service = start_process("ensure_running")
    url, _ = service.communicate(timeout=DEADLINE_SECONDS)
    service.kill()
    cluster = PrivateCluster(data_dir)
    pid = cluster.status().pid

    assert cluster.ensure_running() == url.strip()
    assert cluster.status().pid == pid


def test_a_service_killed_while_it_makes_the_cluster_is_followed_by_one_that_succeeds(
    data_dir: Path, start_process: Start
) -> None:
    service = start_process("ensure_running")
    wait_until(lambda: any(data_dir.glob("postgres/unfinished-*/PG_VERSION")))
    service.kill()
    service.wait()

    with connect(PrivateCluster(data_dir).ensure_running()) as connection:
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'").fetchone() == (1,)


def test_a_service_killed_while_the_server_starts_is_followed_by_one_that_succeeds(
    data_dir: Path, start_process: Start
) -> None:
    service = start_process("ensure_running")
    wait_until((data_dir / "postgres" / "data" / "postmaster.pid").exists)
    service.kill()
    service.wait()

    with connect(PrivateCluster(data_dir).ensure_running()) as connection:
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'").fetchone() == (1,)


def test_processes_that_start_at_once_share_one_server(data_dir: Path, start_process: Start) -> None:
    services = [start_process("ensure_running") for _ in range(4)]
    answers = [service.communicate(timeout=2 * DEADLINE_SECONDS) for service in services]

    assert [service.returncode for service in services] == [0, 0, 0, 0], answers
    assert len({url for url, _ in answers}) == 1
    data = data_dir / "postgres" / "data"
    servers = [process for process in psutil.process_iter() if is_server_of(process.pid, data)]
    assert servers
    ids = {process.pid for process in servers}
    assert len([process for process in servers if process.ppid() not in ids]) == 1


def test_a_swept_runtime_folder_is_made_again(cluster: PrivateCluster) -> None:
    folder = cluster.status().socket_folder
    assert folder is not None
    shutil.rmtree(folder)

    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("content", ["", "12", "not a number\n"])
def test_a_damaged_pid_file_counts_as_no_server(cluster: PrivateCluster, data_dir: Path, content: str) -> None:
    cluster.stop()
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(content)

    assert cluster.status().pid is None
    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
