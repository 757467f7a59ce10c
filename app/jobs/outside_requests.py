"""Requests to hosts that a caller named: never by a detour, and never for longer than one deadline over all of it."""

import json
import ssl
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import anyio
import anyio.to_thread
import h11
from anyio.abc import ByteStream

from app.jobs.outside import AllowedHosts, OutsideFailedError, Place

__all__ = ["TIMEOUT_S", "get_json", "post_json"]

#: From the look-up of the name to the last byte: whoever answers byte by byte is not waited for either.
TIMEOUT_S: Final = 10.0


async def post_json(hosts: AllowedHosts, url: str, document: Mapping[str, Any]) -> None:
    """Post a document to a listed host, of whose answer nothing but the status is read; a redirect is a failure.

    Raises
    ------
    OutsideRefusedError, OutsideFailedError
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    await _ask(hosts, url, "POST", {"Content-Type": "application/json"}, body)


async def get_json(hosts: AllowedHosts, url: str, *, max_bytes: int) -> tuple[Any, int]:
    """Read a JSON document from a listed host, of so many bytes at most; a redirect is a failure.

    Returns
    -------
    tuple
        The document, and how many bytes it had.

    Raises
    ------
    OutsideRefusedError, OutsideFailedError
    """
    accepted = {"Accept": "application/json, application/geo+json", "Accept-Encoding": "identity"}
    host, text = await _ask(hosts, url, "GET", accepted, max_bytes=max_bytes)
    try:
        return await anyio.to_thread.run_sync(json.loads, text), len(text)
    except (ValueError, RecursionError) as error:
        raise OutsideFailedError(f"{host} answered something that is no JSON") from error


async def _ask(
    hosts: AllowedHosts,
    url: str,
    method: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    max_bytes: int | None = None,
) -> tuple[str, bytes]:
    """Return the host that was asked and what it answered; nothing is read of that without ``max_bytes``."""
    host = "the host"
    try:
        with anyio.fail_after(TIMEOUT_S):
            place = await hosts.resolve(url)
            host = place.host
            stream = await _connect(place)
            try:
                return host, await _exchange(stream, place, method, headers, body, max_bytes)
            finally:
                # Without a farewell, for which the other side could let us wait.
                await anyio.aclose_forcefully(stream)
    except TimeoutError as error:
        raise OutsideFailedError(f"{host} took longer than {TIMEOUT_S:g} s to answer") from error
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        # The reason of a connection that was not made stands behind the error that says so.
        reason = str(error.__cause__ or error) or "the connection broke off"
        raise OutsideFailedError(f"{host} did not answer: {reason}") from error
    except h11.ProtocolError as error:
        raise OutsideFailedError(f"{host} did not answer as HTTP asks: {error}") from error


async def _connect(place: Place) -> ByteStream:
    if not place.is_secure:
        return await anyio.connect_tcp(place.address, place.port)
    return await anyio.connect_tcp(place.address, place.port, ssl_context=_trust(), tls_hostname=place.host)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _exchange(
    stream: ByteStream, place: Place, method: str, headers: Mapping[str, str], body: bytes, max_bytes: int | None
) -> bytes:
    connection = h11.Connection(h11.CLIENT)
    length = {"Content-Length": str(len(body))} if body else {}
    sent = {"Host": place.netloc, **headers, **length, "Connection": "close"}
    request = h11.Request(method=method, target=place.target, headers=list(sent.items()))
    for event in (request, h11.Data(body), h11.EndOfMessage()):
        await stream.send(connection.send(event) or b"")
    parts, size = [], 0
    while True:
        match await _next_event(connection, stream):
            case h11.Response(status_code=status):
                if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                    raise OutsideFailedError(f"{place.host} answered {status}")
                if max_bytes is None:
                    return b""
            case h11.Data(data=data):
                size += len(data)
                if size > (max_bytes or 0):
                    raise OutsideFailedError(f"{place.host} answered more than the {max_bytes:,} bytes that are left")
                parts.append(bytes(data))
            case h11.EndOfMessage():
                return b"".join(parts)


async def _next_event(connection: h11.Connection, stream: ByteStream) -> object:
    """Return what came next; that a body is shorter than was said, h11 notices."""
    while (event := connection.next_event()) is h11.NEED_DATA:
        try:
            received = await stream.receive()
        except anyio.EndOfStream:
            received = b""
        connection.receive_data(received)
    return event
