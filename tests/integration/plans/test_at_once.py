"""Several people at once: decisions, comparisons, branches and blueprints that cross each other lose nothing and mix nothing up."""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from sqlalchemy import Engine, text

from app.db.sessions import read_session, write_session
from app.layers.delivery import ImportRequest
from app.plans import register_repository as repository
from app.plans.blueprint import make_blueprint
from app.plans.branches import BranchRequest, discard_branch, keep_branch, open_branch
from app.plans.deciding import decide_patches
from app.plans.errors import BlueprintRefusedError, BranchRefusedError
from app.plans.proposing import propose
from app.plans.register_errors import DecisionRefusedError
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.service import compare
from tests.integration.plans.conftest import AS_OF, ImportSquares, square

ALL = PatchFilter(everything=True)
PLANS = ["city", "land"]
LOCKED = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.fixture
def comparison(differing_plans: Engine) -> int:
    """Compare the plans and propose what to do."""
    number: int = compare(differing_plans, plans=PLANS, as_of=AS_OF, actor="test")["plan_comparison_id"]
    propose(differing_plans, number, chosen=ALL, as_of=AS_OF, actor="clerk")
    return number


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except (DecisionRefusedError, BranchRefusedError) as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def wait_for_lock(engine: Engine) -> None:
    """Wait until another session waits for what this one holds."""
    for _ in range(600):
        with engine.connect() as connection:
            if connection.execute(text(LOCKED)).scalar_one():
                return
        threading.Event().wait(0.05)
    pytest.fail("Nobody waits.")


def decide(engine: Engine, comparison: int, actor: str, change: dict[str, Any], chosen: PatchFilter = ALL) -> Any:
    with write_session(engine, actor=actor) as session:
        return decide_patches(session, comparison, chosen, PatchChange.model_validate(change))


def test_of_two_decisions_at_once_the_second_is_made_of_what_the_first_left(differing_plans: Engine, comparison: int):
    chosen = PatchFilter(states=["proposed"])
    with write_session(differing_plans, actor="first") as session:
        decide_patches(session, comparison, chosen, PatchChange(state="agreed"))
        thread, found = in_thread(lambda: decide(differing_plans, comparison, "second", {"state": "open"}))
        wait_for_lock(differing_plans)
    thread.join()
    # An agreed patch does not go back to open: the second decision is refused as a whole, the first one stands.
    (refused,) = found
    assert isinstance(refused, DecisionRefusedError)
    assert refused.status == 409
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, comparison)
        states = [patch.state for patch in repository.select_patches(session, row, ALL)]
        actors = {entry.recorded_by for entry, _ in repository.list_history(session, comparison)}
    assert sorted(states) == ["agreed"] * 4 + ["open"]
    assert actors == {"clerk", "first"}


def test_a_decision_that_is_made_while_plans_are_compared_again_is_carried_over(
    differing_plans: Engine, comparison: int
):
    with write_session(differing_plans, actor="planner") as session:
        decide_patches(session, comparison, PatchFilter(states=["proposed"]), PatchChange(state="agreed"))
        thread, found = in_thread(
            lambda: compare(differing_plans, plans=PLANS, as_of=AS_OF, actor="again", everything=True)
        )
        wait_for_lock(differing_plans)
    thread.join()
    (summary,) = found
    assert isinstance(summary, dict)
    assert summary["decisions"] == {"carried": 5, "reopened": 0, "ended": 0}
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, summary["plan_comparison_id"])
        states = [patch.state for patch in repository.select_patches(session, row, ALL)]
    assert sorted(states) == ["agreed"] * 4 + ["open"]


