"""Real worker processes on a real queue."""

import signal
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.db.models import Job
from app.db.sessions import write_session
from app.jobs import service
from app.keys.access import Actor, Scope

from .conftest import PATIENCE_S, Worker

PLANNER = Actor("planner", Scope.CHECK)

Enqueue = Callable[..., UUID]
WaitFor = Callable[..., Job]
StartWorker = Callable[..., Worker]


def dismiss(engine: Engine, job_id: UUID) -> Job:
    with write_session(engine, actor="planner") as session:
        return service.dismiss(session, job_id, PLANNER)


def test_a_job_is_run_with_its_inputs_and_its_actor(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, queue_entries: Callable[[], list[str]]
) -> None:
    waiting = enqueue("echo", {"layer": "宗地", "as_of": None})
    start_worker()
    later = enqueue("echo", {})
    done = wait_for(waiting, "successful", "failed")
    assert done.result == {"inputs": {"layer": "宗地", "as_of": None}, "actor": "planner"}
    assert (done.progress, done.error, done.message) == (100, None, None)
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.created_at <= done.started_at <= done.finished_at
    assert wait_for(later, "successful", "failed").status == "successful"
    assert set(queue_entries()) <= {"doing"}


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (
            "refuse",
            {
                "type": "nothing-to-check",
                "title": "Nothing to check",
                "status": 409,
                "detail": "There is no layer 宗地.",
                "layer": "宗地",
            },
        ),
        ("break", {"type": "internal-error", "title": "Internal error", "status": 500}),
        ("unheard-of", {"type": "unknown-job-kind", "title": "Unknown kind of job", "status": 500}),
    ],
)
def test_what_ends_a_job_becomes_its_problem_and_the_worker_goes_on(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, kind: str, problem: dict[str, Any]
) -> None:
    worker = start_worker()
    failed = wait_for(enqueue(kind), "failed", "successful")
    assert failed.error is not None
    assert failed.error.items() >= problem.items()
    assert failed.message == failed.error["detail"]
    assert "secret" not in str(failed.error)
    assert ("the secret is 42" in worker.read_log()) is (kind == "break")
    assert wait_for(enqueue("echo"), "successful", "failed").status == "successful"


def test_a_running_job_reports_its_progress_and_is_dismissed_at_its_next_chunk(
    fresh_engine: Engine, enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, job: Callable[[UUID], Job]
) -> None:
    worker = start_worker()
    job_id = enqueue("slow")
    wait_for(job_id, "running")
    while job(job_id).progress == 0:
        assert worker.process.poll() is None
    assert 0 < job(job_id).progress < 100
    assert dismiss(fresh_engine, job_id).status == "dismissed"
    while job(job_id).message != "dismissed; the work has stopped":
        assert job(job_id).status == "dismissed"
    assert job(job_id).error is None
    assert wait_for(enqueue("echo"), "successful", "failed").status == "successful"
    assert worker.starts() == 1


def test_a_job_dismissed_while_it_waits_is_never_run(
    fresh_engine: Engine,
    enqueue: Enqueue,
    wait_for: WaitFor,
    start_worker: StartWorker,
    queue_entries: Callable[[], list[str]],
) -> None:
    job_id = enqueue("slow")
    assert queue_entries() == ["todo"]
    dismissed = dismiss(fresh_engine, job_id)
    assert (dismissed.status, dismissed.message) == ("dismissed", "dismissed before it started")
    assert queue_entries() == []
    worker = start_worker()
    wait_for(enqueue("echo"), "successful")
    assert worker.starts() == 0


def test_the_job_of_a_worker_killed_in_the_middle_is_run_by_the_next_one(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, queue_entries: Callable[[], list[str]]
) -> None:
    first = start_worker()
    job_id = enqueue("slow")
    wait_for(job_id, "running")
    first.process.kill()
    first.process.wait()
    assert queue_entries() == ["doing"]
    second = start_worker()
    done = wait_for(job_id, "successful", "failed")
    assert done.result == {"starts": 2}
    assert second.starts() == 2
    assert '"job.rescued"' in second.read_log()


def test_a_stopped_worker_gives_its_job_back_and_the_next_one_runs_it(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker
) -> None:
    first = start_worker()
    job_id = enqueue("slow")
    wait_for(job_id, "running")
    first.process.send_signal(signal.SIGTERM)
    waiting = wait_for(job_id, "accepted")
    assert waiting.message == "interrupted: the worker was stopped; waiting to run again"
    assert first.process.wait(PATIENCE_S) == 0
    start_worker()
    assert wait_for(job_id, "successful", "failed").result == {"starts": 2}


def test_a_worker_stops_when_the_process_that_started_it_is_gone(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker
) -> None:
    worker = start_worker("--with-parent")
    wait_for(enqueue("echo"), "successful")
    assert worker.process.stdin is not None
    worker.process.stdin.close()
    assert worker.process.wait(PATIENCE_S) == 0


def test_a_job_that_does_not_listen_is_cut_off_when_the_parent_is_gone_and_not_lost(
    enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, queue_entries: Callable[[], list[str]]
) -> None:
    worker = start_worker("--with-parent")
    job_id = enqueue("deaf")
    wait_for(job_id, "running")
    while worker.starts() == 0:
        assert worker.process.poll() is None
    assert worker.process.stdin is not None
    worker.process.stdin.close()
    assert worker.process.wait(PATIENCE_S) == -signal.SIGKILL
    assert queue_entries() == ["doing"]


def test_jobs_with_the_same_lock_take_turns_even_with_two_workers(
    fresh_engine: Engine, enqueue: Enqueue, wait_for: WaitFor, start_worker: StartWorker, job: Callable[[UUID], Job]
) -> None:
    start_worker()
    start_worker()
    first, second = enqueue("slow", lock="parcels"), enqueue("echo", lock="parcels")
    wait_for(first, "running")
    wait_for(enqueue("echo", lock="other"), "successful")
    assert job(second).status == "accepted"
    dismiss(fresh_engine, first)
    assert wait_for(second, "successful", "failed").status == "successful"
