"""Jobs over HTTP: start a check, a scan or a comparison of plans, follow it, dismiss it, fetch what it found."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.db.models import Job
from app.deps import Checker, KeyHolder, KeyRequiredError, ReadSession, Writer, WriteSession, allow_parameters
from app.etags import matches_etag
from app.imports.schemas import TableReport
from app.jobs import service
from app.jobs.describing import describe_job
from app.jobs.errors import JobNotFoundError
from app.jobs.execution import Execution
from app.jobs.kinds import TABLE_IMPORT
from app.jobs.listing import FILTER_PARAMETERS, WantedJobs
from app.jobs.results import answer_results, named_output
from app.jobs.schemas import (
    CheckRunRequest,
    EvidenceRunRequest,
    IdleScanRequest,
    JobList,
    LandScanRequest,
    Link,
    PlanComparisonRequest,
    StatusInfo,
)
from app.keys.access import Actor, Scope
from app.links import absolute_url, request_origin
from app.plans.clearance_schemas import ClearanceRequest
from app.plans.draft_schemas import BlueprintRequest, BranchId, BranchKeepRequest, PlanBranchRequest
from app.plans.fault_schemas import FaultSearch
from app.plans.register_schemas import ProposalRequest
from app.settings import Settings

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
NO_PARAMETERS = [Depends(allow_parameters())]

router = APIRouter(tags=["jobs"])


def parse_job_id(job_id: Annotated[str, Path(description="Identifier of the job, a UUID.")]) -> UUID:
    """Read a job's id; what no job can have as its id names no job."""
    try:
        return UUID(job_id)
    except ValueError as error:
        raise JobNotFoundError(job_id) from error


JobId = Annotated[UUID, Depends(parse_job_id)]


@router.post(
    "/check-runs",
    status_code=201,
    response_model_exclude_none=True,
    summary="Check a layer of parcels",
    dependencies=NO_PARAMETERS,
)
def start_check_run(request: Request, response: Response, body: CheckRunRequest, session: WriteSession) -> StatusInfo:
    """Start a check as a job; `Location` is where to follow it."""
    job = service.start_check_run(session, target=body.target, layers=body.layers, as_of=body.as_of)
    return _accepted(request, response, job)


@router.post(
    "/idle-scans",
    status_code=201,
    response_model_exclude_none=True,
    summary="Scan for idle land",
    dependencies=NO_PARAMETERS,
)
def start_idle_scan(
    request: Request, response: Response, body: IdleScanRequest, session: WriteSession, _writer: Writer
) -> StatusInfo:
    """Start a scan as a job; `Location` is where to follow it."""
    return _accepted(request, response, service.start_idle_scan(session, as_of=body.as_of, target=body.target))


@router.post(
    "/evidence-runs",
    status_code=201,
    response_model_exclude_none=True,
    summary="Look at land through imagery",
    dependencies=NO_PARAMETERS,
)
def start_evidence_run(
    request: Request, response: Response, body: EvidenceRunRequest, session: WriteSession, _writer: Writer
) -> StatusInfo:
    """Start to lay what registered scenes show beside what contracts say, as a job; `Location` is where to follow it."""
    job = service.start_evidence_run(session, as_of=body.as_of, buildings=body.buildings)
    return _accepted(request, response, job)


@router.post(
    "/land-scans",
    status_code=201,
    response_model_exclude_none=True,
    summary="Scan land after its approval",
    dependencies=NO_PARAMETERS,
)
def start_land_scan(
    request: Request, response: Response, body: LandScanRequest, session: WriteSession, _writer: Writer
) -> StatusInfo:
    """Start a scan as a job; `Location` is where to follow it."""
    return _accepted(request, response, service.start_land_scan(session, topics=body.topics, as_of=body.as_of))


@router.post(
    "/plan-comparisons",
    status_code=201,
    response_model_exclude_none=True,
    summary="Compare plans",
    dependencies=NO_PARAMETERS,
)
def start_plan_comparison(
    request: Request, response: Response, body: PlanComparisonRequest, session: WriteSession
) -> StatusInfo:
    """Start a comparison as a job; `Location` is where to follow it."""
    job = service.start_plan_comparison(session, plans=body.plans, lines=body.lines, as_of=body.as_of)
    return _accepted(request, response, job)


