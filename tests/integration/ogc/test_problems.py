"""Every failure of every route is a problem document."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.engine import make_service_engine
from app.keys.access import Scope
from app.main import create_app
from app.ogc import common
from gis.errors import CRSRefusedError, GeometryRefusedError, GisError

from .city import COLLECTIONS
from .conftest import make_settings

# Pages and files rather than resources of the API: what they refuse is for a person to read.
PAGES = {"/map", "/map/", "/map/settings", "/map/assets/{name}"}
OPEN_TO_ALL = {"/session", "/healthz", "/readyz"}


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return (method, path template) of every route."""
    found = [
        (method, route.path)
        for route in iter_route_contexts(app.router.routes)
        for method in sorted(route.methods or ())
        if route.path
    ]
    assert len(found) > 20, "the guard saw no routes"
    return found


def fill(path: str) -> str:
    """Put names into a template that name nothing."""
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, "99" if "id" not in part else "nothing")
    return path


def assert_problem(answer: object, status: int) -> dict:
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    document = answer.json()  # type: ignore[attr-defined]
    assert {"type", "title", "status", "detail", "instance"} <= set(document)
    assert document["status"] == status
    assert document["type"] == "about:blank" or document["type"].startswith("urn:duogui:problem:")
    return document


def test_an_unknown_path_is_a_problem(client: TestClient) -> None:
    document = assert_problem(client.get("/nothing/here"), 404)
    assert "/nothing/here" in document["detail"]


def test_every_route_refuses_a_method_that_it_does_not_have(client: TestClient) -> None:
    for path in sorted({path for _, path in routes_of(client.app) if path not in PAGES}):
        answer = client.request("PROPFIND", fill(path))
        assert_problem(answer, 405)
        allowed = answer.headers["allow"].split(", ")
        own = {method for method, other in routes_of(client.app) if other == path}
        assert own <= set(allowed), path
        assert "OPTIONS" in allowed
        assert ("HEAD" in allowed) == ("GET" in allowed)


def test_every_route_answers_options_with_what_it_allows(client: TestClient) -> None:
    for path in sorted({path for _, path in routes_of(client.app) if path not in PAGES}):
        answer = client.options(fill(path))
        assert answer.status_code == 204
        assert answer.headers["allow"]
        assert answer.content == b""


def test_every_route_asks_for_a_key_where_it_is_reached_from_elsewhere(serve: Callable[..., TestClient]) -> None:
    client = serve(host="0.0.0.0", base_url="http://gis.example")  # noqa: S104  the address is a setting here
    asked = 0
    for method, path in routes_of(client.app):
        if path in PAGES | OPEN_TO_ALL:
            continue
        answer = client.request(method, fill(path), json={} if method in {"POST", "PUT", "PATCH"} else None)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        asked += 1
    assert asked > 20


def test_every_route_that_takes_none_refuses_an_unknown_parameter(client: TestClient) -> None:
    known = {"/collections/{collection_id}/items", *PAGES}
    ogc = [
        path for method, path in routes_of(client.app) if method == "GET" and path.startswith(("/collections", "/tile"))
    ]
    values = {
        "{collection_id}": "parcels",
        "{feature_id:path}": "p1",
        "{tile_matrix_set_id}": "WebMercatorQuad",
        "{tile_matrix}": "0",
        "{tile_row}": "0",
        "{tile_col}": "0",
    }
    for template in ["/", "/conformance", "/api", "/healthz", "/metrics", *sorted(set(ogc) - known)]:
        path = template
        for name, value in values.items():
            path = path.replace(name, value)
        needed = {"f": "csv"} if path.endswith("/export") else {}
        assert client.get(path, params=needed).status_code in {200, 204}, path
        document = assert_problem(client.get(path, params=needed | {"colour": "red"}), 400)
        assert document["errors"][0] == document["errors"][0] | {"in": "query", "name": "colour"}


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=",
        "limit=1&limit=2",
        "bbox=1,2,3",
        "bbox=1,2,3,4,5",
        "bbox=a,b,c,d",
        "bbox=nan,0,1,1",
        "bbox=0,inf,1,1",
        "bbox=",
        "bbox=0,20,1,10",
        "bbox=28,112.9,28.5,113.1",
        "bbox=112.9,-100,113.1,-90.1",
        "bbox=112.9,28,113.1,28.5&bbox-crs=EPSG:4490",
        "bbox=4400000,440000,4440000,460000",
        "datetime=yesterday",
        "datetime=2024-13-01",
        "datetime=2024-01-01/2023-01-01",
        "datetime=2024-01-01/2024-02-01/2024-03-01",
        "datetime=",
        "datetime=20240101",
        "datetime=2024-01-01T00:00:00",
        "f=gml",
        "f=",
        "after=x",
        "colour=red",
        "crs=http://www.opengis.net/def/crs/EPSG/0/2362",
        "Limit=1",
    ],
)
def test_a_parameter_that_is_wrong_is_named(client: TestClient, collection: str, query: str) -> None:
    document = assert_problem(client.get(f"/collections/{collection}/items?{query}"), 400)
    assert query.split("=", 1)[0] in {error["name"] for error in document["errors"]}


