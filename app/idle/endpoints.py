"""HTTP access to the scans of land after its approval; starting one is a job."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from app.deps import KeyOnly, ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.idle import land_answers, land_repository
from app.idle.land_scan import mark_appeal
from app.idle.schemas import AppealAnswer, AppealChange, LandFindingPage, LandScanList, PublicFirms
from gis.supervision import Topic

MAX_LIMIT = 10_000
Year = Annotated[int, Path(ge=1990, le=2200, description="The year that was evaluated.")]
NO_PARAMETERS = [Depends(allow_parameters())]

router = APIRouter(tags=["land"])


@router.get("/land-scans", summary="The current scans of every topic", dependencies=NO_PARAMETERS)
def list_land_scans(session: ReadSession) -> Annotated[dict[str, Any], DescribedBy(LandScanList)]:
    """Return the current scans with their numbers."""
    return {"land_scans": [land_answers.describe_scan(scan) for scan in land_repository.list_scans(session)]}


@router.get(
    "/land-findings",
    summary="What the current scan of a topic found",
    dependencies=[Depends(allow_parameters("topic", "kind", "year", "limit", "after"))],
)
def list_land_findings(
    session: ReadSession,
    _holder: KeyOnly,
    topic: Topic,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    year: Annotated[
        int | None, Query(ge=1990, le=2200, description="Of per-mu evaluations; the last when left out.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next_after` of the page before.")] = 0,
) -> Annotated[dict[str, Any], DescribedBy(LandFindingPage)]:
    """Return a page of findings with reasons, measures, articles and the parameter rows that were used."""
    scan = land_answers.require_scan(session, topic, year)
    return land_answers.describe_findings(session, scan, kind=kind, after=after, limit=limit)


@router.get("/per-mu-evaluations/{year}", summary="The published list of a year", dependencies=NO_PARAMETERS)
def get_public_list(
    session: ReadSession, _holder: KeyOnly, year: Year
) -> Annotated[dict[str, Any], DescribedBy(PublicFirms)]:
    """Return the classes of a year as they are published, with the mark of an open appeal."""
    return land_answers.describe_public_list(session, year)


@router.put(
    "/per-mu-evaluations/{year}/appeals/{credit_code}",
    summary="Open or settle an appeal against a class",
    dependencies=NO_PARAMETERS,
)
def put_appeal(
    session: WriteSession, _writer: Writer, year: Year, credit_code: str, body: AppealChange
) -> Annotated[dict[str, Any], DescribedBy(AppealAnswer)]:
    """Mark a class as under appeal, or as settled."""
    mark_appeal(session, year=year, credit_code=credit_code, is_open=body.is_under_appeal)
    return {"year": year, "credit_code": credit_code, "is_under_appeal": body.is_under_appeal}
