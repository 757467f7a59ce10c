"""The outermost layer: request id, log line, metrics, HEAD."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability import Metrics

REQUEST_ID_KEY = "duogui.request_id"
CLIENT_CLOSED_REQUEST = 499
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger("duogui.http")


class RequestContextMiddleware:
    """Give every request an id, answer HEAD as GET without the body, and log and count the outcome.

    The query string is not logged: it may hold coordinates and names.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request in its context."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        # A copy: the server still needs to see HEAD to frame the answer.
        inner = {**scope, "method": "GET" if method == "HEAD" else method}
        outcome = _Outcome(_request_id(scope), send, drops_body=method == "HEAD")
        inner[REQUEST_ID_KEY] = outcome.request_id
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=outcome.request_id), self.metrics.in_progress():
            try:
                await self.app(inner, receive, outcome.send)
            except ClientDisconnect:
                log.info("request.disconnected", method=method, path=scope["path"])
            finally:
                duration_s = time.perf_counter() - started
                self.metrics.observe(method, _route_template(inner), outcome.status, duration_s)
                log.info(
                    "request.finished",
                    method=method,
                    path=scope["path"],
                    status=outcome.status,
                    duration_s=round(duration_s, 6),
                )


class _Outcome:
    """What was answered, noted while it passes by."""

    def __init__(self, request_id: str, send: Send, *, drops_body: bool) -> None:
        self.request_id = request_id
        # What is logged when the caller leaves before an answer has begun.
        self.status = CLIENT_CLOSED_REQUEST
        self._send = send
        self._drops_body = drops_body

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            headers.setdefault("X-Content-Type-Options", "nosniff")
        elif message["type"] == "http.response.body" and self._drops_body:
            message = {**message, "body": b""}
        await self._send(message)


def _request_id(scope: Scope) -> str:
    presented = Headers(scope=scope).get("x-request-id", "")
    return presented if ACCEPTED_ID.fullmatch(presented) else uuid.uuid4().hex


def _route_template(scope: Scope) -> str:
    """Return the template of the matched route, so that ids do not become label values."""
    route = scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "(unmatched)"
