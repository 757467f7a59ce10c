"""The state of a job as OGC API - Processes writes it (statusInfo.yaml)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.db.models import Job
from app.jobs.expiry import is_kept
from app.jobs.kinds import EXPORT, TABLE_IMPORT
from app.jobs.schemas import Link, StatusInfo
from app.jobs.service import open_part

RESULTS_REL = "http://www.opengis.net/def/rel/ogc/1.0/results"


def _open_problem(job: Job) -> dict[str, Any]:
    """Return of the problem that ended a job what every reader may see; the errors of a table quote contracts and firms, and are among its results."""
    hidden = {"errors"} if job.kind == TABLE_IMPORT else set()
    return {name: value for name, value in open_part(job.error or {}).items() if name not in hidden}


def describe_job(job: Job, *, base_url: str, kept_days: int | None = None) -> StatusInfo:
    """Return the state of a job.

    Parameters
    ----------
    base_url : str
        What links start with.
    kept_days : int, optional
        For how long a job is kept that has ended; the state says until when.
    """
    expires = None
    if job.finished_at is not None and kept_days is not None and not is_kept(job.kind):
        expires = job.finished_at + timedelta(days=kept_days)
    return StatusInfo.model_validate(
        {
            "process_id": job.kind,
            "job_id": job.id,
            "id": job.id,
            "status": job.status,
            "message": job.message,
            "exception": None if job.error is None else _open_problem(job),
            "created": job.created_at,
            "started": job.started_at,
            "finished": job.finished_at,
            "updated": job.updated_at,
            "expires": expires,
            "progress": job.progress,
            "links": _links(job, f"{base_url}/jobs/{job.id}", base_url),
        }
    )


def _links(job: Job, href: str, base_url: str) -> Sequence[Link]:
    links = [Link(href=href, rel="self", title="The state of this job")]
    if job.status == "successful":
        links.append(Link(href=f"{href}/results", rel=RESULTS_REL, title="What this job found"))
        if job.kind == EXPORT and job.result is not None:
            file = f"{base_url}/exports/{job.id}/file"
            media_type = job.result["media_type"]
            links.append(Link(href=file, rel="enclosure", type=media_type, title="The file that it wrote"))
    return links
