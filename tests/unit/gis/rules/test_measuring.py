"""From layers to measurements, on squares that can be reckoned by hand, and on to the verdict."""

from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE, to_area_plane, to_geographic
from gis.landuse.codes import CodeVersion
from gis.overlay import measure_overlaps
from gis.rules import (
    Decision,
    DistanceBasis,
    Law,
    MeasuringFailedError,
    ObjectColumns,
    ParameterSet,
    Power,
    SiteFacts,
    Verdict,
    distances_for_rule,
    judge_site_rule,
    jurisdictions_of_sites,
    land_of_sites,
    load_catalog,
)

CATALOG = load_catalog()
PARAMETERS = ParameterSet(CATALOG.parameters)
AS_OF = date(2025, 6, 30)
LAW = Law(PARAMETERS, AS_OF)
ZONE_38 = pyproj.CRS("EPSG:4547")
ORIGIN = np.array([500_000.0, 3_125_000.0])
SURVEY = CodeVersion.THIRD_SURVEY_2019


def surveyed(*geometries, ids=None, **columns):
    moved = [shapely.transform(geometry, lambda xy: xy + ORIGIN) for geometry in geometries]
    return gpd.GeoDataFrame(columns, index=ids, geometry=to_area_plane(to_geographic(moved, ZONE_38)), crs=AREA_PLANE)


def judge(rule_id, measured, facts=None):
    return judge_site_rule(CATALOG.rule(rule_id), measured, facts or SiteFacts(), parameters=PARAMETERS, as_of=AS_OF)


SITE = surveyed(shapely.box(0, 0, 100, 100), ids=["site"])
NO_FARMLAND = surveyed()


# --- distances


def test_a_road_layer_becomes_distances_with_classes_names_and_the_encroached_area():
    roads = surveyed(
        shapely.LineString([(122, -500), (122, 500)]),
        shapely.box(-20, -500, -8, 500),
        shapely.box(0, 5000, 100, 5100),
        kind=["国道", "县道", "国道"],
        name=["G107", None, "G4"],
        width=[24.0, np.nan, np.nan],
    )
    columns = ObjectColumns(object_class="kind", name="name", width_m="width")
    rule = CATALOG.rule("national.highway_control_zone")
    found = distances_for_rule(rule, SITE, roads, LAW, columns=columns)
    near, far = found["site"]
    assert (near.names, near.object_class, near.basis) == ((), "县道", DistanceBasis.OUTER_EDGE)
    assert near.distance_m == pytest.approx(8.0, abs=0.01)
    assert near.encroached_area_m2 == pytest.approx(200.0, rel=0.01)
    assert (far.names, far.basis) == (("G107",), DistanceBasis.CENTRE_LINE_AND_WIDTH)
    assert far.distance_m == pytest.approx(10.0, abs=0.01)
    assert far.encroached_area_m2 == pytest.approx(1000.0, rel=0.01)
    answers = [judge(rule.rule_id, measured) for measured in found["site"]]
    assert [answer.verdict for answer in answers] == [Verdict.REVIEW, Verdict.REVIEW]
    assert "G107" in answers[1].text_zh


def test_a_pipeline_is_measured_from_its_centre_line_whatever_its_width():
    pipeline = surveyed(shapely.LineString([(104, -500), (104, 500)]), kind=["输气管道"], width=[2.0])
    columns = ObjectColumns(object_class="kind", width_m="width")
    found = distances_for_rule(CATALOG.rule("national.pipeline_protection"), SITE, pipeline, LAW, columns=columns)
    (measured,) = found["site"]
    assert measured.distance_m == pytest.approx(4.0, abs=0.01)
    assert measured.basis is DistanceBasis.CENTRE_LINE
    assert judge("national.pipeline_protection", measured).verdict is Verdict.REVIEW


def test_a_layer_without_a_class_asks_for_the_largest_distance():
    road = surveyed(shapely.box(110, -500, 130, 500))
    rule = CATALOG.rule("national.highway_control_zone")
    (measured,) = distances_for_rule(rule, SITE, road, LAW, columns=ObjectColumns(), accuracy_m=1.0)["site"]
    assert measured.object_class is None
    assert measured.accuracy_m == 1.0
    assert measured.encroached_area_m2 == pytest.approx(2000.0, rel=0.01)  # 30 m of an expressway
    assert judge(rule.rule_id, measured).decision is Decision.MISSING_FACT


def test_a_site_with_nothing_near_has_no_distances():
    road = surveyed(shapely.box(1000, -500, 1020, 500))
    rule = CATALOG.rule("national.highway_control_zone")
    assert distances_for_rule(rule, SITE, road, LAW, columns=ObjectColumns()) == {}


# --- authorities


def authorities(*boxes, names):
    areas = surveyed(*(shapely.box(*box) for box in boxes), agency=list(names))
    return jurisdictions_of_sites(SITE, areas, agency="agency", power=Power.APPROVAL)["site"]


def test_a_site_across_a_border_is_shared_without_gap_or_overlap():
    found = authorities((-10, -10, 75, 110), (75, -10, 200, 110), names="AB")
    assert {part.agency: round(part.area_m2, 1) for part in found.parts} == {"A": 7500.0, "B": 2500.0}
    assert (found.gap_m2, found.overlap_m2) == (0.0, 0.0)
    answer = judge("national.jurisdiction_approval", found)
    assert answer.verdict is Verdict.WARN
    assert answer.decided_by.zh == "A（75.00 %）、B（25.00 %）"


