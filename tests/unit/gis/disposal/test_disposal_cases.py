"""The table of ``tests/data/disposal_cases.json``: every move, option, clock and illegal move, with the article that decides."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gis.disposal import (
    MOVE,
    CaseFacts,
    Move,
    Outcome,
    apply_move,
    find_obstacles,
    load_move_order,
    open_case,
    replay,
    settle_move,
)
from tests.unit.gis.disposal.paths import FACTS, lead_to, make_case, numbers_on

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "data" / "disposal_cases.json").read_text(encoding="utf-8")
)


def facts_of(case: dict[str, Any]) -> CaseFacts:
    return CaseFacts.model_validate(FACTS | {"kind": case.get("kind", FACTS["kind"])} | case.get("facts", {}))


def before(case: dict[str, Any]) -> Any:
    """Make the moves before the one that is asked about."""
    facts = facts_of(case)
    more = [MOVE.validate_python(move) for move in case.get("more", [])]
    path = lead_to(case["at"], kind=facts.kind.value, cause=case.get("cause", "E"), mortgagees=bool(facts.mortgagees))
    # A decision of another price is paid and checked by its own row.
    return make_case(facts, path + more)


def stored(made: tuple[Move, Outcome]) -> tuple[Move, Outcome]:
    """Write a move and its outcome as they are stored, and read them back."""
    move, outcome = made
    return MOVE.validate_json(move.model_dump_json()), Outcome.model_validate_json(outcome.model_dump_json())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_move_comes_out_as_the_law_says_with_its_article(case: dict[str, Any]):
    move = MOVE.validate_python(case["move"])
    numbers = numbers_on(move.on)
    if case["at"] == "nothing":
        outcome = settle_move(None, move, numbers=numbers)
        after = open_case(facts_of(case), move, outcome)
    else:
        state, made = before(case)
        obstacles = find_obstacles(state, move, numbers=numbers)
        assert [each.code for each in obstacles] == case.get("refused", [])
        if obstacles:
            assert case["article"] in " ".join(each.article for each in obstacles)
            assert all(each.zh and each.en and "第53号" in each.article for each in obstacles)
            return
        outcome = settle_move(state, move, numbers=numbers)
        after = apply_move(state, move, outcome)
        assert replay(facts_of(case), map(stored, [*made, (move, outcome)])) == after
    assert outcome.article.split("号）")[1].startswith(case["article"])
    assert after.stage == case["stage"]
    if "due_on" in case:
        assert outcome.due_on == date.fromisoformat(case["due_on"])
        assert after.clock is not None
        assert outcome.parameter_rows
    if "fee_yuan" in case:
        assert outcome.fee_yuan == Decimal(case["fee_yuan"])
    if "is_published" in case:
        assert after.is_published is case["is_published"]


def test_the_table_is_not_small_and_names_each_case_once():
    assert len(CASES) >= 60
    assert len({case["id"] for case in CASES}) == len(CASES)


def test_every_move_that_the_law_orders_is_in_the_table():
    known = {move.action for move in load_move_order().moves}
    told = {case["move"]["action"] for case in CASES}
    told |= {move["action"] for case in CASES for move in case.get("more", [])}
    told |= {
        move.action
        for stage in ("fee_paid", "reused", "disposed", "not_idle")
        for move in lead_to(stage, cause="E" if stage != "disposed" else "G1")
    }
    assert known - told == {"observe"}
