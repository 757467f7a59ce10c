"""Connections of the pool: one that the server closed is replaced before anybody uses it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from app.db import engine as engines
from app.db.engine import make_engine


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


def test_a_connection_that_rested_is_asked_even_if_nothing_was_said_on_it(
    pool: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    before = backends(pool)
    end(database_url, before)
    monkeypatch.setattr(engines, "_has_unread", lambda _connection: False)
    monkeypatch.setattr(engines, "_TRUSTED_S", 0.0)
    assert not set(backends(pool)) & set(before)
