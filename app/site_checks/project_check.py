"""Rules about the project: the planned use, figures and their limits, lists of industries, who approves. No database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.site_checks.asking import Asked, Relation, SiteFinding
from app.site_checks.layer_check import (
    LayerAnswer,
    overlap_finding,
    overlap_of,
    unknown,
)
from app.site_checks.layer_coverage import coverage_finding, covered_shares
from app.site_checks.overlaying import measure_areas, usable
from app.site_checks.questions import STAGES_WITH_FIGURES, Question
from gis.errors import GisError
from gis.landuse.codes import CodeVersion
from gis.rules import (
    ApprovalLevel,
    IndicatorThreshold,
    IndustryList,
    LayerStatus,
    MeasuredIndicator,
    MeasuredLand,
    MeasuredPlanZone,
    OverlapClass,
    PlannedUse,
    WholeSite,
    judge_coverage,
    land_of_sites,
    worst,
)
from gis.rules.site_model import Comparison, PlanLimit

# Columns of a zone with the plan's limit of a figure.
LIMITS: Final = {
    "floor_area_ratio": "floor_area_ratio_max",
    "height_m": "building_height_max_m",
    "building_density": "building_density_max",
    "green_ratio": "green_ratio_min",
}
SURVEY_TABLES: Final = (CodeVersion.GUIDE_2023, CodeVersion.GBT21010_2017, CodeVersion.THIRD_SURVEY_2019)


@dataclass(frozen=True, slots=True)
class PlanAnswers:
    """What one plan says of the sites, and the zones that each of them really lies in."""

    by_site: dict[int, LayerAnswer]
    zones: dict[int, list[Mapping[str, Any]]]


def check_plan(asked: Asked, plan: ControlLayer) -> PlanAnswers:
    """Judge the intended use by the zones of one plan.

    Parameters
    ----------
    plan : ControlLayer
        The plan's layer; its ``areas`` are the zones near the sites.
    """
    if plan.data is None:
        reason = f"No version is in force on {asked.as_of}."
        return PlanAnswers(unknown(asked, plan, LayerStatus.NOT_COVERED, reason, 0.0), {})
    try:
        return _plan_with_data(asked, plan, plan.data)
    except GisError as error:
        reason = f"{type(error).__name__}: {error}"
        return PlanAnswers(unknown(asked, plan, LayerStatus.FAILED, reason, None), {})


def _plan_with_data(asked: Asked, plan: ControlLayer, data: ControlData) -> PlanAnswers:
    measured = measure_areas(asked, data.table.ids.astype(object), data.table.shapes, layer_source(data.version))
    shares, uncovered = covered_shares(asked, data)
    parts = {row["target_id"]: row["geometry"] for row in usable(uncovered)}
    findings: defaultdict[int, list[SiteFinding]] = defaultdict(list)
    zones: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in usable(measured):
        (zone_id,) = row["constraint_ids"]
        zone = data.table.row(zone_id)
        if row["overlap_class"] == OverlapClass.REAL:
            zones[row["target_id"]].append(zone)
        findings[row["target_id"]] += list(_planned_use(asked, row, zone, data))
    failed = {row["target_id"] for row in measured if row["error"] is not None}
    by_site = {}
    for site in asked.places.numbers:
        share = None if shares is None else shares[site]
        status = LayerStatus.HIT if findings[site] else (LayerStatus.CLEAR if share else LayerStatus.NOT_COVERED)
        status = LayerStatus.FAILED if site in failed else status
        certainty = judge_coverage(status, covered_share=share or 0.0, mandatory=plan.layer.mandatory)
        if share is None or site in parts:
            stated = share is not None
            findings[site].append(
                coverage_finding(asked, plan, certainty, share or 0.0, parts.get(site), is_stated=stated)
            )
        verdict = worst([certainty, *(finding.judgement.verdict for finding in findings[site])])
        by_site[site] = LayerAnswer(status, share, verdict, findings[site])
    return PlanAnswers(by_site, dict(zones))


def _planned_use(
    asked: Asked, row: Mapping[Any, Any], zone: Mapping[str, Any], data: ControlData
) -> Iterator[SiteFinding]:
    overlap = overlap_of(row, data.table)
    version = code_version(zone["code_version"])
    measured = MeasuredPlanZone(
        overlap=overlap,
        use_code=zone["zone_code"] if version is not None else None,
        use_code_version=version or CodeVersion.GUIDE_2023,
    )
    for rule in asked.rules:
        if isinstance(rule, PlannedUse) and (judgement := asked.judge(rule, measured)) is not None:
            found = overlap_finding(rule, judgement, Relation.PLAN_ZONE, row, overlap, data.table)
            values = {name: zone[name] for name in ("zone_code", "zone_name", "code_version", *LIMITS.values())}
            missing = ("use_code",) if asked.facts.use_code is None else ()
            yield replace(found, numbers=found.numbers | values, missing=missing)


def code_version(written: str | None) -> CodeVersion | None:
    """Return the table that a layer names; None for one that is not known."""
    try:
        return CodeVersion(written) if written else None
    except ValueError:
        return None


def project_findings(
    asked: Asked, question: Question, zones: Mapping[int, list[Mapping[str, Any]]]
) -> Iterator[tuple[int, SiteFinding]]:
    """Judge figures and industries: what needs the project and no layer.

    Parameters
    ----------
    zones : mapping
        The zones of plans that each site lies in.
    """
    areas = asked.places.area_m2
    for rule in asked.rules:
        for site in asked.places.numbers:
            match rule:
                case IndicatorThreshold() if is_asked(rule, question):
                    measured: MeasuredIndicator | WholeSite = MeasuredIndicator(
                        indicator=rule.indicator,
                        value=question.indicators.get(rule.indicator),
                        plan_limit=_plan_limit(rule, zones.get(site, [])),
                    )
                    missing = () if rule.indicator in question.indicators else (f"indicators.{rule.indicator.value}",)
                case IndustryList():
                    measured = WholeSite(target_area_m2=areas[site])
                    missing = () if question.industry_code else ("industry_code",)
                case _:
                    continue
            judgement = asked.judge(rule, measured)
            if judgement is not None:
                yield site, SiteFinding(judgement=judgement, relation=Relation.PROJECT, missing=missing)


def is_asked(rule: IndicatorThreshold, question: Question) -> bool:
    """Whether a figure is asked for: from the planning permit on, and whenever it is given."""
    return question.stage in STAGES_WITH_FIGURES or rule.indicator in question.indicators


def _plan_limit(rule: IndicatorThreshold, zones: list[Mapping[str, Any]]) -> float | None:
    """Return the strictest limit of the zones that a site lies in; None where one of them names none."""
    column = LIMITS.get(rule.indicator.value)
    if not isinstance(rule.limit, PlanLimit) or column is None or not zones:
        return None
    limits = [zone[column] for zone in zones]
    if any(limit is None or pd.isna(limit) for limit in limits):
        return None
    return float(max(limits) if rule.comparison is Comparison.AT_LEAST else min(limits))


def approval_findings(
    asked: Asked, survey: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame | None
) -> Iterator[tuple[int, SiteFinding]]:
    """Say who approves the land, by its classes; where no survey is known the land is unknown, and so is the answer.

    Parameters
    ----------
    survey : GeoDataFrame
        Patches of land surveys near the sites, with ``feature_code`` and ``code_version``.
    farmland : GeoDataFrame or None
        Permanent basic farmland near the sites; None where no layer of it is in force, which leaves the land unknown.
    """
    rules = [rule for rule in asked.rules if isinstance(rule, ApprovalLevel)]
    if not rules:
        return
    land = _land(asked, survey, farmland)
    for rule in rules:
        for site, measured in land.items():
            judgement = asked.judge(rule, measured)
            if judgement is not None:
                numbers = {
                    "permanent_farmland_m2": measured.permanent_farmland_m2,
                    "cultivated_m2": measured.cultivated_m2,
                    "other_m2": measured.other_m2,
                    "unknown_m2": measured.unknown_m2,
                }
                missing = ("land_survey",) if measured.unknown_m2 else ()
                yield (
                    site,
                    SiteFinding(judgement=judgement, relation=Relation.PROJECT, numbers=numbers, missing=missing),
                )


def _land(asked: Asked, survey: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame | None) -> dict[int, MeasuredLand]:
    versions = [code_version(text) for text in survey["code_version"]]
    table = next((version for version in versions if version in SURVEY_TABLES), None)
    if table is None or farmland is None:
        return {
            site: MeasuredLand(permanent_farmland_m2=0.0, cultivated_m2=0.0, other_m2=0.0, unknown_m2=area)
            for site, area in asked.places.area_m2.items()
        }
    patches = survey[[version is table for version in versions]]
    found = land_of_sites(asked.places.frame, patches, farmland, code="feature_code", code_version=table)
    return {int(str(site)): measured for site, measured in found.items()}
