"""Run one job: what its work returns or raises becomes the state that the world sees."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy import Engine

from app.db.errors import DatabaseBusyError, DatabaseUnavailableError, translate_db_errors
from app.errors import AppError
from app.jobs import repository
from app.jobs.errors import JobCancelledError, JobInterruptedError
from app.jobs.kinds import JobRun, Kind
from app.jobs.monitor import JobMonitor, monitor_job
from app.jobs.outside import AllowedHosts
from app.jobs.queue import DATABASE_RETRY_S
from app.jobs.subscribing import open_notices
from gis.errors import GisError

log = structlog.get_logger(__name__)

# A job that takes its worker down with it, or never finds the database, is not tried for ever.
MAX_ATTEMPTS = 5


class Outcome:
    """Writes down how the work of a job ended; only an interruption goes on, to the queue, which runs the job again."""

    def __init__(self, monitor: JobMonitor, attempt: int) -> None:
        self.monitor = monitor
        self.attempt = attempt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        if self.monitor.is_lost:
            # Nothing can be written down, and another worker may have the job by now.
            log.warning("job.connection_lost", job_id=str(self.monitor.job_id))
            raise JobInterruptedError("the worker lost its connection", retry_in_s=DATABASE_RETRY_S) from error
        match error:
            case JobCancelledError() | AppError() | GisError() if self.monitor.stop_seen:
                self._stopped()
            case DatabaseUnavailableError() | DatabaseBusyError() if self.attempt < MAX_ATTEMPTS:
                self._interrupted(f"interrupted: {error.detail}", retry_in_s=DATABASE_RETRY_S)
            case AppError() | GisError():
                self._failed(problem_of(error))
            case Exception():
                log.error("job.defect", job_id=str(self.monitor.job_id), exc_info=error)
                self._failed(defect_problem(self.monitor.job_id))
            case _:
                return False
        return True

    def _stopped(self) -> None:
        if not self.monitor.cancel_seen:
            self._interrupted("interrupted: the worker was stopped", retry_in_s=0)
        with translate_db_errors():
            repository.note(self.monitor.connection, self.monitor.job_id, "dismissed; the work has stopped")
        log.info("job.dismissed", job_id=str(self.monitor.job_id))

    def _interrupted(self, reason: str, *, retry_in_s: int) -> None:
        with translate_db_errors():
            repository.put_back(self.monitor.connection, self.monitor.job_id, f"{reason}; waiting to run again")
        log.warning("job.interrupted", job_id=str(self.monitor.job_id), reason=reason)
        raise JobInterruptedError(reason, retry_in_s=retry_in_s)

    def _failed(self, problem: Mapping[str, Any]) -> None:
        with translate_db_errors():
            repository.fail(self.monitor.connection, self.monitor.job_id, problem)
        log.warning("job.failed", job_id=str(self.monitor.job_id), problem=problem["type"])


def run_job(
    engine: Engine,
    job_id: UUID,
    kinds: Mapping[str, Kind],
    *,
    attempt: int = 1,
    is_stopping: Callable[[], bool] = lambda: False,
    hosts: AllowedHosts | None = None,
) -> None:
    """Run a job to its end; one that has ended already is left as it is.

    Parameters
    ----------
    engine : Engine
        Of a worker: without a limit on the time of a statement.
    job_id : UUID
    kinds : mapping
        Name of a kind to its work.
    attempt : int
        1 for the first time that the queue hands the job out.
    is_stopping : callable
        Whether the worker itself has to end.
    hosts : AllowedHosts, optional
        Where subscribers may be told how the job goes; without it they are told nothing.

    Raises
    ------
    JobInterruptedError
        The queue has to run the job again.
    DatabaseUnavailableError
    """
    with monitor_job(engine, job_id, is_stopping) as monitor:
        with translate_db_errors():
            started = repository.start(monitor.connection, job_id)
        if started is None:
            return
        name, inputs, actor, execution = started
        log.info("job.started", job_id=str(job_id), kind=name, attempt=attempt)
        with open_notices(engine, job_id, execution, hosts) as notices:
            with Outcome(monitor, attempt):

                def progress(done: int, total: int) -> None:
                    monitor.progress(done, total)
                    notices.progress()

                result = find_kind(kinds, name)(
                    JobRun(
                        engine,
                        inputs,
                        actor,
                        progress=progress,
                        cancelled=monitor.cancelled,
                        dismissed=lambda: monitor.cancel_seen,
                        conclude=monitor.conclude,
                    )
                )
                with translate_db_errors():
                    is_wanted = monitor.has_concluded or repository.succeed(monitor.connection, job_id, result)
                log.info("job.finished", job_id=str(job_id), kind=name, is_wanted=is_wanted)
            notices.ended()


def find_kind(kinds: Mapping[str, Kind], name: str) -> Kind:
    """Return the work of a kind.

    Raises
    ------
    AppError
        The job was made by a version of the service that knows more kinds than this worker.
    """
    try:
        return kinds[name]
    except KeyError as error:
        raise AppError(
            "unknown-job-kind",
            "Unknown kind of job",
            500,
            f"This worker does not know jobs of kind {name!r}; it is older than the service. Update and restart it.",
        ) from error


def problem_of(error: AppError | GisError) -> dict[str, Any]:
    """Describe a refusal as it is stored with the job."""
    match error:
        case AppError():
            return {
                "type": error.problem_type,
                "title": error.title,
                "status": error.status,
                "detail": error.detail,
                **error.extra,
            }
        case GisError():
            return {
                "type": "spatial-data-refused",
                "title": "Spatial data refused",
                "status": 422,
                "detail": str(error),
            }


def defect_problem(job_id: UUID) -> dict[str, Any]:
    """Describe a defect of the service, about which only the log says more."""
    return {
        "type": "internal-error",
        "title": "Internal error",
        "status": 500,
        "detail": f"The work ended by a defect of the service. The worker's log says more under job_id={job_id}.",
    }
