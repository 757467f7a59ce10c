"""The two plans of the sample zone compared: every planted conflict has its class and area, and the totals close."""

import json
from collections import defaultdict
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.crs import AREA_PLANE, to_area_plane
from gis.formats.polygons import read_polygons
from gis.landuse.control_kinds import ControlKind
from gis.partition import Partition, partition_layers
from gis.plans.comparison import ConflictClass, PlanCodes, PlanComparison, compare_plans
from gis.plans.lines import lines_of_layer
from gis.plans.patches import find_patches
from gis.plans.statuses import plan_statuses
from gis.plans.summary import class_areas
from sample_layers.generate import DATA

TRUTH = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))["plan_conflicts"]
# What the truth calls the classes of a city plan and a land-use plan, by what each says: no data, not construction, construction.
NAMES = {(2, 2): "1", (2, 1): "2", (1, 2): "3", (1, 1): "4", (0, 2): "gap_city", (0, 1): "gap_city", (2, 0): "gap_land"}
NAMES |= {(1, 0): "gap_land", (0, 0): "gap_both"}
VERSIONS = ("GB 50137-2011", "TD/T 1027-2010")
RESERVE_ZONES = {"核心保护区": "core", "一般控制区": "general"}
# Less than this is what storing degrees moves an edge.
LEAST_M2 = 0.02


def read(name: str, *, layer: str | None = None, crs: str | None = None) -> tuple[gpd.GeoDataFrame, list[dict]]:
    file = read_polygons(DATA / name, layer=layer, crs=crs)
    frame = gpd.GeoDataFrame(geometry=to_area_plane(file.report.geometries), crs=AREA_PLANE)
    usable = frame[~frame.geometry.isna()]
    return usable.reset_index(drop=True), [file.attributes[row] for row in usable.index]


@dataclass(frozen=True)
class Compared:
    """The plans in the whole zone, and in the parcels with planted conflicts, whose codes are in the order of their layer."""

    partition: Partition
    zone: PlanComparison
    parcels: PlanComparison
    parcel_codes: list[str]
    plan_codes: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def compared() -> Compared:
    city, city_rows = read("城市规划.shp")
    land, land_rows = read("土地利用规划.gpkg", layer="TDGHDL")
    parcels, parcel_rows = read("宗地.shp")
    planted = {item["parcel_code"] for item in TRUTH["planted"]}
    chosen = [row for row in parcels.index if parcel_rows[row]["ZDDM"] in planted]
    partition = partition_layers({"city": city, "land": land, "parcels": parcels.loc[chosen]})
    plans = {
        "city": PlanCodes([row["YDDM"] for row in city_rows], [VERSIONS[0]] * len(city)),
        "land": PlanCodes([row["GHDLDM"] for row in land_rows], [VERSIONS[1]] * len(land)),
    }
    codes = [parcel_rows[row]["ZDDM"] for row in chosen]
    said = (plans["city"].codes, plans["land"].codes)
    return Compared(
        partition, compare_plans(partition, plans), compare_plans(partition, plans, scope="parcels"), codes, said
    )


@dataclass(frozen=True)
class InLines:
    """The plans compared with the two hard lines that go before them, each line as one geometry, and the codes in the order of the zones."""

    partition: Partition
    comparison: PlanComparison
    drawn: dict[str, shapely.Geometry]
    codes: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def in_lines() -> InLines:
    frames = {
        "city": read("城市规划.shp"),
        "land": read("土地利用规划.gpkg", layer="TDGHDL"),
        "redline": read("生态保护红线.gpkg"),
        "farmland": read("永久基本农田.gpkg"),
    }
    partition = partition_layers({name: frame for name, (frame, _) in frames.items()})
    plans = {
        "city": PlanCodes([row["YDDM"] for row in frames["city"][1]], [VERSIONS[0]] * len(frames["city"][1])),
        "land": PlanCodes([row["GHDLDM"] for row in frames["land"][1]], [VERSIONS[1]] * len(frames["land"][1])),
    }
    zones = [RESERVE_ZONES.get(row["ZRBHDFQ"]) for row in frames["redline"][1]]
    lines = (
        *lines_of_layer("redline", ControlKind.ECOLOGICAL_REDLINE, zones),
        *lines_of_layer("farmland", ControlKind.PERMANENT_BASIC_FARMLAND, [None] * len(frames["farmland"][0])),
    )
    shapes = frames["redline"][0].geometry.to_numpy()
    drawn = {
        "ecological_redline.core": shapely.union_all(shapes[[zone == "core" for zone in zones]]),
        "ecological_redline.general": shapely.union_all(shapes[[zone == "general" for zone in zones]]),
        "ecological_redline.unknown": shapely.union_all(shapes[[zone is None for zone in zones]]),
        "permanent_basic_farmland": shapely.union_all(frames["farmland"][0].geometry.to_numpy()),
    }
    codes = (plans["city"].codes, plans["land"].codes)
    return InLines(partition, compare_plans(partition, plans, lines=lines), drawn, codes)


