"""Targets on the border of a constraint, clipped on flat arrays."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.border_clipping import clip_to_borders
from gis.crossings import Side
from gis.threads import ThreadTeam


def clip(targets, constraint):
    array = np.array(targets, dtype=object)
    rows = np.arange(len(array))
    with ThreadTeam(2) as team:
        return clip_to_borders(array, Side.of(np.array([constraint], dtype=object)), rows, np.zeros_like(rows), team)


def star(x, y, rng, vertices):
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = rng.uniform(40, 100, vertices)
    return shapely.Polygon(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), vertices=st.integers(5, 900))
def test_what_is_settled_is_what_geos_finds(seed, vertices):
    rng = np.random.default_rng(seed)
    constraint = star(1.2e7, 3e6, rng, vertices)
    targets = np.array([star(1.2e7 + x, 3e6 + y, rng, 12) for x, y in rng.uniform(-150, 150, (40, 2))], dtype=object)
    targets = targets[shapely.intersects(targets, constraint) & ~shapely.contains_properly(constraint, targets)]
    common, settled = clip(targets, constraint)
    expected = shapely.area(shapely.intersection(targets, constraint))
    assert shapely.area(common[settled]) == pytest.approx(expected[settled], abs=1e-5)
    assert shapely.is_valid(common[settled]).all()
    assert {part.geom_type for part in common[settled]} <= {"Polygon", "MultiPolygon"}
    assert shapely.is_missing(common[~settled]).all()
    # Nothing in a random place touches; only what encloses the constraint is left over.
    assert (shapely.contains_properly(targets[~settled], constraint)).all()


def test_a_constraint_that_lies_in_the_target_is_not_settled():
    _, settled = clip([shapely.box(0, 0, 9, 9)], shapely.box(3, 3, 4, 4))
    assert settled.tolist() == [False]


def test_a_ring_near_the_target_that_no_boundary_crosses_leaves_it_unsettled():
    constraint = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    across_the_edge_with_the_hole, across_the_hole, across_the_edge = (
        shapely.box(30, 30, 120, 70),
        shapely.box(50, 45, 70, 55),
        shapely.box(90, 0.5, 110, 9),
    )
    common, settled = clip([across_the_edge_with_the_hole, across_the_hole, across_the_edge], constraint)
    assert settled.tolist() == [False, False, True]
    assert common[2].area == pytest.approx(85)


@pytest.mark.parametrize("offset", [0.0, 1e-9, 5e-7])
def test_a_common_edge_or_nearly_one_is_not_settled(offset):
    _, settled = clip([shapely.box(10 - offset, 0, 20, 10)], shapely.box(0, 0, 10, 10))
    assert settled.tolist() == [False]


def test_blocks_of_pairs_far_from_each_other_and_many_threads_change_nothing():
    rng = np.random.default_rng(3)
    constraint = star(0, 0, rng, 4000)
    targets = [shapely.box(x, y, x + 7, y + 5) for x, y in rng.uniform(-100, 100, (3000, 2))]
    targets = [box for box in targets if constraint.boundary.intersects(box)]
    assert len(targets) > 1000
    common, settled = clip(targets, constraint)
    singly = [clip([target], constraint)[0][0] for target in targets[:50]]
    assert settled.all()
    assert shapely.equals_identical(common[:50], np.array(singly, dtype=object)).all()
    assert shapely.area(common) == pytest.approx(shapely.area(shapely.intersection(targets, constraint)), abs=1e-7)
