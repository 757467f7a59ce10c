"""Faulty rows, repetitions, registered areas, and the contradictions of the two plans."""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

ReadPlane = Callable[[str], gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def rows(data: Path) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK").set_index("BSM")


def test_every_planted_shape_is_as_faulty_as_its_kind_says(rows: gpd.GeoDataFrame, expected: dict[str, Any]) -> None:
    reasons = {
        "self_intersection": "Self-intersection",
        "ring_self_intersection": "Ring Self-intersection",
        "spike": "Ring Self-intersection",
    }
    items = expected["imports"]["parcels"]["items"]
    assert len(items) == 7
    for item in items:
        geometry = rows.geometry[item["parcel_bsm"]]
        if item["fault"] == "missing":
            assert geometry is None
        elif item["fault"] == "zero_area":
            assert geometry.area == 0
        elif item["fault"] in reasons:
            assert shapely.is_valid_reason(geometry).startswith(reasons[item["fault"]])
    invalid = rows[rows.geometry.notna() & ~rows.geometry.is_valid]
    assert len(invalid) == 4


def test_repairing_by_plain_shapely_gives_the_expected_areas(read_plane: ReadPlane, expected: dict[str, Any]) -> None:
    keys = {"parcels": "parcel_bsm", "land_survey": "feature_id", "land_use_plan": "feature_id"}
    checked = 0
    for slug, key in keys.items():
        shapes = read_plane(slug).set_index("BSM").geometry
        for item in expected["imports"][slug]["items"]:
            if item["outcome"] == "repaired":
                area = shapes[item[key]].area
                assert area == pytest.approx(item["area_after_m2"], abs=item["tolerance_m2"])
                checked += 1
    assert checked == 6


def test_the_number_of_features_is_as_expected(data: Path, manifest: dict[str, Any], expected: dict[str, Any]) -> None:
    for entry in manifest["layers"]:
        outcome = expected["imports"][entry["to"]]
        assert pyogrio.read_info(data / entry["file"])["features"] == outcome["read"]
        assert outcome["read"] == outcome["accepted"] + outcome["repaired"] + outcome["rejected"]


def test_codes_occur_twice_only_where_planted(rows: gpd.GeoDataFrame, expected: dict[str, Any]) -> None:
    counts = Counter(rows["ZDDM"])
    planted = {group["parcels"][0]["parcel_code"] for group in expected["parcels"]["same_code"]}
    assert {code for code, count in counts.items() if count > 1} == planted
    assert len(planted) == 2


def test_ground_is_delivered_twice_only_where_planted(rows: gpd.GeoDataFrame, expected: dict[str, Any]) -> None:
    drawn = rows[rows.geometry.notna()]
    groups: dict[bytes, set[str]] = defaultdict(set)
    for identifier, geometry in drawn.geometry.items():
        groups[shapely.to_wkb(shapely.normalize(geometry))].add(str(identifier))
    repeated = {frozenset(group) for group in groups.values() if len(group) > 1}
    planted = expected["parcels"]["same_ground"]
    assert repeated == {frozenset(parcel["parcel_bsm"] for parcel in group["parcels"]) for group in planted}
    assert len(planted) == 3


def test_parcels_overlap_only_where_planted(read_plane: ReadPlane, expected: dict[str, Any]) -> None:
    parcels = read_plane("parcels")
    shapes, names = parcels.geometry.to_numpy(), parcels["BSM"].to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    areas = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    found = {
        frozenset((names[i], names[j])): area
        for i, j, area in zip(first, second, areas, strict=True)
        if i < j and area > 0.01
    }
    (planted,) = expected["parcels"]["overlapping"]
    same = {frozenset(p["parcel_bsm"] for p in group["parcels"]) for group in expected["parcels"]["same_ground"]}
    pair = frozenset(parcel["parcel_bsm"] for parcel in planted["parcels"])
    assert set(found) == same | {pair}
    assert found[pair] == pytest.approx(planted["common_area_m2"], abs=0.01)


def test_registered_areas_disagree_only_where_planted(rows: gpd.GeoDataFrame, expected: dict[str, Any]) -> None:
    planted = {entry["parcel_bsm"]: entry for entry in expected["parcels"]["registered_areas"]}
    drawn = expected["parcels"]["area_ellipsoid_m2"]
    far = {
        identifier
        for identifier, registered in rows["ZDMJ"].items()
        if identifier in drawn and not abs(registered - drawn[identifier]) <= 0.0004 * drawn[identifier]
    }
    kinds = {entry["item"] for entry in planted.values()}
    assert far == {key for key, entry in planted.items() if entry["item"] != "registered_planar_area"}
    assert kinds == {
        "registered_in_mu",
        "registered_3_percent_more",
        "registered_area_missing",
        "registered_planar_area",
    }
    planar = next(entry for entry in planted.values() if entry["item"] == "registered_planar_area")
    assert float(planar["area_registered_m2"]) == pytest.approx(9600, abs=0.01)
    assert planar["area_ellipsoid_m2"] == pytest.approx(9598.06, abs=0.01)


def test_some_registers_hold_planar_areas_of_ordinary_parcels(rows: gpd.GeoDataFrame, expected: dict[str, Any]) -> None:
    drawn = expected["parcels"]["area_ellipsoid_m2"]
    planar = [
        identifier
        for identifier, registered in rows["ZDMJ"].items()
        if identifier in drawn and 0.0001 < registered / drawn[identifier] - 1 < 0.0004
    ]
    assert 50 < len(planar) < 150


def test_the_classes_of_contradiction_add_up_as_expected(read_plane: ReadPlane, expected: dict[str, Any]) -> None:
    city, land = read_plane("city_plan"), read_plane("land_use_plan")
    city_shapes, land_shapes = city.geometry.to_numpy(), land.geometry.to_numpy()
    i, j = shapely.STRtree(land_shapes).query(city_shapes, predicate="intersects")
    areas = shapely.area(shapely.intersection(city_shapes[i], land_shapes[j]))
    totals: dict[str, float] = defaultdict(float)
    for city_code, land_code, area in zip(city["YDDM"].iloc[i], land["GHDLDM"].iloc[j], areas, strict=True):
        built = (not city_code.startswith("E"), land_code.startswith("2"))
        totals[{(True, True): "1", (True, False): "2", (False, True): "3", (False, False): "4"}[built]] += area
    totals["gap_city"] = land.area.sum() - areas.sum()
    totals["gap_land"] = city.area.sum() - areas.sum()
    conflicts = expected["plan_conflicts"]
    for name, area in totals.items():
        assert area == pytest.approx(conflicts["totals_m2"][name], abs=conflicts["totals_tolerance_m2"])
    assert conflicts["totals_m2"].keys() - totals.keys() == {"gap_both"}


def test_every_class_and_gap_is_planted(expected: dict[str, Any]) -> None:
    planted = expected["plan_conflicts"]["planted"]
    seen = {name for entry in planted for name in entry["areas_m2"]}
    assert seen == {"1", "2", "3", "4", "gap_city", "gap_land", "gap_both"}
    half = next(entry for entry in planted if entry["item"] == "half_class_2")
    assert half["areas_m2"]["1"] == pytest.approx(half["areas_m2"]["2"], abs=0.01)
    sliver = next(entry for entry in planted if entry["item"] == "boundaries_10_mm_apart")
    assert sliver["areas_m2"]["2"] == pytest.approx(0.8, abs=0.001)
