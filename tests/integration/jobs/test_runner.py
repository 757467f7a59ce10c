"""One job at a time, in this process: how its work ends decides what the world sees."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.db.errors import DatabaseUnavailableError
from app.db.models import Job
from app.db.sessions import write_session
from app.errors import AppError
from app.jobs import service
from app.jobs.errors import JobCancelledError, JobInterruptedError
from app.jobs.kinds import JobRun
from app.jobs.monitor import monitor_job
from app.jobs.runner import MAX_ATTEMPTS, run_job
from app.keys.access import Actor, Scope
from gis.errors import CRSMismatchError, OverlayCancelledError
from tests.databases import wait_until_released

Enqueue = Callable[..., UUID]
ReadJob = Callable[[UUID], Job]


def dismiss(engine: Engine, job_id: UUID) -> None:
    with write_session(engine, actor="planner") as session:
        service.dismiss(session, job_id, Actor("planner", Scope.CHECK))


def raising(error: Exception) -> Callable[[JobRun], dict[str, Any]]:
    def work(run: JobRun) -> dict[str, Any]:
        run.cancelled()
        raise error

    return work


def test_progress_is_stored_never_goes_back_and_reaches_100_with_the_result_alone(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.monitor.REPORT_EVERY_S", 0.0)
    job_id, seen = enqueue("test"), []

    def work(run: JobRun) -> dict[str, Any]:
        for done, total in ((0, 0), (1, 3), (1, 10), (2, 3), (3, 3)):
            run.progress(done, total)
            seen.append(job(job_id).progress)
        return {"parcels": 3}

    run_job(fresh_engine, job_id, {"test": work})
    assert seen == [0, 33, 33, 66, 99]
    done = job(job_id)
    assert (done.status, done.progress, done.result) == ("successful", 100, {"parcels": 3})


def test_a_hundred_thousand_reports_cost_few_statements(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("app.jobs.repository.is_cancel_requested", lambda *_: asked.append(1))
    monkeypatch.setattr("app.jobs.repository.set_progress", lambda *_: asked.append(1))
    monkeypatch.setattr("app.jobs.monitor.time.monotonic", lambda: 1000.0)
    job_id = enqueue("test")

    def work(run: JobRun) -> dict[str, Any]:
        for done in range(100_000):
            run.progress(done, 100_000)
            run.cancelled()
        return {}

    run_job(fresh_engine, job_id, {"test": work})
    assert job(job_id).status == "successful"
    assert len(asked) == 2


@pytest.mark.parametrize("error", [JobCancelledError(), OverlayCancelledError("stopped"), AppError("x", "X", 409, "x")])
def test_work_that_stops_because_the_job_was_dismissed_is_dismissed_and_not_failed(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob, error: Exception
) -> None:
    job_id = enqueue("test")

    def work(run: JobRun) -> dict[str, Any]:
        dismiss(fresh_engine, job_id)
        assert run.cancelled()
        raise error

    run_job(fresh_engine, job_id, {"test": work})
    ended = job(job_id)
    assert (ended.status, ended.error, ended.message) == ("dismissed", None, "dismissed; the work has stopped")


def test_a_result_that_comes_after_the_dismissal_is_not_shown(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    job_id = enqueue("test")

    def work(_run: JobRun) -> dict[str, Any]:
        dismiss(fresh_engine, job_id)
        return {"parcels": 3}

    run_job(fresh_engine, job_id, {"test": work})
    assert (job(job_id).status, job(job_id).result) == ("dismissed", None)


def test_what_concluding_work_stores_is_there_with_its_result_or_not_at_all(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    kept, dismissed = enqueue("kept"), enqueue("dismissed")

    def work(run: JobRun) -> dict[str, Any]:
        result = {"parcels": 3}
        with write_session(fresh_engine, actor="worker") as session:
            session.execute(text("create table made ()"))
            run.conclude(session, result)
        # A worker that dies here has lost nothing.
        assert job(kept).result == result
        return {"parcels": 4}

    def work_too_long(run: JobRun) -> dict[str, Any]:
        with write_session(fresh_engine, actor="worker") as session:
            session.execute(text("create table made_too_late ()"))
            dismiss(fresh_engine, dismissed)
            run.conclude(session, {})
        raise AssertionError("the work went on")

    for job_id in (kept, dismissed):
        run_job(fresh_engine, job_id, {"kept": work, "dismissed": work_too_long})
    assert (job(kept).status, job(kept).progress, job(kept).result) == ("successful", 100, {"parcels": 3})
    ended = job(dismissed)
    assert (ended.status, ended.result, ended.message) == ("dismissed", None, "dismissed; the work has stopped")
    with fresh_engine.connect() as connection:
        found = connection.scalars(text("select relname from pg_class where relname like 'made%'"))
        assert list(found) == ["made"]


def test_work_that_says_it_was_stopped_when_nobody_stopped_it_has_a_defect(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    job_id = enqueue("test")
    run_job(fresh_engine, job_id, {"test": raising(JobCancelledError())})
    error = job(job_id).error
    assert error is not None
    assert error["type"] == "internal-error"


def test_what_the_spatial_library_refuses_becomes_a_problem(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    job_id = enqueue("test")
    run_job(fresh_engine, job_id, {"test": raising(CRSMismatchError("EPSG:4549 is not the area plane"))})
    error = job(job_id).error
    assert error is not None
    assert error["status"] == 422
    assert error["detail"] == "EPSG:4549 is not the area plane"


def test_a_worker_that_has_to_end_puts_its_job_back(fresh_engine: Engine, enqueue: Enqueue, job: ReadJob) -> None:
    job_id = enqueue("test")
    with pytest.raises(JobInterruptedError) as interrupted:
        run_job(fresh_engine, job_id, {"test": raising(JobCancelledError())}, is_stopping=lambda: True)
    assert interrupted.value.retry_in_s == 0
    assert (job(job_id).status, job(job_id).started_at) == ("accepted", None)


def test_a_lost_database_interrupts_a_job_until_it_was_tried_often_enough(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    job_id = enqueue("test")
    kinds = {"test": raising(DatabaseUnavailableError("The database cannot be reached."))}
    for attempt in range(1, MAX_ATTEMPTS):
        with pytest.raises(JobInterruptedError):
            run_job(fresh_engine, job_id, kinds, attempt=attempt)
        assert job(job_id).status == "accepted"
    run_job(fresh_engine, job_id, kinds, attempt=MAX_ATTEMPTS)
    error = job(job_id).error
    assert error is not None
    assert error["type"] == "database-unavailable"


def test_a_job_whose_own_connection_is_lost_is_interrupted_at_its_next_report(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob
) -> None:
    job_id = enqueue("test")

    def work(run: JobRun) -> dict[str, Any]:
        with fresh_engine.connect() as connection:
            query = text(
                "select pg_terminate_backend(pid) from pg_locks"
                " where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"
            )
            assert connection.scalars(query).all() == [True]
        run.progress(1, 2)
        raise AssertionError("the loss was not noticed")

    with pytest.raises(JobInterruptedError, match="lost its connection"):
        run_job(fresh_engine, job_id, {"test": work})
    assert job(job_id).status == "running"
    wait_until_released(fresh_engine)
    run_job(fresh_engine, job_id, {"test": lambda _run: {"parcels": 3}}, attempt=2)
    assert job(job_id).result == {"parcels": 3}


def test_a_job_is_run_by_one_worker_at_a_time(fresh_engine: Engine, enqueue: Enqueue, job: ReadJob) -> None:
    job_id = enqueue("test")
    with monitor_job(fresh_engine, job_id, lambda: False), pytest.raises(JobInterruptedError, match="another worker"):
        run_job(fresh_engine, job_id, {"test": lambda _run: {}})
    assert job(job_id).status == "accepted"
    run_job(fresh_engine, job_id, {"test": lambda _run: {}})
    assert job(job_id).status == "successful"


def test_a_job_is_free_as_soon_as_a_worker_has_let_go_of_it(fresh_engine: Engine, enqueue: Enqueue) -> None:
    job_id = enqueue("test")
    # The server takes a moment to see that a connection is closed, and not each time.
    for _ in range(50):
        with monitor_job(fresh_engine, job_id, lambda: False):
            pass


@pytest.mark.parametrize("ended", ["successful", "failed", "dismissed"])
def test_a_job_that_has_ended_is_not_run_again(
    fresh_engine: Engine, enqueue: Enqueue, job: ReadJob, ended: str
) -> None:
    job_id = enqueue("test")
    with fresh_engine.begin() as connection:
        connection.execute(text("update job set status = :ended"), {"ended": ended})
    run_job(fresh_engine, job_id, {"test": raising(ZeroDivisionError())})
    assert (job(job_id).status, job(job_id).error) == (ended, None)


def test_a_job_that_is_not_there_is_passed_over(fresh_engine: Engine) -> None:
    ran = []
    run_job(fresh_engine, uuid4(), {"test": lambda run: ran.append(run) or {}})
    assert ran == []
