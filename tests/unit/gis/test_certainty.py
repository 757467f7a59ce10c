"""How certain an overlap is when the boundary may lie elsewhere."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.boundary_band import BoundaryBand, widened_bounds
from gis.certainty import CERTAINTY_COLUMNS, Certainty, judge_certainty
from gis.constraint_set import ConstraintSet
from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError, OverlayCancelledError
from gis.moved_boundary import measure_moved_overlaps, parts_within_reach
from gis.overlay import measure_overlaps
from gis.threads import ThreadTeam

# At 28 degrees of latitude a metre of x is 0.8817 metres on the ground; these tests draw in ground metres.
ORIGIN = np.array([12_600_000.0, 3_000_000.0])
GROUND = np.array([1 / 0.88172, 0.88172])


def layer(geometries, ids=None, **columns):
    placed = shapely.transform(np.array(geometries, dtype=object), lambda c: c * GROUND + ORIGIN)
    return gpd.GeoDataFrame(columns, index=ids, geometry=placed, crs=AREA_PLANE)


def blob(x, y, radius, points=300):
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    distance = radius * (1 + 0.3 * np.sin(7 * angles))
    return shapely.Polygon(np.column_stack([x + distance * np.cos(angles), y + distance * np.sin(angles)]))


def judge(targets, constraints, accuracy_m=2.0, area_limit_m2=1.0, **options):
    overlaps = measure_overlaps(targets, constraints, group=options.get("group"))
    return judge_certainty(
        overlaps, targets, constraints, accuracy_m=accuracy_m, area_limit_m2=area_limit_m2, **options
    )


def certainties(*args, **options):
    result = judge(*args, **options)
    return dict(zip(result["target_id"], result["certainty"], strict=True))


HALF_PLANE = shapely.box(-1000, 0, 1000, 1000)


@pytest.mark.parametrize(
    ("south", "north", "expected"),
    [
        (-50, 50, "certain_hit"),
        (-50, 2.05, "certain_hit"),
        (-50, 1.9, "doubtful_hit"),
        (-50, 0.02, "doubtful_hit"),
        (-50, 0.005, "possible_hit"),
        (-50, -1.5, "possible_hit"),
        (-50, -1.99, None),
        (-50, -3, None),
        (5, 50, "certain_hit"),
        (0.5, 1.5, "doubtful_hit"),
    ],
)
def test_a_plain_boundary_is_judged_by_how_far_the_target_reaches(south, north, expected):
    # 100 m along the boundary: an overlap of 1 m² is 1 cm deep.
    targets = layer([shapely.box(0, south, 100, north)], ids=["parcel"])
    assert certainties(targets, layer([HALF_PLANE])) == ({} if expected is None else {"parcel": expected})


def test_the_same_area_is_certain_at_a_corner_and_doubtful_along_the_boundary():
    targets = layer([shapely.box(0, -50, 200, 1), shapely.box(300, -50, 314, 14.3)], ids=["along", "corner"])
    result = judge(targets, layer([HALF_PLANE]))
    assert result["overlap_area_m2"].to_numpy() == pytest.approx(200, rel=0.01)
    assert result["certainty"].tolist() == ["doubtful_hit", "certain_hit"]


def test_a_small_overlap_far_from_the_limit_is_certainly_clear():
    targets = layer([shapely.box(0, 100, 0.5, 100.5), shapely.box(0, -9, 1, 0.1)], ids=["tiny", "low"])
    result = judge(targets, layer([HALF_PLANE]), area_limit_m2=5.0)
    assert dict(zip(result["target_id"], result["certainty"], strict=True)) == {
        "tiny": "certain_clear",
        "low": "certain_clear",
    }


def moved_by_the_plain_way(target, constraints, accuracy):
    """Move the boundary of the whole union, in ground metres."""
    ground_target, *ground = shapely.transform(
        np.array([target, *constraints], dtype=object), lambda c: (c - ORIGIN) / GROUND
    )
    union = shapely.union_all(ground)
    moved = [shapely.buffer(union, distance, quad_segs=64) for distance in (-accuracy, accuracy)]
    return [shapely.intersection(ground_target, area).area for area in moved]


def assert_judged_as_by_the_plain_way(result, targets, constraints, accuracy, limit):
    found = {row.target_id: row for row in result.itertuples()}
    for target_id, target in targets.geometry.items():
        area = target.intersection(constraints.union_all()).area
        least, most = moved_by_the_plain_way(target, constraints.geometry, accuracy)
        if min(abs(least - limit), abs(area - limit), abs(most - limit)) < 0.02 * limit + 0.01 * abs(most - least):
            continue  # Round corners are polygons: a verdict at the limit may fall either way.
        expected = (
            Certainty.CERTAIN_HIT
            if least > limit
            else Certainty.DOUBTFUL_HIT
            if area > limit
            else Certainty.POSSIBLE_HIT
            if most > limit
            else Certainty.CERTAIN_CLEAR
        )
        if target_id in found:
            row = found[target_id]
            assert row.certainty == expected
            assert row.least_overlap_m2 <= least + 0.005 * (area - least) + 0.05
            assert row.most_overlap_m2 >= most - 0.005 * (most - area) - 0.05
        else:
            assert area == 0
            assert expected == Certainty.CERTAIN_CLEAR


PARCELS = layer([shapely.box(i * 40, j * 40, i * 40 + 40, j * 40 + 40) for i in range(12) for j in range(12)])


@pytest.mark.parametrize("limit", [1.0, 300.0])
@pytest.mark.parametrize("accuracy", [0.5, 3.0])
def test_verdicts_are_those_of_moving_the_whole_boundary(limit, accuracy):
    constraints = layer([blob(200, 200, 110), blob(330, 260, 90)]).assign(all=1)
    result = judge(PARCELS, constraints, accuracy, limit, group="all")
    assert len(result) > 40
    assert_judged_as_by_the_plain_way(result, PARCELS, constraints, accuracy, limit)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 160), st.floats(0, 160), st.floats(5, 80)), min_size=1, max_size=3),
    st.floats(0.2, 8),
    st.floats(0.5, 200),
)
def test_random_verdicts_are_those_of_moving_the_whole_boundary(circles, accuracy, limit):
    targets = PARCELS.iloc[[12 * i + j for i in range(4) for j in range(4)]]
    constraints = layer([blob(x, y, radius, 40) for x, y, radius in circles]).assign(all=1)
    result = judge(targets, constraints, accuracy, limit, group="all")
    assert_judged_as_by_the_plain_way(result, targets, constraints, accuracy, limit)


def test_a_boundary_between_constraints_of_one_group_does_not_count():
    halves = layer([shapely.box(-500, 0, 20, 500), shapely.box(20, 0, 500, 500)], ids=["w", "e"], kind=["red", "red"])
    targets = layer([shapely.box(0, 100, 40, 101)], ids=["strip"])
    assert certainties(targets, halves, 5.0, group="kind") == {"strip": "certain_hit"}
    alone = judge(targets, halves, 25.0)
    assert alone["certainty"].tolist() == ["doubtful_hit", "doubtful_hit"]


def test_cuts_between_pieces_of_a_large_constraint_do_not_count():
    large = layer([blob(0, 0, 5000, 4000)])
    targets = layer([shapely.box(x - 0.6, -0.6, x + 0.6, 0.6) for x in range(-3000, 3000, 7)])
    result = judge(targets, large, 10.0, 1.4)
    moved = result[result["certainty"] != "certain_hit"]
    assert (result["certainty"] == "certain_hit").sum() > 800
    for target_id in moved["target_id"]:
        assert shapely.distance(targets.geometry[target_id], large.boundary.iloc[0]) < 12


def test_least_and_most_enclose_the_overlap():
    result = judge(PARCELS, layer([blob(200, 200, 110)]), 4.0, 500.0)
    assert (result["least_overlap_m2"] <= result["overlap_area_m2"] + 1e-9).all()
    assert (result["most_overlap_m2"] >= result["overlap_area_m2"] - 1e-9).all()
    assert list(result.columns) == list(CERTAINTY_COLUMNS)


def test_all_four_verdicts_occur_in_one_layer():
    constraints = layer([blob(200, 200, 110), blob(330, 260, 90)])
    result = judge(PARCELS, constraints, 3.0, 300.0)
    assert set(result["certainty"]) == {certainty.value for certainty in Certainty}


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 3, "chunk_size": 10}], ids=str)
def test_options_of_the_run_do_not_change_the_verdicts(options):
    constraints = layer([blob(200, 200, 110), blob(330, 260, 90)])
    usual, other = judge(PARCELS, constraints, 3.0, 100.0), judge(PARCELS, constraints, 3.0, 100.0, **options)
    assert usual.equals(other)


def test_an_unknown_overlap_has_no_certainty_and_keeps_its_error():
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100), (-50, 40)])
    targets = layer([bowtie, shapely.box(0, 300, 10, 310)], ids=["bad", "good"])
    result = judge(targets, layer([shapely.box(-200, 50, 400, 400)])).set_index("target_id")
    assert result.loc["bad", "certainty"] is None
    assert "Self-intersection" in result.loc["bad", "error"]
    assert result.loc["good", "certainty"] == "certain_hit"


def test_a_target_near_an_invalid_constraint_is_an_error_row():
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100), (-50, 40)])
    constraints = layer([bowtie], ids=["bad"])
    result = judge(layer([shapely.box(101, -10, 110, 110)], ids=["near"]), constraints)
    assert result["certainty"].tolist() == [None]
    assert "'bad'" in result["error"][0]


def test_overlaps_of_other_layers_and_senseless_accuracies_are_refused():
    constraints = layer([HALF_PLANE])
    overlaps = measure_overlaps(PARCELS, constraints)
    with pytest.raises(ValueError, match="not in the layers"):
        judge_certainty(overlaps, PARCELS.iloc[:5], constraints, accuracy_m=1.0, area_limit_m2=1.0)
    for accuracy in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            judge_certainty(overlaps, PARCELS, constraints, accuracy_m=accuracy, area_limit_m2=1.0)
    with pytest.raises(CRSMismatchError):
        judge_certainty(
            overlaps, PARCELS.set_crs(4490, allow_override=True), constraints, accuracy_m=1.0, area_limit_m2=1.0
        )
    with pytest.raises(OverlayCancelledError):
        judge_certainty(overlaps, PARCELS, constraints, accuracy_m=1.0, area_limit_m2=1.0, cancelled=lambda: True)


def test_nothing_is_judged_of_nothing():
    constraints = layer([HALF_PLANE])
    assert len(judge(PARCELS.iloc[:0], constraints)) == 0
    assert len(judge(PARCELS, constraints.iloc[:0])) == 0


@settings(max_examples=40, deadline=None)
@given(st.floats(10, 100), st.floats(0.1, 20), st.floats(-150, 150))
def test_the_band_never_holds_more_than_its_bound(radius, half_width, x):
    constraints = layer([shapely.union(blob(0, 0, radius, 50), shapely.box(300, 0, 320, 20))])
    target = layer([shapely.box(x, -30, x + 40, 50)]).geometry.to_numpy()
    ground = shapely.transform(
        np.concatenate([target, constraints.geometry.to_numpy()]), lambda c: (c - ORIGIN) / GROUND
    )
    band = shapely.intersection(ground[0], shapely.buffer(shapely.boundary(ground[1]), half_width)).area
    _, _, held = BoundaryBand(constraints.geometry.to_numpy(), half_width).near(target)
    assert band <= held.sum() + 1e-6


def test_bounds_are_widened_in_ground_metres():
    square = layer([shapely.box(0, 0, 10, 10)]).geometry.to_numpy()
    west, south, east, north = ((widened_bounds(square, 5.0)[0].reshape(2, 2) - ORIGIN) / GROUND).ravel()
    assert (west, south, east, north) == pytest.approx((-5, -5, 15, 15), abs=0.001)


def test_a_moved_boundary_has_the_hand_computed_areas():
    constraints = ConstraintSet.of_frame(layer([shapely.box(-500, 0, 500, 500)]), group=None, pieces=None)
    targets = layer(
        [shapely.box(0, -50, 100, 50), shapely.box(0, -50, 100, -3), shapely.box(0, 900, 1, 901)]
    ).geometry.to_numpy()
    with ThreadTeam(1) as team:
        moved = measure_moved_overlaps(targets, np.zeros(3, dtype=np.int64), constraints, 5.0, team=team)
    assert moved.least_m2 == pytest.approx([4500, 0, 0], rel=1e-3)
    assert moved.most_m2 == pytest.approx([5500, 200, 0], rel=1e-3)
    assert moved.failures == {}


def test_the_parts_within_reach_have_the_area_that_moving_the_boundary_outwards_gives():
    targets = layer([shapely.box(0, -40, 30, -1), shapely.box(500, -40, 530, -3), shapely.box(0, -90, 30, -50)])
    constraints = ConstraintSet.of_frame(layer([HALF_PLANE, blob(515, 20, 22)]), group=None, pieces=None)
    shapes, group = targets.geometry.to_numpy(), np.array([0, 1, 0])
    with ThreadTeam(1) as team:
        parts = parts_within_reach(shapes, group, constraints, 2.0, team=team)
        moved = measure_moved_overlaps(shapes, group, constraints, 2.0, team=team)
    # 2 m from a line 1 m away reach 1 m into 30 m; nothing reaches 50 m.
    assert shapely.area(parts)[[0, 2]] == pytest.approx([30.0, 0.0], abs=0.02)
    assert shapely.area(parts) == pytest.approx(moved.most_m2, abs=1e-6)
    assert shapely.area(parts[1]) > 1.0
    assert shapely.covers(shapely.buffer(shapes, 1e-6), parts)[:2].all()
