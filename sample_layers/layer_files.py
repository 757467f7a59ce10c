"""The layers as tables: the fields that bureaus use, in the reference systems in which they deliver.

References
----------
.. [1] TD/T 1016 《不动产登记数据库标准》 (ZD); TD/T 1055-2019 (DLTB); TD/T 1027-2010 (TDGHDL).
.. [2] Field lists of 三区三线 deliveries: STBHHX, YJJBNTBHTB, CZKFBJ.
"""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from sample_layers.chance import whole
from sample_layers.land_cover import PATCH_WITH_OUTLYING_HOLE, Patch, outlying_hole
from sample_layers.naming import COUNTY_NAME, TOWNSHIP, feature_number
from sample_layers.parcels import Parcel, round_half_up
from sample_layers.plans import CITY_NAMES, LAND_NAMES, PlanZone
from sample_layers.projection import (
    GAUSS_KRUGER,
    GAUSS_KRUGER_PREFIXED,
    GEOGRAPHIC,
    Millimetres,
    degrees,
    source_ring,
)
from sample_layers.truth import Ring, polygon_area_m2

Rings = Sequence[Sequence[Millimetres]]

_TOWNSHIP_FIELDS = {"XZQDM": TOWNSHIP, "XZQMC": COUNTY_NAME}


def parcel_frame(parcels: Sequence[Parcel]) -> gpd.GeoDataFrame:
    """Return ``宗地.shp``: EPSG:4547, one row per parcel, geometry as it was planted."""
    rows = []
    for parcel in parcels:
        right, nature = parcel.right.split("-")
        rows.append(
            {
                "BSM": parcel.identifier,
                "YSDM": "6001010000",
                "ZDDM": parcel.code,
                "BDCDYH": f"{parcel.code}W00000000",
                "ZDTZM": parcel.code[12:14],
                "ZL": parcel.location,
                "ZDMJ": None if parcel.registered_m2 is None else float(parcel.registered_m2),
                "MJDW": "1",
                "YT": parcel.use_code,
                "YTMC": parcel.use_name,
                "QLLX": right,
                "QLXZ": nature,
                "QLRMC": parcel.holder,
            }
        )
    return _frame(rows, [parcel.polygon for parcel in parcels], GAUSS_KRUGER)


def survey_frame(patches: Sequence[Patch]) -> gpd.GeoDataFrame:
    """Return ``地类图斑.gpkg``: EPSG:4490; one patch has a hole outside its shell, the last row an empty geometry."""
    rows, geometries = [], []
    for number, patch in enumerate(patches, start=1):
        polygons: Sequence[Rings] = [outlying_hole()] if _has_outlying_hole(patch) else patch.polygons
        rows.append(_survey_row(number, patch.code, patch.name, survey_area_m2(patch), patch.label))
        geometries.append(_multipolygon(polygons, GEOGRAPHIC))
    rows.append(_survey_row(len(patches) + 1, "1201", "空闲地", 0.0, ""))
    return _frame(rows, [*geometries, MultiPolygon()], GEOGRAPHIC)


def survey_area_m2(patch: Patch) -> float:
    """Return the area of a patch as delivered; a ring outside its shell counts as more land."""
    if not _has_outlying_hole(patch):
        return patch.area_m2
    return sum(polygon_area_m2([degrees(ring)]) for ring in outlying_hole())


def planted_survey_rows(patches: Sequence[Patch]) -> tuple[str, str]:
    """Return the identifiers of the patch with the outlying hole and of the row with an empty geometry."""
    planted = next(number for number, patch in enumerate(patches, start=1) if _has_outlying_hole(patch))
    return feature_number(_SURVEY, planted), feature_number(_SURVEY, len(patches) + 1)


def city_plan_frame(zones: Sequence[PlanZone]) -> gpd.GeoDataFrame:
    """Return ``城市规划.shp``: EPSG:4547; the last row is a zone that was entered but never drawn."""
    rows: list[dict[str, Any]] = []
    geometries: list[BaseGeometry | None] = []
    for number, zone in enumerate(zones, start=1):
        use = zone.use
        rows.append(
            {
                "BSM": feature_number(_CITY_PLAN, number),
                "DKBH": f"SL-{number:04d}",
                "YDDM": zone.code,
                "YDXZ": CITY_NAMES[zone.code] if use is None else use.planned_name,
                "RJL": None if use is None else use.floor_area_ratio,
                "JZGD": None if use is None else use.height_m,
                "JZMD": None if use is None else use.density_percent,
                "LDL": None if use is None else use.green_percent,
                "GHMC": "示例片区控制性详细规划",
            }
        )
        geometries.append(_multipolygon(zone.polygons, GAUSS_KRUGER))
    undrawn = dict.fromkeys(rows[0], None) | {
        "BSM": feature_number(_CITY_PLAN, len(zones) + 1),
        "DKBH": f"SL-{len(zones) + 1:04d}",
        "GHMC": "示例片区控制性详细规划",
    }
    return _frame([*rows, undrawn], [*geometries, None], GAUSS_KRUGER)


