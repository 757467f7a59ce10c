"""Plans that are hard to compare: huge zones, strips of a millimetre, many plans, none in common, all in common; and what holds for any."""

from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import GeometryArray
from gis.crs import AREA_PLANE
from gis.partition import partition_layers
from gis.plans.blueprint import CellDecision
from gis.plans.comparison import ConflictClass, HardLine, PlanComparison, compare_plans
from gis.plans.patches import Patches, find_patches
from gis.plans.summary import class_areas, plan_areas, status_matrix
from gis.slivers import OverlapClass
from tests.unit.gis.plans.test_blueprint import drawn
from tests.unit.gis.plans.test_patches import CITY, CUSTOMARY, LAND, X0, Y0, codes, squares
from tests.unit.gis.test_incremental import overlapping_coverage
from tests.unit.gis.test_partition import random_coverage


def frame(polygons: GeometryArray | list[shapely.Polygon]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=range(len(polygons)), geometry=polygons, crs=AREA_PLANE)


def winding_zone(vertices: int) -> shapely.Polygon:
    """Return a zone with bays, about 4 km around the origin of the tests."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 4000 * (1 + 0.1 * np.sin(7 * angle) + 0.02 * np.sin(613 * angle))
    return shapely.Polygon(np.c_[X0 + radius * np.cos(angle), Y0 + radius * np.sin(angle)])


def areas_of(compared: PlanComparison) -> dict[str, float]:
    found: dict[str, float] = class_areas(compared).loc["all"].to_dict()
    return found


def test_a_zone_of_25_000_vertices_has_the_patches_of_a_plain_overlay():
    zone = winding_zone(25_000)
    places = [(x, y) for x in range(-10, 10) for y in range(-10, 10)]
    land = squares(*((500 * x, 500 * y, 500 * x + 500, 500 * y + 500) for x, y in places))
    # As on a chessboard: fields of one code meet at corners only, so that each part inside is a patch of its own.
    is_built = np.array([(x + y) % 2 == 0 for x, y in places])
    said = codes(LAND, *np.where(is_built, "2110", "1100"))
    partition = partition_layers({"city": frame([zone]), "land": land})
    compared = compare_plans(partition, {"city": codes(CITY, "R2"), "land": said})
    patches = find_patches(partition, compared, classes=frozenset({ConflictClass.CONFLICT}))
    farmed = shapely.intersection(land.geometry.to_numpy()[~is_built], zone)
    parts = np.sort(shapely.area(shapely.get_parts(farmed)))
    parts = parts[parts > 0]
    assert len(patches.areas_m2) == len(parts) > 100
    assert np.sort(patches.areas_m2).tolist() == pytest.approx(parts.tolist(), abs=1e-3)
    outside = shapely.area(shapely.difference(land.geometry.to_numpy(), zone)).sum()
    assert areas_of(compared)["gap"] == pytest.approx(outside, rel=1e-9)


def test_strips_of_a_millimetre_are_all_kept_and_told_as_what_rounding_explains():
    borders = [100.0 * k for k in range(11)]
    moved = [0.0, *(border + 0.001 for border in borders[1:-1]), 1000.0]
    layers = {
        name: squares(*((west, 0, east, 100) for west, east in pairwise(xs)))
        for name, xs in (("city", borders), ("land", moved))
    }
    plans = {"city": codes(CITY, *["R2", "E2"] * 5), "land": codes(LAND, *["2110", "1100"] * 5)}
    partition = partition_layers(layers)
    compared = compare_plans(partition, plans)
    patches = find_patches(partition, compared, thresholds=CUSTOMARY)
    assert patches.areas_m2.tolist() == pytest.approx([0.1] * 9, abs=1e-6)
    # A metre from west to east in the area plane is 0.883 m on the ground here.
    assert patches.mean_widths_m.tolist() == pytest.approx([0.000_883] * 9, rel=0.001)
    assert set(patches.overlap_classes) == {OverlapClass.ARTEFACT}
    assert areas_of(compared) == pytest.approx(
        {"agreed_construction": 49_999.6, "agreed_non_construction": 49_999.5, "conflict": 0.9}, abs=1e-5
    )


def test_five_plans_have_one_vector_for_each_place_and_a_matrix_for_every_two():
    # In the square k the first k plans say construction land, the others do not; the last square is of the first plan alone.
    plans, layers = {}, {}
    for number in range(5):
        name = f"plan-{number}"
        places = range(7) if number == 0 else range(6)
        layers[name] = squares(*((10 * k, 0, 10 * k + 10, 10) for k in places))
        plans[name] = codes(CITY, *("R2" if number < k else "E2" for k in places))
    partition = partition_layers(layers)
    compared = compare_plans(partition, plans)
    assert sorted(map(tuple, compared.statuses.tolist())) == sorted(
        [tuple([2] * k + [1] * (5 - k)) for k in range(6)] + [(2, 0, 0, 0, 0)]
    )
    assert areas_of(compared) == pytest.approx(
        {"agreed_construction": 100.0, "agreed_non_construction": 100.0, "conflict": 400.0, "gap": 100.0}
    )
    assert len(find_patches(partition, compared).areas_m2) == 5
    for (first, one), (second, other) in combinations(enumerate(plans), 2):
        table = status_matrix(compared, one, other)
        assert table.to_numpy().sum() == pytest.approx(700.0)
        assert table.loc["construction", "non_construction"] == pytest.approx(100.0 * (second - first))
        assert table.loc["non_construction", "construction"] == 0.0
    assert plan_areas(compared)["construction"].tolist() == pytest.approx([600.0, 400.0, 300.0, 200.0, 100.0])


def test_plans_without_common_ground_are_gaps_of_each_other_and_nothing_else():
    partition = partition_layers({"city": squares((0, 0, 70, 100)), "land": squares((90_000, 0, 90_050, 100))})
    compared = compare_plans(partition, {"city": codes(CITY, "R2"), "land": codes(LAND, "1100")})
    assert areas_of(compared) == pytest.approx({"gap": 12_000.0})
    patches = find_patches(partition, compared, thresholds=CUSTOMARY)
    assert sorted(patches.areas_m2.tolist()) == pytest.approx([5_000.0, 7_000.0])
    table = status_matrix(compared, "city", "land")
    assert table.loc["construction", "no_data"] == pytest.approx(7_000.0)
    assert table.loc["no_data", "non_construction"] == pytest.approx(5_000.0)
    assert table.to_numpy().sum() == pytest.approx(12_000.0)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100_000), st.integers(3, 30))
def test_identical_plans_have_no_patch_and_their_blueprint_is_what_both_say(seed: int, zones: int):
    rng = np.random.default_rng(seed)
    plan = random_coverage(rng, zones)
    written = [("R2", "E2", "M1", "E1")[k] for k in rng.integers(0, 4, len(plan))]
    layers, said = {"city": plan, "land": plan.copy()}, {"city": written, "land": written}
    partition = partition_layers(layers)
    compared = compare_plans(partition, {name: codes(CITY, *each) for name, each in said.items()})
    assert len(find_patches(partition, compared).areas_m2) == 0
    assert set(areas_of(compared)) <= {"agreed_construction", "agreed_non_construction"}
    assert compared.areas_m2.sum() == pytest.approx(plan.area.sum(), rel=1e-9)
    blueprint = drawn(layers, said, {})
    assert set(blueprint.decisions) == {CellDecision.AGREED}
    assert sorted(blueprint.zones.tolist()) == sorted(map(str, plan.index))
    assert np.sort(blueprint.areas_m2).tolist() == pytest.approx(np.sort(plan.area).tolist(), rel=1e-9)


def test_a_plan_that_overlaps_itself_counts_its_ground_once_and_contradicts_itself_only_where_it_does():
    layers = {"city": squares((0, 0, 60, 10), (40, 0, 100, 10), (90, 0, 120, 10)), "land": squares((0, 0, 120, 10))}
    partition = partition_layers(layers)
    compared = compare_plans(partition, {"city": codes(CITY, "R2", "M1", "E2"), "land": codes(LAND, "2110")})
    # Two zones of construction land over each other are construction land; the third says otherwise on ten metres.
    assert areas_of(compared) == pytest.approx(
        {"agreed_construction": 900.0, "contradiction": 100.0, "conflict": 200.0}
    )
    patches = find_patches(partition, compared)
    found = {
        tuple(compared.codes[cell]): area for cell, area in zip(patches.first_cells, patches.areas_m2, strict=True)
    }
    assert found == pytest.approx({("E2+M1", "2110"): 100.0, ("E2", "2110"): 200.0})


def described(patches: Patches, compared: PlanComparison, plans: list[str]) -> list[tuple[object, ...]]:
    """Say of each patch what it is and where, by the names of the plans, whatever their order; specks of rounding are left out."""
    columns = [compared.plans.index(plan) for plan in plans]
    return sorted(
        (
            *map(str, compared.codes[cell][columns]),
            str(compared.classes[cell]),
            int(compared.masks[cell]),
            *np.round(shapely.bounds(patches.geometries[k]), 2).tolist(),
            round(float(patches.areas_m2[k]), 2),
        )
        for k, cell in enumerate(patches.first_cells.tolist())
        if patches.areas_m2[k] > 0.01
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000), st.integers(3, 15), st.permutations(["a", "b", "c"]))
def test_the_parts_sum_to_the_whole_and_the_order_of_plans_does_not_matter(seed: int, zones: int, order: list[str]):
    rng = np.random.default_rng(seed)
    layers = {name: overlapping_coverage(rng, zones) for name in "abc"}
    plans = {
        name: codes(CITY, *(("R2", "E2", None)[k] for k in rng.integers(0, 3, len(layers[name])))) for name in layers
    }
    layers["line"] = random_coverage(rng, 5)
    lines = [HardLine("ecological_redline.core", "line", np.arange(len(layers["line"])) == 0)]
    every = frozenset(ConflictClass)
    partition = partition_layers(layers)
    compared = compare_plans(partition, plans, lines=lines)
    patches = find_patches(partition, compared, classes=every)
    zones_of_plans = np.concatenate([layers[name].geometry.to_numpy() for name in plans])
    whole = shapely.area(shapely.union_all(zones_of_plans))
    assert patches.areas_m2.sum() == pytest.approx(whole, rel=1e-9)
    assert shapely.area(patches.geometries).sum() == pytest.approx(whole, rel=1e-9)
    for name in plans:
        says = compared.statuses[:, compared.plans.index(name)]
        covered = partition.vectors[compared.cells, list(layers).index(name)] >= 0
        own = shapely.area(shapely.union_all(layers[name].geometry.to_numpy()))
        assert compared.areas_m2[covered].sum() == pytest.approx(own, rel=1e-9)
        assert not says[~covered].any()
    turned = compare_plans(partition, {name: plans[name] for name in order}, lines=lines)
    again = find_patches(partition, turned, classes=every)
    assert described(again, turned, ["a", "b", "c"]) == described(patches, compared, ["a", "b", "c"])
    other = partition_layers({name: layers[name] for name in [*order, "line"]})
    apart = compare_plans(other, {name: plans[name] for name in order}, lines=lines)
    assert areas_of(apart) == pytest.approx(areas_of(compared), abs=1e-3)
