"""The states of a patch, whose code a decision takes up, and the balance of construction land."""

import json
from datetime import date
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.plans.balance import DecidedPatch, balance_construction, is_agricultural, is_arable
from gis.plans.deciding import deciding_lines
from gis.plans.lines import line_names
from gis.plans.register import MOVES, STATE_NAMES, PatchState, PlanOffer, choose_code
from gis.plans.statuses import PlanStatus

YES, NO = PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION


def offer(name: str, status: PlanStatus, code: str, day: date | None = None) -> PlanOffer:
    return PlanOffer(name, status, code, "GB 50137-2011", day)


def test_every_state_has_a_name_and_its_moves_and_what_is_applied_is_final():
    assert set(MOVES) == set(STATE_NAMES) == set(PatchState)
    assert not MOVES[PatchState.APPLIED]
    assert all(state not in targets for state, targets in MOVES.items())


def test_nothing_is_applied_that_was_not_agreed_and_nothing_agreed_that_was_not_proposed():
    into = {target: {state for state in MOVES if target in MOVES[state]} for target in PatchState}
    assert into[PatchState.APPLIED] == {PatchState.AGREED}
    assert into[PatchState.AGREED] == {PatchState.PROPOSED}


def test_the_newest_plan_of_the_status_gives_the_code_and_the_first_named_of_one_day():
    old, new = offer("old", YES, "M1", date(2012, 1, 1)), offer("new", YES, "R2", date(2020, 1, 1))
    assert choose_code([new, old], YES).plan == "new"
    assert choose_code([offer("a", YES, "M1", date(2012, 1, 1)), old], YES).plan == "a"
    assert choose_code([offer("undated", YES, "M1"), old], YES).plan == "old"


@pytest.mark.parametrize(
    "unclear", [offer("a", YES, ""), offer("a", YES, "M1+R2"), offer("a", PlanStatus.CONTRADICTION, "E2+R2")]
)
def test_a_plan_that_does_not_say_one_code_gives_none(unclear: PlanOffer):
    assert choose_code([unclear], YES) is None


def test_the_plans_that_say_something_else_are_those_that_change():
    offers = [offer("a", YES, "R2"), offer("b", NO, "E2"), offer("c", PlanStatus.NO_DATA, ""), offer("d", YES, "M1")]
    assert choose_code(offers, YES).adjusted_plans(offers) == ["b", "c"]


def test_every_deciding_line_is_a_line_that_a_comparison_knows():
    entries = json.loads((resources.files("gis.plans") / "deciding_lines.json").read_text(encoding="utf-8"))
    names = [entry["line"] for entry in entries]
    assert deciding_lines(names) == tuple(names)
    for name in names:
        assert all(line_names(name))


def test_silence_of_a_line_and_ground_outside_of_a_boundary_decide_nothing():
    assert deciding_lines(["ecological_redline.not_covered", "urban_development_boundary.outside", "forest"]) == ()


@pytest.mark.parametrize(
    ("code", "version", "agricultural", "arable"),
    [
        ("0101", "GB/T 21010-2017", True, True),
        ("010999", "GUIDE-2023", True, True),
        ("0201", "GUIDE-2023", True, False),
        ("1100", "TD/T 1027-2010", True, True),
        ("1000", "TD/T 1027-2010", True, None),
        ("E2", "GB 50137-2011", True, None),
        ("R2", "GB 50137-2011", False, False),
        ("R2", "Cambridge zoning", None, None),
        ("", None, None, None),
    ],
)
def test_what_a_table_does_not_say_is_not_known(code, version, agricultural, arable):
    assert (is_agricultural(code, version), is_arable(code, version)) == (agricultural, arable)


def test_a_plan_that_contradicts_itself_neither_gains_nor_loses():
    patch = DecidedPatch(50.0, PlanStatus.CONTRADICTION, "E2+R2", "GB 50137-2011", YES)
    balance = balance_construction([patch])
    assert (balance.added_m2, balance.removed_m2, balance.unclear_m2) == (0, 0, 50)


def test_where_a_plan_said_nothing_its_quota_is_not_known():
    balance = balance_construction([DecidedPatch(50.0, PlanStatus.NO_DATA, "", None, YES)])
    assert (balance.added_m2, balance.added_unknown_m2, balance.added_agricultural_m2) == (50, 50, 0)


@given(
    st.lists(
        st.builds(
            DecidedPatch,
            st.integers(1, 10_000).map(float),
            st.sampled_from(list(PlanStatus)),
            st.sampled_from(["1100", "1200", "2110", ""]),
            st.just("TD/T 1027-2010"),
            st.sampled_from([YES, NO]),
        )
    )
)
def test_a_balance_is_the_construction_land_after_less_that_before(patches: list[DecidedPatch]):
    clear = [patch for patch in patches if patch.before is not PlanStatus.CONTRADICTION]
    after = sum(patch.area_m2 for patch in clear if patch.decided is YES)
    before = sum(patch.area_m2 for patch in clear if patch.before is YES)
    balance = balance_construction(patches)
    assert balance.net_m2 == pytest.approx(after - before)
    assert balance.added_arable_m2 <= balance.added_agricultural_m2 <= balance.added_m2
