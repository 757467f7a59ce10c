"""Scenes beside what was reported: they support it, contradict it, or cannot tell; they never decide.

What a holder reports is a claim: that the work began on a day, that it has not begun, or that so much of the land is under development. An
observation bounds the share that can have been under development; the claim stands or falls with those bounds (举证核对).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gis.imagery.observations import Observation, Reading
from gis.imagery.thresholds import ImageryThresholds

__all__ = [
    "Basis",
    "Bearing",
    "BuiltFootprint",
    "Claim",
    "ClaimKind",
    "Evidence",
    "ReportedState",
    "Step",
    "compare_with_report",
]


class ClaimKind(StrEnum):
    """What was reported."""

    STARTED = "started"
    NOT_STARTED = "not_started"
    DEVELOPED_SHARE = "developed_share"


class Bearing(StrEnum):
    """What the evidence does to the claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CANNOT_TELL = "cannot_tell"


class Basis(StrEnum):
    """What a bearing rests on."""

    OVERGROWN = "overgrown"
    NOT_ALL_OVERGROWN = "not_all_overgrown"
    VEGETATION_LIMITS = "vegetation_limits"
    BUILDINGS = "buildings"
    VEGETATION_FELL = "vegetation_fell"
    BARE_OR_BUILT = "bare_or_built"
    NOTHING_USABLE = "nothing_usable"


@dataclass(frozen=True, slots=True)
class ReportedState:
    """What a contract says of the work.

    Attributes
    ----------
    as_of : date
        The day whose state is asked for.
    started_on : date or None
        Reported start of the work.
    is_reported_unstarted : bool
        Whether the work is said not to have begun; without a day and without this nothing is claimed.
    developed_share : float or None
        Share of the land that is said to be under development, 0 to 1.
    """

    as_of: date
    started_on: date | None = None
    is_reported_unstarted: bool = False
    developed_share: float | None = None


@dataclass(frozen=True, slots=True)
class BuiltFootprint:
    """Share of the land under outlines of buildings (建筑轮廓), and the day that they show."""

    share: float
    taken_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """Day from which the vegetation of the land is at another level, and by how much."""

    seen_on: date
    size: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of one piece of land."""

    observations: tuple[Observation, ...]
    footprints: tuple[BuiltFootprint, ...] = ()
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and what the evidence does to it.

    Attributes
    ----------
    kind : ClaimKind
    bearing : Bearing
    usable, showing : int
        Scenes of the period that can tell something, and those of them that show land under vegetation (of a share: more vegetation than it
        leaves room for).
    in_period : int
        All scenes of the period.
    since, until : date
        The period.
    basis : Basis
    """

    kind: ClaimKind
    bearing: Bearing
    usable: int
    showing: int
    in_period: int
    since: date
    until: date
    basis: Basis


def compare_with_report(evidence: Evidence, reported: ReportedState, limits: ImageryThresholds) -> list[Claim]:
    """Compare what was seen with every claim of a report.

    Parameters
    ----------
    evidence : Evidence
    reported : ReportedState
    limits : ImageryThresholds

    Returns
    -------
    list of Claim
        One for each thing that was claimed; empty when nothing was.
    """
    claims = []
    if reported.started_on is not None and reported.started_on <= reported.as_of:
        claims.append(_compare_start(evidence, reported.started_on, reported.as_of, limits))
    elif reported.is_reported_unstarted:
        claims.append(_compare_no_start(evidence, reported.as_of, limits))
    if reported.developed_share is not None:
        claims.append(_compare_share(evidence, reported.developed_share, reported.as_of, limits))
    return claims


def _compare_start(evidence: Evidence, started_on: date, as_of: date, limits: ImageryThresholds) -> Claim:
    """Compare a start: it opened the ground; buildings, or a fall of the vegetation about that day, bear it out."""
    period = _Period.of(evidence, started_on + timedelta(days=limits.start_grace_days), as_of)
    overgrown = period.count(Reading.OVERGROWN)
    if _built_share(evidence, started_on, as_of) > limits.tolerance_share:
        return period.claim(ClaimKind.STARTED, Bearing.SUPPORTS, Basis.BUILDINGS, overgrown)
    if not period.usable:
        return period.claim(ClaimKind.STARTED, Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, overgrown)
    if overgrown == len(period.usable):
        return period.claim(ClaimKind.STARTED, Bearing.CONTRADICTS, Basis.OVERGROWN, overgrown)
    if not overgrown and _vegetation_fell_about(evidence.step, started_on, limits):
        return period.claim(ClaimKind.STARTED, Bearing.SUPPORTS, Basis.VEGETATION_FELL, overgrown)
    basis = Basis.NOT_ALL_OVERGROWN if overgrown else Basis.BARE_OR_BUILT
    return period.claim(ClaimKind.STARTED, Bearing.CANNOT_TELL, basis, overgrown)


