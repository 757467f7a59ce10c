"""The stored keys."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.models import AccessKey
from app.db.sessions import WriteSession

# Any number will do, as long as every process that makes the first key asks for the same advisory lock.
FIRST_KEY_LOCK = 4490_2001


def find_by_digest(session: Session, key_sha256: str) -> AccessKey | None:
    """Return the active key with this digest.

    The digest of 256 random bits is looked up in a unique index: how long that takes depends on the digest of what was
    presented, from which nothing about a stored key can be learnt.
    """
    return session.scalar(select(AccessKey).where(AccessKey.key_sha256 == key_sha256, AccessKey.revoked_at.is_(None)))


def find_by_name(session: Session, name: str) -> AccessKey | None:
    """Return the key with this name, revoked or not."""
    return session.scalar(select(AccessKey).where(AccessKey.name == name))


def first_writer(session: Session) -> str | None:
    """Return the name of the oldest active key that may write."""
    writers = select(AccessKey.name).where(AccessKey.scope == "write", AccessKey.revoked_at.is_(None))
    return session.scalar(writers.order_by(AccessKey.id).limit(1))


def all_keys(session: Session) -> list[AccessKey]:
    """Return every key there ever was, the oldest first."""
    return list(session.scalars(select(AccessKey).order_by(AccessKey.id)))


def has_any(session: Session) -> bool:
    """Whether a key was ever made."""
    return bool(session.scalar(select(select(AccessKey.id).exists())))


def has_active(session: Session) -> bool:
    """Whether there is a key that opens something."""
    return bool(session.scalar(select(select(AccessKey.id).where(AccessKey.revoked_at.is_(None)).exists())))


def add(session: WriteSession, *, name: str, scope: str, office: str | None, key_sha256: str) -> AccessKey:
    """Store a key by its digest."""
    key = AccessKey(name=name, scope=scope, office=office, key_sha256=key_sha256, created_by=session.actor)
    session.add(key)
    session.flush()
    return key


def mark_revoked(session: WriteSession, key: AccessKey) -> None:
    """Take a key out of use; its row stays, because stored changes name it."""
    key.revoked_at = session.execute(select(func.now())).scalar_one()
    key.revoked_by = session.actor
    session.flush()


def lock_first_key(session: WriteSession) -> None:
    """Make processes that start at once take turns until the end of the transaction."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": FIRST_KEY_LOCK})
