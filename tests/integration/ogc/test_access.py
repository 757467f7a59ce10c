"""Who may read, check and write: keys, addresses, and what never appears without a key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.sessions import write_session
from app.deps import Checker, Reader, Writer, WriteSession
from app.keys.access import Scope
from app.keys.errors import KeysRequiredError
from app.keys.service import create_key, revoke_key
from app.main import create_app

from .city import COLLECTIONS, SECRETS
from .conftest import LOCAL, make_settings

EVERYWHERE = "0.0.0.0"  # noqa: S104  the address is a setting here
PUBLIC = "http://gis.example"

probes = APIRouter()


@probes.get("/probe/read")
def probe_read(caller: Reader) -> str:
    return caller.name


@probes.get("/probe/check")
def probe_check(caller: Checker) -> str:
    return caller.name


@probes.get("/probe/write")
def probe_write(caller: Writer, session: WriteSession) -> str:
    assert session.actor == caller.name
    return caller.name


def probing(client: TestClient) -> TestClient:
    client.app.include_router(probes)
    return client


def answers(client: TestClient, headers: dict[str, str] | None = None) -> list[int]:
    """Return the status of reading, checking and writing."""
    return [client.get(f"/probe/{scope.value}", headers=headers).status_code for scope in Scope]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope.READ, [200, 403, 403]), (Scope.CHECK, [200, 200, 403]), (Scope.WRITE, [200, 200, 200])],
)
@pytest.mark.parametrize("host", ["127.0.0.1", EVERYWHERE])
def test_a_key_opens_what_its_scope_includes_wherever_it_is_used(
    serve: Callable[..., TestClient],
    keys: dict[Scope, str],
    host: str,
    scope: Scope,
    expected: list[int],
    header: str,
) -> None:
    client = probing(serve(host=host, base_url=LOCAL if host != EVERYWHERE else PUBLIC))
    value = f"Bearer {keys[scope]}" if header == "Authorization" else keys[scope]
    assert answers(client, {header: value}) == expected
    assert client.get("/probe/read", headers={header: value}).json() == f"{scope.value} key"


@pytest.mark.parametrize(
    ("changes", "base_url", "expected"),
    [
        ({}, LOCAL, [200, 200, 401]),
        ({}, "http://localhost:8000", [200, 200, 401]),
        ({}, "http://[::1]:8000", [200, 200, 401]),
        ({"host": "::1"}, LOCAL, [200, 200, 401]),
        ({"host": EVERYWHERE}, LOCAL, [401, 401, 401]),
        ({"host": EVERYWHERE, "public_reads": True}, PUBLIC, [200, 401, 401]),
        # A page of another site whose name was made to point here.
        ({}, "http://evil.example:8000", [401, 401, 401]),
        ({}, "http://127.0.0.1.evil.example", [401, 401, 401]),
        ({"public_reads": True}, "http://evil.example:8000", [200, 401, 401]),
    ],
)
def test_without_a_key_this_machine_may_read_and_check_and_nobody_may_write(
    serve: Callable[..., TestClient], changes: dict[str, object], base_url: str, expected: list[int]
) -> None:
    assert answers(probing(serve(base_url=base_url, **changes))) == expected


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
def test_what_a_proxy_passes_on_does_not_count_as_this_machine(serve: Callable[..., TestClient], header: str) -> None:
    assert answers(probing(serve()), {header: "127.0.0.1"}) == [401, 401, 401]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"X-API-Key": "duogui_" + "A" * 43},
        {"X-API-Key": ""},
        {"X-API-Key": "\x00"},
    ],
)
def test_a_key_that_opens_nothing_is_refused_even_where_none_is_needed(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.get("/collections", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:duogui:problem:invalid-key"
    assert answer.headers["www-authenticate"] == 'Bearer realm="duogui", error="invalid_token"'


def test_a_revoked_key_opens_nothing(client: TestClient, city_engine: Engine) -> None:
    with write_session(city_engine, actor="tests") as session:
        key = create_key(session, "to be revoked", Scope.READ)
    headers = {"X-API-Key": key}
    assert client.get("/collections", headers=headers).status_code == 200
    with write_session(city_engine, actor="tests") as session:
        revoke_key(session, "to be revoked")
    assert client.get("/collections", headers=headers).status_code == 401


def test_missing_and_insufficient_keys_are_told_apart(serve: Callable[..., TestClient], keys: dict[Scope, str]) -> None:
    client = probing(serve(host=EVERYWHERE, base_url=PUBLIC))
    missing = client.get("/probe/write")
    assert (missing.status_code, missing.json()["type"]) == (401, "urn:duogui:problem:key-required")
    insufficient = client.get("/probe/write", headers={"X-API-Key": keys[Scope.READ]})
    assert (insufficient.status_code, insufficient.json()["type"]) == (403, "urn:duogui:problem:scope-insufficient")
    assert insufficient.headers["www-authenticate"].endswith('error="insufficient_scope"')


def test_health_needs_no_key_anywhere(serve: Callable[..., TestClient]) -> None:
    client = serve(host=EVERYWHERE, base_url=PUBLIC)
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 401


def everything_a_caller_sees(client: TestClient) -> str:
    # Not /openapi.json: it is of all routes, so it names what writers may send.
    paths = ["/", "/api", "/collections"]
    for collection in COLLECTIONS:
        base = f"/collections/{collection}"
        paths += [base, f"{base}/queryables", f"{base}/legend", f"{base}/tiles/WebMercatorQuad?f=tilejson"]
        paths += [f"{base}/items?limit=1000", f"{base}/tiles/WebMercatorQuad"]
        items = client.get(f"{base}/items?limit=1000").json()["features"]
        paths += [f"{base}/items/{item['id'].replace('/', '%2F')}" for item in items]
    texts = [client.get(path).text for path in paths]
    assert len(texts) > 60
    return "".join(texts)


def test_holders_and_enterprises_appear_for_a_key_and_for_nobody_else(
    client: TestClient, key_client: TestClient, serve: Callable[..., TestClient]
) -> None:
    public = serve(host=EVERYWHERE, public_reads=True, base_url=PUBLIC)
    for caller in (client, public):
        seen = everything_a_caller_sees(caller)
        assert not [secret for secret in SECRETS if secret in seen + caller.get("/openapi.json").text]
        assert '"holder"' not in seen
    seen = everything_a_caller_sees(key_client)
    assert [secret for secret in SECRETS if secret in seen] == list(SECRETS)


def test_nobody_filters_by_holder_without_a_key(client: TestClient, key_client: TestClient) -> None:
    parameters = {"holder": "湘江置业有限公司", "limit": 1}
    refused = client.get("/collections/parcels/items", params=parameters)
    assert refused.status_code == 400
    # The answer is the one that any name gets, so it does not tell whether there is such a property.
    other = client.get("/collections/parcels/items", params={"nothing": "x"})
    assert refused.json()["detail"].replace("holder", "nothing") == other.json()["detail"]
    assert key_client.get("/collections/parcels/items", params=parameters).json()["numberMatched"] == 25


def test_answers_are_not_shared_between_callers_by_caches(key_client: TestClient) -> None:
    for path in ("/collections/parcels/items", "/collections/parcels/items/p1"):
        headers = key_client.get(path).headers
        assert headers["cache-control"].startswith("private")
        assert {"Authorization", "X-API-Key"} <= {name.strip() for name in headers["vary"].split(",")}


def test_the_service_refuses_to_start_beyond_this_machine_while_nobody_holds_a_key(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    for changes, refused in (({"host": EVERYWHERE}, True), ({"host": EVERYWHERE, "public_reads": True}, False)):
        app = create_app(make_settings(tmp_path, **changes), fresh_engine)
        if refused:
            with pytest.raises(KeysRequiredError), TestClient(app):
                pass
        else:
            with TestClient(app, base_url=PUBLIC) as client:
                assert client.get("/collections").status_code == 200