@pytest.mark.parametrize(
    ("collection", "query"),
    [
        ("parcels", "area_ellipsoid_m2=large"),
        ("parcels", "area_ellipsoid_m2=nan"),
        ("parcels", "layer_version_id=1.0"),
        ("parcels", "layer_version_id=99999999999999999999"),
        ("parcels", "layer_version_id=1_0"),
        ("parcels", "parcel_code=%00"),
        ("idle_cases", "as_of=30.6.2026"),
        ("findings", "check_run_id=last"),
    ],
)
def test_a_filter_value_of_another_type_is_refused(client: TestClient, collection: str, query: str) -> None:
    document = assert_problem(client.get(f"/collections/{collection}/items?{query}"), 400)
    assert document["errors"][0]["name"] == query.split("=", 1)[0]


def test_any_whole_number_may_be_asked_for(client: TestClient) -> None:
    for collection, name in (
        ("parcels", "layer_version_id"),
        ("idle_cases", "net_idle_days"),
        ("findings", "check_run_id"),
    ):
        for number in (2**31, -(2**31) - 1, 2**63 - 1, -(2**63)):
            answer = client.get(f"/collections/{collection}/items", params={name: number})
            assert answer.status_code == 200, answer.text
            assert answer.json()["features"] == []


@pytest.mark.parametrize(
    "path", ["items", "items/x", "queryables", "legend", "tiles", "tiles/WebMercatorQuad/0/0/0", ""]
)
@pytest.mark.parametrize("name", ["nothing", "Parcels", "%00", "parcel'", "unpublished", "x" * 101])
def test_an_unknown_collection_is_not_found_on_every_path(client: TestClient, name: str, path: str) -> None:
    answer = client.get(f"/collections/{name}/{path}".rstrip("/"))
    assert_problem(answer, 400 if len(name) > 100 else 404)


@pytest.mark.parametrize("feature_id", ["nothing", "%00", "'", "p1/p2", "%F0%9F%92%A9"])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_unknown_feature_is_not_found(client: TestClient, collection: str, feature_id: str) -> None:
    assert_problem(client.get(f"/collections/{collection}/items/{feature_id}"), 404)


@pytest.mark.parametrize("title", ["\0", "规划\0"])
def test_a_text_with_a_nul_character_is_refused_and_no_failure(
    serve: Callable[..., TestClient], keys: dict[Scope, str], title: str
) -> None:
    writer = serve(headers={"X-API-Key": keys[Scope.WRITE]})
    document = assert_problem(writer.patch("/layers/parcels", json={"title_zh": title}), 400)
    assert (document["type"], "take it out" in document["detail"]) == ("urn:duogui:problem:unstorable-text", True)


def test_an_accept_header_without_json_is_not_acceptable(client: TestClient) -> None:
    document = assert_problem(
        client.get("/collections", headers={"Accept": "image/png, application/gml+xml;q=0.9"}), 406
    )
    assert "application/json" in document["detail"]
    for accept in (
        "*/*",
        "text/html,*/*;q=0.1",
        "application/geo+json",
        "application/vnd.oai.openapi+json;version=3.0",
        "",
    ):
        assert client.get("/collections", headers={"Accept": accept}).status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(serve: Callable[..., TestClient]) -> None:
    client = serve(max_body_bytes=1024)
    assert_problem(client.post("/check-runs", content=b"x" * 1025), 413)


def test_a_body_without_a_declared_length_is_refused_as_soon_as_it_is_too_large(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(max_body_bytes=1024)

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    answer = client.post("/check-runs", content=endless(), headers={"Content-Type": "application/json"})
    assert_problem(answer, 413)


def test_a_body_that_is_no_json_is_a_problem(client: TestClient) -> None:
    answer = client.post("/check-runs", content=b"{", headers={"Content-Type": "application/json"})
    assert assert_problem(answer, 400)["errors"][0]["in"] == "body"


def test_a_defect_is_logged_and_tells_the_client_nothing_but_its_id(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret inner workings")

    client = serve(cors_origins=("https://map.example",))
    monkeypatch.setattr(common, "list_collections", fail)
    answer = client.get("/collections", headers={"Origin": "https://map.example", "X-Request-ID": "request-of-mine"})
    document = assert_problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "request-of-mine"
    assert answer.headers["access-control-allow-origin"] == "https://map.example"
    assert "X-Request-ID" in document["detail"]


@pytest.mark.parametrize(
    ("error", "problem_type", "title"),
    [
        (GeometryRefusedError("row 3 is empty"), "geometry-refused", "Geometry refused"),
        (CRSRefusedError("EPSG:2345 has no exact path"), "crs-refused", "CRS refused"),
    ],
)
def test_what_the_spatial_library_refuses_is_a_problem_of_the_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: GisError, problem_type: str, title: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(common, "list_collections", refuse)
    document = assert_problem(client.get("/collections"), 422)
    assert document["type"] == f"urn:duogui:problem:{problem_type}"
    assert document["title"] == title
    assert document["detail"] == str(error)


def test_a_statement_that_takes_too_long_is_busy_and_says_when_to_try_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(session: object, *_: object) -> None:
        session.execute(text("set local statement_timeout = 20"))  # type: ignore[attr-defined]
        session.execute(text("select pg_sleep(5)"))  # type: ignore[attr-defined]

    monkeypatch.setattr(common, "list_collections", sleep)
    answer = client.get("/collections")
    document = assert_problem(answer, 503)
    assert document["type"] == "urn:duogui:problem:database-busy"
    assert int(answer.headers["retry-after"]) > 0


def test_a_database_that_is_gone_is_unavailable(city_engine: Engine, tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    app = create_app(settings, city_engine)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        app.state.engine = make_service_engine("postgresql+psycopg:///nothing?host=/nonexistent", settings)
        assert_problem(client.get("/collections"), 503)
        assert_problem(client.get("/readyz"), 503)
        assert client.get("/healthz").status_code == 200
