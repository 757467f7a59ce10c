"""What a search asks of every parcel: met, broken, or not known; what is not known is never taken for met.

All parcels are measured at once. No database here: frames in the area plane in, outcomes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.checks.controls import AreaTable, ControlData, ControlLayer, layer_source
from app.figures import PLACES_M, PLACES_M2, rounded
from app.site_checks.asking import Asked, Places, RulesInForce
from app.site_checks.layer_coverage import covered_shares, unknown_ground
from app.site_checks.nearby import facts_of
from app.site_checks.overlaying import Row, measure_areas, measure_outside, usable
from app.site_search.schemas import Area, ControlValue, Distance, Range
from gis.arrays import GeometryArray
from gis.boundary_band import widened_bounds
from gis.constraint_set import Pieces
from gis.landuse.control_zones import control_kind_style
from gis.rules import OverlapClass
from gis.siting import measure_distances

#: Written as shares or in per cent, as the source has it.
SHARES: Final = frozenset({ControlValue.BUILDING_DENSITY, ControlValue.GREEN_RATIO})
NAMES: Final = {
    ControlValue.FLOOR_AREA_RATIO: ("容积率上限", "floor area ratio"),
    ControlValue.BUILDING_HEIGHT: ("建筑高度上限", "building height"),
    ControlValue.BUILDING_DENSITY: ("建筑密度上限", "building density"),
    ControlValue.GREEN_RATIO: ("绿地率下限", "green ratio"),
}


class Outcome(StrEnum):
    """What one condition comes to for one parcel."""

    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition and one parcel, with its sentence."""

    outcome: Outcome
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with its outcome for every parcel, by the parcel's row id."""

    key: str
    reasons: dict[int, Reason]


def forbidden_area(asked: Asked, area: Area, layers: Sequence[ControlLayer]) -> Condition:
    """Judge that no area of a kind is met."""
    zh, en = _named(area)
    overlaps: dict[int, float] = {}
    unknown = set() if layers else set(asked.places.numbers)
    for control in layers:
        if control.data is None:
            unknown |= set(asked.places.numbers)
            continue
        for row in usable(_overlaps(asked, _chosen(area, control.data), control.data)):
            overlaps[row["target_id"]] = overlaps.get(row["target_id"], 0.0) + row["overlap_area_m2"]
        unknown |= set(_not_covered(asked, control.data))
    return Condition(
        f"forbidden:{area.control_kind}",
        {
            site: Reason(
                Outcome.BROKEN, f"与{zh}重叠 {_m2(overlaps[site])} 平方米", f"overlaps {en} by {_m2(overlaps[site])} m²"
            )
            if site in overlaps
            else _silent(Outcome.UNKNOWN if site in unknown else Outcome.MET, f"不涉及{zh}", f"meets no {en}")
            for site in asked.places.numbers
        },
    )


def required_area(asked: Asked, area: Area, layers: Sequence[ControlLayer]) -> Condition:
    """Judge that a parcel lies within areas of a kind."""
    zh, en = _named(area)
    data = [control.data for control in layers if control.data is not None]
    outside, surely = set(asked.places.numbers), set[int]()
    if data:
        inside = np.concatenate([_chosen(area, one).shapes for one in data])
        beyond = np.concatenate([unknown_ground(asked, one) for one in data])
        outside = _outside(asked, inside, data[0])
        surely = _outside(asked, np.append(inside, beyond), data[0])
    return Condition(
        f"required:{area.control_kind}",
        {
            site: Reason(Outcome.BROKEN, f"不在{zh}之内", f"lies outside {en}")
            if site in surely
            else _silent(Outcome.UNKNOWN if site in outside else Outcome.MET, f"在{zh}之内", f"lies within {en}")
            for site in asked.places.numbers
        },
    )


def _outside(asked: Asked, inside: GeometryArray, data: ControlData) -> set[int]:
    """Return the parcels with a part outside of some polygons."""
    return {row["target_id"] for row in usable(measure_outside(asked, inside, layer_source(data.version)))}


def distance(asked: Asked, wanted: Distance, layers: Sequence[ControlLayer]) -> Condition:
    """Judge the distance to the nearest object of a kind."""
    reach = max(wanted.at_least_m or 0.0, wanted.at_most_m or 0.0)
    nearest: dict[int, float] = {}
    unknown = set() if layers else set(asked.places.numbers)
    boxes = np.asarray(shapely.box(*widened_bounds(asked.places.shapes, reach).T), dtype=object)
    around = Asked(
        Places(asked.places.numbers, boxes),
        asked.source,
        asked.facts,
        RulesInForce(),
        asked.parameters,
        asked.as_of,
        asked.region,
    )
    for control in layers:
        if control.data is None:
            unknown |= set(asked.places.numbers)
            continue
        found = measure_distances(asked.places.frame, _objects(wanted, control.data), within_m=reach)
        for site, metres in zip(found["site_id"], found["distance_m"], strict=True):
            nearest[site] = min(metres, nearest.get(site, np.inf))
        unknown |= set(_not_covered(around, control.data))
    name = control_kind_style(wanted.control_kind)
    of_class = wanted.object_class or ""
    return Condition(
        f"distance:{wanted.control_kind}",
        {
            site: _distance_reason(
                wanted,
                nearest.get(site),
                f"{of_class}{name.name_zh}",
                f"{name.name_en} {of_class}".strip(),
                site in unknown,
            )
            for site in asked.places.numbers
        },
    )


