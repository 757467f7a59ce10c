"""Storing a job for a worker; those who only order one need no more of the jobs than this."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs import queue, repository

__all__ = ["enqueue"]


def enqueue(session: WriteSession, kind: str, inputs: Mapping[str, Any], *, lock: str | None = None) -> Job:
    """Store a job and its queue entry in the caller's transaction: a worker sees both when it commits, or neither.

    Parameters
    ----------
    session : WriteSession
    kind : str
        A name in ``app.jobs.kinds.KINDS``.
    inputs : mapping
        JSON values.
    lock : str, optional
        Jobs with the same lock take turns.
    """
    job = repository.add(session, uuid4(), kind, inputs)
    job.queue_job_id = queue.defer(session, job.id, lock=lock)
    session.flush()
    session.refresh(job)
    return job
