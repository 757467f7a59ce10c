"""The SQLAlchemy engine of a service process."""

import select
import time
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from app.settings import Settings

# A connection that rested longer is asked whether it still leads somewhere: what lies between may have dropped it without a word.
_TRUSTED_S: Final = 5.0
_LAST_USED: Final = "duogui.last_used"

#: Option of a statement whose results come in the binary format: the server need not write a long text as one, nor bytes in hexadecimal.
BINARY_RESULTS: Final = "duogui_binary_results"


def make_engine(url: str, *, pool_size: int = 5, statement_timeout_s: int | None = None) -> Engine:
    """Make an engine; connections are checked before use, so a restarted database is not an error."""
    # What is asked often is prepared by the driver; a plan for all places and layers alike would be a bad one for most of them.
    options = "-c timezone=UTC -c jit=off -c plan_cache_mode=force_custom_plan"
    if statement_timeout_s is not None:
        options += f" -c statement_timeout={statement_timeout_s * 1000}"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        # Bound values may be holders' names, and errors are logged.
        hide_parameters=True,
        connect_args={"options": options, "application_name": "duogui"},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _check_connection)
    event.listen(engine, "before_cursor_execute", _choose_format)
    return engine


def make_service_engine(url: str, settings: Settings) -> Engine:
    """Make the engine of the HTTP service: as many connections as request threads, statements limited in time."""
    return make_engine(url, pool_size=settings.pool_size, statement_timeout_s=settings.statement_timeout_s)


def _note_use(_connection: psycopg.Connection[Any] | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_LAST_USED] = time.monotonic()


def _choose_format(
    _connection: Connection,
    cursor: Any,  # noqa: ANN401  the driver's
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _executemany: bool,
) -> None:
    if context is not None and context.execution_options.get(BINARY_RESULTS):
        cursor.format = psycopg.pq.Format.BINARY


def _check_connection(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Refuse a connection that is lost.

    A server that goes says so on the connection, so one that was used just now and on which nothing waits to be read is
    there; asking it, as the pool's own check does, takes three turns before every statement.

    Raises
    ------
    InvalidatePoolError
        Then the pool makes another one, and replaces the others as well.
    """
    last_used = entry.info.get(_LAST_USED)
    if last_used is None:
        return
    rested_s = time.monotonic() - last_used
    try:
        if rested_s > _TRUSTED_S or _has_unread(connection):
            connection.execute("select 1")
            connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _has_unread(connection: psycopg.Connection[Any]) -> bool:
    """Whether something waits to be read, or the connection is closed, without waiting for either."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