def test_no_blueprint_is_drawn_of_decisions_on_plans_that_changed_since(
    differing_plans: Engine, import_squares: ImportSquares, comparison: int
):
    decide(differing_plans, comparison, "planner", {"state": "agreed"}, PatchFilter(states=["proposed"]))
    places = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1)]
    codes = ["2110", "1200", "2110", "1100", "1200"]
    import_squares("land", "plan", places, {"zone_code": codes}, date(2026, 1, 1), "TD/T 1027-2010")
    applied = {"state": "applied", "document": "A1", "effective_on": "2026-07-01"}
    decide(differing_plans, comparison, "planner", applied, PatchFilter(states=["agreed"]))
    with pytest.raises(BlueprintRefusedError, match="Compare again first: duogui plans compare city land"):
        make_blueprint(differing_plans, plans=PLANS, actor="chief")
    compare(differing_plans, plans=PLANS, as_of=AS_OF, actor="again")
    made = make_blueprint(differing_plans, plans=PLANS, actor="chief")
    # The square whose code changed merged with its neighbour into other ground, and is to be decided anew.
    assert made["decisions"]["undecided"]["zones"] == 1
    assert made["decisions"]["resolved"]["zones"] == 2


@pytest.fixture
def moved_line(tmp_path: Path) -> ImportRequest:
    """Return a draft of the red line two squares to the west."""
    path = tmp_path / "moved.gpkg"
    columns = {"control_code": ["R1"], "control_zone": ["core"]}
    gpd.GeoDataFrame(columns, geometry=[square(1, 0)], crs="EPSG:4490").to_file(path)
    return ImportRequest(path=path, to="line", valid_from=date(2026, 1, 1))


def test_of_two_branches_of_one_draft_the_last_that_is_discarded_takes_the_draft_along(
    differing_plans: Engine, comparison: int, moved_line: ImportRequest
):
    first = open_branch(differing_plans, BranchRequest(PLANS, "line", delivery=moved_line), actor="a")
    second = open_branch(differing_plans, BranchRequest(PLANS, "line", first["version"]), actor="b")
    assert (first["owns_draft"], second["owns_draft"]) == (True, False)
    drafts = "select count(*) from layer_version where status = 'draft'"
    counts = []
    for branch in (first, second):
        discard_branch(differing_plans, branch["plan_branch_id"], actor="a")
        with differing_plans.connect() as connection:
            counts.append(connection.execute(text(drafts)).scalar_one())
    assert counts == [1, 0]
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, comparison)
        assert len([patch for patch in repository.select_patches(session, row, ALL) if patch.state == "proposed"]) == 4


def test_a_branch_is_not_kept_once_another_was_for_it_told_of_another_state(
    differing_plans: Engine, comparison: int, moved_line: ImportRequest, import_squares: ImportSquares, tmp_path: Path
):
    branch = open_branch(differing_plans, BranchRequest(PLANS, "line", delivery=moved_line), actor="a")
    places = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1)]
    codes = ["2110", "1100", "2120", "1100", "1200"]
    import_squares("land", "plan", places, {"zone_code": codes}, date(2026, 1, 1), "TD/T 1027-2010")
    with pytest.raises(BranchRefusedError, match="is stale"):
        keep_branch(differing_plans, branch["plan_branch_id"], actor="a")
    compare(differing_plans, plans=PLANS, as_of=AS_OF, actor="again")
    with pytest.raises(BranchRefusedError, match=f"--layer line --version {branch['version']}"):
        keep_branch(differing_plans, branch["plan_branch_id"], actor="a")
    again = open_branch(differing_plans, BranchRequest(PLANS, "line", branch["version"]), actor="a")
    kept = keep_branch(differing_plans, again["plan_branch_id"], actor="a")
    assert kept["status"] == "kept"
    # What was decided where the line was is opened again, where it is now as well, and elsewhere it stays.
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, kept["comparison"]["plan_comparison_id"])
        states = {
            tuple(patch.plan_codes) + tuple(patch.hard_lines): patch.state
            for patch in repository.select_patches(session, row, ALL)
        }
    assert states["R2", "1100", "ecological_redline.core"] == "open"
    assert states["R2", "1100"] == "open"
    assert states["R2", "1200"] == "proposed"