def test_overlapping_areas_of_one_authority_count_once():
    found = authorities((-10, -10, 75, 110), (25, -10, 200, 110), names="AA")
    assert [round(part.area_m2, 1) for part in found.parts] == [10_000.0]
    assert judge("national.jurisdiction_approval", found).verdict is Verdict.PASS


def test_a_strip_that_two_authorities_claim_is_an_overlap():
    found = authorities((-10, -10, 75, 110), (50, -10, 200, 110), names="AB")
    assert found.overlap_m2 == pytest.approx(2500.0, rel=1e-6)
    assert judge("national.jurisdiction_approval", found).verdict is Verdict.REVIEW


def test_a_part_that_nobody_holds_is_a_gap_and_no_data():
    found = authorities((-10, -10, 75, 110), names="A")
    assert found.gap_m2 == pytest.approx(2500.0, rel=1e-6)
    assert judge("national.jurisdiction_approval", found).verdict is Verdict.NO_DATA
    nothing = jurisdictions_of_sites(SITE, surveyed(agency=[]), agency="agency", power=Power.APPROVAL)["site"]
    assert nothing.parts == ()
    assert nothing.gap_m2 == pytest.approx(10_000.0, rel=1e-6)


def test_an_overlap_that_is_only_an_artefact_of_storing_is_none():
    # A border drawn by two offices, a tenth of a millimetre apart.
    found = authorities((-10, -10, 75.0001, 110), (75, -10, 200, 110), names="AB")
    assert found.overlap_m2 == 0.0
    assert judge("national.jurisdiction_approval", found).verdict is Verdict.WARN


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10), st.sampled_from("AB")), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_is_held_and_what_is_not_add_up_to_the_site(strips):
    boxes = [(start * 10, -10, min(start + width, 10) * 10, 110) for start, width, _ in strips]
    found = authorities(*boxes, names=[name for *_, name in strips])
    held = {
        name: {
            cell for (start, width, owner) in strips if owner == name for cell in range(start, min(start + width, 10))
        }
        for name in "AB"
    }
    assert {part.agency: round(part.area_m2) for part in found.parts} == {
        name: 1000 * len(cells) for name, cells in held.items() if cells
    }
    assert round(found.gap_m2) == 1000 * (10 - len(held["A"] | held["B"]))
    assert round(found.overlap_m2) == 1000 * len(held["A"] & held["B"])


# --- land by class


def land(cover, farmland=NO_FARMLAND):
    return land_of_sites(SITE, cover, farmland, code="DLBM", code_version=SURVEY)["site"]


def test_the_land_of_a_site_is_split_by_class_and_farmland_counts_once():
    cover = surveyed(
        shapely.box(-10, -10, 40, 110),
        shapely.box(40, -10, 70, 110),
        shapely.box(70, -10, 90, 110),
        DLBM=["0101", "0601", "no code"],
    )
    farmland = surveyed(shapely.box(-10, -10, 10, 110), shapely.box(5, -10, 20, 110), shapely.box(60, 0, 65, 100))
    found = land(cover, farmland)
    assert found.permanent_farmland_m2 == pytest.approx(2500.0, rel=1e-6)  # 20 m of cropland, 5 m of industry
    assert found.cultivated_m2 == pytest.approx(2000.0, rel=1e-6)
    assert found.other_m2 == pytest.approx(2500.0, rel=1e-6)
    assert found.unknown_m2 == pytest.approx(3000.0, rel=1e-6)  # an unknown code, and 10 m without a survey
    total = found.permanent_farmland_m2 + found.cultivated_m2 + found.other_m2 + found.unknown_m2
    assert total == pytest.approx(float(SITE.area.iloc[0]), rel=1e-12)
    assert judge("national.approval_level", found).decision is Decision.NEEDS_STATE_COUNCIL


def test_a_site_without_any_survey_is_unknown_land():
    found = land(surveyed(DLBM=[]))
    assert (found.permanent_farmland_m2, found.cultivated_m2, found.other_m2) == (0.0, 0.0, 0.0)
    assert found.unknown_m2 == pytest.approx(10_000.0, rel=1e-6)
    assert judge("national.approval_level", found).decision is Decision.NEEDS_PROVINCE  # 1 ha either way


def test_a_large_site_without_a_survey_leaves_the_level_open():
    site = surveyed(shapely.box(0, 0, 1000, 400), ids=["site"])
    found = land_of_sites(site, surveyed(DLBM=[]), NO_FARMLAND, code="DLBM", code_version=SURVEY)["site"]
    answer = judge("national.approval_level", found)
    assert (answer.verdict, answer.decision) == (Verdict.NO_DATA, Decision.MISSING_FACT)


def test_codes_of_a_table_without_cultivated_land_are_refused():
    with pytest.raises(ValueError, match="GB 50137-2011"):
        land_of_sites(SITE, surveyed(DLBM=[]), NO_FARMLAND, code="DLBM", code_version=CodeVersion.GB50137_2011)


def test_a_pair_that_could_not_be_measured_is_an_error_and_not_nothing(monkeypatch):
    def failing(*arguments, **options):
        frame = measure_overlaps(*arguments, **options)
        return frame.assign(error="TopologyException")

    monkeypatch.setattr("gis.rules.measuring.measure_overlaps", failing)
    with pytest.raises(MeasuringFailedError, match="could not be measured, the first: TopologyException"):
        authorities((-10, -10, 75, 110), names="A")
