"""Answer sites from the layers and the law of one day as they were known at one moment; nothing is stored here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy.orm import Session

from app.checks.controls import AnyLayer, AnyVersion, ControlData, ControlLayer, column
from app.checks.errors import NoRuleError, NothingToCheckError
from app.db.models import LayerKind, LayerVersion
from app.db.parameters import read_parameters
from app.db.rule_packs import RuleBook, read_rule_book
from app.figures import area
from app.layers.repository import require_layer
from app.site_checks import nearby
from app.site_checks.answers import Drawn, draw_findings, findings_answer, layer_answer, summary, verdict_of
from app.site_checks.asking import Asked, SiteFinding, control_kinds, describe_site_rules, kinds_of, rules_in_force
from app.site_checks.errors import SiteOutsideError
from app.site_checks.known_ground import known_ground
from app.site_checks.layer_check import LayerAnswer, check_layer
from app.site_checks.project_check import approval_findings, check_plan, is_asked, project_findings
from app.site_checks.questions import Question, require_known_codes
from app.site_checks.sites import SiteHead, Sites
from app.site_checks.zone_overlaps import measure_zone_overlaps
from gis.boundary_band import widened_bounds
from gis.landuse.control_kinds import ControlKind
from gis.rules import (
    NATIONAL,
    IndicatorThreshold,
    Law,
    LayerStatus,
    ParameterRow,
    ParameterSet,
    SiteRule,
    Verdict,
    search_radius_m,
    sliver_rows,
)

# Of the three control lines (三条控制线) a missing layer is never a mere warning.
CONTROL_LINES: Final = frozenset(
    {
        ControlKind.ECOLOGICAL_REDLINE,
        ControlKind.PERMANENT_BASIC_FARMLAND,
        ControlKind.URBAN_DEVELOPMENT_BOUNDARY,
    }
)
# Beside the survey's accuracy, so that what touches a site is read whole.
MARGIN_M: Final = 1.0
Versions = list[tuple[AnyLayer, AnyVersion | None]]


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that an answer stands on, read in one transaction.

    Attributes
    ----------
    controls, plans, surveys : list of (Layer, LayerVersion or None)
        The layers with what is in force of them on the day.
    coverages : mapping of int to geometry or None
        Where the versions of control layers and plans are known, in the area plane, by their ids.
    """

    book: RuleBook
    parameters: ParameterSet
    as_of: date
    known_at: datetime
    controls: Versions
    plans: Versions
    surveys: Versions
    coverages: nearby.Coverages

    def asked_rules(self, region: str) -> list[dict[str, Any]]:
        """Name the rules that are asked in a region, as they are stored with the answer."""
        kinds = {layer.control_kind for layer, version in self.controls if version is not None}
        return [
            described
            for described, about in describe_site_rules(self.book.catalog, self.as_of, region)
            if not about or not kinds.isdisjoint(about)
        ]

    def basis_rows(self, region: str) -> list[ParameterRow]:
        """Return the numbers that every answer rests on: when an overlap is a sliver, and how numbers are written."""
        law = Law(self.parameters, self.as_of, region)
        return [*law.display(), *sliver_rows(law)]

    def used_layers(self) -> list[dict[str, Any]]:
        """Name the versions that were looked at, as they are stored with the answer."""
        return [
            {
                "layer": layer.slug,
                "kind": layer.kind,
                "version_id": None if version is None else version.id,
                "number": None if version is None else version.number,
                "sha256": None if version is None else version.sha256,
                "coverage_revision": None if version is None else version.coverage_revision,
                "mandatory": layer.mandatory,
                "stale_after_days": layer.stale_after_days,
                "accuracy_m": layer.accuracy_m,
            }
            for layer, version in (*self.controls, *self.plans, *self.surveys)
        ]


@dataclass(slots=True)
class Answered:
    """The answers about some sites, and the findings that they are made of."""

    sites: list[dict[str, Any]] = field(default_factory=list)
    findings: list[SiteFinding] = field(default_factory=list)


