"""Coordinates on the grid of the plane: what is far from its axes is on it as it is."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.plane_grid import GRID_M, on_grid, to_grid

FAR = 2.0**20


@given(st.floats(FAR, 2e7) | st.floats(-2e7, -FAR))
def test_far_from_the_axes_every_number_is_on_the_grid(ordinate):
    assert to_grid(np.array([ordinate])).tolist() == [ordinate]


def test_what_is_far_from_both_axes_comes_back_as_it_is():
    far = np.array(
        [shapely.box(FAR, FAR, FAR + 1, FAR + 1), None, shapely.box(-FAR - 1, FAR, -FAR, FAR + 1)], dtype=object
    )
    assert on_grid(far) is far


def test_what_comes_near_to_one_axis_is_rounded():
    near = shapely.Polygon([(FAR, 0.1), (FAR + 5, FAR), (FAR, FAR)])
    across = shapely.Polygon([(-FAR, FAR), (FAR, FAR), (0.1, FAR + 9)])
    for polygon in (near, across):
        (rounded,) = on_grid(np.array([polygon], dtype=object))
        assert (shapely.get_coordinates(rounded) % GRID_M == 0).all()
        assert (shapely.get_coordinates(polygon) % GRID_M != 0).any()
