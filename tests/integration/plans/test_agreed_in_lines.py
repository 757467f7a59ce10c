"""Construction land that all plans have in a hard line: found as patches, decided by people, and without a code in the blueprint until then."""

from datetime import date

import pytest
from sqlalchemy import Engine, text

from app.db.sessions import read_session, write_session
from app.plans import register_repository as repository
from app.plans.blueprint import make_blueprint
from app.plans.deciding import decide_patches
from app.plans.errors import BlueprintRefusedError
from app.plans.proposing import propose
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.service import compare
from tests.integration.plans.conftest import AS_OF, ImportSquares

AGREED = PatchFilter(conflict_class="agreed_construction")


@pytest.fixture
def comparison(differing_plans: Engine, import_squares: ImportSquares) -> int:
    columns = {"control_code": ["F1"]}
    import_squares("farmland", "permanent_basic_farmland", [(0, 0)], columns, date(2018, 1, 1))
    summary = compare(differing_plans, plans=["city", "land"], lines=["line", "farmland"], as_of=AS_OF, actor="test")
    (agreed,) = [item for item in summary["classes"] if item["class"] == "agreed_construction"]
    assert agreed["patches"]["real"] == 1
    return int(summary["plan_comparison_id"])


def test_it_is_a_patch_with_the_line_that_waits_for_a_person(differing_plans: Engine, comparison: int):
    propose(differing_plans, comparison, chosen=PatchFilter(everything=True), as_of=AS_OF, actor="clerk")
    with read_session(differing_plans) as session:
        row = repository.require_comparison(session, comparison)
        (patch,) = repository.select_patches(session, row, AGREED)
        assert patch.hard_lines == ["permanent_basic_farmland"]
        assert patch.plan_codes == ["R2", "2110"]
        assert "永久基本农田" in patch.text_zh
        # No plan has a code to follow: the rule cannot be proposed.
        assert patch.state == "open"


def decide(engine: Engine, comparison: int, change: dict[str, object]) -> None:
    with write_session(engine, actor="planner") as session:
        decide_patches(session, comparison, AGREED, PatchChange.model_validate(change))


def test_the_blueprint_has_no_code_for_it_until_somebody_decided(differing_plans: Engine, comparison: int):
    open_blueprint = make_blueprint(differing_plans, plans=["city", "land"], valid_from=AS_OF, actor="chief")
    assert open_blueprint["decisions"]["agreed"]["zones"] == 0
    # Beside the differences there is the square on which both plans build, in the farmland.
    undecided = open_blueprint["decisions"]["undecided"]["zones"]
    with pytest.raises(BlueprintRefusedError, match=f"{undecided} places"):
        make_blueprint(differing_plans, plans=["city", "land"], valid_from=AS_OF, actor="chief", complete=True)
    decide(differing_plans, comparison, {"state": "proposed", "decided_plan": "city"})
    decide(differing_plans, comparison, {"state": "agreed"})
    decide(differing_plans, comparison, {"state": "applied", "document": "1", "effective_on": AS_OF})
    again = make_blueprint(differing_plans, plans=["city", "land"], valid_from=AS_OF, actor="chief")
    assert again["decisions"]["resolved"]["zones"] == 1
    assert again["decisions"]["undecided"]["zones"] == undecided - 1


def test_a_comparison_of_before_such_patches_were_made_is_made_anew(differing_plans: Engine, comparison: int):
    with differing_plans.begin() as connection:
        connection.execute(text("update plan_comparison set summary = summary - 'method', input_digest = 'older'"))
    with pytest.raises(BlueprintRefusedError, match="Compare again first"):
        make_blueprint(differing_plans, plans=["city", "land"], valid_from=AS_OF, actor="chief")
    again = compare(differing_plans, plans=["city", "land"], lines=["line", "farmland"], as_of=AS_OF, actor="test")
    assert "recomputed" not in again
    assert again["plan_comparison_id"] != comparison
