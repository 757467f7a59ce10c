"""Long work: the public state of a job. The queue's own tables are never shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Job(Base):
    """One asynchronous task with the states of OGC API - Processes."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("status in ('accepted', 'running', 'successful', 'failed', 'dismissed')", name="status"),
        CheckConstraint("progress between 0 and 100", name="progress"),
        Index("ix_job_created_at", "created_at"),
        Index("ix_job_finished_at", "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="accepted")
    progress: Mapped[int] = mapped_column(server_default=text("0"))
    message: Mapped[str | None]
    inputs: Mapped[dict[str, Any]]
    # How an execution of a process wants its results (``app.jobs.execution``); null where an endpoint of its own began it.
    execution: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    queue_job_id: Mapped[int | None] = mapped_column(BigInteger)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
