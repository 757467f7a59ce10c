"""All SQL of the joint gate."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import GateEvent, GateProject, GateSite
from app.db.sessions import WriteSession
from app.gate.errors import ProjectNotFoundError
from app.gate.state import Event, EventKind, GateState, Office, state_of

LISTED = 100


def list_projects(session: Session) -> Sequence[GateProject]:
    """Return the latest projects, the newest first."""
    return session.scalars(select(GateProject).order_by(GateProject.id.desc()).limit(LISTED)).all()


def require_project(session: Session, project_id: int, *, for_update: bool = False) -> GateProject:
    """Return a project; ``for_update`` lets changes of one project take turns.

    Raises
    ------
    ProjectNotFoundError
    """
    query = select(GateProject).where(GateProject.id == project_id)
    project = session.scalar(query.with_for_update() if for_update else query)
    if project is None:
        raise ProjectNotFoundError(project_id)
    return project


def sites_of(session: Session, project: GateProject) -> Sequence[GateSite]:
    """Return the sites of a project, in the order in which they were named."""
    return session.scalars(select(GateSite).where(GateSite.gate_project_id == project.id).order_by(GateSite.id)).all()


def events_of(session: Session, project: GateProject) -> list[Event]:
    """Return what happened to a project, the first first."""
    rows = session.scalars(
        select(GateEvent).where(GateEvent.gate_project_id == project.id).order_by(GateEvent.id)
    ).all()
    return [
        Event(
            kind=EventKind(row.kind),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            office=None if row.office is None else Office(row.office),
            payload=row.payload,
        )
        for row in rows
    ]


def read_state(session: Session, project: GateProject) -> GateState:
    """Return where a project stands."""
    sites = [(site.layer_slug, site.feature_id) for site in sites_of(session, project)]
    return state_of(sites, events_of(session, project))


def add_event(
    session: WriteSession,
    project: GateProject,
    kind: EventKind,
    payload: dict[str, Any],
    *,
    office: Office | None = None,
) -> None:
    """Store what happened."""
    session.add(
        GateEvent(
            gate_project_id=project.id, kind=kind.value, office=office, payload=payload, recorded_by=session.actor
        )
    )
    session.flush()