def read_ground(session: Session, question: Question, as_of: date, known_at: datetime) -> Ground:
    """Read the law, and which versions of which layers apply.

    Raises
    ------
    SiteRefusedError
        For a code that the law or its tables do not know.
    LayerNotFoundError, NoRuleError, NothingToCheckError
    """
    known = known_ground(session)
    book, by_kind = known.book, known.layers
    require_known_codes(question, book.catalog)
    wanted = None if question.layers is None else {require_layer(session, slug).id for slug in question.layers}
    kinds = kinds_of(book.catalog)
    in_force = known.versions_in_force(session, as_of=as_of, known_at=known_at)

    def versions(*layer_kinds: LayerKind) -> Versions:
        return [
            (layer, in_force.get(layer.id))
            for layer in (layer for kind in layer_kinds for layer in by_kind[kind])
            if layer.control_kind is None or layer.control_kind in kinds
        ]

    def chosen(found: Versions) -> Versions:
        return [pair for pair in found if wanted is None or pair[0].id in wanted]

    controls, plans = chosen(versions(LayerKind.CONTROL_AREA)), chosen(versions(LayerKind.PLAN))
    named = {layer.slug for layer, _ in (*controls, *plans)}
    silent = [slug for slug in question.layers or () if slug not in named]
    if silent:
        raise NoRuleError(silent)
    if not controls and not plans:
        raise NothingToCheckError("There is no control layer to check against. Import one first.")
    return Ground(
        book,
        known.parameters,
        as_of,
        known_at,
        controls,
        plans,
        versions(LayerKind.REFERENCE),
        known.coverages(session, _ids(controls, plans)),
    )


def pinned_ground(session: Session, used: Sequence[Mapping[str, Any]], as_of: date, known_at: datetime) -> Ground:
    """Read the law, and the very versions that an earlier answer looked at (see :meth:`Ground.used_layers`)."""
    layers = {layer.slug: layer for layer in nearby.layers_of_kind(session, *LayerKind)}
    pairs = [
        (layers[one["layer"]], None if one["version_id"] is None else session.get(LayerVersion, one["version_id"]))
        for one in used
        if one["layer"] in layers
    ]

    def of(kind: LayerKind) -> Versions:
        return [pair for pair in pairs if pair[0].kind == kind]

    controls, plans = of(LayerKind.CONTROL_AREA), of(LayerKind.PLAN)
    return Ground(
        read_rule_book(session),
        read_parameters(session),
        as_of,
        known_at,
        controls,
        plans,
        of(LayerKind.REFERENCE),
        nearby.read_coverages(session, _ids(controls, plans)),
    )


def _ids(*pairs: Versions) -> list[int]:
    return [version.id for some in pairs for _, version in some if version is not None]


def answer_sites(session: Session, ground: Ground, sites: Sites, question: Question) -> Answered:
    """Answer some sites.

    Raises
    ------
    SiteOutsideError
        Where no layer knows anything of one of them.
    """
    answered: dict[int, dict[str, Any]] = {}
    result = Answered()
    for region, of_region in sites.by_region():
        in_force = rules_in_force(ground.book.catalog, ground.as_of, region)
        asked = Asked(
            of_region.places(), sites.source, question.facts(), in_force, ground.parameters, ground.as_of, region
        )
        answered |= _Round(session, ground, asked, question).answer(of_region.heads, result.findings)
    result.sites = [answered[head.number] for head in sites.heads]
    outside = [one["site"] for one in result.sites if one.pop("is_outside")]
    if outside:
        raise SiteOutsideError(outside)
    return result


