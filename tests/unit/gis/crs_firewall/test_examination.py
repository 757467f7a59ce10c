"""Each fault of a reference system is named, in both directions, and a right file is left alone."""

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import FloatArray
from gis.crs_firewall import CRSExamination, ExpectedPlace, examine_crs

CHANGSHA = (113.08, 28.24)
HUNAN = ExpectedPlace((108.7, 24.6, 114.3, 30.2))
COUNTY = ExpectedPlace((112.9, 28.0, 113.3, 28.5))

zones = st.integers(25, 45)
within_zone = st.tuples(st.floats(-1.5, 1.5), st.floats(18.5, 53.0))


def bounds_at(epsg: int, *places: tuple[float, float], swap: bool = False) -> FloatArray:
    """Return squares of 0.002 degree around places as a file in a reference system writes their bounds."""
    transformer = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    rows = []
    for lon, lat in places:
        west, south = transformer.transform(lon - 0.001, lat - 0.001)
        east, north = transformer.transform(lon + 0.001, lat + 0.001)
        rows.append([south, west, north, east] if swap else [west, south, east, north])
    return np.array(rows)


def examine(declared: int | None, bounds: FloatArray, expected: ExpectedPlace | None = None) -> CRSExamination:
    return examine_crs(None if declared is None else pyproj.CRS.from_epsg(declared), bounds, expected=expected)


def kinds(examination: CRSExamination) -> list[str]:
    return [finding.kind for finding in examination.findings]


def proposed(examination: CRSExamination) -> tuple[int, bool] | None:
    return None if examination.proposal is None else (examination.proposal.epsg, examination.proposal.swap_axes)


def lon_of(zone: int, offset: float) -> float:
    return zone * 3 + offset


@given(zones, within_zone, st.booleans())
@settings(max_examples=150)
def test_a_right_file_in_any_zone_gives_no_finding(zone: int, place: tuple[float, float], has_number: bool):
    offset, lat = place
    epsg = 4488 + zone if has_number else 4509 + zone
    lon = lon_of(zone, offset)
    around = ExpectedPlace((lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1))
    assert kinds(examine(epsg, bounds_at(epsg, (lon, lat)), around)) == []
    assert kinds(examine(epsg, bounds_at(epsg, (lon, lat)))) == []


@given(st.floats(74, 134), st.floats(18, 53))
def test_right_longitudes_and_latitudes_give_no_finding(lon: float, lat: float):
    assert kinds(examine(4490, bounds_at(4490, (lon, lat)))) == []


@given(zones, within_zone)
def test_eastings_with_a_zone_number_in_a_system_without_are_named(zone: int, place: tuple[float, float]):
    offset, lat = place
    examination = examine(4509 + zone, bounds_at(4488 + zone, (lon_of(zone, offset), lat)))
    assert kinds(examination) == ["crs_zone_prefix_unexpected"]
    assert proposed(examination) == (4488 + zone, False)


@given(zones, within_zone)
def test_eastings_without_a_zone_number_in_a_system_with_one_are_named(zone: int, place: tuple[float, float]):
    offset, lat = place
    examination = examine(4488 + zone, bounds_at(4509 + zone, (lon_of(zone, offset), lat)))
    assert kinds(examination) == ["crs_zone_prefix_missing"]
    assert proposed(examination) == (4509 + zone, False)


@given(zones, within_zone, st.booleans())
def test_swapped_axes_of_a_zone_are_named_and_proposed(zone: int, place: tuple[float, float], has_number: bool):
    offset, lat = place
    epsg = 4488 + zone if has_number else 4509 + zone
    examination = examine(epsg, bounds_at(epsg, (lon_of(zone, offset), lat), swap=True))
    assert kinds(examination) == ["crs_swapped_axes"]
    assert proposed(examination) == (epsg, True)


