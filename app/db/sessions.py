"""Sessions: reading and writing are different types, and every write has an actor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.errors import translate_db_errors

# The driver says it together with the beginning of the transaction.
_READING: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class ReadSession(Session):
    """A session in a read-only, repeatable-read transaction: all statements see one state, so it may stream."""


class WriteSession(Session):
    """A session that commits at the end; ``actor`` is stored with every change."""

    actor: str


@contextmanager
def read_session(engine: Engine) -> Iterator[ReadSession]:
    """Open a read-only transaction."""
    with translate_db_errors(), ReadSession(engine, autoflush=False, expire_on_commit=False) as session:
        session.connection(execution_options=_READING)
        yield session
        # With a rollback the driver would forget every statement that the server has prepared.
        session.commit()


@contextmanager
def write_session(engine: Engine, *, actor: str) -> Iterator[WriteSession]:
    """Open a transaction that commits on success and rolls back on any error."""
    with translate_db_errors(), WriteSession(engine, expire_on_commit=False) as session, session.begin():
        session.actor = actor
        yield session
