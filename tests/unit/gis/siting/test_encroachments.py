"""The part of a site within a distance, and the ground around objects."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE, from_area_plane, to_area_plane, to_geographic
from gis.siting import ENCROACHMENT_COLUMNS, measure_distances, measure_encroachments, zones_around

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
ZONE_38 = pyproj.CRS("EPSG:4547")
ORIGIN = np.array([500_000.0, 3_125_000.0])


def plane(*geometries):
    moved = [shapely.transform(geometry, lambda xy: xy + ORIGIN) for geometry in geometries]
    return to_area_plane(to_geographic(moved, ZONE_38))


def surveyed(*geometries, **columns):
    return gpd.GeoDataFrame(columns, geometry=plane(*geometries), crs=AREA_PLANE)


SITE = shapely.box(0, 0, 100, 100)


@pytest.mark.parametrize(
    ("other", "required", "area"),
    [
        (shapely.box(110, -500, 130, 500), 20, 1000.0),  # a strip of 10 m
        (shapely.box(95, -500, 130, 500), 20, 2500.0),  # the strip and the 5 m of road inside the site
        (shapely.box(-500, -500, 600, 600), 20, 10_000.0),  # the whole site
        (shapely.box(103, 104, 200, 200), 5, 0.0),  # diagonally: exactly 5 m from the corner
        (shapely.Point(100, 100), 10, np.pi * 100 / 4),  # a quarter of a disc
        (shapely.Point(50, 50), 10, np.pi * 100),
        (shapely.LineString([(50, -500), (50, 500)]), 5, 1000.0),
    ],
)
def test_the_encroached_area_is_what_a_drawing_gives(other, required, area):
    found = measure_encroachments(surveyed(SITE), surveyed(other), distance_m=np.array([float(required)]))
    assert found["encroached_area_m2"].sum() == pytest.approx(area, rel=2e-3, abs=0.01)
    assert found["site_share"].sum() == pytest.approx(area / 10_000, rel=2e-3, abs=1e-6)


def test_half_of_the_width_is_added_to_the_distance_from_a_centre_line():
    line = surveyed(shapely.LineString([(115, -500), (115, 500)]), w=[10.0])
    found = measure_encroachments(surveyed(SITE), line, distance_m=np.array([20.0]), width="w")
    assert found["encroached_area_m2"][0] == pytest.approx(1000.0, rel=1e-3)


def test_a_site_just_beyond_the_distance_is_not_encroached_and_just_within_is():
    for gap, count in ((20.01, 0), (19.99, 1)):
        road = surveyed(shapely.box(100 + gap, -500, 200, 500))
        assert len(measure_encroachments(surveyed(SITE), road, distance_m=np.array([20.0]))) == count


def test_each_object_has_its_own_distance():
    roads = surveyed(shapely.box(110, -500, 130, 500), shapely.box(-40, -500, -10, 500), shapely.box(0, 130, 100, 140))
    found = measure_encroachments(surveyed(SITE), roads, distance_m=np.array([20.0, 30.0, 5.0]))
    assert found["object_id"].tolist() == [0, 1]
    assert found["encroached_area_m2"].round(0).tolist() == [1000.0, 2000.0]
    assert list(found.columns) == list(ENCROACHMENT_COLUMNS)


@given(gap=st.floats(0, 60), required=st.floats(0.5, 60), turn=st.floats(0, 90))
@settings(max_examples=40, deadline=None)
def test_encroachment_and_distance_tell_the_same_story(gap, required, turn):
    other = shapely.transform(
        shapely.box(100 + gap, -30, 130 + gap, 60),
        lambda xy: (xy - 50) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + 50,
    )
    site, road = surveyed(SITE), surveyed(other)
    found = measure_encroachments(site, road, distance_m=np.array([required]))
    (distance,) = measure_distances(site, road, within_m=1000)["distance_m"]
    if distance > required + 0.001:
        assert found.empty
    if distance < required - 0.02:
        assert found["encroached_area_m2"][0] > 0
        assert found["site_share"][0] <= 1
        assert shapely.area(shapely.difference(found.geometry[0], site.geometry[0])) < 1e-6


@given(lon=st.floats(80, 130), lat=st.floats(18, 50), radius=st.floats(5, 3000))
@settings(max_examples=15, deadline=None)
def test_the_ground_around_a_point_is_a_geodesic_disc(lon, lat, radius):
    (ground,) = zones_around(to_area_plane([shapely.Point(lon, lat)]), radius)
    edge = shapely.get_coordinates(from_area_plane([ground])[0])
    _, _, metres = GEOD.inv(np.full(len(edge), lon), np.full(len(edge), lat), edge[:, 0], edge[:, 1])
    assert np.all(np.abs(metres - radius) < 0.01 + 1e-4 * radius)


def test_the_ground_along_a_bank_across_three_zones_keeps_its_width():
    bank = to_area_plane([shapely.LineString([(116.0, 31.0), (119.9, 31.8)])])
    (ground,) = zones_around(bank, 1000.0)
    assert len(ground.geoms) == 1
    dense = shapely.get_coordinates(from_area_plane(shapely.segmentize(bank, 100.0)))
    edge = shapely.get_coordinates(from_area_plane([ground])[0])
    tree = shapely.STRtree(shapely.points(dense * [np.cos(np.radians(31.4)), 1.0]))
    for lon, lat in edge[:: max(1, len(edge) // 300)]:
        near = tree.query(shapely.Point(lon * np.cos(np.radians(31.4)), lat).buffer(0.02))
        _, _, metres = GEOD.inv(np.full(len(near), lon), np.full(len(near), lat), dense[near, 0], dense[near, 1])
        assert metres.min() == pytest.approx(1000.0, abs=1.5)


def test_the_ground_around_land_includes_it_and_its_half_width():
    land, line = plane(shapely.box(0, 0, 50, 50), shapely.LineString([(0, 0), (0, 100)]))
    around_land, around_line = zones_around([land, line], 10.0, half_width_m=[0.0, 5.0])
    assert shapely.covers(around_land, land)
    # 50 x 50 + four strips of 10 x 50 + four quarter discs; 100 x 30 + a disc of 15 m.
    assert around_land.area == pytest.approx(2500 + 2000 + np.pi * 100, rel=1e-3)
    assert around_line.area == pytest.approx(3000 + np.pi * 225, rel=1e-3)


def test_nothing_has_no_ground_around_it():
    assert zones_around([None, shapely.Polygon()], 10.0).tolist() == [None, None]
    assert zones_around(plane(shapely.Point(0, 0)), 0.0).tolist() == [None]


@pytest.mark.parametrize("radius", [-1.0, float("nan"), 20_001.0])
def test_a_radius_outside_of_what_a_zone_serves_is_refused(radius):
    with pytest.raises(ValueError, match="between 0 and 20000 m"):
        zones_around(plane(shapely.Point(0, 0)), radius)
