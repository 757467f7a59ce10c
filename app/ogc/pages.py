"""A page of features: what state it reads, how large that is, and its text."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from itertools import chain, islice
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from starlette.requests import Request

from app.collections import repository
from app.collections.catalog import Collection
from app.collections.filters import Filter
from app.collections.ordering import Position
from app.collections.periods import Period
from app.collections.repository import FeatureChunk, Statistics
from app.collections.rows import Rows, known_scope, scope_of_run, selected_run
from app.collections.states import CollectionState, Facts
from app.collections.statistics import StateCache, statistics_of_states
from app.collections.views import View
from app.db.snapshots import Moment
from app.errors import AppError
from app.links import request_origin
from app.ogc.errors import AmbiguousCodeError, FeatureNotFoundError, PageGoneError
from app.ogc.paging import PageToken, make_token
from app.ogc.parameters import ItemsQuery, NumberMatched

MAX_CANDIDATES = 100
_VERSION: Final = package_version("duogui")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be read: the rows, where it starts and how many rows there are on all pages."""

    rows: Rows
    view: View
    srid: int
    limit: int
    after: Position
    matched: int | None
    known_at: datetime


def open_page(
    session: Session,
    state: CollectionState,
    moment: Moment,
    query: ItemsQuery,
    filters: tuple[Filter, ...],
    cache: StateCache[Statistics],
    view: View,
    *,
    srid: int,
    search: ColumnElement[bool] | None = None,
) -> Page:
    """Find out which state a page reads: the present one, which is given, or the one that its token pins.

    Raises
    ------
    PageGoneError
    """
    collection = state.collection
    if query.token is None:
        known_at = query.times.known_at or moment.time
        run = selected_run(collection, filters)
        scope_ids = state.scope_ids if run is None else scope_of_run(session, collection, run)
        rows = Rows(collection, scope_ids, known_at).narrowed(query.boxes, filters, search)
        matched = _count(session, rows, state, cache, srid, query)
    else:
        rows = _pinned_rows(session, collection, query.token).narrowed(query.boxes, filters, search)
        known_at, matched = query.token.known_at, query.token.matched
    return Page(
        rows=rows,
        view=view,
        srid=srid,
        limit=query.limit,
        after=Position() if query.token is None else Position(query.token.row_id, query.token.values),
        matched=matched,
        known_at=known_at,
    )


def page_etag(request: Request, facts: Facts, period: Period, *, has_key: bool) -> str:
    """Return a tag that changes with the features, with the address that a page is asked by and with what the caller may see.

    It is weak: the time stamp is another one each time.
    """
    origin, query = request_origin(request), sorted(request.query_params.multi_items())
    whole = (_VERSION, facts, period, origin.base_url, request.url.path, query, has_key)
    return f'W/"{hashlib.sha256(repr(whole).encode()).hexdigest()[:32]}"'


def explain_absence(session: Session, rows: Rows, feature_id: str, srid: int) -> AppError:
    """Return why there is no feature of an id: it is a code that several have, or nothing at all."""
    collection = rows.collection
    item = collection.schema.property(collection.schema.code_property)
    if item is not None:
        found = repository.features_with_code(session, rows, item, feature_id, srid, limit=MAX_CANDIDATES)
        if len(found) > 1:
            return AmbiguousCodeError(collection.id, feature_id, item.name, found)
    return FeatureNotFoundError(collection.id, feature_id)


def _pinned_rows(session: Session, collection: Collection, token: PageToken) -> Rows:
    scope_ids = known_scope(session, collection, token.scope_ids) if token.scope_ids else ()
    if set(scope_ids) != set(token.scope_ids):
        raise PageGoneError
    return Rows(collection, scope_ids, token.known_at)


def _count(
    session: Session, rows: Rows, state: CollectionState, cache: StateCache[Statistics], srid: int, query: ItemsQuery
) -> int | None:
    if query.counting is NumberMatched.NONE:
        return None
    if rows.is_whole and query.times.known_at is None:
        return statistics_of_states(session, cache, [Rows(rows.collection, rows.scope_ids)], [state.key], srid)[0].count
    if query.counting is NumberMatched.ESTIMATED:
        return repository.estimate_rows(session, rows, srid)
    return repository.count_rows(session, rows, srid)


@dataclass(slots=True)
class PageText:
    """The GeoJSON text of a page, made while it is sent; ``next_token`` is known when the features are through."""

    page: Page
    chunks: Iterator[FeatureChunk]
    returned: int = 0
    last: Position = field(default_factory=Position)
    has_next: bool = False

    @property
    def next_token(self) -> PageToken | None:
        """Return the token of the next page; None on the last one."""
        if not self.has_next:
            return None
        return make_token(self.last, self.page.rows.scope_ids, self.page.known_at, self.page.matched)

    def iter_features(self) -> Iterator[bytes]:
        """Yield the features, separated by commas, and note whether there are more."""
        for chunk in self.chunks:
            yield b",\n" + chunk.text if self.returned else chunk.text
            self.returned += chunk.size
            self.last, self.has_next = chunk.last, chunk.has_more


def read_page(session: Session, page: Page) -> PageText:
    """Start to read a page.

    The first features are fetched before this returns, so that what fails, fails before an answer has begun.
    """
    chunks = repository.iter_features(session, page.rows, page.view, page.srid, after=page.after, limit=page.limit)
    first = list(islice(chunks, 1))
    return PageText(page, chain(first, chunks))


def collection_head(matched: int | None) -> bytes:
    """Return the start of a feature collection."""
    members: dict[str, Any] = {"type": "FeatureCollection", "timeStamp": datetime.now(UTC)}
    if matched is not None:
        members["numberMatched"] = matched
    head = orjson.dumps(members, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)
    return head.removesuffix(b"}") + b',"features":[\n'


def collection_tail(returned: int, links: Sequence[dict[str, Any]]) -> bytes:
    """Return the end of a feature collection."""
    return b"\n]," + orjson.dumps({"numberReturned": returned, "links": links}).removeprefix(b"{")