@router.post(
    "/plan-comparisons/{plan_comparison_id}/proposals",
    status_code=201,
    response_model_exclude_none=True,
    summary="Propose how to resolve differences",
    dependencies=NO_PARAMETERS,
)
def start_plan_proposals(
    request: Request,
    response: Response,
    plan_comparison_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")],
    body: ProposalRequest,
    session: WriteSession,
    _writer: Writer,
) -> StatusInfo:
    """Start to propose resolutions for open patches as a job; nothing is agreed by it. `Location` is where to follow it."""
    inputs = service.proposal_inputs(body)
    return _accepted(request, response, service.start_plan_proposals(session, plan_comparison_id, inputs))


@router.post(
    "/plan-fault-searches",
    status_code=201,
    response_model_exclude_none=True,
    summary="Search for faults of plans and lines",
    dependencies=NO_PARAMETERS,
)
def start_plan_fault_search(
    request: Request, response: Response, body: FaultSearch, session: WriteSession
) -> StatusInfo:
    """Start a search as a job: the topology of one plan, lines that cross, or a plan beyond the plan above."""
    inputs = body.model_dump(mode="json", exclude_unset=True)
    return _accepted(request, response, service.start_plan_fault_search(session, inputs, body.layers))


@router.post(
    "/plan-comparisons/{plan_comparison_id}/blueprints",
    status_code=201,
    response_model_exclude_none=True,
    summary="Draw one blueprint",
    dependencies=NO_PARAMETERS,
)
def start_blueprint(
    request: Request,
    response: Response,
    plan_comparison_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")],
    body: BlueprintRequest,
    session: WriteSession,
    _writer: Writer,
) -> StatusInfo:
    """Start to draw the blueprint as a draft version of a layer, as a job; `Location` is where to follow it."""
    job = service.start_blueprint(
        session, plan_comparison_id, to=body.to, valid_from=body.valid_from, complete=body.complete
    )
    return _accepted(request, response, job)


@router.post(
    "/plan-branches",
    status_code=201,
    response_model_exclude_none=True,
    summary="Ask what a draft would change",
    dependencies=NO_PARAMETERS,
)
def start_plan_branch(
    request: Request, response: Response, body: PlanBranchRequest, session: WriteSession
) -> StatusInfo:
    """Start to compute it as a job; nothing published is touched. `Location` is where to follow it."""
    job = service.start_plan_branch(session, plans=body.plans, layer=body.layer, version=body.version)
    return _accepted(request, response, job)


@router.post(
    "/plan-branches/{plan_branch_id}/keep",
    status_code=201,
    response_model_exclude_none=True,
    summary="Keep a branch",
    dependencies=NO_PARAMETERS,
)
def start_keeping_plan_branch(
    request: Request,
    response: Response,
    plan_branch_id: BranchId,
    body: BranchKeepRequest,
    session: WriteSession,
    _writer: Writer,
) -> StatusInfo:
    """Start to publish the draft and to bring the comparison up to date as a job; `Location` is where to follow it."""
    job = service.start_keeping_plan_branch(session, plan_branch_id, confirm_loss=body.confirm_loss)
    return _accepted(request, response, job)


@router.post(
    "/clearance-registers",
    status_code=201,
    response_model_exclude_none=True,
    summary="Find construction land inside the ecological control line",
    dependencies=NO_PARAMETERS,
)
def start_clearance(
    request: Request, response: Response, body: ClearanceRequest, session: WriteSession, _writer: Writer
) -> StatusInfo:
    """Start to make a register as a job; what was noted of land before goes on. `Location` is where to follow it."""
    inputs = body.model_dump(mode="json", exclude_unset=True)
    return _accepted(request, response, service.start_clearance(session, inputs))


@router.post(
    "/plan-comparisons/{plan_comparison_id}/units/{units}",
    status_code=201,
    response_model_exclude_none=True,
    summary="Sum a comparison by administrative unit",
    dependencies=NO_PARAMETERS,
)
def start_unit_sums(
    request: Request,
    response: Response,
    plan_comparison_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")],
    units: Annotated[str, Path(max_length=100, description="Layer of administrative units.")],
    session: WriteSession,
) -> StatusInfo:
    """Start to sum a comparison by the features of a layer, as a job; the sums are its results."""
    return _accepted(request, response, service.start_unit_sums(session, plan_comparison_id, units))


@router.post(
    "/plan-comparisons/{plan_comparison_id}/cells",
    status_code=201,
    summary="Show the cells of a comparison on the map",
    dependencies=NO_PARAMETERS,
)
def start_plan_cells(
    request: Request,
    response: Response,
    plan_comparison_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")],
    session: WriteSession,
    _writer: Writer,
) -> StatusInfo:
    """Start to make all cells of a comparison the collection `plan_cells`, as a job; they follow the comparison from then on."""
    return _accepted(request, response, service.start_plan_cells(session, plan_comparison_id))


