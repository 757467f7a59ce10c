"""OGC API - Processes over HTTP: the list, a description, an execution. Jobs are in ``app.jobs.endpoints``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.db.models import Job
from app.deps import (
    AppEngine,
    AppSettings,
    Caller,
    DatabaseTurn,
    KeyHolder,
    admit,
    allow_parameters,
    require_scope,
)
from app.jobs import service
from app.jobs.endpoints import status_info
from app.jobs.execution import Execution, ResponseForm, WantedOutput
from app.jobs.outside import AllowedHosts
from app.jobs.results import answer_results
from app.jobs.schemas import StatusInfo
from app.keys.access import Actor, Scope
from app.links import absolute_url, request_origin
from app.ogc.links import JOB_LIST_REL, link, self_link
from app.ogc.parameters import FormatJson, JsonAccepted
from app.ogc.processes.catalog import PROCESSES, find_process
from app.ogc.processes.describing import describe, summarise
from app.ogc.processes.executing import execute_and_wait, execute_as_job, prefers_async
from app.ogc.processes.model import Place, Process
from app.ogc.processes.references import References
from app.ogc.processes.requests import ExecuteRequest, read_inputs, read_outputs, read_values
from app.problems import InvalidParameterError

MAX_LIMIT = 1000

router = APIRouter(tags=["processes"])
READERS = [Depends(require_scope(Scope.READ)), JsonAccepted]


def requested_process(
    process_id: Annotated[str, Path(max_length=100, description="Identifier of a process, from /processes.")],
) -> Process[Any]:
    """Return the process of the path."""
    return find_process(process_id)


RequestedProcess = Annotated[Process[Any], Depends(requested_process)]


@router.get(
    "/processes",
    summary="The processes",
    dependencies=[*READERS, Depends(allow_parameters("f", "limit", "after"))],
)
def list_processes(
    request: Request,
    _format: FormatJson = None,
    limit: Annotated[int, Query(ge=1, description="Processes in a page.")] = MAX_LIMIT,
    after: Annotated[str | None, Query(max_length=100, description="Taken from a `next` link.")] = None,
) -> dict[str, Any]:
    """List what can be executed, in the order of the identifiers."""
    names = sorted(PROCESSES)
    if after is not None and after not in PROCESSES:
        raise InvalidParameterError("after", "must be taken from a `next` link.")
    following = names[0 if after is None else names.index(after) + 1 :]
    shown = following[:limit]
    links = [self_link(request), link(request, JOB_LIST_REL, "jobs", title="The jobs")]
    if len(shown) < len(following):
        query = [("limit", str(limit)), ("after", shown[-1])]
        links.append(link(request, "next", "processes", query=query))
    return {"processes": [summarise(request, PROCESSES[name]) for name in shown], "links": links}


@router.get("/processes/{process_id}", summary="One process", dependencies=[*READERS, Depends(allow_parameters("f"))])
def get_process(request: Request, process: RequestedProcess, _format: FormatJson = None) -> dict[str, Any]:
    """Describe a process: its inputs and outputs with their JSON Schemas, and how it can be executed."""
    return describe(request, process)


@dataclass(frozen=True, slots=True)
class Order:
    """What an execution is asked for: by whom, with which values, what of the outputs and who is told of it."""

    actor: Actor
    outputs: Mapping[str, WantedOutput]
    values: Mapping[str, Any]
    subscriber: Mapping[str, str]
    response: ResponseForm | None


async def read_order(process: RequestedProcess, body: ExecuteRequest, settings: AppSettings, caller: Caller) -> Order:
    """Read what a request says, and what its inputs refer to on other hosts."""
    actor = admit(caller, process.scope)
    outputs = read_outputs(process, body.outputs)
    hosts = AllowedHosts.of(settings.remote_hosts)
    subscriber = body.subscriber.addresses(hosts)
    values = await read_values(process, body.inputs, References(hosts, settings.max_body_bytes))
    return Order(actor, outputs, values, subscriber, body.response)


@router.post(
    "/processes/{process_id}/execution",
    summary="Execute a process",
    response_model=dict[str, Any],
    responses={
        200: {"description": "The results of a process that was waited for."},
        201: {"model": StatusInfo, "description": "A job; `Location` is where to follow it."},
        204: {"description": "The results as links alone, in the header `Link`."},
    },
    # No process asks for less; who may not execute any is not told which there are.
    dependencies=[Depends(require_scope(Scope.CHECK)), Depends(allow_parameters())],
)
def execute(
    request: Request,
    process: RequestedProcess,
    # Before the turn at the database, which nobody holds while another host is waited for.
    order: Annotated[Order, Depends(read_order)],
    engine: AppEngine,
    settings: AppSettings,
    key_holder: KeyHolder,
    _turn: DatabaseTurn,
) -> Response:
    """Execute a process, while the caller waits or, with `Prefer: respond-async`, as a job."""
    inputs = read_inputs(process, order.values)
    base_url = request_origin(request).base_url
    has_key = key_holder is not None
    execution = Execution(
        outputs=order.outputs,
        response=order.response,
        needs_key=has_key,
        base_url=base_url,
        subscriber=order.subscriber,
    )
    media_types = {name: wanted.media_type for name, wanted in order.outputs.items()}
    place = Place(settings.data_dir, base_url, has_key, media_types)
    wants_job = prefers_async(request.headers.getlist("prefer"))
    if wants_job or not process.at_once:
        started = execute_as_job(engine, process, inputs, execution, place, order.actor)
    else:
        wait_s = settings.wait_for_execution_s
        started = execute_and_wait(engine, process, inputs, execution, place, order.actor, wait_s=wait_s)
    if started.has_ended:
        return _results(request, started.job, execution)
    return _accepted(request, started.job, was_asked_for=wants_job)


def _accepted(request: Request, job: Job, *, was_asked_for: bool) -> Response:
    headers = {"Location": absolute_url(request, "jobs", str(job.id))}
    if was_asked_for:
        headers["Preference-Applied"] = "respond-async"
    state = status_info(request, job).model_dump_json(by_alias=True, exclude_none=True)
    return Response(state, 201, headers=headers, media_type="application/json")


def _results(request: Request, job: Job, execution: Execution) -> Response:
    result = service.result_of(job)
    answer = answer_results(job, result, execution, base_url=request_origin(request).base_url)
    # OGC 18-062r2, /req/core/process-execute-sync-job: a job that was made is linked to.
    monitor = f'<{absolute_url(request, "jobs", str(job.id))}>; rel="monitor"; type="application/json"'
    former = answer.headers.get("link")
    answer.headers["Link"] = monitor if former is None else f"{former}, {monitor}"
    return answer
