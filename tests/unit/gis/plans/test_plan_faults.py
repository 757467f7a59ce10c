"""Hard lines that cross, and plans beyond the plan above, on squares whose areas can be counted."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.plans.plan_faults import PlanFaultKind, find_level_faults, find_line_crossings
from gis.plans.statuses import PlanStatus
from gis.sagitta import LayerSource

PLANE = LayerSource(rounding_m=0.0)
YES, NO, SILENT = PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION, PlanStatus.NO_DATA


def layer(*boxes: tuple[float, ...], start: int = 0) -> gpd.GeoDataFrame:
    ids = range(start, start + len(boxes))
    return gpd.GeoDataFrame(index=ids, geometry=[shapely.box(*box) for box in boxes], crs=AREA_PLANE)


def test_lines_that_cross_are_found_with_both_areas_and_those_that_touch_are_not():
    lines = {
        "red": layer((0, 0, 100, 100), (500, 500, 600, 600)),
        "farm": layer((90, 0, 200, 100), (200, 0, 300, 100)),
        "town": layer((300, 0, 400, 100)),
    }
    (fault,) = find_line_crossings(lines)
    assert (fault.kind, fault.layers, fault.ids) == (PlanFaultKind.LINES_CROSS, ("red", "farm"), ((0,), (0,)))
    assert fault.area_m2 == pytest.approx(1000)
    assert fault.width_m == pytest.approx(2 * 1000 / 220, rel=1e-3)
    assert fault.overlap_class == "real"


def test_a_layer_without_areas_crosses_nothing():
    assert find_line_crossings({"red": layer(), "farm": layer((0, 0, 1, 1))}) == []


def test_construction_land_beyond_the_plan_above_is_divided_into_what_it_forbids_and_where_it_is_silent():
    # Of a zone of 100 x 10 the plan above has 40 as construction land, 50 as none, and nothing of the last 10.
    lower = ("town", layer((0, 0, 100, 10), (0, 20, 100, 30)), np.array([YES, NO]))
    upper = ("city", layer((0, 0, 40, 10), (40, 0, 90, 10)), np.array([YES, NO]))
    beyond, silent = find_level_faults(lower, upper)
    assert (beyond.kind, beyond.ids) == (PlanFaultKind.BEYOND_UPPER_PLAN, ((0,), (1,)))
    assert beyond.area_m2 == pytest.approx(500)
    assert silent.kind is PlanFaultKind.UPPER_PLAN_SILENT
    assert silent.area_m2 == pytest.approx(100)


def test_a_zone_above_without_a_status_says_nothing():
    lower = ("town", layer((0, 0, 10, 10)), np.array([YES]))
    (fault,) = find_level_faults(lower, ("city", layer((0, 0, 10, 10)), np.array([SILENT])))
    assert (fault.kind, fault.area_m2) == (PlanFaultKind.UPPER_PLAN_SILENT, 100)


def test_a_plan_within_the_plan_above_has_no_fault():
    lower = ("town", layer((0, 0, 10, 10)), np.array([YES]))
    assert find_level_faults(lower, ("city", layer((-5, -5, 15, 15)), np.array([YES]))) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([YES, NO, SILENT])),
        min_size=1,
        max_size=10,
        unique_by=lambda pair: pair[0],
    )
)
def test_what_is_beyond_and_what_is_silent_add_up_to_what_is_not_allowed(cells: list[tuple[int, PlanStatus]]):
    lower = ("town", layer((0, 0, 10, 1)), np.array([YES]))
    upper = ("city", layer(*((x, 0, x + 1, 1) for x, _ in cells)), np.array([status for _, status in cells]))
    allowed = sum(status is YES for _, status in cells)
    assert sum(fault.area_m2 for fault in find_level_faults(lower, upper)) == pytest.approx(10 - allowed)
