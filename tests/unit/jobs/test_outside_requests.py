"""A request to another host ends at its deadline, whatever that host does, and what it cuts short is no answer."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import anyio
import pytest

from app.jobs import outside_requests
from app.jobs.outside import AllowedHosts, OutsideFailedError
from app.jobs.outside_requests import get_json, post_json

HOSTS = AllowedHosts.of(["127.0.0.1"])
DEADLINE_S = 0.4
#: After this a server ends by itself what it does.
GIVEN_UP_S = 30
Behaviour = Callable[[socket.socket, Event], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], str]]:
    """Return a function that starts a server which does as it is told with every connection, and returns its address."""
    over = Event()
    servers, threads = [], []

    def serve(behaviour: Behaviour) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        behaviour(connection, over)

        thread = Thread(target=accept, daemon=True)
        threads.append(thread)
        thread.start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/document"

    yield serve
    over.set()
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(5)


def ask(url: str, max_bytes: int = 1000) -> tuple[Any, int]:
    async def read() -> tuple[Any, int]:
        return await get_json(HOSTS, url, max_bytes=max_bytes)

    return anyio.run(read)


def answering(*pieces: bytes) -> Behaviour:
    def answer(connection: socket.socket, _over: Event) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)

    return answer


def dripping(start: bytes, drop: bytes) -> Behaviour:
    def answer(connection: socket.socket, over: Event) -> None:
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(drop)

    return answer


def silent(_connection: socket.socket, over: Event) -> None:
    over.wait(GIVEN_UP_S)


SLOW = {
    "never a word": silent,
    "headers drop by drop": dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "a header byte by byte": dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "continue for ever": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body byte by byte": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" "),
    "chunks byte by byte": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a body without an end": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b" "),
}


@pytest.mark.parametrize("behaviour", SLOW.values(), ids=SLOW)
def test_one_deadline_is_over_all_of_a_request(
    serve: Callable[[Behaviour], str], monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour
) -> None:
    monkeypatch.setattr(outside_requests, "TIMEOUT_S", DEADLINE_S)
    begun = time.monotonic()
    with pytest.raises(OutsideFailedError, match=r"127\.0\.0\.1 took longer than 0\.4 s"):
        ask(serve(behaviour))
    # Without the deadline none of these would end before the server gives up.
    assert DEADLINE_S <= time.monotonic() - begun < GIVEN_UP_S


def test_a_handshake_that_is_not_answered_ends_at_the_deadline_too(
    serve: Callable[[Behaviour], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_requests, "TIMEOUT_S", DEADLINE_S)
    with pytest.raises(OutsideFailedError, match="took longer"):
        ask(serve(silent).replace("http:", "https:"))
    with pytest.raises(OutsideFailedError, match="did not answer"):
        ask(serve(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")).replace("http:", "https:"))


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        # Both would be JSON, were they whole.
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"1234"], "did not answer as HTTP asks"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\n1234\r\n"], "did not answer as HTTP asks"),
        ([b"HTTP/1.1 200 OK\r\nContent-Len"], "did not answer as HTTP asks"),
        ([], "did not answer"),
        ([b"hello\r\n\r\n"], "did not answer as HTTP asks"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000], "did not answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", b" " * 1001], "more than the 1,000 bytes"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b" " * 1001], "more than the 1,000 bytes"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], "no JSON"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"], "answered 302"),
    ],
)
def test_what_is_no_whole_answer_is_a_failure(
    serve: Callable[[Behaviour], str], pieces: list[bytes], said: str
) -> None:
    with pytest.raises(OutsideFailedError, match=said):
        ask(serve(answering(*pieces)))


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", b"[1, 2]\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[1, 2]\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1, \r\n3\r\n2]\n\r\n0\r\n\r\n"],
        # The end of the connection is the end of the document (HTTP 1.0).
        [b"HTTP/1.0 200 OK\r\n\r\n[1, 2]\n"],
    ],
)
def test_a_document_is_read_however_its_end_is_told(serve: Callable[[Behaviour], str], pieces: list[bytes]) -> None:
    assert ask(serve(answering(*pieces)), max_bytes=7) == ([1, 2], 7)


def test_what_is_sent_is_one_plain_request(serve: Callable[[Behaviour], str]) -> None:
    received = []

    def note(connection: socket.socket, _over: Event) -> None:
        content = b""
        while b"\r\n\r\n" not in content or not content.endswith(b"}"):
            content += connection.recv(65536)
        received.append(content)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    url = serve(note)
    anyio.run(post_json, HOSTS, url + "?job=1", {"layer": "宗地"})
    head, _, body = received[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /document?job=1 HTTP/1.1"
    assert body == '{"layer": "宗地"}'.encode()
    expected = {f"Host: {url.split('/')[2]}", f"Content-Length: {len(body)}", "Connection: close"}
    assert expected <= set(lines)
