"""Requests to hosts that a caller named: only those that the operator lists, never by a detour, never for long."""

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

PORTS: Final = {"http": 80, "https": 443}
#: For each step of a request, and for an answer as a whole.
TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 10.0
MAX_URL: Final = 2000
_CHUNK: Final = 1 << 16

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Connect = type[http.client.HTTPConnection]


class OutsideRefusedError(Exception):
    """An address that is not to be called; the message says why, to whoever named it."""


class OutsideFailedError(Exception):
    """A listed host did not take what was sent."""


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
        if (
            parts.username is not None
            or parts.fragment
            or not url.isascii()
            or any(mark in url for mark in " \\\r\n\t")
        ):
            return "an address has no user, no fragment, no blank and only ASCII characters"
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

    def resolve(self, url: str) -> str:
        """Return the address that a listed URL leads to.

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
        port = parts.port or PORTS[parts.scheme]
        try:
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise OutsideFailedError(f"{parts.hostname} cannot be found") from error
        addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
        for address in addresses:
            if not address.is_global and not self._lists(address):
                raise OutsideRefusedError(f"{parts.hostname} leads to {address}, which is not public and not listed")
        return str(addresses[0])


def post_json(hosts: AllowedHosts, url: str, document: Mapping[str, Any]) -> None:
    """Post a document to a listed host; a redirect is a failure.

    Raises
    ------
    OutsideRefusedError, OutsideFailedError
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    _ask(hosts, url, "POST", {"Content-Type": "application/json"}, body)


def get_json(hosts: AllowedHosts, url: str, *, max_bytes: int) -> Any:  # noqa: ANN401  any JSON value
    """Read a JSON document from a listed host, of so many bytes at most; a redirect is a failure.

    Raises
    ------
    OutsideRefusedError, OutsideFailedError
    """
    accepted = {"Accept": "application/json, application/geo+json", "Accept-Encoding": "identity"}
    text = _ask(hosts, url, "GET", accepted, max_bytes=max_bytes)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OutsideFailedError(f"{_split(url).hostname} answered something that is no JSON") from error


def _ask(
    hosts: AllowedHosts,
    url: str,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    max_bytes: int | None = None,
) -> bytes:
    """Return what a listed host answered; nothing is read of it without ``max_bytes``."""
    address = hosts.resolve(url)
    parts = _split(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = None
    try:
        connection = _connection(parts, address)
        connection.request(method, target, body=body, headers={**headers, "Host": parts.netloc, "Connection": "close"})
        response = connection.getresponse()
        if not http.HTTPStatus.OK <= response.status < http.HTTPStatus.MULTIPLE_CHOICES:
            raise OutsideFailedError(f"{parts.hostname} answered {response.status}")
        return b"" if max_bytes is None else _read(response, str(parts.hostname), max_bytes)
    except (OSError, http.client.HTTPException) as error:
        raise OutsideFailedError(f"{parts.hostname} did not answer: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def _read(response: http.client.HTTPResponse, host: str, max_bytes: int) -> bytes:
    """Read an answer whole, unless it is too long or comes too slowly."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    parts, size = [], 0
    while chunk := response.read1(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise OutsideFailedError(f"{host} answered more than the {max_bytes:,} bytes that a request may have")
        if time.monotonic() > deadline:
            raise OutsideFailedError(f"{host} took longer than {ANSWER_TIMEOUT_S:g} s to answer")
    return b"".join(parts)


def _connection(parts: SplitResult, address: str) -> http.client.HTTPConnection:
    """Connect to the address that was looked at: looked up again, the name could lead elsewhere."""
    port = parts.port or PORTS[parts.scheme]
    connection = http.client.HTTPConnection(str(parts.hostname), port, timeout=TIMEOUT_S)
    plain = socket.create_connection((address, port), TIMEOUT_S) if parts.scheme == "http" else None
    connection.sock = plain or _secured(address, port, str(parts.hostname))
    return connection


def _secured(address: str, port: int, host: str) -> ssl.SSLSocket:
    plain = socket.create_connection((address, port), TIMEOUT_S)
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


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
        return ipaddress.ip_address(host)
    except ValueError:
        return None
