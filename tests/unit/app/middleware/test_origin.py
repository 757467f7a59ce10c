"""Whom a request comes from: forwarded headers count only from trusted proxies."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.middleware.origin import ORIGIN_KEY, Origin, OriginMiddleware
from app.settings import Settings


def pass_through(peer: str | None, headers: dict[str, str], *proxies: str, **settings: Any) -> Scope:
    """Send a request through the middleware and return the scope that the application sees."""
    seen: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        return None

    scope = {
        "type": "http",
        "scheme": "http",
        "path": "/",
        "client": None if peer is None else (peer, 50000),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    middleware = OriginMiddleware(application, Settings(trusted_proxies=proxies, **settings))
    asyncio.run(middleware(scope, receive, send))
    return seen[0] if seen else {}


def origin(peer: str | None, headers: dict[str, str], *proxies: str, **settings: Any) -> Origin:
    found: Origin = pass_through(peer, headers, *proxies, **settings)[ORIGIN_KEY]
    return found


FORWARDED = {
    "Host": "127.0.0.1:8000",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "gis.example",
    "X-Forwarded-Prefix": "/land/",
    "X-Forwarded-For": "203.0.113.7",
}


@pytest.mark.parametrize("proxy", ["10.0.0.9", "10.0.0.0/24", "::ffff:10.0.0.9", "fd00::/8"])
def test_a_proxy_is_trusted_by_address_or_network(proxy: str) -> None:
    peer = "fd00::1" if proxy.startswith("fd") else "10.0.0.9"
    trusted = proxy.removeprefix("::ffff:")
    assert origin(peer, FORWARDED, trusted).base_url == "https://gis.example/land"
    assert origin("10.0.1.9", FORWARDED, trusted).base_url == "http://127.0.0.1:8000"


def test_an_address_mapped_into_ipv6_is_the_same_proxy() -> None:
    assert origin("::ffff:10.0.0.9", FORWARDED, "10.0.0.9").base_url == "https://gis.example/land"


def test_a_caller_on_a_socket_without_an_address_is_no_trusted_proxy() -> None:
    assert origin(None, FORWARDED, "10.0.0.9").base_url == "http://127.0.0.1:8000"


def test_the_caller_is_the_first_address_from_the_end_that_is_no_proxy() -> None:
    headers = {"Host": "gis.example", "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.8"}
    assert pass_through("10.0.0.9", headers, "10.0.0.0/24")["client"][0] == "203.0.113.7"
    assert pass_through("192.0.2.1", headers, "10.0.0.0/24")["client"][0] == "192.0.2.1"


def test_an_address_that_is_none_ends_the_chain() -> None:
    headers = {"Host": "gis.example", "X-Forwarded-For": "203.0.113.7, unknown"}
    assert pass_through("10.0.0.9", headers, "10.0.0.9")["client"][0] == "10.0.0.9"


def test_other_schemes_than_http_are_not_taken() -> None:
    headers = {"Host": "gis.example", "X-Forwarded-Proto": "javascript"}
    assert origin("10.0.0.9", headers, "10.0.0.9").base_url == "http://gis.example"


@pytest.mark.parametrize("prefix", ["//evil.example", "/a b", "a", "/a?b", "/../x y"])
def test_a_prefix_that_is_no_path_is_refused(prefix: str) -> None:
    headers = {"Host": "gis.example", "X-Forwarded-Prefix": prefix}
    assert pass_through("10.0.0.9", headers, "10.0.0.9") == {}


def test_a_request_without_a_host_is_answered_as_the_address_it_came_to() -> None:
    assert origin("127.0.0.1", {}).base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1", True),
        ("127.1.2.3:80", True),
        ("[::1]:8000", True),
        ("[::1]", True),
        ("0.0.0.0:8000", False),
        ("localhost.evil.example", False),
        ("gis.example", False),
        ("10.0.0.1", False),
    ],
)
def test_only_loopback_names_are_this_machine(host: str, *, is_local: bool) -> None:
    assert origin("127.0.0.1", {"Host": host}).is_local is is_local


def test_what_a_trusted_proxy_passes_on_is_not_this_machine_either() -> None:
    assert not origin("127.0.0.1", {**FORWARDED, "X-Forwarded-Host": "localhost"}, "127.0.0.1").is_local


def test_the_public_url_wins_over_all_headers() -> None:
    found = origin("10.0.0.9", FORWARDED, "10.0.0.9", public_url="https://map.example/gis/")
    assert found.base_url == "https://map.example/gis"
