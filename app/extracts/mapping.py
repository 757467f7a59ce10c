"""The map of a sheet: which layers are drawn, how, and the legend."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from sqlalchemy.orm import Session

from app.db.models import Layer, PlanningSheet
from app.extracts import repository
from app.extracts.codes import find_code
from app.extracts.features import site_polygon
from app.extracts.repository import Bounds
from app.extracts.statement import MAP_HEIGHT_MM, MAP_WIDTH_MM
from gis.arrays import GeometryArray
from gis.landuse.control_zones import MapStyle, control_kind_style, control_zones
from gis.sheet_map import MapFrame, MapLayer, SheetMap, boundary_points, draw_sheet_map, fit_frame

UNSTYLED = MapStyle("其他", "Other", "#e8e8e8", "#888888")
# Plans are filled and lie below; of the control areas over them those that the parcel meets are tinted.
PLAN_OPACITY, MET_OPACITY = 0.75, 0.4
SUBJECTS = {"parcel": ("本宗地", "The parcel"), "site": ("本地块", "The site")}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend; colours are ``#rrggbb``."""

    label_zh: str
    label_en: str
    fill: str
    outline: str
    opacity: float = 1.0
    width_mm: float = 0.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class DrawnSheet:
    """The map of a sheet and its legend."""

    map: SheetMap
    legend: tuple[LegendEntry, ...]


def draw_map(session: Session, sheet: PlanningSheet) -> DrawnSheet:
    """Draw a sheet's map from the versions that it names, as they were when it was issued."""
    site = shapely.from_geojson(orjson.dumps(site_polygon(sheet.statement)).decode())
    frame = fit_frame(site, width_mm=MAP_WIDTH_MM, height_mm=MAP_HEIGHT_MM)
    pairs = list(_layers(session, sheet, frame))
    name_zh, name_en = SUBJECTS[sheet.subject_kind]
    legend = [LegendEntry(name_zh, name_en, "#d00000", "#d00000", 0.10, 0.55), *(entry for _, entry in pairs)]
    drawn = draw_sheet_map(site, boundary_points(site, frame.crs), [layer for layer, _ in pairs], frame)
    return DrawnSheet(drawn, tuple(dict.fromkeys(legend)))


def _layers(session: Session, sheet: PlanningSheet, frame: MapFrame) -> Iterator[tuple[MapLayer, LegendEntry]]:
    """Yield what is drawn, the lowest first: the first plan, the parcels around, the control areas."""
    named = sheet.statement["versions"]
    layers = repository.layers_by_slug(session, [item["layer"] for item in named])
    bounds = frame.geographic_bounds
    plans = [item for item in named if item["kind"] == "plan" and item["number"] is not None]
    if plans:
        yield from _plan_layers(session, sheet, plans[0], layers[plans[0]["layer"]], bounds)
    for item in named:
        if item["kind"] == "parcel":
            yield from _parcel_layers(session, sheet, item, layers[item["layer"]], bounds)
    for item in named:
        if item["kind"] == "control_area" and item["number"] is not None:
            yield from _control_layers(session, sheet, item, layers[item["layer"]], bounds)


def _features(
    session: Session, sheet: PlanningSheet, item: dict[str, Any], layer: Layer, bounds: Bounds
) -> tuple[GeometryArray, list[str]]:
    found = repository.find_version(session, layer.slug, item["number"])
    if found is None:
        return np.empty(0, dtype=object), []
    return repository.read_map_features(session, layer, found[1].id, bounds, sheet.issued_at)


def _plan_layers(
    session: Session, sheet: PlanningSheet, item: dict[str, Any], layer: Layer, bounds: Bounds
) -> Iterator[tuple[MapLayer, LegendEntry]]:
    geometries, codes = _features(session, sheet, item, layer, bounds)
    tables = {
        zone["code_version"]
        for plan in sheet.statement["plans"]
        for zone in plan["zones"]
        if plan["layer"] == layer.slug
    }
    for code in sorted(set(codes)):
        style = _code_style(code, tables)
        of_code = np.array([text == code for text in codes])
        drawn = MapLayer(
            geometries=geometries[of_code],
            fill=style.fill,
            outline="#777777",
            opacity=PLAN_OPACITY,
            labels=[code] * int(of_code.sum()),
        )
        name_zh, name_en = (f"{layer.title_zh} {code} {style.name_zh}", f"{layer.title_en}: {code} {style.name_en}")
        yield drawn, LegendEntry(name_zh.strip(), name_en.strip(), style.fill, "#777777", PLAN_OPACITY)


def _code_style(code: str, tables: set[str | None]) -> MapStyle:
    found = next(filter(None, (find_code(code, table) for table in sorted(filter(None, tables)))), None)
    return UNSTYLED if found is None else found.style


def _parcel_layers(
    session: Session, sheet: PlanningSheet, item: dict[str, Any], layer: Layer, bounds: Bounds
) -> Iterator[tuple[MapLayer, LegendEntry]]:
    geometries, _ = _features(session, sheet, item, layer, bounds)
    yield (
        MapLayer(geometries=geometries, outline="#333333", width_mm=0.12),
        LegendEntry(layer.title_zh, layer.title_en, "#ffffff", "#333333", 0.0, 0.12),
    )


def _control_layers(
    session: Session, sheet: PlanningSheet, item: dict[str, Any], layer: Layer, bounds: Bounds
) -> Iterator[tuple[MapLayer, LegendEntry]]:
    geometries, zones = _features(session, sheet, item, layer, bounds)
    kind = layer.control_kind or ""
    styles = {zone.value: zone.style for zone in control_zones(kind)}
    met = [*sheet.statement["lines_crossed"], *sheet.statement["constraints_hit"]]
    for zone in sorted(set(zones)):
        style = styles.get(zone, control_kind_style(kind))
        is_met = any(hit["layer"] == layer.slug and (hit["zone"] or "") == zone for hit in met)
        opacity = MET_OPACITY if is_met else 0.0
        drawn = MapLayer(
            geometries=geometries[np.array([text == zone for text in zones])],
            fill=style.fill,
            outline=style.outline,
            opacity=opacity,
            width_mm=0.4,
            dashes="2 0.8",
        )
        more_zh, more_en = ("", "") if zone not in styles else (f"·{style.name_zh}", f": {style.name_en}")
        entry = LegendEntry(
            f"{layer.title_zh}{more_zh}",
            f"{layer.title_en}{more_en}",
            style.fill,
            style.outline,
            opacity,
            0.4,
            True,
        )
        yield drawn, entry
