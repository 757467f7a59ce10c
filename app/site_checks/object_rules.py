"""Rules about the objects of a layer: distances by the class of the object, and authorities with their shares."""

from collections.abc import Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from app.checks.controls import AreaTable, ControlData, column
from app.site_checks.asking import Asked, Relation, SiteFinding
from app.site_checks.nearby import facts_of
from gis.crs import AREA_PLANE
from gis.rules import (
    Jurisdiction,
    MeasuredDistance,
    MeasuredJurisdiction,
    MinimumDistance,
    ObjectColumns,
    Power,
    distances_for_rule,
    find_distance_class,
    jurisdictions_of_sites,
    rules_about_object,
)

COLUMNS = ObjectColumns(object_class="object_class", place_class="place_class", width_m="land_width_m", name="name")
# How sources write the two powers.
POWERS = {
    Power.APPROVAL: {"approval", "审批", "审批权限"},
    Power.MANAGEMENT: {"management", "管理", "后期管理", "后期管理权限"},
}


def distance_findings(
    asked: Asked, data: ControlData, rules: Sequence[MinimumDistance], accuracy_m: float | None
) -> Iterator[tuple[int, SiteFinding]]:
    """Judge the distance of every site to every object near it that a rule is about."""
    if not rules or len(data.table.ids) == 0:
        return
    objects = _objects(data.table)
    about = {
        row_id: {rule.rule_id for rule in rules_about_object(rules, written)}
        for row_id, written in zip(objects.index, objects["object_class"], strict=True)
    }
    for rule in rules:
        concerned = objects[[rule.rule_id in about[row_id] for row_id in objects.index]]
        if concerned.empty:
            continue
        found = distances_for_rule(
            rule, asked.places.frame, concerned, asked.law, columns=COLUMNS, accuracy_m=accuracy_m or None
        )
        for site, distances in found.items():
            for measured in distances:
                judgement = asked.judge(rule, measured)
                if judgement is not None:
                    yield (
                        int(str(site)),
                        SiteFinding(
                            judgement=judgement,
                            relation=Relation.DISTANCE,
                            numbers=_distance_numbers(measured),
                            constraint_ids=measured.names,
                            missing=_missing(rule, measured),
                        ),
                    )


def _objects(table: AreaTable) -> gpd.GeoDataFrame:
    facts = facts_of(table)
    widths = [np.nan if one.land_width_m is None else one.land_width_m for one in facts]
    return gpd.GeoDataFrame(
        {
            "object_class": column(one.object_class for one in facts),
            "place_class": column(one.place_class for one in facts),
            "land_width_m": np.array(widths, dtype=float),
            "name": table.columns["name"],
        },
        geometry=table.shapes,
        index=table.ids,
        crs=AREA_PLANE,
    )


def _distance_numbers(measured: MeasuredDistance) -> dict[str, Any]:
    return {
        "distance_m": measured.distance_m,
        "overlap_area_m2": measured.encroached_area_m2,
        "object_class": measured.object_class,
        "place_class": measured.place_class,
        "measured_from": measured.basis.value,
        "is_approximate": measured.basis.value != "outer_edge",
    }


def _missing(rule: MinimumDistance, measured: MeasuredDistance) -> tuple[str, ...]:
    """Name the attributes of the object without which the rule cannot tell what it asks."""
    known = find_distance_class(rule, measured.object_class)
    if known is None:
        return ("object_class",)
    return ("place_class",) if known.place_parameters and measured.place_class not in known.place_parameters else ()


def jurisdiction_findings(asked: Asked, data: ControlData, rule: Jurisdiction) -> Iterator[tuple[int, SiteFinding]]:
    """Say for every site who holds a power there, with shares; areas that name no power are of every power."""
    facts = facts_of(data.table)
    agencies = [one.agency or name or "" for one, name in zip(facts, data.table.columns["control_name"], strict=True)]
    here = [one.power is None or one.power in POWERS[rule.power] for one in facts]
    areas = data.areas.assign(agency=agencies)[np.array(here, dtype=bool)]
    for site, measured in jurisdictions_of_sites(asked.places.frame, areas, agency="agency", power=rule.power).items():
        judgement = asked.judge(rule, measured)
        if judgement is not None:
            yield (
                int(str(site)),
                SiteFinding(
                    judgement=judgement, relation=Relation.JURISDICTION, numbers=_jurisdiction_numbers(measured)
                ),
            )


def _jurisdiction_numbers(measured: MeasuredJurisdiction) -> dict[str, Any]:
    return {
        "power": measured.power.value,
        "parts": [
            {
                "agency": part.agency,
                "area_m2": part.area_m2,
                "target_share": min(part.area_m2 / measured.target_area_m2, 1.0),
            }
            for part in measured.parts
        ],
        "gap_m2": measured.gap_m2,
        "shared_m2": measured.overlap_m2,
    }
