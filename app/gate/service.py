"""The joint gate: make a project, submit it, collect opinions, decide. Every step is an event; nothing is overwritten."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pyproj
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import GateProject, GateSite
from app.db.rule_packs import read_rule_book
from app.db.sessions import WriteSession
from app.extracts.repository import ParcelRow
from app.extracts.service import find_parcel, issue_site_sheet
from app.extracts.signing import Signer
from app.gate import repository
from app.gate.errors import (
    ConditionMissingError,
    DeadlineError,
    GateNotPassableError,
    GateStateError,
    OfficeOfAnotherError,
)
from app.gate.schemas import DecisionRequest, OpinionRequest, ProjectRequest
from app.gate.state import EventKind, GateState, Office, Opinion, Status
from app.keys.access import Actor, Scope
from app.site_checks.errors import SiteRefusedError
from app.site_checks.questions import Question, Stage, require_known_codes
from app.site_checks.service import check_within
from app.site_checks.sites import Sites, make_sites
from gis.rules import Verdict, worst

#: Facts of a project that rules ask for; others are for the offices to read.
FACTS_OF_RULES: Final = frozenset(
    {
        "activity_code",
        "takes_new_construction_land",
        "is_national_major_project",
        "works",
        "exemption_document",
        "indicators",
        "county_code",
    }
)
FIELDS_OF_PROJECT: Final = {"use_code": "intended_use", "industry_code": "industry_code"}


def create_project(session: WriteSession, request: ProjectRequest, *, as_of: date | None = None) -> GateProject:
    """Store a project with its sites, each of which is one parcel in force.

    Raises
    ------
    LayerNotFoundError, ParcelNotFoundError, ParcelAmbiguousError
    SiteRefusedError
        For a use, an industry or a fact of the project that cannot be understood.
    """
    day = as_of or today()
    parcels = [
        find_parcel(session, site.code, as_of=day, layer=site.layer, feature_id=site.feature_id)
        for site in request.sites
    ]
    project = GateProject(**request.model_dump(exclude={"sites"}), created_by=session.actor)
    require_known_codes(question_of(project, day), read_rule_book(session).catalog)
    session.add(project)
    session.flush()
    distinct = {(parcel.layer.slug, parcel.feature_id): parcel for parcel in parcels}
    for (slug, feature_id), parcel in distinct.items():
        session.add(
            GateSite(gate_project_id=project.id, layer_slug=slug, feature_id=feature_id, parcel_code=parcel.parcel_code)
        )
    session.flush()
    return project


def submit(
    session: WriteSession,
    project_id: int,
    deadlines: Mapping[Office, date],
    *,
    signer: Signer,
    base_url: str,
    as_of: date | None = None,
) -> GateState:
    """Start a round: every office is asked, and every site is checked. A refused or withdrawn project starts anew.

    Raises
    ------
    ProjectNotFoundError, GateStateError, DeadlineError
    """
    project, state = _take(session, project_id)
    if state.status not in {Status.DRAFT, Status.REFUSED, Status.WITHDRAWN}:
        raise GateStateError(project_id, state.status, "submission", "a draft, refused or withdrawn")
    _require_deadlines(deadlines)
    written = {office.value: deadlines[office].isoformat() for office in Office}
    repository.add_event(session, project, EventKind.SUBMITTED, {"deadlines": written})
    _check(session, project, signer=signer, base_url=base_url, as_of=as_of)
    return repository.read_state(session, project)


def check_again(
    session: WriteSession, project_id: int, *, signer: Signer, base_url: str, as_of: date | None = None
) -> GateState:
    """Check all sites of an open project again; the new checks count.

    Raises
    ------
    ProjectNotFoundError, GateStateError
    """
    project, _ = _take_open(session, project_id, "a check")
    _check(session, project, signer=signer, base_url=base_url, as_of=as_of)
    return repository.read_state(session, project)


def give_opinion(session: WriteSession, project_id: int, request: OpinionRequest, caller: Actor) -> GateState:
    """Store the opinion of an office on an open project; it replaces the office's former one, which stays in the history.

    Raises
    ------
    ProjectNotFoundError, GateStateError
    OfficeOfAnotherError
        The caller's key is of another office, or of none and may not write.
    ConditionMissingError
    """
    if caller.office != request.office and (caller.office is not None or not caller.may(Scope.WRITE)):
        raise OfficeOfAnotherError(caller.office, request.office)
    project, state = _take_open(session, project_id, "an opinion")
    if request.opinion is Opinion.CONDITIONAL and not request.conditions:
        raise ConditionMissingError
    payload = request.model_dump(mode="json", exclude={"office"})
    payload["is_late"] = today() > state.deadlines[request.office]
    repository.add_event(session, project, EventKind.OPINION, payload, office=request.office)
    return repository.read_state(session, project)


def decide(session: WriteSession, project_id: int, request: DecisionRequest) -> GateState:
    """End a round.

    Raises
    ------
    ProjectNotFoundError, GateStateError
    GateNotPassableError
        It is to pass, and a DENY is open, a site unchecked, an opinion missing or against it.
    """
    project, state = _take_open(session, project_id, "a decision")
    obstacles = state.obstacles()
    if Status(request.result) is Status.PASSED and obstacles:
        raise GateNotPassableError(project_id, obstacles)
    payload = {
        "result": request.result,
        "text": request.text,
        "combined": state.combined.value,
        "conditions": _conditions(state),
    }
    repository.add_event(session, project, EventKind.DECIDED, payload)
    return repository.read_state(session, project)


def withdraw(session: WriteSession, project_id: int, text: str) -> GateState:
    """Take an open project back.

    Raises
    ------
    ProjectNotFoundError, GateStateError
    """
    project, _ = _take_open(session, project_id, "withdrawal")
    repository.add_event(session, project, EventKind.WITHDRAWN, {"text": text})
    return repository.read_state(session, project)


def describe(session: Session, project: GateProject, *, with_history: bool) -> dict[str, Any]:
    """Return a project, where it stands and, on request, everything that happened to it."""
    state, day = repository.read_state(session, project), today()
    facts = ("name", "intended_use", "industry_code", "facts", "created_by")
    answer = {
        "project_id": project.id,
        **{name: getattr(project, name) for name in facts},
        "created_at": project.created_at.isoformat(),
        "status": state.status.value,
        "round": state.round_number,
        "combined": state.combined.value,
        "verdict": _worst_verdict(state),
        "obstacles": state.obstacles(),
        "conditions": _conditions(state),
        "offices": [_describe_office(state, office, day) for office in Office],
        "sites": [_describe_site(state, site) for site in repository.sites_of(session, project)],
    }
    if with_history:
        answer["history"] = [
            {
                "kind": event.kind.value,
                "office": event.office,
                "recorded_at": event.recorded_at.isoformat(),
                "recorded_by": event.recorded_by,
                **event.payload,
            }
            for event in repository.events_of(session, project)
        ]
    return answer


def _describe_office(state: GateState, office: Office, day: date) -> dict[str, Any]:
    event, deadline = state.opinions.get(office), state.deadlines.get(office)
    return {
        "office": office.value,
        "deadline": None if deadline is None else deadline.isoformat(),
        "is_overdue": office in state.overdue(day),
        "opinion": None if event is None else dict(event.payload),
        "given_at": None if event is None else event.recorded_at.isoformat(),
        "given_by": None if event is None else event.recorded_by,
    }


def _describe_site(state: GateState, site: GateSite) -> dict[str, Any]:
    check = state.checks.get((site.layer_slug, site.feature_id))
    return {
        "layer": site.layer_slug,
        "feature_id": site.feature_id,
        "parcel_code": site.parcel_code,
        "check": None if check is None else dict(check),
    }


def _worst_verdict(state: GateState) -> str:
    """Return the worst verdict of the sites; a site without a check is no data."""
    return worst(Verdict(state.checks.get(site, {}).get("verdict", Verdict.NO_DATA)) for site in state.sites).value


def _conditions(state: GateState) -> list[dict[str, str]]:
    return [
        {"office": office.value, "condition": condition}
        for office, event in state.opinions.items()
        for condition in event.payload.get("conditions", ())
    ]


def _take(session: WriteSession, project_id: int) -> tuple[GateProject, GateState]:
    project = repository.require_project(session, project_id, for_update=True)
    return project, repository.read_state(session, project)


def _take_open(session: WriteSession, project_id: int, wanted: str) -> tuple[GateProject, GateState]:
    project, state = _take(session, project_id)
    if state.status is not Status.OPEN:
        raise GateStateError(project_id, state.status, wanted, "open")
    return project, state


def _require_deadlines(deadlines: Mapping[Office, date]) -> None:
    missing = [office.value for office in Office if office not in deadlines]
    if missing:
        raise DeadlineError(f"Every office needs a last day; missing: {', '.join(missing)}.")
    over = [f"{office.value} ({day})" for office, day in deadlines.items() if day < today()]
    if over:
        raise DeadlineError(f"A last day cannot be over: {', '.join(over)}; today is {today()}.")


def _check(session: WriteSession, project: GateProject, *, signer: Signer, base_url: str, as_of: date | None) -> None:
    """Ask every rule about every site for what the project is, and attach the check with its signed sheet."""
    day = as_of or today()
    for site in repository.sites_of(session, project):
        parcel = find_parcel(session, site.feature_id, as_of=day, layer=site.layer_slug, feature_id=site.feature_id)
        check = check_within(session, _as_site(parcel), question_of(project, day))
        sheet = issue_site_sheet(session, check, None, signer=signer, base_url=base_url)
        payload = {
            "layer": site.layer_slug,
            "feature_id": site.feature_id,
            "verdict": sheet.verdict,
            "site_check_id": str(check.id),
            "sheet_hash": sheet.sheet_hash,
            "as_of": sheet.as_of.isoformat(),
        }
        repository.add_event(session, project, EventKind.CHECKED, payload)


def _as_site(parcel: ParcelRow) -> Sites:
    rows = [{"parcel_code": parcel.parcel_code, "name": parcel.name}]
    # The stored coordinates are longitude and latitude, whatever the delivery was drawn in.
    return make_sites(np.array([parcel.geometry], dtype=object), pyproj.CRS.from_user_input("OGC:CRS84"), rows)


def question_of(project: GateProject, as_of: date) -> Question:
    """Return what is asked about the sites of a project: its use and industry, and those of its facts that rules ask for.

    Raises
    ------
    SiteRefusedError
        For a use, an industry or a fact that cannot be understood.
    """
    asked = {name: value for name, value in project.facts.items() if name in FACTS_OF_RULES}
    values = asked | {
        "use_code": project.intended_use,
        "industry_code": project.industry_code,
        "stage": Stage.PROJECT_APPROVAL,
        "as_of": as_of.isoformat(),
    }
    try:
        return Question.model_validate_json(json.dumps(values))
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        field = ".".join(map(str, found["loc"]))
        raise SiteRefusedError.of_field(
            FIELDS_OF_PROJECT.get(field, f"facts.{field}"), found["input"], found["msg"]
        ) from error
