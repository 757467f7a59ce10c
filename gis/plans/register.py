"""The register of difference patches (协调台账): the states of a patch, the moves between them, and what a decision takes up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from gis.landuse.codes import CodeVersion
from gis.landuse.local_codes import LocalCodes
from gis.plans.resolution import PlanRole
from gis.plans.statuses import CODES_JOINED_BY, PlanStatus, plan_statuses
from gis.rules.sentences import Phrase

__all__ = ["MOVES", "STATE_NAMES", "Choice", "PatchState", "PlanOffer", "choose_code", "plan_role", "status_of_code"]


class PatchState(StrEnum):
    """Where a patch stands."""

    OPEN = "open"  # 待协调
    PROPOSED = "proposed"  # 已提出方案
    AGREED = "agreed"  # 已协调一致
    APPLIED = "applied"  # 已落图
    REJECTED = "rejected"  # 不予调整


STATE_NAMES: Final[Mapping[PatchState, Phrase]] = {
    PatchState.OPEN: Phrase("待协调", "open"),
    PatchState.PROPOSED: Phrase("已提出方案", "proposed"),
    PatchState.AGREED: Phrase("已协调一致", "agreed"),
    PatchState.APPLIED: Phrase("已落图", "applied"),
    PatchState.REJECTED: Phrase("不予调整", "rejected"),
}

#: From each state, the states that a decision may lead to. What is applied stays: a new comparison makes a new patch.
MOVES: Final[Mapping[PatchState, frozenset[PatchState]]] = {
    PatchState.OPEN: frozenset({PatchState.PROPOSED, PatchState.REJECTED}),
    PatchState.PROPOSED: frozenset({PatchState.OPEN, PatchState.AGREED, PatchState.REJECTED}),
    PatchState.AGREED: frozenset({PatchState.PROPOSED, PatchState.APPLIED, PatchState.REJECTED}),
    PatchState.APPLIED: frozenset(),
    PatchState.REJECTED: frozenset({PatchState.OPEN}),
}

_ROLES = {
    CodeVersion.GUIDE_2023: PlanRole.TERRITORIAL,
    CodeVersion.GB50137_2011: PlanRole.CITY,
    CodeVersion.LAND_USE_PLAN_2010: PlanRole.LAND_USE,
}


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """What one plan has to offer for a patch: its code there, ``""`` where it says nothing."""

    name: str
    status: PlanStatus
    code: str
    code_version: str | None
    approved_on: date | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it says one thing, in one code."""
        said = {PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION}
        return self.status in said and self.code != "" and CODES_JOINED_BY not in self.code


@dataclass(frozen=True, slots=True)
class Choice:
    """The code that a decision takes up; ``plan`` is None where no plan has it there."""

    plan: str | None
    code: str
    code_version: str | None
    status: PlanStatus

    def adjusted_plans(self, offers: Sequence[PlanOffer]) -> list[str]:
        """List the plans that say something else in the one question, and have to change."""
        return [offer.name for offer in offers if offer.status is not self.status]


def choose_code(offers: Sequence[PlanOffer], status: PlanStatus) -> Choice | None:
    """Choose whose code is taken up where construction or not is settled: that of the newest plan that says so.

    Parameters
    ----------
    offers : sequence of PlanOffer
        In the order in which the plans were named, which decides between plans of one day; a plan without a day is the oldest.
    status : PlanStatus
        ``CONSTRUCTION`` or ``NON_CONSTRUCTION``.

    Returns
    -------
    Choice or None
        None where no plan has a single code of that status: a person names one.

    Examples
    --------
    >>> from datetime import date
    >>> old = PlanOffer("old", PlanStatus.CONSTRUCTION, "M1", "GB 50137-2011", date(2012, 1, 1))
    >>> new = PlanOffer("new", PlanStatus.CONSTRUCTION, "R2", "GB 50137-2011", date(2020, 1, 1))
    >>> choose_code([old, new], PlanStatus.CONSTRUCTION).plan
    'new'
    >>> choose_code([old, new], PlanStatus.NON_CONSTRUCTION) is None
    True
    """
    fitting = [offer for offer in offers if offer.is_clear and offer.status is status]
    if not fitting:
        return None
    newest = max(fitting, key=lambda offer: offer.approved_on or date.min)
    return Choice(newest.name, newest.code, newest.code_version, status)


def status_of_code(code: str, code_version: str | None, local: LocalCodes | None = None) -> PlanStatus:
    """Tell whether a code is construction land, as plans are asked; ``local`` has code tables beside the standards.

    Examples
    --------
    >>> status_of_code("0601", "GB/T 21010-2017").name, status_of_code("0601", None).name
    ('CONSTRUCTION', 'NO_DATA')
    """
    return PlanStatus(int(plan_statuses([code], [code_version], local)[0]))


def plan_role(code_version: str | None) -> PlanRole:
    """Tell what kind of plan is written in a code table.

    Examples
    --------
    >>> plan_role("TD/T 1027-2010").value, plan_role("Cambridge zoning").value
    ('land_use', 'other')
    """
    try:
        return PlanRole.OTHER if code_version is None else _ROLES.get(CodeVersion(code_version), PlanRole.OTHER)
    except ValueError:
        return PlanRole.OTHER
