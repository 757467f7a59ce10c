"""Sites against one control layer: every rule about its kind is measured and judged. Frames in, answers out; no database."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from app.checks.controls import AreaTable, ControlData, ControlLayer, column, layer_source
from app.layers.staleness import is_stale
from app.site_checks.asking import Asked, Relation, RulesOfKind, SiteFinding
from app.site_checks.layer_coverage import coverage_finding, covered_shares, inside_or_unknown
from app.site_checks.nearby import facts_of
from app.site_checks.object_rules import distance_findings, jurisdiction_findings
from app.site_checks.overlaying import Row, measure_areas, measure_outside, usable
from app.site_checks.zone_overlaps import ZoneOverlaps, measure_together
from gis.arrays import GeometryArray, is_none
from gis.certainty import Certainty
from gis.constraint_set import Pieces
from gis.errors import GisError
from gis.rules import (
    ActivityLimitedOverlap,
    AllowedUses,
    ContaminationState,
    Judgement,
    Jurisdiction,
    LayerStatus,
    MaximumShare,
    MeasuredContamination,
    MeasuredOverlap,
    OverlapClass,
    SiteRule,
    SurveyBeforeUseChange,
    Verdict,
    judge_coverage,
    worst,
)

FAILED_SHOWN: Final = 3


@dataclass(slots=True)
class LayerAnswer:
    """What one layer says of one site; ``covered_share`` is None where the layer does not say where it is known."""

    status: LayerStatus
    covered_share: float | None
    verdict: Verdict
    findings: list[SiteFinding] = field(default_factory=list)
    artefact_area_m2: float = 0.0
    reason: str | None = None


@dataclass(slots=True)
class _Found:
    """What was found of each site, before it is weighed."""

    findings: defaultdict[int, list[SiteFinding]] = field(default_factory=lambda: defaultdict(list))
    artefacts: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    errors: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, rows: Iterable[Row]) -> None:
        """Keep what is no finding: failures and artefacts."""
        for row in rows:
            if row["error"] is not None:
                self.errors[row["target_id"]].append(row["error"])
            elif row["overlap_class"] == OverlapClass.ARTEFACT:
                self.artefacts[row["target_id"]] += float(row["overlap_area_m2"])


def check_layer(asked: Asked, control: ControlLayer, measured: ZoneOverlaps | None = None) -> dict[int, LayerAnswer]:
    """Measure and judge one control layer; a failure of the engine is an outcome of that layer and never nothing.

    Parameters
    ----------
    measured : ZoneOverlaps, optional
        What :func:`app.site_checks.zone_overlaps.measure_zone_overlaps` found of the layer; default: it is measured here.

    Returns
    -------
    dict of site number to LayerAnswer
        One for every site.
    """
    if control.data is None:
        return unknown(asked, control, LayerStatus.NOT_COVERED, f"No version is in force on {asked.as_of}.", 0.0)
    rules = asked.in_force.of_kinds.get(control.kind)
    if rules is None:
        reason = f"No rule about {control.kind} is in force on {asked.as_of}."
        return unknown(asked, control, LayerStatus.NOT_COVERED, reason, None)
    try:
        return _with_data(asked, control, control.data, rules, measured)
    except GisError as error:
        return unknown(asked, control, LayerStatus.FAILED, f"{type(error).__name__}: {error}", None)


def unknown(
    asked: Asked, control: ControlLayer, status: LayerStatus, reason: str, share: float | None
) -> dict[int, LayerAnswer]:
    """Answer for every site that a layer says nothing, and why."""
    verdict = judge_coverage(status, covered_share=0.0, mandatory=control.layer.mandatory)
    return {site: LayerAnswer(status, share, verdict, reason=reason) for site in asked.places.numbers}


def _with_data(
    asked: Asked, control: ControlLayer, data: ControlData, rules: RulesOfKind, measured: ZoneOverlaps | None
) -> dict[int, LayerAnswer]:
    found = _Found()
    for site, finding in _findings(asked, control, data, rules, found, measured):
        found.findings[site].append(finding)
    shares, uncovered = covered_shares(asked, data)
    found.note(uncovered)
    parts = {row["target_id"]: row["geometry"] for row in usable(uncovered)}
    return {
        site: _weigh(asked, control, data, found, site, None if shares is None else shares[site], parts.get(site))
        for site in asked.places.numbers
    }


def _findings(
    asked: Asked,
    control: ControlLayer,
    data: ControlData,
    rules: RulesOfKind,
    found: _Found,
    measured: ZoneOverlaps | None,
) -> Iterator[tuple[int, SiteFinding]]:
    if rules.by_zone:
        if measured is None:
            measured = measure_together(asked, [(control, data)])[control.layer.id]
        yield from _zone_findings(asked, data, rules, found, measured)
    if rules.distances:
        yield from distance_findings(asked, data, rules.distances, control.layer.accuracy_m)
    for rule in rules.others:
        match rule:
            case MaximumShare():
                zones = data.table.columns["control_zone"]
                counted = column("all" if not rule.zones or zone in rule.zones else None for zone in zones)
                rows = _overlaps(asked, data, counted)
                found.note(rows)
                yield from _judged(asked, rule, rows, data)
            case SurveyBeforeUseChange():
                yield from _contamination(asked, rule, data, found)
            case Jurisdiction():
                yield from jurisdiction_findings(asked, data, rule)
            case _:
                continue


def _zone_findings(
    asked: Asked, data: ControlData, rules: RulesOfKind, found: _Found, measured: ZoneOverlaps
) -> Iterator[tuple[int, SiteFinding]]:
    found.note(measured.rows)
    met = {(row["target_id"], row["constraint_group"]) for row in usable(measured.rows)}
    apart = {pair: judged for pair, judged in measured.certainty.items() if pair not in met}
    outside: list[Row] = []
    if rules.outside:
        outside = measure_outside(asked, inside_or_unknown(asked, data), layer_source(data.version))
        found.note(outside)
    for rule in rules.by_zone:
        yield from _judged(asked, rule, measured.rows, data, zones=True, certainty=measured.certainty)
        if rule.rule_id in rules.outside:
            yield from _judged(asked, rule, outside, data, is_outside=True)
        elif getattr(rule, "is_prohibition", False):
            yield from _possible(asked, rule, apart)


def _judged(
    asked: Asked,
    rule: SiteRule,
    rows: Iterable[Row],
    data: ControlData,
    *,
    zones: bool = False,
    is_outside: bool = False,
    certainty: Mapping[tuple[int, str], Certainty] | None = None,
) -> Iterator[tuple[int, SiteFinding]]:
    for row in usable(rows):
        zone = (row["constraint_group"] or None) if zones else None
        of_row = None if certainty is None else certainty.get((row["target_id"], row["constraint_group"]))
        overlap = overlap_of(row, data.table, zone=zone, is_outside=is_outside, certainty=of_row)
        judgement = asked.judge(rule, overlap)
        if judgement is not None:
            relation = Relation.OUTSIDE if is_outside else Relation.OVERLAP
            missing = _missing(asked, rule, overlap)
            yield (
                row["target_id"],
                overlap_finding(rule, judgement, relation, row, overlap, data.table, missing=missing),
            )


def _missing(asked: Asked, rule: SiteRule, overlap: MeasuredOverlap) -> tuple[str, ...]:
    """Name the facts that nobody said and that the rule asks for there."""
    match rule:
        case ActivityLimitedOverlap() if overlap.control_zone in rule.activity_zones:
            return () if asked.facts.activity_code else ("activity_code",)
        case AllowedUses():
            return () if asked.facts.use_code else ("use_code",)
        case _:
            return ()


def overlap_of(
    row: Mapping[Any, Any],
    table: AreaTable,
    *,
    zone: str | None = None,
    is_outside: bool = False,
    certainty: Certainty | None = None,
) -> MeasuredOverlap:
    """Take a row of an overlay as what a rule judges."""
    hit = () if is_outside else tuple(dict.fromkeys(table.values("name", row["constraint_ids"])))
    width = row["mean_width_m"]
    return MeasuredOverlap(
        overlap_area_m2=row["overlap_area_m2"],
        target_area_m2=row["target_area_m2"],
        overlap_class=OverlapClass(row["overlap_class"]),
        control_zone=zone,
        mean_width_m=None if math.isnan(width) else width,
        names=hit,
        is_outside=is_outside,
        certainty=certainty,
    )


def overlap_finding(
    rule: SiteRule,
    judgement: Judgement,
    relation: Relation,
    row: Mapping[Any, Any],
    overlap: MeasuredOverlap,
    table: AreaTable,
    *,
    missing: tuple[str, ...] = (),
) -> SiteFinding:
    """Put the finding of an overlap together."""
    ids = () if overlap.is_outside else tuple(table.values("feature_id", row["constraint_ids"]))
    return SiteFinding(
        judgement=judgement,
        relation=relation,
        numbers={
            "overlap_area_m2": overlap.overlap_area_m2,
            "target_share": overlap.target_share,
            "mean_width_m": overlap.mean_width_m,
            "overlap_class": overlap.overlap_class.value,
            "certainty": None if overlap.certainty is None else overlap.certainty.value,
        },
        zone=overlap.control_zone,
        constraint_ids=ids,
        geometry=row["geometry"],
        missing=missing,
        is_prohibition=getattr(rule, "is_prohibition", False),
    )


def _possible(
    asked: Asked, rule: SiteRule, certainty: Mapping[tuple[int, str], Certainty]
) -> Iterator[tuple[int, SiteFinding]]:
    """Say where a hard line comes so near that the survey's accuracy leaves it open whether it is touched.

    An artefact of how coordinates are stored is no overlap, but it is as near as a line can come.
    """
    areas = asked.places.area_m2
    for (site, group), found in certainty.items():
        if found is Certainty.CERTAIN_CLEAR:
            continue
        judged = Certainty.POSSIBLE_HIT
        overlap = MeasuredOverlap(
            overlap_area_m2=0.0,
            target_area_m2=areas[site],
            overlap_class=OverlapClass.REAL,
            control_zone=group or None,
            certainty=judged,
        )
        judgement = asked.judge(rule, overlap)
        if judgement is not None:
            numbers = {"overlap_area_m2": 0.0, "target_share": 0.0, "certainty": judged.value}
            yield (
                site,
                SiteFinding(
                    judgement=judgement,
                    relation=Relation.NEAR,
                    numbers=numbers,
                    zone=group or None,
                    is_prohibition=True,
                ),
            )


def _contamination(
    asked: Asked, rule: SurveyBeforeUseChange, data: ControlData, found: _Found
) -> Iterator[tuple[int, SiteFinding]]:
    states = {state.value for state in ContaminationState}
    written = [facts.contamination_state or "" for facts in facts_of(data.table)]
    rows = _overlaps(asked, data, column(text if text in states else "" for text in written))
    found.note(rows)
    for row in usable(rows):
        state = ContaminationState(row["constraint_group"]) if row["constraint_group"] else None
        overlap = overlap_of(row, data.table)
        judgement = asked.judge(rule, MeasuredContamination(overlap=overlap, state=state))
        if judgement is not None:
            yield row["target_id"], overlap_finding(rule, judgement, Relation.OVERLAP, row, overlap, data.table)


def _overlaps(asked: Asked, data: ControlData, group: GeometryArray) -> list[Row]:
    """Measure the areas of a layer by groups; those whose group is None are left out."""
    chosen = ~is_none(group)
    table = data.table.take(chosen)
    if len(table.ids) == 0:
        return []
    return measure_areas(
        asked,
        table.ids.astype(object),
        table.shapes,
        layer_source(data.version),
        group=group[chosen],
        pieces=Pieces(table.piece_owners, table.piece_shapes),
    )


def _weigh(
    asked: Asked,
    control: ControlLayer,
    data: ControlData,
    found: _Found,
    site: int,
    covered_share: float | None,
    uncovered: shapely.Geometry | None,
) -> LayerAnswer:
    findings, errors = found.findings[site], found.errors[site]
    has_hits = any(finding.judgement.verdict is not Verdict.PASS for finding in findings)
    limit = control.layer.stale_after_days
    reason = None
    if errors:
        status, reason = LayerStatus.FAILED, "; ".join(errors[:FAILED_SHOWN])
    elif is_stale(data.version.valid_from, limit, asked.as_of):
        status, reason = (
            LayerStatus.STALE,
            f"In force since {data.version.valid_from}, taken as current for {limit} days.",
        )
    elif has_hits:
        status = LayerStatus.HIT
    else:
        status = LayerStatus.CLEAR if covered_share else LayerStatus.NOT_COVERED
    certainty = judge_coverage(status, covered_share=covered_share or 0.0, mandatory=control.layer.mandatory)
    if uncovered is not None or covered_share is None:
        share = 0.0 if covered_share is None else covered_share
        findings = [
            *findings,
            coverage_finding(asked, control, certainty, share, uncovered, is_stated=covered_share is not None),
        ]
    verdict = worst([certainty, *(finding.judgement.verdict for finding in findings)])
    return LayerAnswer(status, covered_share, verdict, findings, found.artefacts[site], reason)
