"""The dashboard's numbers over HTTP: one answer a group, each quick at any size. None of them names a holder."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from app.dashboard import service
from app.dashboard.schemas import Areas, Clocks, Conflicts, Freshness, Supervision
from app.deps import ReadSession, allow_parameters

router = APIRouter(prefix="/dashboard", tags=["dashboard"], dependencies=[Depends(allow_parameters())])


@router.get("/areas", summary="Area by use and by planned class", response_model=Areas)
def get_areas(request: Request, session: ReadSession) -> dict[str, Any]:
    """Return, for each layer of parcels and each plan in force, the area of each class of the first level."""
    return service.describe_areas(session, request.app.state.area_sums)


@router.get("/conflicts", summary="Conflicts, open and settled", response_model=Conflicts)
def get_conflicts(session: ReadSession) -> dict[str, Any]:
    """Return the current findings by verdict and the differences between plans by class."""
    return service.describe_conflicts(session)


@router.get("/supervision", summary="Idle rate, supply rate, and what the scans found", response_model=Supervision)
def get_supervision(session: ReadSession) -> dict[str, Any]:
    """Return rates from the current scan and the current tables, and the findings after approval by topic and kind."""
    return service.describe_supervision(session)


@router.get("/clocks", summary="Periods of idle-land cases", response_model=Clocks)
def get_clocks(session: ReadSession) -> dict[str, Any]:
    """Return how many cases stand at which stage, how many periods are over, and how many end this month."""
    return service.describe_clocks(session)


@router.get("/freshness", summary="How old the data are", response_model=Freshness)
def get_freshness(session: ReadSession) -> dict[str, Any]:
    """Return the version in force of every layer with its age, and when each kind of work was done last."""
    return service.describe_freshness(session)
