"""Statistics, trend and changes of idle land over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.deps import KeyOnly, ReadSession, allow_parameters
from app.idle.reporting import idle_statistics, list_changes, list_trend

ScanId = Annotated[int | None, Query(ge=1, lt=2**63)]

router = APIRouter(tags=["land"])


@router.get(
    "/idle-statistics",
    summary="Idle rate and supply rate by zone and year",
    dependencies=[Depends(allow_parameters("as_of"))],
)
def get_statistics(session: ReadSession, as_of: date | None = None) -> dict[str, Any]:
    """Return the rates of each zone at the ends of the last years and on the day, and their mean."""
    return idle_statistics(session, as_of=as_of)


@router.get("/idle-scans", summary="What each scan found", dependencies=[Depends(allow_parameters())])
def get_trend(session: ReadSession) -> dict[str, Any]:
    """Return the scans with their numbers, the first first."""
    return {"idle_scans": list_trend(session)}


@router.get(
    "/idle-scan-changes",
    summary="What changed between two scans, and why",
    dependencies=[Depends(allow_parameters("from", "to"))],
)
def get_changes(
    session: ReadSession,
    _holder: KeyOnly,
    former: Annotated[ScanId, Query(alias="from", description="The last but one when left out.")] = None,
    latter: Annotated[ScanId, Query(alias="to", description="The last when left out.")] = None,
) -> dict[str, Any]:
    """Return the cases that are new, gone or of another kind, each with the reason."""
    return list_changes(session, former=former, latter=latter)
