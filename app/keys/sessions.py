"""Sign-in of a browser: with a key or a link that works once, for as long as the settings say."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.models import AccessKey
from app.db.sessions import WriteSession
from app.keys import repository, session_repository
from app.keys.access import Actor, Scope
from app.keys.errors import InvalidKeyError, KeyNotFoundError, SignInLinkError
from app.keys.service import KEY_PATTERN, digest

LINK_LIFETIME = timedelta(hours=1)
SECRET_BYTES = 32
SECRET_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun: what its cookie holds, whose it is and when it ends."""

    secret: str
    actor: Actor
    expires_at: datetime


def make_link(session: WriteSession, name: str, lifetime: timedelta = LINK_LIFETIME) -> str:
    """Return the secret of a new link that signs a browser in once with the key of this name.

    Raises
    ------
    KeyNotFoundError
        No key has this name, or it was revoked.
    """
    key: AccessKey | None = repository.find_by_name(session, name)
    if key is None or key.revoked_at is not None:
        raise KeyNotFoundError(name)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session_repository.add_link(session, key, digest(secret), lifetime)
    return secret


def make_writer_link(session: WriteSession) -> str | None:
    """Return the secret of a new link for the oldest key that may write; None where there is no such key."""
    name: str | None = repository.first_writer(session)
    return None if name is None else make_link(session, name)


def sign_in_with_key(session: WriteSession, presented: str, lifetime: timedelta) -> SignedIn:
    """Begin a session of the holder of a key.

    Raises
    ------
    InvalidKeyError
        It is unknown, mistyped or revoked.
    """
    key = repository.find_by_digest(session, digest(presented)) if KEY_PATTERN.fullmatch(presented) else None
    if key is None:
        raise InvalidKeyError
    return _begin(session, key, lifetime)


def sign_in_with_link(session: WriteSession, presented: str, lifetime: timedelta) -> SignedIn:
    """Begin a session by a link, which is used up by it.

    Raises
    ------
    SignInLinkError
        It is unknown, was used before, is too old, or its key was revoked.
    """
    is_secret = SECRET_PATTERN.fullmatch(presented)
    key = session_repository.use_link(session, digest(presented)) if is_secret else None
    if key is None:
        raise SignInLinkError
    return _begin(session, key, lifetime)


def _begin(session: WriteSession, key: AccessKey, lifetime: timedelta) -> SignedIn:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    expires_at = session_repository.add_session(session, key, digest(secret), lifetime)
    return SignedIn(secret, _actor_of(key), expires_at)


def find_signed_in(session: Session, presented: str) -> tuple[Actor, datetime] | None:
    """Return whose session a cookie belongs to and when it ends; None where it is over or never was one."""
    found = session_repository.find_session(session, digest(presented)) if SECRET_PATTERN.fullmatch(presented) else None
    return None if found is None else (_actor_of(found[0]), found[1])


def sign_out(session: WriteSession, presented: str) -> None:
    """End a session; one that is over already stays so."""
    session_repository.end_session(session, digest(presented))


def _actor_of(key: AccessKey) -> Actor:
    return Actor(name=key.name, scope=Scope(key.scope), office=key.office)
