"""Addresses that carry another one are as public as that is."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis.strategies import ip_addresses

from app.jobs.public_addresses import is_public

PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "223.5.5.5"]


def carried(text: str) -> dict[str, str]:
    """Return the ways in which an address of IPv6 carries one of IPv4, written by hand and not by the code under test."""
    number = int(IPv4Address(text))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    inverted = number ^ 0xFFFFFFFF
    return {
        "mapped": f"::ffff:{text}",
        "nat64": f"64:ff9b::{text}",
        "6to4": f"2002:{high}:{low}::1",
        "teredo": f"2001:0:808:808:0:0:{inverted >> 16:x}:{inverted & 0xFFFF:x}",
        "isatap": f"2400:3200::5efe:{text}",
        "isatap of a global address": f"2400:3200::200:5efe:{text}",
        "6to4 around isatap": f"2002:808:808:0:0:5efe:{text}",
    }


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_stays_private_however_it_is_carried(address: str) -> None:
    assert not is_public(ip_address(address))
    assert [way for way, text in carried(address).items() if is_public(ip_address(text))] == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_stays_public_however_it_is_carried(address: str) -> None:
    assert is_public(ip_address(address))
    assert [way for way, text in carried(address).items() if not is_public(ip_address(text))] == []


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "::93.184.216.34",
        "::ffff:0:93.184.216.34",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "64:ff9b:1::1",
        "64:ff9b:1:5db8:d8:2200::",
        "100::1",
        "2001:db8::1",
        "4000::1",
        "5f00::1",
    ],
)
def test_what_is_no_address_of_a_host_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@given(ip_addresses())
def test_nothing_is_public_that_python_calls_private(address: object) -> None:
    found = ip_address(str(address))
    assert not (is_public(found) and (found.is_loopback or found.is_link_local or found.is_multicast))
