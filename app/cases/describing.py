"""What is told of a case, to the command line and over HTTP."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.cases import repository
from app.cases.observing import NOT_DELIVERED
from app.cases.service import case_etag
from app.clock import today
from app.db.models import DisposalCase, DisposalMove
from app.imagery import repository as imagery
from app.imagery.describing import describe_row
from gis.disposal import (
    CaseStage,
    CaseState,
    DisposalNumbers,
    OptionAnswer,
    OrderedMove,
    WarningLevel,
    load_move_order,
    warn,
)
from gis.idle import IdleKind, excused_days

#: The move that only a scan makes.
BY_SCANS = "observe"
COLUMNS = ("contract_no", "parcel_code", "kind", "stage", "cause", "is_published", "opened_on", "ended_on")


def summarise(case: DisposalCase) -> dict[str, Any]:
    """Describe a case in a list."""
    return {
        "case_id": case.row_id,
        **{name: getattr(case, name) for name in COLUMNS},
        "stage_zh": load_move_order().stages[CaseStage(case.stage)],
        "due_name": case.due_name,
        "due_on": case.due_on,
        "is_overdue": case.due_on is not None and today() > case.due_on,
        "scan_kind": case.scan_kind or case.initial_facts["kind"],
        "is_still_flagged": is_still_flagged(case),
        "etag": case_etag(case),
    }


def is_still_flagged(case: DisposalCase) -> bool:
    """Whether the last scan that was told to the case still flags its land."""
    return (case.scan_kind or case.initial_facts["kind"]) not in {IdleKind.NOT_IDLE.value, NOT_DELIVERED}


def describe(session: Session, case: DisposalCase, numbers: DisposalNumbers) -> dict[str, Any]:
    """Describe a case with its facts, what may be done now, and everything that was done."""
    state, rows = repository.state_of(session, case), repository.moves_of(session, case)
    in_order = [move for move in load_move_order().moves if move.is_lawful_in(state.stage) and move.action != BY_SCANS]
    return summarise(case) | {
        "facts": state.facts.model_dump(mode="json"),
        "causes": [asdict(cause) for cause in state.causes],
        "days": _days(state, today()),
        "warning": _warning(state, numbers),
        "clock": None if state.clock is None else asdict(state.clock),
        "fee_yuan": None if state.fee_yuan is None else str(state.fee_yuan),
        "plan": None if state.plan is None else state.plan.model_dump(mode="json"),
        "open_objection": state.open_objection,
        "open_appeal": state.open_appeal,
        "enforce_after": state.enforce_after,
        "moves_in_order": [move.action for move in in_order],
        "next_moves": [_next_move(move) for move in in_order],
        "imagery": _imagery(session, case),
        "evidence": [row.move | {"number": row.number} for row in rows if row.action == "attach_evidence"],
        "history": [_history(row) for row in rows],
    }


def _imagery(session: Session, case: DisposalCase) -> dict[str, Any] | None:
    """Tell what the current run over the registered scenes shows of the case's land; None where it says nothing of it."""
    run = imagery.find_current_run(session)
    row = None if run is None else imagery.find_evidence(session, run.id, case.contract_no)
    if run is None or row is None:
        return None
    return {"evidence_run_id": run.id, "as_of": run.as_of} | describe_row(row, with_observations=True)


def describe_options(options: Iterable[OptionAnswer]) -> list[dict[str, Any]]:
    """Describe which ways of disposal are offered, and why the others are not."""
    return [
        {
            "option": each.option.value,
            "is_offered": each.is_offered,
            "obstacles": [asdict(obstacle) for obstacle in each.obstacles],
        }
        for each in options
    ]


def describe_publication(session: Session, case: DisposalCase) -> dict[str, Any]:
    """Describe what art. 11 makes public of a case: place, holder, idle time, and a cause of the government."""
    state = repository.state_of(session, case)
    facts, cause = state.facts, state.cause
    return {
        "case_id": case.row_id,
        "place": facts.place or facts.parcel_code,
        "holder": facts.holder,
        "idle_since": _idle_since(state),
        "idle_days": _days(state, today())["gross"],
        "cause": cause.value if cause is not None and cause.is_excused else None,
    }


def _history(row: DisposalMove) -> dict[str, Any]:
    names = ("number", "action", "stage", "done_on", "document_no", "due_on", "recorded_at", "recorded_by")
    move = load_move_order().move(row.action)
    told = {name: getattr(row, name) for name in names} | {"move": row.move, "outcome": row.outcome}
    return told | {"zh": move.zh, "en": move.en}


def _next_move(move: OrderedMove) -> dict[str, Any]:
    """Describe a move of the stage; its words may still be refused, with the article."""
    article = load_move_order().cite(move.article, status=move.status)
    return {"action": move.action, "zh": move.zh, "en": move.en, "article": article, "leads_to": move.leads_to}


def _idle_since(state: CaseState) -> date | None:
    is_suspended = state.facts.kind is IdleKind.IDLE_SUSPENDED
    return state.facts.suspended_since if is_suspended else state.facts.agreed_start_date


def _days(state: CaseState, day: date) -> dict[str, int | None]:
    """Count the idle days, all of them and those without proved causes of others; the calendar decides, not they."""
    since = _idle_since(state)
    if since is None or since > day:
        return {"gross": None, "net": None}
    gross = (day - since).days
    return {"gross": gross, "net": gross - excused_days(state.causes, after=since, until=day)}


def _warning(state: CaseState, numbers: DisposalNumbers) -> dict[str, Any]:
    start = state.facts.agreed_start_date
    if start is None or state.facts.kind is not IdleKind.IDLE_NOT_STARTED:
        return {"level": WarningLevel.NONE.value, "next_level": None, "next_on": None}
    return asdict(warn(start, as_of=today(), numbers=numbers))