def _distance_reason(wanted: Distance, metres: float | None, zh: str, en: str, is_unknown: bool) -> Reason:
    reach = max(wanted.at_least_m or 0.0, wanted.at_most_m or 0.0)
    if metres is None:
        text = f"{reach:g} 米内没有{zh}", f"no {en} within {reach:g} m"
    else:
        shown = f"{rounded(metres, PLACES_M):g}"
        text = f"距{zh} {shown} 米", f"{shown} m from {en}"
    if metres is not None and wanted.at_least_m is not None and metres < wanted.at_least_m:
        return Reason(Outcome.BROKEN, *text)
    if is_unknown and (metres is None or wanted.at_least_m is not None):
        return _silent(Outcome.UNKNOWN, *text)
    if wanted.at_most_m is not None and (metres is None or metres > wanted.at_most_m):
        return Reason(Outcome.BROKEN, *text)
    return Reason(Outcome.MET, *text)


def control_values(
    asked: Asked, wanted: dict[ControlValue, Range], plans: Sequence[ControlLayer]
) -> Iterator[Condition]:
    """Judge what plans fix of the zones that a parcel lies in; the strictest of them counts."""
    stated = [_zones_of(asked, plan.data) for plan in plans if plan.data is not None]
    for value, limits in wanted.items():
        values: dict[int, list[float]] = {}
        gaps: set[int] = set()
        for zones in stated:
            for site, of_site in zones.groupby("target_id")[value.value]:
                known = of_site.dropna().astype(float)
                if value in SHARES:
                    known = known.where(known <= 1, known / 100)
                values.setdefault(int(str(site)), []).extend(known.tolist())
                if 0 < len(known) < len(of_site):
                    gaps.add(int(str(site)))
        reasons = {
            site: _value_reason(value, limits, values.get(site, []), is_unknown=site in gaps)
            for site in asked.places.numbers
        }
        yield Condition(f"control_value:{value}", reasons)


def _value_reason(value: ControlValue, limits: Range, values: list[float], *, is_unknown: bool) -> Reason:
    zh, en = NAMES[value]
    if not values:
        return _silent(Outcome.UNKNOWN, f"规划{zh}", f"planned {en}")
    low, high = min(values), max(values)
    shown = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    text = f"规划{zh}为 {shown}", f"planned {en} {shown}"
    is_low = limits.at_least is not None and low < limits.at_least
    is_high = limits.at_most is not None and high > limits.at_most
    if is_low or is_high:
        return Reason(Outcome.BROKEN, *text)
    return _silent(Outcome.UNKNOWN, *text) if is_unknown else Reason(Outcome.MET, *text)


def _zones_of(asked: Asked, data: ControlData) -> pd.DataFrame:
    measured = measure_areas(asked, data.table.ids.astype(object), data.table.shapes, layer_source(data.version))
    real = [row for row in usable(measured) if row["overlap_class"] == OverlapClass.REAL]
    rows = [row["constraint_ids"][0] for row in real]
    names = [value.value for value in ControlValue]
    return data.areas.loc[rows, names].assign(target_id=[row["target_id"] for row in real])


def _silent(outcome: Outcome, zh: str, en: str) -> Reason:
    if outcome is Outcome.UNKNOWN:
        return Reason(outcome, f"没有足够的数据说明是否{zh}", f"there are not enough data to tell: {en}")
    return Reason(outcome, zh, en)


def _named(area: Area) -> tuple[str, str]:
    style = control_kind_style(area.control_kind)
    zones = "" if area.zones is None else " " + "、".join(area.zones)
    return f"{style.name_zh}{zones}", f"{style.name_en}{zones}"


def _chosen(area: Area, data: ControlData) -> AreaTable:
    if area.zones is None:
        return data.table
    return data.table.take(np.isin(data.table.columns["control_zone"], area.zones))


def _objects(wanted: Distance, data: ControlData) -> gpd.GeoDataFrame:
    if wanted.object_class is None:
        return data.areas
    return data.areas[np.array([one.object_class == wanted.object_class for one in facts_of(data.table)], dtype=bool)]


def _overlaps(asked: Asked, areas: AreaTable, data: ControlData) -> list[Row]:
    pieces = Pieces(areas.piece_owners, areas.piece_shapes)
    return measure_areas(asked, areas.ids.astype(object), areas.shapes, layer_source(data.version), pieces=pieces)


def _not_covered(asked: Asked, data: ControlData) -> list[int]:
    """Return the parcels of which a layer does not know every part."""
    shares, _ = covered_shares(asked, data)
    return list(asked.places.numbers) if shares is None else [site for site, share in shares.items() if share < 1]


def _m2(area_m2: float) -> str:
    return f"{rounded(area_m2, PLACES_M2):g}" if area_m2 >= 1 else f"{area_m2:.2g}"
