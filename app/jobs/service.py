"""Start, follow and dismiss jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Job
from app.db.sessions import WriteSession
from app.idle.parcel_layers import choose_parcel_layer
from app.jobs import queue, repository
from app.jobs.enqueueing import enqueue as enqueue  # noqa: PLC0414  part of this service as well
from app.jobs.errors import (
    JobDismissedError,
    JobFailedError,
    JobFinishedError,
    JobNotFoundError,
    JobOfAnotherError,
    ResultNotReadyError,
)
from app.jobs.files import remove_folder_after
from app.jobs.kinds import (
    CHECK_RUN,
    EVIDENCE,
    IDLE_CHANGES,
    IDLE_PLAN,
    IDLE_SCAN,
    IDLE_STATISTICS,
    LAND_SCAN,
    PLAN_BLUEPRINT,
    PLAN_BRANCH,
    PLAN_BRANCH_KEEP,
    PLAN_CELLS,
    PLAN_CLEARANCE,
    PLAN_COMPARISON,
    PLAN_FAULTS,
    PLAN_PROPOSALS,
    PLAN_UNITS,
)
from app.jobs.repository import EVERY_JOB, JobFilter
from app.keys.access import Actor, Scope
from app.layers.repository import require_layer
from app.page_tokens import decode_position, encode_position
from app.plans.blueprint_layers import require_layer_for_blueprint
from app.plans.branch_repository import require as require_branch
from app.plans.errors import PlansNotComparableError
from app.plans.inputs import LEAST_PLANS
from app.plans.reading import require_codes, require_line
from app.plans.register_repository import polygon_model, require_comparison
from app.plans.register_schemas import ProposalRequest


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, the newest first; ``next_token`` leads to the ones before them."""

    jobs: list[Job]
    next_token: str | None


def start_check_run(session: WriteSession, *, target: str, layers: Sequence[str] | None, as_of: date | None) -> Job:
    """Start a check of a layer of parcels; checks of the same layer take turns.

    Raises
    ------
    LayerNotFoundError
    """
    for slug in (target, *(layers or ())):
        require_layer(session, slug)
    inputs = {"target": target, "layers": None if layers is None else list(layers), "as_of": _written(as_of)}
    return enqueue(session, CHECK_RUN, inputs, lock=f"{CHECK_RUN}:{target}")


def start_idle_scan(session: WriteSession, *, as_of: date | None, target: str | None) -> Job:
    """Start a scan for idle land; scans take turns.

    Raises
    ------
    LayerNotFoundError, NotParcelsError, ParcelLayerUnsaidError
    """
    # Told to who asks, and not only by a job that fails.
    choose_parcel_layer(session, target)
    return enqueue(session, IDLE_SCAN, {"as_of": _written(as_of), "target": target}, lock=IDLE_SCAN)


def start_idle_statistics(session: WriteSession, *, as_of: date | None) -> Job:
    """Start to measure idle rate and supply rate; such measurements take turns."""
    return enqueue(session, IDLE_STATISTICS, {"as_of": _written(as_of)}, lock=IDLE_STATISTICS)


def start_idle_changes(session: WriteSession, *, former: int | None, latter: int | None) -> Job:
    """Start to compare two scans for idle land; comparisons take turns."""
    return enqueue(session, IDLE_CHANGES, {"from": former, "to": latter}, lock=IDLE_CHANGES)


def start_idle_plan(session: WriteSession, inputs: Mapping[str, Any]) -> Job:
    """Start to plan which cases of idle land are taken first."""
    return enqueue(session, IDLE_PLAN, inputs)


def start_evidence_run(session: WriteSession, *, as_of: date | None, buildings: str | None) -> Job:
    """Start to look at land under contract through the registered scenes; such runs take turns."""
    if buildings is not None:
        require_layer(session, buildings)
    return enqueue(session, EVIDENCE, {"as_of": _written(as_of), "buildings": buildings}, lock=EVIDENCE)


def start_land_scan(session: WriteSession, *, topics: Sequence[str] | None, as_of: date | None) -> Job:
    """Start a scan of land after its approval; scans take turns."""
    inputs = {"topics": None if topics is None else list(topics), "as_of": _written(as_of)}
    return enqueue(session, LAND_SCAN, inputs, lock=LAND_SCAN)


