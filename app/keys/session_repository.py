"""The stored sessions of browsers, and the links that begin one."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db.models import AccessKey, PageSession, SignInLink
from app.db.sessions import WriteSession


def add_link(session: WriteSession, key: AccessKey, secret_sha256: str, lifetime: timedelta) -> None:
    """Store a link for a key."""
    expires_at = func.now() + lifetime
    session.add(SignInLink(secret_sha256=secret_sha256, access_key_id=key.id, expires_at=expires_at))
    session.flush()


def use_link(session: WriteSession, secret_sha256: str) -> AccessKey | None:
    """Return the key of a link that is still good, and mark the link as used; of two that come at once one finds it."""
    used = (
        update(SignInLink)
        .where(
            SignInLink.secret_sha256 == secret_sha256,
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(SignInLink.access_key_id)
    )
    key_id = session.scalar(used)
    return session.scalar(select(AccessKey).where(AccessKey.id == key_id, AccessKey.revoked_at.is_(None)))


def add_session(session: WriteSession, key: AccessKey, secret_sha256: str, lifetime: timedelta) -> datetime:
    """Store a session, forget those that are over, and return when it ends."""
    session.execute(delete(PageSession).where(PageSession.expires_at <= func.now()))
    row = PageSession(secret_sha256=secret_sha256, access_key_id=key.id, expires_at=func.now() + lifetime)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row.expires_at


def find_session(session: Session, secret_sha256: str) -> tuple[AccessKey, datetime] | None:
    """Return the key of a session that goes on, and when it ends; a revoked key has no session."""
    wanted = (
        select(AccessKey, PageSession.expires_at)
        .join(PageSession, PageSession.access_key_id == AccessKey.id)
        .where(
            PageSession.secret_sha256 == secret_sha256,
            PageSession.expires_at > func.now(),
            AccessKey.revoked_at.is_(None),
        )
    )
    found = session.execute(wanted).one_or_none()
    return None if found is None else (found[0], found[1])


def end_session(session: WriteSession, secret_sha256: str) -> None:
    """Forget a session."""
    session.execute(delete(PageSession).where(PageSession.secret_sha256 == secret_sha256))
