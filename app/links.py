"""Absolute links: ``DUOGUI_PUBLIC_URL`` decides, else the address that the request came by."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from starlette.requests import Request

from app.middleware.origin import ORIGIN_KEY, Origin


def request_origin(request: Request) -> Origin:
    """Return how the request reached the service."""
    origin: Origin = request.scope[ORIGIN_KEY]
    return origin


def absolute_url(request: Request, *segments: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """Join path segments, which are escaped, to the address of this service.

    Parameters
    ----------
    request : Request
    *segments : str
        Parts of the path between slashes.
    query : iterable of (name, value), optional
        Query parameters, escaped too.
    """
    path = "".join(f"/{quote(segment, safe='')}" for segment in segments) or "/"
    parameters = urlencode(list(query), quote_via=quote)
    return request_origin(request).base_url + path + (f"?{parameters}" if parameters else "")