def land_plan_frame(zones: Sequence[PlanZone], spiked: int) -> gpd.GeoDataFrame:
    """Return ``土地利用规划.gpkg``: EPSG:4526; the zone at position ``spiked`` gets an edge that goes out and back."""
    rows, geometries = [], []
    for number, zone in enumerate(zones):
        polygons = zone.polygons
        if number == spiked:
            polygons = [[_with_spike(polygons[0][0])]]
        rows.append(
            {
                "BSM": feature_number(_LAND_PLAN, number + 1),
                "YSDM": "2003020210",
                **_TOWNSHIP_FIELDS,
                "GHDLDM": zone.code,
                "GHDLMC": LAND_NAMES[zone.code],
                "GHDLMJ": float(round_half_up(plan_zone_area_m2(zone))),
                "GZQLXDM": "010" if zone.code.startswith("2") else "030",
            }
        )
        geometries.append(_multipolygon(polygons, GAUSS_KRUGER_PREFIXED))
    return _frame(rows, geometries, GAUSS_KRUGER_PREFIXED)


def plan_zone_area_m2(zone: PlanZone) -> float:
    """Return the ellipsoidal area of a zone."""
    return sum(polygon_area_m2([degrees(ring) for ring in rings]) for rings in zone.polygons)


def land_plan_identifier(position: int) -> str:
    """Return the identifier of a zone of the land-use plan by its position."""
    return feature_number(_LAND_PLAN, position + 1)


def city_plan_identifier(position: int) -> str:
    """Return the identifier of a zone of the city plan by its position."""
    return feature_number(_CITY_PLAN, position + 1)


def road_frame(patches: Sequence[Patch]) -> gpd.GeoDataFrame:
    """Return ``道路河流.gpkg``: EPSG:4547 with heights, as surveyed."""
    rows, geometries = [], []
    for number, patch in enumerate(patches, start=1):
        rows.append(
            {
                "BSM": feature_number(_ROADS, number),
                "DLBM": patch.code,
                "DLMC": patch.name,
                "MC": patch.label,
                "DJ": {"1003": "主干路", "1004": "支路", "1006": "村道"}.get(patch.code, "河道"),
                "MJ": float(round_half_up(patch.area_m2)),
            }
        )
        height = 28.0 if patch.code == "1101" else 40.0 + whole(0, 80, "height", number) / 10
        geometries.append(shapely.force_3d(_multipolygon(patch.polygons, GAUSS_KRUGER), z=height))
    return _frame(rows, geometries, GAUSS_KRUGER)


def coverage_frame(rings: Rings) -> gpd.GeoDataFrame:
    """Return ``范围.gpkg``: EPSG:4490, where the hard lines are known."""
    rows = [{"BSM": feature_number(2090, 1), "FWMC": "控制线数据范围", "SM": "范围以外(含空洞)情况未知"}]
    return _frame(rows, [_multipolygon([rings], GEOGRAPHIC)], GEOGRAPHIC)


_CITY_PLAN, _LAND_PLAN, _SURVEY, _ROADS = 2011, 2012, 2021, 2031


def _has_outlying_hole(patch: Patch) -> bool:
    row, column = PATCH_WITH_OUTLYING_HOLE
    return (patch.place, patch.path) == ("district", f"{row}-{column}")


def _survey_row(number: int, code: str, name: str, area_m2: float, label: str) -> dict[str, Any]:
    is_town = code.startswith(("05", "07", "08", "06", "1004"))
    area = float(round_half_up(area_m2))
    return {
        "BSM": feature_number(_SURVEY, number),
        "YSDM": "2001010100",
        "TBBH": f"{number:06d}",
        "DLBM": code,
        "DLMC": name,
        "QSXZ": "20" if is_town else "30",
        "QSDWDM": f"{TOWNSHIP}0000000",
        "ZLDWDM": f"{TOWNSHIP}0000000",
        "TBMJ": area,
        "KCXS": 0.0,
        "KCMJ": 0.0,
        "TBDLMJ": area,
        "CZCSXM": "202" if is_town else "",
        "SJNF": "2025",
        "MC": label,
    }


def _with_spike(ring: Sequence[Millimetres]) -> list[Millimetres]:
    """Let a rectangle's east side go out 15 m and back at its middle."""
    south_west, (east, south), (_, north), north_west = ring
    foot, tip = (east, (south + north) // 2), (east + 15_000, (south + north) // 2)
    return [south_west, (east, south), foot, tip, foot, (east, north), north_west]


def _multipolygon(polygons: Sequence[Rings], epsg: int) -> MultiPolygon:
    return MultiPolygon([_polygon([source_ring(ring, epsg) for ring in rings]) for rings in polygons])


def _polygon(rings: Sequence[Ring]) -> Polygon:
    return Polygon(rings[0], rings[1:])


def _frame(rows: Sequence[dict[str, Any]], geometries: Sequence[BaseGeometry | None], epsg: int) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(rows), geometry=np.array(geometries, dtype=object), crs=f"EPSG:{epsg}")
