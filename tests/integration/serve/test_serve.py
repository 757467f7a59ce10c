"""``duogui serve`` as its operator meets it: real processes, stopped and killed."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx2
import psutil
import pytest

from app.keys.service import KEY_PATTERN

from .conftest import Service, run_duogui, until

Serve = Callable[..., Service]

END_STATES = {"successful", "failed"}


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def start_job(service: Service, data_dir: Path) -> str:
    """Start a job with the first key, and return its path."""
    key = (data_dir / "first-key").read_text().strip()
    accepted = httpx2.post(f"{service.url}/idle-scans", json={}, headers={"X-API-Key": key}, timeout=30)
    assert accepted.status_code == 201, accepted.text
    return str(httpx2.URL(accepted.headers["Location"]).path)


def ends(service: Service, path: str) -> bool:
    return httpx2.get(f"{service.url}{path}", timeout=30).json()["status"] in END_STATES


def test_one_command_makes_a_new_data_folder_ready_and_the_first_key_opens_it(serve: Serve, data_dir: Path) -> None:
    service = serve(data_dir=str(data_dir)).wait_until_ready()
    key_file = data_dir / "first-key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert str(key_file) in service.printed()
    path = start_job(service, data_dir)
    until(lambda: ends(service, path), "the job ends")
    assert KEY_PATTERN.fullmatch(key_file.read_text().strip())
    assert key_file.read_text().strip() not in service.printed()


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_the_service_and_its_worker_in_order(
    serve: Serve, fresh_url: str, tmp_path: Path, word: signal.Signals
) -> None:
    service = serve(database_url=fresh_url, data_dir=str(tmp_path)).wait_until_ready()
    worker = service.wait_for_worker()
    service.process.send_signal(word)
    assert service.process.wait(60) == 0
    assert is_gone(worker)
    assert "Traceback" not in service.printed()


def test_a_killed_service_leaves_no_worker_and_the_next_one_finishes_its_jobs(
    serve: Serve, fresh_url: str, tmp_path: Path
) -> None:
    settings = {"database_url": fresh_url, "data_dir": str(tmp_path)}
    first = serve("--no-worker", **settings).wait_until_ready()
    path = start_job(first, tmp_path)
    assert not ends(first, path)
    assert first.process.children() == []
    port = str(first.port)
    first.process.kill()
    first.process.wait()

    second = serve("--port", port, **settings).wait_until_ready()
    worker = second.wait_for_worker()
    until(lambda: ends(second, path), "the job that was waiting ends")
    second.process.kill()
    second.process.wait()
    until(lambda: is_gone(worker), "the worker of the killed service ends")
    third = serve("--no-worker", "--port", port, **settings).wait_until_ready()
    assert ends(third, path)


def test_a_killed_worker_is_replaced(serve: Serve, fresh_url: str, tmp_path: Path) -> None:
    service = serve(database_url=fresh_url, data_dir=str(tmp_path)).wait_until_ready()
    killed = service.wait_for_worker()
    killed.kill()
    until(lambda: is_gone(killed) and service.worker(), "another worker is there")
    assert service.wait_for_worker().pid != killed.pid
    path = start_job(service, tmp_path)
    until(lambda: ends(service, path), "the job ends")


def test_two_services_share_one_data_folder_and_a_crashed_database_comes_back(serve: Serve, data_dir: Path) -> None:
    services = [serve(data_dir=str(data_dir)) for _ in range(2)]
    for service in services:
        service.wait_until_ready().wait_for_worker()
    assert services[0].port != services[1].port
    path = start_job(services[0], data_dir)
    until(lambda: ends(services[1], path), "the other service shows how the job ended")
    assert sum("The first key" in service.printed() for service in services) == 1

    pid = int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    psutil.Process(pid).kill()
    for service in services:
        until(lambda service=service: service.is_ready(), "the service is ready again")
    assert ends(services[0], path)
    later = start_job(services[1], data_dir)
    until(lambda: ends(services[0], later), "a job of after the crash ends")


def test_a_port_in_use_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run_duogui("serve", "--port", port, data_dir=str(tmp_path / "data"))
    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use." in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_database_that_does_not_answer_is_told_in_a_paragraph(tmp_path: Path) -> None:
    url = "postgresql://duogui@127.0.0.1:1/duogui"
    refused = run_duogui("serve", "--port", "0", data_dir=str(tmp_path), database_url=url)
    assert refused.returncode == 4
    assert "The database cannot be reached." in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
