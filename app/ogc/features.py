"""OGC API - Features: the items of a collection, and one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from sqlalchemy import ColumnElement, and_
from sqlalchemy.exc import DataError, InternalError
from starlette.responses import Response, StreamingResponse

from app.collections import repository
from app.collections.catalog import Collection, find_collection
from app.collections.filters import parse_filters
from app.collections.ordering import parse_sortby
from app.collections.reference_systems import find_reference_system
from app.collections.repository import find_features
from app.collections.rows import Rows, selected_scope
from app.collections.searching import SEARCH_PARAMETERS, RequestedSearch, Search
from app.collections.states import Lookup, read_states
from app.collections.times import TIME_PARAMETERS, RequestedTimes, require_history
from app.collections.views import View, mentions, parse_properties
from app.db.snapshots import visible_moment
from app.deps import AppSettings, KeyHolder, ReadSession, refuse_unknown_parameters
from app.described import named
from app.etags import matches_etag
from app.exports.answering import answer_file
from app.exports.service import ExportRequest
from app.layers.feature_edits import feature_etag
from app.ogc.errors import AmbiguousFeatureError
from app.ogc.links import GEOJSON, Link, link, self_link
from app.ogc.pages import (
    PageText,
    collection_head,
    collection_tail,
    explain_absence,
    open_page,
    page_etag,
    read_page,
)
from app.ogc.pages_to_read import html_answer, wants_html
from app.ogc.parameters import (
    ITEMS_PARAMETERS,
    CollectionId,
    FeatureId,
    ItemsQuery,
    PageFormat,
    RequestedItems,
)
from app.ogc.responses import CACHE_HEADERS
from app.problems import InvalidParameterError
from gis.formats.writing import FORMATS


class ItemsEncoding(StrEnum):
    """How items are written: a page as GeoJSON, or all that match as a file."""

    JSON = "json"
    HTML = "html"
    CSV = "csv"
    FLATGEOBUF = "fgb"
    GEOPACKAGE = "gpkg"
    GEOPARQUET = "parquet"


router = APIRouter(tags=["features"])


@router.get(
    "/collections/{collection_id}/items",
    summary="A page of features",
    response_class=StreamingResponse,
    responses={200: named("FeaturePage", GEOJSON)},
)
def get_items(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    collection_id: CollectionId,
    query: RequestedItems,
    search: RequestedSearch,
    encoding: Annotated[
        ItemsEncoding | None, Query(alias="f", description="GeoJSON, a page to read, or a file of all that matches.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return features in the order of their keys; besides the parameters below, every queryable is one."""
    moment = visible_moment(session)
    lookup = Lookup((collection_id,), query.times.period, query.times.known_at)
    (state,) = read_states(session, request.app.state.collection_states, lookup, moment.snapshot).states
    collection = state.collection
    require_history(collection, query.times.known_at)
    has_key = key_holder is not None
    queryables = collection.schema.queryables(has_key=has_key)
    refuse_unknown_parameters(request, (*ITEMS_PARAMETERS, *SEARCH_PARAMETERS, *(item.name for item in queryables)))
    filters = parse_filters(request.query_params.multi_items(), queryables)
    view = _make_view(collection, query, has_key=has_key)
    srid = settings.storage_srid
    condition = _condition(collection, query, search, has_key=has_key, srid=srid)
    with _computing(search, query):
        if encoding not in {None, ItemsEncoding.JSON, ItemsEncoding.HTML}:
            _refuse_paging(request)
            order = ExportRequest(
                collection=collection,
                format=FORMATS[str(encoding)],
                crs=None if query.system.code is None else f"EPSG:{query.system.code}",
                boxes=query.boxes,
                filters=filters,
                has_key=has_key,
                search=condition,
                known_at=query.times.known_at,
                properties=view.properties if view.is_partial else None,
                order=view.order,
                limit=query.asked_limit,
            )
            return answer_file(session, order, srid=srid)
        is_page = wants_html(request, encoding, GEOJSON)
        etag = page_etag(request, state.facts(moment.snapshot), query.times.period, has_key=has_key)
        headers = {**CACHE_HEADERS, "Content-Crs": f"<{query.system.uri}>", "ETag": etag}
        if not is_page and matches_etag(if_none_match, etag):
            return Response(status_code=304, headers=headers)
        cache = request.app.state.statistics
        page = open_page(session, state, moment, query, filters, cache, view, srid=srid, search=condition)
        text = read_page(session, page)
    if is_page:
        document = orjson.loads(b"".join(_iter_collection(request, text)))
        return html_answer(request, collection.title, document)
    content = _iter_collection(request, text)
    if query.limit <= repository.CHUNK:
        # What is one piece is sent as one: every piece of a stream costs a turn of a thread.
        return Response(b"".join(content), media_type=GEOJSON, headers=headers)
    return StreamingResponse(content, media_type=GEOJSON, headers=headers)


