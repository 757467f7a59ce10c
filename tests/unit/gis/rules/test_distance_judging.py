"""Distances are judged with what is not known: class, width, accuracy, project. Unknown is never far enough."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.rules import (
    Decision,
    DistanceBasis,
    MeasuredDistance,
    MinimumDistance,
    ParameterSet,
    SiteFacts,
    Verdict,
    Works,
    find_distance_class,
    judge_site_rule,
    load_catalog,
    rules_about_object,
)

CATALOG = load_catalog()
PARAMETERS = ParameterSet(CATALOG.parameters)
RULES = {
    rule.rule_id.removeprefix("national."): rule for rule in CATALOG.project_rules if isinstance(rule, MinimumDistance)
}
BUILDING = SiteFacts(is_building_outline=True)


def judge(rule, metres, object_class, facts=BUILDING, **measured):
    distance = MeasuredDistance(distance_m=metres, object_class=object_class, **measured)
    return judge_site_rule(RULES[rule], distance, facts, parameters=PARAMETERS, as_of=date(2025, 6, 30))


def test_the_sentence_gives_distance_requirement_object_and_law():
    found = judge("highway_control_zone", 12.345, "国道", names=("G107",))
    assert found.verdict is Verdict.DENY
    assert "距国道（G107）用地外缘 12.35 米，小于要求的 20 米" in found.text_zh
    assert (
        "12.35 m from the outer edge of the land of a national highway (G107), less than the 20 m required"
        in found.text_en
    )
    assert found.article == "《公路安全保护条例》第十一条、第十三条"
    assert found.decided_by.zh == "国道"
    assert not found.is_assumed
    assert {row.key for row in found.parameter_rows} == {"highway.control_zone.national_m", "display.places_distance_m"}


def test_a_distance_that_misses_by_a_hair_is_not_written_as_the_requirement():
    assert "19.9999 米，小于要求的 20 米" in judge("highway_control_zone", 19.9999, "国道").text_zh


def test_a_site_may_reach_into_a_zone_that_is_closed_to_buildings_and_is_told_so():
    site = judge("highway_control_zone", 12.0, "国道", SiteFacts(), encroached_area_m2=800.0)
    assert (site.verdict, site.decision) == (Verdict.REVIEW, Decision.CONDITIONAL)
    assert "控制范围内的面积为 800.00 平方米" in site.text_zh
    assert "The area within the distance is 800.00 m²" in site.text_en


@pytest.mark.parametrize(
    ("metres", "basis", "verdict", "words"),
    [
        (19.0, DistanceBasis.CENTRE_LINE_AND_WIDTH, Verdict.DENY, "用地宽度的一半量算，为近似值"),
        (19.0, DistanceBasis.CENTRE_LINE, Verdict.DENY, "用地宽度未知，为近似值"),
        (79.0, DistanceBasis.CENTRE_LINE, Verdict.REVIEW, "用地宽度未知，为近似值"),
        (80.0, DistanceBasis.CENTRE_LINE, Verdict.PASS, "siting.largest_half_width_m = 60 m"),
    ],
)
def test_a_centre_line_is_approximate_and_an_unknown_width_is_reckoned_with(metres, basis, verdict, words):
    found = judge("highway_control_zone", metres, "国道", basis=basis)
    assert found.verdict is verdict
    assert words in found.text_zh
    assert found.is_assumed == (basis is DistanceBasis.CENTRE_LINE)


def test_where_the_law_measures_from_the_centre_line_a_line_is_exact_and_an_edge_approximate():
    line = judge("pipeline_protection", 4.0, "管道", basis=DistanceBasis.CENTRE_LINE)
    assert "近似" not in line.text_zh
    assert "按对象外缘量算，为近似值" in judge("pipeline_protection", 4.0, "管道").text_zh
    assert judge("pipeline_protection", 5.01, "管道", basis=DistanceBasis.CENTRE_LINE).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("metres", "verdict"), [(19.4, Verdict.DENY), (19.6, Verdict.REVIEW), (20.4, Verdict.REVIEW), (20.6, Verdict.PASS)]
)
def test_what_the_accuracy_of_the_survey_leaves_open_is_for_review(metres, verdict):
    found = judge("highway_control_zone", metres, "国道", accuracy_m=0.5)
    assert found.verdict is verdict
    if verdict is not Verdict.PASS:
        assert "测绘精度 ±0.50 米" in found.text_zh


@pytest.mark.parametrize(("metres", "verdict"), [(4.0, Verdict.DENY), (17.0, Verdict.REVIEW), (30.0, Verdict.PASS)])
def test_an_unknown_class_is_judged_by_every_class(metres, verdict):
    found = judge("highway_control_zone", metres, None)
    assert found.verdict is verdict
    assert "5 米、10 米、15 米、20 米、30 米" in found.text_zh


def test_an_unknown_place_is_judged_by_every_place():
    assert judge("railway_safety_zone", 16.0, "高铁").decision is Decision.MISSING_FACT
    assert judge("railway_safety_zone", 16.0, "高铁", place_class="village").verdict is Verdict.PASS
    assert judge("railway_safety_zone", 9.0, "高铁").decision is Decision.NEEDS_OPINION
    assert judge("railway_safety_zone", 20.0, "高铁", place_class="?").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (SiteFacts(industry_code="C2614"), Verdict.DENY),
        (SiteFacts(industry_code="2511"), Verdict.DENY),
        (SiteFacts(industry_code="C3611"), None),
        (SiteFacts(industry_code="C"), Verdict.WARN),
        (SiteFacts(), Verdict.WARN),
    ],
)
def test_a_ban_of_an_industry_is_about_that_industry_and_warns_of_an_unknown_one(facts, verdict):
    found = judge("yangtze_chemicals", 500.0, "长江干流", facts)
    assert (None if found is None else found.verdict) == verdict
    # Which industries are chemical is our reading of the law.
    assert found is None or (found.is_assumed and "行业范围或者清单条目待核实" in found.text_zh)


def test_a_ban_of_works_is_about_those_works():
    assert judge("high_speed_railway_groundwater", 100.0, "高铁", SiteFacts(works=frozenset())) is None
    pumping = SiteFacts(works=frozenset({Works.GROUNDWATER_PUMPING}))
    assert judge("high_speed_railway_groundwater", 100.0, "高铁", pumping).verdict is Verdict.DENY
    assert judge("high_speed_railway_groundwater", 300.0, "高铁").verdict is Verdict.PASS


@pytest.mark.parametrize("written", ["110kV", "110 KV", "１１０ｋＶ", "110千伏", "110", "kv_35_110"])
def test_a_class_is_known_however_it_is_written(written):
    assert find_distance_class(RULES["power_line_zone"], written).name.en == "an overhead line of 35 to 110 kV"
    assert find_distance_class(RULES["power_line_zone"], "1100kV") is None


def test_an_object_falls_under_the_rules_that_know_its_class():
    transport = [rule for rule in RULES.values() if "transport" in rule.control_kinds]
    assert [rule.rule_id for rule in rules_about_object(transport, "国道")] == ["national.highway_control_zone"]
    assert {rule.rule_id for rule in rules_about_object(transport, "铁路")} == {
        "national.railway_blasting",
        "national.railway_safety_zone",
    }
    assert len(rules_about_object(transport, None)) == len(transport)


@given(
    rule=st.sampled_from(sorted(RULES)),
    metres=st.floats(0, 4000),
    farther=st.floats(0, 2000),
    object_class=st.sampled_from([None, "国道", "高铁", "110kV", "管道", "站场", "长江干流", "管道隧道", "电缆"]),
    basis=st.sampled_from(DistanceBasis),
    accuracy=st.sampled_from([None, 0.5, 5.0]),
)
def test_farther_away_is_never_worse(rule, metres, farther, object_class, basis, accuracy):
    facts = SiteFacts(industry_code="C2614", works=frozenset(Works), is_building_outline=True)
    near = judge(rule, metres, object_class, facts, basis=basis, accuracy_m=accuracy)
    far = judge(rule, metres + farther, object_class, facts, basis=basis, accuracy_m=accuracy)
    assert far.verdict <= near.verdict


@given(
    rule=st.sampled_from(["highway_control_zone", "power_line_zone"]),
    metres=st.floats(0, 60),
    object_class=st.sampled_from(["高速公路", "乡道", "10kV", "500kV"]),
)
def test_not_knowing_the_class_passes_only_what_every_class_passes(rule, metres, object_class):
    if judge(rule, metres, None).verdict is Verdict.PASS:
        assert judge(rule, metres, object_class).verdict is Verdict.PASS


@pytest.mark.parametrize("number", [-0.1, float("nan"), float("inf")])
def test_what_is_no_distance_is_refused(number):
    with pytest.raises(ValueError, match="metres from 0"):
        MeasuredDistance(distance_m=number, object_class=None)
    with pytest.raises(ValueError, match="metres from 0"):
        MeasuredDistance(distance_m=1.0, object_class=None, accuracy_m=number)
