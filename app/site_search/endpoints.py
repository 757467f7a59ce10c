"""The search over HTTP."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app.deps import Checker, ReadSession, allow_parameters
from app.site_search.schemas import SearchRequest
from app.site_search.service import search_sites

router = APIRouter(prefix="/site-search", tags=["site checks"])


class FoundSites(BaseModel):
    """What was found, the best first; ``docs/site-search.md`` describes the members."""

    model_config = ConfigDict(extra="allow")

    as_of: str
    parcels_of_size: int
    is_complete: bool
    results: list[dict[str, Any]]


@router.post("", summary="Find a site", response_model=FoundSites, dependencies=[Depends(allow_parameters())])
def post_site_search(body: SearchRequest, session: ReadSession, _checker: Checker) -> Any:  # noqa: ANN401  the answer
    """Look for parcels that suit a use and keep conditions, ranked with the reasons for and against; nothing is stored."""
    return search_sites(session, body)
