"""The worker's view of the one job it runs."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from app.db.errors import translate_db_errors
from app.db.locks import lock_connection
from app.db.sessions import WriteSession
from app.jobs import repository
from app.jobs.errors import JobCancelledError, JobInterruptedError

REPORT_EVERY_S = 0.5
ASK_EVERY_S = 0.2
TAKEN_RETRY_S = 10


class JobMonitor:
    """Reports the progress of a job and says when it has to stop.

    All statements go through the connection that holds the job's lock: were it lost, the job would count as lost too
    and be given to another worker, so the next report ends the work here.

    Parameters
    ----------
    connection : Connection
        In autocommit mode; nobody else uses it.
    job_id : UUID
    is_stopping : callable
        Whether the worker itself has to end.
    """

    def __init__(self, connection: Connection, job_id: UUID, is_stopping: Callable[[], bool]) -> None:
        self.connection = connection
        self.job_id = job_id
        self.is_stopping = is_stopping
        self.cancel_seen = False
        self.stop_seen = False
        self.has_concluded = False
        self._turn = Lock()
        self._reported_at = 0.0
        self._asked_at = 0.0
        self._progress = 0

    @property
    def is_lost(self) -> bool:
        """Whether the connection broke, and the lock of the job with it."""
        return self.connection.invalidated

    def progress(self, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` steps are done; never goes back, and reaches 100 with the result alone."""
        percent = min(99, 100 * done // total) if total > 0 else 0
        with self._turn:
            now = time.monotonic()
            if percent <= self._progress or now - self._reported_at < REPORT_EVERY_S:
                return
            self._progress, self._reported_at = percent, now
            with translate_db_errors():
                repository.set_progress(self.connection, self.job_id, percent)

    def cancelled(self) -> bool:
        """Whether the work has to stop: somebody dismissed the job, or the worker ends."""
        with self._turn:
            now = time.monotonic()
            if not self.cancel_seen and now - self._asked_at >= ASK_EVERY_S:
                self._asked_at = now
                with translate_db_errors():
                    self.cancel_seen = repository.is_cancel_requested(self.connection, self.job_id)
            self.stop_seen = self.stop_seen or self.cancel_seen or self.is_stopping()
            return self.stop_seen

    def conclude(self, session: WriteSession, result: Mapping[str, Any]) -> None:
        """Record the result in the transaction that stores what the work made; a dismissal waits for its end.

        Raises
        ------
        JobCancelledError
            The job was dismissed.
        """
        if not repository.succeed(session, self.job_id, result):
            self.cancel_seen = self.stop_seen = True
            raise JobCancelledError
        self.has_concluded = True


@contextmanager
def monitor_job(engine: Engine, job_id: UUID, is_stopping: Callable[[], bool]) -> Iterator[JobMonitor]:
    """Take a job for this worker alone, as long as the context lasts.

    Raises
    ------
    JobInterruptedError
        Another worker has it; it is tried again later.
    """
    with lock_connection(engine) as connection:
        with translate_db_errors():
            is_taken = not repository.try_lock(connection, job_id)
        if is_taken:
            raise JobInterruptedError("another worker has this job", retry_in_s=TAKEN_RETRY_S)
        yield JobMonitor(connection, job_id, is_stopping)
