"""Connections of the pool: one that the server closed is replaced before anybody uses it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, Integer, Text, bindparam, func, literal, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app.db import engine as engines
from app.db.engine import make_engine
from app.db.statements import write_statement


@pytest.fixture
def pool(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url, pool_size=2)
    yield made
    made.dispose()


def backends(pool: Engine) -> list[int]:
    """Return the server processes of both connections, after they were given back."""
    with pool.connect() as one, pool.connect() as other:
        return [connection.scalar(text("select pg_backend_pid()")) for connection in (one, other)]


def end(url: str, processes: list[int]) -> None:
    """Have the server close connections, as it does when it restarts."""
    other = make_engine(url)
    with other.connect() as connection:
        for process in processes:
            connection.execute(text("select pg_terminate_backend(:process, 5000)"), {"process": process})
    other.dispose()


def test_connections_that_the_server_closed_are_replaced(pool: Engine, database_url: str):
    before = backends(pool)
    assert set(backends(pool)) == set(before)
    end(database_url, before)
    assert not set(backends(pool)) & set(before)


def test_long_results_come_as_they_are_and_each_statement_says_so_for_itself(pool: Engine):
    statement = write_statement(select(func.convert_to(bindparam("text", type_=Text()), "UTF8"), func.now()))
    with Session(pool) as session:
        for text_ in ("二类居住用地\n", ""):
            content, now = statement.one(session, {"text": text_})
            assert (content, now.utcoffset()) == (text_.encode(), timedelta(0))
        # What a statement without the option returns is read as before.
        assert session.execute(select(literal("text"), literal(1))).one() == ("text", 1)
        with pytest.raises(DataError, match="division by zero"):
            write_statement(select(literal(1) / bindparam("zero", type_=Integer()))).one(session, {"zero": 0})


def test_a_connection_that_rested_is_asked_even_if_nothing_was_said_on_it(
    pool: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    before = backends(pool)
    end(database_url, before)
    monkeypatch.setattr(engines, "_has_unread", lambda _connection: False)
    monkeypatch.setattr(engines, "_TRUSTED_S", 0.0)
    assert not set(backends(pool)) & set(before)
