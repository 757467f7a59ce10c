"""Imports as the API tells of them."""

from typing import Any

from starlette.requests import Request

from app.imports.schemas import ImportInfo, ImportLink
from app.imports.service import Import, is_draft
from app.jobs.service import open_part
from app.links import absolute_url

COUNTS = ("read", "accepted", "repaired", "rejected")


def describe_import(request: Request, found: Import) -> ImportInfo:
    """Return the state of an import with the links that make sense in it."""
    job, version = found.job, found.version
    counts = None if version is None else {name: getattr(version, f"{name}_count") for name in COUNTS}
    if counts is None and found.result.get("report"):
        counts = found.result["report"]["counts"]
    problem = job.error or found.result.get("problem")
    return ImportInfo.model_validate(
        {
            "id": job.id,
            "state": found.state,
            "file": job.inputs["file"].rsplit("/", 1)[-1],
            "layer": job.inputs["options"]["to"],
            "version": None if version is None else version.number,
            "is_new": found.result.get("is_new"),
            "dry_run": job.inputs["dry_run"],
            "options": job.inputs["options"],
            "progress": job.progress,
            "message": job.message,
            "counts": counts,
            "problem": None if problem is None else open_part(problem),
            "created": job.created_at,
            "created_by": job.created_by,
            "finished": job.finished_at,
            "links": _links(request, found),
        }
    )


def _links(request: Request, found: Import) -> list[ImportLink]:
    own = ("imports", str(found.job.id))

    def link(rel: str, *more: str, title: str | None = None, media_type: str = "application/json") -> ImportLink:
        return ImportLink(href=absolute_url(request, *own, *more), rel=rel, type=media_type, title=title)

    job_url = absolute_url(request, "jobs", str(found.job.id))
    links = [link("self"), ImportLink(href=job_url, rel="monitor", title="The job")]
    if report_document(found) is not None or found.version is not None:
        links.append(link("describedby", "report", title="What the validation found"))
        links.append(link("related", "faults", title="The faults with their places", media_type="application/geo+json"))
    if is_draft(found):
        links.append(link("edit", "publish", title="POST puts the draft in force"))
    return links


def report_document(found: Import) -> dict[str, Any] | None:
    """Return the report that the job itself has: of a validation, or of a refusal."""
    document: dict[str, Any] | None = found.result.get("report") or (found.job.error or {}).get("report")
    # A refusal for want of anything usable has the shorter report of the import.
    return document if document is not None and "faults" in document else None
