"""A rule proves itself when it is loaded: its examples are measured in a plane and judged, and must come out as written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely

from gis.errors import GisError
from gis.polygonal import polygonal_part
from gis.rules.answers import Judgement
from gis.rules.examples import ExampleArea, LandKind, RuleExample
from gis.rules.facts import Power, SiteFacts
from gis.rules.judging import sliver_thresholds
from gis.rules.measurements import (
    AgencyPart,
    MeasuredContamination,
    MeasuredDistance,
    MeasuredIndicator,
    MeasuredJurisdiction,
    MeasuredLand,
    MeasuredOverlap,
    MeasuredPlanZone,
    Measurement,
    WholeSite,
)
from gis.rules.model import RequiredContainment
from gis.rules.parameters import ParameterSet
from gis.rules.site_judging import judge_site_rule
from gis.rules.site_model import (
    AllowedUses,
    ApprovalLevel,
    IndicatorThreshold,
    IndustryList,
    Jurisdiction,
    MaximumShare,
    MeasuredFrom,
    MinimumDistance,
    PlannedUse,
    SiteRule,
    SurveyBeforeUseChange,
)
from gis.rules.sources import InForce
from gis.rules.verdict import Verdict, worst
from gis.shapes import SliverThresholds, is_sliver, measure_shapes
from gis.siting.basis import DistanceBasis
from gis.slivers import OverlapClass

# Examples of a rule without dates are judged on a day on which every shipped number holds.
_ORDINARY_DAY = date(2025, 1, 1)


class RuleSelfTestError(GisError):
    """An example of a rule does not come out as the rule file says."""


def run_examples(rule: SiteRule, parameters: ParameterSet) -> int:
    """Measure and judge every example of a rule; return how many there were.

    The coordinates of the examples are metres of a plane, where the area plane is true to scale: at the equator.

    Raises
    ------
    RuleSelfTestError
        With the rule, the example, and what was expected and found.
    """
    as_of, region = _day_of(rule.source), rule.source.region
    thresholds = sliver_thresholds(parameters, as_of=as_of, region=region)
    for example in rule.examples:
        facts = SiteFacts(**{name: getattr(example.facts, name) for name in type(example.facts).model_fields})
        found = [
            judgement
            for measured in _measure(rule, example, thresholds)
            if (judgement := judge_site_rule(rule, measured, facts, parameters=parameters, as_of=as_of, region=region))
        ]
        _compare(rule, example, found)
    return len(rule.examples)


def _compare(rule: SiteRule, example: RuleExample, found: list[Judgement]) -> None:
    verdict = worst([Verdict.PASS, *(judgement.verdict for judgement in found)])
    place = f"rule {rule.rule_id}, example {example.name!r}"
    if verdict is not example.expect:
        raise RuleSelfTestError(f"{place}: expected {example.expect}, found {verdict}")
    if example.decision is not None:
        decisions = {judgement.decision for judgement in found if judgement.verdict is verdict}
        if decisions != {example.decision}:
            shown = ", ".join(sorted(str(decision) for decision in decisions)) or "none"
            raise RuleSelfTestError(f"{place}: expected the decision {example.decision}, found {shown}")


def _day_of(source: InForce) -> date:
    """Pick a day on which the source is in force."""
    if source.valid_from is not None and source.valid_from > _ORDINARY_DAY:
        return source.valid_from
    if source.valid_to is not None and source.valid_to <= _ORDINARY_DAY:
        return source.valid_to - timedelta(days=1)
    return _ORDINARY_DAY


@dataclass(frozen=True, slots=True)
class _Site:
    geometry: shapely.Geometry
    thresholds: SliverThresholds

    @property
    def area_m2(self) -> float:
        return float(shapely.area(self.geometry))

    def overlap(self, areas: Iterable[ExampleArea], zone: str | None = None) -> MeasuredOverlap | None:
        """Measure the common area with the union of some areas; None where there is none."""
        union = shapely.union_all([shapely.from_wkt(area.wkt) for area in areas])
        return self.part(shapely.intersection(self.geometry, union), zone=zone)

    def outside(self, areas: Iterable[ExampleArea]) -> MeasuredOverlap | None:
        """Measure what no area covers."""
        union = shapely.union_all([shapely.from_wkt(area.wkt) for area in areas])
        return self.part(shapely.difference(self.geometry, union), is_outside=True)

    def part(
        self, geometry: shapely.Geometry, *, zone: str | None = None, is_outside: bool = False
    ) -> MeasuredOverlap | None:
        parts = polygonal_part([geometry])
        area, whole = float(shapely.area(parts)[0]), self.area_m2
        if not area > 0:
            return None
        shapes = measure_shapes(parts)
        thin = area < whole and bool(is_sliver(shapes, self.thresholds)[0])
        return MeasuredOverlap(
            overlap_area_m2=area,
            target_area_m2=whole,
            overlap_class=OverlapClass.SLIVER if thin else OverlapClass.REAL,
            control_zone=zone,
            mean_width_m=float(shapes.mean_width_m[0]),
            is_outside=is_outside,
        )


def _measure(rule: SiteRule, example: RuleExample, thresholds: SliverThresholds) -> list[Measurement]:
    site = _Site(shapely.from_wkt(example.site), thresholds)
    match rule:
        case MinimumDistance():
            return [_distance(rule, site, area) for area in example.areas]
        case IndicatorThreshold():
            return [
                MeasuredIndicator(indicator=rule.indicator, value=example.value, plan_limit=example.plan_limit),
            ]
        case ApprovalLevel():
            return [_land(site, example)]
        case Jurisdiction():
            return [_jurisdiction(site, example, rule.power)]
        case IndustryList():
            return [WholeSite(target_area_m2=site.area_m2)]
        case _:
            return list(_places(rule, site, example))


def _places(rule: SiteRule, site: _Site, example: RuleExample) -> Iterator[Measurement]:
    match rule:
        case PlannedUse():
            for area in example.areas:
                if (part := site.overlap([area])) is not None:
                    yield MeasuredPlanZone(overlap=part, use_code=area.use_code, use_code_version=rule.code_version)
        case SurveyBeforeUseChange():
            for area in example.areas:
                if (part := site.overlap([area])) is not None:
                    yield MeasuredContamination(overlap=part, state=area.state)
        case MaximumShare():
            counted = [area for area in example.areas if not rule.zones or area.control_zone in rule.zones]
            if (part := site.overlap(counted)) is not None:
                yield part
        case _:
            yield from _zones(site, example)
            contains = isinstance(rule, RequiredContainment) or (isinstance(rule, AllowedUses) and rule.outside)
            if contains and (part := site.outside(example.areas)) is not None:
                yield part


def _zones(site: _Site, example: RuleExample) -> Iterator[MeasuredOverlap]:
    for zone in dict.fromkeys(area.control_zone for area in example.areas):
        part = site.overlap((area for area in example.areas if area.control_zone == zone), zone)
        if part is not None:
            yield part


def _distance(rule: MinimumDistance, site: _Site, area: ExampleArea) -> MeasuredDistance:
    geometry = shapely.from_wkt(area.wkt)
    distance, basis = float(shapely.distance(site.geometry, geometry)), DistanceBasis.OUTER_EDGE
    if shapely.get_dimensions(geometry) < 2:
        basis = DistanceBasis.CENTRE_LINE
        if area.land_width_m is not None and rule.measured_from is MeasuredFrom.OUTER_EDGE:
            basis = DistanceBasis.CENTRE_LINE_AND_WIDTH
            distance = max(distance - area.land_width_m / 2, 0.0)
    return MeasuredDistance(
        distance_m=distance,
        object_class=area.object_class,
        place_class=area.place_class,
        basis=basis,
        accuracy_m=area.accuracy_m,
    )


def _land(site: _Site, example: RuleExample) -> MeasuredLand:
    def area(kind: LandKind) -> float:
        part = site.overlap(area for area in example.areas if area.land is kind)
        return 0.0 if part is None else part.overlap_area_m2

    return MeasuredLand(
        permanent_farmland_m2=area(LandKind.PERMANENT_FARMLAND),
        cultivated_m2=area(LandKind.CULTIVATED),
        other_m2=area(LandKind.OTHER),
        unknown_m2=area(LandKind.UNKNOWN),
    )


def _jurisdiction(site: _Site, example: RuleExample, power: Power) -> MeasuredJurisdiction:
    by_agency = {
        agency: shapely.intersection(
            site.geometry, shapely.union_all([shapely.from_wkt(a.wkt) for a in example.areas if a.agency == agency])
        )
        for agency in dict.fromkeys(area.agency or "" for area in example.areas)
    }
    areas = {agency: float(shapely.area(part)) for agency, part in by_agency.items()}
    covered = float(shapely.area(shapely.union_all(np.array(list(by_agency.values()), dtype=object))))
    return MeasuredJurisdiction(
        target_area_m2=site.area_m2,
        power=power,
        parts=tuple(AgencyPart(agency=agency, area_m2=area) for agency, area in areas.items() if area > 0),
        gap_m2=site.area_m2 - covered,
        overlap_m2=sum(areas.values()) - covered,
    )
