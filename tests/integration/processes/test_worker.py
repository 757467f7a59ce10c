"""An overlay in the hands of real workers: one that is killed, one that is told to stop."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.db.models import Job
from app.db.sessions import read_session, write_session
from app.jobs import service
from app.keys.access import Actor, Scope
from app.overlays.jobs import start_overlay
from app.overlays.schemas import CollectionOverlay

PATIENCE_S = 60.0
# A worker with its real kinds of work; reading a side is made long enough to be seen.
SCRIPT = """
import sys, time
from pathlib import Path
from app.db.engine import make_engine
from app.jobs.worker import run_worker
from app.overlays import jobs
overlay = jobs.overlay
def slowly(*args, **options):
    mark = Path(sys.argv[2])
    with mark.open("a") as file:
        file.write("x")
    cancelled = options["cancelled"]
    for _ in range(600 if mark.stat().st_size == 1 else 1):
        if cancelled():
            break
        time.sleep(0.1)
    return overlay(*args, **options)
jobs.overlay = slowly
run_worker(make_engine(sys.argv[1]))
"""


@pytest.fixture
def start_worker(city: Engine, city_url: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SCRIPT, city_url, str(tmp_path / "starts")]
        workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


@pytest.fixture
def overlay_job(city: Engine, tmp_path: Path) -> UUID:
    asked = CollectionOverlay.model_validate(
        {"a": {"collection": "parcels"}, "b": {"collection": "ecological_redline"}}
    )
    with write_session(city, actor="planner") as session:
        return start_overlay(session, asked, media_type="text/csv", has_key=False, data_dir=tmp_path, base_url="").id


def wait_for(engine: Engine, job_id: UUID, is_so: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with read_session(engine) as session:
            job = service.get_job(session, job_id)
        if is_so(job):
            return job
        assert time.monotonic() < deadline, f"{job.status}: {job.message}"
        time.sleep(0.05)


def wait_for_start(tmp_path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "starts").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_overlay_of_a_worker_that_was_killed_is_done_by_the_next_one(
    city: Engine, overlay_job: UUID, start_worker: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    first = start_worker()
    wait_for_start(tmp_path)
    first.kill()
    first.wait()
    start_worker()
    done = wait_for(city, overlay_job, lambda job: job.status in {"successful", "failed"})
    assert done.status == "successful", done.error
    assert (tmp_path / "starts").read_text() == "xx"
    assert done.result is not None
    assert (Path(done.inputs["folder"]) / done.result["table"]["file"]).read_bytes()


def test_an_overlay_that_is_dismissed_stops_and_leaves_nothing(
    city: Engine, overlay_job: UUID, start_worker: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    start_worker()
    wait_for_start(tmp_path)
    with write_session(city, actor="planner") as session:
        service.dismiss(session, overlay_job, Actor("planner", Scope.CHECK))
    stopped = wait_for(city, overlay_job, lambda job: job.message == "dismissed; the work has stopped")
    assert (stopped.status, stopped.result) == ("dismissed", None)
    assert not Path(stopped.inputs["folder"]).exists()
