"""Make, check and revoke keys."""

import hashlib
import re
import secrets
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.db.models import AccessKey
from app.db.sessions import WriteSession
from app.keys import repository
from app.keys.access import Actor, Scope
from app.keys.errors import InvalidKeyError, KeyNameError, KeyNotFoundError, KeysRequiredError
from app.settings import Settings

KEY_PREFIX = "duogui_"
KEY_BYTES = 32
# 32 bytes in URL-safe base 64 without padding.
KEY_PATTERN = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{43}}")
NAME_PATTERN = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,100}")


class KeySummary(BaseModel):
    """What may be shown of a key: everything but the key."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    scope: Scope
    office: str | None
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    revoked_by: str | None


def new_plaintext() -> str:
    """Return a new key: 256 random bits behind a prefix by which a leaked key is recognised."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def digest(plaintext: str) -> str:
    """Return what is stored of a key: its SHA-256, in hexadecimal.

    A slow password hash would add nothing, since 256 random bits cannot be guessed.
    """
    return hashlib.sha256(plaintext.encode()).hexdigest()


def create_key(session: WriteSession, name: str, scope: Scope, office: str | None = None) -> str:
    """Store a new key and return its plaintext, which is kept nowhere and cannot be shown again.

    Raises
    ------
    KeyNameError
        The name was used before. A revoked key keeps its name, because stored changes carry it.
    """
    plaintext = new_plaintext()
    register_key(session, plaintext, name, scope, office)
    return plaintext


def register_key(session: WriteSession, plaintext: str, name: str, scope: Scope, office: str | None) -> None:
    """Store the digest of a key that was made already."""
    if not NAME_PATTERN.fullmatch(name) or name != name.strip():
        raise KeyNameError(
            "The name of a key has 1 to 100 characters, no control characters and no blanks at its ends; "
            f"{name!r} does not fit."
        )
    former = repository.find_by_name(session, name)
    if former is not None:
        state = "in use" if former.revoked_at is None else "revoked, but stored changes carry its name"
        raise KeyNameError(f"There is a key named {name!r} already ({state}). Choose another name.")
    repository.add(session, name=name, scope=scope.value, office=office, key_sha256=digest(plaintext))


def authenticate(session: Session, presented: str) -> Actor:
    """Return whom a presented key belongs to.

    Raises
    ------
    InvalidKeyError
        It is unknown, mistyped or revoked.
    """
    if not KEY_PATTERN.fullmatch(presented):
        raise InvalidKeyError
    key = repository.find_by_digest(session, digest(presented))
    if key is None:
        raise InvalidKeyError
    return Actor(name=key.name, scope=Scope(key.scope), office=key.office)


def list_keys(session: Session) -> list[KeySummary]:
    """Return all keys, revoked ones included, the oldest first."""
    return [KeySummary.model_validate(key) for key in repository.all_keys(session)]


def revoke_key(session: WriteSession, name: str) -> KeySummary:
    """Take a key out of use from now on; revoking it again changes nothing.

    Raises
    ------
    KeyNotFoundError
    """
    key: AccessKey | None = repository.find_by_name(session, name)
    if key is None:
        raise KeyNotFoundError(name)
    if key.revoked_at is None:
        repository.mark_revoked(session, key)
    return KeySummary.model_validate(key)


def require_keys_for_address(settings: Settings, session: Session) -> None:
    """Refuse to listen beyond this machine while nobody holds a key and reading is not public.

    It is asked before the first key is made: a key that no one has asked for yet protects nobody, so the operator of
    a new installation says ``duogui key add`` first. Keys made earlier on loopback count, the first one included.

    Raises
    ------
    KeysRequiredError
    """
    if settings.on_loopback or settings.public_reads:
        return
    if not repository.has_active(session):
        raise KeysRequiredError(settings.host)
