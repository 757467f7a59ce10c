"""Give the jobs of dead workers to living ones."""

from uuid import UUID

import structlog
from sqlalchemy import Engine

from app.db.sessions import WriteSession, write_session
from app.jobs import repository
from app.jobs.files import remove_folder_after
from app.jobs.queue import EXPIRY_TASK, QUEUE, RESCUE_TASK, RUN_TASK
from app.jobs.runner import MAX_ATTEMPTS

log = structlog.get_logger(__name__)

GRACE_S = 2.0
HOUSEKEEPING_S = 300.0
RESCUED_BY = "duogui"


def rescue_jobs(engine: Engine) -> int:
    """Put every job back into the queue whose worker is gone; return how many there were.

    A worker is gone when nobody holds the lock of the job that it took. One that lost too many workers fails.
    """
    with write_session(engine, actor=RESCUED_BY) as session:
        for task in (RESCUE_TASK, EXPIRY_TASK):
            repository.drop_old(session, queue=QUEUE, task=task, older_than_s=HOUSEKEEPING_S)
        lost = repository.find_lost(session, queue=QUEUE, task=RUN_TASK, grace_s=GRACE_S)
        for entry_id, attempts, job_id in lost:
            _rescue(session, entry_id, job_id, attempt=attempts + 1)
    return len(lost)


def _rescue(session: WriteSession, entry_id: int, job_id: UUID, *, attempt: int) -> None:
    job = repository.find(session, job_id, for_update=True)
    if job is None or job.status not in repository.OPEN:
        repository.drop(session, entry_id)
        if job is not None and job.status == "dismissed":
            remove_folder_after(session, job)
    elif attempt >= MAX_ATTEMPTS:
        repository.fail(session, job_id, lost_problem(attempt))
        repository.drop(session, entry_id)
        log.error("job.lost", job_id=str(job_id), kind=job.kind, attempt=attempt)
    else:
        repository.put_back(session, job_id, "interrupted: the worker was lost; waiting to run again")
        repository.requeue(session, entry_id)
        log.warning("job.rescued", job_id=str(job_id), kind=job.kind, attempt=attempt)


def lost_problem(attempts: int) -> dict[str, object]:
    """Describe a job that no worker survives."""
    return {
        "type": "job-lost",
        "title": "Job lost",
        "status": 500,
        "detail": f"The worker ended {attempts} times while it ran this job, most likely for want of memory.",
    }