def _refuse_paging(request: Request) -> None:
    """Refuse what a file has no place for, because it has no pages.

    Raises
    ------
    InvalidParameterError
    """
    for name in ("after", "numberMatched"):
        if name in request.query_params:
            message = "a file holds all that match, or as many as `limit` says; it has no pages. Leave it out."
            raise InvalidParameterError(name, message)


def _make_view(collection: Collection, query: ItemsQuery, *, has_key: bool) -> View:
    visible = collection.schema.visible(has_key=has_key)
    chosen = parse_properties(query.properties, visible)
    return View(
        visible if chosen is None else chosen,
        query.system,
        parse_sortby(query.sortby, collection.schema.queryables(has_key=has_key)),
        is_partial=chosen is not None,
    )


def _condition(
    collection: Collection, query: ItemsQuery, search: Search | None, *, has_key: bool, srid: int
) -> ColumnElement[bool] | None:
    """Return what ``filter`` and ``q`` ask for together."""
    parts = [] if search is None else [search.condition(collection, has_key=has_key, srid=srid)]
    if query.q is not None:
        parts.append(mentions(collection, collection.schema.queryables(has_key=has_key), query.q))
    return and_(*parts) if parts else None


@contextmanager
def _computing(search: Search | None, query: ItemsQuery) -> Iterator[None]:
    """Say which parameter asks for what the database cannot compute."""
    try:
        yield
    except DataError as error:
        # Only what a filter computes can leave the range of numbers.
        if search is None:
            raise
        raise InvalidParameterError("filter", f"it cannot be computed: {error.orig}.") from error
    except InternalError as error:
        if query.system.code is None:
            raise
        message = f"some of these features cannot be expressed in {query.system.uri}: they lie too far outside of it."
        raise InvalidParameterError("crs", message) from error


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
    response_class=Response,
    responses={200: named("Feature", GEOJSON)},
)
def get_item(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    collection_id: CollectionId,
    feature_id: FeatureId,
    times: RequestedTimes,
    crs: Annotated[str | None, Query(description="System of the geometry, a URI; CRS84.")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
    encoding: PageFormat = None,
) -> Response:
    """Return a feature by its id; of results, `check_run_id` or `idle_scan_id` asks for an older run's."""
    system = find_reference_system("crs", crs)
    collection = find_collection(session, collection_id, times.period, times.known_at)
    require_history(collection, times.known_at)
    schema = collection.schema
    run_filter = schema.property(schema.run_filter)
    run_filters = [] if run_filter is None else [run_filter]
    refuse_unknown_parameters(request, ("f", "crs", *TIME_PARAMETERS, *(item.name for item in run_filters)))
    filters = parse_filters(request.query_params.multi_items(), run_filters)
    rows = Rows(collection, selected_scope(session, collection, filters), times.known_at)
    view = View(schema.visible(has_key=key_holder is not None), system)
    found = find_features(session, rows, view, settings.storage_srid, feature_id)
    if not found:
        raise explain_absence(session, rows, feature_id, settings.storage_srid)
    if len(found) > 1:
        raise AmbiguousFeatureError(collection_id, feature_id, schema.run_filter)
    links = [
        self_link(request, media_type=GEOJSON),
        link(request, "collection", "collections", collection_id),
    ]
    headers = {**CACHE_HEADERS, "Content-Crs": f"<{system.uri}>"}
    if schema.has_history:
        headers["ETag"] = feature_etag(found[0].position.row_id)
        if matches_etag(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    text = found[0].text.removesuffix("}").encode() + b',"links":' + orjson.dumps(links) + b"}"
    if wants_html(request, encoding, GEOJSON):
        return html_answer(request, feature_id, orjson.loads(text))
    return Response(text, media_type=GEOJSON, headers=headers)
