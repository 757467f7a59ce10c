"""Who calls, as far as it can be said without asking the database."""

from starlette.requests import Request

from app.keys.access import Actor, Scope
from app.keys.cookies import read_cookie
from app.keys.known_callers import KnownCallers, digest_of_credentials
from app.links import request_origin
from app.settings import Settings

__all__ = ["anonymous_caller", "credentials_of", "is_anonymous", "known_caller"]

LOCAL_CALLER = Actor(name="local", scope=Scope.CHECK)
PUBLIC_CALLER = Actor(name="public", scope=Scope.READ)


def anonymous_caller(request: Request, settings: Settings) -> Actor | None:
    """Return whoever a caller without a key counts as; None when everything needs a key."""
    if settings.on_loopback and request_origin(request).is_local:
        return LOCAL_CALLER
    return PUBLIC_CALLER if settings.public_reads else None


def is_anonymous(caller: Actor) -> bool:
    """Whether a caller is one without a key. A key may be called like these, so it is they themselves that are looked for."""
    return caller is LOCAL_CALLER or caller is PUBLIC_CALLER


def credentials_of(request: Request) -> bytes | None:
    """Return the digest of everything that a request presents to say who calls; None where it presents nothing."""
    presented = (request.headers.get("authorization"), request.headers.get("x-api-key"), read_cookie(request))
    return None if presented == (None, None, None) else digest_of_credentials(presented)


def known_caller(request: Request, snapshot: str | None) -> Actor | None:
    """Return who calls, if that was found out in this very snapshot of the database or needs none."""
    credentials = credentials_of(request)
    if credentials is None:
        return anonymous_caller(request, request.app.state.settings)
    callers: KnownCallers = request.app.state.callers
    return callers.find(credentials, snapshot)
