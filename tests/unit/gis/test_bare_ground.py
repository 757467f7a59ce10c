"""What polygons have beside covered ground: all of them that is bare, and little else."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.bare_ground import BareGround
from tests.unit.gis.test_partition import random_coverage


def some_ground(rng: np.random.Generator) -> np.ndarray:
    zones = random_coverage(rng, 60).geometry.to_numpy()
    return shapely.get_parts(shapely.union_all(zones[rng.random(len(zones)) < 0.7]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000))
def test_bare_ground_stays_whole_in_the_neighbourhood_of_polygons(seed: int):
    rng = np.random.default_rng(seed)
    ground = some_ground(rng)
    low = rng.uniform(-300, 900, (6, 2))
    polygons = shapely.box(*low.T, *(low + rng.uniform(50, 1200, (6, 2))).T)
    bare = BareGround(ground, shapely.total_bounds(polygons), threads=1)
    covered = shapely.union_all(ground)
    for polygon, near in zip(polygons, bare.neighbourhood_of(polygons), strict=True):
        expected = shapely.difference(polygon, covered)
        found = shapely.Polygon() if near is None else near
        assert abs(shapely.difference(found, covered).area - expected.area) < 1e-6
        assert shapely.difference(found, polygon).area < 1e-6
        assert shapely.difference(found, shapely.buffer(expected, 1000)).area < 1e-6
    beside = shapely.union_all(bare.covered_beside())
    assert shapely.difference(beside, covered).area < 1e-6


def test_a_polygon_with_very_many_vertices_is_cut_down_to_where_ground_is_bare():
    angle = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    radius = 400 + 20 * np.sin(500 * angle)
    ring = shapely.polygons(np.column_stack([500 + radius * np.cos(angle), 500 + radius * np.sin(angle)]))
    hole = shapely.box(880, 480, 920, 520)
    ground = np.array([shapely.difference(shapely.box(0, 0, 1000, 1000), hole)], dtype=object)
    bare = BareGround(ground, np.array([0.0, 0.0, 1000.0, 1000.0]), threads=1)
    (near,) = bare.neighbourhood_of(np.array([ring], dtype=object))
    assert shapely.get_num_coordinates(near) < 1000
    assert abs(shapely.intersection(near, hole).area - shapely.intersection(ring, hole).area) < 1e-6
    (beside,) = bare.covered_beside()
    assert shapely.area(beside) < 3600


def test_an_invalid_polygon_stays_whole_so_that_it_can_be_refused_by_name():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    bare = BareGround(
        np.array([shapely.box(100, 0, 200, 10)], dtype=object), np.array([0.0, 0.0, 200.0, 10.0]), threads=1
    )
    assert bare.neighbourhood_of(np.array([bow], dtype=object))[0] is bow
