"""Idle land as one list over HTTP: findings of the scan and their cases. All of it needs a key: it names holders."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from app.cases.answers import LandGroups, LandOfContract, LandPage
from app.cases.land_list import LandFilter
from app.cases.land_service import describe_groups, describe_land, describe_page
from app.deps import KeyOnly, ReadSession, allow_parameters
from app.described import DescribedBy
from gis.disposal import CaseStage
from gis.idle import IdleKind

DEFAULT_LIMIT, MAX_LIMIT = 200, 10_000
FILTER_PARAMETERS = ("stage", "kind", "zone", "holder", "due_until", "running", "contract_no")
NO_CASE_OR_STAGE = Literal["none"] | CaseStage
Words = Annotated[str | None, Query(min_length=1, max_length=200)]

router = APIRouter(tags=["idle cases"])


def read_land_filter(
    stage: Annotated[NO_CASE_OR_STAGE | None, Query(description="Stage of the case; `none`: without one.")] = None,
    kind: IdleKind | None = None,
    zone: Words = None,
    holder: Annotated[str | None, Query(min_length=1, max_length=200, description="Part of the name.")] = None,
    contract_no: Words = None,
    due_until: Annotated[date | None, Query(description="With a period that ends by this day.")] = None,
    running: Annotated[bool, Query(description="Without cases that have ended.")] = False,
) -> LandFilter:
    """Read which land is wanted."""
    return LandFilter(stage, kind, zone, holder, contract_no, due_until, running)


@router.get(
    "/idle-land",
    summary="Idle land: what the scan flags and its cases",
    dependencies=[Depends(allow_parameters("limit", "after", *FILTER_PARAMETERS))],
)
def get_idle_land(
    session: ReadSession,
    _holder: KeyOnly,
    chosen: Annotated[LandFilter, Depends(read_land_filter)],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=600, description="`next_after` of the page before.")] = None,
) -> Annotated[dict[str, Any], DescribedBy(LandPage)]:
    """List one row a contract: what falls due first stands first, then what has lain idle longest."""
    return describe_page(session, chosen, after=after, limit=limit)


@router.get(
    "/idle-land/groups", summary="Idle land by stage, kind and zone", dependencies=[Depends(allow_parameters())]
)
def get_idle_land_groups(session: ReadSession, _holder: KeyOnly) -> Annotated[dict[str, Any], DescribedBy(LandGroups)]:
    """Return how much land there is of each stage, kind and zone, and which periods are over or end this month."""
    return describe_groups(session)


@router.get(
    "/idle-land/contract",
    summary="A contract's idle land with its clock",
    dependencies=[Depends(allow_parameters("contract_no"))],
)
def get_idle_land_of_contract(
    session: ReadSession, _holder: KeyOnly, contract_no: Annotated[str, Query(min_length=1, max_length=200)]
) -> Annotated[dict[str, Any], DescribedBy(LandOfContract)]:
    """Return what the scan found, its case, the lawful ways of disposal, and the clock with the article of each day."""
    return describe_land(session, contract_no)
