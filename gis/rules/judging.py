"""One measured overlap against one rule of a control layer: the verdict, its sentence and its legal source."""

from datetime import date
from typing import assert_never

from gis.certainty import Certainty
from gis.rules.answers import Judgement, Law, RuleNotInForceError, make_answer, require_in_force
from gis.rules.measurements import MeasuredOverlap
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, NamedZone, Outcome, RequiredContainment, Rule
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.sentences import Phrase, describe_measure, describe_names, describe_sliver, describe_uncertain
from gis.rules.sources import NATIONAL
from gis.rules.verdict import Verdict
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass

__all__ = [
    "SLIVER_KEYS",
    "Judgement",
    "MeasuredOverlap",
    "RuleNotInForceError",
    "describe_overlap",
    "judge_overlap",
    "sliver_rows",
    "sliver_thresholds",
    "weigh_overlap",
]

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


def judge_overlap(
    rule: Rule, overlap: MeasuredOverlap, parameters: ParameterSet, *, as_of: date, region: str = NATIONAL
) -> Judgement | None:
    """Judge one measured overlap by one rule.

    A real overlap has the rule's own verdict. A sliver is REVIEW ("needs manual confirmation") on a hard line or where the
    rule would deny, WARN elsewhere, and never worse than the rule's own verdict; so is a hit that the survey's accuracy
    leaves doubtful or only possible. An artefact is no finding, nor is a zone in which the rule has nothing to say (such as
    a key development zone).

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
    require_in_force(rule, as_of, region)
    outcome = _find_outcome(rule, overlap)
    if outcome is None:
        return None
    verdict = weigh_overlap(outcome.verdict, overlap, is_hard=rule.is_prohibition)
    if verdict is None or verdict is Verdict.PASS:
        return None
    law = Law(parameters, as_of, region)
    fields, suffix, rows = describe_overlap(overlap, verdict, law)
    return make_answer(
        rule, outcome, fields, verdict=verdict, shown=rows, suffix=suffix, decided_by=_deciding_zone(rule, overlap)
    )


def weigh_overlap(verdict: Verdict, overlap: MeasuredOverlap, *, is_hard: bool) -> Verdict | None:
    """Weigh the verdict of an outcome by what the overlap is.

    Returns
    -------
    Verdict or None
        None for an artefact. A sliver, and a hit that the survey's accuracy leaves open, is REVIEW on a hard line or where
        the outcome denies, WARN elsewhere, and never worse than the outcome.
    """
    match overlap.overlap_class:
        case OverlapClass.REAL:
            is_open = overlap.certainty in {Certainty.DOUBTFUL_HIT, Certainty.POSSIBLE_HIT}
        case OverlapClass.SLIVER:
            is_open = True
        case OverlapClass.ARTEFACT:
            return None
        case _:
            assert_never(overlap.overlap_class)
    if not is_open:
        return verdict
    return min(verdict, Verdict.REVIEW if is_hard or verdict is Verdict.DENY else Verdict.WARN)


def describe_overlap(
    overlap: MeasuredOverlap, verdict: Verdict, law: Law
) -> tuple[dict[str, Phrase], Phrase, tuple[ParameterRow, ...]]:
    """Write the numbers and names of an overlap, and the clause about a thin or uncertain one.

    Returns
    -------
    fields : dict of str to Phrase
        For ``{measure}`` and ``{names}``.
    suffix : Phrase
    rows : tuple of ParameterRow
        Those that the numbers and the class rest on.
    """
    shown = law.display()
    fields = {
        "measure": describe_measure(overlap.overlap_area_m2, overlap.target_share, shown),
        "names": describe_names(overlap.names),
    }
    suffix = Phrase("", "")
    if overlap.overlap_class is OverlapClass.SLIVER:
        suffix = Phrase(*describe_sliver(overlap.mean_width_m, verdict))
    elif overlap.certainty is not None:
        suffix = describe_uncertain(overlap.certainty)
    return fields, suffix, (*shown, *sliver_rows(law))


def sliver_rows(law: Law) -> tuple[ParameterRow, ...]:
    """Pick the rows that tell slivers, in the order of ``SLIVER_KEYS``."""
    return law.parameters.rows(SLIVER_KEYS, as_of=law.as_of, region=law.region)


def sliver_thresholds(parameters: ParameterSet, *, as_of: date, region: str = NATIONAL) -> SliverThresholds:
    """Read what makes a sliver from the parameter table.

    Raises
    ------
    ParameterNotInForceError
    ValueError
        When a count is not a whole number.
    """
    rows = dict(zip(SLIVER_KEYS, sliver_rows(Law(parameters, as_of, region)), strict=True))
    return SliverThresholds(
        area_max_m2=float(rows["sliver.max_area_m2"].value),
        bounding_width_max_m=float(rows["sliver.max_width_m"].value),
        mean_width_max_m=float(rows["sliver.max_mean_width_m"].value),
        elongation_min=float(rows["sliver.min_elongation"].value),
        compactness_max=float(rows["sliver.max_compactness"].value),
        shape_index_min=float(rows["sliver.min_perimeter_ratio"].value),
        boundary_ratio_min=float(rows["sliver.min_perimeter_area_ratio"].value),
        smallness_signs_min=rows["sliver.min_scale_hits"].integer,
        thinness_signs_min=rows["sliver.min_shape_hits"].integer,
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


def _deciding_zone(rule: Rule, overlap: MeasuredOverlap) -> Phrase:
    if overlap.is_outside:
        return Phrase(f"位于{rule.title.zh}以外", f"outside of: {rule.title.en}")
    if isinstance(rule, ForbiddenOverlap):
        return Phrase(rule.title.zh, rule.title.en)
    named = rule.zones.get(overlap.control_zone or "")
    return Phrase("分区不明", "unknown zone") if named is None else Phrase(named.name.zh, named.name.en)
