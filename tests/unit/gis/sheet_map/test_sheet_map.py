"""The map of a sheet: what is 1:N on paper is 1:N on the ground, and the boundary points are the stored vertices."""

import re

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.cgcs2000 import STORAGE_CRS
from gis.crs import local_projected_crs
from gis.errors import GeometryRefusedError
from gis.sheet_map import MapLayer, boundary_points, draw_sheet_map, fit_frame, round_length

GEOD = pyproj.Geod(ellps="GRS80")
WIDTH, HEIGHT = 170.0, 118.0


def box_at(lon: float, lat: float, size: float) -> shapely.Polygon:
    return shapely.box(lon, lat, lon + size, lat + size)


def draw(site: shapely.Geometry, *layers: MapLayer):
    frame = fit_frame(site, width_mm=WIDTH, height_mm=HEIGHT)
    return draw_sheet_map(site, boundary_points(site, frame.crs), layers, frame)


@given(lon=st.floats(74, 135), lat=st.floats(4, 53), size=st.floats(1e-5, 0.2))
def test_a_site_fits_its_frame_at_a_usual_scale_and_the_next_larger_scale_would_not_do(lon, lat, size):
    site = box_at(lon, lat, size)
    frame = fit_frame(site, width_mm=WIDTH, height_mm=HEIGHT)
    x_min, y_min, x_max, y_max = frame.bounds
    points = boundary_points(site, frame.crs)
    assert all(x_min < point.x_m < x_max and y_min < point.y_m < y_max for point in points)
    extent = max(
        (max(p.x_m for p in points) - min(p.x_m for p in points)) / WIDTH,
        (max(p.y_m for p in points) - min(p.y_m for p in points)) / HEIGHT,
    )
    # At least a tenth of the frame is filled, unless the largest scale is used.
    assert frame.scale == 200 or extent * 1000 / frame.scale > 0.62 / 2.6


@pytest.mark.parametrize(
    ("lon", "lat"), [(113.08, 28.24), (115.45, 28.2), (118.37, 31.31), (87.6, 43.8), (126.6, 45.7)]
)
@pytest.mark.parametrize("size", [0.0005, 0.01, 0.2])
def test_the_scale_bar_is_as_long_as_it_says_on_the_ground(lon: float, lat: float, size: float):
    drawn = draw(box_at(lon, lat, size))
    assert drawn.bar_mm == pytest.approx(drawn.bar_m * 1000 / drawn.frame.scale)
    back = pyproj.Transformer.from_crs(drawn.frame.crs, STORAGE_CRS, always_xy=True)
    x, y = drawn.frame.center_x, drawn.frame.center_y
    start, end = back.transform(x, y), back.transform(x + drawn.bar_m, y)
    _, _, ground_m = GEOD.inv(*start, *end)
    # Up to 1.5 degrees from its meridian a zone stretches by less than 4 in 10,000: 0.02 mm of a bar of 45 mm.
    assert ground_m == pytest.approx(drawn.bar_m, rel=4e-4)


def test_the_drawn_bar_and_the_drawn_site_have_the_lengths_that_the_scale_gives_them():
    site = box_at(113.08, 28.24, 0.002)
    drawn = draw(site)
    assert drawn.frame.scale == 5000
    assert drawn.bar_m == 200.0
    assert f"1 : {drawn.frame.scale}" in drawn.svg
    quarters = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="1.4"', drawn.svg)
    assert sum(map(float, quarters)) == pytest.approx(40.0)
    ring = re.findall(r'<path d="M([\d.,L-]+)Z" fill="#d00000"', drawn.svg)[0]
    on_paper = np.array([list(map(float, pair.split(","))) for pair in ring.split("L")])
    width_mm = np.ptp(on_paper[:, 0])
    points = boundary_points(site, drawn.frame.crs)
    width_m = max(p.x_m for p in points) - min(p.x_m for p in points)
    assert width_mm == pytest.approx(width_m / 5, abs=0.02)


