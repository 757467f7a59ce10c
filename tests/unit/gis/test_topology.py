"""Topology faults of one layer: hand-computed cases, planted faults, and equality with slow and plain searches."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gis.topology_overlaps
from gis.area_plane import true_scale
from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError, GeometryRefusedError, OverlayCancelledError
from gis.topology import TOPOLOGY_COLUMNS, TopologyTolerances, find_topology_faults

# Where the area plane is used: near 113 E 28 N. Cases are drawn in metres on the ground.
X0, Y0 = 12_579_000.0, 2_980_000.0
EAST = float(true_scale(np.array([Y0]))[0])
LIMITS = TopologyTolerances(gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=10)
# A closing is a little short at the mouth of an inlet.
MOUTH_M2 = 20 * LIMITS.gap_width_m**2


def layer(*polygons: shapely.Geometry, ids=None) -> gpd.GeoDataFrame:
    names = list("abcdefghijklmnop"[: len(polygons)]) if ids is None else ids
    plane = shapely.transform(np.array(polygons, dtype=object), lambda xy: xy / (EAST, 1 / EAST) + (X0, Y0))
    return gpd.GeoDataFrame(index=names, geometry=plane, crs=AREA_PLANE)


def faults(*polygons: shapely.Geometry, limits: TopologyTolerances = LIMITS, **options) -> gpd.GeoDataFrame:
    return find_topology_faults(layer(*polygons), tolerances=limits, **options)


def kinds(found: gpd.GeoDataFrame) -> list[tuple[str, tuple]]:
    return list(zip(found["kind"], found["ids"], strict=True))


def ground(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda xy: (xy - (X0, Y0)) * (EAST, 1 / EAST))


LEFT, RIGHT = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)


def test_neighbours_that_share_their_edge_have_no_fault():
    found = faults(LEFT, RIGHT)
    assert len(found) == 0
    assert tuple(found.columns) == TOPOLOGY_COLUMNS
    assert found.crs == AREA_PLANE


@pytest.mark.parametrize("gap_m", [0.001, 0.002, 0.005])
def test_an_open_gap_is_found_with_its_width_and_area(gap_m: float):
    found = faults(LEFT, shapely.box(10 + gap_m, 0, 20, 10))
    assert kinds(found) == [("gap", ("a", "b"))]
    assert found["area_m2"][0] == pytest.approx(10 * gap_m, abs=MOUTH_M2)
    assert found["width_m"][0] == pytest.approx(gap_m, rel=0.01)
    assert found["max_width_m"][0] == pytest.approx(gap_m, rel=1e-3)
    assert shapely.distance(ground(found.geometry[0]), shapely.LineString([(10, 5), (10 + gap_m, 5)])) == 0


@pytest.mark.parametrize("gap_m", [0.001, 0.002, 0.005])
def test_an_enclosed_gap_is_measured_exactly(gap_m: float):
    around = shapely.Polygon([(0, -1), (20, -1), (20, 11), (0, 11)], [[(0.5, 0), (19.5, 0), (19.5, 10), (0.5, 10)]])
    halves = shapely.box(0.5, 0, 10, 10), shapely.box(10 + gap_m, 0, 19.5, 10)
    # The frame has the corners of the halves, so that nothing but the gap is wrong.
    ring = [(0.5, 0), (10, 0), (10 + gap_m, 0), (19.5, 0), (19.5, 10), (10 + gap_m, 10), (10, 10), (0.5, 10)]
    found = faults(shapely.Polygon(around.exterior, [ring]), *halves)
    assert kinds(found) == [("gap", ("a", "b", "c"))]
    assert found["area_m2"][0] == pytest.approx(10 * gap_m, rel=1e-5)
    assert found["width_m"][0] == pytest.approx(2 * 10 * gap_m / (20 + 2 * gap_m), rel=1e-4)
    assert found["max_width_m"][0] == pytest.approx(gap_m, rel=1e-3)


def test_a_gap_wider_than_the_tolerance_is_no_fault():
    assert len(faults(LEFT, shapely.box(10.006, 0, 20, 10))) == 0


def test_an_island_is_no_fault_and_a_tiny_one_is():
    assert len(faults(LEFT - shapely.box(3, 3, 4, 4), RIGHT)) == 0
    tiny = faults(LEFT - shapely.box(3, 3, 3.09, 3.1), RIGHT)
    assert kinds(tiny) == [("gap", ("a",))]
    assert tiny["area_m2"][0] == pytest.approx(0.009, rel=1e-6)
    assert tiny["max_width_m"][0] == pytest.approx(0.09, rel=1e-3)


def test_a_slit_around_an_island_parcel_is_a_gap():
    found = faults(LEFT - shapely.box(3, 3, 6, 6), shapely.box(3.002, 3.002, 5.998, 5.998))
    assert kinds(found) == [("gap", ("a", "b"))]
    assert found["area_m2"][0] == pytest.approx(9 - 2.996**2, rel=1e-4)


def test_boundaries_that_part_slowly_leave_a_gap_and_those_that_part_at_a_corner_do_not():
    wedge = faults(LEFT, shapely.Polygon([(10, 0), (20, 0), (20, 10), (10.004, 10)]))
    assert kinds(wedge) == [("gap", ("a", "b"))]
    assert wedge["area_m2"][0] == pytest.approx(0.02, abs=MOUTH_M2)
    corner = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10 + 10 * np.tan(np.radians(12)), 10)])
    assert len(faults(LEFT, corner)) == 0


def test_a_gap_between_three_is_one_fault():
    found = faults(shapely.box(0, 0, 20, 10), shapely.box(0, 10.002, 9.999, 20), shapely.box(10.001, 10.002, 20, 20))
    assert kinds(found) == [("gap", ("a", "b", "c"))]
    assert found["area_m2"][0] == pytest.approx(20 * 0.002 + 9.998 * 0.002, abs=3 * MOUTH_M2)


def test_a_narrow_notch_of_one_polygon_is_its_own_shape():
    assert len(faults(LEFT - shapely.box(5, 5, 5.002, 10), RIGHT)) == 0


def test_a_missing_vertex_on_a_straight_shared_edge_is_named_once():
    found = faults(LEFT, shapely.box(10, 0, 20, 5), shapely.box(10, 5, 20, 10))
    assert kinds(found) == [("missing_vertex", ("a", "b", "c"))]
    assert found["width_m"][0] == pytest.approx(0, abs=1e-8)
    assert shapely.distance(ground(found.geometry[0]), shapely.Point(10, 5)) < 1e-6
    assert np.isnan(found["area_m2"][0])


def test_a_vertex_near_an_edge_is_missing_there_when_the_sliver_is_below_the_least_width():
    limits = TopologyTolerances(
        gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=10, least_width_m=0.001
    )
    bent = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10.0005, 5)])
    found = faults(LEFT, bent, limits=limits)
    assert kinds(found) == [("missing_vertex", ("a", "b"))]
    assert found["width_m"][0] == pytest.approx(0.0005, rel=1e-4)


def test_vertices_that_nearly_meet_are_near_vertices():
    limits = TopologyTolerances(
        gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=10, least_width_m=0.001
    )
    found = faults(LEFT, shapely.Polygon([(10.0004, 0), (20, 0), (20, 10), (10, 10)]), limits=limits)
    assert kinds(found) == [("near_vertex", ("a", "b"))]
    assert found["width_m"][0] == pytest.approx(0.0004, rel=1e-4)
    assert shapely.distance(ground(found.geometry[0]), shapely.Point(10.0002, 0)) < 1e-6


def test_vertices_at_a_gap_are_part_of_the_gap():
    bent = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10.0005, 5)])
    found = faults(LEFT, bent)
    assert kinds(found) == [("gap", ("a", "b"))]
    assert found["area_m2"][0] == pytest.approx(0.0025, rel=1e-4)
    assert found["max_width_m"][0] == pytest.approx(0.0005, rel=1e-2)


def test_each_pair_that_overlaps_is_named_with_each_part():
    comb = shapely.union_all([shapely.box(10, 0, 20, 10), shapely.box(9, 1, 10, 2), shapely.box(9.5, 4, 10, 8)])
    found = faults(LEFT, comb)
    assert kinds(found) == [("overlap", ("a", "b"))] * 2
    assert sorted(found["area_m2"]) == pytest.approx([1, 2])
    assert sorted(found["max_width_m"]) == pytest.approx([0.5, 1], rel=1e-3)


def test_three_polygons_over_one_place_are_three_pairs():
    found = faults(shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(0, 5, 15, 20))
    assert kinds(found) == [("overlap", pair) for pair in combinations("abc", 2)]
    assert found["area_m2"].tolist() == pytest.approx([50, 50, 50])


def test_a_polygon_given_twice_overlaps_itself_as_a_whole():
    found = faults(LEFT, RIGHT, RIGHT)
    assert kinds(found) == [("overlap", ("b", "c"))]
    assert found["area_m2"][0] == pytest.approx(100)


def test_overlaps_up_to_the_least_width_or_area_are_no_faults():
    over = shapely.box(9.99, 0, 20, 10)
    for least in ({"least_width_m": 0.01}, {"least_area_m2": 0.1000001}):
        limits = TopologyTolerances(gap_width_m=0.005, gap_area_m2=0, vertex_m=0.001, inlet_angle_deg=10, **least)
        # What is left to say is that neither has the other's corners on its edges.
        assert set(faults(LEFT, over, limits=limits)["kind"]) == {"missing_vertex"}
    found = faults(LEFT, over)
    assert kinds(found) == [("overlap", ("a", "b"))]
    assert found["area_m2"][0] == pytest.approx(0.1, rel=1e-5)


def test_rights_above_and_below_ground_do_not_conflict_with_those_on_the_ground():
    below = shapely.box(5, 0, 15, 10)
    assert len(faults(LEFT, RIGHT, below, levels=["B", "B", "X"])) == 0
    found = faults(LEFT, RIGHT, below, shapely.box(6, 0, 9, 10), levels=["B", "B", "X", "X"])
    assert kinds(found) == [("overlap", ("c", "d"))]
    assert kinds(faults(LEFT, LEFT, levels=[None, None])) == [("overlap", ("a", "b"))]


def test_polygons_that_are_never_valid_together_do_not_conflict():
    times = {"valid_from": ["2000-01-01", "2001-01-01"], "valid_to": ["2001-01-01", None]}
    assert len(faults(LEFT, LEFT, **times)) == 0
    assert kinds(faults(LEFT, LEFT, **(times | {"valid_to": ["2001-01-02", None]}))) == [("overlap", ("a", "b"))]


def test_a_successor_that_does_not_fit_leaves_a_gap():
    narrower = shapely.box(10.002, 0, 20, 10)
    far = shapely.box(0, 50, 5, 55)
    times = {"valid_from": [None, None, "2010-01-01", "2015-01-01"], "valid_to": [None, "2010-01-01", None, None]}
    assert kinds(faults(LEFT, RIGHT, narrower, far, **times)) == [("gap", ("a", "c"))]


def test_a_successor_that_lacks_a_vertex_is_found_although_its_predecessor_had_it():
    whole, lower, upper = LEFT, shapely.box(10, 0, 20, 5), shapely.box(10, 5, 20, 10)
    with_vertex = shapely.Polygon([(0, 0), (10, 0), (10, 5), (10, 10), (0, 10)])
    times = {"valid_from": [None, "2010-01-01", None, None], "valid_to": ["2010-01-01", None, None, None]}
    assert kinds(faults(with_vertex, whole, lower, upper, **times)) == [("missing_vertex", ("b", "c", "d"))]


def test_what_a_polygon_outside_of_the_change_covers_is_no_gap():
    # The middle one goes; what it leaves is small, but a polygon that nothing happened to lies in it.
    frame = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 1.09, 1.1)
    filling = shapely.box(1, 1, 1.09, 1.1)
    times = {"valid_from": ["2010-01-01", None, "2012-01-01"], "valid_to": [None, None, None]}
    assert len(faults(frame, filling, RIGHT, **times)) == 0


def test_a_fault_is_listed_once_however_often_the_layer_changes():
    changes = [shapely.box(0, 20 + k, 1, 20.5 + k) for k in range(3)]
    beside = shapely.box(20, 0, 25, 10)
    over = shapely.box(9, 0, 20, 10)
    times = {"valid_from": [None, None, "2010-01-01", "2011-01-01", "2012-01-01", "2013-01-01"], "valid_to": [None] * 6}
    assert kinds(faults(LEFT, over, beside, *changes, **times)) == [("overlap", ("a", "b"))]


def test_parts_outside_the_scope_are_measured():
    scope = layer(shapely.box(0, 0, 19.5, 9), shapely.box(0, 9, 9, 20))
    found = faults(LEFT, RIGHT, scope=scope)
    assert kinds(found) == [("outside_scope", ("a",)), ("outside_scope", ("b",))]
    assert found["area_m2"].tolist() == pytest.approx([1, 9.5 + 0.5 * 10])
    # In the corner of an L whose arms are 1 and 0.5 wide the circle touches both outer sides and the inner corner.
    radius = 1.5 - np.sqrt(2 * 1 * 0.5)
    assert found["max_width_m"].tolist() == pytest.approx([1, max(1, 2 * radius)], rel=1e-3)
    inside = faults(LEFT, RIGHT, scope=layer(shapely.box(-1, -1, 21, 11)))
    assert len(inside) == 0


def test_an_invalid_polygon_is_named_and_the_rest_is_examined():
    bowtie = shapely.Polygon([(20, 0), (22, 2), (20, 2), (23, 0)])
    found = faults(LEFT, shapely.box(9, 0, 20, 10), bowtie)
    assert kinds(found) == [("overlap", ("a", "b")), ("not_examined", ("c",))]
    assert "Self-intersection" in found["error"][1]
    assert found["error"][0] is None


def test_an_invalid_polygon_leaves_no_gap():
    hole = shapely.box(1, 1, 1.1, 1.09)
    spiked = shapely.Polygon([(1, 1), (1.1, 1), (1.1, 1.09), (1.05, 1.09), (1.05, 1.05), (1.05, 1.09), (1, 1.09)])
    ring = shapely.box(0, 0, 3, 3) - hole
    assert kinds(faults(ring)) == [("gap", ("a",))]
    assert kinds(faults(ring, spiked)) == [("not_examined", ("b",))]


def test_a_polygon_that_is_valid_at_no_moment_is_named():
    found = faults(LEFT, LEFT, valid_from=["2001-01-01", None], valid_to=["2000-01-01", None])
    assert kinds(found) == [("not_examined", ("a",))]


def test_a_pair_on_which_geos_fails_is_named_and_the_rest_is_found(monkeypatch):
    plain = gis.topology_overlaps.local_intersection

    def failing(left, right, *, grid_size=None):
        if any(abs(shapely.area(one) - 36) < 1e-3 for one in left):
            raise shapely.errors.GEOSException("side location conflict")
        return plain(left, right, grid_size=grid_size)

    monkeypatch.setattr(gis.topology_overlaps, "local_intersection", failing)
    six = shapely.box(50, 0, 56, 6)
    found = faults(LEFT, shapely.box(9, 0, 20, 10), six, shapely.box(55, 0, 60, 6))
    found = found[found["kind"] != "missing_vertex"]
    assert kinds(found) == [("overlap", ("a", "b")), ("not_examined", ("c", "d"))]
    assert "side location conflict" in found["error"].iloc[1]


def test_progress_is_told_and_the_search_can_be_cancelled():
    told: list[tuple[int, int]] = []
    faults(LEFT, RIGHT, scope=layer(LEFT), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(1, 6)]
    asked = iter([False, False, True])
    with pytest.raises(OverlayCancelledError, match="after 2 of 4"):
        faults(LEFT, RIGHT, cancelled=lambda: next(asked))


def test_wrong_inputs_are_refused():
    frame = layer(LEFT, RIGHT)
    with pytest.raises(CRSMismatchError):
        find_topology_faults(frame.set_crs(4490, allow_override=True), tolerances=LIMITS)
    with pytest.raises(CRSMismatchError):
        find_topology_faults(frame, tolerances=LIMITS, scope=frame.set_crs(4490, allow_override=True))
    with pytest.raises(GeometryRefusedError):
        find_topology_faults(layer(LEFT, RIGHT, ids=["a", "a"]), tolerances=LIMITS)
    with pytest.raises(ValueError, match="levels has 1"):
        find_topology_faults(frame, tolerances=LIMITS, levels=["B"])
    with pytest.raises(ValueError, match="valid_to has 1"):
        find_topology_faults(frame, tolerances=LIMITS, valid_to=["2020-01-01"])
    with pytest.raises(ValueError, match="not negative"):
        TopologyTolerances(gap_width_m=-1, gap_area_m2=0, vertex_m=0, inlet_angle_deg=10)


def test_a_layer_without_polygons_has_no_faults():
    empty = gpd.GeoDataFrame(geometry=[], crs=AREA_PLANE)
    assert len(find_topology_faults(empty, tolerances=LIMITS)) == 0


def test_the_input_is_not_changed():
    frame = layer(LEFT, shapely.box(9, 0, 20, 10))
    before = shapely.to_wkb(frame.geometry.to_numpy()).tolist()
    find_topology_faults(frame, tolerances=LIMITS)
    assert shapely.to_wkb(frame.geometry.to_numpy()).tolist() == before
