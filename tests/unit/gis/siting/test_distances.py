"""Distances are those on the ellipsoid, whatever the zone, the length of the object and the way it is drawn."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE, from_area_plane, to_area_plane, to_geographic
from gis.errors import CRSMismatchError, GeometryRefusedError
from gis.siting import DISTANCE_COLUMNS, measure_distances

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
ZONE_38 = pyproj.CRS("EPSG:4547")
# On the central meridian of zone 38 a metre of the projection is a metre on the ground.
ORIGIN = np.array([500_000.0, 3_125_000.0])


def frame(geometries, ids=None, **columns):
    """Return geometries in degrees as a frame in the area plane."""
    return gpd.GeoDataFrame(columns, index=ids, geometry=to_area_plane(geometries), crs=AREA_PLANE)


def surveyed(*geometries, **columns):
    """Return geometries drawn in metres about a point on the central meridian of zone 38."""
    moved = [shapely.transform(geometry, lambda xy: xy + ORIGIN) for geometry in geometries]
    return frame(to_geographic(moved, ZONE_38), **columns)


SITE = shapely.box(0, 0, 100, 100)


def distance(site, other, **options):
    (found,) = measure_distances(site, other, **({"within_m": 20_000.0} | options))["distance_m"]
    return found


def geodesic_oracle(left: shapely.Geometry, right: shapely.Geometry, spacing: float) -> float:
    """Return the least geodesic distance between points set close together on two outlines of the area plane."""
    points = []
    for geometry in (left, right):
        dense = shapely.segmentize(geometry, spacing)
        points.append(shapely.get_coordinates(from_area_plane([dense])))
    first, second = (np.asarray(each) for each in points)
    pairs = np.stack([np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))])
    _, _, metres = GEOD.inv(pairs[0, :, 0], pairs[0, :, 1], pairs[1, :, 0], pairs[1, :, 1])
    return float(np.min(metres))


@given(
    lon=st.floats(75, 134.5),
    lat=st.floats(18, 53),
    azimuth=st.floats(0, 360),
    metres=st.floats(5, 15_000),
)
@settings(max_examples=60, deadline=None)
def test_a_distance_is_the_geodesic_one_to_1e_4_everywhere_in_china(lon, lat, azimuth, metres):
    site = frame([shapely.box(lon, lat, lon + 0.002, lat + 0.002)])
    start = shapely.Point(lon + 0.001, lat + 0.001)
    far_lon, far_lat, _ = GEOD.fwd(start.x, start.y, azimuth, metres + 300)
    tower = frame([shapely.Point(far_lon, far_lat)])
    expected = geodesic_oracle(site.geometry[0].boundary, tower.geometry[0], 0.5)
    assert distance(site, tower) == pytest.approx(expected, rel=1e-4)


@given(lon=st.floats(75, 134), lat=st.floats(18, 53), gap=st.floats(0.001, 0.02), slope=st.floats(-1, 1))
@settings(max_examples=20, deadline=None)
def test_a_sloping_line_is_as_far_as_the_nearest_of_its_points(lon, lat, gap, slope):
    site = frame([shapely.box(lon, lat, lon + 0.001, lat + 0.001)])
    east = lon + 0.001 + gap
    road = frame([shapely.LineString([(east, lat - 0.01), (east + 0.01 * abs(slope), lat + 0.01 * slope + 0.002)])])
    expected = geodesic_oracle(site.geometry[0].boundary, road.geometry[0], 2.0)
    assert distance(site, road) == pytest.approx(expected, rel=1e-4, abs=0.02)


@pytest.mark.parametrize("metres", [0.75, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 3000, 10_000])
def test_on_the_central_meridian_a_distance_is_what_the_survey_drew(metres):
    road = shapely.box(100 + metres, -500, 120 + metres, 500)
    assert distance(surveyed(SITE), surveyed(road)) == pytest.approx(metres, abs=0.002)


def test_at_the_edge_of_a_zone_the_scale_of_the_projection_is_taken_out():
    # Zone 38 ends at 115.5 E; there 1,000 m on the ground are 1,000.24 m of the projection.
    lon, lat = 115.49, 28.0
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, 0, 1000.0)
    site = frame([shapely.box(lon - 0.001, lat - 0.001, lon + 0.001, lat)])
    found = measure_distances(site, frame([shapely.Point(end_lon, end_lat)]), within_m=2000)
    assert found["zone"].tolist() == [38]
    assert found["distance_m"][0] == pytest.approx(1000.0, abs=0.01)


def test_a_site_beside_the_edge_of_a_zone_is_measured_in_its_own():
    sites = frame([shapely.box(118.498, 31.3, 118.499, 31.301), shapely.box(118.501, 31.3, 118.502, 31.301)])
    bank = frame([shapely.LineString([(118.4, 31.31), (118.6, 31.31)])])
    found = measure_distances(sites, bank, within_m=2000)
    assert found["zone"].tolist() == [39, 40]
    assert found["distance_m"][0] == pytest.approx(found["distance_m"][1], abs=0.01)
    _, _, expected = GEOD.inv(118.4985, 31.301, 118.4985, 31.31)
    assert found["distance_m"][0] == pytest.approx(expected, rel=1e-4)


def test_a_long_object_is_measured_as_its_part_near_the_site():
    site = frame([shapely.box(114, 28.001, 114.001, 28.002)])
    long = frame([shapely.LineString([(100, 28), (128, 28)])])
    short = frame([shapely.LineString([(113.99, 28), (114.01, 28)])])
    assert distance(site, long) == pytest.approx(distance(site, short), abs=0.001)


def test_a_site_that_touches_or_overlaps_an_object_is_at_no_distance():
    for other in (shapely.box(100, 0, 200, 100), shapely.box(50, 50, 60, 60), shapely.box(-500, -500, 500, 500)):
        assert distance(surveyed(SITE), surveyed(other)) == pytest.approx(0.0, abs=1e-6)


def test_half_of_the_width_is_taken_off_a_centre_line_and_said_so():
    lines = surveyed(
        *[shapely.LineString([(150, -500), (150, 500)])] * 4,
        land_width=[24.0, np.nan, 0.0, 240.0],
    )
    found = measure_distances(surveyed(SITE), lines, within_m=100, width="land_width").set_index("object_id")
    assert found["distance_m"].round(2).to_dict() == {0: 38.0, 1: 50.0, 2: 50.0, 3: 0.0}
    assert found["basis"].to_dict() == {
        0: "centre_line_and_width",
        1: "centre_line",
        2: "centre_line_and_width",
        3: "centre_line_and_width",
    }


def test_a_wide_object_is_found_by_its_edge_and_not_by_its_line():
    line = surveyed(shapely.LineString([(190, -500), (190, 500)]), land_width=[100.0])
    found = measure_distances(surveyed(SITE), line, within_m=45, width="land_width")
    assert found["distance_m"].round(2).tolist() == [40.0]
    assert measure_distances(surveyed(SITE), line, within_m=45).empty


def test_the_land_of_an_object_has_its_own_edge_whatever_its_width_column_says():
    land = surveyed(shapely.box(130, -500, 150, 500), land_width=[20.0])
    found = measure_distances(surveyed(SITE), land, within_m=100, width="land_width")
    assert (round(found["distance_m"][0], 2), found["basis"][0]) == (30.0, "outer_edge")


def test_without_a_width_a_line_is_measured_as_it_is_drawn():
    line = surveyed(shapely.LineString([(150, -500), (150, 500)]))
    found = measure_distances(surveyed(SITE), line, within_m=100)
    assert (round(found["distance_m"][0], 2), found["basis"][0]) == (50.0, "centre_line")


def test_rows_come_by_site_and_distance_and_only_within_the_reach():
    sites = surveyed(SITE, shapely.box(1000, 0, 1100, 100))
    towers = surveyed(shapely.Point(130, 50), shapely.Point(120, 50), shapely.Point(990, 50), shapely.Point(5000, 50))
    found = measure_distances(sites, towers, within_m=50)
    assert found[["site_id", "object_id"]].to_numpy().tolist() == [[0, 1], [0, 0], [1, 2]]
    assert list(found.columns) == list(DISTANCE_COLUMNS)


def test_the_shortest_line_is_as_long_as_the_distance():
    site, tower = surveyed(SITE), surveyed(shapely.Point(400, 500))
    found = measure_distances(site, tower, within_m=1000, with_geometry=True)
    assert found["distance_m"][0] == pytest.approx(500.0, abs=0.002)
    ends = shapely.get_coordinates(from_area_plane(found.geometry))
    _, _, length = GEOD.inv(*ends[0], *ends[-1])
    assert length == pytest.approx(500.0, abs=0.01)
    assert shapely.distance(site.geometry[0], found.geometry[0]) == pytest.approx(0.0, abs=1e-6)


def test_nothing_near_gives_no_rows():
    far = measure_distances(surveyed(SITE), surveyed(shapely.Point(9_000, 0)), within_m=10)
    none = measure_distances(surveyed(SITE), surveyed(), within_m=10)
    assert far.empty
    assert none.empty
    assert list(none.columns) == list(DISTANCE_COLUMNS)


def test_the_inputs_stay_as_they_are():
    site, road = surveyed(SITE), surveyed(shapely.box(120, -500, 140, 500))
    before = site.copy(deep=True), road.copy(deep=True)
    measure_distances(site, road, within_m=100, with_geometry=True)
    assert site.equals(before[0])
    assert road.equals(before[1])


@pytest.mark.parametrize("within", [-1.0, float("nan"), 20_001.0])
def test_a_reach_outside_of_what_a_zone_serves_is_refused(within):
    with pytest.raises(ValueError, match="0 to 20000 m"):
        measure_distances(surveyed(SITE), surveyed(shapely.Point(0, 0)), within_m=within)


def test_a_negative_width_is_refused():
    with pytest.raises(ValueError, match="negative width"):
        measure_distances(
            surveyed(SITE), surveyed(shapely.LineString([(0, 0), (1, 1)]), w=[-1.0]), within_m=10, width="w"
        )


@pytest.mark.parametrize(
    "geometry", [None, shapely.Polygon(), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])]
)
def test_what_cannot_be_measured_is_refused_and_never_far_away(geometry):
    good = frame([shapely.box(113, 28, 113.01, 28.01)])
    bad = gpd.GeoDataFrame(geometry=[geometry], crs=AREA_PLANE)
    with pytest.raises(GeometryRefusedError, match="object 0"):
        measure_distances(good, bad, within_m=10)
    with pytest.raises(GeometryRefusedError, match="site 0"):
        measure_distances(bad, good, within_m=10)


def test_an_id_that_occurs_twice_and_another_plane_are_refused():
    good = frame([shapely.box(113, 28, 113.01, 28.01)])
    twice = frame([shapely.Point(113, 28), shapely.Point(114, 28)], ids=["a", "a"])
    with pytest.raises(GeometryRefusedError, match="'a' occurs more than once"):
        measure_distances(good, twice, within_m=10)
    with pytest.raises(CRSMismatchError):
        measure_distances(good, good.set_crs(4490, allow_override=True), within_m=10)


def test_a_height_makes_no_distance():
    flat = surveyed(shapely.Point(130, 50))
    high = flat.copy()
    high["geometry"] = shapely.force_3d(flat.geometry.to_numpy(), 500.0)
    assert distance(surveyed(SITE), high) == distance(surveyed(SITE), flat)
