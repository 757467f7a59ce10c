"""Absolute links, proxies, other origins, request ids, HEAD and compression."""

import gzip
import re
from collections.abc import Callable

import cramjam
import pytest
from fastapi.testclient import TestClient

from .conftest import LOCAL

MAP_ORIGIN = "https://map.example"


def self_link(client: TestClient, **headers: str) -> str:
    answer = client.get("/collections", headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()["links"][0]["href"]


def test_links_use_the_address_that_the_request_came_by(client: TestClient) -> None:
    assert self_link(client) == f"{LOCAL}/collections"
    assert self_link(client, Host="localhost:8080") == "http://localhost:8080/collections"


def test_the_public_url_decides_every_link(serve: Callable[..., TestClient]) -> None:
    client = serve(public_url="https://gis.example/duogui/")
    assert self_link(client) == "https://gis.example/duogui/collections"
    page = client.get("/collections/parcels/items?limit=1").json()
    assert {link["href"].split("?")[0] for link in page["links"]} == {
        "https://gis.example/duogui/collections/parcels/items",
        "https://gis.example/duogui/collections/parcels",
    }
    tiles = client.get("/collections/parcels/tiles/WebMercatorQuad?f=tilejson").json()["tiles"]
    assert tiles[0].startswith("https://gis.example/duogui/collections/parcels/")
    assert client.get("/api").json()["servers"] == [{"url": "https://gis.example/duogui"}]
    assert LOCAL not in client.get("/collections").text


FORWARDED = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "gis.example", "X_Forwarded_Prefix": "/land"}


def test_forwarded_headers_of_anybody_else_change_no_link(serve: Callable[..., TestClient]) -> None:
    client = serve(public_reads=True, trusted_proxies=("10.0.0.1",))
    assert self_link(client, **FORWARDED) == f"{LOCAL}/collections"


def test_forwarded_headers_of_a_trusted_proxy_decide_links(serve: Callable[..., TestClient]) -> None:
    client = serve(public_reads=True, trusted_proxies=("*",), environment="development")
    assert self_link(client, **FORWARDED) == "https://gis.example/land/collections"
    # What the client itself had sent stands before what the proxy appended.
    forged = {**FORWARDED, "X_Forwarded_Host": "evil.example, gis.example"}
    assert self_link(client, **forged) == "https://gis.example/land/collections"


@pytest.mark.parametrize("host", ["evil example", "a/b", "user@host", "a?b", "<script>", "x" * 300])
def test_a_host_that_is_no_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/collections", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:duogui:problem:invalid-host"


def test_links_escape_what_a_query_holds(client: TestClient) -> None:
    answer = client.get("/collections/parcels/items", params={"parcel_code": "甲 & <乙>", "limit": 1})
    href = answer.json()["links"][0]["href"]
    assert href.isascii()
    assert "<" not in href
    assert client.get(href).status_code == 200


def test_no_other_origin_is_let_in_unless_it_is_named(client: TestClient) -> None:
    answer = client.get("/collections", headers={"Origin": MAP_ORIGIN})
    assert "access-control-allow-origin" not in answer.headers


def test_a_named_origin_may_call_with_a_key_and_read_the_headers_it_needs(serve: Callable[..., TestClient]) -> None:
    client = serve(cors_origins=(MAP_ORIGIN,))
    answer = client.get("/collections", headers={"Origin": MAP_ORIGIN})
    assert answer.headers["access-control-allow-origin"] == MAP_ORIGIN
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"Link", "Content-Crs", "ETag", "Location", "Retry-After"} <= exposed
    assert (
        "access-control-allow-origin" not in client.get("/collections", headers={"Origin": "https://b.example"}).headers
    )
    asked = {
        "Origin": MAP_ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-api-key,if-none-match",
    }
    preflight = client.options("/collections/parcels/items", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == MAP_ORIGIN
    assert "access-control-allow-credentials" not in preflight.headers


def test_problems_can_be_read_from_another_origin_too(serve: Callable[..., TestClient]) -> None:
    client = serve(cors_origins=(MAP_ORIGIN,), host="0.0.0.0", base_url="http://gis.example")  # noqa: S104
    for path, status in (("/collections", 401), ("/nothing", 404)):
        answer = client.get(path, headers={"Origin": MAP_ORIGIN})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == MAP_ORIGIN


def test_head_answers_as_get_does_without_the_body(client: TestClient) -> None:
    for path in ("/", "/collections", "/collections/parcels", "/collections/parcels/items", "/healthz", "/nothing"):
        get, head = client.get(path), client.head(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert head.headers["content-type"] == get.headers["content-type"]


def test_a_request_keeps_its_own_id_where_it_has_a_plain_one(client: TestClient) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-ID": "trace-0123.abc"}).headers["x-request-id"] == "trace-0123.abc"
    )
    for odd in ("short", "with space in it", "x" * 65, 'quote"quote"quote'):
        made = client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"]
        assert made != odd
        assert len(made) == 32


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0", ""),
        ("gzip;q=0, *", ""),
    ],
)
@pytest.mark.parametrize("path", ["/collections/parcels/items?limit=25", "/openapi.json"])
def test_large_answers_are_compressed_for_who_asks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, accepted: str, encoding: str, path: str
) -> None:
    # What holds answers to the document reads them, and here they are read as they were sent.
    monkeypatch.setattr(client, "event_hooks", {"response": []})
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding", "") == encoding
    assert "Accept-Encoding" in answer.headers["vary"]
    read = {"br": cramjam.brotli.decompress, "gzip": gzip.decompress, "": lambda raw: raw}[encoding]
    assert _without_time(bytes(read(sent))) == _without_time(plain.content)
    assert len(sent) < len(plain.content) / 2 or not encoding


def _without_time(text: bytes) -> bytes:
    return re.sub(rb'"timeStamp":"[^"]*"', b"", text)


def test_small_answers_are_sent_as_they_are(client: TestClient) -> None:
    assert "content-encoding" not in client.get("/healthz", headers={"Accept-Encoding": "br, gzip"}).headers


def test_metrics_count_requests_by_the_template_of_their_route(client: TestClient) -> None:
    client.get("/collections/parcels/items/p1")
    client.get("/nothing/here")
    client.request("BREW", "/nothing/here")
    text = client.get("/metrics").text
    assert 'route="/collections/{collection_id}/items/{feature_id}"' in text
    assert 'duogui_http_requests_total{method="GET",route="(unmatched)",status="404"}' in text
    assert "p1" not in text
    assert "BREW" not in text
    assert "duogui_database_connections_in_use 0.0" in text
