"""Reference systems: what is taken, what is refused and why."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import (
    AREA_PLANE,
    STORAGE_CRS,
    gauss_kruger_crs,
    gauss_kruger_epsg,
    gauss_kruger_zone,
    gauss_kruger_zones,
    local_projected_crs,
    project_geometries,
    require_area_plane,
    require_exact_path,
    require_same_crs,
    to_area_plane,
    to_geographic,
)
from gis.errors import CRSMismatchError, CRSRefusedError, GeometryRefusedError

# Place, lon, lat, zone, EPSG with and without the zone number, easting with it, northing.
GOLDEN = [
    ("Changsha", 113.08, 28.24, 38, 4526, 4547, 38409706.210, 3125381.910),
    ("Pujiang", 119.89, 29.45, 40, 4528, 4549, 40489328.470, 3259152.130),
    ("Wuhu", 118.37, 31.31, 39, 4527, 4548, 39630421.422, 3466155.075),
    ("Jinzhou", 121.13, 41.10, 40, 4528, 4549, 40594929.770, 4552294.199),
]

ESRI_CGCS2000 = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(("place", "lon", "lat", "zone", "prefixed", "plain", "easting", "northing"), GOLDEN)
def test_places_have_their_published_coordinates(place, lon, lat, zone, prefixed, plain, easting, northing):
    assert gauss_kruger_zone(lon) == zone, place
    assert (gauss_kruger_epsg(zone, prefixed=True), gauss_kruger_epsg(zone)) == (prefixed, plain)
    with_number, without = (
        project_geometries([shapely.Point(lon, lat)], pyproj.CRS.from_epsg(code))[0] for code in (prefixed, plain)
    )
    assert (with_number.x, with_number.y) == pytest.approx((easting, northing), abs=0.01)
    assert (without.x, without.y) == pytest.approx((easting - zone * 1e6, northing), abs=0.01)
    back = to_geographic([with_number], pyproj.CRS.from_epsg(prefixed))[0]
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-9)


def test_the_western_edge_belongs_to_a_zone():
    assert gauss_kruger_zones([118.5, np.nextafter(118.5, 0), -180, 180]).tolist() == [40, 39, -60, 60]


@pytest.mark.parametrize("zone", [24, 46, 0])
def test_zones_without_an_epsg_code_are_refused(zone):
    with pytest.raises(CRSRefusedError, match=f"zone {zone}"):
        gauss_kruger_epsg(zone)


def test_the_zone_by_formula_is_that_of_epsg():
    east_africa = gauss_kruger_crs(12)
    assert east_africa.to_epsg() is None
    x, y = pyproj.Transformer.from_crs(STORAGE_CRS, east_africa, always_xy=True).transform(36.5, 28.24)
    east, north = pyproj.Transformer.from_crs(STORAGE_CRS, 4547, always_xy=True).transform(114.5, 28.24)
    assert (x, y) == pytest.approx((east, north), abs=1e-6)


def test_a_site_is_measured_in_its_own_zone():
    assert local_projected_crs(118.37, 31.31).to_epsg() == 4548
    assert local_projected_crs(118.55, 31.31).to_epsg() == 4549
    with pytest.raises(GeometryRefusedError, match="not a place"):
        local_projected_crs(3466155.0, 118.0)


@pytest.mark.parametrize(
    "name", ["EPSG:4490", "EPSG:4326", "OGC:CRS84", "EPSG:4979", "EPSG:4547", "EPSG:32650", "EPSG:3857"]
)
def test_systems_on_cgcs2000_and_wgs84_are_taken(name):
    assert require_exact_path(pyproj.CRS(name)).to_epsg() in {4490, 4326}


@pytest.mark.parametrize("wkt", [ESRI_CGCS2000, ESRI_CGCS2000.replace("D_China_2000", "CGCS2000")])
def test_the_datum_names_that_shapefiles_write_are_known(wkt):
    site = to_geographic([shapely.Point(409706.210, 3125381.910)], pyproj.CRS(wkt))[0]
    assert (site.x, site.y) == pytest.approx((113.08, 28.24), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("EPSG:4610", "Xian 1980"),
        ("EPSG:2365", "Xian 1980"),
        ("EPSG:4214", "Beijing 1954"),
        ("EPSG:2436", "Beijing 1954"),
        ("EPSG:4258", "European Terrestrial"),
        ("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80", "Unknown"),
        ("+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0", "Krassovsky"),
        ('LOCAL_CS["site grid",UNIT["metre",1]]', "site grid"),
    ],
)
def test_systems_without_an_exact_path_are_refused_with_the_reason(name, reason):
    with pytest.raises(CRSRefusedError, match=reason):
        to_geographic([shapely.Point(0, 0)], pyproj.CRS(name))


def test_a_missing_system_is_refused():
    with pytest.raises(CRSRefusedError, match="name no reference system"):
        to_geographic([shapely.Point(0, 0)], None)


@pytest.mark.parametrize(("easting", "code"), [(409706.210, 4526), (38409706.210, 4547)])
def test_eastings_with_the_wrong_zone_number_are_refused(easting, code):
    with pytest.raises(GeometryRefusedError, match=r"zone number|cannot be taken"):
        to_geographic([shapely.Point(easting, 3125381.910)], pyproj.CRS.from_epsg(code))


def test_swapped_axes_are_refused():
    with pytest.raises(GeometryRefusedError, match=r"Geometry 0"):
        to_geographic([shapely.Point(28.24, 113.08)], STORAGE_CRS)


def test_geographic_input_keeps_its_coordinates_and_loses_its_z():
    point = to_geographic([shapely.Point(0.1, 0.2, 5)], pyproj.CRS("EPSG:4326"))[0]
    assert point.wkt == "POINT (0.1 0.2)"


@settings(deadline=None)
@given(st.floats(112.6, 115.4), st.floats(20, 45))
def test_projecting_and_coming_back_is_exact_to_a_billionth_of_a_degree(lon, lat):
    zone = pyproj.CRS("EPSG:4547")
    back = to_geographic(project_geometries([shapely.Point(lon, lat)], zone), zone)[0]
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-9)


def test_none_and_empty_pass_through():
    result = to_geographic([None, shapely.Polygon()], pyproj.CRS("EPSG:4547"))
    assert result[0] is None
    assert result[1].is_empty


def test_something_else_than_a_geometry_is_a_type_error():
    with pytest.raises(TypeError, match="position 1"):
        to_area_plane([None, "POINT (0 0)"])


def test_missing_values_of_pandas_count_as_none():
    series = gpd.GeoSeries([shapely.Point(0, 0), None], crs=4490)
    assert to_area_plane(series)[1] is None
    assert to_area_plane([float("nan")])[0] is None


def test_frames_in_different_systems_are_refused():
    one = gpd.GeoSeries([shapely.Point(0, 0)], crs=4490)
    assert require_same_crs(one, one) == STORAGE_CRS
    with pytest.raises(CRSMismatchError, match="WGS 84"):
        require_same_crs(one, gpd.GeoSeries([shapely.Point(0, 0)], crs=4326))
    with pytest.raises(CRSMismatchError, match="names no reference system"):
        require_same_crs(one, gpd.GeoSeries([shapely.Point(0, 0)]))
    with pytest.raises(CRSMismatchError, match="no layer"):
        require_same_crs()


def test_only_the_area_plane_passes_as_the_area_plane():
    require_area_plane(gpd.GeoSeries([], crs=AREA_PLANE))
    for system in (4490, None):
        with pytest.raises(CRSMismatchError, match="area plane"):
            require_area_plane(gpd.GeoSeries([], crs=system))