def test_north_is_up_and_east_is_right():
    frame = fit_frame(box_at(113.08, 28.24, 0.002), width_mm=WIDTH, height_mm=HEIGHT)
    x, y = frame.to_paper(frame.center_x + 10, frame.center_y + 10)
    assert (x, y) == pytest.approx((WIDTH / 2 + 2, HEIGHT / 2 - 2))


def test_the_box_in_degrees_holds_all_of_the_frame():
    frame = fit_frame(box_at(114.4, 28.24, 0.1), width_mm=WIDTH, height_mm=HEIGHT)
    west, south, east, north = frame.geographic_bounds
    back = pyproj.Transformer.from_crs(frame.crs, STORAGE_CRS, always_xy=True)
    x_min, _, x_max, y_max = frame.bounds
    lon, lat = back.transform(np.linspace(x_min, x_max, 500), np.full(500, y_max))
    assert west <= lon.min() + 1e-7
    assert east >= lon.max() - 1e-7
    assert north >= lat.max() - 1e-7
    assert south < lat.min()


def test_boundary_points_are_numbered_through_parts_and_holes_and_their_sides_close():
    with_hole = shapely.Polygon(
        shapely.box(113, 28, 113.003, 28.003).exterior.coords,
        [shapely.box(113.001, 28.001, 113.002, 28.002).exterior.coords],
    )
    site = shapely.MultiPolygon([with_hole, shapely.box(113.004, 28, 113.005, 28.001)])
    crs = local_projected_crs(113, 28)
    points = boundary_points(site, crs)
    assert [point.number for point in points] == list(range(1, 13))
    assert [(point.part, point.ring) for point in points] == [(1, 1)] * 4 + [(1, 2)] * 4 + [(2, 1)] * 4
    assert {(point.lon, point.lat) for point in points} == {tuple(pair) for pair in shapely.get_coordinates(site)}
    first = points[:4]
    for point, following in zip(first, [*first[1:], first[0]], strict=True):
        apart = np.hypot(point.x_m - following.x_m, point.y_m - following.y_m)
        assert point.side_m == pytest.approx(apart)


def test_labels_of_data_are_escaped_and_the_same_map_is_drawn_twice():
    layer = MapLayer(
        geometries=np.array([box_at(113.0795, 28.2395, 0.003)], dtype=object), labels=["<script>&"], fill="#ff0000"
    )
    site = box_at(113.08, 28.24, 0.002)
    assert "&lt;script&gt;&amp;" in draw(site, layer).svg
    assert draw(site, layer).svg == draw(site, layer).svg


def test_what_lies_beyond_the_frame_is_not_drawn():
    site = box_at(113.08, 28.24, 0.002)
    far = MapLayer(geometries=np.array([box_at(113.3, 28.24, 0.002)], dtype=object), fill="#123456")
    huge = MapLayer(geometries=np.array([shapely.box(110, 25, 116, 31)], dtype=object), fill="#654321")
    drawn = draw(site, far, huge).svg
    assert "#123456" not in drawn
    outline = re.findall(r'<path d="M([\d.,L-]+)Z" fill="#654321"', drawn)[0]
    assert max(abs(float(number)) for number in re.findall(r"-?[\d.]+", outline)) < 200


def test_many_points_are_all_drawn_and_not_all_numbered():
    site = shapely.Point(113.08, 28.24).buffer(0.001, quad_segs=100)
    drawn = draw(site).svg
    assert drawn.count("<circle") == 400
    assert 0 < len(re.findall(r">J\d+<", drawn)) < 60


def test_an_empty_site_is_refused():
    with pytest.raises(GeometryRefusedError):
        fit_frame(shapely.MultiPolygon(), width_mm=WIDTH, height_mm=HEIGHT)


@given(st.floats(1e-3, 1e7))
def test_a_round_length_is_round_and_near(limit: float):
    below, above = round_length(limit), round_length(limit, up=True)
    assert below <= limit * (1 + 1e-9)
    assert above >= limit * (1 - 1e-9)
    assert limit / below < 2.5 + 1e-9
    assert above / limit < 2.5 + 1e-9
    mantissa = below / 10.0 ** np.floor(np.log10(below * (1 + 1e-12)))
    assert min(abs(mantissa - step) for step in (1, 2, 5)) < 1e-9
