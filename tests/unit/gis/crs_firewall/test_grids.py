"""Zones of the national grid are recognised by their parameters, whatever a file calls them."""

import pyproj
import pytest

from gis.crs_firewall import recognise_epsg
from gis.crs_firewall.grids import GaussKruegerGrid, grid_of, names_old_datum

ALL_ZONES = [4490, *range(4491, 4555)]


def esri(name: str, meridian: float, false_easting: float, datum: str = "D_China_2000") -> pyproj.CRS:
    return pyproj.CRS(
        f'PROJCS["{name}",GEOGCS["GCS_x",DATUM["{datum}",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
        f'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
        f'PARAMETER["False_Easting",{false_easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],'
        'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


@pytest.mark.parametrize("epsg", ALL_ZONES)
@pytest.mark.parametrize("version", ["WKT2_2019", "WKT1_ESRI", "WKT1_GDAL"])
def test_every_zone_is_recognised_from_its_own_text(epsg: int, version: str):
    assert recognise_epsg(pyproj.CRS(pyproj.CRS.from_epsg(epsg).to_wkt(version))) == epsg


@pytest.mark.parametrize(
    ("name", "meridian", "false_easting", "epsg"),
    [
        ("CGCS2000_3_Degree_GK_CM_114E", 114, 500_000, 4547),
        ("CGCS2000_3_degree_Gauss_Kruger_CM_117E", 117, 500_000, 4548),
        ("CGCS2000_3_Degree_GK_Zone_38", 114, 38_500_000, 4526),
        ("长沙_38带", 114, 38_500_000, 4526),
        ("CGCS2000_GK_Zone_19", 111, 19_500_000, 4497),
        ("unnamed", 120, 500_000, 4549),
    ],
)
def test_variants_of_other_software_are_their_epsg_zone(name: str, meridian: float, false_easting: float, epsg: int):
    assert recognise_epsg(esri(name, meridian, false_easting)) == epsg


@pytest.mark.parametrize(
    "crs",
    [
        esri("local plane of a city", 113.1, 500_000),
        esri("zone of another meridian", 114, 39_500_000),
        esri("Xian_1980_3_Degree_GK_CM_114E", 114, 500_000, "D_Xian_1980"),
        pyproj.CRS("EPSG:32649"),
        pyproj.CRS("EPSG:3857"),
        pyproj.CRS("EPSG:2383"),
    ],
)
def test_what_is_no_zone_of_the_grid_is_not_taken_for_one(crs: pyproj.CRS):
    assert recognise_epsg(crs) is None


def test_the_width_of_a_zone_follows_from_its_number():
    assert grid_of(pyproj.CRS("EPSG:4497")) == GaussKruegerGrid(111, 6, 19)
    assert grid_of(pyproj.CRS("EPSG:4525")) == GaussKruegerGrid(111, 3, 37)
    assert grid_of(pyproj.CRS("EPSG:4508")) == GaussKruegerGrid(111, 6, None)
    assert grid_of(pyproj.CRS("EPSG:4490")) is None


@pytest.mark.parametrize(
    "name",
    ["西安80", "1980西安坐标系", "北京54", "Beijing 1954 / 3-degree", "Xian_1980_GK_Zone_20", "D_Krasovsky_1940"],
)
def test_names_of_an_old_datum_are_recognised(name: str):
    assert names_old_datum(name)


@pytest.mark.parametrize(
    "name", ["CGCS2000_3_Degree_GK_CM_114E", "西安市宗地", "WGS_1984_UTM_Zone_49N", "Xian city plan"]
)
def test_names_without_an_old_datum_are_not(name: str):
    assert not names_old_datum(name)
