"""What endpoints receive: settings, sessions, who calls and what the caller may do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from app.callers import anonymous_caller, credentials_of, is_anonymous
from app.db import sessions
from app.db.errors import DatabaseBusyError
from app.db.snapshots import SnapshotReader, visible_snapshot
from app.errors import AppError
from app.keys.access import Actor, Scope
from app.keys.cookies import SAFE_METHODS, read_cookie, require_own_page
from app.keys.errors import InvalidKeyError
from app.keys.known_callers import KnownCaller, KnownCallers
from app.keys.service import authenticate
from app.keys.sessions import find_signed_in
from app.problems import InvalidParameterError
from app.settings import Settings

TURN_TIMEOUT_S = 30

_bearer = HTTPBearer(auto_error=False, description="A key made with `duogui key add`.")
_key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, in a header of its own.")


class KeyRequiredError(AppError):
    """Nobody said who calls, and the answer is not for everybody."""

    def __init__(self, needed: Scope) -> None:
        super().__init__(
            "key-required",
            "Key required",
            401,
            f"This needs a key of scope {needed.value!r}: send `Authorization: Bearer KEY` or `X-API-Key: KEY`. "
            "Without a key the service answers only requests for reading and checking that come from this machine "
            "itself (DUOGUI_HOST a loopback address, addressed as localhost or 127.0.0.1, no proxy between).",
        )


class ScopeInsufficientError(AppError):
    """The key is known, and does not allow this."""

    def __init__(self, caller: Actor, needed: Scope) -> None:
        super().__init__(
            "scope-insufficient",
            "Scope insufficient",
            403,
            f"The key {caller.name!r} has scope {caller.scope.value!r}; this needs {needed.value!r}.",
        )


# Dependencies that only look something up are coroutines: a plain function would take a request thread each. Those that
# most routes have take the application from the request: every dependency of a dependency is gone through again for
# each that names it, which takes longer than what it does.
async def get_settings(request: Request) -> Settings:
    """Return the settings of this application."""
    settings: Settings = request.app.state.settings
    return settings


async def get_engine(request: Request) -> Engine:
    """Return the engine of this application."""
    engine: Engine = request.app.state.engine
    return engine


AppSettings = Annotated[Settings, Depends(get_settings)]
AppEngine = Annotated[Engine, Depends(get_engine)]


@asynccontextmanager
async def database_turn(request: Request) -> AsyncIterator[None]:
    """Hold one of as many turns as the pool has connections.

    Whoever uses a connection holds a turn. Without it requests deadlock under load: those that hold a connection and
    wait for a thread to go on with, and those that hold a thread and wait for a connection.

    Raises
    ------
    DatabaseBusyError
        No turn came in time.
    """
    turns: anyio.Semaphore = request.app.state.database_turns
    try:
        with anyio.fail_after(TURN_TIMEOUT_S):
            await turns.acquire()
    except TimeoutError as error:
        raise DatabaseBusyError("All database connections are in use. Try again.") from error
    try:
        yield
    finally:
        turns.release()


async def get_key_holder(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    key_header: Annotated[str | None, Security(_key_header)],
) -> Actor | None:
    """Return whom the presented key, or else the session of the map page, belongs to; None when there is neither.

    A session that is over is no session: the caller counts as one without a key.

    Raises
    ------
    InvalidKeyError
        A key is presented and opens nothing, also where no key would have been needed.
    ForeignPageError
        A session is presented for a change that the service's own page did not send.
    """
    presented = bearer.credentials if bearer is not None else key_header
    if presented is None and ("authorization" in request.headers or "x-api-key" in request.headers):
        raise InvalidKeyError
    cookie = read_cookie(request)
    if presented is None and cookie is None:
        return None
    holder = await _find_holder(request, presented, cookie)
    if presented is None and holder is not None and request.method not in SAFE_METHODS:
        require_own_page(request)
    return holder


async def _find_holder(request: Request, presented: str | None, cookie: str | None) -> Actor | None:
    """Return whom credentials belong to: as it is known while nothing was committed, else as the database says."""
    engine: Engine = request.app.state.engine
    snapshots: SnapshotReader = request.app.state.snapshots
    callers: KnownCallers = request.app.state.callers
    credentials = credentials_of(request) or b""
    known = callers.find(credentials, await snapshots.current())
    if known is not None:
        return known
    async with database_turn(request):
        if presented is not None:
            found = await run_in_threadpool(_authenticate, engine, presented)
        else:
            found = await run_in_threadpool(_find_signed_in, engine, cookie or "")
    if found is None:
        return None
    callers.put(credentials, found)
    return found.actor


def _authenticate(engine: Engine, presented: str) -> KnownCaller | None:
    with sessions.read_session(engine) as session:
        return KnownCaller(authenticate(session, presented), visible_snapshot(session))


def _find_signed_in(engine: Engine, cookie: str) -> KnownCaller | None:
    with sessions.read_session(engine) as session:
        found = find_signed_in(session, cookie)
        return None if found is None else KnownCaller(found[0], visible_snapshot(session), found[1])


KeyHolder = Annotated[Actor | None, Depends(get_key_holder)]


async def hold_database_turn(request: Request) -> AsyncIterator[None]:
    """Hold a turn until the answer is sent; the same one for all that ask for it in a request.

    Whoever asks for it asks for the caller before: a key is looked up in a turn of its own, and a request that asked for
    a second turn while it holds one would wait for itself.
    """
    async with database_turn(request):
        yield


_Turn = Annotated[None, Depends(hold_database_turn)]


async def take_database_turn(_key_holder: KeyHolder, _turn: _Turn) -> None:
    """Hold a turn, after the key was looked up."""


DatabaseTurn = Annotated[None, Depends(take_database_turn)]


async def get_caller(request: Request, key_holder: KeyHolder) -> Actor | None:
    """Return the key's holder, or whoever a caller without a key counts as; None when everything needs a key."""
    return key_holder or anonymous_caller(request, request.app.state.settings)


