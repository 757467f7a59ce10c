"""Under load: few statements, no deadlock, health while others are slow, errors after an answer has begun."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, text

from app.collections import repository
from app.keys.access import Scope
from app.ogc import features
from app.ogc.errors import PageGoneError

from .conftest import LOCAL, POOL_SIZE

T = TypeVar("T")
ATTEMPTS = 200
SNAPSHOT = text("SELECT pg_current_snapshot()::text")


@contextmanager
def counted_statements(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def undisturbed(engine: Engine, attempt: Callable[[], T]) -> T:
    """Return what an attempt gave while nobody wrote: a snapshot is one of the cluster, whose other databases other tests use."""
    for _ in range(ATTEMPTS):
        with engine.connect() as connection:
            before = connection.scalar(SNAPSHOT)
        found = attempt()
        with engine.connect() as connection:
            if connection.scalar(SNAPSHOT) == before:
                return found
    pytest.fail(f"somebody wrote to the cluster during each of {ATTEMPTS} attempts")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/conformance", 0),
        ("/healthz", 0),
        # The collections, the current run of each of eight kinds of results, the newest rows.
        ("/collections", 10),
        ("/collections/parcels", 2),
        ("/collections/parcels/queryables", 1),
        # The time and the snapshot, in which the collection is known, and the features.
        ("/collections/parcels/items", 2),
        # The count too.
        ("/collections/parcels/items?bbox=112,28,114,29", 3),
        ("/collections/findings/items", 2),
        ("/collections/parcels/items/p1", 2),
        # It is known, and that nothing was committed is asked over another connection.
        ("/collections/parcels/tiles/WebMercatorQuad/14/0/0", 0),
        ("/collections/city_plan/legend", 2),
        ("/api", 1),
    ],
)
def test_the_number_of_statements_does_not_depend_on_the_number_of_features(
    client: TestClient, city_engine: Engine, path: str, expected: int
) -> None:
    def ask_again() -> list[str]:
        client.get(path)
        with counted_statements(city_engine) as statements:
            assert client.get(path).status_code in {200, 204}
        return statements

    statements = undisturbed(city_engine, ask_again)
    assert len(statements) == expected, statements


def test_a_further_page_counts_nothing_again(client: TestClient, city_engine: Engine) -> None:
    def turn_the_page() -> list[str]:
        page = client.get("/collections/parcels/items?limit=5&land_use_code=0701").json()
        with counted_statements(city_engine) as statements:
            client.get(page["links"][-1]["href"])
        return statements

    statements = undisturbed(city_engine, turn_the_page)
    assert len(statements) == 3
    assert not [statement for statement in statements if statement.startswith("SELECT count(")]


def test_a_key_costs_one_transaction_more(serve: Callable[..., TestClient], city_engine: Engine, keys: dict) -> None:
    client = serve(headers={"X-API-Key": keys[Scope.READ]})
    with counted_statements(city_engine) as statements:
        client.get("/conformance")
    assert len(statements) == 2


def test_many_callers_at_once_are_all_answered(client: TestClient, keys: dict) -> None:
    """More than there are connections, each with a key (a second use of the database) and a streamed answer."""
    headers = {"X-API-Key": keys[Scope.READ]}

    def read(_: int) -> tuple[int, int]:
        answer = client.get("/collections/parcels/items?limit=25", headers=headers)
        return answer.status_code, answer.json()["numberReturned"]

    with ThreadPoolExecutor(8 * POOL_SIZE) as pool:
        assert set(pool.map(read, range(16 * POOL_SIZE))) == {(200, 25)}


def test_health_is_answered_while_every_connection_is_in_use(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, go_on, waiting = serve(), threading.Event(), threading.Semaphore(0)
    original = features.visible_moment

    def wait(session: object) -> object:
        waiting.release()
        assert go_on.wait(30)
        return original(session)  # type: ignore[arg-type]

    monkeypatch.setattr(features, "visible_moment", wait)
    with ThreadPoolExecutor(3 * POOL_SIZE) as pool:
        slow = [pool.submit(client.get, "/collections/parcels/items") for _ in range(3 * POOL_SIZE)]
        try:
            for _ in range(POOL_SIZE):
                assert waiting.acquire(timeout=30)
            assert client.get("/healthz").status_code == 200
            assert client.get("/conformance").status_code == 200
            assert not any(answer.done() for answer in slow)
        finally:
            go_on.set()
        assert {answer.result().status_code for answer in slow} == {200}


def test_who_waits_too_long_for_a_connection_is_told_to_come_back(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, go_on, waiting = serve(), threading.Event(), threading.Semaphore(0)

    def wait(_session: object) -> object:
        waiting.release()
        assert go_on.wait(30)
        raise PageGoneError

    monkeypatch.setattr(features, "visible_moment", wait)
    monkeypatch.setattr("app.deps.TURN_TIMEOUT_S", 0.05)
    with ThreadPoolExecutor(POOL_SIZE) as pool:
        slow = [pool.submit(client.get, "/collections/parcels/items") for _ in range(POOL_SIZE)]
        try:
            for _ in range(POOL_SIZE):
                assert waiting.acquire(timeout=30)
            refused = client.get("/collections")
        finally:
            go_on.set()
        assert {answer.result().status_code for answer in slow} == {410}
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert client.get("/collections").status_code == 200


def test_connections_are_given_back_whatever_happens(client: TestClient, city_engine: Engine) -> None:
    for path in (
        "/collections",
        "/collections/nothing",
        "/collections/parcels/items?limit=0",
        "/collections/parcels/items",
    ):
        client.get(path)
        client.head(path)
    assert city_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_an_answer_that_fails_half_way_is_cut_and_never_looks_complete(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()
    monkeypatch.setattr(repository, "CHUNK", 5)
    original, calls = repository._read_chunk, []

    def fail_later(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) > 2:
            arguments[0].execute(text("select 1 / 0"))  # type: ignore[attr-defined]
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "_read_chunk", fail_later)
    with pytest.raises(Exception, match=r"division by zero|response already started"):
        client.get("/collections/parcels/items?limit=25")
    assert len(calls) == 3
    monkeypatch.setattr(repository, "_read_chunk", original)
    assert client.get("/collections/parcels/items?limit=25").status_code == 200


def test_a_read_cannot_write(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(session: object, *_: object) -> None:
        session.execute(text("delete from parcel"))  # type: ignore[attr-defined]

    monkeypatch.setattr("app.ogc.common.list_collections", write)
    assert client.get("/collections").status_code == 500
    assert client.get(f"{LOCAL}/collections/parcels/items").json()["numberMatched"] == 25
