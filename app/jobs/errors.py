"""What can become of a job."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.errors import AppError

OGC_TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"


class JobNotFoundError(AppError):
    """There is no such job."""

    def __init__(self, job_id: UUID | str) -> None:
        # OGC 18-062r2, /req/core/job-exception-no-such-job
        super().__init__(f"{OGC_TYPES}/no-such-job", "No such job", 404, f"There is no job {job_id}.")


class ResultNotReadyError(AppError):
    """The results of a job were asked for before it had any."""

    def __init__(self, job_id: UUID, status: str) -> None:
        # OGC 18-062r2, /req/core/job-results-exception/results-not-ready
        super().__init__(
            f"{OGC_TYPES}/result-not-ready",
            "Result not ready",
            404,
            f"Job {job_id} is {status} and has no results yet. Follow it at /jobs/{job_id}.",
        )


class JobDismissedError(AppError):
    """The results of a dismissed job were asked for; there will never be any."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__("job-dismissed", "Job dismissed", 410, f"Job {job_id} was dismissed and has no results.")


class JobFinishedError(AppError):
    """A job that has ended was asked to stop."""

    def __init__(self, job_id: UUID, status: str) -> None:
        super().__init__(
            "job-finished",
            "Job finished",
            409,
            f"Job {job_id} is {status} and cannot be dismissed any more. Its record stays.",
        )


class JobOfAnotherError(AppError):
    """Somebody asked to stop a job that another started."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(
            "job-of-another",
            "Job of another",
            403,
            f"Job {job_id} was started with another key; only that key, or one of scope 'write', may dismiss it.",
        )


class OutputNotFoundError(AppError):
    """An execution has no such output."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        listed = ", ".join(known) or "none by name; ask for all of its results"
        super().__init__(
            f"{OGC_TYPES}/no-such-output", "No such output", 404, f"There is no output {name!r}; there are {listed}."
        )


class OutputGoneError(AppError):
    """The file of an output was removed."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(
            "output-gone",
            "Output gone",
            410,
            f"A file of job {job_id} is not kept any more. Execute the process again.",
        )


class JobFailedError(AppError):
    """The results of a failed job were asked for: the answer is the problem that ended it."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        known = {"type", "title", "status", "detail"}
        extra = {name: value for name, value in problem.items() if name not in known}
        super().__init__(problem["type"], problem["title"], problem["status"], problem["detail"], **extra)


class JobCancelledError(Exception):
    """A kind of work saw ``cancelled()`` and stopped where it was."""


class JobInterruptedError(Exception):
    """The work could not go on, through no fault of its own; the queue runs it again from its start."""

    def __init__(self, reason: str, *, retry_in_s: int) -> None:
        super().__init__(reason)
        self.retry_in_s = retry_in_s
