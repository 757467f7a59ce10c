"""The planted overlaps are in the files: found again by plain shapely, all of them and no others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

ReadPlane = Callable[[str], gpd.GeoDataFrame]
Found = dict[tuple[str, str | None], BaseGeometry]

# Below this mean width nothing is planted but artefacts, above it nothing but findings.
ARTEFACT_WIDTH_M = 0.005
ZONES = {
    "ecological_redline": ("ZRBHDFQ", {"核心保护区": "core", "一般控制区": "general"}),
    "permanent_basic_farmland": (None, {}),
    "urban_development_boundary": ("GHFQDM", {"01": "01", "02": "02", "03": "03"}),
    "functional_zones": (
        "GNQLX",
        {"重点开发区": "key", "限制开发区": "restricted", "禁止开发区": "forbidden"},
    ),
}
# Zones that a parcel may lie in.
FREE = {"01", "key"}


@pytest.fixture(scope="module")
def parcels(read_plane: ReadPlane) -> gpd.GeoDataFrame:
    return read_plane("parcels")


def _find(parcels: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, slug: str) -> Found:
    field, names = ZONES[slug]
    zones = np.array([None if field is None else names.get(value) for value in areas.get(field, areas["BSM"])])
    shapes = areas.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    found: Found = {}
    for identifier, parcel in zip(parcels["BSM"], parcels.geometry, strict=True):
        near = tree.query(parcel, predicate="intersects")
        if slug == "urban_development_boundary":
            found[identifier, None] = parcel.difference(shapely.union_all(shapes[near]))
        for zone in set(zones[near]) - FREE:
            found[identifier, zone] = parcel.intersection(shapely.union_all(shapes[near][zones[near] == zone]))
    return {key: common for key, common in found.items() if common.area > 0}


@pytest.mark.parametrize("slug", ZONES)
def test_all_overlaps_are_expected_and_all_expected_are_there(
    slug: str, parcels: gpd.GeoDataFrame, read_plane: ReadPlane, expected: dict[str, Any]
) -> None:
    areas = read_plane(slug)
    assert areas.geometry.is_valid.all()
    found = _find(parcels, areas, slug)
    wide = {key for key, common in found.items() if _mean_width_m(common) > ARTEFACT_WIDTH_M}
    entries = {(entry["parcel_bsm"], entry["control_zone"]): entry for entry in expected["findings"][slug]["findings"]}
    assert wide == set(entries)
    assert len(entries) == len(expected["findings"][slug]["findings"]) >= 9
    for key, entry in entries.items():
        assert found[key].area == pytest.approx(entry["overlap_area_m2"], abs=entry["tolerance_m2"])
        assert _overlap_class(found[key]) == entry["overlap_class"], entry


@pytest.mark.parametrize("slug", ZONES)
def test_what_is_no_finding_is_narrower_than_any_finding(
    slug: str, parcels: gpd.GeoDataFrame, read_plane: ReadPlane, expected: dict[str, Any]
) -> None:
    found = _find(parcels, read_plane(slug), slug)
    entries = expected["findings"][slug]["no_findings"]
    assert entries
    for entry in entries:
        common = found.get((entry["parcel_bsm"], entry["control_zone"]))
        width = 0.0 if common is None else _mean_width_m(common)
        assert width < ARTEFACT_WIDTH_M, entry
        if entry["relation"] == "apart":
            assert common is None, entry


def test_the_long_edge_makes_an_artefact_of_millimetres(
    parcels: gpd.GeoDataFrame, read_plane: ReadPlane, expected: dict[str, Any]
) -> None:
    found = _find(parcels, read_plane("permanent_basic_farmland"), "permanent_basic_farmland")
    entries = [
        entry
        for entry in expected["findings"]["permanent_basic_farmland"]["no_findings"]
        if entry["item"] == "long_edge_without_vertices"
    ]
    assert len(entries) == 4
    for entry in entries:
        common = found[entry["parcel_bsm"], None]
        assert 0.0005 < _mean_width_m(common) < 0.004
        assert common.area == pytest.approx(entry["overlap_area_m2"], abs=entry["tolerance_m2"])


def test_touching_in_one_reference_system_shares_the_very_vertices(data: Path, expected: dict[str, Any]) -> None:
    entry = next(
        entry
        for entry in expected["findings"]["functional_zones"]["no_findings"]
        if entry["item"] == "touching_along_an_edge"
    )
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK").set_index("BSM")
    parcel = parcels.geometry[entry["parcel_bsm"]]
    zones = pyogrio.read_dataframe(data / "重点限制禁止开发区.gpkg")
    forbidden = zones[(zones["GNQLX"] == "禁止开发区") & zones.geometry.intersects(parcel)].geometry
    assert len(forbidden) == 1
    assert parcel.touches(forbidden.iloc[0])
    assert parcel.intersection(forbidden.iloc[0]).length == pytest.approx(80)


def test_one_restriction_lies_twice_over_some_parcels(
    parcels: gpd.GeoDataFrame, read_plane: ReadPlane, expected: dict[str, Any]
) -> None:
    shapes = parcels.set_index("BSM").geometry
    for slug in ("ecological_redline", "permanent_basic_farmland", "functional_zones"):
        entry = next(
            entry for entry in expected["findings"][slug]["findings"] if entry["item"] == "two_overlapping_parts"
        )
        areas = read_plane(slug)
        areas = areas if slug != "functional_zones" else areas[areas["GNQLX"] == "限制开发区"]
        parts = areas.geometry.intersection(shapes[entry["parcel_bsm"]])
        assert (parts.area > 1).sum() == 2
        assert parts.area.sum() > entry["overlap_area_m2"] + 100


def test_the_coverage_leaves_out_three_parcels(parcels: gpd.GeoDataFrame, data: Path, expected: dict[str, Any]) -> None:
    known = pyogrio.read_dataframe(data / "范围.gpkg").to_crs(4547).geometry.iloc[0]
    drawn = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK")
    drawn = drawn[drawn["BSM"].isin(parcels["BSM"])].set_index("BSM").geometry.make_valid()
    shares = drawn.intersection(known).area / drawn.area
    entries = {entry["parcel_bsm"]: entry for entry in expected["coverage"]["not_wholly_covered"]}
    assert set(shares[shares < 1 - 1e-9].index) == set(entries)
    assert sorted(round(entry["covered_share"], 3) for entry in entries.values()) == [0.0, 0.5, 0.5]
    for identifier, entry in entries.items():
        assert shares[identifier] == pytest.approx(entry["covered_share"], abs=1e-6)


def test_a_planted_share_is_the_one_that_its_rectangle_was_drawn_for(expected: dict[str, Any]) -> None:
    planted = {
        ("ecological_redline", "crossing_30_percent"): 0.3,
        ("ecological_redline", "two_overlapping_parts"): 0.6,
        ("permanent_basic_farmland", "crossing_25_percent"): 0.25,
        ("permanent_basic_farmland", "patch_within_the_parcel"): 0.125,
        ("urban_development_boundary", "40_percent_outside"): 0.4,
        ("functional_zones", "crossing_40_percent"): 0.4,
    }
    seen = {
        (slug, entry["item"]): entry["target_share"]
        for slug, lists in expected["findings"].items()
        for entry in lists["findings"]
    }
    for key, share in planted.items():
        assert seen[key] == pytest.approx(share, abs=2e-5)


def test_the_expectations_say_that_they_are_complete(expected: dict[str, Any]) -> None:
    assert all(lists["complete"] for lists in expected["findings"].values())
    assert json.dumps(expected, allow_nan=False)


def _mean_width_m(geometry: BaseGeometry) -> float:
    return float(2 * geometry.area / geometry.length)


def _overlap_class(geometry: BaseGeometry) -> str:
    """Real or sliver by the scale and shape conditions for small polygons (细碎图斑)."""
    area, perimeter = geometry.area, geometry.length
    box = geometry.minimum_rotated_rectangle
    sides = sorted(shapely.distance(*shapely.points(box.exterior.coords[k : k + 2])) for k in (0, 1))
    scale = [area <= 1000, sides[0] <= 5, 2 * area / perimeter <= 5]
    shape = [
        sides[1] / sides[0] >= 5,
        4 * np.pi * area / perimeter**2 <= 0.25,
        perimeter / (2 * np.sqrt(np.pi * area)) >= 2,
        perimeter**2 / area >= 40,
    ]
    return "sliver" if sum(scale) >= 1 and sum(shape) >= 2 else "real"