@given(st.floats(74, 134), st.floats(18, 53))
def test_swapped_degrees_are_named_and_proposed(lon: float, lat: float):
    examination = examine(4490, bounds_at(4490, (lon, lat), swap=True))
    assert kinds(examination) == ["crs_swapped_axes"]
    assert proposed(examination) == (4490, True)


@given(zones, within_zone, st.booleans())
def test_degrees_declared_as_metres_are_named(zone: int, place: tuple[float, float], swap: bool):
    offset, lat = place
    lon = min(max(lon_of(zone, offset), 73.5), 135.0)
    examination = examine(4509 + zone, bounds_at(4490, (lon, lat), swap=swap))
    assert kinds(examination) == ["crs_degrees_as_metres"]
    assert proposed(examination) == (4490, swap)


@given(zones, within_zone, st.booleans())
def test_metres_declared_as_degrees_are_named_and_the_number_tells_the_zone(
    zone: int, place: tuple[float, float], swap: bool
):
    offset, lat = place
    examination = examine(4490, bounds_at(4488 + zone, (lon_of(zone, offset), lat), swap=swap))
    assert kinds(examination) == ["crs_metres_as_degrees"]
    assert proposed(examination) == (4488 + zone, swap)


def test_metres_without_a_number_need_a_place_to_tell_the_zone():
    bounds = bounds_at(4547, CHANGSHA)
    assert proposed(examine(4490, bounds)) is None
    assert proposed(examine(4490, bounds, COUNTY)) == (4547, False)


@given(st.sampled_from([-2, -1, 1, 2]), st.integers(27, 43), within_zone)
def test_the_wrong_zone_lands_outside_the_expected_place_and_the_right_one_is_proposed(
    off: int, zone: int, place: tuple[float, float]
):
    offset, lat = place
    lon = lon_of(zone, offset)
    around = ExpectedPlace((lon - 0.2, lat - 0.2, lon + 0.2, lat + 0.2))
    examination = examine(4509 + zone + off, bounds_at(4509 + zone, (lon, lat)), around)
    assert kinds(examination) == ["crs_wrong_zone"]
    assert proposed(examination) == (4509 + zone, False)


def test_the_zone_number_contradicts_the_declared_zone():
    examination = examine(4527, bounds_at(4526, CHANGSHA))
    assert kinds(examination) == ["crs_wrong_zone"]
    assert proposed(examination) == (4526, False)


def test_where_two_zones_bring_the_layer_into_the_province_none_is_proposed():
    examination = examine(4548, bounds_at(4547, CHANGSHA), HUNAN)
    assert kinds(examination) == ["crs_wrong_zone"]
    assert proposed(examination) is None
    assert "EPSG:4546" in str(examination.findings[0].expected)
    assert "EPSG:4547" in str(examination.findings[0].expected)


def test_a_layer_of_another_place_is_not_explained_by_a_zone():
    examination = examine(4547, bounds_at(4547, (113.08, 36.0)), COUNTY)
    assert kinds(examination) == ["crs_outside_expected"]
    assert not examination.is_settled_by_proposal


def test_a_town_beside_the_expected_place_is_no_fault():
    assert kinds(examine(4547, bounds_at(4547, (113.6, 28.3)), COUNTY)) == []


def test_a_file_without_a_system_gets_the_one_its_zone_number_tells():
    examination = examine(None, bounds_at(4526, CHANGSHA))
    assert (kinds(examination), proposed(examination)) == (["crs_missing"], (4526, False))


@pytest.mark.parametrize("swap", [False, True])
def test_degrees_without_a_system_get_cgcs2000(swap: bool):
    examination = examine(None, bounds_at(4490, CHANGSHA, swap=swap))
    assert (kinds(examination), proposed(examination)) == (["crs_missing"], (4490, swap))


def test_metres_without_a_system_get_none_unless_the_place_tells_it():
    assert proposed(examine(None, bounds_at(4547, CHANGSHA))) is None
    assert proposed(examine(None, bounds_at(4547, CHANGSHA), COUNTY)) == (4547, False)
    assert proposed(examine(None, bounds_at(4547, CHANGSHA, swap=True), COUNTY)) == (4547, True)


