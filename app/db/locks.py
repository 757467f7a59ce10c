"""Locks that belong to a connection: however its process dies, the database server sees the connection close and lets go of them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.errors import translate_db_errors

__all__ = ["lock_connection"]

_LET_GO = text("select pg_advisory_unlock_all()")


@contextmanager
def lock_connection(engine: Engine) -> Iterator[Connection]:
    """Open a connection in autocommit mode for locks that are held as long as the context lasts.

    The connection ends with the context instead of going back to the pool. The locks are let go of before: the server takes a moment to see
    that a connection is closed, and who came in that moment would find them taken.
    """
    with translate_db_errors():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connection:
        connection.detach()
        try:
            yield connection
        finally:
            # Of a connection that is lost the server lets go by itself.
            with suppress(DBAPIError):
                if not connection.invalidated:
                    connection.execute(_LET_GO)
