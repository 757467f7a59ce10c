"""A search as a job, for whoever executes it as a process."""

from typing import Any

from app.db.models import Job
from app.db.sessions import WriteSession, read_session
from app.jobs.kinds import SITE_SEARCH, JobRun
from app.jobs.service import enqueue
from app.site_search.schemas import SearchRequest
from app.site_search.service import search_sites


def start_site_search(session: WriteSession, request: SearchRequest) -> Job:
    """Start a search."""
    return enqueue(session, SITE_SEARCH, request.model_dump(mode="json"))


def run_site_search(run: JobRun) -> dict[str, Any]:
    """Look for the sites of a job; its result is the answer."""
    with read_session(run.engine) as session:
        return search_sites(session, SearchRequest.model_validate(run.inputs))
