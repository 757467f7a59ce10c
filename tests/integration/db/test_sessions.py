"""Reads leave the statements that their connection has prepared, and nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError

from app.db.engine import make_engine
from app.db.models import Layer
from app.db.sessions import read_session, write_session


@pytest.fixture
def single(database_url: str) -> Iterator[Engine]:
    """Return an engine of one connection."""
    made = make_engine(database_url, pool_size=1)
    yield made
    made.dispose()


def prepared(engine: Engine, part: str) -> list[tuple[int, int]]:
    """Return how often the prepared statements with a text ran by a plan for all values and by one of their own."""
    asked = text("select generic_plans, custom_plans from pg_prepared_statements where strpos(statement, :part) = 1")
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked, {"part": part})]


def test_what_is_read_often_is_parsed_once_and_planned_for_its_values(single: Engine):
    for number in range(20):
        with read_session(single) as session:
            assert session.scalar(text("select count(*) from layer where id > :number"), {"number": number}) is not None
    ((generic, custom),) = prepared(single, "select count(*) from layer where id >")
    assert generic == 0
    assert custom > 10


def test_what_was_read_is_there_after_the_transaction(single: Engine):
    with write_session(single, actor="test") as session:
        session.add(Layer(slug="kept", kind="reference", title_zh="图层", title_en="Layer", created_by="test"))
    with read_session(single) as session:
        layer = session.query(Layer).filter_by(slug="kept").one()
    assert layer.title_zh == "图层"
    with write_session(single, actor="test") as session:
        session.delete(session.get(Layer, layer.id))


def test_a_read_that_fails_leaves_a_connection_that_can_be_used(single: Engine):
    with pytest.raises(DataError, match="division by zero"), read_session(single) as session:
        session.execute(text("select 1 / 0"))
    with read_session(single) as session:
        assert session.scalar(text("select 1")) == 1
