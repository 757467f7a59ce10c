"""One measured overlap against one rule: the verdict, its sentence and its legal source."""

import math
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from gis.errors import GisError
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, NamedZone, Outcome, RequiredContainment, Rule
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.sentences import describe_measure, describe_names, describe_sliver, display_rows
from gis.rules.sources import NATIONAL
from gis.rules.verdict import Verdict
from gis.slivers import OverlapClass

#: The parameter rows by which an overlap is told from a sliver (``gis.slivers``); stored with every judgement.
SLIVER_KEYS = (
    "sliver.max_area_m2",
    "sliver.max_width_m",
    "sliver.max_mean_width_m",
    "sliver.min_elongation",
    "sliver.max_compactness",
    "sliver.min_perimeter_ratio",
    "sliver.min_perimeter_area_ratio",
    "sliver.min_scale_hits",
    "sliver.min_shape_hits",
)


class RuleNotInForceError(GisError):
    """A rule was asked about a day or a region in which it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredOverlap:
    """The part of one place (parcel, site) that one rule looks at, as ``gis.overlay`` measured it.

    Attributes
    ----------
    overlap_area_m2, target_area_m2 : float
        Ellipsoidal areas of the part and of the whole place, in square metres.
    overlap_class : OverlapClass
        ``real``, ``sliver`` or ``artefact``.
    control_zone : str or None
        Zone of the control area (``gis.landuse.control_zones``), None where the source does not say.
    mean_width_m : float or None
        Mean width 2A/P of the part, for the sentence about a sliver.
    names : tuple of str
        Codes or names of the control areas hit.
    is_outside : bool
        The part lies outside every area of a layer that must contain the place (RequiredContainment only).
    """

    overlap_area_m2: float
    target_area_m2: float
    overlap_class: OverlapClass
    control_zone: str | None = None
    mean_width_m: float | None = None
    names: tuple[str, ...] = ()
    is_outside: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.overlap_area_m2) and self.overlap_area_m2 > 0):
            raise ValueError(f"an overlap has a positive area, got {self.overlap_area_m2!r} m2")
        if not (math.isfinite(self.target_area_m2) and self.target_area_m2 > 0):
            raise ValueError(f"a place has a positive area, got {self.target_area_m2!r} m2")

    @property
    def target_share(self) -> float:
        """Share of the place, 0 to 1; never above 1 by the last bits of two sums."""
        return min(self.overlap_area_m2 / self.target_area_m2, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A finding: verdict, sentences, law and the parameter rows that were used."""

    rule_id: str
    verdict: Verdict
    text_zh: str
    text_en: str
    article: str
    remedy_zh: str
    remedy_en: str
    is_assumed: bool
    parameter_rows: tuple[ParameterRow, ...]


def judge_overlap(
    rule: Rule, overlap: MeasuredOverlap, parameters: ParameterSet, *, as_of: date, region: str = NATIONAL
) -> Judgement | None:
    """Judge one measured overlap by one rule.

    A real overlap has the rule's own verdict. A sliver is REVIEW ("needs manual confirmation") on a hard line or where the
    rule would deny, WARN elsewhere, and never worse than the rule's own verdict. An artefact is no finding, nor is a zone
    in which the rule has nothing to say (such as a key development zone).

    Parameters
    ----------
    rule : Rule
    overlap : MeasuredOverlap
    parameters : ParameterSet
        Rows for rounding (``display.*``) and for slivers (``sliver.*``).
    as_of : date
        Day whose law is asked for.
    region : str, optional
        Administrative code of the place.

    Returns
    -------
    Judgement or None
        None when there is nothing to report. Numbers in the sentences are in m2, ha, mu and %, rounded half up.

    Raises
    ------
    RuleNotInForceError
    ParameterNotInForceError
    ValueError
        When an outside part is given to a rule that contains nothing.

    References
    ----------
    .. [1] Verdict and sliver rules: TD/T 1055-2019 practice for slivers; each rule names its own law.
    """
    source_rule = rule.source
    if not (source_rule.is_in_force(as_of) and source_rule.applies_in(region)):
        raise RuleNotInForceError(f"rule {rule.rule_id} is not in force on {as_of} in region {region}")
    outcome = _find_outcome(rule, overlap)
    if outcome is None:
        return None
    verdict = _weigh(rule, outcome, overlap.overlap_class)
    if verdict is None or verdict is Verdict.PASS:
        return None
    shown = display_rows(parameters, as_of=as_of, region=region)
    slivers = tuple(parameters.row(key, as_of=as_of, region=region) for key in SLIVER_KEYS)
    measure = describe_measure(overlap.overlap_area_m2, overlap.target_share, shown)
    names = describe_names(overlap.names)
    suffix = (
        describe_sliver(overlap.mean_width_m, verdict) if overlap.overlap_class is OverlapClass.SLIVER else ("", "")
    )
    source = outcome.source or rule.source
    return Judgement(
        rule_id=rule.rule_id,
        verdict=verdict,
        text_zh=outcome.text.zh.format(measure=measure.zh, names=names.zh, citation=source.citation_zh) + suffix[0],
        text_en=outcome.text.en.format(measure=measure.en, names=names.en, citation=source.citation_en) + suffix[1],
        article=source.citation_zh,
        remedy_zh=outcome.remedy.zh,
        remedy_en=outcome.remedy.en,
        is_assumed=source.is_assumed,
        parameter_rows=(*shown, *slivers),
    )


def _find_outcome(rule: Rule, overlap: MeasuredOverlap) -> Outcome | None:
    match rule:
        case RequiredContainment():
            if overlap.is_outside:
                return rule.outside
            return _find_zone_outcome(rule.zones, rule.unknown_zone, overlap.control_zone)
        case ForbiddenOverlap() | LimitedOverlap() if overlap.is_outside:
            raise ValueError(f"rule {rule.rule_id} contains nothing, so nothing lies outside it")
        case ForbiddenOverlap():
            return rule.outcome
        case LimitedOverlap():
            return _find_zone_outcome(rule.zones, rule.unknown_zone, overlap.control_zone)
        case _:
            assert_never(rule)


def _find_zone_outcome(zones: dict[str, NamedZone], unknown: Outcome, control_zone: str | None) -> Outcome | None:
    named = zones.get(control_zone) if control_zone is not None else None
    return unknown if named is None else named.outcome


def _weigh(rule: Rule, outcome: Outcome, overlap_class: OverlapClass) -> Verdict | None:
    match overlap_class:
        case OverlapClass.REAL:
            return outcome.verdict
        case OverlapClass.SLIVER:
            is_hard = rule.is_prohibition or outcome.verdict is Verdict.DENY
            return min(outcome.verdict, Verdict.REVIEW if is_hard else Verdict.WARN)
        case OverlapClass.ARTEFACT:
            return None
        case _:
            assert_never(overlap_class)
