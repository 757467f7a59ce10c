"""Tiles that are known are answered without reading features, and never when anything changed or the caller may not read."""

from collections.abc import Callable
from datetime import date
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from app import clock
from app.collections import times
from app.db.models import Parcel
from app.db.sessions import write_session
from app.db.snapshots import SnapshotReader, one_in_snapshot
from app.keys.access import Scope
from app.keys.service import create_key, revoke_key
from app.ogc import known_tiles, tile_answers, tile_middleware, vector_tiles

from .city import cell, find_version, layer_of_its_own
from .test_serving import counted_statements, undisturbed
from .test_tile_sets import MERCATOR

PARCELS = f"/collections/parcels/tiles/{MERCATOR}"
ELSEWHERE = "http://maps.example:8000"


@pytest.fixture
def fresh(serve: Callable[..., TestClient]) -> TestClient:
    """Return a client of a service that knows no tile yet."""
    return serve()


def commit_something(engine: Engine, name: str) -> None:
    with write_session(engine, actor="tests") as session:
        create_key(session, name, Scope.READ)


def add_parcel(session: Session, slug: str) -> None:
    version = find_version(session, slug)
    facts = {"recorded_by": "tests", "code_version": "GUIDE-2023", "area_ellipsoid_m2": 1, "area_planar_m2": 1}
    session.add(Parcel(layer_version_id=version.id, feature_id="new", geom=cell(3, 3), **facts))
    session.flush()


def test_a_known_tile_needs_no_statement_of_the_service(fresh: TestClient, city_engine: Engine) -> None:
    def ask_thrice() -> tuple[Response, Response, Response, list[str]]:
        first = fresh.get(PARCELS)
        with counted_statements(city_engine) as statements:
            again = fresh.get(PARCELS)
            unchanged = fresh.get(PARCELS, headers={"If-None-Match": first.headers["ETag"]})
        return first, again, unchanged, statements

    first, again, unchanged, statements = undisturbed(city_engine, ask_thrice)
    assert statements == []
    assert (again.status_code, again.content) == (200, first.content)
    names = ("etag", "cache-control", "vary", "content-type", "content-length", "x-content-type-options")
    assert {name: again.headers[name] for name in names} == {name: first.headers[name] for name in names}
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", first.headers["ETag"])


def test_a_known_tile_is_counted_under_its_route(fresh: TestClient) -> None:
    for _ in range(3):
        fresh.get(PARCELS)
    template = "/collections/{collection_id}/tiles/{tile_matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}"
    assert (
        f'duogui_http_requests_total{{method="GET",route="{template}",status="200"}} 3.0' in fresh.get("/metrics").text
    )


def test_what_somebody_else_commits_is_in_the_next_answer(fresh: TestClient, city_engine: Engine) -> None:
    with layer_of_its_own(city_engine, "changing_tiles", 1) as slug:
        path = f"/collections/{slug}/tiles/{MERCATOR}"
        first = fresh.get(path)
        assert fresh.get(path).headers["ETag"] == first.headers["ETag"]
        with Session(city_engine) as session, session.begin():
            add_parcel(session, slug)
            before_the_commit = fresh.get(path)
        changed = fresh.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert before_the_commit.headers["ETag"] == first.headers["ETag"]
    assert changed.status_code == 200
    assert b"new" in changed.content
    assert b"new" not in first.content
    assert fresh.get(path).status_code == 404


def test_a_new_tile_of_what_is_known_takes_one_statement_and_is_the_same(
    serve: Callable[..., TestClient], city_engine: Engine
) -> None:
    path, _, column = PARCELS.rpartition("/")

    def ask_for_a_neighbour() -> tuple[Response, Response, list[str]]:
        one, other = serve(), serve()
        for client in (one, other):
            client.get(f"{path}/{int(column) + 1}")
        with counted_statements(city_engine) as statements:
            found = one.get(PARCELS)
        return found, other.get(PARCELS, params={"f": "mvt"}), statements

    found, by_the_routes, statements = undisturbed(city_engine, ask_for_a_neighbour)
    assert len(statements) == 1
    assert found.content
    assert (found.content, found.headers["ETag"]) == (by_the_routes.content, by_the_routes.headers["ETag"])


