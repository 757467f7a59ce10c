"""Which cases to take first: a plan under limits of officers and money that serves as much demand as can be served.

An integer programme, solved by HiGHS [1]_. A solution is checked in exact arithmetic before it is told; where the solver's
tolerance let a limit slip, that selection is cut off and it is solved again.

References
----------
.. [1] Huangfu, Q. and Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical Programming Computation 10.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from gis.arrays import FloatArray
from gis.disposal.assignment import Assignment
from gis.errors import GisError

#: A matrix with the least and the greatest value of its rows.
Row = tuple[csr_array, float, float | FloatArray]


class PlanInfeasibleError(GisError):
    """The cases that have to be taken need more than there is."""


class PlanReason(StrEnum):
    """Why a case is in the plan, or is not."""

    REQUIRED = "required"
    SERVES_DEMAND = "serves_demand"
    NO_DEMAND = "no_demand"  # nobody wants land of this use there, or it has no area
    DEMAND_MET = "demand_met"  # what is wanted is served by others
    TOO_MUCH_WORK = "too_much_work"  # alone beyond the officers
    TOO_EXPENSIVE = "too_expensive"  # alone beyond the budget
    NO_OFFICERS_LEFT = "no_officers_left"  # beside those taken
    NO_BUDGET_LEFT = "no_budget_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that may be taken.

    Attributes
    ----------
    case_id : int
    area_m2, officer_days, compensation_yuan : Decimal
        Land that it brings, work and money that it takes; not negative.
    use, place : str
    idle_days : int
        Of cases that serve alike the longest idle is taken.
    is_required : bool
        It has to be taken, whatever it serves.
    """

    case_id: int
    area_m2: Decimal
    officer_days: Decimal
    compensation_yuan: Decimal
    use: str
    place: str
    idle_days: int = 0
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """Land that is wanted, of a use, at a place or anywhere (None)."""

    use: str
    place: str | None
    area_m2: Decimal

    def accepts(self, candidate: Candidate) -> bool:
        """Whether land of a case is what is wanted."""
        return candidate.use == self.use and self.place in {None, candidate.place}


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """A case with the answer, the reason, and by how much a limit would be exceeded (None where none would)."""

    candidate: Candidate
    is_taken: bool
    reason: PlanReason
    short_by: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """The cases with their answers, and the sums of those taken."""

    cases: tuple[PlannedCase, ...]
    served_m2: Decimal
    officer_days: Decimal
    compensation_yuan: Decimal


def plan_recovery(
    candidates: Sequence[Candidate],
    demands: Sequence[Demand],
    *,
    officer_days: Decimal,
    budget_yuan: Decimal,
) -> RecoveryPlan:
    """Choose cases: most demand served, then least money, then least work, then longest idle.

    Parameters
    ----------
    candidates : sequence of Candidate
    demands : sequence of Demand
        Land of a case may serve several of them in parts, and is never counted twice.
    officer_days, budget_yuan : Decimal
        What there is.

    Returns
    -------
    RecoveryPlan
        Every candidate in the order given, with the reason it is in or out.

    Raises
    ------
    PlanInfeasibleError
        When those required exceed a limit.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.disposal.planning import Candidate, Demand, plan_recovery
    >>> numbers = dict(officer_days=Decimal(10), compensation_yuan=Decimal(0), use="1001", place="A")
    >>> small, large = (Candidate(case_id=n, area_m2=Decimal(n * 100), **numbers) for n in (1, 2))
    >>> wanted = [Demand("1001", None, Decimal(1000))]
    >>> plan = plan_recovery([small, large], wanted, officer_days=Decimal(10), budget_yuan=Decimal(0))
    >>> [(case.is_taken, case.reason.value) for case in plan.cases]
    [(False, 'no_officers_left'), (True, 'serves_demand')]
    """
    asked = _Asked(candidates, demands, officer_days, budget_yuan)
    asked.require_room()
    taken = asked.without_useless(_Programme(asked).choose()) if candidates else frozenset()
    land = asked.assign(taken)
    return RecoveryPlan(
        tuple(_explain(i, asked, taken, land) for i in range(len(candidates))),
        land.served_m2,
        asked.sum_of("officer_days", taken),
        asked.sum_of("compensation_yuan", taken),
    )


class _Asked:
    """What is asked, with what both the programme and the reasons need of it."""

    def __init__(
        self, candidates: Sequence[Candidate], demands: Sequence[Demand], officer_days: Decimal, budget_yuan: Decimal
    ) -> None:
        self.candidates, self.demands = candidates, demands
        self.limits = {"officer_days": officer_days, "compensation_yuan": budget_yuan}
        self.accepted = {
            i: [d for d, wanted in enumerate(demands) if wanted.accepts(each)] for i, each in enumerate(candidates)
        }

    def sum_of(self, name: str, numbers: Iterable[int]) -> Decimal:
        """Add up what some cases take."""
        return sum((getattr(self.candidates[i], name) for i in numbers), Decimal(0))

    def keeps_limits(self, taken: frozenset[int]) -> bool:
        """Whether some cases keep both limits, to the cent."""
        return all(self.sum_of(name, taken) <= limit for name, limit in self.limits.items())

    def require_room(self) -> None:
        """Refuse more required cases than there is room for."""
        required = frozenset(i for i, each in enumerate(self.candidates) if each.is_required)
        for name, limit in self.limits.items():
            needed = self.sum_of(name, required)
            if needed > limit:
                raise PlanInfeasibleError(
                    f"the {len(required)} required cases need {needed} of {name}, there are {limit}: "
                    "raise the limit or require fewer"
                )

    def assign(self, taken: Iterable[int]) -> Assignment:
        """Serve the demands with some cases."""
        land = Assignment(self.accepted, [each.area_m2 for each in self.demands])
        for i in sorted(taken):
            land.add(i, self.candidates[i].area_m2)
        return land

    def without_useless(self, taken: frozenset[int]) -> frozenset[int]:
        """Leave out what serves nothing beside the others, the shortest idle first."""
        served = self.assign(taken).served_m2
        for i in sorted(taken, key=lambda number: self.candidates[number].idle_days):
            rest = taken - {i}
            if not self.candidates[i].is_required and self.assign(rest).served_m2 == served:
                taken = rest
        return taken


