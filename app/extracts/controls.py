"""What the control layers say of a place, as three lists: what it meets, what was checked and is clear, what is not known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.checks.controls import AnyLayer
from app.checks.findings import Finding, Relation
from app.checks.measuring import LayerOutcome
from app.figures import area, share
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_kind_style, control_zones
from gis.rules import LayerStatus, ParameterRow, Verdict, judge_coverage

# The three control lines (三条控制线) and the local ecological control line: a place that meets one crosses a line.
LINES = frozenset(
    {
        ControlKind.ECOLOGICAL_REDLINE,
        ControlKind.PERMANENT_BASIC_FARMLAND,
        ControlKind.URBAN_DEVELOPMENT_BOUNDARY,
        ControlKind.ECOLOGICAL_CONTROL_LINE,
    }
)
# Without these no answer about a place is complete, whether somebody imported them or not.
NEVER_MISSING = LINES - {ControlKind.ECOLOGICAL_CONTROL_LINE}
NO_LAYER = "no_layer"


@dataclass(slots=True)
class ControlAnswer:
    """The lists of a statement, and what went into them."""

    lines_crossed: list[dict[str, Any]] = field(default_factory=list)
    constraints_hit: list[dict[str, Any]] = field(default_factory=list)
    clear: list[dict[str, Any]] = field(default_factory=list)
    no_data: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    parameter_rows: list[ParameterRow] = field(default_factory=list)


def sort_outcomes(outcomes: Iterable[LayerOutcome], kinds_with_rules: Sequence[ControlKind]) -> ControlAnswer:
    """Sort the outcomes of all control layers, and name the kinds that rules speak about and no layer is there for."""
    answer = ControlAnswer()
    present = set()
    for outcome in outcomes:
        present.add(outcome.control.kind)
        answer.verdicts.append(outcome.verdict)
        _add_hits(answer, outcome)
        _add_silence(answer, outcome)
    for kind in kinds_with_rules:
        if kind not in present:
            _add_missing(answer, kind)
    return answer


def _add_hits(answer: ControlAnswer, outcome: LayerOutcome) -> None:
    crossed = answer.lines_crossed if outcome.control.kind in LINES else answer.constraints_hit
    for finding in outcome.findings:
        answer.parameter_rows += finding.parameter_rows
        if finding.relation is not Relation.NOT_COVERED:
            crossed.append(name_layer(outcome.control.layer) | _describe(finding, outcome.control.kind))


def _describe(finding: Finding, kind: ControlKind) -> dict[str, Any]:
    zone_zh, zone_en = zone_names(kind, finding.control_zone)
    return {
        "zone": finding.control_zone,
        "zone_zh": zone_zh,
        "zone_en": zone_en,
        "relation": finding.relation.value,
        "constraint_ids": list(finding.constraint_ids),
        "rule_id": finding.rule_id,
        "verdict": finding.verdict.value,
        "overlap_class": finding.overlap_class.value,
        **({} if finding.certainty is None else {"certainty": finding.certainty.value}),
        **area(finding.overlap_area_m2),
        "share": share(finding.target_share),
        "text_zh": finding.text_zh,
        "text_en": finding.text_en,
        "article": finding.article,
        "remedy_zh": finding.remedy_zh,
        "remedy_en": finding.remedy_en,
        "is_assumed": finding.is_assumed,
    }


def zone_names(kind: str | None, zone: str | None) -> tuple[str | None, str | None]:
    """Name a zone of a kind of control area in Chinese and English; one that the tables do not know is its own name."""
    styles = () if kind is None else control_zones(kind)
    style = next((one.style for one in styles if one.value == zone), None)
    return (zone, zone) if style is None else (style.name_zh, style.name_en)


def _add_silence(answer: ControlAnswer, outcome: LayerOutcome) -> None:
    """Add a layer without hits to what is clear, and one that does not know the whole place to what is not known."""
    covered = None if outcome.covered_share is None else share(outcome.covered_share)
    facts = name_layer(outcome.control.layer) | {"status": outcome.status.value, "covered_share": covered}
    is_known = outcome.status in {LayerStatus.HIT, LayerStatus.CLEAR} and not outcome.uncovered_target_count
    if not is_known:
        answer.no_data.append(facts | {"mandatory": outcome.control.layer.mandatory})
    elif outcome.status is LayerStatus.CLEAR:
        answer.clear.append(facts)


def _add_missing(answer: ControlAnswer, kind: ControlKind) -> None:
    style, mandatory = control_kind_style(kind), kind in NEVER_MISSING
    answer.no_data.append(
        {
            "layer": None,
            "control_kind": kind.value,
            "title_zh": style.name_zh,
            "title_en": style.name_en,
            "status": NO_LAYER,
            "covered_share": 0.0,
            "mandatory": mandatory,
        }
    )
    answer.verdicts.append(judge_coverage(LayerStatus.NOT_COVERED, covered_share=0.0, mandatory=mandatory))


def name_layer(layer: AnyLayer) -> dict[str, Any]:
    """Name a layer in a statement."""
    return {
        "layer": layer.slug,
        "control_kind": layer.control_kind,
        "title_zh": layer.title_zh,
        "title_en": layer.title_en,
    }
