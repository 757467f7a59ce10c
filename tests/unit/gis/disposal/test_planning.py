"""Recovery plans against trying every selection, and each reason by a case that can be read."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis.disposal.assignment import Assignment
from gis.disposal.planning import Candidate, Demand, PlanInfeasibleError, plan_recovery

D = Decimal


def candidate(number: int, area: int = 10, days: int = 1, money: int = 0, **more: object) -> Candidate:
    values = {"use": "1001", "place": "A"} | more
    return Candidate(case_id=number, area_m2=D(area), officer_days=D(days), compensation_yuan=D(money), **values)


def served_by_cuts(taken: tuple[Candidate, ...], demands: list[Demand]) -> Decimal:
    """Return the smallest cut between land and demands, which is the most that can be served."""
    best = None
    for size in range(len(demands) + 1):
        for kept in combinations(range(len(demands)), size):
            reached = sum(
                (c.area_m2 for c in taken if any(demands[d].accepts(c) for d in range(len(demands)) if d not in kept)),
                D(0),
            )
            cut = reached + sum((demands[d].area_m2 for d in kept), D(0))
            best = cut if best is None else min(best, cut)
    return best or D(0)


CANDIDATES = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from("xy"),
        st.sampled_from("AB"),
        st.booleans(),
    ),
    max_size=6,
)
DEMANDS = st.lists(st.tuples(st.sampled_from("xy"), st.none() | st.sampled_from("AB"), st.integers(0, 15)), max_size=3)


@settings(max_examples=60)
@given(CANDIDATES, DEMANDS, st.integers(0, 12), st.integers(0, 12))
@example([(0, 0, 0, "x", "A", False)], [("x", None, 1)], 0, 0)
# What the solver tells of the first best is better by its tolerance than any plan can be.
@example(
    [
        (9, 0, 3, "x", "A", False),
        (8, 2, 4, "x", "A", False),
        (3, 0, 3, "y", "B", False),
        (5, 5, 5, "y", "A", False),
        (7, 0, 5, "x", "A", False),
    ],
    [("y", "B", 3), ("y", None, 2), ("x", "A", 4)],
    5,
    11,
)
def test_no_selection_is_better_than_the_plan(rows, wanted, days: int, budget: int):
    candidates = [
        candidate(n, area, work, money, use=use, place=place, is_required=required and n == 0)
        for n, (area, work, money, use, place, required) in enumerate(rows)
    ]
    demands = [Demand(use, place, D(area)) for use, place, area in wanted]
    must = {each.case_id for each in candidates if each.is_required}
    outcomes = []
    for size in range(len(candidates) + 1):
        for chosen in combinations(candidates, size):
            work, money = sum(c.officer_days for c in chosen), sum(c.compensation_yuan for c in chosen)
            if must <= {c.case_id for c in chosen} and work <= days and money <= budget:
                outcomes.append((-served_by_cuts(chosen, demands), money, work))
    if not outcomes:
        with pytest.raises(PlanInfeasibleError):
            plan_recovery(candidates, demands, officer_days=D(days), budget_yuan=D(budget))
        return
    plan = plan_recovery(candidates, demands, officer_days=D(days), budget_yuan=D(budget))
    assert (-plan.served_m2, plan.compensation_yuan, plan.officer_days) == min(outcomes)
    taken = tuple(each.candidate for each in plan.cases if each.is_taken)
    assert served_by_cuts(taken, demands) == plan.served_m2
    for each in plan.cases:
        rest = tuple(c for c in taken if c is not each.candidate)
        if each.is_taken and not each.candidate.is_required:
            assert served_by_cuts(rest, demands) < plan.served_m2
        if each.reason in {"no_officers_left", "no_budget_left", "too_much_work", "too_expensive"}:
            assert each.short_by is not None
            assert each.short_by > 0
        if each.reason in {"demand_met", "no_demand"}:
            assert served_by_cuts((*taken, each.candidate), demands) == plan.served_m2


def test_each_case_says_why_it_is_in_or_out():
    candidates = [
        candidate(1, area=100, days=10, is_required=True, use="0701"),
        candidate(2, area=60, days=10),
        candidate(3, area=50, days=10),
        candidate(4, area=100, days=31),
        candidate(5, area=100, money=101),
        candidate(6, use="0901"),
        candidate(7, area=10, days=11, place="B"),
        candidate(8, area=10, days=1, money=1),
    ]
    demands = [Demand("1001", "A", D(110)), Demand("1001", "B", D(10))]
    plan = plan_recovery(candidates, demands, officer_days=D(30), budget_yuan=D(100))
    told = {each.candidate.case_id: (each.is_taken, each.reason.value, each.short_by) for each in plan.cases}
    assert told == {
        1: (True, "required", None),
        2: (True, "serves_demand", None),
        3: (True, "serves_demand", None),
        4: (False, "too_much_work", 1),
        5: (False, "too_expensive", 1),
        6: (False, "no_demand", None),
        7: (False, "no_officers_left", 11),
        8: (False, "demand_met", None),
    }
    assert (plan.served_m2, plan.officer_days) == (110, 30)


def test_money_runs_out_before_officers_do():
    plan = plan_recovery(
        [candidate(1, area=100, money=60), candidate(2, area=90, money=60)],
        [Demand("1001", None, D(500))],
        officer_days=D(9),
        budget_yuan=D(100),
    )
    assert [(each.reason.value, each.short_by) for each in plan.cases] == [
        ("serves_demand", None),
        ("no_budget_left", 20),
    ]


def test_of_cases_that_serve_alike_the_longest_idle_is_taken():
    alike = [candidate(1, idle_days=400), candidate(2, idle_days=900), candidate(3, idle_days=500)]
    plan = plan_recovery(alike, [Demand("1001", None, D(10))], officer_days=D(1), budget_yuan=D(0))
    assert [each.is_taken for each in plan.cases] == [False, True, False]


def test_a_limit_is_kept_to_the_cent():
    money = [D("33333333.33"), D("33333333.33"), D("33333333.35")]
    candidates = [
        Candidate(case_id=n, area_m2=D(10), officer_days=D(1), compensation_yuan=cost, use="1001", place="A")
        for n, cost in enumerate(money)
    ]
    wanted = [Demand("1001", None, D(30))]
    short = plan_recovery(candidates, wanted, officer_days=D(3), budget_yuan=D("100000000.00"))
    assert (short.served_m2, short.compensation_yuan) == (20, D("66666666.66"))
    enough = plan_recovery(candidates, wanted, officer_days=D(3), budget_yuan=D("100000000.01"))
    assert enough.served_m2 == 30


def test_nothing_to_plan_is_an_empty_plan():
    plan = plan_recovery([], [Demand("1001", None, D(10))], officer_days=D(1), budget_yuan=D(0))
    assert (plan.cases, plan.served_m2) == ((), 0)


def test_land_is_moved_where_that_serves_more():
    land = Assignment({0: [0, 1], 1: [0], 2: [1]}, [D(5), D(5)])
    assert land.add(0, D(5)) == 5
    assert land.could_serve(1)
    assert land.add(1, D(5)) == 5
    assert not land.could_serve(2)
