"""Keys: who may read, check or write."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class AccessKey(Base):
    """A key is stored as the SHA-256 of its 256 random bits; its name is the actor of every change made with it."""

    __tablename__ = "access_key"
    __table_args__ = (
        CheckConstraint("scope in ('read', 'check', 'write')", name="scope"),
        CheckConstraint("name ~ '^[^[:cntrl:]]{1,100}$'", name="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    office: Mapped[str | None]
    key_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class SignInLink(Base):
    """A link that signs a browser in once with a key, stored as the SHA-256 of the secret in it."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    access_key_id: Mapped[int] = mapped_column(ForeignKey("access_key.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PageSession(Base):
    """A browser that signed in with a key; its cookie is stored as the SHA-256 of the secret in it."""

    __tablename__ = "page_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    access_key_id: Mapped[int] = mapped_column(ForeignKey("access_key.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
