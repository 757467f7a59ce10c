"""The statement of a site check's sheet: what the stored answer says of one site, in the lists of a planning-basis sheet."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.db.models import LayerVersion, SiteCheck
from app.extracts import repository
from app.extracts.codes import find_code
from app.extracts.controls import LINES, NO_LAYER, zone_names
from app.extracts.planning import CONTROL_VALUES, NO_PLAN
from app.extracts.statement import SCHEMA, describe_boundary, describe_version
from app.figures import PLACES_M2, rounded
from app.site_checks.asking import Relation
from app.site_checks.computing import Computed, compute_again
from app.site_checks.storing import read_answer, stored_computed
from gis.landuse.control_zones import control_kind_style
from gis.measurement import planar_area_m2
from gis.rules import LayerStatus, Verdict

TITLE_ZH, TITLE_EN = "送检地块", "Site that was asked about"
LOCAL_RULE = "local_rule"
#: Members of a finding that a statement repeats as they are.
TOLD = (
    "rule_id",
    "relation",
    "verdict",
    "decided_by_zh",
    "decided_by_en",
    "constraint_ids",
    "missing",
    "text_zh",
    "text_en",
    "article",
    "remedy_zh",
    "remedy_en",
    "is_assumed",
)
#: Members that only findings of some kinds have.
MEASURED = (
    "overlap_class",
    "certainty",
    "distance_m",
    "measured_from",
    "is_approximate",
    "parts",
    "gap_m2",
    "shared_m2",
)


def state_site(session: Session, check: SiteCheck, site: str) -> dict[str, Any]:
    """Say what a stored check says of one of its sites.

    Returns
    -------
    dict
        JSON values. No time of issue, and nobody's name.
    """
    return _state(session, check, stored_computed(check), read_answer(session, check, site))


def state_site_again(session: Session, check: SiteCheck, site: str) -> dict[str, Any]:
    """Compute the answer about one site again, from the versions that the check names and the rules stored now."""
    return _state(session, check, *compute_again(session, check, site))


def _state(session: Session, check: SiteCheck, computed: Computed, answer: dict[str, Any]) -> dict[str, Any]:
    feature = next(one for one in computed.sites["features"] if one["id"] == answer["site"])
    geometry = shapely.from_geojson(json.dumps(feature["geometry"]))
    return {
        "schema": SCHEMA,
        "as_of": computed.result["as_of"],
        "region": answer["region"],
        "subject": _subject(check, computed, answer, geometry),
        "question": {name: value for name, value in check.parameters.items() if name not in {"known_at", "as_of"}},
        "boundary": describe_boundary(geometry),
        **_lists(answer),
        "verdict": answer["verdict"],
        "text_zh": answer["text_zh"],
        "text_en": answer["text_en"],
        "versions": _versions(session, computed.layers),
        "rules": computed.rules.get("asked", {}).get(answer["region"], []),
        "parameters": _parameters(computed.parameter_rows, answer),
        "engine": computed.engine,
    }


def _subject(
    check: SiteCheck, computed: Computed, answer: Mapping[str, Any], geometry: shapely.Geometry
) -> dict[str, Any]:
    asked = check.parameters
    use = find_code(asked["use_code"], asked["use_code_version"])
    return {
        "kind": "site",
        "layer": None,
        "title_zh": TITLE_ZH,
        "title_en": TITLE_EN,
        "version": None,
        "site_check_id": str(check.id),
        "site": answer["site"],
        "feature_id": f"{check.id}/{answer['site']}",
        "parcel_code": answer["parcel_code"],
        "name": answer["name"],
        "land_use_code": asked["use_code"],
        "code_version": None if asked["use_code"] is None else asked["use_code_version"],
        "use_zh": None if use is None else use.name_zh,
        "use_en": None if use is None else use.name_en,
        "drawn_in": computed.sites["drawn_in"],
        "area_registered_m2": None,
        "area_ellipsoid_m2": answer["area_m2"],
        "area_planar_m2": rounded(float(planar_area_m2([geometry])[0]), PLACES_M2),
        "part_count": int(shapely.get_num_geometries(geometry)),
    }


def _lists(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Sort what was found: what is met, what is kept, what was checked and is clear, what is not known."""
    lists: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("plans", "lines_crossed", "constraints_hit", "project", "kept", "clear", "no_data")
    }
    for layer in answer["layers"]:
        is_plan = layer["control_kind"] is None
        if is_plan and layer["version"] is not None:
            lists["plans"].append(_plan(layer))
        met = lists["lines_crossed" if layer["control_kind"] in LINES else "constraints_hit"]
        for finding in layer["findings"]:
            if finding["relation"] != Relation.NOT_COVERED:
                (lists["kept"] if finding["verdict"] == Verdict.PASS else met).append(_finding(finding, layer))
        _add_silence(lists, layer)
    for finding in answer["project"]:
        lists["kept" if finding["verdict"] == Verdict.PASS else "project"].append(_finding(finding, None))
    lists["no_data"] += [_missing(one) for one in answer["missing_layers"]]
    lists["no_data"] += [_local_rule(one) for one in answer["local_rules_not_applied"]]
    return {**lists, "not_asked": answer["not_asked"]}


