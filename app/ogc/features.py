"""OGC API - Features: the items of a collection, and one of them."""

from collections.abc import Iterator

import orjson
from fastapi import APIRouter, Request
from sqlalchemy.exc import DataError
from starlette.responses import Response, StreamingResponse

from app.clock import today
from app.deps import AppSettings, KeyHolder, ReadSession, refuse_unknown_parameters
from app.ogc.catalog import find_collection
from app.ogc.errors import AmbiguousFeatureError
from app.ogc.filters import parse_filters
from app.ogc.links import GEOJSON, Link, link, self_link
from app.ogc.pages import (
    PageText,
    collection_head,
    collection_tail,
    explain_absence,
    open_page,
    read_page,
    selected_scope,
)
from app.ogc.parameters import (
    ITEMS_PARAMETERS,
    CollectionId,
    FeatureId,
    FormatJson,
    JsonAccepted,
    RequestedItems,
)
from app.ogc.periods import Period
from app.ogc.repository import find_features
from app.ogc.rows import Rows
from app.ogc.searching import SEARCH_PARAMETERS, RequestedSearch
from app.problems import InvalidParameterError

# What a key holder sees must not reach others through a shared cache, and the data may change at any time.
CACHE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, X-API-Key"}

router = APIRouter(tags=["features"], dependencies=[JsonAccepted])


@router.get(
    "/collections/{collection_id}/items",
    summary="A page of features",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}},
)
def get_items(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    collection_id: CollectionId,
    query: RequestedItems,
    search: RequestedSearch,
) -> StreamingResponse:
    """Return features in the order of their keys; besides the parameters below, every queryable is one."""
    collection = find_collection(session, collection_id, query.period)
    has_key = key_holder is not None
    queryables = collection.schema.queryables(has_key=has_key)
    refuse_unknown_parameters(request, (*ITEMS_PARAMETERS, *SEARCH_PARAMETERS, *(item.name for item in queryables)))
    filters = parse_filters(request.query_params.multi_items(), queryables)
    cache = request.app.state.statistics
    srid = settings.storage_srid
    condition = None if search is None else search.condition(collection, has_key=has_key, srid=srid)
    try:
        page = open_page(session, collection, query, filters, cache, has_key=has_key, srid=srid, search=condition)
    except DataError as error:
        # Only what a filter computes can leave the range of numbers.
        if search is None:
            raise
        raise InvalidParameterError("filter", f"it cannot be computed: {error.orig}.") from error
    text = read_page(session, page)
    return StreamingResponse(_iter_collection(request, text), media_type=GEOJSON, headers=CACHE_HEADERS)


def _iter_collection(request: Request, text: PageText) -> Iterator[bytes]:
    yield collection_head(text.page.matched)
    yield from text.iter_features()
    yield collection_tail(text.returned, _page_links(request, text))


def _page_links(request: Request, text: PageText) -> list[Link]:
    collection_id = text.page.rows.collection.id
    links = [
        self_link(request, media_type=GEOJSON),
        link(request, "collection", "collections", collection_id),
    ]
    token = text.next_token
    if token is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        query = [*kept, ("after", token.encode())]
        links.append(link(request, "next", "collections", collection_id, "items", media_type=GEOJSON, query=query))
    return links


@router.get(
    "/collections/{collection_id}/items/{feature_id:path}",
    summary="One feature",
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}},
)
def get_item(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    collection_id: CollectionId,
    feature_id: FeatureId,
    _format: FormatJson = None,
) -> Response:
    """Return a feature by its id; of results, `check_run_id` or `idle_scan_id` asks for an older run's."""
    collection = find_collection(session, collection_id, Period.of_day(today()))
    schema = collection.schema
    run_filter = schema.property(schema.run_filter)
    run_filters = [] if run_filter is None else [run_filter]
    refuse_unknown_parameters(request, ("f", *(item.name for item in run_filters)))
    filters = parse_filters(request.query_params.multi_items(), run_filters)
    rows = Rows(collection, selected_scope(session, collection, filters))
    properties = schema.visible(has_key=key_holder is not None)
    found = find_features(session, rows, properties, settings.storage_srid, feature_id)
    if not found:
        raise explain_absence(session, rows, feature_id, settings.storage_srid)
    if len(found) > 1:
        raise AmbiguousFeatureError(collection_id, feature_id, schema.run_filter)
    links = [
        self_link(request, media_type=GEOJSON),
        link(request, "collection", "collections", collection_id),
    ]
    text = found[0][1].encode() + b',"links":' + orjson.dumps(links) + b"}"
    return Response(text, media_type=GEOJSON, headers=CACHE_HEADERS)
