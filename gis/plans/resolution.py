"""A proposal for each difference patch (差异图斑协调): what should give way, by which rule, and what was not known.

A proposal is never a decision: a person takes it, changes it or turns it down.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from gis.idle.clock import add_years
from gis.measurement import round_half_up
from gis.plans.statuses import PlanStatus
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.sources import NATIONAL, SourceStatus

__all__ = ["PatchFacts", "PlanFacts", "PlanRole", "Proposal", "Step", "propose_resolution"]


class PlanRole(StrEnum):
    """Which kind of plan has a say of its own in the order of resolution."""

    TERRITORIAL = "territorial"  # 国土空间规划
    CITY = "city"  # 城市规划
    LAND_USE = "land_use"  # 土地利用规划
    OTHER = "other"


class Step(StrEnum):
    """The rule that a proposal follows, in the order in which they are asked."""

    EXISTING_RIGHT = "existing_right"
    HARD_LINE = "hard_line"
    RECENT_APPROVAL = "recent_approval"
    BUILT_LAWFULLY = "built_lawfully"
    BUILT_UNLAWFULLY = "built_unlawfully"
    KEY_PROJECT = "key_project"
    TERRITORIAL_PLAN = "territorial_plan"
    INSIDE_SCALE_BOUNDARY = "inside_scale_boundary"
    OUTSIDE_SCALE_BOUNDARY = "outside_scale_boundary"
    NEWER_PLAN = "newer_plan"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What one plan says of a patch; reasons call it by its titles where it has some."""

    name: str
    role: PlanRole
    status: PlanStatus
    approved_on: date | None = None
    title_zh: str | None = None
    title_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFacts:
    """What is known of one patch; None is not known, and is said so in the proposal.

    Attributes
    ----------
    plans : tuple of PlanFacts
    hard_lines_zh, hard_lines_en : tuple of str
        Names of the lines whose forbidden ground the patch is.
    has_existing_right : bool or None
        Whether somebody lawfully held the land as construction land before the line was drawn.
    approval, approved_on : str and date, or None
        The last land conversion, grant or planning permit, and its day; ``""`` where there certainly is none.
    built_share : Decimal or None
        Share of the patch that is construction land in the land survey, 0 to 1.
    is_built_lawfully : bool or None
    key_project : str or None
        ``""`` where there certainly is none.
    is_inside_scale_boundary : bool or None
        Of the former land-use plan (规模边界).
    """

    plans: tuple[PlanFacts, ...]
    hard_lines_zh: tuple[str, ...] = ()
    hard_lines_en: tuple[str, ...] = ()
    has_existing_right: bool | None = None
    approval: str | None = None
    approved_on: date | None = None
    built_share: Decimal | None = None
    is_built_lawfully: bool | None = None
    key_project: str | None = None
    is_inside_scale_boundary: bool | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a patch.

    Attributes
    ----------
    step : Step
    status : PlanStatus or None
        Construction or not; None where a person has to find it.
    followed_plan : str or None
        The plan that decides, where the rule names one.
    adjusted_plans : tuple of str
        The plans that say something else and would be changed.
    reason_zh, reason_en : str
    document : str
    is_assumed : bool
        Whether the rule or a number of it is practice that no text read so far prints.
    unknown : tuple of str
        Facts that could have led to another proposal and were not known.
    parameter_rows : tuple of ParameterRow
    """

    step: Step
    status: PlanStatus | None
    followed_plan: str | None
    adjusted_plans: tuple[str, ...]
    reason_zh: str
    reason_en: str
    document: str
    is_assumed: bool
    unknown: tuple[str, ...]
    parameter_rows: tuple[ParameterRow, ...]


def propose_resolution(facts: PatchFacts, parameters: ParameterSet, *, as_of: date, region: str = NATIONAL) -> Proposal:
    """Propose how to resolve one patch: the first rule of the order that has something to say.

    Parameters
    ----------
    facts : PatchFacts
    parameters : ParameterSet
        With the rows ``plan_conflict.*``.
    as_of : date
        From which the years since an approval are counted back.
    region : str, optional
        Administrative code of the patch.

    Returns
    -------
    Proposal

    Raises
    ------
    ParameterNotInForceError

    Examples
    --------
    >>> from datetime import date
    >>> from gis.plans.statuses import PlanStatus
    >>> from gis.rules import ParameterSet, load_catalog
    >>> city = PlanFacts("city", PlanRole.CITY, PlanStatus.CONSTRUCTION)
    >>> land = PlanFacts("land", PlanRole.LAND_USE, PlanStatus.NON_CONSTRUCTION)
    >>> facts = PatchFacts(plans=(city, land), hard_lines_zh=("生态保护红线",), hard_lines_en=("the ecological red line",))
    >>> proposal = propose_resolution(facts, ParameterSet(load_catalog().parameters), as_of=date(2026, 6, 30))
    >>> proposal.step.value, proposal.adjusted_plans, proposal.unknown
    ('hard_line', ('city',), ('has_existing_right',))
    """
    rows = {key: parameters.row(key, as_of=as_of, region=region) for key in _KEYS}
    years, built_min = rows["plan_conflict.approval_years"], rows["plan_conflict.built_share_min"]
    search = _Search(facts, years.integer, built_min.value, as_of)
    step, plan = search.find()
    return _proposal(facts, step, plan, search, (years, built_min))


_KEYS = ("plan_conflict.approval_years", "plan_conflict.built_share_min")


class _Entry(BaseModel):
    """One rule of the order as it is written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Step
    outcome: Literal["construction", "non_construction", "plan"] | None
    zh: str
    en: str
    document: str
    status: SourceStatus


