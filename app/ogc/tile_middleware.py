"""Tiles on the short way: those that are known are answered, and plain ones made, without the routes.

A map asks for dozens of tiles at once. Finding the route and its dependencies takes longer than most of them.
"""

import re
from contextlib import suppress
from typing import Final

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.callers import known_caller
from app.clock import today
from app.collections.periods import Period
from app.collections.states import KnownStates, Lookup, read_states
from app.db.errors import translate_db_errors
from app.db.sessions import read_session
from app.db.snapshots import SnapshotPassedError, SnapshotReader
from app.deps import database_turn
from app.errors import AppError
from app.etags import matches_etag
from app.keys.access import Scope as KeyScope
from app.ogc.known_tiles import KnownTile, KnownTiles, note_address, tile_headers
from app.ogc.links import MVT
from app.ogc.tile_answers import AskedTile
from app.ogc.tile_cache import TileCache
from app.ogc.tile_matrix_sets import find_tile_matrix_set, parse_tile

__all__ = ["TileMiddleware"]

_PLAIN: Final = re.compile(r"/collections/([A-Za-z0-9_-]{1,100})/tiles/(\w{1,50})/(\d{1,2})/(\d{1,9})/(\d{1,9})")


class TileMiddleware:
    """Answer for tiles, if the caller may read; leave everything else, and every mistake, to the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        response = None
        if scope["type"] == "http" and scope["method"] == "GET" and "/tiles/" in scope["path"]:
            response = await self._answer(scope)
        await (response or self.app)(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response | None:
        known_tiles: KnownTiles = scope["app"].state.known_tiles
        address = note_address(scope)
        plain = None if scope["query_string"] or known_tiles.plain_route is None else _PLAIN.fullmatch(scope["path"])
        if plain is None and address not in known_tiles:
            return None
        snapshots: SnapshotReader = scope["app"].state.snapshots
        snapshot = await snapshots.current()
        if snapshot is None or not _may_read(scope, snapshot):
            return None
        known = known_tiles.find(address, snapshot)
        response = None if known is None else _answer_known(scope, known)
        if response is None and plain is not None:
            scope["route"] = known_tiles.plain_route
            response = await _make(scope, plain, snapshot)
        return response


def _may_read(scope: Scope, snapshot: str) -> bool:
    caller = known_caller(Request(scope), snapshot)
    return caller is not None and caller.may(KeyScope.READ)


def _answer_known(scope: Scope, known: KnownTile) -> Response | None:
    """Answer for a tile that is the same as before; None if its content was let go of."""
    is_unchanged = matches_etag(Headers(scope=scope).get("if-none-match"), known.etag)
    tiles: TileCache = scope["app"].state.tiles
    content = b"" if is_unchanged else tiles.get(known.etag)
    if content is None:
        return None
    scope["route"] = known.route
    headers = tile_headers(known.etag)
    if content:
        return Response(content, media_type=MVT, headers=headers)
    return Response(status_code=304 if is_unchanged else 204, headers=headers)


async def _make(scope: Scope, plain: re.Match[str], snapshot: str) -> Response | None:
    """Make the tile of a plain path; None where the route has to say what is wrong."""
    try:
        async with database_turn(Request(scope)):
            return await run_in_threadpool(_make_within, scope, plain, snapshot)
    except AppError:
        return None


def _make_within(scope: Scope, plain: re.Match[str], snapshot: str) -> Response:
    collection_id, matrix_set_id, matrix, row, column = plain.groups()
    state = scope["app"].state
    engine: Engine = state.engine
    states: KnownStates = state.collection_states
    lookup = Lookup((collection_id,), Period.of_day(today()), None)
    tile = parse_tile(find_tile_matrix_set(matrix_set_id), matrix, row, column)
    if_none_match = Headers(scope=scope).get("if-none-match")
    known = states.find(lookup, snapshot)
    if known is not None and all(len(one.scope_ids) == 1 for one in known.states):
        with suppress(SnapshotPassedError), translate_db_errors():
            return AskedTile(scope, engine, tile, lookup, is_plain=True).answer(known, if_none_match)
    with read_session(engine) as session:
        found = read_states(session, states, lookup)
        return AskedTile(scope, session, tile, lookup, is_plain=True).answer(found, if_none_match)