def start_plan_comparison(
    session: WriteSession, *, plans: Sequence[str], lines: Sequence[str] | None, as_of: date | None
) -> Job:
    """Start a comparison of plans; those of the same plans take turns.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError
        A layer has no codes, or is no line, or fewer than two plans are named: no version of it will ever do.
    """
    if len(set(plans)) < LEAST_PLANS:
        raise PlansNotComparableError.too_few(list(dict.fromkeys(plans)))
    for slug in plans:
        require_codes(require_layer(session, slug))
    for slug in lines or ():
        require_line(require_layer(session, slug))
    inputs = {
        "plans": list(plans),
        "lines": None if lines is None else list(lines),
        "as_of": _written(as_of),
    }
    return enqueue(session, PLAN_COMPARISON, inputs, lock=f"{PLAN_COMPARISON}:{'+'.join(sorted(plans))}")


def start_plan_proposals(session: WriteSession, comparison_id: int, inputs: Mapping[str, Any]) -> Job:
    """Start to propose resolutions for a comparison of plans; those of one comparison take turns.

    Raises
    ------
    ComparisonNotFoundError, LayerNotFoundError
    """
    require_comparison(session, comparison_id)
    if inputs.get("survey") is not None:
        require_codes(require_layer(session, inputs["survey"]))
    values = {"plan_comparison_id": comparison_id, **inputs}
    return enqueue(session, PLAN_PROPOSALS, values, lock=f"{PLAN_PROPOSALS}:{comparison_id}")


def proposal_inputs(request: ProposalRequest) -> dict[str, Any]:
    """Return a request for proposals as it is stored; without a filter all patches are meant."""
    inputs = request.model_dump(mode="json", exclude_unset=True, exclude={"filter"})
    return inputs | {"filter": request.filter.model_dump(mode="json", exclude_unset=True) or {"everything": True}}


def start_plan_fault_search(session: WriteSession, inputs: Mapping[str, Any], layers: Sequence[str]) -> Job:
    """Start to search for faults of plans and lines; searches of the same layers take turns.

    Raises
    ------
    LayerNotFoundError
    """
    for slug in layers:
        polygon_model(require_layer(session, slug))
    return enqueue(session, PLAN_FAULTS, inputs, lock=f"{PLAN_FAULTS}:{'+'.join(layers)}")


def start_blueprint(
    session: WriteSession, comparison_id: int, *, to: str, valid_from: date | None, complete: bool
) -> Job:
    """Start to draw the blueprint of a comparison; those of one layer take turns.

    Raises
    ------
    ComparisonNotFoundError, PlansNotComparableError, BlueprintRefusedError
    """
    row = require_comparison(session, comparison_id)
    if not row.is_current:
        raise PlansNotComparableError.no_cells(row.id, row.plan_set)
    require_layer_for_blueprint(session, row, to)
    values = {"plans": row.plan_set.split("+"), "to": to, "valid_from": _written(valid_from), "complete": complete}
    return enqueue(session, PLAN_BLUEPRINT, values, lock=f"{PLAN_BLUEPRINT}:{to}")


def start_plan_branch(session: WriteSession, *, plans: Sequence[str], layer: str, version: int | None) -> Job:
    """Start to compute what a draft would change; nothing that is published waits for it.

    Raises
    ------
    LayerNotFoundError
    """
    for slug in (*plans, layer):
        require_layer(session, slug)
    return enqueue(session, PLAN_BRANCH, {"plans": list(plans), "layer": layer, "version": version})


def start_keeping_plan_branch(session: WriteSession, branch_id: int, *, confirm_loss: bool) -> Job:
    """Start to make a what-if branch ordinary; those who keep branches take turns.

    Raises
    ------
    BranchNotFoundError
    """
    require_branch(session, branch_id)
    inputs = {"plan_branch_id": branch_id, "confirm_loss": confirm_loss}
    return enqueue(session, PLAN_BRANCH_KEEP, inputs, lock=PLAN_BRANCH_KEEP)


