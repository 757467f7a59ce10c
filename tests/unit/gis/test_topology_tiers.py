"""Gaps of every width are found at once, each of them once."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.topology_model import TopologyTolerances
from gis.topology_tiers import find_faults_of_all_widths

LIMITS = TopologyTolerances(gap_width_m=0.2, gap_area_m2=1, vertex_m=0.001, inlet_angle_deg=10)


def layer(*polygons: shapely.Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=range(len(polygons)), geometry=list(polygons), crs=AREA_PLANE)


@given(st.sampled_from([0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.1, 0.19]))
def test_an_open_gap_of_any_width_is_one_fault_with_its_width(gap_m: float):
    found = find_faults_of_all_widths(
        layer(shapely.box(0, 0, 50, 50), shapely.box(50 + gap_m, 0, 100, 50)), tolerances=LIMITS
    )
    assert found[["kind", "ids"]].values.tolist() == [["gap", (0, 1)]]
    assert found["max_width_m"][0] == pytest.approx(gap_m, rel=0.01)


def test_gaps_of_very_different_widths_are_found_in_one_layer():
    found = find_faults_of_all_widths(
        layer(shapely.box(0, 0, 50, 50), shapely.box(50.002, 0, 100, 50), shapely.box(100.1, 0, 150, 50)),
        tolerances=LIMITS,
    )
    widths = dict(zip(found["ids"], found["max_width_m"], strict=True))
    assert set(found["kind"]) == {"gap"}
    assert widths == {(0, 1): pytest.approx(0.002, rel=0.01), (1, 2): pytest.approx(0.1, rel=0.01)}


def test_neighbours_that_fit_have_no_fault_and_other_faults_are_told_once():
    assert (
        len(find_faults_of_all_widths(layer(shapely.box(0, 0, 50, 50), shapely.box(50, 0, 100, 50)), tolerances=LIMITS))
        == 0
    )
    halves = [shapely.box(50, 0, 100, 25), shapely.box(50, 25, 100, 50)]
    found = find_faults_of_all_widths(
        layer(shapely.box(0, 0, 50, 50), *halves, shapely.box(90, 0, 140, 25)), tolerances=LIMITS
    )
    assert sorted(found["kind"]) == ["missing_vertex", "overlap"]
    scope = layer(shapely.box(0, 0, 40, 50))
    found = find_faults_of_all_widths(layer(shapely.box(0, 0, 50, 50)), tolerances=LIMITS, scope=scope)
    assert found[["kind", "area_m2"]].values.tolist() == [["outside_scope", pytest.approx(500)]]


def test_progress_goes_up_to_its_end_over_all_searches():
    seen: list[tuple[int, int]] = []
    find_faults_of_all_widths(
        layer(shapely.box(0, 0, 50, 50)), tolerances=LIMITS, progress=lambda done, total: seen.append((done, total))
    )
    shares = [done / total for done, total in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
