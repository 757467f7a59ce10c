"""The area plane: plain area is the registered ellipsoidal area, and the way back is exact."""

import math
from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.area_plane import AREA_PLANE, from_area_plane, to_area_plane, to_local_metres, true_scale
from gis.errors import GeometryRefusedError

# TD/T 1055-2019, the constants of the printed series for the CGCS2000 ellipsoid.
B_AXIS = 6356752.314140356
SERIES = (
    1.0033640898341927,
    0.001124189381927124,
    1.699459473518905e-06,
    2.7178578455775555e-09,
    4.358419004834514e-12,
)


def printed_series_area(ring):
    """Add up the edges as the standard prints it."""
    total = 0.0
    for (lon1, lat1), (lon2, lat2) in pairwise(ring):
        mean_lon = math.radians((lon1 + lon2) / 2)
        difference, middle = math.radians(lat2 - lat1), math.radians((lat1 + lat2) / 2)
        signed = sum(
            (-1) ** k * constant * math.sin((2 * k + 1) / 2 * difference) * math.cos((2 * k + 1) * middle)
            for k, constant in enumerate(SERIES)
        )
        total += 2 * B_AXIS**2 * mean_lon * signed
    return abs(total)


places = st.tuples(st.floats(-180, 180), st.floats(-89.9, 89.9))


@settings(deadline=None)
@given(places)
def test_the_round_trip_is_exact_to_a_billionth_of_a_degree(place):
    there_and_back = from_area_plane(to_area_plane([shapely.Point(place)]))[0]
    assert there_and_back.x == pytest.approx(place[0], abs=1e-9)
    assert there_and_back.y == pytest.approx(place[1], abs=1e-9)


@settings(deadline=None)
@given(st.floats(-180, 180), st.sampled_from([-90.0, 90.0]))
def test_a_pole_comes_back_as_the_pole(lon, pole):
    back = from_area_plane(to_area_plane([shapely.Point(lon, pole)]))[0]
    assert back.y == pole


def test_a_y_beyond_the_pole_comes_back_as_the_pole():
    assert from_area_plane([shapely.Point(0, 7e6)])[0].y == 90


def test_coordinates_are_those_of_proj_for_the_same_system():
    rng = np.random.default_rng(1)
    degrees = np.column_stack([rng.uniform(-180, 180, 1000), rng.uniform(-90, 90, 1000)])
    ours = shapely.get_coordinates(to_area_plane(shapely.points(degrees)))
    proj = np.column_stack(pyproj.Transformer.from_crs(4490, AREA_PLANE, always_xy=True).transform(*degrees.T))
    assert np.abs(ours - proj).max() < 1e-7


@settings(deadline=None)
@given(
    st.floats(73, 135),
    st.floats(4, 53),
    st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=3, max_size=8),
)
def test_the_plain_area_is_that_of_the_printed_series(lon, lat, offsets):
    ring = [(lon + dx, lat + dy) for dx, dy in offsets]
    polygon = shapely.Polygon(ring)
    plain = abs(shapely.area(to_area_plane([polygon]))[0])
    assert plain == pytest.approx(printed_series_area(list(polygon.exterior.coords)), abs=2e-4, rel=1e-9)


def test_a_midpoint_on_an_edge_of_the_plane_does_not_change_the_area():
    diagonal = to_area_plane([shapely.Polygon([(113, 28), (113.01, 28.01), (113, 28.01)])])[0]
    (x1, y1), (x2, y2), third, _ = diagonal.exterior.coords
    split = shapely.Polygon([(x1, y1), ((x1 + x2) / 2, (y1 + y2) / 2), (x2, y2), third])
    assert split.area == pytest.approx(diagonal.area, abs=1e-6)


@pytest.mark.parametrize(
    ("wkt", "problem"),
    [
        ("POINT (181 0)", "not a place"),
        ("POINT (0 90.5)", "not a place"),
        ("POINT (20037508 4865942)", "not a place"),
        ("POLYGON ((179 0, -179 0, -179 1, 179 1, 179 0))", "antimeridian"),
        ("LINESTRING (-170 5, 170 5)", "antimeridian"),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((179 0, -179 0, -179 1, 179 0)))", "antimeridian"),
    ],
)
def test_what_has_no_place_in_the_plane_is_refused_by_position(wkt, problem):
    with pytest.raises(GeometryRefusedError, match=f"Geometry 1 .*{problem}"):
        to_area_plane([shapely.Point(0, 0), shapely.from_wkt(wkt)])


def test_a_coordinate_that_is_not_finite_is_refused():
    with pytest.raises(GeometryRefusedError, match="Geometry 0"):
        to_area_plane([shapely.Point(math.inf, 0)])


def test_parts_on_either_side_of_the_antimeridian_are_taken():
    fiji = shapely.MultiPolygon([shapely.box(179, -18, 180, -17), shapely.box(-180, -18, -179, -17)])
    one_side = shapely.box(20, -18, 22, -17)
    areas = shapely.area(to_area_plane([fiji, one_side]))
    assert areas[0] == pytest.approx(areas[1])


def test_an_edge_along_the_pole_may_go_round_the_globe():
    cap = shapely.Polygon([(-180, -90), (180, -90), (180, -80), (90, -80), (0, -80), (-90, -80), (-180, -80)])
    half_shell = shapely.area(to_area_plane([cap]))[0]
    geodesic = pyproj.Geod(a=6378137.0, rf=298.257222101).polygon_area_perimeter(
        np.linspace(-180, 180, 36001), np.full(36001, -80.0)
    )[0]
    assert half_shell == pytest.approx(abs(geodesic), rel=1e-6)


def test_z_is_dropped_and_none_and_empty_stay():
    result = to_area_plane([shapely.Point(1, 2, 3), None, shapely.Polygon()])
    assert not shapely.has_z(result).any()
    assert result[1] is None
    assert result[2].is_empty


def test_the_input_is_not_changed():
    point = shapely.Point(113, 28)
    geoms = np.array([point], dtype=object)
    to_area_plane(geoms)
    assert geoms[0] is point
    assert (point.x, point.y) == (113, 28)


def test_local_metres_are_geodesic_metres_and_keep_the_area():
    degrees = [shapely.box(113, lat, 113.01, lat + 0.01) for lat in (-45, 0, 28, 53)]
    plane = to_area_plane(degrees)
    local = to_local_metres(plane)
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    assert shapely.area(local) == pytest.approx(shapely.area(plane), rel=1e-12)
    assert shapely.length(local) == pytest.approx([geod.geometry_length(box.exterior) for box in degrees], rel=1e-6)


@settings(deadline=None)
@given(st.floats(-6.3e6, 6.3e6))
def test_the_plane_never_shrinks_x(y):
    assert 0 < true_scale(np.array([y]))[0] <= 1