def start_clearance(session: WriteSession, inputs: Mapping[str, Any]) -> Job:
    """Start to find construction land inside the ecological control line; searches of the same land take turns.

    Raises
    ------
    LayerNotFoundError
    """
    require_codes(require_layer(session, inputs["land"]))
    if inputs.get("line") is not None:
        require_line(require_layer(session, inputs["line"]))
    return enqueue(session, PLAN_CLEARANCE, inputs, lock=f"{PLAN_CLEARANCE}:{inputs['land']}")


def start_unit_sums(session: WriteSession, comparison_id: int, units: str) -> Job:
    """Start to sum a comparison of plans by unit.

    Raises
    ------
    ComparisonNotFoundError, LayerNotFoundError, PlansNotComparableError
    """
    require_comparison(session, comparison_id)
    polygon_model(require_layer(session, units))
    return enqueue(session, PLAN_UNITS, {"plan_comparison_id": comparison_id, "units": units})


def start_plan_cells(session: WriteSession, comparison_id: int) -> Job:
    """Start to make the cells of a comparison of plans a layer of the map.

    Raises
    ------
    ComparisonNotFoundError
    """
    require_comparison(session, comparison_id)
    inputs = {"plan_comparison_id": comparison_id}
    return enqueue(session, PLAN_CELLS, inputs, lock=f"{PLAN_CELLS}:{comparison_id}")


def get_job(session: Session, job_id: UUID) -> Job:
    """Return a job.

    Raises
    ------
    JobNotFoundError
    """
    job = repository.find(session, job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    return job


def list_jobs(session: Session, chosen: JobFilter = EVERY_JOB, *, limit: int, after: str | None = None) -> JobPage:
    """Return a page of jobs, the newest first. Jobs that start while one pages do not shift the pages.

    Raises
    ------
    PageTokenError
    """
    position = None if after is None else decode_position(after)
    found = list(repository.page(session, chosen, limit=limit + 1, after=position))
    jobs = found[:limit]
    return JobPage(jobs, encode_position(jobs[-1]) if len(found) > limit else None)


def dismiss(session: WriteSession, job_id: UUID, caller: Actor) -> Job:
    """Dismiss a job. One that runs stops at its next chunk; dismissing it again changes nothing.

    Raises
    ------
    JobNotFoundError
    JobOfAnotherError
        The caller neither started it nor may write.
    JobFinishedError
        It ended before.
    """
    job = repository.find(session, job_id, for_update=True)
    if job is None:
        raise JobNotFoundError(job_id)
    if job.created_by != caller.name and not caller.may(Scope.WRITE):
        raise JobOfAnotherError(job_id)
    if job.status == "dismissed":
        return job
    if job.status not in repository.OPEN:
        raise JobFinishedError(job_id, job.status)
    message = "dismissed before it started" if job.status == "accepted" else "dismissed; the work is being stopped"
    if job.queue_job_id is not None:
        queue.withdraw(session, job.queue_job_id)
    # OGC 18-062r2, /req/dismiss/job-dismiss-success: the answer to the request says `dismissed` already.
    job.status, job.cancel_requested, job.message = "dismissed", True, message
    job.finished_at = job.updated_at = session.execute(select(func.now())).scalar_one()
    session.flush()
    if job.started_at is None:
        # No worker has begun it, and none will: of one that runs the worker removes the files.
        remove_folder_after(session, job)
    return job


def get_results(session: Session, job_id: UUID) -> dict[str, Any]:
    """Return what the work of a job found.

    Raises
    ------
    JobNotFoundError
    ResultNotReadyError
    JobDismissedError
    JobFailedError
        The problem that ended the job, as it would have been told to somebody who waited for it.
    """
    return result_of(get_job(session, job_id))


def result_of(job: Job) -> dict[str, Any]:
    """Return what the work of a job found, as ``get_results`` does."""
    if job.error is not None:
        raise JobFailedError(open_part(job.error))
    if job.status == "dismissed":
        raise JobDismissedError(job.id)
    if job.result is None:
        raise ResultNotReadyError(job.id, job.status)
    return open_part(job.result)


def open_part(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a result or a problem what every reader may see: the report of a delivery quotes what was delivered."""
    return {name: value for name, value in document.items() if name != "report"}


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
