import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis.crs import AREA_PLANE, to_area_plane
from gis.partition import partition_layers
from gis.plans.comparison import ConflictClass, HardLine, PlanCodes, compare_plans
from gis.plans.patches import find_patches
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass

X0, Y0 = 12_579_000.0, 2_980_000.0
CITY, LAND = "GB 50137-2011", "TD/T 1027-2010"
CUSTOMARY = SliverThresholds(
    area_max_m2=1000,
    bounding_width_max_m=5,
    mean_width_max_m=5,
    smallness_signs_min=1,
    elongation_min=5,
    compactness_max=0.25,
    shape_index_min=2,
    boundary_ratio_min=40,
    thinness_signs_min=2,
)


def squares(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    polygons = [shapely.box(x1 + X0, y1 + Y0, x2 + X0, y2 + Y0) for x1, y1, x2, y2 in boxes]
    return gpd.GeoDataFrame(index=range(len(boxes)), geometry=polygons, crs=AREA_PLANE)


def codes(version: str, *written: str | None) -> PlanCodes:
    return PlanCodes(written, [version] * len(written))


def test_zones_of_one_code_merge_and_a_line_cuts_them():
    partition = partition_layers(
        {
            "city": squares((0, 0, 100, 100), (100, 0, 200, 100), (200, 0, 300, 100)),
            "land": squares((0, 0, 300, 100)),
            "redline": squares((0, 0, 300, 40)),
        }
    )
    plans = {"city": codes(CITY, "R2", "R2", "E2"), "land": codes(LAND, "1100")}
    compared = compare_plans(partition, plans, lines=[HardLine("redline", "redline")])
    patches = find_patches(partition, compared)
    assert sorted(patches.areas_m2.tolist()) == pytest.approx([8_000.0, 12_000.0])
    assert patches.cell_counts.tolist() == [2, 2]
    assert [str(compared.classes[cell]) for cell in patches.first_cells] == ["conflict", "conflict"]
    assert sorted(compared.touches("redline")[patches.first_cells].tolist()) == [False, True]


def test_places_that_do_not_hang_together_are_patches_of_their_own():
    partition = partition_layers(
        {"city": squares((0, 0, 500, 10)), "land": squares((100, 0, 150, 10), (300, 0, 350, 10))}
    )
    plans = {"city": codes(CITY, "R2"), "land": codes(LAND, "1100", "1100")}
    patches = find_patches(partition, compare_plans(partition, plans), classes=frozenset({ConflictClass.CONFLICT}))
    assert patches.areas_m2.tolist() == pytest.approx([500.0, 500.0])


def test_the_areas_of_the_patches_are_those_of_the_classes():
    partition = partition_layers({"city": squares((0, 0, 7, 9), (6, 3, 20, 8)), "land": squares((2, 2, 15, 30))})
    plans = {"city": codes(CITY, "R2", "E2"), "land": codes(LAND, "2110")}
    compared = compare_plans(partition, plans)
    patches = find_patches(partition, compared, classes=frozenset(ConflictClass))
    assert patches.areas_m2.sum() == pytest.approx(compared.areas_m2.sum(), rel=1e-12)
    for name in ConflictClass:
        of_patches = patches.areas_m2[compared.classes[patches.first_cells] == name].sum()
        assert of_patches == pytest.approx(compared.areas_m2[compared.classes == name].sum())


def test_a_strip_of_ten_millimetres_is_a_sliver_and_a_block_is_real():
    partition = partition_layers(
        {"city": squares((0, 0, 100, 100.01)), "land": squares((0, 0, 100, 100), (0, 300, 50, 350))}
    )
    plans = {"city": codes(CITY, "R2"), "land": codes(LAND, "2110", "2110")}
    patches = find_patches(partition, compare_plans(partition, plans), thresholds=CUSTOMARY)
    found = dict(zip(patches.areas_m2.round(2).tolist(), patches.overlap_classes.tolist(), strict=True))
    assert found == {1.0: OverlapClass.SLIVER, 2500.0: OverlapClass.REAL}


def test_what_storing_degrees_makes_of_a_corner_on_an_edge_is_an_artefact():
    # The city plan has a corner on the long northern edge of the land-use plan, which has none there.
    land = [shapely.box(113.0, 28.0, 113.01, 28.01)]
    city = [
        shapely.Polygon([(113.0, 28.01), (113.005, 28.01 + 6e-8), (113.01, 28.01), (113.01, 28.02), (113.0, 28.02)])
    ]
    layers = {
        "city": gpd.GeoDataFrame(geometry=to_area_plane(city), crs=AREA_PLANE),
        "land": gpd.GeoDataFrame(geometry=to_area_plane(land), crs=AREA_PLANE),
        "scope": gpd.GeoDataFrame(geometry=to_area_plane([shapely.box(113, 28, 113.01, 28.02)]), crs=AREA_PLANE),
    }
    partition = partition_layers(layers)
    plans = {"city": codes(CITY, "R2"), "land": codes(LAND, "1100")}
    compared = compare_plans(partition, plans, scope="scope")
    # As in a Gauss-Krueger zone.
    sources = [LayerSource(pyproj.CRS("EPSG:4547")), LayerSource(pyproj.CRS("EPSG:4547")), LayerSource()]
    patches = find_patches(partition, compared, sources=sources, thresholds=CUSTOMARY)
    thin = np.flatnonzero(patches.mean_widths_m < 0.1)
    assert len(thin) == 1
    assert patches.overlap_classes[thin[0]] == OverlapClass.ARTEFACT


def test_no_difference_is_no_patch():
    partition = partition_layers({"city": squares((0, 0, 10, 10)), "land": squares((0, 0, 10, 10))})
    plans = {"city": codes(CITY, "R2"), "land": codes(LAND, "2110")}
    patches = find_patches(partition, compare_plans(partition, plans))
    assert len(patches.geometries) == len(patches.first_cells) == 0


def test_construction_land_of_all_plans_is_a_patch_inside_a_line_that_goes_before_plans_and_nowhere_else():
    partition = partition_layers(
        {
            "city": squares((0, 0, 300, 100), (300, 0, 400, 100)),
            "land": squares((0, 0, 400, 100)),
            "redline": squares((0, 0, 100, 100)),
            "flood": squares((200, 0, 400, 100)),
        }
    )
    plans = {"city": codes(CITY, "R2", "M1"), "land": codes(LAND, "2110")}
    lines = [HardLine("ecological_redline.core", "redline"), HardLine("flood_zone", "flood")]
    compared = compare_plans(partition, plans, lines=lines)
    assert {str(said) for said in compared.classes} == {"agreed_construction"}
    patches = find_patches(partition, compared)
    assert patches.areas_m2.tolist() == pytest.approx([10_000.0])
    assert shapely.bounds(patches.geometries[0]).tolist() == pytest.approx([X0, Y0, X0 + 100, Y0 + 100])
    assert len(find_patches(partition, compare_plans(partition, plans)).geometries) == 0