def read_plans_near(session: Session, ground: Ground, asked: Asked) -> list[ControlLayer]:
    """Read the zones of the plans near sites; the areas have the columns of a zone beside their usual ones."""
    if not ground.plans:
        return []
    in_force = {version.id: version for _, version in ground.plans if version is not None}
    boxes = widened_bounds(asked.places.shapes, MARGIN_M)
    zones = nearby.read_zones_near(session, list(in_force), boxes, ground.known_at)
    written = zip(*(zones.columns[name] for name in ("zone_name", "zone_code", "feature_id")), strict=True)
    names = column(name or code or feature for name, code, feature in written)
    zones = replace(zones, columns={**zones.columns, "name": names})
    return [
        ControlLayer(
            layer,
            None
            if version is None
            else ControlData(
                version,
                zones.take(zones.columns["layer_version_id"] == version.id),
                ground.coverages[version.id],
            ),
        )
        for layer, version in ground.plans
    ]


class _Round:
    """The sites of one region against everything there is."""

    def __init__(self, session: Session, ground: Ground, asked: Asked, question: Question) -> None:
        self.session = session
        self.ground = ground
        self.asked = asked
        self.question = question

    def answer(self, heads: Sequence[SiteHead], collected: list[SiteFinding]) -> dict[int, dict[str, Any]]:
        """Answer every site; findings are added to ``collected``."""
        controls = self._controls()
        by_zone = self.asked.in_force.kinds_by_zone
        measured = measure_zone_overlaps(self.asked, [one for one in controls if one.layer.control_kind in by_zone])
        layers = [(control, check_layer(self.asked, control, measured.get(control.layer.id))) for control in controls]
        plans = read_plans_near(self.session, self.ground, self.asked)
        zones: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for plan in plans:
            found = check_plan(self.asked, plan)
            layers.append((plan, found.by_site))
            for site, named in found.zones.items():
                zones[site] += named
        project: defaultdict[int, list[SiteFinding]] = defaultdict(list)
        for site, finding in project_findings(self.asked, self.question, zones):
            project[site].append(finding)
        for site, finding in self._approval(controls):
            project[site].append(finding)
        unknown = self._missing_layers([control.layer for control in controls], has_plan=bool(plans))
        findings: list[SiteFinding] = []
        for site in self.asked.places.numbers:
            findings += [finding for _, by_site in layers for finding in by_site[site].findings] + project[site]
        collected += findings
        drawn = draw_findings(findings)
        return {
            head.number: self._site(
                {**head.as_json(), **area(self.asked.places.area_m2[head.number])},
                [(control, of[head.number]) for control, of in layers],
                project[head.number],
                unknown,
                drawn,
            )
            for head in heads
        }

    def _controls(self) -> list[ControlLayer]:
        """Read the control areas near the sites, those of distance rules from farther away."""
        distances, law = self.asked.in_force.distances, self.asked.law
        far_kinds = {kind for rule in distances for kind in control_kinds(rule)}
        radius = max((search_radius_m(rule, law) for rule in distances), default=0.0)
        in_force = [(layer, version) for layer, version in self.ground.controls if version is not None]
        accuracy = max((layer.accuracy_m or 0.0 for layer, _ in in_force), default=0.0)
        near = [pair for pair in in_force if pair[0].control_kind not in far_kinds]
        far = [pair for pair in in_force if pair[0].control_kind in far_kinds]
        read = {
            control.layer.id: control
            for pairs, margin in ((near, accuracy + MARGIN_M), (far, max(radius, accuracy) + MARGIN_M))
            if pairs
            for control in nearby.read_controls_near(
                self.session,
                pairs,
                widened_bounds(self.asked.places.shapes, margin),
                self.ground.known_at,
                self.ground.coverages,
            )
        }
        return [read.get(layer.id, ControlLayer(layer, None)) for layer, _ in self.ground.controls]

    def _approval(self, controls: Sequence[ControlLayer]) -> list[tuple[int, SiteFinding]]:
        if self.question.takes_new_construction_land is False:
            return []
        versions = [version.id for _, version in self.ground.surveys if version is not None]
        boxes = widened_bounds(self.asked.places.shapes, MARGIN_M)
        survey = nearby.read_survey_near(self.session, versions, boxes, self.ground.known_at)
        farmland = [
            control.data.areas[["geometry"]]
            for control in controls
            if control.data is not None and control.layer.control_kind == ControlKind.PERMANENT_BASIC_FARMLAND
        ]
        return list(approval_findings(self.asked, survey, pd.concat(farmland) if farmland else None))

    def _missing_layers(self, layers: Sequence[AnyLayer], *, has_plan: bool) -> list[dict[str, Any]]:
        """Name the kinds of control areas that rules in force speak about and of which there is no layer at all."""
        if self.question.layers is not None:
            return []
        present = {layer.control_kind for layer in layers}
        missing = [
            {
                "control_kind": kind.value,
                "verdict": (Verdict.NO_DATA if kind in CONTROL_LINES else Verdict.WARN).value,
                "rules": [rule.rule_id for rule in self.asked.rules_about(kind)],
                "text_zh": "没有此类图层，该类限制未检查，不等于没有限制。",
                "text_en": "There is no layer of this kind: it was not checked, which is not the same as free.",
            }
            for kind in self.asked.in_force.by_kind
            if kind not in present
        ]
        if not has_plan:
            texts = {
                "text_zh": "没有规划图层，规划用途未检查。",
                "text_en": "There is no plan: the planned use was not checked.",
            }
            missing.append({"control_kind": "plan", "verdict": Verdict.NO_DATA.value, "rules": [], **texts})
        return missing

    def _site(
        self,
        head: Mapping[str, Any],
        layers: Sequence[tuple[ControlLayer, LayerAnswer]],
        project: list[SiteFinding],
        unknown: list[dict[str, Any]],
        drawn: Drawn,
    ) -> dict[str, Any]:
        answers = [layer_answer(control, answer, drawn) for control, answer in layers]
        of_project = findings_answer(project, drawn)
        verdict = verdict_of(
            [
                *(answer["verdict"] for answer in answers),
                *(finding["verdict"] for finding in of_project),
                *(one["verdict"] for one in unknown),
            ]
        )
        return {
            **head,
            "verdict": verdict.value,
            **summary(verdict, answers, of_project),
            "layers": answers,
            "project": of_project,
            "missing_layers": unknown,
            "not_asked": self._not_asked(),
            "local_rules_not_applied": self._local_rules_not_applied(),
            "is_assumed": any(one["is_assumed"] for one in _all_findings(answers, of_project)),
            "is_outside": all(
                answer["status"] == LayerStatus.NOT_COVERED and not answer["covered_share"] for answer in answers
            ),
        }

    def _not_asked(self) -> list[dict[str, str]]:
        """Name the rules about figures that nobody gave and that are not asked for at this stage."""
        return [
            {
                "rule_id": rule.rule_id,
                "field": f"indicators.{rule.indicator.value}",
                "reason_zh": "本阶段不要求该指标，也未提供。",
                "reason_en": "The figure is not asked for at this stage, and was not given.",
            }
            for rule in self.asked.rules
            if isinstance(rule, IndicatorThreshold) and not is_asked(rule, self.question)
        ]

    def _local_rules_not_applied(self) -> list[dict[str, str]]:
        """Name the local rules that could not be applied, because nobody said in which county the site lies."""
        if self.asked.region != NATIONAL:
            return []
        local: list[SiteRule] = [
            rule
            for rule in self.ground.book.catalog.all_rules
            if rule.source.region != NATIONAL and rule.source.is_in_force(self.ground.as_of)
        ]
        return [
            {
                "rule_id": rule.rule_id,
                "region": rule.source.region,
                "reason_zh": "地块没有县级行政区代码，不知道本规则是否适用；请提供 county_code。",
                "reason_en": "The site names no county, so that it is not known whether this rule holds; give county_code.",
            }
            for rule in local
        ]


def _all_findings(
    answers: Sequence[Mapping[str, Any]], project: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    return [*(finding for answer in answers for finding in answer["findings"]), *project]
