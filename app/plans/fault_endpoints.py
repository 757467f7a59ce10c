"""Searches for faults of plans and lines over HTTP; the faults themselves are the collection ``plan_faults``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from app.answers import json_answer
from app.db.models import PlanFaultRun
from app.deps import ReadSession, allow_parameters
from app.plans.errors import FaultSearchNotFoundError
from app.plans.fault_repository import list_runs

NO_PARAMETERS = [Depends(allow_parameters())]

router = APIRouter(prefix="/plan-fault-searches", tags=["plans"])


@router.get("", summary="Searches for faults of plans and lines", dependencies=NO_PARAMETERS)
def list_fault_searches(request: Request, session: ReadSession) -> Response:
    """List the latest searches, the newest first."""
    return json_answer(request, {"plan_fault_searches": [_run_json(run) for run in list_runs(session)]})


@router.get("/{plan_fault_run_id}", summary="One search for faults of plans and lines", dependencies=NO_PARAMETERS)
def get_fault_search(
    request: Request, session: ReadSession, plan_fault_run_id: Annotated[int, Path(ge=1, lt=2**63)]
) -> Response:
    """Return a search with the number of faults of each kind."""
    run = session.get(PlanFaultRun, plan_fault_run_id)
    if run is None:
        raise FaultSearchNotFoundError(plan_fault_run_id)
    return json_answer(request, _run_json(run))


def _run_json(run: PlanFaultRun) -> dict[str, Any]:
    names = ("kind", "as_of", "is_current", "engine_version", "started_at", "finished_at", "started_by", "summary")
    return {"plan_fault_run_id": run.id} | {name: getattr(run, name) for name in names}
