"""Each statutory distance, typed by hand from the law, measured by the engine a centimetre within and beyond it."""

from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis.crs import AREA_PLANE, to_area_plane, to_geographic
from gis.rules import (
    DistanceBasis,
    MeasuredDistance,
    MeasuredFrom,
    MinimumDistance,
    ParameterSet,
    SiteFacts,
    Verdict,
    Works,
    judge_site_rule,
    load_catalog,
    search_radius_m,
)
from gis.rules.answers import Law
from gis.siting import measure_distances

CATALOG = load_catalog()
PARAMETERS = ParameterSet(CATALOG.parameters)
AS_OF = date(2025, 6, 30)
ZONE_38 = pyproj.CRS("EPSG:4547")
ORIGIN = np.array([500_000.0, 3_125_000.0])

# rule, class, place, metres
DISTANCES = [
    ("highway_control_zone", "高速公路", None, 30),
    ("highway_control_zone", "国道", None, 20),
    ("highway_control_zone", "省道", None, 15),
    ("highway_control_zone", "县道", None, 10),
    ("highway_control_zone", "乡道", None, 5),
    ("railway_safety_zone", "高速铁路", "urban", 10),
    ("railway_safety_zone", "高速铁路", "suburban", 12),
    ("railway_safety_zone", "高速铁路", "village", 15),
    ("railway_safety_zone", "高速铁路", "other", 20),
    ("railway_safety_zone", "铁路", "urban", 8),
    ("railway_safety_zone", "铁路", "suburban", 10),
    ("railway_safety_zone", "铁路", "village", 12),
    ("railway_safety_zone", "铁路", "other", 15),
    ("high_speed_railway_groundwater", "高铁", None, 200),
    ("railway_blasting", "铁路", None, 1000),
    ("power_line_zone", "10kV", None, 5),
    ("power_line_zone", "110kV", None, 10),
    ("power_line_zone", "220kV", None, 15),
    ("power_line_zone", "500kV", None, 20),
    ("underground_cable_zone", "电缆", None, 0.75),
    ("pipeline_protection", "输气管道", None, 5),
    ("pipeline_works", "输气管道", None, 50),
    ("pipeline_works", "站场", None, 100),
    ("pipeline_blasting", "输气管道", None, 200),
    ("pipeline_blasting", "站场", None, 500),
    ("pipeline_tunnel", "管道隧道", None, 1000),
    ("yangtze_chemicals", "长江干流", None, 1000),
    ("yangtze_chemicals", "长江支流", None, 1000),
    ("yangtze_tailings", "长江干流", None, 3000),
    ("yangtze_tailings", "重要支流", None, 1000),
]
FACTS = SiteFacts(industry_code="C2614", works=frozenset(Works), is_building_outline=True)


def surveyed(geometry):
    moved = shapely.transform(geometry, lambda xy: xy + ORIGIN)
    return gpd.GeoDataFrame(geometry=to_area_plane(to_geographic([moved], ZONE_38)), crs=AREA_PLANE)


def judge(rule_id, gap, object_class, place):
    rule = CATALOG.rule(f"national.{rule_id}")
    line = shapely.LineString([(100 + gap, -5000), (100 + gap, 5000)])
    land = shapely.box(100 + gap, -5000, 200 + gap, 5000)
    other = line if rule.measured_from is MeasuredFrom.CENTRE_LINE else land
    found = measure_distances(surveyed(shapely.box(0, 0, 100, 100)), surveyed(other), within_m=5000).iloc[0]
    measured = MeasuredDistance(
        distance_m=found["distance_m"],
        object_class=object_class,
        place_class=place,
        basis=DistanceBasis(found["basis"]),
    )
    return judge_site_rule(rule, measured, FACTS, parameters=PARAMETERS, as_of=AS_OF)


def test_every_class_of_every_national_distance_is_in_the_table():
    wanted = {
        (rule.rule_id.removeprefix("national."), key)
        for rule in CATALOG.project_rules
        if isinstance(rule, MinimumDistance)
        for found in rule.classes.values()
        for key in (found.parameter, *found.place_parameters.values())
        if key is not None
    }
    assert len(wanted) == len(DISTANCES) - 1  # both banks of the chemical ban share one parameter
    assert {rule for rule, _ in wanted} == {rule for rule, *_ in DISTANCES}


@pytest.mark.parametrize(("rule_id", "object_class", "place", "metres"), DISTANCES)
def test_a_centimetre_within_is_a_finding_and_a_centimetre_beyond_is_none(rule_id, object_class, place, metres):
    within = judge(rule_id, metres - 0.01, object_class, place)
    assert within.verdict in {Verdict.REVIEW, Verdict.DENY}
    assert within.decision is not None
    assert "待核实的默认值" not in within.text_zh
    beyond = judge(rule_id, metres + 0.01, object_class, place)
    assert beyond.verdict is Verdict.PASS
    assert f"{metres} 米" in beyond.text_zh
    assert f"{metres} m required" in beyond.text_en


@pytest.mark.parametrize(("rule_id", "object_class", "place", "metres"), DISTANCES)
def test_every_object_that_matters_lies_within_the_search_radius(rule_id, object_class, place, metres):
    rule = CATALOG.rule(f"national.{rule_id}")
    assert search_radius_m(rule, Law(PARAMETERS, AS_OF)) >= metres + 60
