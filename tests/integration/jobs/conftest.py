import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.db.models import Job
from app.db.sessions import read_session, write_session
from app.jobs import service

PATIENCE_S = 60.0


@pytest.fixture
def enqueue(fresh_engine: Engine) -> Callable[..., UUID]:
    """Return a function that stores a job and its queue entry."""

    def enqueue(kind: str, inputs: Mapping[str, Any] | None = None, *, lock: str | None = None) -> UUID:
        with write_session(fresh_engine, actor="planner") as session:
            return service.enqueue(session, kind, inputs or {}, lock=lock).id

    return enqueue


@pytest.fixture
def job(fresh_engine: Engine) -> Callable[[UUID], Job]:
    """Return a function that reads a job as it is now."""

    def job(job_id: UUID) -> Job:
        with read_session(fresh_engine) as session:
            return service.get_job(session, job_id)

    return job


@pytest.fixture
def wait_for(job: Callable[[UUID], Job]) -> Callable[..., Job]:
    """Return a function that waits until a job is in one of some states."""

    def wait_for(job_id: UUID, *statuses: str) -> Job:
        deadline = time.monotonic() + PATIENCE_S
        while (found := job(job_id)).status not in statuses:
            assert time.monotonic() < deadline, f"job is still {found.status}: {found.message}"
            time.sleep(0.05)
        return found

    return wait_for


@pytest.fixture
def queue_entries(fresh_engine: Engine) -> Callable[[], list[str]]:
    """Return a function that tells the states of the queue's entries for jobs."""

    def queue_entries() -> list[str]:
        with fresh_engine.connect() as connection:
            query = "select status::text from procrastinate_jobs where task_name = 'duogui.run_job' order by id"
            return list(connection.scalars(text(query)))

    return queue_entries


@pytest.fixture
def start_worker(fresh_url: str, fresh_engine: Engine, tmp_path: Path) -> Iterator[Callable[..., "Worker"]]:
    """Return a function that starts a worker process which knows the kinds of ``worker_process.py``."""
    workers: list[Worker] = []

    def start_worker(*options: str) -> Worker:
        workers.append(Worker(fresh_url, tmp_path, *options))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.end()


class Worker:
    """A worker process; what its kinds of work note down is in ``folder``."""

    def __init__(self, database_url: str, folder: Path, *options: str) -> None:
        self.folder = folder
        script = Path(__file__).with_name("worker_process.py")
        command = [sys.executable, str(script), database_url, str(folder), *options]
        self.log = (folder / "worker.log").open("ab")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self.log)

    def starts(self) -> int:
        """Count how often work was begun."""
        notes = self.folder / "starts"
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def read_log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.log.close()
