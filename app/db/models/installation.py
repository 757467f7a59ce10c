"""The one row that says what this database was made for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Installation(Base):
    """Facts fixed when the database is made."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("storage_srid in (4490, 4326)", name="storage_srid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    storage_srid: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
