"""The evaluation of a year: who takes part, the score, the rank and the class of each firm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from gis.idle.clock import add_years
from gis.performance.model import FirmYear, PerformanceIndicator, Scale
from gis.performance.schemes import ScoringScheme, TierPolicy
from gis.performance.scoring import Score, score_units
from gis.performance.tiers import Tier, assign_tiers, rank_scores
from gis.performance.units import EvaluationUnit, merge_shared_land


class EvaluationStatus(StrEnum):
    """Whether a firm was graded, and why not."""

    GRADED = "graded"
    EXEMPT = "exempt"  # 暂不评价: public service, new firms, utilities
    BELOW_LAND = "below_land"  # 规下用地不足
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result of one firm; firms that share land have the result of their unit.

    Attributes
    ----------
    firm : FirmYear
    unit_code : str
    unit_size : int
        Number of firms that share the result.
    status : EvaluationStatus
    scale : Scale or None
        Firms are ranked among those of their scale.
    score : Fraction or None
        Exact; printed with two decimals.
    points : mapping of PerformanceIndicator to Fraction
    rank, ranked : int or None
        Place, and how many were ranked.
    tier : Tier or None
        For a firm that is not graded the class it is treated as, if the policy says so.
    changed_by : str or None
        ``veto`` or ``tax_floor`` where that made the class worse.
    means : tuple of PerformanceIndicator
    missing : tuple of str
    note : str
    """

    firm: FirmYear
    unit_code: str
    unit_size: int
    status: EvaluationStatus
    scale: Scale | None
    score: Fraction | None = None
    points: Mapping[PerformanceIndicator, Fraction] = field(default_factory=dict)
    rank: int | None = None
    ranked: int | None = None
    tier: Tier | None = None
    changed_by: str | None = None
    means: tuple[PerformanceIndicator, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""


def evaluate(firms: Iterable[FirmYear], *, year: int, scheme: ScoringScheme, policy: TierPolicy) -> list[Evaluation]:
    """Evaluate the firms of a year.

    Parameters
    ----------
    firms : iterable of FirmYear
        Those of other years are left out.
    year : int
    scheme : ScoringScheme
    policy : TierPolicy

    Returns
    -------
    list of Evaluation
        One per firm of the year, by credit code.
    """
    units = merge_shared_land(firm for firm in firms if firm.year == year)
    standing = [_find_standing(unit, year, scheme, policy) for unit in units]
    found: list[Evaluation] = []
    for scale, items in scheme.items.items():
        graded = [
            unit
            for unit, (status, _) in zip(units, standing, strict=True)
            if status is EvaluationStatus.GRADED and unit.scale is scale
        ]
        found += _grade(graded, score_units(graded, items, scheme), policy)
    for unit, (status, note) in zip(units, standing, strict=True):
        if status is not EvaluationStatus.GRADED:
            found += _leave_out(unit, status, note, policy)
    return sorted(found, key=lambda each: each.firm.credit_code)


def _find_standing(
    unit: EvaluationUnit, year: int, scheme: ScoringScheme, policy: TierPolicy
) -> tuple[EvaluationStatus, str]:
    """Find out whether a unit takes part; one firm of it that is exempt does not exempt the others."""
    reasons = [_find_exemption(firm, year, policy) for firm in unit.firms]
    if all(reasons):
        return EvaluationStatus.EXEMPT, "; ".join(dict.fromkeys(reason for reason in reasons if reason))
    if unit.scale is None or unit.scale not in scheme.items:
        return EvaluationStatus.INSUFFICIENT_DATA, "scale"
    land = unit.used_mu
    if unit.scale is Scale.BELOW and land is not None and land < policy.below_scale_min_mu:
        return EvaluationStatus.BELOW_LAND, f"{land:f} < {policy.below_scale_min_mu:f} mu"
    return EvaluationStatus.GRADED, ""


def _find_exemption(firm: FirmYear, year: int, policy: TierPolicy) -> str | None:
    if firm.exemption:
        return firm.exemption
    if (firm.industry_code or "")[:2] in policy.exempt_divisions:
        return f"industry {firm.industry_code}"
    started = firm.production_since
    if started is not None and date(year, 12, 31) <= add_years(started, policy.new_firm_years):
        return f"in production since {started}"
    return None


def _grade(units: Sequence[EvaluationUnit], scores: Sequence[Score], policy: TierPolicy) -> list[Evaluation]:
    pairs = list(zip(units, scores, strict=True))
    counted = [(unit, score, total) for unit, score in pairs if (total := score.total) is not None]
    ranks = rank_scores([total for _, _, total in counted])
    found = []
    for (unit, score, total), rank, tier in zip(counted, ranks, assign_tiers(ranks, policy), strict=True):
        final, changed_by = _worsen(unit, tier, policy)
        found += [
            Evaluation(
                firm=firm,
                unit_code=unit.code,
                unit_size=len(unit.firms),
                status=EvaluationStatus.GRADED,
                scale=unit.scale,
                score=total,
                points=score.points,
                rank=rank,
                ranked=len(counted),
                tier=final,
                changed_by=changed_by,
                means=score.means,
            )
            for firm in unit.firms
        ]
    for unit, score in pairs:
        if score.missing:
            found += _without_score(unit, score.missing)
    return found


def _worsen(unit: EvaluationUnit, tier: Tier, policy: TierPolicy) -> tuple[Tier, str | None]:
    """Apply a veto and the least tax; neither makes a class better."""
    floor, tax = policy.d_below_tax_per_mu, unit.value(PerformanceIndicator.TAX_PER_MU)
    if floor is not None and tax is not None and tax < Fraction(floor) and tier is not Tier.D:
        return Tier.D, "tax_floor"
    if any(firm.veto for firm in unit.firms) and tier < Tier(policy.veto_class):
        return Tier(policy.veto_class), "veto"
    return tier, None


def _without_score(unit: EvaluationUnit, missing: tuple[str, ...]) -> list[Evaluation]:
    return [
        Evaluation(
            firm=firm,
            unit_code=unit.code,
            unit_size=len(unit.firms),
            status=EvaluationStatus.INSUFFICIENT_DATA,
            scale=unit.scale,
            missing=missing,
        )
        for firm in unit.firms
    ]


def _leave_out(unit: EvaluationUnit, status: EvaluationStatus, note: str, policy: TierPolicy) -> list[Evaluation]:
    is_exempt = status is EvaluationStatus.EXEMPT and policy.ungraded_as is not None
    return [
        Evaluation(
            firm=firm,
            unit_code=unit.code,
            unit_size=len(unit.firms),
            status=status,
            scale=unit.scale,
            tier=Tier(policy.ungraded_as) if is_exempt and policy.ungraded_as else None,
            missing=(note,) if status is EvaluationStatus.INSUFFICIENT_DATA else (),
            note=note,
        )
        for firm in unit.firms
    ]
