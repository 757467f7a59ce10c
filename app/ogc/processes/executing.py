"""Execute a process: as a job for a worker, or while the caller waits."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from app.db.models import Job
from app.db.sessions import read_session, write_session
from app.jobs import queue, service
from app.jobs.errors import JobInterruptedError
from app.jobs.execution import Execution
from app.jobs.kinds import KINDS, Kind
from app.jobs.runner import run_job
from app.keys.access import Actor
from app.ogc.processes.model import Inputs, Place, Process

# How much longer than the wait a worker leaves a job alone that somebody waits for.
MARGIN_S = 30


@dataclass(frozen=True, slots=True)
class Started:
    """A job that was stored, and whether it has ended already."""

    job: Job
    has_ended: bool


def prefers_async(headers: Sequence[str]) -> bool:
    """Whether a caller's ``Prefer`` headers ask for a job (RFC 7240).

    Examples
    --------
    >>> from app.ogc.processes.executing import prefers_async
    >>> prefers_async(["return=minimal, respond-async; wait=5"]), prefers_async(["respond-sync"])
    (True, False)
    """
    words = [part.partition(";")[0].strip().lower() for header in headers for part in header.split(",")]
    return "respond-async" in words


def execute_as_job(
    engine: Engine, process: Process[Inputs], inputs: Inputs, execution: Execution, place: Place, caller: Actor
) -> Started:
    """Store the job of an execution for the next free worker."""
    return Started(_store(engine, process, inputs, execution, place, caller), has_ended=False)


def execute_and_wait(
    engine: Engine,
    process: Process[Inputs],
    inputs: Inputs,
    execution: Execution,
    place: Place,
    caller: Actor,
    *,
    wait_s: float,
    kinds: Mapping[str, Kind] = KINDS,
) -> Started:
    """Run the job of an execution here and now; one that takes longer than the wait goes to a worker.

    A worker leaves it alone for that long, and takes it over if this process dies meanwhile.
    """
    job = _store(engine, process, inputs, execution, place, caller, for_s=wait_s + MARGIN_S)
    has_ended = process.is_quick(job) and _has_ended(engine, job, kinds, wait_s)
    with write_session(engine, actor=caller.name) as session:
        if job.queue_job_id is not None and has_ended:
            queue.withdraw(session, job.queue_job_id)
        elif job.queue_job_id is not None:
            queue.postpone(session, job.queue_job_id, 0)
    with read_session(engine) as session:
        return Started(service.get_job(session, job.id), has_ended)


def _has_ended(engine: Engine, job: Job, kinds: Mapping[str, Kind], wait_s: float) -> bool:
    """Run a job for so long, and tell whether it came to its end."""
    deadline = time.monotonic() + wait_s
    try:
        run_job(engine, job.id, kinds, is_stopping=lambda: time.monotonic() > deadline)
    except JobInterruptedError:
        return False
    return True


def _store(
    engine: Engine,
    process: Process[Inputs],
    inputs: Inputs,
    execution: Execution,
    place: Place,
    caller: Actor,
    *,
    for_s: float | None = None,
) -> Job:
    with write_session(engine, actor=caller.name) as session:
        job = process.start(session, inputs, place)
        job.execution = execution.model_dump(mode="json")
        if for_s is not None and job.queue_job_id is not None:
            queue.postpone(session, job.queue_job_id, for_s)
        session.flush()
        session.refresh(job)
    return job
