"""Many sites as a job."""

from typing import Any, Final

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs.kinds import SITE_CHECK, JobRun
from app.jobs.service import enqueue
from app.site_checks.questions import Question
from app.site_checks.service import check_sites
from app.site_checks.sites import Sites, stored_sites

#: What a job's result has of an answer to many sites; the whole of it is the stored check.
SUMMARY: Final = ("site_check_id", "verdict", "as_of", "digest", "site_count")


def start_site_check(session: WriteSession, sites: Sites, question: Question) -> Job:
    """Start a check of many sites."""
    inputs = {"sites": sites.as_geojson(), "question": question.model_dump(mode="json")}
    return enqueue(session, SITE_CHECK, inputs)


def run_site_check(run: JobRun) -> dict[str, Any]:
    """Check the sites of a job; of many sites its result only names the stored check."""
    answer = check_sites(
        run.engine,
        stored_sites(run.inputs["sites"]),
        Question.model_validate(run.inputs["question"]),
        actor=run.actor,
        progress=run.progress,
        cancelled=run.cancelled,
    )
    return answer if "sites" in answer else {name: answer[name] for name in SUMMARY}
