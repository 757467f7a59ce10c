"""Parameters that several OGC resources take, parsed and checked once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request

from app.clock import today
from app.collections.boxes import Box
from app.collections.catalog import Collection, find_collection
from app.collections.periods import Period
from app.collections.reference_systems import ReferenceSystem, find_reference_system, parse_bbox_in
from app.collections.times import TIME_PARAMETERS, RequestedTimes, Times
from app.deps import AppSettings, ReadSession
from app.negotiation import JSON, choose_type
from app.ogc.paging import PageToken, decode_token

FormatJson = Annotated[Literal["json"] | None, Query(alias="f", description="Encoding of the answer; JSON is the one.")]
CollectionId = Annotated[str, Path(description="Identifier of a collection: the layer's slug.", max_length=100)]
FeatureId = Annotated[str, Path(description="Identifier of a feature in its collection.", max_length=500)]


def accepting(media_type: str) -> Any:  # noqa: ANN401  what Depends returns
    """Return what refuses a request whose Accept header leaves out the one media type of an answer, unless ``f`` asks for it."""

    async def require_accepted(request: Request) -> None:
        if "f" not in request.query_params:
            choose_type(request, (media_type,))

    return Depends(require_accepted)


JsonAccepted = accepting(JSON)
PageFormat = Annotated[
    Literal["json", "html"] | None, Query(alias="f", description="`json`, or `html` for a page to read.")
]


def get_collection(session: ReadSession, collection_id: CollectionId) -> Collection:
    """Return the collection of the path, as it applies today."""
    return find_collection(session, collection_id, Period.of_day(today()))


RequestedCollection = Annotated[Collection, Depends(get_collection)]


class NumberMatched(StrEnum):
    """How the features on all pages are counted."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ItemsQuery:
    """What a request for items asks for, apart from filters; ``limit`` is that of a page, ``asked_limit`` the number that was sent."""

    limit: int
    asked_limit: int | None
    boxes: tuple[Box, ...]
    times: Times
    token: PageToken | None
    system: ReferenceSystem
    counting: NumberMatched = NumberMatched.EXACT
    sortby: str | None = None
    properties: str | None = None
    q: str | None = None


async def read_items_query(
    settings: AppSettings,
    times: RequestedTimes,
    limit: Annotated[
        int | None, Query(ge=1, description="Features in a page; more than the service's maximum counts as that.")
    ] = None,
    bbox: Annotated[
        str | None,
        Query(description="west,south,east,north in degrees; west beyond east crosses the antimeridian."),
    ] = None,
    bbox_crs: Annotated[
        str | None, Query(alias="bbox-crs", description="System of `bbox`, a URI; CRS84. In the order of its axes.")
    ] = None,
    crs: Annotated[
        str | None, Query(description="System of the geometries, a URI; CRS84. In the order of its axes.")
    ] = None,
    after: Annotated[str | None, Query(description="Token of a `next` link.")] = None,
    counting: Annotated[
        NumberMatched, Query(alias="numberMatched", description="How the features on all pages are counted.")
    ] = NumberMatched.EXACT,
    sortby: Annotated[str | None, Query(description="Queryables to sort by, with - before one for descending.")] = None,
    properties: Annotated[str | None, Query(description="Properties to show; all.")] = None,
    q: Annotated[str | None, Query(description="Words, separated by commas, one of which a text has to hold.")] = None,
) -> ItemsQuery:
    """Read the parameters of a page of items.

    OGC API - Features Part 1, /req/core/fc-limit-response-1: a limit above the maximum is not an error.

    Raises
    ------
    InvalidParameterError
    """
    box_system = find_reference_system("bbox-crs", bbox_crs)
    return ItemsQuery(
        limit=min(limit or settings.default_items_limit, settings.max_items_limit),
        asked_limit=limit,
        boxes=() if bbox is None else parse_bbox_in(bbox, box_system),
        times=times,
        token=None if after is None else decode_token(after),
        system=find_reference_system("crs", crs),
        counting=counting,
        sortby=sortby,
        properties=properties,
        q=q,
    )


ITEMS_PARAMETERS = (
    "f",
    "limit",
    "bbox",
    "bbox-crs",
    "crs",
    *TIME_PARAMETERS,
    "after",
    "numberMatched",
    "sortby",
    "properties",
    "q",
)
RequestedItems = Annotated[ItemsQuery, Depends(read_items_query)]
