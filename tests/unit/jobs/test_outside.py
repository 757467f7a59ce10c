"""Addresses that a caller named are called only where the operator lists them, and where they lead is looked at."""

import socket
from typing import Any

import anyio
import pytest

from app.jobs.outside import AllowedHosts, OutsideFailedError, OutsideRefusedError
from app.jobs.outside_requests import post_json

HOSTS = AllowedHosts.of(["hooks.example.cn", "ports.example.cn:8443", "10.1.0.0/16", "::1"])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.cn/done?job=1",
        "http://HOOKS.example.cn:8080/",
        "https://ports.example.cn:8443/x",
        "http://10.1.2.3/x",
        "http://[::1]:9/x",
    ],
)
def test_what_is_listed_may_be_called(url: str) -> None:
    assert HOSTS.refusal(url) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://other.example.cn/", "'other.example.cn' is not among those"),
        ("https://ports.example.cn/", "is not among those"),
        ("http://hooks.example.cn.evil.example/", "is not among those"),
        ("http://169.254.169.254/latest/meta-data", "is not among those"),
        ("http://127.0.0.1/", "is not among those"),
        ("http://10.2.0.1/", "is not among those"),
        ("http://0x7f000001/", "is not among those"),
        ("ftp://hooks.example.cn/", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("hooks.example.cn", "begins with http"),
        ("", "begins with http"),
        ("http://hooks.example.cn/" + "x" * 2000, "at most 2,000"),
        ("http://hooks.example.cn@evil.example/", "no user"),
        ("http://evil.example#@hooks.example.cn/", "no fragment"),
        ("http://hooks.example.cn/a b", "no blank"),
        ("http://hooks.example.cn\\@evil.example/", "no user"),
        ("http://hooks.example.cn/\x00", "only visible ASCII"),
        ("http://hooks.example.cn/宗地", "only visible ASCII"),
        ("http://hooks.example.cn:99999/", "no address"),
        ("http://[hooks.example.cn/", "no address"),
    ],
)
def test_everything_else_is_refused_with_the_reason(url: str, said: str) -> None:
    refusal = HOSTS.refusal(url)
    assert refusal is not None
    assert said in refusal
    with pytest.raises(OutsideRefusedError):
        anyio.run(HOSTS.resolve, url)


def lead_to(*addresses: str) -> Any:
    return lambda *_args, **_options: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (item, 80)) for item in addresses]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.9.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "64:ff9b::a00:1", "fc00::1"],
)
def test_a_listed_name_that_leads_to_an_address_of_a_private_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lead_to("93.184.216.34", address))
    with pytest.raises(OutsideRefusedError, match="not public and not listed"):
        anyio.run(HOSTS.resolve, "http://hooks.example.cn/")
    with pytest.raises(OutsideRefusedError):
        anyio.run(post_json, HOSTS, "http://hooks.example.cn/", {})


def test_a_listed_name_leads_to_public_addresses_and_to_private_ones_that_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for address in ("93.184.216.34", "10.1.2.3"):
        monkeypatch.setattr(socket, "getaddrinfo", lead_to(address))
        place = anyio.run(HOSTS.resolve, "http://hooks.example.cn/done?job=1")
        assert (place.address, place.port, place.target) == (address, 80, "/done?job=1")


def test_an_address_of_ipv4_is_listed_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lead_to("::ffff:10.1.2.3"))
    assert anyio.run(HOSTS.resolve, "http://hooks.example.cn/").address == "10.1.2.3"
    assert HOSTS.refusal("http://[::ffff:10.1.2.3]/") is None
    assert HOSTS.refusal("http://[::ffff:10.2.2.3]/") is not None


def test_a_name_that_leads_nowhere_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(OutsideFailedError, match="cannot be found"):
        anyio.run(HOSTS.resolve, "http://hooks.example.cn/")