@cache
def _order() -> Mapping[Step, _Entry]:
    text = (resources.files("gis.plans") / "resolution_order.json").read_text(encoding="utf-8")
    return {entry.step: entry for entry in TypeAdapter(list[_Entry]).validate_python(json.loads(text))}


class _Search:
    """Asks the rules in their order, and notes what would have been needed to ask one of them."""

    def __init__(self, facts: PatchFacts, years: int, built_min: Decimal, as_of: date) -> None:
        self._facts, self._years, self._built_min, self._as_of = facts, years, built_min, as_of
        self.unknown: list[str] = []

    def find(self) -> tuple[Step, PlanFacts | None]:
        """Return the first step that decides, with the plan that it follows."""
        for decide in (self._by_hard_line, self._by_approval, self._by_survey, self._by_project):
            step = decide()
            if step is not None:
                return step, None
        return self._by_plan()

    def _known(self, *names: str) -> bool:
        missing = [name for name in names if getattr(self._facts, name) is None]
        self.unknown += missing
        return not missing

    def _by_hard_line(self) -> Step | None:
        if not self._facts.hard_lines_zh:
            return None
        if self._known("has_existing_right") and self._facts.has_existing_right:
            return Step.EXISTING_RIGHT
        return Step.HARD_LINE

    def _by_approval(self) -> Step | None:
        if not self._known("approval") or not self._facts.approval or not self._known("approved_on"):
            return None
        assert self._facts.approved_on is not None  # noqa: S101 - known, as asked above
        is_recent = self._facts.approved_on <= self._as_of <= add_years(self._facts.approved_on, self._years)
        return Step.RECENT_APPROVAL if is_recent else None

    def _by_survey(self) -> Step | None:
        if not self._known("built_share") or (self._facts.built_share or 0) < self._built_min:
            return None
        if not self._known("is_built_lawfully"):
            return None
        return Step.BUILT_LAWFULLY if self._facts.is_built_lawfully else Step.BUILT_UNLAWFULLY

    def _by_project(self) -> Step | None:
        return Step.KEY_PROJECT if self._known("key_project") and self._facts.key_project else None

    def _by_plan(self) -> tuple[Step, PlanFacts | None]:
        territorial = [plan for plan in self._with_role(PlanRole.TERRITORIAL) if plan.approved_on is not None]
        if territorial:
            return Step.TERRITORIAL_PLAN, max(territorial, key=lambda plan: plan.approved_on or date.min)
        if self._known("is_inside_scale_boundary"):
            inside = self._facts.is_inside_scale_boundary
            plans = self._with_role(PlanRole.CITY if inside else PlanRole.LAND_USE)
            if len(plans) == 1:
                return (Step.INSIDE_SCALE_BOUNDARY if inside else Step.OUTSIDE_SCALE_BOUNDARY), plans[0]
        newest = self._newest()
        return (Step.UNDECIDED, None) if newest is None else (Step.NEWER_PLAN, newest)

    def _newest(self) -> PlanFacts | None:
        """Return the plan that was approved last, if all days are known and no other plan has the same."""
        said = [plan for role in PlanRole for plan in self._with_role(role)]
        days = sorted(plan.approved_on for plan in said if plan.approved_on is not None)
        if len(said) < 2 or len(days) < len(said) or days[-1] == days[-2]:
            return None
        return next(plan for plan in said if plan.approved_on == days[-1])

    def _with_role(self, role: PlanRole) -> list[PlanFacts]:
        clear = {PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION}
        return [plan for plan in self._facts.plans if plan.role is role and plan.status in clear]


def _proposal(
    facts: PatchFacts, step: Step, plan: PlanFacts | None, search: _Search, rows: tuple[ParameterRow, ParameterRow]
) -> Proposal:
    entry, (years, built_min) = _order()[step], rows
    status = {
        None: None,
        "construction": PlanStatus.CONSTRUCTION,
        "non_construction": PlanStatus.NON_CONSTRUCTION,
        "plan": None if plan is None else plan.status,
    }[entry.outcome]
    used = {Step.RECENT_APPROVAL: (years,), Step.BUILT_LAWFULLY: (built_min,), Step.BUILT_UNLAWFULLY: (built_min,)}
    decided_by = plan.approved_on if plan is not None else facts.approved_on
    values = {
        "approval": facts.approval,
        "approved_on": decided_by,
        "years": years.integer,
        "built": f"{round_half_up((facts.built_share or Decimal(0)) * 100, 1)} %",
        "project": facts.key_project,
    }
    title_zh, title_en = ("", "") if plan is None else (plan.title_zh or plan.name, plan.title_en or plan.name)
    parameter_rows = used.get(step, ())
    return Proposal(
        step=step,
        status=status,
        followed_plan=None if plan is None else plan.name,
        adjusted_plans=tuple(one.name for one in facts.plans if status is not None and one.status is not status),
        reason_zh=entry.zh.format(lines="、".join(facts.hard_lines_zh), plan=title_zh, **values),
        reason_en=entry.en.format(lines=" and ".join(facts.hard_lines_en), plan=title_en, **values),
        document=entry.document,
        is_assumed=entry.status is SourceStatus.ASSUMED or any(row.is_assumed for row in parameter_rows),
        unknown=tuple(search.unknown),
        parameter_rows=parameter_rows,
    )
