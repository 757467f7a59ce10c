"""Cases of which the tests need this or that stage: lawful moves on hand-picked days."""

from datetime import date
from typing import Any

from gis.disposal import (
    MOVE,
    CaseFacts,
    CaseState,
    DisposalNumbers,
    Move,
    Outcome,
    apply_move,
    find_obstacles,
    open_case,
    settle_move,
)
from gis.disposal.moves import OpenCase
from gis.rules import ParameterSet, load_catalog

PARAMETERS = ParameterSet(load_catalog().parameters)
# The first year ends on 2025-03-01, the second on 2026-03-01.
FACTS = {
    "contract_no": "HT-1",
    "parcel_code": "430121020001GB00001",
    "kind": "idle_not_started",
    "agreed_start_date": "2024-03-01",
    "suspended_since": "2024-03-01",
    "holder": "某公司",
    "holder_address": "某县某路1号",
    "price_yuan": "10000000.00",
}
EXTENSION = {
    "option": "extension",
    "supplement_start_date": "2025-06-01",
    "extended_start_date": "2026-06-01",
    "completion_date": "2028-06-01",
    "liability": "逾期每日千分之一",
}


def move_of(action: str, on: str, **members: Any) -> Move:
    return MOVE.validate_python({"action": action, "on": on, **members})


def numbers_on(day: date) -> DisposalNumbers:
    return DisposalNumbers.in_force(PARAMETERS, as_of=day)


def lead_to(stage: str, *, kind: str = "idle_not_started", cause: str = "E", mortgagees: bool = False) -> list[Move]:
    """Return lawful moves that lead to a stage, the opening first."""
    proof = (
        []
        if cause == "E"
        else [move_of("prove_cause", "2025-04-12", code=cause, first_day="2024-05-01", evidence="纪要")]
    )
    kind = kind if kind.startswith("idle_") else "idle_not_started"
    told = {"mortgagees_notified_on": "2025-05-15"} if mortgagees else {}
    department = {} if cause in {"E", "FM"} else {"department_notified": "有关部门"}
    start = [
        ("suspect", [move_of("open", "2025-03-10")]),
        ("survey", [move_of("notify_survey", "2025-03-12", served_on="2025-03-14")]),
        ("evidence", [move_of("submit_evidence", "2025-04-10", text="说明")]),
    ]
    found = [
        *start,
        ("determined", [*proof, move_of("determine", "2025-04-20", kind=kind, cause=cause, basis="现场未动工")]),
        ("published", [move_of("publish", "2025-04-22", **department)]),
        ("filed", [move_of("file", "2025-04-25", filing_no="备-1")]),
    ]
    hearing = move_of("notify_hearing", "2025-05-06", purpose="fee")
    fee = [
        *found,
        ("hearing_fee", [hearing]),
        ("fee_decided", [move_of("decide_fee", "2025-05-13", approval_no="政函2")]),
        ("fee_paid", [move_of("pay_fee", "2025-06-01", amount_yuan="2000000.00")]),
    ]
    recovery = [
        *found,
        ("hearing_recovery", [move_of("notify_hearing", "2026-03-02", purpose="recovery")]),
        ("recovery_decided", [move_of("decide_recovery", "2026-03-10", approval_no="政函3", **told)]),
        ("recovered", [move_of("deregister", "2026-03-20", register_no="注-1")]),
        ("reused", [move_of("reuse", "2026-04-10", use="reserve")]),
    ]
    plan = [
        *found,
        ("plan_agreed", [move_of("agree_plan", "2025-05-06", plan=EXTENSION)]),
        ("plan_approved", [move_of("approve_plan", "2025-05-20", approval_no="政函1", **told)]),
        ("disposed", [move_of("carry_out_plan", "2025-05-25", agreement_no="补-1")]),
    ]
    not_idle = [*start, ("not_idle", [move_of("find_not_idle", "2025-04-20", reason="已动工")])]
    for path in (found, fee, recovery, plan, not_idle):
        names = [name for name, _ in path]
        if stage in names:
            return [move for _, moves in path[: names.index(stage) + 1] for move in moves]
    raise KeyError(stage)


def make_case(facts: CaseFacts, moves: list[Move]) -> tuple[CaseState, list[tuple[Move, Outcome]]]:
    """Make all moves, each of which has to be lawful; return the state and the moves with what they brought about."""
    first = moves[0]
    assert isinstance(first, OpenCase)
    outcome = settle_move(None, first, numbers=numbers_on(first.on))
    state, made = open_case(facts, first, outcome), [(first, outcome)]
    for move in moves[1:]:
        numbers = numbers_on(move.on)
        assert find_obstacles(state, move, numbers=numbers) == [], move
        outcome = settle_move(state, move, numbers=numbers)
        state = apply_move(state, move, outcome)
        made.append((move, outcome))
    return state, made
