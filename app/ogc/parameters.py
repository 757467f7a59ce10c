"""Parameters that several OGC resources take, parsed and checked once."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Header, Path, Query

from app.clock import today
from app.deps import AppSettings, ReadSession
from app.ogc.boxes import Box, parse_bbox
from app.ogc.catalog import Collection, find_collection
from app.ogc.errors import NotAcceptableError
from app.ogc.links import GEOJSON, JSON
from app.ogc.paging import PageToken, decode_token
from app.ogc.periods import Period, parse_datetime

ACCEPTED_JSON = (JSON, GEOJSON)

FormatJson = Annotated[Literal["json"] | None, Query(alias="f", description="Encoding of the answer; JSON is the one.")]
CollectionId = Annotated[str, Path(description="Identifier of a collection: the layer's slug.", max_length=100)]
FeatureId = Annotated[str, Path(description="Identifier of a feature in its collection.", max_length=500)]


async def require_json_accepted(accept: Annotated[str | None, Header(include_in_schema=False)] = None) -> None:
    """Refuse a request whose Accept header leaves no JSON."""
    if accept is None or not accept.strip():
        return
    ranges = [part.split(";", 1)[0].strip().lower() for part in accept.split(",")]
    if not any(wanted in {"*/*", "application/*"} or wanted.endswith(("/json", "+json")) for wanted in ranges):
        raise NotAcceptableError(ACCEPTED_JSON)


JsonAccepted = Depends(require_json_accepted)


def get_collection(session: ReadSession, collection_id: CollectionId) -> Collection:
    """Return the collection of the path, as it applies today."""
    return find_collection(session, collection_id, Period.of_day(today()))


RequestedCollection = Annotated[Collection, Depends(get_collection)]


@dataclass(frozen=True, slots=True)
class ItemsQuery:
    """What a request for items asks for, apart from filters."""

    limit: int
    boxes: tuple[Box, ...]
    period: Period
    token: PageToken | None


async def read_items_query(
    settings: AppSettings,
    _format: FormatJson = None,
    limit: Annotated[
        int | None, Query(ge=1, description="Features in a page; more than the service's maximum counts as that.")
    ] = None,
    bbox: Annotated[
        str | None,
        Query(description="west,south,east,north in degrees; west beyond east crosses the antimeridian."),
    ] = None,
    period: Annotated[
        str | None,
        Query(alias="datetime", description="Valid time, a day or start/end: the version of the layer that applied."),
    ] = None,
    after: Annotated[str | None, Query(description="Token of a `next` link.")] = None,
) -> ItemsQuery:
    """Read the parameters of a page of items.

    OGC API - Features Part 1, /req/core/fc-limit-response-1: a limit above the maximum is not an error.

    Raises
    ------
    InvalidParameterError
    """
    return ItemsQuery(
        limit=min(limit or settings.default_items_limit, settings.max_items_limit),
        boxes=() if bbox is None else parse_bbox(bbox),
        period=Period.of_day(today()) if period is None else parse_datetime(period),
        token=None if after is None else decode_token(after),
    )


ITEMS_PARAMETERS = ("f", "limit", "bbox", "datetime", "after")
RequestedItems = Annotated[ItemsQuery, Depends(read_items_query)]
