"""Where a request came from and under which address its answer's links must point back."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.problems import problem_response
from app.settings import Settings

ORIGIN_KEY = "duogui.origin"

HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
# Any of these says that something between the caller and this process passed the request on.
RELAY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """How a request reached the service.

    ``base_url`` is what every absolute link starts with, without a slash at its end. ``is_local`` says that it was
    addressed to a loopback name and that no proxy passed it on.
    """

    base_url: str
    is_local: bool


class OriginMiddleware:
    """Work out the origin of every request; forwarded headers count only from the proxies that the settings trust.

    Where a proxy appended to a header, the last value is the one the trusted proxy itself wrote.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.public_url = str(settings.public_url).rstrip("/") if settings.public_url else None
        self.trusts_all = "*" in settings.trusted_proxies
        self.trusted: Sequence[Network] = tuple(
            ipaddress.ip_network(proxy, strict=False) for proxy in settings.trusted_proxies if proxy != "*"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the origin in the scope; answer 400 where the address makes no sense."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_trusted = self._trusts(scope["client"][0] if scope.get("client") else None)
        if is_trusted:
            self._take_forwarded_client(scope, headers)
        host = (_last(headers, "x-forwarded-host") if is_trusted else None) or headers.get("host") or _server(scope)
        prefix = (_last(headers, "x-forwarded-prefix") if is_trusted else None) or ""
        prefix = prefix.rstrip("/")
        if not HOST.fullmatch(host) or not PREFIX.fullmatch(prefix):
            detail = "The Host header, or the forwarded host or prefix, is not a valid address."
            refusal = problem_response(
                scope, status=400, problem_type="invalid-host", title="Invalid host", detail=detail
            )
            await refusal(scope, receive, send)
            return
        scope[ORIGIN_KEY] = Origin(
            base_url=self.public_url or f"{scope['scheme']}://{host}{prefix}",
            is_local=_is_loopback_host(host) and not any(name in headers for name in RELAY_HEADERS),
        )
        await self.app(scope, receive, send)

    def _trusts(self, address: str | None) -> bool:
        if self.trusts_all:
            return True
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self.trusted)

    def _take_forwarded_client(self, scope: Scope, headers: Headers) -> None:
        scheme = _last(headers, "x-forwarded-proto")
        if scheme in {"http", "https"}:
            scope["scheme"] = scheme
        chain = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
        # Every proxy appends the address it was called from: the first one from the end that is no proxy of ours is
        # the caller; what stands before it anybody may have written.
        for address in reversed(chain):
            if _parse_address(address) is None:
                break
            scope["client"] = (address, 0)
            if not self._trusts(address):
                break


def _last(headers: Headers, name: str) -> str | None:
    values = headers.getlist(name)
    return values[-1].rsplit(",", 1)[-1].strip() or None if values else None


def _server(scope: Scope) -> str:
    host, port = scope.get("server") or ("localhost", None)
    return f"{host}:{port}" if port else str(host)


# Every request is asked for three, and few callers are many of them.
@lru_cache(maxsize=1024)
def _parse_address(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, ipaddress.IPv6Address) else parsed


def _is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine itself, as a web page of another site cannot (DNS rebinding)."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name.lower() == "localhost":
        return True
    parsed = _parse_address(name.strip("[]"))
    return parsed is not None and parsed.is_loopback
