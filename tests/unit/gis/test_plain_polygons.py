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