Caller = Annotated[Actor | None, Depends(get_caller)]


def require_scope(needed: Scope) -> Callable[..., Awaitable[Actor]]:
    """Make the dependency that lets in callers with a scope and returns who calls."""

    async def require(caller: Caller) -> Actor:
        return admit(caller, needed)

    return require


def admit(caller: Actor | None, needed: Scope) -> Actor:
    """Return who calls, if that is somebody with a scope.

    Raises
    ------
    KeyRequiredError, ScopeInsufficientError
    """
    if caller is not None and caller.may(needed):
        return caller
    if caller is None or is_anonymous(caller):
        raise KeyRequiredError(needed)
    raise ScopeInsufficientError(caller, needed)


async def require_key(holder: KeyHolder) -> Actor:
    """Let in only who presents a key: firms, holders and contracts are named.

    Raises
    ------
    KeyRequiredError
    """
    if holder is None:
        raise KeyRequiredError(Scope.READ)
    return holder


KeyOnly = Annotated[Actor, Depends(require_key)]
Reader = Annotated[Actor, Depends(require_scope(Scope.READ))]
Checker = Annotated[Actor, Depends(require_scope(Scope.CHECK))]
Writer = Annotated[Actor, Depends(require_scope(Scope.WRITE))]


def get_read_session(request: Request, _reader: Reader, _turn: _Turn) -> Iterator[sessions.ReadSession]:
    """Open a read-only transaction that lasts until the answer is sent, so that answers may be streamed from it."""
    with sessions.read_session(request.app.state.engine) as session:
        yield session


def get_write_session(request: Request, checker: Checker, _turn: _Turn) -> Iterator[sessions.WriteSession]:
    """Open a transaction that commits before the answer is sent; an endpoint that changes data asks for `Writer` too.

    Whoever may check may have a job stored, which is why the session itself asks for no more.
    """
    with sessions.write_session(request.app.state.engine, actor=checker.name) as session:
        yield session


ReadSession = Annotated[sessions.ReadSession, Depends(get_read_session)]
# In function scope: with the default one a failing commit would come after the answer was sent.
WriteSession = Annotated[sessions.WriteSession, Depends(get_write_session, scope="function")]


def allow_parameters(*names: str) -> Callable[[Request], Awaitable[None]]:
    """Make the dependency that refuses query parameters other than these, and any that is given twice.

    OGC API - Features Part 1, /req/core/query-param-unknown: a parameter that is not specified is answered by 400.
    """

    async def refuse_others(request: Request) -> None:
        refuse_unknown_parameters(request, names)

    return refuse_others


def refuse_unknown_parameters(request: Request, names: tuple[str, ...]) -> None:
    """Raise for a query parameter that is not in ``names`` or is given twice.

    Raises
    ------
    InvalidParameterError
    """
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in names:
            raise InvalidParameterError(name, f"not known here; known are {', '.join(names) or 'none'}.")
        if name in seen:
            raise InvalidParameterError(name, "given more than once.")
        seen.add(name)