def test_a_tile_whose_state_passed_while_it_was_asked_for_is_that_of_the_state_that_came(
    fresh: TestClient, city_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = []

    def overtake(*arguments: Any) -> Any:
        if not overtaken:
            overtaken.append(slug)
            with Session(city_engine) as session, session.begin():
                add_parcel(session, slug)
        return one_in_snapshot(*arguments)

    with layer_of_its_own(city_engine, "overtaken_tiles", 1) as slug:
        path = f"/collections/{slug}/tiles/{MERCATOR}"
        # The first tile is asked for by the routes, and makes the state known.
        fresh.get(path.rpartition("/")[0] + "/0")
        monkeypatch.setattr(vector_tiles, "one_in_snapshot", overtake)
        answer = fresh.get(path)
        assert overtaken
        assert b"new" in answer.content
        assert fresh.get(path).headers["ETag"] == answer.headers["ETag"]


def test_a_commit_that_changes_other_things_makes_no_tile_anew(
    fresh: TestClient, city_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fresh.get(PARCELS)
    neighbour = PARCELS.rpartition("/")[0] + f"/{int(PARCELS.rpartition('/')[2]) + 1}"
    fresh.get(neighbour)
    for name in ("render_tile", "render_known_tile"):
        monkeypatch.setattr(tile_answers, name, lambda *_args, **_options: pytest.fail("it was made again"))
    commit_something(city_engine, "other things")

    def ask_for_both() -> list[str]:
        assert fresh.get(PARCELS).headers["ETag"] == first.headers["ETag"]
        with counted_statements(city_engine) as statements:
            # What was read of the collection for one tile holds for the others.
            assert fresh.get(neighbour).status_code in {200, 204}
        return statements

    assert undisturbed(city_engine, ask_for_both) == []


def test_results_that_say_what_other_tables_say_are_looked_at_after_every_commit(
    fresh: TestClient, city_engine: Engine
) -> None:
    path = f"/collections/idle_cases/tiles/{MERCATOR}"
    first = fresh.get(path)
    commit_something(city_engine, "a stage of a case")
    assert first.status_code == 200
    assert fresh.get(path).headers["ETag"] != first.headers["ETag"]


def test_a_known_tile_is_for_those_who_may_read(
    serve: Callable[..., TestClient], city_engine: Engine, keys: dict[Scope, str]
) -> None:
    client = serve(host="0.0.0.0", base_url=ELSEWHERE)  # noqa: S104  every address is what is tried
    holder = {"Authorization": f"Bearer {keys[Scope.READ]}"}

    def ask_again() -> list[str]:
        assert [client.get(PARCELS, headers=holder).status_code for _ in range(2)] == [200, 200]
        with counted_statements(city_engine) as statements:
            assert client.get(PARCELS, headers=holder).status_code == 200
        return statements

    assert undisturbed(city_engine, ask_again) == []
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-API-Key": ""}, {"Cookie": "duogui_session=x"}):
        assert client.get(PARCELS, headers=headers).status_code == 401, headers


def test_a_revoked_key_opens_no_known_tile(serve: Callable[..., TestClient], city_engine: Engine) -> None:
    client = serve(host="0.0.0.0", base_url=ELSEWHERE)  # noqa: S104
    with write_session(city_engine, actor="tests") as session:
        holder = {"X-API-Key": create_key(session, "short-lived", Scope.READ)}
    assert [client.get(PARCELS, headers=holder).status_code for _ in range(3)] == [200] * 3
    with write_session(city_engine, actor="tests") as session:
        revoke_key(session, "short-lived")
    assert client.get(PARCELS, headers=holder).status_code == 401


def test_another_day_may_have_another_law(fresh: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fresh.get(PARCELS)
    for module in (known_tiles, tile_middleware, times):
        monkeypatch.setattr(module, "today", lambda: date(2021, 6, 30))
    then = fresh.get(PARCELS)
    assert then.headers["ETag"] != first.headers["ETag"]
    assert "旧地块".encode() in then.content
    assert "旧地块".encode() not in first.content


@pytest.mark.parametrize("query", ["", "?f=mvt"])
def test_a_tile_that_was_looked_up_before_midnight_is_not_kept_for_the_day_after(
    fresh: TestClient, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    # The neighbour goes by the routes, and makes the short way known.
    fresh.get(PARCELS.rpartition("/")[0] + "/0")
    before, after = date(2021, 6, 30), clock.today()
    days = iter([before])
    monkeypatch.setattr(known_tiles, "today", lambda: next(days, after))
    for module in (tile_middleware, times):
        monkeypatch.setattr(module, "today", lambda: before)
    assert "旧地块".encode() in fresh.get(PARCELS + query).content
    for module in (tile_middleware, times):
        monkeypatch.setattr(module, "today", lambda: after)
    for _ in range(2):
        assert "旧地块".encode() not in fresh.get(PARCELS + query).content


def test_snapshots_are_equal_until_somebody_commits(city_engine: Engine) -> None:
    async def look() -> list[str | None]:
        reader = SnapshotReader(city_engine.url)
        seen = [await reader.current(), await reader.current()]
        await reader.close()
        seen.append(await reader.current())
        await reader.close()
        return seen

    first, second, reopened = undisturbed(city_engine, lambda: anyio.run(look))
    assert first is not None
    assert first == second == reopened
    commit_something(city_engine, "a commit")
    assert first not in anyio.run(look)


def test_without_a_database_nothing_is_known() -> None:
    async def look() -> str | None:
        return await SnapshotReader(make_url("postgresql+psycopg:///nothing?host=/nonexistent")).current()

    assert anyio.run(look) is None
