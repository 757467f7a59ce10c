"""Decisions when plans are compared again: carried over to the same ground, opened again with what was decided, and never lost."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.sessions import read_session, write_session
from app.main import create_app
from app.plans import register_repository as repository
from app.plans.deciding import decide_patches
from app.plans.proposing import propose
from app.plans.register_errors import ComparisonSupersededError
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.service import compare
from app.settings import Settings
from tests.integration.plans.conftest import AS_OF, ImportSquares

ALL = PatchFilter(everything=True)
PLACES = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1)]
CITY_CODES = ["R2", "R2", "E2", "R2", "M1", "R2"]
LAND_CODES = ["2110", "1100", "2110", "1100", "1200"]
APPLIED = {"state": "applied", "document": "A1", "effective_on": "2026-07-01"}


def compared(engine: Engine, **options: Any) -> dict[str, Any]:
    return compare(engine, **{"plans": ["city", "land"], "as_of": AS_OF, "actor": "again"} | options)


def decide(engine: Engine, comparison: int, change: dict[str, Any], chosen: PatchFilter = ALL) -> Any:
    with write_session(engine, actor="planner") as session:
        return decide_patches(session, comparison, chosen, PatchChange.model_validate(change))


def register(engine: Engine, comparison: int) -> dict[tuple[str, ...], Any]:
    with read_session(engine) as session:
        row = repository.require_comparison(session, comparison)
        found = {tuple(patch.plan_codes): patch for patch in repository.select_patches(session, row, ALL)}
        session.expunge_all()
    return found


def history(engine: Engine, patch: Any) -> list[tuple[str, str, str, str]]:
    with read_session(engine) as session:
        found = repository.list_patch_history(session, session.merge(patch, load=False))
        return [(entry.action, entry.from_state, entry.to_state, entry.recorded_by) for entry, _ in found]


@pytest.fixture
def decided(differing_plans: Engine) -> int:
    """Return a comparison of which all but the gap is proposed; what lies in the red line is applied, and the garden land agreed."""
    number: int = compared(differing_plans)["plan_comparison_id"]
    decide(differing_plans, number, {"owner": "规划科", "approval": ""})
    propose(differing_plans, number, chosen=ALL, as_of=AS_OF, actor="clerk")
    decide(differing_plans, number, {"state": "agreed"}, PatchFilter(line="ecological_redline"))
    decide(differing_plans, number, APPLIED, PatchFilter(line="ecological_redline"))
    decide(
        differing_plans, number, {"state": "agreed", "city_opinion": "同意"}, PatchFilter(plan="land", plan_code="1200")
    )
    return number


def test_computed_again_as_a_whole_everything_that_was_decided_stays(differing_plans: Engine, decided: int):
    before = register(differing_plans, decided)
    found = compared(differing_plans, everything=True)
    assert found["decisions"] == {"carried": 5, "reopened": 0, "ended": 0}
    after = register(differing_plans, found["plan_comparison_id"])
    assert found["plan_comparison_id"] != decided
    for codes, patch in after.items():
        for name in (
            "state",
            "decided_plan",
            "decided_code",
            "reason_code",
            "owner",
            "document",
            "effective_on",
            "city_opinion",
        ):
            assert getattr(patch, name) == getattr(before[codes], name), name
        assert patch.decision_count == before[codes].decision_count + 1
    garden = after["R2", "1200"]
    assert history(differing_plans, garden) == [
        ("noted", "open", "open", "planner"),
        ("proposed", "open", "proposed", "clerk"),
        ("agreed", "proposed", "agreed", "planner"),
        ("carried", "agreed", "agreed", "again"),
    ]


def test_the_order_in_which_plans_are_named_does_not_matter(differing_plans: Engine, decided: int):
    found = compared(differing_plans, plans=["land", "city"], everything=True)
    assert found["decisions"] == {"carried": 5, "reopened": 0, "ended": 0}
    assert register(differing_plans, found["plan_comparison_id"])["1100", "R2"].state in {"applied", "proposed"}


def test_on_other_ground_a_patch_is_opened_again_and_its_history_tells_what_was_decided(
    differing_plans: Engine, import_squares: ImportSquares, decided: int
):
    moved = [*PLACES[:5], (1.3, 1)]
    import_squares("city", "plan", moved, {"zone_code": CITY_CODES}, date(2026, 1, 1), "GB 50137-2011")
    found = compared(differing_plans)
    # The zone moved off three tenths of the garden land, which only the land-use plan knows now.
    assert found["decisions"] == {"carried": 4, "reopened": 2, "ended": 0}
    after = register(differing_plans, found["plan_comparison_id"])
    rest = after["R2", "1200"]
    assert (rest.state, rest.decided_code, rest.city_opinion, rest.owner) == ("open", None, None, None)
    with read_session(differing_plans) as session:
        (entry, _), *_ = reversed(repository.list_patch_history(session, session.merge(rest, load=False)))
    assert (entry.action, entry.from_state, entry.to_state) == ("reopened", "agreed", "open")
    assert "范围改变" in entry.note
    assert "other ground" in entry.note
    assert entry.changes["decided_plan"] == {"before": "city", "after": None}
    assert entry.changes["city_opinion"] == {"before": "同意", "after": None}
    assert entry.changes["state"] == {"before": "agreed", "after": "open"}
    assert entry.changes["former_patch"]["after"] == rest.feature_id
    assert history(differing_plans, rest)[0] == ("noted", "open", "open", "planner")
    assert after["", "1200"].state == "open"
    assert after["R2", ""].decision_count == 0


def test_where_a_plan_says_something_else_the_facts_about_the_ground_stay(
    differing_plans: Engine, import_squares: ImportSquares, decided: int
):
    codes = ["2110", "1100", "2120", "1100", "1200"]
    places = [place for place in PLACES if place != (0, 1)]
    import_squares("land", "plan", places, {"zone_code": codes}, date(2026, 1, 1), "TD/T 1027-2010")
    found = compared(differing_plans)
    assert "recomputed" in found
    assert found["decisions"] == {"carried": 0, "reopened": 1, "ended": 0}
    patch = register(differing_plans, decided)["E2", "2120"]
    assert (patch.state, patch.decided_plan, patch.owner, patch.approval) == ("open", None, "规划科", "")
    assert history(differing_plans, patch)[-1] == ("reopened", "proposed", "open", "again")
    with read_session(differing_plans) as session:
        entry = repository.list_patch_history(session, session.merge(patch, load=False))[-1][0]
    assert "规划在此的内容改变" in entry.note
    assert entry.changes["owner"] == {"before": "规划科", "after": "规划科"}


def test_what_is_no_difference_any_more_is_told_in_the_history_of_the_register(
    differing_plans: Engine, import_squares: ImportSquares, decided: int
):
    codes = ["2110", "1100", "2110", "1100", "2110"]
    places = [place for place in PLACES if place != (0, 1)]
    import_squares("land", "plan", places, {"zone_code": codes}, date(2026, 1, 1), "TD/T 1027-2010")
    found = compared(differing_plans)
    assert found["decisions"] == {"carried": 0, "reopened": 0, "ended": 1}
    with read_session(differing_plans) as session:
        *_, (entry, _) = repository.list_history(session, found["plan_comparison_id"])
    assert (entry.action, entry.from_state) == ("ended", "agreed")
    assert "已无差异" in entry.note


def test_with_other_hard_lines_a_patch_is_opened_again(differing_plans: Engine, decided: int):
    found = compared(differing_plans, lines=[])
    assert found["decisions"] == {"carried": 4, "reopened": 1, "ended": 0}
    # Both patches of these codes are there, and only the one that was in the red line is open.
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, found["plan_comparison_id"])
        chosen = PatchFilter(plan="land", plan_code="1100")
        states = {patch.state: patch for patch in repository.select_patches(session, row, chosen)}
        entry = repository.list_patch_history(session, states["open"])[-1][0]
    assert states.keys() == {"open", "proposed"}
    assert "底线改变" in entry.note
    assert entry.changes["document"] == {"before": "A1", "after": None}


@pytest.mark.parametrize(("shift", "carried"), [(4e-9, 5), (5e-8, 4)], ids=["0.4 mm", "5 mm"])
def test_a_border_that_moved_within_the_tolerance_is_the_same(
    differing_plans: Engine, import_squares: ImportSquares, decided: int, shift: float, carried: int
):
    moved = [*PLACES[:5], (1 + shift * 1000, 1)]
    import_squares("city", "plan", moved, {"zone_code": CITY_CODES}, date(2026, 1, 1), "GB 50137-2011")
    assert compared(differing_plans)["decisions"]["carried"] == carried


def test_nothing_is_decided_in_a_comparison_that_another_took_the_place_of(differing_plans: Engine, decided: int):
    now = compared(differing_plans, everything=True)["plan_comparison_id"]
    with pytest.raises(ComparisonSupersededError, match=f"decide in comparison {now}") as caught:
        decide(differing_plans, decided, {"owner": "nobody"})
    assert (caught.value.status, caught.value.extra["current"]) == (409, now)
    with pytest.raises(ComparisonSupersededError):
        propose(differing_plans, decided, chosen=ALL, as_of=AS_OF, actor="clerk")


def test_the_history_of_a_patch_over_http_begins_before_the_comparison_was_made_again(
    differing_plans: Engine, decided: int, tmp_path: Path
):
    for _ in range(2):
        number = compared(differing_plans, everything=True)["plan_comparison_id"]
    patch = register(differing_plans, number)["R2", "1200"]
    with TestClient(
        create_app(Settings(data_dir=tmp_path), differing_plans), base_url="http://127.0.0.1:8000"
    ) as client:
        answer = client.get(f"/plan-comparisons/{number}/patches/{patch.feature_id}/history").json()
    assert [entry["action"] for entry in answer["history"]] == ["noted", "proposed", "agreed", "carried", "carried"]
    assert [entry["patch"].partition("-")[0] for entry in answer["history"][:3]] == [str(decided)] * 3
