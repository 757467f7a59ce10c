"""The cookie of a session, and which requests it counts for."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.keys.errors import ForeignPageError
from app.keys.sessions import SignedIn
from app.links import request_origin

COOKIE_NAME: Final = "duogui_session"
PAGE_HEADER: Final = "X-Duogui-Page"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def read_cookie(request: Request) -> str | None:
    """Return the secret that a browser presents, or None."""
    return request.cookies.get(COOKIE_NAME)


def require_own_page(request: Request) -> None:
    """Refuse a change that a page of another site had the browser send.

    The header makes a browser ask first, and the service lets no other site send it (`ALLOWED_HEADERS`); what the
    browser says of the request's origin (Fetch Metadata) is believed too, where it says so.

    Raises
    ------
    ForeignPageError
    """
    if request.headers.get(PAGE_HEADER) != "1":
        raise ForeignPageError
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise ForeignPageError


def set_cookie(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Give the browser the session: no script can read it, and no other site can have it sent."""
    response.set_cookie(
        COOKIE_NAME,
        signed_in.secret,
        expires=signed_in.expires_at,
        path="/",
        secure=request_origin(request).base_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def clear_cookie(response: Response) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(COOKIE_NAME, path="/", httponly=True, samesite="strict")
