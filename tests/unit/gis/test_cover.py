"""What several parts cover together."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cover import unite
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
