"""What several parts cover together."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.constraint_set import ConstraintSet, check_polygons
from gis.cover import cover_pairs, settle_pairs, unite
from gis.threads import ThreadTeam

PLACE = st.integers(0, 40)
DISC = st.tuples(st.integers(0, 6), PLACE, PLACE, st.integers(1, 8))


def discs(drawn):
    """Draw discs as (owner, x, y, radius), shape (k,); most of them meet others."""
    shapes = [shapely.multipolygons([shapely.Point(x, y).buffer(radius, quad_segs=4)]) for _, x, y, radius in drawn]
    return np.array(shapes, dtype=object), np.array([owner for owner, *_ in drawn], dtype=np.int64)


@settings(deadline=None, max_examples=60)
@given(st.lists(DISC, min_size=1, max_size=60), st.sampled_from([None, 0.01]))
def test_parts_are_united_owner_by_owner(drawn, grid_size):
    parts, owner = discs(drawn)
    with ThreadTeam(1) as team:
        owners, united = unite(parts, owner, team=team, grid_size=grid_size)
    assert owners.tolist() == sorted(set(owner.tolist()))
    for one, geometry in zip(owners, united.geometries, strict=True):
        whole = shapely.union_all(parts[owner == one])
        assert geometry.geom_type in {"Polygon", "MultiPolygon"}
        assert geometry.area == pytest.approx(whole.area, rel=1e-12)
        assert geometry.symmetric_difference(whole).area <= 1e-9 * whole.area
    assert united.failures == {}


@pytest.mark.parametrize("others", [1, 30])
def test_a_union_is_the_same_to_the_last_bit_whatever_else_is_united(others):
    rng = np.random.default_rng(3)
    parts, _ = discs([(0, x, y, 5) for x, y in rng.uniform(0, 20, (12, 2))])
    more, _ = discs([(1, x, y, 5) for x, y in rng.uniform(0, 20, (others, 2))])
    with ThreadTeam(1) as team:
        _, alone = unite(parts, np.zeros(12, dtype=np.int64), team=team)
        _, together = unite(np.concatenate([more, parts]), np.repeat([0, 1], [others, 12]), team=team)
    assert together.geometries[-1].wkb == alone.geometries[0].wkb


def test_a_part_alone_stays_as_it_is():
    parts, owner = discs([(4, 0, 0, 1), (2, 9, 9, 1)])
    with ThreadTeam(1) as team:
        owners, united = unite(parts, owner, team=team)
    assert owners.tolist() == [2, 4]
    assert united.geometries[0] is parts[1]
    assert united.geometries[1] is parts[0]


@settings(deadline=None, max_examples=60)
@given(st.lists(DISC, min_size=1, max_size=12), st.lists(DISC, min_size=1, max_size=12))
def test_pairs_are_settled_as_predicates_of_each_say(some, others):
    targets, constraints = discs(some)[0], discs(others)[0]
    layer = check_polygons(np.arange(len(constraints)).astype(object), constraints, "constraint")
    with ThreadTeam(1) as team:
        settled = settle_pairs(targets, np.arange(len(targets)), ConstraintSet(layer), team=team)
        covered = cover_pairs(targets, np.arange(len(targets)), ConstraintSet(layer), team=team)
    target, constraint = targets[settled.pairs.target], constraints[settled.pairs.constraint]
    assert settled.inside.tolist() == shapely.contains_properly(constraint, target).tolist()
    assert settled.holds.tolist() == shapely.contains_properly(target, constraint).tolist()
    assert settled.border.tolist() == (shapely.intersects(target, constraint) & ~settled.inside).tolist()
    found = dict(
        zip(zip(covered.target.tolist(), covered.constraint.tolist(), strict=True), covered.area_m2, strict=True)
    )
    for number, one in enumerate(targets):
        for at, other in enumerate(constraints):
            assert found.get((number, at), 0.0) == pytest.approx(one.intersection(other).area, abs=1e-9)


def test_an_area_inside_of_a_target_is_their_common_part_as_it_is():
    inner = shapely.Polygon([(3, 3), (4, 3), (4, 4.5), (3, 4)])
    layer = check_polygons(np.array(["R"], dtype=object), np.array([inner], dtype=object), "constraint")
    with ThreadTeam(1) as team:
        covered = cover_pairs(
            np.array([shapely.box(0, 0, 9, 9)], dtype=object), np.array([7]), ConstraintSet(layer), team=team
        )
    assert covered.geometry[0].wkb == inner.wkb
    assert covered.area_m2.tolist() == [1.25]
