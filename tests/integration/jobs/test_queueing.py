from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.db.models import Job
from app.db.sessions import read_session, write_session
from app.jobs import service
from app.jobs.errors import JobFinishedError, JobNotFoundError, JobOfAnotherError
from app.jobs.repository import JobFilter
from app.keys.access import Actor, Scope
from app.page_tokens import PageTokenError


def test_a_job_and_its_queue_entry_are_stored_together_or_not_at_all(
    fresh_engine: Engine, queue_entries: Callable[[], list[str]]
) -> None:
    def enqueue_and_fail() -> None:
        with write_session(fresh_engine, actor="planner") as session:
            service.enqueue(session, "test", {})
            assert queue_entries() == []
            raise LookupError

    with pytest.raises(LookupError):
        enqueue_and_fail()
    with read_session(fresh_engine) as session:
        assert service.list_jobs(session, limit=10).jobs == []
    assert queue_entries() == []


def test_a_stored_job_names_its_queue_entry_and_the_entry_names_the_job(
    fresh_engine: Engine, enqueue: Callable[..., UUID], job: Callable[[UUID], Job]
) -> None:
    job_id = enqueue("test", {"target": "宗地"}, lock="parcels")
    with fresh_engine.connect() as connection:
        row = connection.execute(text("select id, queue_name, task_name, lock, args from procrastinate_jobs")).one()
    assert row == (job(job_id).queue_job_id, "duogui", "duogui.run_job", "parcels", {"job_id": str(job_id)})


def test_pages_hold_every_job_once_while_new_ones_arrive(fresh_engine: Engine, enqueue: Callable[..., UUID]) -> None:
    # Jobs of one transaction have the same time, so that the id has to decide.
    with write_session(fresh_engine, actor="planner") as session:
        stored = {service.enqueue(session, "test", {}).id for _ in range(4)}
    stored |= {enqueue("test") for _ in range(3)}
    seen: list[UUID] = []
    token = None
    for _ in range(4):
        with read_session(fresh_engine) as session:
            page = service.list_jobs(session, limit=2, after=token)
        seen += [job.id for job in page.jobs]
        token = page.next_token
        enqueue("test")
    assert token is None
    assert len(seen) == len(stored) == 7
    assert set(seen) == stored


def test_jobs_are_listed_by_state_and_kind(fresh_engine: Engine, enqueue: Callable[..., UUID]) -> None:
    check, scan = enqueue("check.run"), enqueue("idle.scan")
    with write_session(fresh_engine, actor="planner") as session:
        service.dismiss(session, scan, Actor("planner", Scope.CHECK))
    with read_session(fresh_engine) as session:
        assert [job.id for job in service.list_jobs(session, JobFilter(statuses=("accepted",)), limit=9).jobs] == [
            check
        ]
        assert [job.id for job in service.list_jobs(session, JobFilter(kinds=("idle.scan",)), limit=9).jobs] == [scan]
        both = JobFilter(kinds=("check.run",), statuses=("dismissed",))
        assert service.list_jobs(session, both, limit=9).jobs == []


@pytest.mark.parametrize("token", ["", "x", "AAAA", "e30", "WzEsMl0", "WyIyMDI0IiwgIngiXQ", "宗地", "=" * 50])
def test_a_made_up_page_token_is_refused(fresh_engine: Engine, token: str) -> None:
    with read_session(fresh_engine) as session, pytest.raises(PageTokenError):
        service.list_jobs(session, limit=1, after=token)


def test_a_job_is_dismissed_by_who_started_it_or_may_write(fresh_engine: Engine, enqueue: Callable[..., UUID]) -> None:
    first, second = enqueue("test"), enqueue("test")
    with write_session(fresh_engine, actor="x") as session:
        with pytest.raises(JobOfAnotherError):
            service.dismiss(session, first, Actor("another", Scope.CHECK))
        assert service.dismiss(session, first, Actor("planner", Scope.CHECK)).status == "dismissed"
        assert service.dismiss(session, second, Actor("another", Scope.WRITE)).status == "dismissed"


def test_dismissing_twice_changes_nothing(fresh_engine: Engine, enqueue: Callable[..., UUID]) -> None:
    job_id, planner = enqueue("test"), Actor("planner", Scope.CHECK)
    with write_session(fresh_engine, actor="planner") as session:
        finished_at = service.dismiss(session, job_id, planner).finished_at
    with write_session(fresh_engine, actor="planner") as session:
        again = service.dismiss(session, job_id, planner)
    assert finished_at is not None
    assert (again.status, again.finished_at) == ("dismissed", finished_at)


def test_a_job_that_has_ended_or_never_was_cannot_be_dismissed(
    fresh_engine: Engine, enqueue: Callable[..., UUID]
) -> None:
    job_id, planner = enqueue("test"), Actor("planner", Scope.CHECK)
    with fresh_engine.begin() as connection:
        connection.execute(text("update job set status = 'successful'"))
    with write_session(fresh_engine, actor="planner") as session:
        with pytest.raises(JobFinishedError, match="successful"):
            service.dismiss(session, job_id, planner)
        with pytest.raises(JobNotFoundError):
            service.dismiss(session, UUID(int=0), planner)
