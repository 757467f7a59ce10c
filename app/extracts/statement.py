"""The statement of a sheet: everything that is hashed, computed from versions of layers, rules and numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.checks.controls import ControlLayer, layer_source
from app.checks.measuring import LayerOutcome, Measurer
from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.db.models import Layer, LayerKind, LayerVersion
from app.db.parameters import describe_parameter, read_parameters
from app.db.rule_packs import describe_rule, read_rule_book
from app.extracts.codes import find_code
from app.extracts.controls import ControlAnswer, sort_outcomes
from app.extracts.planning import PlanAnswer, read_plans
from app.extracts.repository import ParcelRow
from app.figures import PLACES_DEGREES, PLACES_M, PLACES_M2, rounded
from app.layers.repository import list_layers, version_in_force
from app.site_checks.answering import MARGIN_M
from app.site_checks.nearby import STORED_NOW, read_controls_near, read_coverages
from gis.boundary_band import widened_bounds
from gis.landuse.control_kinds import ControlKind
from gis.rules import Catalog, Law, ParameterRow, ParameterSet, region_of_parcel, worst
from gis.sheet_map import BoundaryPoint, boundary_points, fit_frame

SCHEMA = "duogui-planning-basis/1"
#: Size of the map on paper, which decides its scale and thereby the system of the coordinates.
MAP_WIDTH_MM, MAP_HEIGHT_MM = 170.0, 92.0

LayerVersions = list[tuple[Layer, LayerVersion | None]]


@dataclass(frozen=True, slots=True)
class Sources:
    """The versions of layers that a statement stands on; None where a layer has none in force."""

    plans: LayerVersions
    controls: LayerVersions

    @property
    def all(self) -> LayerVersions:
        """Plans and control layers."""
        return [*self.plans, *self.controls]


def sources_in_force(session: Session, as_of: date) -> Sources:
    """Pick the versions of all plans and control layers that apply on a day."""

    def pick(kind: LayerKind, kinds: frozenset[str] | None = None) -> LayerVersions:
        layers = [layer for layer in list_layers(session, kind=kind) if kinds is None or layer.control_kind in kinds]
        return [(layer, version_in_force(session, layer.id, as_of=as_of)) for layer in layers]

    with_rules = frozenset(kind.value for kind in kinds_with_rules(read_rule_book(session).catalog))
    return Sources(pick(LayerKind.PLAN), pick(LayerKind.CONTROL_AREA, with_rules))


def kinds_with_rules(catalog: Catalog) -> list[ControlKind]:
    """Return the kinds of control areas that rules speak about, in the order of the kinds."""
    named = {kind for rule in catalog.rules for kind in rule.control_kinds}
    return [kind for kind in ControlKind if kind in named]


def state_parcel(session: Session, parcel: ParcelRow, as_of: date, sources: Sources) -> dict[str, Any]:
    """Say what holds at a parcel on a day, by these versions and by the rules and numbers that are stored now.

    Returns
    -------
    dict
        JSON values; the same inputs give the same statement. No time of issue, and nobody's name.
    """
    catalog, parameters = read_rule_book(session).catalog, read_parameters(session)
    region = region_of_parcel(parcel.parcel_code)
    outcomes = _check(session, parcel, as_of, sources, catalog, parameters)
    controls = sort_outcomes(outcomes, kinds_with_rules(catalog))
    thresholds = sliver_thresholds(parameters, as_of)
    plans = read_plans(session, parcel, sources.plans, thresholds)
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "region": region,
        "subject": _describe_parcel(parcel),
        "boundary": describe_boundary(parcel.geometry),
        **_lists(plans, controls),
        "verdict": worst([*controls.verdicts, *plans.verdicts]).value,
        "versions": [describe_version(layer, version) for layer, version in _with_parcel(parcel, sources)],
        "rules": _describe_rules(catalog, outcomes, as_of, region),
        "parameters": _describe_parameters(controls.parameter_rows, parameters, as_of, region),
        "engine": engine_version(),
    }


def _check(
    session: Session,
    parcel: ParcelRow,
    as_of: date,
    sources: Sources,
    catalog: Catalog,
    parameters: ParameterSet,
) -> list[LayerOutcome]:
    target = parcel.as_target()
    measurer = Measurer(target, layer_source(parcel.version), catalog, parameters, as_of)
    in_force = [(layer, version) for layer, version in sources.controls if version is not None]
    reach = max((layer.accuracy_m or 0.0 for layer, _ in in_force), default=0.0) + MARGIN_M
    boxes = widened_bounds(target.geometry.to_numpy(), reach)
    coverages = read_coverages(session, [version.id for _, version in in_force])
    near = read_controls_near(session, in_force, boxes, STORED_NOW, coverages)
    read = {control.layer.id: control for control in near}
    return [measurer.measure(read.get(layer.id, ControlLayer(layer, None))) for layer, _ in sources.controls]


def _lists(plans: PlanAnswer, controls: ControlAnswer) -> dict[str, Any]:
    return {
        "plans": plans.plans,
        "lines_crossed": controls.lines_crossed,
        "constraints_hit": controls.constraints_hit,
        "clear": controls.clear,
        "no_data": [*plans.no_data, *controls.no_data],
    }


def _describe_parcel(parcel: ParcelRow) -> dict[str, Any]:
    use = find_code(parcel.land_use_code, parcel.code_version)
    return {
        "kind": "parcel",
        "layer": parcel.layer.slug,
        "title_zh": parcel.layer.title_zh,
        "title_en": parcel.layer.title_en,
        "version": parcel.version.number,
        "feature_id": parcel.feature_id,
        "parcel_code": parcel.parcel_code,
        "name": parcel.name,
        "land_use_code": parcel.land_use_code,
        "code_version": parcel.code_version,
        "use_zh": None if use is None else use.name_zh,
        "use_en": None if use is None else use.name_en,
        "area_registered_m2": rounded(parcel.area_registered_m2, PLACES_M2),
        "area_ellipsoid_m2": rounded(parcel.area_ellipsoid_m2, PLACES_M2),
        "area_planar_m2": rounded(parcel.area_planar_m2, PLACES_M2),
        "part_count": int(shapely.get_num_geometries(parcel.geometry)),
    }


def describe_boundary(geometry: shapely.Geometry) -> dict[str, Any]:
    """List the boundary points of a place in degrees, in the 3-degree zone that its map is drawn in."""
    frame = fit_frame(geometry, width_mm=MAP_WIDTH_MM, height_mm=MAP_HEIGHT_MM)
    points = boundary_points(geometry, frame.crs)
    return {
        "crs": frame.crs.name,
        "epsg": frame.crs.to_epsg(),
        "map_scale": frame.scale,
        "point_count": len(points),
        "points": [_describe_point(point) for point in points],
    }


def _describe_point(point: BoundaryPoint) -> dict[str, Any]:
    return {
        "number": point.number,
        "part": point.part,
        "ring": point.ring,
        "x_m": rounded(point.x_m, PLACES_M),
        "y_m": rounded(point.y_m, PLACES_M),
        "lon": rounded(point.lon, PLACES_DEGREES),
        "lat": rounded(point.lat, PLACES_DEGREES),
        "side_m": rounded(point.side_m, PLACES_M),
    }


def _with_parcel(parcel: ParcelRow, sources: Sources) -> LayerVersions:
    return [(parcel.layer, parcel.version), *sources.all]


def describe_version(layer: Layer, version: LayerVersion | None) -> dict[str, Any]:
    """Name a version of a layer in a statement, with everything of it that an answer depends on."""
    facts = {"layer": layer.slug, "kind": layer.kind, "title_zh": layer.title_zh, "title_en": layer.title_en}
    if version is None:
        return facts | {"number": None}
    return facts | {
        "number": version.number,
        "approval_no": version.approval_no,
        "valid_from": version.valid_from.isoformat(),
        "valid_to": None if version.valid_to is None else version.valid_to.isoformat(),
        "source_sha256": version.sha256,
        "coverage_revision": version.coverage_revision,
        "accuracy_m": layer.accuracy_m,
        "mandatory": layer.mandatory,
        "stale_after_days": layer.stale_after_days,
    }


def _describe_rules(
    catalog: Catalog, outcomes: Iterable[LayerOutcome], as_of: date, region: str
) -> list[dict[str, Any]]:
    """List the rules that were asked, each with a digest of its content."""
    asked = {
        rule.rule_id: rule
        for outcome in outcomes
        if outcome.control.data is not None
        for rule in catalog.rules_for(outcome.control.kind, as_of=as_of, region=None)
        if rule.source.applies_in(region)
    }
    return [describe_rule(asked[rule_id]) for rule_id in sorted(asked)]


def _describe_parameters(
    used: Iterable[ParameterRow], parameters: ParameterSet, as_of: date, region: str
) -> list[dict[str, Any]]:
    """List the numbers that decided, those that tell slivers, and those that fix how numbers are written."""
    law = Law(parameters, as_of, region)
    slivers = {row.key for row in parameters if row.key.startswith("sliver.")}
    rows = {row.row_id: row for row in (*used, *law.display(), *(parameters.row(key, as_of=as_of) for key in slivers))}
    return [describe_parameter(rows[row_id]) for row_id in sorted(rows)]