class _Programme:
    """The programme over which cases are taken (0 or 1) and how much of each serves which demand (m2)."""

    def __init__(self, asked: _Asked) -> None:
        self.asked = asked
        self.pairs = [(i, d) for i, accepted in asked.accepted.items() for d in accepted]
        self.count, self.size = len(asked.candidates), len(asked.candidates) + len(self.pairs)
        self.rows = [*self._limit_rows(), *self._flow_rows()]

    def choose(self) -> frozenset[int]:
        """Solve for demand, then money, then work, then idle days, each within the best of the one before."""
        not_served = np.concatenate([np.zeros(self.count), -np.ones(len(self.pairs))])
        taken = self._solve(not_served)
        self._keep(not_served, -self.asked.assign(taken).served_m2)
        for name, sign in (("compensation_yuan", 1), ("officer_days", 1), ("idle_days", -1)):
            cost = sign * self._of(name)
            taken = self._solve(cost)
            self._keep(cost, sign * self.asked.sum_of(name, taken))
        return taken

    def _keep(self, cost: FloatArray, reached: Decimal) -> None:
        """Let what comes later cost no more than the best did: reckoned from its cases, as what the solver tells may be better by its tolerance than can be."""
        best = float(reached)
        self.rows.append((csr_array(cost[None, :]), -np.inf, best + 1e-7 * max(1.0, abs(best))))

    def _of(self, name: str) -> FloatArray:
        values = [float(getattr(each, name)) for each in self.asked.candidates]
        return np.concatenate([np.array(values), np.zeros(len(self.pairs))])

    def _solve(self, cost: FloatArray) -> frozenset[int]:
        required = [float(each.is_required) for each in self.asked.candidates]
        bounds = Bounds(
            np.concatenate([required, np.zeros(len(self.pairs))]),
            np.concatenate([np.ones(self.count), np.full(len(self.pairs), np.inf)]),
        )
        integral = np.concatenate([np.ones(self.count), np.zeros(len(self.pairs))])
        while True:
            constraints = [LinearConstraint(matrix, low, high) for matrix, low, high in self.rows]
            result = milp(
                cost, integrality=integral, bounds=bounds, constraints=constraints, options={"mip_rel_gap": 0.0}
            )
            if result.x is None:
                raise PlanInfeasibleError(f"no plan was found: {result.message}")
            taken = frozenset(np.flatnonzero(np.round(result.x[: self.count])).tolist())
            if self.asked.keeps_limits(taken):
                return taken
            cut = np.zeros(self.size)
            cut[list(taken)] = 1
            self.rows.append((csr_array(cut[None, :]), -np.inf, len(taken) - 1.0))

    def _limit_rows(self) -> list[Row]:
        return [
            (csr_array(self._of(name)[None, :]), -np.inf, float(limit)) for name, limit in self.asked.limits.items()
        ]

    def _flow_rows(self) -> list[Row]:
        """Let no case serve more than it brings, and only if it is taken; serve no demand beyond what is wanted."""
        if not self.pairs:
            return []
        columns, cases = np.arange(self.count, self.size), np.arange(self.count)
        case_of, demand_of = (np.array(side) for side in zip(*self.pairs, strict=True))
        ones, demands = np.ones(len(self.pairs)), self.asked.demands
        area = np.array([float(each.area_m2) for each in self.asked.candidates])
        used = coo_array((ones, (case_of, columns)), shape=(self.count, self.size))
        brought = coo_array((-area, (cases, cases)), shape=(self.count, self.size))
        filled = coo_array((ones, (demand_of, columns)), shape=(len(demands), self.size))
        high = np.concatenate([np.zeros(self.count), [float(each.area_m2) for each in demands]])
        return [(csr_array(vstack([used + brought, filled])), -np.inf, high)]


def _explain(number: int, asked: _Asked, taken: frozenset[int], land: Assignment) -> PlannedCase:
    candidate = asked.candidates[number]
    if number in taken:
        reason = PlanReason.REQUIRED if candidate.is_required else PlanReason.SERVES_DEMAND
        return PlannedCase(candidate, is_taken=True, reason=reason)
    reason, short_by = _why_not(number, asked, taken, land)
    return PlannedCase(candidate, is_taken=False, reason=reason, short_by=short_by)


def _why_not(number: int, asked: _Asked, taken: frozenset[int], land: Assignment) -> tuple[PlanReason, Decimal | None]:
    # Land without an area serves nothing, whatever is wanted.
    if not asked.accepted[number] or not asked.candidates[number].area_m2:
        return PlanReason.NO_DEMAND, None
    for name, reason in (
        ("officer_days", PlanReason.TOO_MUCH_WORK),
        ("compensation_yuan", PlanReason.TOO_EXPENSIVE),
    ):
        over = asked.sum_of(name, [number]) - asked.limits[name]
        if over > 0:
            return reason, over
    if not land.could_serve(number):
        return PlanReason.DEMAND_MET, None
    work = asked.sum_of("officer_days", taken | {number}) - asked.limits["officer_days"]
    if work > 0:
        return PlanReason.NO_OFFICERS_LEFT, work
    return PlanReason.NO_BUDGET_LEFT, asked.sum_of("compensation_yuan", taken | {number}) - asked.limits[
        "compensation_yuan"
    ]
