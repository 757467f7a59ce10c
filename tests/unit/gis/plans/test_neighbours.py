"""Class 3 industry beside housing, on squares beside each other."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.area_plane import true_scale
from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError
from gis.plans.comparison import PlanCodes
from gis.plans.neighbours import NeighbourUse, find_industry_beside_housing, neighbour_uses

INDUSTRY, HOUSING, OTHER = NeighbourUse.INDUSTRY, NeighbourUse.HOUSING, NeighbourUse.OTHER
# Of latitude 28, where the plane is stretched by an eighth.
NORTH = 2_990_000.0


def plan(*zones: tuple[tuple[float, float, float, float], NeighbourUse], start: int = 0):
    boxes = [shapely.box(west, NORTH + south, east, NORTH + north) for (west, south, east, north), _ in zones]
    frame = gpd.GeoDataFrame(index=range(start, start + len(zones)), geometry=boxes, crs=AREA_PLANE)
    return frame, np.array([use for _, use in zones])


def test_zones_of_one_plan_that_share_a_border_or_a_corner_are_found_with_where_they_meet():
    zones = plan(
        ((0, 0, 100, 100), INDUSTRY),
        ((100, 20, 200, 60), HOUSING),
        ((100, 100, 200, 200), HOUSING),
        ((0, 100, 100, 200), OTHER),
        ((101, 0, 200, 20), HOUSING),
    )
    border, corner = find_industry_beside_housing({"city": zones})
    assert (border.layers, border.ids, border.apart_m) == (("city", "city"), ((0,), (1,)), 0)
    assert border.geometry.equals(shapely.LineString([(100, NORTH + 20), (100, NORTH + 60)]))
    assert np.isnan(border.area_m2)
    assert (corner.ids[1], corner.geometry.geom_type) == ((2,), "Point")


def test_zones_of_two_plans_that_overlap_are_found_with_their_overlap():
    plans = {"city": plan(((0, 0, 100, 100), INDUSTRY)), "town": plan(((90, 0, 190, 100), HOUSING), start=7)}
    (fault,) = find_industry_beside_housing(plans)
    assert (fault.layers, fault.ids, fault.area_m2) == (("city", "town"), ((0,), (7,)), pytest.approx(1000))
    # Which of the plans has the industry does not matter.
    (other,) = find_industry_beside_housing({"town": plans["town"], "city": plans["city"]})
    assert (other.layers, other.area_m2) == (("city", "town"), fault.area_m2)


@pytest.mark.parametrize("direction", ["east", "north"])
def test_a_distance_is_one_on_the_ground_in_every_direction(direction: str):
    scale = float(true_scale(np.array([NORTH]))[0])
    beside = (100 + 50 / scale, 0, 300, 100) if direction == "east" else (0, 100 + 50 * scale, 100, 300)
    zones = plan(((0, 0, 100, 100), INDUSTRY), (beside, HOUSING))
    (fault,) = find_industry_beside_housing({"city": zones}, within_m=50.01)
    assert fault.apart_m == pytest.approx(50, abs=1e-3)
    assert fault.geometry.geom_type == "LineString"
    assert find_industry_beside_housing({"city": zones}, within_m=49.99) == []


def test_where_the_codes_do_not_tell_it_is_not_taken_for_other_land():
    codes = ["M3", "m3", "M31", "R", "R22", "M2", "B1", "M", "XX", None]
    uses = neighbour_uses(PlanCodes(codes, ["GB 50137-2011"] * len(codes)))
    assert [NeighbourUse(use).name for use in uses.tolist()] == [
        *["INDUSTRY"] * 3,
        *["HOUSING"] * 2,
        *["OTHER"] * 2,
        *["NOT_TOLD"] * 3,
    ]
    codes, tables = ["100103", "070102", "1001", "10", "0601"], ["GUIDE-2023"] * 4 + ["TD/T 1055-2019"]
    assert neighbour_uses(PlanCodes(codes, tables)).tolist() == [INDUSTRY, HOUSING, *[NeighbourUse.NOT_TOLD] * 3]
    assert neighbour_uses(PlanCodes(["M3", "R"], ["our zoning", None])).tolist() == [NeighbourUse.NOT_TOLD] * 2


def test_plans_without_such_zones_and_zones_in_degrees():
    nothing = plan(((0, 0, 1, 1), OTHER))
    assert find_industry_beside_housing({"city": nothing}) == []
    frame, uses = nothing
    with pytest.raises(CRSMismatchError):
        find_industry_beside_housing({"city": (frame.set_crs(4490, allow_override=True), uses)})