def by_name(compared: PlanComparison, chosen: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for said, area in zip(compared.statuses[chosen].tolist(), compared.areas_m2[chosen].tolist(), strict=True):
        found[NAMES.get(tuple(said), "contradiction")] += area
    return dict(found)


def test_the_totals_of_the_zone_are_the_planted_ones(compared):
    everywhere = np.ones(len(compared.zone.cells), dtype=bool)
    found = by_name(compared.zone, everywhere)
    # Zones whose corner lies on a neighbour's edge overlap it by what storing degrees moves that edge.
    assert 0 < found.pop("contradiction") < 0.02
    expected = {name: area for name, area in TRUTH["totals_m2"].items() if name != "gap_both"}
    assert found == pytest.approx(expected, abs=TRUTH["totals_tolerance_m2"])


def test_the_classes_close_on_the_ground_that_a_plan_speaks_of(compared):
    partition = compared.partition
    zones = np.concatenate([layer.polygons for layer in partition.layers if layer.name != "parcels"])
    total = shapely.area(shapely.union_all(zones))
    assert class_areas(compared.zone).to_numpy().sum() == pytest.approx(total, rel=1e-9)


def plain_patches(compared: Compared) -> list[tuple[str, str, str, float]]:
    """Find the patches slowly: each pair of zones by itself, what one plan has alone, united by what both say, and split where they hang together."""
    city, land = (compared.partition.layers[k].polygons for k in (0, 1))
    codes = compared.plan_codes
    first, second = shapely.STRtree(land).query(city, predicate="intersects")
    pieces = [
        (codes[0][i], codes[1][j], piece)
        for i, j, piece in zip(first, second, shapely.intersection(city[first], land[second]), strict=True)
    ]
    whole_city, whole_land = shapely.union_all(city), shapely.union_all(land)
    pieces += [(codes[0][i], "", shapely.difference(zone, whole_land)) for i, zone in enumerate(city)]
    pieces += [("", codes[1][j], shapely.difference(zone, whole_city)) for j, zone in enumerate(land)]
    by_codes: dict[tuple[str, str], list[shapely.Geometry]] = defaultdict(list)
    for one, other, piece in pieces:
        by_codes[one, other].append(piece)
    found = []
    for (one, other), parts in by_codes.items():
        name = NAMES[tuple(plan_statuses([one or None, other or None], VERSIONS).tolist())]
        if name not in {"1", "4"}:
            found += [
                (name, one, other, part.area)
                for part in shapely.get_parts(shapely.union_all(parts))
                if part.area > LEAST_M2
            ]
    return sorted(found)


def test_every_patch_of_the_zone_is_found_and_no_other(compared):
    zone = compared.zone
    patches = find_patches(compared.partition, zone)
    found = sorted(
        (NAMES[tuple(zone.statuses[cell].tolist())], *zone.codes[cell].tolist(), float(area))
        for cell, area in zip(patches.first_cells.tolist(), patches.areas_m2.tolist(), strict=True)
        if area > LEAST_M2 and tuple(zone.statuses[cell].tolist()) in NAMES
    )
    expected = plain_patches(compared)
    assert len(found) == len(expected) > 60
    assert [each[:3] for each in found] == [each[:3] for each in expected]
    assert [each[3] for each in found] == pytest.approx([each[3] for each in expected], abs=0.01)
    sums = {
        name: sum(area for each, _, _, area in found if each == name) for name in ("2", "3", "gap_city", "gap_land")
    }
    assert sums == pytest.approx({name: TRUTH["totals_m2"][name] for name in sums}, abs=TRUTH["totals_tolerance_m2"])


def plain_agreed(in_lines: InLines) -> list[tuple[str, str, int, float]]:
    """Find what both plans build in the lines slowly: each pair of zones, cut line by line, united by what is said there, and split where it hangs together."""
    city, land = (in_lines.partition.layers[k].polygons for k in (0, 1))
    first, second = shapely.STRtree(land).query(city, predicate="intersects")
    by_said: dict[tuple[str, str, int], list[shapely.Geometry]] = defaultdict(list)
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        said = in_lines.codes[0][i], in_lines.codes[1][j]
        if plan_statuses(list(said), VERSIONS).tolist() != [2, 2]:
            continue
        parts = [(0, shapely.intersection(city[i], land[j]))]
        for bit, line in enumerate(in_lines.drawn.values()):
            inside = [(mask | 1 << bit, shapely.intersection(part, line)) for mask, part in parts]
            parts = inside + [(mask, shapely.difference(part, line)) for mask, part in parts]
        for mask, part in parts:
            if mask:
                by_said[*said, mask].append(part)
    return sorted(
        (*said, part.area)
        for said, parts in by_said.items()
        for part in shapely.get_parts(shapely.union_all(parts))
        if part.area > LEAST_M2
    )


def test_what_both_plans_build_in_a_line_is_found_and_nothing_else(in_lines):
    comparison = in_lines.comparison
    assert list(comparison.lines) == list(in_lines.drawn)
    patches = find_patches(in_lines.partition, comparison)
    found = sorted(
        (*comparison.codes[cell].tolist(), int(comparison.masks[cell]), float(area))
        for cell, area in zip(patches.first_cells.tolist(), patches.areas_m2.tolist(), strict=True)
        if comparison.classes[cell] == ConflictClass.AGREED_CONSTRUCTION and area > LEAST_M2
    )
    expected = plain_agreed(in_lines)
    assert len(found) == len(expected) > 3
    assert [each[:3] for each in found] == [each[:3] for each in expected]
    assert [each[3] for each in found] == pytest.approx([each[3] for each in expected], abs=0.01)


def test_every_planted_parcel_has_its_classes_and_no_others(compared):
    partition, parcels = compared.partition, compared.parcels
    assert len(compared.parcel_codes) == len(TRUTH["planted"]) == 10
    column = [layer.name for layer in partition.layers].index("parcels")
    pieces = partition.vectors[parcels.cells, column]
    piece_of = {polygon: piece for piece, polygon in partition.layers[column].flat.memberships.tolist()}
    for planted in TRUTH["planted"]:
        chosen = pieces == piece_of[compared.parcel_codes.index(planted["parcel_code"])]
        # The corner of a zone on a neighbour's edge leaves less than this where degrees moved that edge.
        found = {name: area for name, area in by_name(parcels, chosen).items() if area > LEAST_M2}
        assert found == pytest.approx(planted["areas_m2"], abs=0.01), planted["item"]
