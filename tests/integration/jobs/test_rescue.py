"""Jobs whose worker is gone, as the database shows them."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.db.models import Job
from app.db.sessions import write_session
from app.jobs import rescue, service
from app.jobs.monitor import monitor_job
from app.jobs.rescue import rescue_jobs
from app.jobs.runner import MAX_ATTEMPTS
from app.keys.access import Actor, Scope

Enqueue = Callable[..., UUID]
ReadJob = Callable[[UUID], Job]
QueueEntries = Callable[[], list[str]]


@pytest.fixture
def take(fresh_engine: Engine) -> Callable[[], None]:
    """Return a function that takes an entry from the queue as a worker does, and then does nothing."""

    def take() -> None:
        with fresh_engine.begin() as connection:
            taken = connection.scalar(text("select id from procrastinate_fetch_job_v2(array['duogui'], null)"))
            assert taken is not None
            connection.execute(text("update job set status = 'running' where queue_job_id = :id"), {"id": taken})

    return take


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue, "GRACE_S", 0.0)


@pytest.mark.usefixtures("no_grace")
def test_a_lost_job_waits_again(
    fresh_engine: Engine, enqueue: Enqueue, take: Callable[[], None], job: ReadJob, queue_entries: QueueEntries
) -> None:
    job_id = enqueue("test")
    take()
    assert rescue_jobs(fresh_engine) == 1
    assert (job(job_id).status, queue_entries()) == ("accepted", ["todo"])
    assert rescue_jobs(fresh_engine) == 0


@pytest.mark.usefixtures("no_grace")
def test_what_was_uploaded_for_a_dismissed_job_goes_with_its_lost_worker(
    fresh_engine: Engine, enqueue: Enqueue, take: Callable[[], None], queue_entries: QueueEntries, tmp_path: Path
) -> None:
    uploaded, foreign = tmp_path / "uploads" / "a", tmp_path / "land" / "b"
    for folder in (uploaded, foreign):
        folder.mkdir(parents=True)
        job_id = enqueue("test", {"folder": str(folder)})
        take()
        with fresh_engine.begin() as connection:
            connection.execute(text("update job set started_at = now() where id = :id"), {"id": job_id})
        with write_session(fresh_engine, actor="planner") as session:
            service.dismiss(session, job_id, Actor("planner", Scope.CHECK))
        assert folder.exists()
    assert rescue_jobs(fresh_engine) == 2
    assert (uploaded.exists(), foreign.exists(), queue_entries()) == (False, True, [])


def test_a_job_that_was_taken_a_moment_ago_is_not_lost(
    fresh_engine: Engine, enqueue: Enqueue, take: Callable[[], None], queue_entries: QueueEntries
) -> None:
    enqueue("test")
    take()
    assert rescue_jobs(fresh_engine) == 0
    assert queue_entries() == ["doing"]


@pytest.mark.usefixtures("no_grace")
def test_a_job_whose_worker_lives_is_not_lost_however_long_it_takes(
    fresh_engine: Engine, enqueue: Enqueue, take: Callable[[], None], job: ReadJob
) -> None:
    living, lost = enqueue("test"), enqueue("test")
    take()
    take()
    with monitor_job(fresh_engine, living, lambda: False):
        assert rescue_jobs(fresh_engine) == 1
        assert (job(living).status, job(lost).status) == ("running", "accepted")
    assert rescue_jobs(fresh_engine) == 1


@pytest.mark.usefixtures("no_grace")
def test_a_job_that_no_worker_survives_fails_in_the_end(
    fresh_engine: Engine, enqueue: Enqueue, take: Callable[[], None], job: ReadJob, queue_entries: QueueEntries
) -> None:
    job_id = enqueue("test")
    for _ in range(MAX_ATTEMPTS - 1):
        take()
        rescue_jobs(fresh_engine)
        assert job(job_id).status == "accepted"
    take()
    rescue_jobs(fresh_engine)
    lost = job(job_id)
    assert lost.error is not None
    assert (lost.status, lost.error["type"], lost.message) == ("failed", "job-lost", lost.error["detail"])
    assert f"{MAX_ATTEMPTS} times" in lost.error["detail"]
    assert queue_entries() == []


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("ended", ["successful", "dismissed"])
def test_the_entry_of_a_job_that_has_ended_is_removed(
    fresh_engine: Engine,
    enqueue: Enqueue,
    take: Callable[[], None],
    job: ReadJob,
    queue_entries: QueueEntries,
    ended: str,
) -> None:
    job_id = enqueue("test")
    take()
    if ended == "dismissed":
        with write_session(fresh_engine, actor="planner") as session:
            service.dismiss(session, job_id, Actor("planner", Scope.CHECK))
    else:
        with fresh_engine.begin() as connection:
            connection.execute(text("update job set status = 'successful'"))
    assert queue_entries() == ["doing"]
    rescue_jobs(fresh_engine)
    assert (job(job_id).status, queue_entries()) == (ended, [])


def test_housekeeping_that_a_dead_worker_left_behind_is_removed(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left() -> int:
        with fresh_engine.connect() as connection:
            return connection.execute(text("select count(*) from procrastinate_jobs")).scalar_one()

    with fresh_engine.begin() as connection:
        connection.execute(
            text(
                "insert into procrastinate_jobs (queue_name, task_name) values ('duogui', 'duogui.rescue_jobs');"
                "update procrastinate_jobs set status = 'doing'"
            )
        )
    rescue_jobs(fresh_engine)
    assert left() == 1
    monkeypatch.setattr(rescue, "HOUSEKEEPING_S", 0.0)
    rescue_jobs(fresh_engine)
    assert left() == 0
