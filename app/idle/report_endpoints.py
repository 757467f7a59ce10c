"""Statistics, trend and changes of idle land over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.deps import KeyOnly, ReadSession, allow_parameters
from app.idle.reporting import (
    count_contracts,
    find_two_scans,
    idle_statistics,
    list_changes,
    list_trend,
    require_few_contracts,
)
from app.jobs.kinds import IDLE_CHANGES, IDLE_STATISTICS

ScanId = Annotated[int | None, Query(ge=1, lt=2**63)]

router = APIRouter(tags=["land"])


@router.get(
    "/idle-statistics",
    summary="Idle rate and supply rate by zone and year",
    dependencies=[Depends(allow_parameters("as_of"))],
)
def get_statistics(session: ReadSession, as_of: date | None = None) -> dict[str, Any]:
    """Return the rates of each zone at the ends of the last years and on the day, and their mean.

    Of a great many contracts the process ``idle.statistics`` tells them.
    """
    require_few_contracts(count_contracts(session), IDLE_STATISTICS)
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
    """Return the cases that are new, gone or of another kind, each with the reason.

    Of a great many contracts the process ``idle.changes`` tells them.
    """
    scans = find_two_scans(session, former, latter)
    require_few_contracts(max(scan.contract_count for scan in scans), IDLE_CHANGES)
    return list_changes(session, former=former, latter=latter)