def _named(layer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: layer[name] for name in ("layer", "control_kind", "title_zh", "title_en")}


def _plan(layer: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        finding["constraint_ids"][0]: finding
        for finding in layer["findings"]
        if finding["relation"] == Relation.PLAN_ZONE
    }
    zones = sorted(found.values(), key=lambda finding: (-finding["overlap_area_m2"], finding["constraint_ids"][0]))
    stated = {name: layer[name] for name in ("version", "approval_no", "valid_from", "valid_to", "covered_share")}
    return _named(layer) | stated | {"zones": [_zone(zone) for zone in zones]}


def _zone(finding: Mapping[str, Any]) -> dict[str, Any]:
    known = find_code(finding["zone_code"], finding["code_version"])
    return {
        "feature_id": finding["constraint_ids"][0],
        **{name: finding[name] for name in ("zone_code", "code_version", "zone_name", *CONTROL_VALUES)},
        "use_zh": finding["zone_name"] if known is None else known.name_zh,
        "use_en": finding["zone_name"] if known is None else known.name_en,
        **_areas(finding),
        "overlap_class": finding["overlap_class"],
    }


def _finding(finding: Mapping[str, Any], layer: Mapping[str, Any] | None) -> dict[str, Any]:
    named = {"layer": None, "control_kind": None, "title_zh": "", "title_en": ""} if layer is None else _named(layer)
    zone_zh, zone_en = zone_names(None if layer is None else layer["control_kind"], finding["zone"])
    return {
        **named,
        "zone": finding["zone"],
        "zone_zh": zone_zh,
        "zone_en": zone_en,
        **{name: finding[name] for name in TOLD},
        **_areas(finding),
        **{name: finding[name] for name in MEASURED if name in finding},
    }


def _areas(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return area and share of what was measured; None where it was no area."""
    areas = {f"area_{unit}": finding.get(f"overlap_area_{unit}") for unit in ("m2", "ha", "mu")}
    return {**areas, "share": finding.get("target_share")}


def _add_silence(lists: dict[str, list[dict[str, Any]]], layer: Mapping[str, Any]) -> None:
    relations = {finding["relation"] for finding in layer["findings"]}
    is_known = layer["status"] in {LayerStatus.HIT, LayerStatus.CLEAR} and Relation.NOT_COVERED not in relations
    facts = _named(layer) | {"status": layer["status"], "covered_share": layer["covered_share"]}
    if not is_known:
        lists["no_data"].append(facts | {"mandatory": layer["mandatory"]})
    elif layer["status"] == LayerStatus.CLEAR and layer["control_kind"] is not None:
        lists["clear"].append(facts)


def _missing(one: Mapping[str, Any]) -> dict[str, Any]:
    """Name a kind of which there is no layer."""
    if one["control_kind"] == "plan":
        return dict(NO_PLAN)
    style = control_kind_style(one["control_kind"])
    return {
        "layer": None,
        "control_kind": one["control_kind"],
        "title_zh": style.name_zh,
        "title_en": style.name_en,
        "status": NO_LAYER,
        "covered_share": 0.0,
        "mandatory": one["verdict"] == Verdict.NO_DATA,
    }


def _local_rule(one: Mapping[str, Any]) -> dict[str, Any]:
    """Name a local rule of which nobody can say whether it holds."""
    return {
        "layer": None,
        "control_kind": None,
        "title_zh": one["rule_id"],
        "title_en": one["rule_id"],
        "status": LOCAL_RULE,
        "covered_share": None,
        "mandatory": False,
    }


def _versions(session: Session, used: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Describe the versions that the check looked at, as they were then."""
    layers = repository.layers_by_slug(session, [one["layer"] for one in used])
    found = []
    for one in used:
        layer = layers.get(one["layer"])
        if layer is None:
            continue
        version = None if one["version_id"] is None else session.get(LayerVersion, one["version_id"])
        then = {} if version is None else {name: one[name] for name in _THEN}
        found.append(describe_version(layer, version) | then)
    return found


_THEN = ("coverage_revision", "accuracy_m", "mandatory", "stale_after_days")


def _parameters(rows: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the numbers that the answer about this site rests on."""
    findings = [*(one for layer in answer["layers"] for one in layer["findings"]), *answer["project"]]
    used = {row_id for finding in findings for row_id in finding["parameters"]}
    names = ("row_id", "key", "value", "unit", "document", "article", "status")
    return [
        {name: row[name] for name in names}
        for row in rows
        if row["row_id"] in used or row["key"].startswith(("sliver.", "display."))
    ]
