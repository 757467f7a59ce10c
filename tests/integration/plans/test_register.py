"""The register of differences: proposals with their reasons, legal moves only, all or nothing, and a history that stays."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.sessions import read_session, write_session
from app.etags import PreconditionFailedError, PreconditionRequiredError
from app.plans import register_repository as repository
from app.plans.balancing import balance_of
from app.plans.deciding import decide_patch, decide_patches
from app.plans.proposing import propose
from app.plans.register_errors import (
    ComparisonNotFoundError,
    DecisionRefusedError,
    FilterRefusedError,
    NothingSelectedError,
    PatchNotFoundError,
)
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.service import compare

ALL = PatchFilter(everything=True)
AS_OF = date(2026, 6, 30)


@pytest.fixture
def comparison(differing_plans: Engine) -> int:
    """Compare the city plan with the land-use plan."""
    summary = compare(differing_plans, plans=["city", "land"], as_of=AS_OF, actor="test")
    number: int = summary["plan_comparison_id"]
    return number


def register(engine: Engine, comparison: int) -> dict[tuple[str, ...], Any]:
    """Return the patches by the codes of the plans and the number of lines touched."""
    with read_session(engine) as session:
        row = repository.require_comparison(session, comparison)
        found = {
            (*patch.plan_codes, str(len(patch.hard_lines))): patch
            for patch in repository.select_patches(session, row, ALL)
        }
        session.expunge_all()
    return found


def decide(engine: Engine, comparison: int, change: dict[str, Any], chosen: PatchFilter = ALL, **more: Any) -> Any:
    with write_session(engine, actor="planner") as session:
        return decide_patches(session, comparison, chosen, PatchChange.model_validate(change), **more)


def proposed(engine: Engine, comparison: int, **more: Any) -> dict[str, Any]:
    return propose(engine, comparison, chosen=ALL, as_of=AS_OF, actor="clerk", **more)


def test_a_proposal_follows_the_order_and_gives_its_reason(differing_plans: Engine, comparison: int):
    result = proposed(differing_plans, comparison)
    assert (result["considered"], result["proposed"], result["still_open"]) == (5, 4, 1)
    assert result["rules"] == {"newer_plan": 3, "hard_line": 1, "undecided": 1}
    found = register(differing_plans, comparison)
    in_the_line = found["R2", "1100", "1"]
    assert (in_the_line.state, in_the_line.reason_code) == ("proposed", "hard_line")
    assert (in_the_line.decided_plan, in_the_line.decided_code, in_the_line.decided_status) == (
        "land",
        "1100",
        "non_construction",
    )
    assert in_the_line.adjusted_plans == ["city"]
    assert "生态保护红线" in in_the_line.reason_zh
    newer = found["R2", "1100", "0"]
    assert (newer.decided_plan, newer.decided_code, newer.adjusted_plans) == ("city", "R2", ["land"])
    assert "2020-01-01" in newer.reason_en
    gap = found["M1", "", "0"]
    assert (gap.state, gap.reason_code, gap.decided_code) == ("open", "undecided", None)


def test_a_proposal_is_never_agreed_by_itself_and_is_not_made_twice(differing_plans: Engine, comparison: int):
    proposed(differing_plans, comparison)
    before = register(differing_plans, comparison)
    again = proposed(differing_plans, comparison)
    assert again["considered"] == 1
    after = register(differing_plans, comparison)
    assert {patch.state for patch in after.values()} == {"open", "proposed"}
    assert [patch.decision_count for patch in after.values()] == [patch.decision_count for patch in before.values()]


def test_an_approval_of_the_last_years_keeps_construction_land_and_an_older_one_does_not(
    differing_plans: Engine, comparison: int
):
    patch = register(differing_plans, comparison)["E2", "2110", "0"]
    chosen = PatchFilter(patches=[patch.feature_id])
    decide(differing_plans, comparison, {"approval": "湘国土批 8 号", "approved_on": "2021-06-30"}, chosen)
    assert proposed(differing_plans, comparison)["rules"]["recent_approval"] == 1
    found = register(differing_plans, comparison)["E2", "2110", "0"]
    assert (found.decided_plan, found.adjusted_plans) == ("land", ["city"])
    decide(differing_plans, comparison, {"state": "open", "approved_on": "2021-06-29"}, chosen)
    assert "recent_approval" not in proposed(differing_plans, comparison)["rules"]


def test_what_is_built_is_measured_in_the_survey(differing_plans: Engine, comparison: int, import_squares):
    # Two overlapping pieces of industry cover six tenths of the square (2, 0); farmland covers the rest.
    columns = {"feature_code": ["0601", "0601", "0103"]}
    places = [(1.5, 0), (1.6, 0), (2.6, 0)]
    import_squares("survey", "reference", places, columns, date(2024, 1, 1), "TD/T 1055-2019")
    decide(differing_plans, comparison, {"is_built_lawfully": True})
    result = proposed(differing_plans, comparison, survey="survey")
    found = register(differing_plans, comparison)
    assert found["E2", "2110", "0"].built_share == pytest.approx(0.6, abs=1e-6)
    assert found["E2", "2110", "0"].reason_code == "built_lawfully"
    assert found["E2", "2110", "0"].decided_status == "construction"
    # The square (1, 0) is covered by the half of the first piece that lies in it.
    assert found["R2", "1100", "0"].built_share == pytest.approx(0.5, abs=1e-6)
    assert found["R2", "1200", "0"].built_share == 0
    assert result["rules"]["built_lawfully"] == 2


def test_a_patch_goes_from_proposed_to_agreed_to_applied_and_every_step_is_kept(
    differing_plans: Engine, comparison: int
):
    proposed(differing_plans, comparison)
    chosen = PatchFilter(states=["proposed"], line="ecological_redline")
    opinions = {"district_opinion": "同意", "leading_group_opinion": "按区意见办理", "city_opinion": "同意"}
    decide(differing_plans, comparison, opinions | {"state": "agreed", "note": "会议纪要 3"}, chosen)
    chosen = PatchFilter(states=["agreed"])
    applied = {"state": "applied", "document": "唐港城办发〔27号〕", "effective_on": "2026-07-01"}
    result = decide(differing_plans, comparison, applied, chosen)
    assert (result["selected"], result["changed"]) == (1, 1)
    patch = register(differing_plans, comparison)["R2", "1100", "1"]
    with read_session(differing_plans) as session:
        history = [entry for entry, _ in repository.list_patch_history(session, patch)]
        session.expunge_all()
    assert [(entry.action, entry.from_state, entry.to_state, entry.recorded_by) for entry in history] == [
        ("proposed", "open", "proposed", "clerk"),
        ("agreed", "proposed", "agreed", "planner"),
        ("applied", "agreed", "applied", "planner"),
    ]
    assert {name: history[1].changes[name] for name in opinions} == {
        name: {"before": None, "after": opinion} for name, opinion in opinions.items()
    }
    assert history[1].note == "会议纪要 3"
    assert history[2].changes["effective_on"] == {"before": None, "after": "2026-07-01"}
    assert patch.decision_count == 3


@pytest.mark.parametrize("statement", ["update patch_decision set note = 'x'", "delete from patch_decision"])
def test_the_database_refuses_to_change_the_history(differing_plans: Engine, comparison: int, statement: str):
    proposed(differing_plans, comparison)
    with pytest.raises(DBAPIError, match="history of patch_decision is never changed"), differing_plans.begin() as at:
        at.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"state": "agreed"}, 409, "From 'open' it may go to: proposed, rejected"),
        ({"state": "applied"}, 409, "found 'open'"),
        ({"state": "proposed"}, 422, "Name decided_plan, or decided_code"),
        ({"state": "proposed", "decided_plan": "sea"}, 422, "not compared"),
        ({"state": "proposed", "decided_code": "Q7", "decided_code_version": "GB 50137-2011"}, 422, "known table"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_what_to_do(
    differing_plans: Engine, comparison: int, change: dict[str, Any], status: int, message: str
):
    with pytest.raises(DecisionRefusedError, match=message) as caught:
        decide(differing_plans, comparison, change)
    assert caught.value.status == status
    assert caught.value.extra["refused_count"] == 5
    assert {patch.state for patch in register(differing_plans, comparison).values()} == {"open"}


def test_a_decision_for_many_is_made_for_all_of_them_or_for_none(differing_plans: Engine, comparison: int):
    # Only the gap has no code of the land-use plan to take up.
    with pytest.raises(DecisionRefusedError, match="a plan that says one code there") as caught:
        decide(differing_plans, comparison, {"state": "proposed", "decided_plan": "land"})
    assert caught.value.extra["refused_count"] == 1
    assert {patch.state for patch in register(differing_plans, comparison).values()} == {"open"}
    chosen = PatchFilter(conflict_class="conflict")
    assert decide(differing_plans, comparison, {"state": "proposed", "decided_plan": "land"}, chosen)["changed"] == 4
    with read_session(differing_plans) as session:
        batches = {entry.batch for entry, _ in repository.list_history(session, comparison)}
    assert len(batches) == 1


def test_a_code_that_no_plan_has_can_be_decided_and_the_plans_that_differ_are_named(
    differing_plans: Engine, comparison: int
):
    chosen = PatchFilter(conflict_class="gap")
    change = {
        "state": "proposed",
        "decided_code": "G1",
        "decided_code_version": "GB 50137-2011",
        "note": "留作公园",
    }
    decide(differing_plans, comparison, change, chosen)
    gap = register(differing_plans, comparison)["M1", "", "0"]
    assert (gap.decided_plan, gap.decided_code, gap.decided_status) == (None, "G1", "construction")
    assert gap.adjusted_plans == ["land"]
    assert (gap.reason_code, gap.reason_zh) == ("person", "留作公园")


def test_what_is_agreed_cannot_be_changed_underneath_and_what_is_applied_not_at_all(
    differing_plans: Engine, comparison: int
):
    proposed(differing_plans, comparison)
    some = PatchFilter(line="ecological_redline.core")
    decide(differing_plans, comparison, {"state": "agreed"}, some)
    with pytest.raises(DecisionRefusedError, match="Take it back to 'proposed' first"):
        decide(differing_plans, comparison, {"decided_plan": "city"}, some)
    with pytest.raises(DecisionRefusedError, match="Send document too"):
        decide(differing_plans, comparison, {"state": "applied", "effective_on": "2026-07-01"}, some)
    decide(differing_plans, comparison, {"state": "applied", "document": "A", "effective_on": "2026-07-01"}, some)
    for change in ({"owner": "somebody"}, {"state": "open"}):
        with pytest.raises(DecisionRefusedError) as caught:
            decide(differing_plans, comparison, change, some)
        assert caught.value.status == 409


def test_land_of_a_key_project_is_applied_with_the_source_of_its_quota(differing_plans: Engine, comparison: int):
    patch = register(differing_plans, comparison)["R2", "1200", "0"]
    some = PatchFilter(patches=[patch.feature_id])
    decide(differing_plans, comparison, {"key_project": "地铁五号线", "approval": ""}, some)
    assert proposed(differing_plans, comparison)["rules"]["key_project"] == 1
    decide(differing_plans, comparison, {"state": "agreed"}, some)
    applied = {"state": "applied", "document": "A", "effective_on": "2026-07-01"}
    with pytest.raises(DecisionRefusedError, match="Send quota_source too"):
        decide(differing_plans, comparison, applied, some)
    assert decide(differing_plans, comparison, applied | {"quota_source": "省级预留规模"}, some)["changed"] == 1
    # A patch that no key project decided needs none.
    others = PatchFilter(line="ecological_redline.core")
    decide(differing_plans, comparison, {"state": "agreed"}, others)
    assert decide(differing_plans, comparison, applied, others)["changed"] == 1


def test_a_patch_that_is_opened_again_has_nothing_decided(differing_plans: Engine, comparison: int):
    proposed(differing_plans, comparison)
    some = PatchFilter(states=["proposed"])
    decide(differing_plans, comparison, {"state": "rejected"}, some)
    decide(differing_plans, comparison, {"state": "open", "owner": "规划科"}, PatchFilter(states=["rejected"]))
    for patch in register(differing_plans, comparison).values():
        assert (patch.state, patch.decided_plan, patch.decided_code, patch.adjusted_plans) == ("open", None, None, [])


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [
        ({"plan": "land", "plan_status": "construction"}, {("E2", "2110")}),
        ({"plan": "city", "plan_code": "R2", "line": "ecological_redline"}, {("R2", "1100")}),
        ({"conflict_class": "gap"}, {("M1", "")}),
        ({"line": "ecological_redline.general"}, set()),
        ({"bbox": [113.0011, 28.0011, 113.0019, 28.0019]}, {("R2", "1200")}),
        ({"max_area_m2": 10}, set()),
    ],
)
def test_patches_are_selected_by_what_they_are(differing_plans: Engine, comparison: int, chosen, codes):
    assert selected(differing_plans, comparison, PatchFilter.model_validate(chosen)) == codes


def test_patches_are_selected_by_the_unit_that_they_lie_in(differing_plans: Engine, comparison: int, import_squares):
    codes = {"control_code": ["west", "east"]}
    import_squares("towns", "jurisdiction", [(0.4, 1), (1.4, 0)], codes, date(2015, 1, 1))
    with differing_plans.connect() as connection:
        query = text("select feature_id from control_area where control_code = 'west'")
        town = connection.execute(query).scalar_one()
    # The middle of the square (0, 1) lies in the town, that of the square (1, 1) does not.
    chosen = PatchFilter.model_validate({"unit": {"layer": "towns", "feature_id": town}})
    assert selected(differing_plans, comparison, chosen) == {("M1", "")}
    chosen = PatchFilter.model_validate({"unit": {"layer": "towns", "feature_id": "no such town"}})
    with pytest.raises(FilterRefusedError, match="no such town"):
        selected(differing_plans, comparison, chosen)


def selected(engine: Engine, comparison: int, chosen: PatchFilter) -> set[tuple[str, ...]]:
    with read_session(engine) as session:
        row = repository.require_comparison(session, comparison)
        return {tuple(patch.plan_codes) for patch in repository.select_patches(session, row, chosen)}


def test_a_filter_that_meets_nothing_or_names_another_plan_is_refused(differing_plans: Engine, comparison: int):
    with pytest.raises(NothingSelectedError, match="nothing was decided"):
        decide(differing_plans, comparison, {"owner": "规划科"}, PatchFilter(overlap_class="sliver"))
    with pytest.raises(FilterRefusedError, match="one of the plans compared: city, land"):
        decide(differing_plans, comparison, {"owner": "规划科"}, PatchFilter(plan="sea", plan_code="R2"))
    with pytest.raises(ComparisonNotFoundError):
        decide(differing_plans, comparison + 1, {"owner": "规划科"})


@pytest.mark.parametrize(
    "values",
    [{}, {"everything": True, "owner": "a"}, {"plan_code": "R2"}, {"bbox": [2, 1, 1, 2]}, {"min_area_m2": -1}],
)
def test_a_filter_that_cannot_be_meant_is_refused(values: dict[str, Any]):
    with pytest.raises(ValueError, match="validation error"):
        PatchFilter.model_validate(values)


def test_one_patch_is_decided_as_it_was_when_it_was_read(differing_plans: Engine, comparison: int):
    patch = register(differing_plans, comparison)["M1", "", "0"]
    change = PatchChange(owner="规划科")
    with write_session(differing_plans, actor="planner") as session:
        decided = decide_patch(session, comparison, patch.feature_id, change, if_match=f'"{patch.row_id}-0"')
        assert (decided.owner, decided.decision_count) == ("规划科", 1)
    with write_session(differing_plans, actor="planner") as session:
        with pytest.raises(PreconditionFailedError):
            decide_patch(session, comparison, patch.feature_id, change, if_match=f'"{patch.row_id}-0"')
        with pytest.raises(PreconditionRequiredError):
            decide_patch(session, comparison, patch.feature_id, change, if_match=None)
        with pytest.raises(PatchNotFoundError):
            decide_patch(session, comparison, "nothing", change, if_match="*")


def test_a_decision_that_changes_nothing_is_not_in_the_history(differing_plans: Engine, comparison: int):
    assert decide(differing_plans, comparison, {"owner": "规划科"})["changed"] == 5
    assert decide(differing_plans, comparison, {"owner": "规划科"})["changed"] == 0
    with read_session(differing_plans) as session:
        assert len(repository.list_history(session, comparison)) == 5


def test_the_balance_counts_what_each_plan_gains_and_loses(differing_plans: Engine, comparison: int):
    proposed(differing_plans, comparison)
    area = {codes: patch.area_m2 for codes, patch in register(differing_plans, comparison).items()}
    with read_session(differing_plans) as session:
        balance = balance_of(session, repository.require_comparison(session, comparison))
    city, land = balance["plans"]
    # The city plan loses the square in the red line; the land-use plan gains arable and garden land, and loses (2, 0).
    assert city["stages"]["proposed"]["added_m2"] == 0
    assert city["stages"]["proposed"]["removed_m2"] == pytest.approx(area["R2", "1100", "1"], abs=0.01)
    assert city["stages"]["proposed"]["grows"] is False
    gained = area["R2", "1100", "0"] + area["R2", "1200", "0"]
    assert land["stages"]["proposed"]["added_m2"] == pytest.approx(gained, abs=0.01)
    assert land["stages"]["proposed"]["added_agricultural_m2"] == pytest.approx(gained, abs=0.01)
    assert land["stages"]["proposed"]["added_arable_m2"] == pytest.approx(area["R2", "1100", "0"], abs=0.01)
    assert land["stages"]["proposed"]["removed_m2"] == pytest.approx(area["E2", "2110", "0"], abs=0.01)
    assert land["stages"]["proposed"]["grows"] is True
    assert land["stages"]["agreed"]["net_m2"] == 0
    assert sum(state["patches"] for state in balance["states"]) == 5


def test_a_trial_tells_the_balance_and_changes_nothing(differing_plans: Engine, comparison: int):
    proposed(differing_plans, comparison)
    some = PatchFilter(states=["proposed"])
    trial = decide(differing_plans, comparison, {"state": "agreed"}, some, dry_run=True)
    assert (trial["changed"], trial["batch"]) == (4, None)
    assert trial["balance"]["plans"][1]["stages"]["agreed"]["grows"] is True
    assert {patch.state for patch in register(differing_plans, comparison).values()} == {"open", "proposed"}
    real = decide(differing_plans, comparison, {"state": "agreed"}, some)
    assert real["balance"] == trial["balance"]


def met_by(engine: Engine, comparison: int, **chosen: Any) -> set[str]:
    with read_session(engine) as session:
        row = repository.require_comparison(session, comparison)
        return {"/".join(patch.plan_codes) for patch in repository.select_patches(session, row, PatchFilter(**chosen))}


def test_a_filter_in_cql2_selects_by_everything_that_the_collection_can_be_filtered_by(
    differing_plans: Engine, comparison: int
):
    as_json = {"op": "=", "args": [{"property": "conflict_class"}, "gap"]}
    beside = "S_INTERSECTS(geometry, BBOX(113.0001, 28.0011, 113.0009, 28.0019)) AND area_m2 BETWEEN 1 AND 1e6"
    assert met_by(differing_plans, comparison, cql2="conflict_class = 'gap'") == {"M1/"}
    assert met_by(differing_plans, comparison, cql2=as_json) == {"M1/"}
    assert met_by(differing_plans, comparison, cql2=beside) == {"M1/"}
    assert met_by(differing_plans, comparison, cql2="NOT conflict_class = 'gap'", plan="land", plan_code="1200") == {
        "R2/1200"
    }
    chosen = PatchFilter(cql2="owner IS NULL AND conflict_class <> 'conflict'")
    assert decide(differing_plans, comparison, {"owner": "规划科"}, chosen)["changed"] == 1
    assert met_by(differing_plans, comparison, cql2="owner LIKE '规划%'") == {"M1/"}
    with pytest.raises(NothingSelectedError):
        decide(differing_plans, comparison, {"owner": "规划科"}, chosen)


@pytest.mark.parametrize(
    ("cql2", "message"),
    [
        ("colour = 'red'", "colour"),
        ("area_m2 >", "not understood"),
        ("area_m2 = 'wide'", "area_m2"),
        ({"op": "pg_sleep", "args": [10]}, "pg_sleep"),
        ("plan_comparison_id", "Expected a condition"),
    ],
)
def test_a_filter_in_cql2_that_cannot_be_meant_is_refused_with_what_there_is(
    differing_plans: Engine, comparison: int, cql2: str | dict[str, Any], message: str
):
    with pytest.raises(FilterRefusedError, match=message) as caught:
        decide(differing_plans, comparison, {"owner": "x"}, PatchFilter(cql2=cql2))
    assert (caught.value.status, caught.value.extra["field"]) == (422, "cql2")
    assert "conflict_class" in str(caught.value)
