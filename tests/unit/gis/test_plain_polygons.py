"""Polygons of one ring are taken out of well-known binary and measured as GEOS does it; everything else is left to GEOS."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.plain_polygons import PlainPolygons

SQUARE = shapely.box(0, 0, 2, 1)
HOLED = shapely.Polygon(SQUARE.exterior.coords, [[(0.5, 0.5), (1, 0.5), (1, 0.7)]])
OTHERS = [
    None,
    b"",
    b"POLYGON ((1 2",
    HOLED.wkb,
    shapely.Polygon().wkb,
    shapely.Point(1, 2).wkb,
    shapely.MultiPolygon([SQUARE, shapely.box(5, 5, 6, 6)]).wkb,
    shapely.MultiPolygon([HOLED]).wkb,
    shapely.force_3d(SQUARE, 1.0).wkb,
    shapely.to_wkb(SQUARE, byte_order=0),
    shapely.Polygon([(0, 0), (1, 0), (np.inf, 1)]).wkb,
    shapely.to_wkb(shapely.set_srid(SQUARE, 4490), include_srid=True),
    SQUARE.wkb[:-1],
    # A ring that does not end where it begins.
    SQUARE.wkb[:-16] + shapely.Point(7, 7).wkb[5:],
]
numbers = st.floats(-1e8, 1e8)
rings = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=30).map(shapely.Polygon)


@given(st.lists(rings, max_size=8))
def test_areas_are_those_of_geos_to_the_last_bit_and_bounds_too(polygons):
    array = np.array(polygons, dtype=object)
    positions, plain = PlainPolygons.among(shapely.to_wkb(array).tolist())
    assert positions.tolist() == list(range(len(array)))
    assert (plain.areas() == shapely.area(array)).all()
    assert (plain.bounds() == shapely.bounds(array)).all()
    assert plain.lengths() == pytest.approx(shapely.length(array), rel=1e-12)
    assert plain.to_wkb().tolist() == shapely.to_wkb(array).tolist()


@given(st.lists(st.one_of(rings.map(lambda one: one.wkb), st.sampled_from(OTHERS)), max_size=12))
def test_what_is_no_polygon_of_one_ring_is_left_out(wkb):
    positions, plain = PlainPolygons.among(wkb)
    assert positions.tolist() == [at for at, one in enumerate(wkb) if not any(one is other for other in OTHERS)]
    assert plain.to_wkb().tolist() == [wkb[at] for at in positions.tolist()]


def test_a_multipolygon_of_one_is_a_plain_polygon_as_well():
    positions, plain = PlainPolygons.among([shapely.MultiPolygon([SQUARE]).wkb, SQUARE.wkb])
    assert positions.tolist() == [0, 1]
    assert plain.to_wkb().tolist() == [SQUARE.wkb] * 2
    assert plain.to_wkb(multi=True).tolist() == [shapely.MultiPolygon([SQUARE]).wkb] * 2


def test_a_vertex_twice_in_a_row_is_told_and_the_end_of_one_ring_at_the_begin_of_the_next_is_none():
    twice = shapely.Polygon([(2, 0), (3, 0), (3, 0), (3, 1)])
    _, plain = PlainPolygons.among([SQUARE.wkb, twice.wkb, SQUARE.wkb, SQUARE.wkb])
    assert plain.repeat_vertex().tolist() == [False, True, False, False]


def test_some_of_them_are_chosen_and_moved():
    _, plain = PlainPolygons.among([SQUARE.wkb, shapely.box(5, 5, 9, 9).wkb, HOLED.wkb])
    chosen = plain.chosen(np.array([False, True]))
    assert chosen.moved(chosen.coordinates + 1).bounds().tolist() == [[6, 6, 10, 10]]
    assert plain.wholly(plain.coordinates[:, 0] < 3).tolist() == [True, False]
    assert len(PlainPolygons.among([])[1].areas()) == 0


def around(angles: list[float], radii: list[float], x: float, y: float) -> shapely.Polygon:
    """Return the polygon whose vertices lie at some angles, in their order, and distances around a point."""
    return shapely.Polygon(
        [(x + r * np.cos(angle), y + r * np.sin(angle)) for angle, r in zip(angles, radii, strict=True)]
    )


grid_points = st.tuples(st.integers(-4, 4), st.integers(-4, 4))


@given(st.lists(st.one_of(rings, st.lists(grid_points, min_size=3, max_size=9).map(shapely.Polygon)), max_size=8))
def test_rings_that_surely_wind_once_are_valid_and_have_an_area(polygons):
    array = np.array(polygons, dtype=object)
    sure = PlainPolygons.among(shapely.to_wkb(array).tolist())[1].wind_once()
    assert shapely.is_valid(array[sure]).all()
    assert (shapely.area(array[sure]) > 0).all()


@given(
    st.integers(3, 40),
    st.floats(0.5, 1.0),
    st.floats(0, 2 * np.pi),
    st.sampled_from([(0.0, 0.0), (113.08, 28.24), (38_409_706.2, 3_125_381.9)]),
    st.sampled_from([1.0, -1.0]),
)
def test_a_ring_around_its_middle_winds_once_in_either_direction_and_twice_is_not_once(count, ratio, turn, at, way):
    angles = (turn + np.arange(count) * way * 2 * np.pi / count).tolist()
    # Every other vertex is nearer, by so little that the middle of all stays inside.
    radii = [50.0 * (ratio if k % 2 and count % 2 == 0 else 1.0) for k in range(count)]
    once = around(angles, radii, *at)
    twice = around([*angles, *(angle + 0.01 for angle in angles)], [*radii, *(0.9 * r for r in radii)], *at)
    found = PlainPolygons.among([once.wkb, twice.wkb])[1].wind_once()
    assert found.tolist() == [True, False]


def test_a_valid_ring_that_turns_back_seen_from_its_middle_is_not_sure():
    hook = shapely.Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)])
    assert hook.is_valid
    assert PlainPolygons.among([hook.wkb])[1].wind_once().tolist() == [False]
    assert PlainPolygons.among([])[1].wind_once().tolist() == []
