"""The clearance register over HTTP; its land is the collection ``clearance_items`` with geometry."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from app.answers import json_answer
from app.clock import today
from app.db.models import ClearanceRun
from app.deps import ReadSession, Writer, WriteSession, allow_parameters
from app.plans import clearance_repository as repository
from app.plans.clearance_schemas import ClearanceChange
from app.plans.clearing import change_item, describe_item, item_etag, measure_clearance

NO_PARAMETERS = [Depends(allow_parameters())]
RunId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the register.")]
LandId = Annotated[str, Path(max_length=500, description="Id of the land in its layer.")]

router = APIRouter(prefix="/clearance-registers", tags=["plans"])


@router.get("", summary="The clearance registers", dependencies=NO_PARAMETERS)
def list_clearance_registers(request: Request, session: ReadSession) -> Response:
    """List the latest registers, the newest first."""
    return json_answer(request, {"clearance_registers": [_run_json(run) for run in repository.list_runs(session)]})


@router.get("/{clearance_run_id}", summary="One clearance register", dependencies=NO_PARAMETERS)
def get_clearance_register(request: Request, session: ReadSession, clearance_run_id: RunId) -> Response:
    """Return a register with its land and what is done about it."""
    run = repository.require_run(session, clearance_run_id)
    items = [describe_item(item) for item in repository.list_items(session, run.id)]
    return json_answer(request, _run_json(run) | {"items": items})


@router.get(
    "/{clearance_run_id}/indicator",
    summary="What was cleared in a year",
    dependencies=[Depends(allow_parameters("year"))],
)
def get_clearance_indicator(
    request: Request,
    session: ReadSession,
    clearance_run_id: RunId,
    year: Annotated[int | None, Query(ge=1950, le=2200, description="This year when left out.")] = None,
) -> Response:
    """Return the construction land inside the line at the start and the end of a year, and what was cleared."""
    run = repository.require_run(session, clearance_run_id)
    return json_answer(request, measure_clearance(session, run, year or today().year))


@router.get("/{clearance_run_id}/items/{feature_id}", summary="One piece of land", dependencies=NO_PARAMETERS)
def get_clearance_item(request: Request, session: ReadSession, clearance_run_id: RunId, feature_id: LandId) -> Response:
    """Return a piece of land; its `ETag` is what a change sends as `If-Match`."""
    repository.require_run(session, clearance_run_id)
    item = repository.find_item(session, clearance_run_id, feature_id)
    return json_answer(request, describe_item(item), etag=item_etag(item))


@router.patch(
    "/{clearance_run_id}/items/{feature_id}", summary="Note what is done about land", dependencies=NO_PARAMETERS
)
def change_clearance_item(
    response: Response,
    session: WriteSession,
    _writer: Writer,
    clearance_run_id: RunId,
    feature_id: LandId,
    body: ClearanceChange,
    if_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Note something of a piece of land, as it was when its ETag was read; what it was before is kept."""
    item = change_item(session, clearance_run_id, feature_id, body, if_match=if_match)
    response.headers["ETag"] = item_etag(item)
    return describe_item(item)


@router.get("/{clearance_run_id}/history", summary="What was noted", dependencies=NO_PARAMETERS)
def get_clearance_history(request: Request, session: ReadSession, clearance_run_id: RunId) -> Response:
    """Return what was noted of all land of these layers, the oldest first."""
    run = repository.require_run(session, clearance_run_id)
    names = ("feature_id", "action", "changes", "note", "recorded_at", "recorded_by")
    entries = [{name: getattr(entry, name) for name in names} for entry in repository.list_entries(session, run)]
    return json_answer(request, {"history": entries})


def _run_json(run: ClearanceRun) -> dict[str, Any]:
    names = (
        "land_layer",
        "line_layer",
        "as_of",
        "is_current",
        "engine_version",
        "finished_at",
        "started_by",
        "summary",
    )
    return {"clearance_run_id": run.id} | {name: getattr(run, name) for name in names}
