"""Keys: who may read, check or write."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
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
