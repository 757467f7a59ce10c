"""Distances between boundaries, against a projected plane."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.boundary_distance import boundary_distance_m
from gis.crs import gauss_kruger_crs, project_geometries

SQUARE = shapely.box(113, 28, 113.001, 28.001)


@given(
    st.floats(73, 135),
    st.floats(4, 53),
    st.floats(-1e-5, 1e-5),
    st.floats(-1e-5, 1e-5),
)
def test_a_shifted_square_is_as_far_as_in_the_plane_of_its_zone(lon, lat, east, north):
    square = shapely.box(lon, lat, lon + 0.001, lat + 0.001)
    moved = shapely.transform(square, lambda points: points + np.array([east, north]))
    plane = project_geometries([square, moved], gauss_kruger_crs(round(lon / 3)))
    expected = shapely.hausdorff_distance(*plane)
    # Two degrees from the central meridian the grid is 0.06 % too long.
    assert boundary_distance_m([square], [moved])[0] == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_the_same_boundary_with_more_vertices_or_another_start_is_no_distance():
    more = shapely.segmentize(SQUARE, 0.0001)
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(SQUARE)[:-1], 2, axis=0))
    assert boundary_distance_m([SQUARE, SQUARE], [more, turned]) == pytest.approx([0, 0], abs=1e-8)


def test_a_hole_more_is_a_distance_in_either_order():
    holed = SQUARE.difference(shapely.box(113.0004, 28.0004, 113.0006, 28.0006))
    assert boundary_distance_m([SQUARE, holed], [holed, SQUARE]) == pytest.approx([39.3, 39.3], abs=0.2)


def test_a_polygon_that_is_not_there_is_infinitely_far():
    found = boundary_distance_m([SQUARE, None, None, shapely.Polygon()], [None, SQUARE, None, SQUARE])
    assert np.isinf(found[[0, 1, 3]]).all()
    assert np.isnan(found[2])


def test_the_inputs_are_not_changed():
    before = shapely.to_wkb(SQUARE)
    boundary_distance_m([SQUARE], [shapely.box(113, 28, 113.002, 28.001)])
    assert shapely.to_wkb(SQUARE) == before
