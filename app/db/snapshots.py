"""Which state of the database is visible: what was worked out from it holds for as long as nothing is committed.

PostgreSQL decides by its snapshot, which transactions count and which do not, what every statement sees. Two equal
snapshots therefore see the same rows, whoever writes them: another process, the worker or somebody at a prompt.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import anyio
import psycopg
from sqlalchemy import URL, Engine, Row
from sqlalchemy.orm import Session

from app.db.statements import IN_BINARY, WrittenStatement

__all__ = [
    "Moment",
    "SnapshotPassedError",
    "SnapshotReader",
    "one_in_snapshot",
    "visible_moment",
    "visible_snapshot",
]

# Nobody waits longer than this for the answer: without it everything is asked as if nothing were known.
_PATIENCE_S: Final = 2.0
_QUERY: Final = "select pg_current_snapshot()::text"


class Moment(NamedTuple):
    """The snapshot that a transaction sees, and the time at which it began."""

    snapshot: str
    time: datetime


_MOMENT: Final = WrittenStatement("select pg_current_snapshot()::text, now()", {})


def visible_moment(session: Session) -> Moment:
    """Return what the statements of a repeatable-read transaction see, and since when."""
    return Moment(*_MOMENT.one(session, {}))


def visible_snapshot(session: Session) -> str:
    """Return the snapshot that the statements of a repeatable-read transaction see."""
    return visible_moment(session).snapshot


class SnapshotPassedError(Exception):
    """Something was committed since a snapshot was taken, so that it cannot be read any more."""


def one_in_snapshot(
    engine: Engine, statement: WrittenStatement, values: Mapping[str, Any], snapshot: str
) -> Row[*tuple[Any, ...]]:
    """Run a reading statement whose last column is ``pg_current_snapshot()`` as a text, and return its only row.

    A statement by itself sees one state, and says which: to begin a transaction, to ask for its snapshot and to end it would take three more turns.

    Raises
    ------
    SnapshotPassedError
        It saw another state than the one that is given.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.exec_driver_sql(statement.text, {**statement.constants, **values}, IN_BINARY).one()
    if row[-1] != snapshot:
        raise SnapshotPassedError
    return row


class SnapshotReader:
    """Asks for the current snapshot over a connection of its own, which holds no transaction open."""

    def __init__(self, url: URL) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: psycopg.AsyncConnection[tuple[str]] | None = None
        # It is kept with the connection, because making one takes as long as asking.
        self._cursor: psycopg.AsyncCursor[tuple[str]] | None = None
        # Whoever finds it free does not wait a turn of the loop for it.
        self._lock = anyio.Lock(fast_acquire=True)
        self._begun = 0
        self._last: str | None = None

    async def current(self) -> str | None:
        """Return the snapshot of a moment since this was called; None where the database did not say.

        Those who ask while somebody else's question is on its way share the next one.
        """
        asked = self._begun
        async with self._lock:
            if self._begun > asked:
                # That question began after this one was asked.
                return self._last
            self._begun += 1
            self._last = await self._ask()
            return self._last

    async def close(self) -> None:
        """Close the connection."""
        async with self._lock:
            await self._forget()

    async def _ask(self) -> str | None:
        with anyio.move_on_after(_PATIENCE_S):
            try:
                if self._connection is None or self._cursor is None or self._connection.closed:
                    self._connection = await self._connect()
                    self._cursor = self._connection.cursor()
                await self._cursor.execute(_QUERY, prepare=True)
                row = await self._cursor.fetchone()
            except psycopg.Error:
                # Whoever asks the database next is told what is wrong with it.
                await self._forget()
                return None
            return None if row is None else row[0]
        await self._forget()
        return None

    async def _connect(self) -> psycopg.AsyncConnection[tuple[str]]:
        return await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name="duogui-snapshots"
        )

    async def _forget(self) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            await connection.close()
