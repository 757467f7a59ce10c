"""The job rows, and what they have to do with the queue's entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Connection, Row, Update, delete, func, select, text, tuple_, update
from sqlalchemy.orm import Session

from app.db.models import Job
from app.db.sessions import WriteSession

OPEN = ("accepted", "running")

# The session of the worker that runs a job holds this lock, so a job is alive exactly as long as its worker: however
# that dies, the database server sees the connection close and lets go of the lock.
_JOB_LOCK = "hashtextextended('duogui.job:' || :job_id, 0)"
_TRY_LOCK = text(f"select pg_try_advisory_lock({_JOB_LOCK})")

# Between taking an entry and locking its job a worker needs a moment, in which the job is not lost.
_LOST = text(
    f"""
    with doing as materialized (
        select entry.id, entry.attempts, entry.args ->> 'job_id' as job_id
        from procrastinate_jobs entry
        where entry.queue_name = :queue and entry.task_name = :task and entry.status = 'doing'
          and not exists (
              select from procrastinate_events event
              where event.job_id = entry.id and event.type = 'started'
                and event.at > now() - make_interval(secs => :grace_s)
          )
        for update skip locked
    )
    select doing.id, doing.attempts, cast(doing.job_id as uuid) as job_id
    from doing
    where pg_try_advisory_xact_lock({_JOB_LOCK.replace(":job_id", "doing.job_id")})
    order by doing.id
    """  # noqa: S608  a constant
)
_RETRY = text("select procrastinate_retry_job_v2(:entry_id, now(), null, null, null)")
_DROP = text("select procrastinate_finish_job_v1(:entry_id, 'failed', true)")
_DROP_OLD = text(
    """
    select procrastinate_finish_job_v1(entry.id, 'failed', true)
    from procrastinate_jobs entry
    where entry.queue_name = :queue and entry.task_name = :task and entry.status = 'doing'
      and not exists (
          select from procrastinate_events event
          where event.job_id = entry.id and event.at > now() - make_interval(secs => :older_than_s)
      )
    """
)


def add(session: WriteSession, job_id: UUID, kind: str, inputs: Mapping[str, Any]) -> Job:
    """Store an accepted job."""
    job = Job(id=job_id, kind=kind, inputs=dict(inputs), created_by=session.actor)
    session.add(job)
    session.flush()
    return job


def find(session: Session, job_id: UUID, *, for_update: bool = False) -> Job | None:
    """Return a job; ``for_update`` keeps its state from changing until the transaction ends."""
    return session.get(Job, job_id, with_for_update=for_update, populate_existing=for_update)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are wanted: what is left empty does not narrow. Durations are seconds from the start to the end, or to now."""

    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_until: datetime | None = None
    shortest_s: float | None = None
    longest_s: float | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the SQL conditions, all of which must hold."""
        lasted = func.extract("epoch", func.coalesce(Job.finished_at, func.now()) - Job.started_at)
        wanted = [
            Job.kind.in_(self.kinds) if self.kinds else None,
            Job.status.in_(self.statuses) if self.statuses else None,
            None if self.created_from is None else Job.created_at >= self.created_from,
            None if self.created_until is None else Job.created_at <= self.created_until,
            None if self.shortest_s is None else lasted >= self.shortest_s,
            None if self.longest_s is None else lasted <= self.longest_s,
        ]
        return [condition for condition in wanted if condition is not None]


EVERY_JOB = JobFilter()


def page(
    session: Session, chosen: JobFilter, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> Sequence[Job]:
    """Return up to ``limit`` jobs, the newest first, that follow a position in that order."""
    statement = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit).where(*chosen.conditions())
    if after is not None:
        statement = statement.where(tuple_(Job.created_at, Job.id) < after)
    return session.scalars(statement).all()


def try_lock(connection: Connection, job_id: UUID) -> bool:
    """Take the lock of a job for as long as the connection lives; False while another worker has it."""
    return bool(connection.scalar(_TRY_LOCK, {"job_id": str(job_id)}))


def start(connection: Connection, job_id: UUID) -> Row[str, dict[str, Any], str, dict[str, Any] | None] | None:
    """Mark an open job as running and return its kind, inputs, actor and execution; None when it has ended already."""
    statement = _change(job_id).where(Job.status.in_(OPEN))
    statement = statement.values(status="running", progress=0, message=None, started_at=func.now())
    return connection.execute(statement.returning(Job.kind, Job.inputs, Job.created_by, Job.execution)).one_or_none()


def set_progress(connection: Connection, job_id: UUID, progress: int) -> None:
    """Record how far a running job is, in percent."""
    connection.execute(_change(job_id).where(Job.status == "running").values(progress=progress))


def is_cancel_requested(connection: Connection, job_id: UUID) -> bool:
    """Whether somebody asked a job to stop."""
    return bool(connection.scalar(select(Job.cancel_requested).where(Job.id == job_id)))


def succeed(connection: Connection | Session, job_id: UUID, result: Mapping[str, Any]) -> bool:
    """Record the result of a running job, written as an endpoint writes it; False when it was dismissed in the meantime."""
    written = to_jsonable_python(dict(result))
    return _end(connection, job_id, status="successful", progress=100, message=None, result=written)


def fail(connection: Connection | Session, job_id: UUID, problem: Mapping[str, Any]) -> bool:
    """Record the problem that ended a job; False when it was dismissed in the meantime."""
    return _end(connection, job_id, status="failed", message=problem["detail"], error=dict(problem))


def delete_ended(session: Session, *, kept_days: int, kept_kinds: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Delete the jobs that ended more than so many days ago, and return the kind and the inputs of each."""
    old = Job.finished_at < func.now() - timedelta(days=kept_days)
    statement = delete(Job).where(old, Job.kind.not_in(kept_kinds)).returning(Job.kind, Job.inputs)
    return [(kind, inputs) for kind, inputs in session.execute(statement)]


def put_back(connection: Connection | Session, job_id: UUID, message: str) -> None:
    """Let a job wait for a worker again."""
    statement = _change(job_id).where(Job.status.in_(OPEN))
    connection.execute(statement.values(status="accepted", progress=0, started_at=None, message=message))


def note(connection: Connection, job_id: UUID, message: str) -> None:
    """Say something about a job that has ended."""
    connection.execute(_change(job_id).values(message=message))


def find_lost(session: Session, *, queue: str, task: str, grace_s: float) -> Sequence[Row[int, int, UUID]]:
    """Return the queue entries (id, attempts, job id) whose worker is gone, locked until the transaction ends."""
    return session.execute(_LOST, {"queue": queue, "task": task, "grace_s": grace_s}).all()


def requeue(session: Session, entry_id: int) -> None:
    """Give the entry of a lost worker to the next one."""
    session.execute(_RETRY, {"entry_id": entry_id})


def drop(session: Session, entry_id: int) -> None:
    """Remove an entry that nobody is to run any more."""
    session.execute(_DROP, {"entry_id": entry_id})


def drop_old(session: Session, *, queue: str, task: str, older_than_s: float) -> None:
    """Remove entries of the queue's own housekeeping that a dead worker left behind."""
    session.execute(_DROP_OLD, {"queue": queue, "task": task, "older_than_s": older_than_s})


def _change(job_id: UUID) -> Update:
    return update(Job).where(Job.id == job_id).values(updated_at=func.now())


def _end(connection: Connection | Session, job_id: UUID, **values: Any) -> bool:  # noqa: ANN401  columns of a job
    statement = _change(job_id).where(Job.status.in_(OPEN)).values(finished_at=func.now(), **values)
    return connection.execute(statement.returning(Job.id)).one_or_none() is not None
