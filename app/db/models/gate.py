"""Projects before the joint gate (项目布局联合把关): the project, its sites, and all that happened to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded


class GateProject(Base):
    """A project that asks for land; where it stands follows from its events alone."""

    __tablename__ = "gate_project"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    intended_use: Mapped[str | None]
    industry_code: Mapped[str | None]
    # What else the applicant states: area, investment, emissions.
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class GateSite(Base):
    """A parcel that a project asks for."""

    __tablename__ = "gate_site"
    __table_args__ = (Index("ix_gate_site_gate_project_id", "gate_project_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    gate_project_id: Mapped[int] = mapped_column(ForeignKey("gate_project.id"))
    layer_slug: Mapped[str]
    feature_id: Mapped[str]
    parcel_code: Mapped[str | None]


class GateEvent(Base, Recorded):
    """One thing that happened to a project. Rows are only added: the database refuses to change or to delete one."""

    __tablename__ = "gate_event"
    __table_args__ = (
        CheckConstraint("kind in ('submitted', 'checked', 'opinion', 'decided', 'withdrawn')", name="kind"),
        CheckConstraint("office in ('planning', 'land', 'environment', 'investment')", name="office"),
        CheckConstraint("(kind = 'opinion') = (office is not null)", name="office_of_opinion"),
        Index("ix_gate_event_gate_project_id_id", "gate_project_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    gate_project_id: Mapped[int] = mapped_column(ForeignKey("gate_project.id"))
    kind: Mapped[str]
    office: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
