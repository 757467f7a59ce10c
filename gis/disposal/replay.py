"""Where a case stands, from its moves alone."""

from collections.abc import Iterable
from dataclasses import replace
from functools import singledispatch
from typing import Any

from gis.disposal import moves as m
from gis.disposal.model import BASIS_FACTS, CaseClock, CaseFacts, CaseStage, CaseState, Hearing, HearingPurpose
from gis.disposal.order import load_move_order
from gis.disposal.outcome import Outcome
from gis.disposal.plans import PaidRecovery
from gis.idle import CauseInterval


def open_case(facts: CaseFacts, move: m.OpenCase, outcome: Outcome) -> CaseState:
    """Make the state of a case that has just been opened."""
    return CaseState(facts=facts, stage=CaseStage.SUSPECT, last_on=move.on, clock=_clock(outcome))


def replay(facts: CaseFacts, moves: Iterable[tuple[m.Move, Outcome]]) -> CaseState:
    """Replay all moves of a case.

    Parameters
    ----------
    facts : CaseFacts
        As they were when the case was opened.
    moves : iterable of (Move, Outcome)
        In the order in which they were made; the first opens the case.

    Raises
    ------
    ValueError
        When the first move does not open the case.
    """
    state: CaseState | None = None
    for move, outcome in moves:
        if state is not None:
            state = apply_move(state, move, outcome)
        elif isinstance(move, m.OpenCase):
            state = open_case(facts, move, outcome)
        else:
            raise ValueError(f"a case begins with its opening, not with {move.action}")
    if state is None:
        raise ValueError("a case has at least one move")
    return state


def apply_move(state: CaseState, move: m.Move, outcome: Outcome) -> CaseState:
    """Return the state after a lawful move."""
    leads_to = load_move_order().move(move.action).leads_to
    changed: dict[str, Any] = {"last_on": max(state.last_on, move.on)}
    if leads_to is not None:
        changed |= {"stage": leads_to, "clock": _clock(outcome)}
    return replace(state, **(changed | _effects(move, state, outcome)))


def _clock(outcome: Outcome) -> CaseClock | None:
    if outcome.due_on is None or outcome.due_name is None:
        return None
    return CaseClock(outcome.due_name, outcome.due_on, outcome.due_article or outcome.article)


@singledispatch
def _effects(_move: m.MoveBase, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    """Say what a move changes beside the stage; many kinds change nothing else."""
    return {}


@_effects.register
def _(_move: m.NotifySurvey, _state: CaseState, outcome: Outcome) -> dict[str, Any]:
    return {"evidence_until": outcome.due_on}


@_effects.register
def _(move: m.ProveCause, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"causes": (*state.causes, CauseInterval(move.code, move.first_day, move.last_day))}


@_effects.register
def _(move: m.Determine, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"cause": move.cause}


@_effects.register
def _(_move: m.Publish, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"is_published": True}


@_effects.register
def _(_move: m.FileCase, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"is_filed": True}


@_effects.register
def _(move: m.AgreePlan, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"plan": move.plan}


@_effects.register
def _(_move: m.CarryOutPlan, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"stage": CaseStage.RECOVERED} if isinstance(state.plan, PaidRecovery) else {}


@_effects.register
def _(move: m.NotifyHearing, state: CaseState, outcome: Outcome) -> dict[str, Any]:
    came_from = state.before_hearing if state.stage is CaseStage.HEARING else state.stage
    return {"hearing": Hearing(move.purpose, outcome.due_on or move.on), "before_hearing": came_from}


@_effects.register
def _(_move: m.RequestHearing, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {} if state.hearing is None else {"hearing": replace(state.hearing, is_requested=True)}


@_effects.register
def _(_move: m.HoldHearing, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {} if state.hearing is None else {"hearing": replace(state.hearing, is_held=True)}


@_effects.register
def _(_move: m.DecideFee, _state: CaseState, outcome: Outcome) -> dict[str, Any]:
    return {
        "decided": HearingPurpose.FEE,
        "fee_yuan": outcome.fee_yuan,
        "enforce_after": outcome.enforce_after,
    }


@_effects.register
def _(_move: m.DecideRecovery, _state: CaseState, outcome: Outcome) -> dict[str, Any]:
    return {"decided": HearingPurpose.RECOVERY, "enforce_after": outcome.enforce_after}


@_effects.register
def _(_move: m.Appeal, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"open_appeal": True}


@_effects.register
def _(move: m.SettleAppeal, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    annulled = _annulled(state) if move.outcome == "annulled" else {}
    return {"open_appeal": False} | annulled


@_effects.register
def _(_move: m.ChangeRegister, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"is_reregistered": True}


@_effects.register
def _(_move: m.Unpublish, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"is_published": False}


@_effects.register
def _(_move: m.Object, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"open_objection": True}


@_effects.register
def _(move: m.AnswerObjection, _state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    return {"open_objection": False} | (_reopened() if move.outcome == "upheld" else {})


@_effects.register
def _(move: m.Correct, state: CaseState, _outcome: Outcome) -> dict[str, Any]:
    named = {name: getattr(move.facts, name) for name in move.facts.model_fields_set}
    is_void = bool(named.keys() & BASIS_FACTS) and state.cause is not None
    return {"facts": state.facts.model_copy(update=named)} | (_reopened() if is_void else {})


def _annulled(state: CaseState) -> dict[str, Any]:
    """Lead back to where the hearing was announced: after an annulled decision it has to be announced again."""
    had_fee = state.decided is HearingPurpose.RECOVERY and state.fee_yuan is not None
    return {
        "stage": state.before_hearing or CaseStage.PUBLISHED,
        "clock": None,
        "hearing": None,
        "decided": HearingPurpose.FEE if had_fee else None,
        "fee_yuan": state.fee_yuan if had_fee else None,
        "enforce_after": None,
    }


def _reopened() -> dict[str, Any]:
    """Lead back to the evidence and off the public list: the determination is void."""
    return {
        "stage": CaseStage.EVIDENCE,
        "clock": None,
        "cause": None,
        "is_published": False,
        "is_filed": False,
        "plan": None,
        "hearing": None,
        "before_hearing": None,
    }
