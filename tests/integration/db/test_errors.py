"""What the driver says becomes an error of the service where a caller can do something about it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError

from app.db.errors import UnstorableTextError
from app.db.sessions import write_session


@pytest.mark.parametrize(
    ("kind", "value"), [("text", "a\0"), ("text", "a\ud800"), ("jsonb", '{"a": "\\u0000"}'), ("jsonb", '"\0"')]
)
def test_a_text_that_cannot_be_stored_is_the_callers(engine: Engine, kind: str, value: str) -> None:
    with pytest.raises(UnstorableTextError), write_session(engine, actor="test") as session:
        session.execute(text(f"select cast(:value as {kind})"), {"value": value})


def test_other_errors_of_data_stay_what_they_are(engine: Engine) -> None:
    with pytest.raises(DataError), write_session(engine, actor="test") as session:
        session.execute(text("select 1 / 0"))
    with pytest.raises(UnicodeEncodeError), write_session(engine, actor="test"):
        "规划".encode("ascii")
