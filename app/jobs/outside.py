"""Hosts that a caller may name: only those that the operator lists, and only where they lead to what is public or listed too."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import anyio

from app.jobs.public_addresses import Address, is_public

__all__ = ["AllowedHosts", "OutsideFailedError", "OutsideRefusedError", "Place"]

PORTS: Final = {"http": 80, "https": 443}
MAX_URL: Final = 2000


class OutsideRefusedError(Exception):
    """An address that is not to be called; the message says why, to whoever named it."""


class OutsideFailedError(Exception):
    """A listed host did not take what was sent, or did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listed URL leads: the address that was looked at, and what is asked for there.

    Looked up again, the name could lead elsewhere.
    """

    address: str
    port: int
    is_secure: bool
    host: str
    netloc: str
    target: str


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that may be called: names, each with a port or for every port, addresses and networks.

    A name that leads to an address which is not public is refused unless the address is listed too: whoever owns a name
    decides where it leads.

    Examples
    --------
    >>> from app.jobs.outside import AllowedHosts
    >>> hosts = AllowedHosts.of(["hooks.example.cn", "10.1.0.0/16"])
    >>> hosts.refusal("https://hooks.example.cn/done") is None, hosts.refusal("http://169.254.169.254/") is None
    (True, False)
    """

    names: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    @classmethod
    def of(cls, listed: Sequence[str]) -> "AllowedHosts":
        """Read a list of names, addresses and networks."""
        names, networks = set(), []
        for entry in listed:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                names.add(entry.lower())
        return cls(frozenset(names), tuple(networks))

    def refusal(self, url: str) -> str | None:
        """Return why an address is not called, as far as its text tells; None where it may be."""
        try:
            parts = _split(url)
        except ValueError:
            return "it is no address of the web"
        if parts.scheme not in PORTS or not parts.hostname or len(url) > MAX_URL:
            return f"expected an address that begins with http:// or https:// and has at most {MAX_URL:,} characters"
        if parts.username is not None or parts.fragment or not all("!" <= mark <= "~" for mark in url) or "\\" in url:
            return "an address has no user, no fragment, no blank and only visible ASCII characters"
        if self._is_listed(parts):
            return None
        return f"the host {parts.hostname!r} is not among those that this service calls (DUOGUI_REMOTE_HOSTS)"

    def _is_listed(self, parts: SplitResult) -> bool:
        host = str(parts.hostname).lower()
        address = _as_address(host)
        if address is not None:
            return self._lists(address)
        return host in self.names or f"{host}:{parts.port or PORTS[parts.scheme]}" in self.names

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    async def resolve(self, url: str) -> Place:
        """Return where a listed URL leads.

        Raises
        ------
        OutsideRefusedError
        OutsideFailedError
            The name leads nowhere.
        """
        refusal = self.refusal(url)
        if refusal is not None:
            raise OutsideRefusedError(refusal)
        parts = _split(url)
        host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise OutsideFailedError(f"{host} cannot be found") from error
        addresses = [_plain(ipaddress.ip_address(str(item[4][0]).partition("%")[0])) for item in found]
        for address in addresses:
            if not is_public(address) and not self._lists(address):
                raise OutsideRefusedError(f"{host} leads to {address}, which is not public and not listed")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Place(str(addresses[0]), port, parts.scheme == "https", host, parts.netloc, target)


def _split(url: str) -> SplitResult:
    """Take an address apart.

    Raises
    ------
    ValueError
    """
    parts = urlsplit(url)
    # Reading the port is what tells a wrong one.
    _ = parts.port
    return parts


def _as_address(host: str) -> Address | None:
    try:
        return _plain(ipaddress.ip_address(host))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """Return the address of IPv4 that another way of writing stands for."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