@router.get(
    "/jobs",
    summary="The jobs, the newest first",
    response_model=JobList,
    response_model_exclude_none=True,
    dependencies=[Depends(allow_parameters("limit", "after", *FILTER_PARAMETERS))],
)
def list_jobs(
    request: Request,
    session: ReadSession,
    chosen: WantedJobs,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=200, description="Taken from a `next` link.")] = None,
) -> JobList:
    """Return a page of jobs; the `next` link leads to the ones before them."""
    page = service.list_jobs(session, chosen, limit=limit, after=after)
    links = [Link(href=absolute_url(request, "jobs", query=request.query_params.multi_items()), rel="self")]
    if page.next_token is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        links.append(Link(href=absolute_url(request, "jobs", query=[*kept, ("after", page.next_token)]), rel="next"))
    return JobList(jobs=[status_info(request, job) for job in page.jobs], links=links)


@router.get(
    "/jobs/{job_id}",
    summary="The state of a job",
    response_model=StatusInfo,
    response_model_exclude_none=True,
    responses={304: {"description": "Nothing has changed since the state with this ETag."}},
    dependencies=NO_PARAMETERS,
)
def get_job(request: Request, response: Response, session: ReadSession, job_id: JobId) -> StatusInfo | Response:
    """Return the state of a job; who polls sends the last `ETag` as `If-None-Match`."""
    job = service.get_job(session, job_id)
    headers = {"ETag": _etag(job), "Cache-Control": "no-cache"}
    if matches_etag(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return status_info(request, job)


@router.delete("/jobs/{job_id}", summary="Dismiss a job", response_model_exclude_none=True, dependencies=NO_PARAMETERS)
def dismiss_job(request: Request, session: WriteSession, job_id: JobId, caller: Checker) -> StatusInfo:
    """Stop a job that waits or runs. Who may only check may dismiss the jobs that they started."""
    return status_info(request, service.dismiss(session, job_id, caller))


@router.get(
    "/jobs/{job_id}/results",
    summary="What a job found",
    response_model=dict[str, Any],
    responses={
        200: {
            "model": TableReport | dict[str, Any],
            "description": "In the form that the execution asked for; of the import of a table, its report.",
        },
        204: {"description": "Links alone."},
    },
    dependencies=NO_PARAMETERS,
)
def get_results(request: Request, session: ReadSession, job_id: JobId, key_holder: KeyHolder) -> Response:
    """Return the results of a job that succeeded, or the problem that ended it."""
    job = service.get_job(session, job_id)
    execution = _readable(job, key_holder)
    result = service.result_of(job)
    if execution is None:
        return Response(orjson.dumps(result), media_type="application/json")
    return answer_results(job, result, execution, base_url=request_origin(request).base_url)


@router.get(
    "/jobs/{job_id}/results/{output_id}",
    summary="One output of an execution",
    response_class=Response,
    responses={200: {"description": "The output as it is."}},
    dependencies=NO_PARAMETERS,
)
def get_output(
    session: ReadSession,
    job_id: JobId,
    key_holder: KeyHolder,
    output_id: Annotated[str, Path(max_length=100, description="Name of the output in the process's description.")],
) -> Response:
    """Return one output of a job that succeeded, as a file where it is one."""
    job = service.get_job(session, job_id)
    _readable(job, key_holder)
    return named_output(job, service.result_of(job), output_id)


def _readable(job: Job, key_holder: Actor | None) -> Execution | None:
    """Return how the results are to be answered, unless they were found for somebody who has a key."""
    execution = Execution.of(job)
    # The errors of a table quote contracts and firms.
    needs_key = job.kind == TABLE_IMPORT or (execution is not None and execution.needs_key)
    if needs_key and key_holder is None:
        raise KeyRequiredError(Scope.READ)
    return execution


def _accepted(request: Request, response: Response, job: Job) -> StatusInfo:
    response.headers["Location"] = absolute_url(request, "jobs", str(job.id))
    return status_info(request, job)


def status_info(request: Request, job: Job) -> StatusInfo:
    """Return the state of a job as OGC API - Processes writes it."""
    settings: Settings = request.app.state.settings
    return describe_job(job, base_url=request_origin(request).base_url, kept_days=settings.job_retention_days)


def _etag(job: Job) -> str:
    state = f"{job.id} {job.status} {job.progress} {job.updated_at.isoformat()}"
    return f'W/"{hashlib.sha256(state.encode()).hexdigest()[:24]}"'