def test_degrees_and_metres_in_one_file_are_named_with_the_rows():
    mixed = np.vstack([bounds_at(4547, CHANGSHA, CHANGSHA), bounds_at(4490, CHANGSHA)])
    examination = examine(4547, mixed)
    assert kinds(examination) == ["crs_mixed_units"]
    assert examination.findings[0].source_row == 3
    assert not examination.is_settled_by_proposal


def test_eastings_with_and_without_a_number_in_one_file_are_named():
    mixed = np.vstack([bounds_at(4547, CHANGSHA, CHANGSHA), bounds_at(4526, CHANGSHA)])
    assert kinds(examine(4547, mixed)) == ["crs_mixed_units"]


def test_two_zone_numbers_in_one_file_are_named():
    mixed = np.vstack([bounds_at(4526, (114.9, 30.0), (114.95, 30.0)), bounds_at(4527, (115.6, 30.0))])
    assert kinds(examine(4526, mixed)) == ["crs_mixed_units"]


@pytest.mark.parametrize("epsg", [2383, 2362, 2436, 2415, 4610, 4214, 2401])
def test_xian_80_and_beijing_54_are_refused_without_a_proposal(epsg: int):
    examination = examine(epsg, bounds_at(4547, CHANGSHA))
    assert kinds(examination) == ["crs_datum_refused"]
    assert proposed(examination) is None


def test_a_name_of_the_old_datum_over_new_parameters_is_refused():
    text = (
        pyproj.CRS.from_epsg(4547)
        .to_wkt("WKT1_ESRI")
        .replace("CGCS2000_3_Degree_GK_CM_114E", "Xian_1980_3_Degree_GK_CM_114E")
    )
    assert "Xian_1980" in text
    examination = examine_crs(pyproj.CRS(text), bounds_at(4547, CHANGSHA), crs_text=text)
    assert kinds(examination) == ["crs_datum_refused"]


def test_a_plane_without_a_place_on_earth_is_refused():
    declared = pyproj.CRS('LOCAL_CS["Unknown",UNIT["metre",1]]')
    assert kinds(examine_crs(declared, bounds_at(4547, CHANGSHA))) == ["crs_unusable"]


def test_a_layer_far_outside_its_zone_is_outside_the_area_of_use():
    # 4.5 degrees from the meridian the easting is still of six digits, so only the place tells.
    examination = examine(4547, bounds_at(4547, (117.6, 28.0)))
    assert kinds(examination) == ["crs_outside_area_of_use"]
    assert examination.is_refused


def test_a_single_feature_outside_the_area_of_use_is_named_with_its_row():
    examination = examine(4547, bounds_at(4547, CHANGSHA, CHANGSHA, (117.6, 28.0)))
    assert [(finding.kind, finding.source_row) for finding in examination.findings] == [("crs_outside_area_of_use", 3)]
    assert not examination.is_refused


def test_a_city_beside_a_zone_edge_may_come_whole_in_one_zone():
    assert kinds(examine(4548, bounds_at(4548, (118.37, 31.31), (118.7, 31.3)))) == []


def test_other_countries_are_read_as_they_say():
    svalbard = bounds_at(4326, (0.12, 52.2), (10.0, 60.0), (20.0, 79.0))
    assert kinds(examine(4326, svalbard)) == []
    assert kinds(examine(32630, bounds_at(32630, (0.12, 52.2)))) == []


def test_a_file_without_geometry_has_nothing_to_examine():
    nothing = np.full((3, 4), np.nan)
    assert kinds(examine(4547, nothing)) == []
    assert kinds(examine(None, nothing)) == ["crs_missing"]


def test_every_finding_says_what_it_means_in_both_languages():
    finding = examine(4547, bounds_at(4526, CHANGSHA)).findings[0]
    assert "带号" in finding.text_zh
    assert "zone number" in finding.text_en
    assert "None" not in finding.text_en + finding.text_zh
