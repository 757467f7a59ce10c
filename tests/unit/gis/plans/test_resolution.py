"""The order of resolution, rule by rule, with what is not known said."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from gis.plans.resolution import PatchFacts, PlanFacts, PlanRole, Proposal, Step, _order, propose_resolution
from gis.plans.statuses import PlanStatus
from gis.rules import ParameterSet, load_catalog

PARAMETERS = ParameterSet(load_catalog().parameters)
AS_OF = date(2026, 6, 30)
CITY = PlanFacts("city", PlanRole.CITY, PlanStatus.CONSTRUCTION, date(2021, 3, 1))
LAND = PlanFacts("land", PlanRole.LAND_USE, PlanStatus.NON_CONSTRUCTION, date(2016, 12, 1))
NEW = PlanFacts("territorial", PlanRole.TERRITORIAL, PlanStatus.NON_CONSTRUCTION, date(2024, 1, 1))
# Everything known, and nothing that decides before the plans themselves.
KNOWN = PatchFacts(
    plans=(CITY, LAND),
    has_existing_right=False,
    approval="",
    built_share=Decimal(0),
    key_project="",
    is_inside_scale_boundary=True,
)
LINE = {"hard_lines_zh": ("生态保护红线",), "hard_lines_en": ("the ecological red line",)}


def propose(**changes: object) -> Proposal:
    return propose_resolution(replace(KNOWN, **changes), PARAMETERS, as_of=AS_OF)


@pytest.mark.parametrize(
    ("changes", "step", "status", "adjusted"),
    [
        ({}, Step.INSIDE_SCALE_BOUNDARY, PlanStatus.CONSTRUCTION, ("land",)),
        ({"is_inside_scale_boundary": False}, Step.OUTSIDE_SCALE_BOUNDARY, PlanStatus.NON_CONSTRUCTION, ("city",)),
        ({"plans": (CITY, LAND, NEW)}, Step.TERRITORIAL_PLAN, PlanStatus.NON_CONSTRUCTION, ("city",)),
        ({"key_project": "Metro 5"}, Step.KEY_PROJECT, PlanStatus.CONSTRUCTION, ("land",)),
        (
            {"built_share": Decimal("0.5"), "is_built_lawfully": True},
            Step.BUILT_LAWFULLY,
            PlanStatus.CONSTRUCTION,
            ("land",),
        ),
        (
            {"built_share": Decimal("0.9"), "is_built_lawfully": False, "key_project": "Metro 5"},
            Step.BUILT_UNLAWFULLY,
            PlanStatus.NON_CONSTRUCTION,
            ("city",),
        ),
        (
            {
                "approval": "No. 8",
                "approved_on": date(2022, 1, 1),
                "built_share": Decimal(1),
                "is_built_lawfully": False,
            },
            Step.RECENT_APPROVAL,
            PlanStatus.CONSTRUCTION,
            ("land",),
        ),
        (
            LINE | {"approval": "No. 8", "approved_on": date(2022, 1, 1)},
            Step.HARD_LINE,
            PlanStatus.NON_CONSTRUCTION,
            ("city",),
        ),
        (LINE | {"has_existing_right": True}, Step.EXISTING_RIGHT, None, ()),
        ({"plans": (LAND,)}, Step.UNDECIDED, None, ()),
    ],
)
def test_the_first_rule_of_the_order_decides(changes, step, status, adjusted):
    proposal = propose(**changes)
    assert (proposal.step, proposal.status, proposal.adjusted_plans) == (step, status, adjusted)
    assert proposal.unknown == ()


@pytest.mark.parametrize(
    ("approved_on", "step"),
    [
        (date(2021, 6, 30), Step.RECENT_APPROVAL),
        (date(2021, 6, 29), Step.INSIDE_SCALE_BOUNDARY),
        (AS_OF, Step.RECENT_APPROVAL),
        (date(2026, 7, 1), Step.INSIDE_SCALE_BOUNDARY),
    ],
)
def test_an_approval_counts_for_five_years_to_the_day(approved_on, step):
    assert propose(approval="No. 8", approved_on=approved_on).step is step


def test_a_patch_built_on_less_than_half_is_not_built():
    assert propose(built_share=Decimal("0.4999"), is_built_lawfully=True).step is Step.INSIDE_SCALE_BOUNDARY


def test_the_newest_territorial_plan_decides():
    newer = PlanFacts("newer", PlanRole.TERRITORIAL, PlanStatus.CONSTRUCTION, date(2025, 1, 1))
    proposal = propose(plans=(CITY, LAND, NEW, newer))
    assert proposal.adjusted_plans == ("land", "territorial")
    assert "newer" in proposal.reason_en
    assert "2025-01-01" in proposal.reason_zh


def test_a_plan_without_data_decides_nothing():
    silent = replace(NEW, status=PlanStatus.NO_DATA)
    proposal = propose(plans=(CITY, LAND, silent))
    assert proposal.step is Step.INSIDE_SCALE_BOUNDARY
    # It would have to say something, too.
    assert proposal.adjusted_plans == ("land", "territorial")


def test_what_is_not_known_is_said_and_never_taken_as_no():
    undated = replace(LAND, approved_on=None)
    proposal = propose_resolution(PatchFacts(plans=(CITY, undated)), PARAMETERS, as_of=AS_OF)
    assert proposal.step is Step.UNDECIDED
    assert proposal.unknown == ("approval", "built_share", "key_project", "is_inside_scale_boundary")


def test_where_nothing_else_decides_the_newer_plan_does():
    proposal = propose_resolution(PatchFacts(plans=(CITY, LAND)), PARAMETERS, as_of=AS_OF)
    assert (proposal.step, proposal.followed_plan) == (Step.NEWER_PLAN, "city")
    assert proposal.adjusted_plans == ("land",)
    same_day = replace(LAND, approved_on=CITY.approved_on)
    tied = propose_resolution(PatchFacts(plans=(CITY, same_day)), PARAMETERS, as_of=AS_OF)
    assert tied.step is Step.UNDECIDED


def test_a_reason_calls_a_plan_by_its_title():
    named = replace(CITY, title_zh="城市规划", title_en="City plan")
    proposal = propose_resolution(PatchFacts(plans=(named, LAND)), PARAMETERS, as_of=AS_OF)
    assert "城市规划" in proposal.reason_zh
    assert "City plan" in proposal.reason_en


def test_a_built_patch_of_unknown_lawfulness_is_not_decided_by_the_survey():
    proposal = propose(built_share=Decimal(1))
    assert proposal.step is Step.INSIDE_SCALE_BOUNDARY
    assert proposal.unknown == ("is_built_lawfully",)


@pytest.mark.parametrize(
    "changes",
    [{}, LINE, {"key_project": "地铁五号线"}, {"built_share": Decimal("0.6666"), "is_built_lawfully": True}],
)
def test_a_reason_is_given_in_both_languages_with_its_source(changes):
    proposal = propose(**changes)
    assert re.search("[一-鿿]", proposal.reason_zh)
    assert len(proposal.reason_en) > 20
    assert "{" not in proposal.reason_zh + proposal.reason_en
    assert "None" not in proposal.reason_zh + proposal.reason_en
    assert proposal.document
    assert proposal.is_assumed


def test_a_share_is_written_rounded_half_up():
    assert "66.7 %" in propose(built_share=Decimal("0.66650"), is_built_lawfully=True).reason_en


def test_the_numbers_used_are_named():
    assert [row.key for row in propose(approval="No. 8", approved_on=AS_OF).parameter_rows] == [
        "plan_conflict.approval_years"
    ]
    assert not propose(approval="No. 8", approved_on=AS_OF).is_assumed


def test_every_step_is_written_down():
    assert list(_order()) == list(Step)