def _compare_no_start(evidence: Evidence, as_of: date, limits: ImageryThresholds) -> Claim:
    """Compare that nothing was begun: vegetation all over bears it out, buildings contradict it."""
    since = as_of - timedelta(days=limits.recent_days)
    period = _Period.of(evidence, since, as_of)
    overgrown = period.count(Reading.OVERGROWN)
    if _built_share(evidence, since, as_of) > limits.tolerance_share:
        return period.claim(ClaimKind.NOT_STARTED, Bearing.CONTRADICTS, Basis.BUILDINGS, overgrown)
    if not period.usable:
        return period.claim(ClaimKind.NOT_STARTED, Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, overgrown)
    if overgrown == len(period.usable):
        return period.claim(ClaimKind.NOT_STARTED, Bearing.SUPPORTS, Basis.OVERGROWN, overgrown)
    basis = Basis.NOT_ALL_OVERGROWN if overgrown else Basis.BARE_OR_BUILT
    return period.claim(ClaimKind.NOT_STARTED, Bearing.CANNOT_TELL, basis, overgrown)


def _compare_share(evidence: Evidence, share: float, as_of: date, limits: ImageryThresholds) -> Claim:
    """Compare a share: more than what the vegetation leaves is too high, less than what is built too low."""
    since = as_of - timedelta(days=limits.recent_days)
    period = _Period.of(evidence, since, as_of)
    beyond = sum(seen.developed_at_most < share - limits.tolerance_share for seen in period.usable)
    # Buildings stay: an older outline counts as well.
    built = _built_share(evidence, date.min, as_of)
    if built > share + limits.tolerance_share:
        return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.CONTRADICTS, Basis.BUILDINGS, beyond)
    if period.usable and beyond == len(period.usable):
        return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.CONTRADICTS, Basis.VEGETATION_LIMITS, beyond)
    if built > 0 and built >= share - limits.tolerance_share:
        return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.SUPPORTS, Basis.BUILDINGS, beyond)
    if not period.usable:
        return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, beyond)
    # Next to nothing is claimed, and vegetation leaves room for no more.
    if (
        share <= limits.tolerance_share
        and max(seen.developed_at_most for seen in period.usable) <= limits.tolerance_share
    ):
        return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.SUPPORTS, Basis.VEGETATION_LIMITS, beyond)
    return period.claim(ClaimKind.DEVELOPED_SHARE, Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, beyond)


@dataclass(frozen=True, slots=True)
class _Period:
    """The scenes of a period, and those of them that can tell something.

    Where there are scenes of vegetation, only they are usable: what is built is asked of all observations apart, and a scene of built
    ground that shows little of it says nothing against vegetation.
    """

    since: date
    until: date
    seen: tuple[Observation, ...]
    usable: tuple[Observation, ...]

    @classmethod
    def of(cls, evidence: Evidence, since: date, until: date) -> "_Period":
        seen = tuple(each for each in evidence.observations if since <= each.scene.taken_on <= until)
        told = tuple(each for each in seen if each.can_tell)
        of_vegetation = tuple(each for each in told if each.vegetated_share is not None)
        return cls(since, until, seen, of_vegetation or told)

    def count(self, reading: Reading) -> int:
        return sum(seen.reading is reading for seen in self.usable)

    def claim(self, kind: ClaimKind, bearing: Bearing, basis: Basis, showing: int) -> Claim:
        return Claim(kind, bearing, len(self.usable), showing, len(self.seen), self.since, self.until, basis)


def _built_share(evidence: Evidence, since: date, until: date) -> float:
    """Greatest share of the land that is known to be built in a period."""
    outlines = [each.share for each in evidence.footprints if since <= each.taken_on <= until]
    seen = [each.developed_at_least for each in evidence.observations if since <= each.scene.taken_on <= until]
    return max([*outlines, *seen], default=0.0)


def _vegetation_fell_about(step: Step | None, day: date, limits: ImageryThresholds) -> bool:
    if step is None or step.size >= 0:
        return False
    return abs(step.seen_on - day) <= timedelta(days=limits.start_grace_days)
