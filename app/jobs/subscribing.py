"""What the subscriber of an execution is told of its job."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app.db.models import Job
from app.db.sessions import read_session
from app.jobs import service
from app.jobs.describing import describe_job
from app.jobs.execution import Execution
from app.jobs.notices import Notices
from app.jobs.outside import AllowedHosts
from app.jobs.results import results_document


def open_notices(engine: Engine, job_id: UUID, stored: Mapping[str, Any] | None, hosts: AllowedHosts | None) -> Notices:
    """Return what tells the subscriber of a job; nobody is told where there is none or nothing is allowed."""
    execution = None if stored is None else Execution.model_validate(stored)
    addresses = {} if execution is None or hosts is None else execution.subscriber
    base_url = "" if execution is None else execution.base_url

    def read() -> Job:
        with read_session(engine) as session:
            return service.get_job(session, job_id)

    def state() -> dict[str, Any]:
        return describe_job(read(), base_url=base_url).model_dump(mode="json", by_alias=True, exclude_none=True)

    def outcome() -> tuple[str, dict[str, Any]] | None:
        job = read()
        match job.status:
            case "successful" if execution is not None:
                return "successUri", results_document(job, service.result_of(job), execution, base_url=base_url)
            case "failed":
                return "failedUri", state()
            case _:
                return None

    return Notices(hosts or AllowedHosts.of(()), addresses, state, outcome)
