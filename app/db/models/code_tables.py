"""Code tables that a bureau gives itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class LocalCodeTable(Base):
    """What the codes of a local table mean; of each name the latest is the current one, and no row is ever changed but for that."""

    __tablename__ = "local_code_table"
    __table_args__ = (Index("uq_local_code_table_current", "name", unique=True, postgresql_where=text("is_current")),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    codes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    sha256: Mapped[str]
    source_name: Mapped[str]
    is_current: Mapped[bool]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
