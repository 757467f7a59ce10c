"""The procrastinate queue: how an entry gets into it, and the application that a worker runs.

Its entries are internal. What the world sees of a piece of long work is its row in ``job``.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job as QueueEntry
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from app.db.errors import DatabaseBusyError, DatabaseUnavailableError
from app.jobs.errors import JobInterruptedError

QUEUE = "duogui"
RUN_TASK = "duogui.run_job"
RESCUE_TASK = "duogui.rescue_jobs"
NIGHTLY_TASK = "duogui.nightly_scan"
# Every ten seconds: the library takes the seconds from the sixth field.
RESCUE_CRON = "* * * * * */10"
RESCUE_PRIORITY = 100
EXPIRY_TASK = "duogui.expire_jobs"
EXPIRY_CRON = "23 * * * *"
DATABASE_RETRY_S = 5

_DEFER = text(
    """
    select unnest(procrastinate_defer_jobs_v1(array[
        row(:queue, :task, 0, :lock, null, cast(:args as jsonb), null)::procrastinate_job_to_defer_v1
    ]))
    """
)
_POSTPONE = text(
    """
    update procrastinate_jobs set scheduled_at = now() + make_interval(secs => :seconds)
    where id = :entry_id and status = 'todo'
    """
)
_CANCEL = text("select procrastinate_cancel_job_v1(:entry_id, false, true)")


def defer(session: Session, job_id: UUID, *, lock: str | None) -> int:
    """Add a queue entry in the caller's own transaction and return its id; workers see it when that commits.

    Entries with the same ``lock`` take turns.
    """
    values = {"queue": QUEUE, "task": RUN_TASK, "lock": lock, "args": json.dumps({"job_id": str(job_id)})}
    return int(session.execute(_DEFER, values).scalar_one())


def postpone(session: Session, entry_id: int, seconds: float) -> None:
    """Let an entry wait that no worker has taken yet; zero seconds let it go ahead."""
    session.execute(_POSTPONE, {"entry_id": entry_id, "seconds": seconds})


def withdraw(session: Session, entry_id: int) -> None:
    """Delete an entry that no worker has taken yet; one that is being worked on stays."""
    session.execute(_CANCEL, {"entry_id": entry_id})


class RetryInterrupted(BaseRetryStrategy):
    """Run again what was interrupted, and nothing else: a catch-all would turn every refusal into a retry."""

    def get_retry_decision(self, *, exception: BaseException, job: QueueEntry) -> RetryDecision | None:  # noqa: ARG002  given by the library
        """Say when to run an entry again; None for never."""
        match exception:
            case JobInterruptedError():
                return RetryDecision(retry_in={"seconds": exception.retry_in_s})
            case DatabaseUnavailableError() | DatabaseBusyError():
                # The outcome itself could not be written; the entry must outlive that.
                return RetryDecision(retry_in={"seconds": DATABASE_RETRY_S})
            case _:
                return None


def make_queue(
    database_url: str,
    *,
    run: Callable[[JobContext, UUID], None],
    rescue: Callable[[], None],
    expire: Callable[[], None],
    nightly: tuple[str, Callable[[], None]] | None = None,
) -> App:
    """Make the application of a worker on the database that also holds the jobs.

    Parameters
    ----------
    database_url : str
        SQLAlchemy URL.
    run : callable
        Called in a thread for every entry taken from the queue.
    rescue : callable
        Called in a thread every few seconds by one of the workers that have nothing else to do.
    nightly : (str, callable), optional
        When, as five fields of cron in UTC, and what is called then by one of the workers.
    expire : callable
        Called so every hour.
    """
    connector = PsycopgConnector(conninfo=conninfo(database_url), min_size=1, max_size=4, kwargs=connection_arguments())
    queue = App(connector=connector)

    @queue.task(name=RUN_TASK, queue=QUEUE, pass_context=True, retry=RetryInterrupted())
    def run_job(context: JobContext, *, job_id: str) -> None:
        run(context, UUID(job_id))

    @queue.periodic(cron=RESCUE_CRON)
    @queue.task(name=RESCUE_TASK, queue=QUEUE, queueing_lock=RESCUE_TASK, priority=RESCUE_PRIORITY)
    def rescue_jobs(timestamp: int) -> None:  # noqa: ARG001  given by the library
        rescue()

    if nightly is not None:
        cron, start = nightly

        @queue.periodic(cron=cron)
        @queue.task(name=NIGHTLY_TASK, queue=QUEUE, queueing_lock=NIGHTLY_TASK)
        def start_nightly(timestamp: int) -> None:  # noqa: ARG001  given by the library
            start()

    @queue.periodic(cron=EXPIRY_CRON)
    @queue.task(name=EXPIRY_TASK, queue=QUEUE, queueing_lock=EXPIRY_TASK)
    def expire_jobs(timestamp: int) -> None:  # noqa: ARG001  given by the library
        expire()

    return queue


def conninfo(database_url: str) -> str:
    """Return a SQLAlchemy URL as libpq reads it.

    Examples
    --------
    >>> from app.jobs.queue import conninfo
    >>> conninfo("postgresql+psycopg://duogui@/duogui?host=/run/duogui")
    'postgresql://duogui@/duogui?host=%2Frun%2Fduogui'
    """
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def connection_arguments() -> dict[str, Any]:
    """Return how the queue's own connections present themselves."""
    return {"application_name": "duogui-queue"}
