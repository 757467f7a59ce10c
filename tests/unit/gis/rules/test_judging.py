from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.rules import (
    MeasuredOverlap,
    OverlapClass,
    ParameterNotInForceError,
    ParameterSet,
    RuleNotInForceError,
    Verdict,
    judge_overlap,
    load_catalog,
)

CATALOG = load_catalog()
PARAMETERS = ParameterSet(CATALOG.parameters)
RULES = {rule.rule_id.removeprefix("national."): rule for rule in CATALOG.rules}
AS_OF = date(2025, 6, 30)


def judge(rule, *, area=1234.565, of=10_000.0, overlap_class="real", **overlap):
    measured = MeasuredOverlap(
        overlap_area_m2=area, target_area_m2=of, overlap_class=OverlapClass(overlap_class), **overlap
    )
    return judge_overlap(RULES[rule], measured, PARAMETERS, as_of=AS_OF)


@pytest.mark.parametrize(
    ("rule", "part", "real", "sliver"),
    [
        ("permanent_basic_farmland", {}, "DENY", "REVIEW"),
        ("ecological_redline", {"control_zone": "core"}, "DENY", "REVIEW"),
        ("ecological_redline", {"control_zone": "general"}, "REVIEW", "REVIEW"),
        ("ecological_redline", {"control_zone": None}, "REVIEW", "REVIEW"),
        ("urban_development_boundary", {"control_zone": "02"}, "REVIEW", "WARN"),
        ("urban_development_boundary", {"control_zone": "03"}, "REVIEW", "WARN"),
        ("urban_development_boundary", {"control_zone": None}, "REVIEW", "WARN"),
        ("urban_development_boundary", {"is_outside": True}, "REVIEW", "WARN"),
        ("functional_zone", {"control_zone": "forbidden"}, "DENY", "REVIEW"),
        ("functional_zone", {"control_zone": "restricted"}, "REVIEW", "WARN"),
        ("functional_zone", {"control_zone": "something else"}, "REVIEW", "WARN"),
        ("land_use_control_zone", {"control_zone": "020"}, "WARN", "WARN"),
        ("land_use_control_zone", {"control_zone": "030"}, "DENY", "REVIEW"),
        ("water_source", {"control_zone": "level_1"}, "DENY", "REVIEW"),
        ("wetland", {}, "REVIEW", "WARN"),
        ("flood_zone", {}, "REVIEW", "WARN"),
        ("ecological_control_line", {}, "REVIEW", "WARN"),
    ],
)
def test_a_real_overlap_has_the_verdict_of_the_rule_and_a_sliver_never_passes(rule, part, real, sliver):
    assert judge(rule, **part).verdict == real
    assert judge(rule, overlap_class="sliver", **part).verdict == sliver


@pytest.mark.parametrize(
    ("rule", "zone"),
    [("functional_zone", "key"), ("urban_development_boundary", "01"), ("land_use_control_zone", "010")],
)
def test_a_zone_in_which_building_is_free_gives_no_finding(rule, zone):
    assert judge(rule, control_zone=zone) is None


@pytest.mark.parametrize("rule", sorted(RULES))
def test_an_artefact_is_never_a_finding(rule):
    assert judge(rule, overlap_class="artefact", control_zone="core") is None


def test_the_sentence_gives_the_area_in_three_units_and_the_share_rounded_half_up():
    finding = judge("permanent_basic_farmland", names=("NT-01", "NT-02"))
    # 1234.565 m2 = 0.1234565 ha = 1.8518475 mu = 12.34565 %
    assert finding.text_zh.startswith(
        "永久基本农田（NT-01、NT-02）与地块重叠 1234.57 平方米（0.1235 公顷，1.85 亩），占该地块 12.35 %。"
    )
    assert finding.text_en.startswith(
        "Permanent basic farmland (NT-01, NT-02) overlaps 1234.57 m² (0.1235 ha, 1.85 mu), 12.35 % of the land. "
        "Under the Land Administration Law, art. 35, "
    )
    assert finding.article == "《中华人民共和国土地管理法》第三十五条"
    assert "国务院批准" in finding.remedy_zh
    assert "State Council" in finding.remedy_en


def test_a_number_too_small_to_show_is_not_written_as_zero():
    finding = judge("permanent_basic_farmland", area=0.004, overlap_class="sliver", mean_width_m=0.0101)
    assert "不足 0.01 平方米（不足 0.0001 公顷，不足 0.01 亩），占该地块 不足 0.01 %" in finding.text_zh
    assert "less than 0.01 m²" in finding.text_en
    assert "平均宽度 0.010 米），须人工确认" in finding.text_zh
    assert "needs manual confirmation" in finding.text_en


def test_many_names_are_shortened_and_counted():
    finding = judge("wetland", names=("a", "b", "c", "d", "e"))
    assert "（a、b、c 等 5 处）" in finding.text_zh
    assert "(a, b, c and 2 more)" in finding.text_en


def test_a_source_still_to_be_checked_is_shown_as_assumed():
    assumed = judge("functional_zone", control_zone="forbidden")
    assert assumed.is_assumed
    assert "依据待核实" in assumed.text_zh
    assert "source to be confirmed" in assumed.text_en
    confirmed = judge("wetland")
    assert not confirmed.is_assumed
    assert "待核实" not in confirmed.text_zh


def test_a_zone_may_rest_on_its_own_article():
    assert judge("water_source", control_zone="level_1").article.endswith("第六十五条")
    assert judge("water_source", control_zone="level_2").article.endswith("第六十六条")


def test_a_judgement_names_the_parameter_rows_it_used():
    keys = {row.key for row in judge("wetland").parameter_rows}
    assert {"display.places_mu", "sliver.max_mean_width_m", "sliver.min_shape_hits"} <= keys


def test_only_a_containing_layer_has_an_outside():
    with pytest.raises(ValueError, match="nothing lies outside it"):
        judge("wetland", is_outside=True)


def test_a_rule_is_not_applied_before_its_law_or_outside_its_region():
    measured = MeasuredOverlap(overlap_area_m2=1.0, target_area_m2=2.0, overlap_class=OverlapClass.REAL)
    with pytest.raises(RuleNotInForceError, match=r"national\.wetland is not in force on 2022-05-31"):
        judge_overlap(RULES["wetland"], measured, PARAMETERS, as_of=date(2022, 5, 31))
    assert judge_overlap(RULES["wetland"], measured, PARAMETERS, as_of=date(2022, 6, 1)) is not None


def test_a_missing_parameter_is_an_error_and_not_a_default():
    measured = MeasuredOverlap(overlap_area_m2=1.0, target_area_m2=2.0, overlap_class=OverlapClass.REAL)
    with pytest.raises(ParameterNotInForceError, match=r"display\.places_m2"):
        judge_overlap(RULES["wetland"], measured, ParameterSet([]), as_of=AS_OF)


@pytest.mark.parametrize("area", [0.0, -1.0, float("nan"), float("inf")])
def test_an_overlap_without_a_positive_area_is_refused(area):
    with pytest.raises(ValueError, match="positive area"):
        judge("wetland", area=area)
    with pytest.raises(ValueError, match="positive area"):
        judge("wetland", of=area)


def test_the_last_bits_of_a_sum_make_no_share_above_one():
    finding = judge("wetland", area=10_000.000001, of=10_000.0)
    assert "占该地块 100.00 %" in finding.text_zh


@given(
    st.sampled_from(sorted(RULES)),
    st.sampled_from([None, "core", "general", "01", "02", "restricted", "forbidden", "040", "level_2", "?"]),
    st.floats(min_value=1e-6, max_value=1e9),
)
def test_a_sliver_is_never_judged_harder_than_the_same_real_overlap(rule, zone, area):
    real = judge(rule, area=area, of=1e9, control_zone=zone)
    sliver = judge(rule, area=area, of=1e9, control_zone=zone, overlap_class="sliver")
    assert (real is None) == (sliver is None)
    if real is not None:
        assert Verdict.WARN <= sliver.verdict <= real.verdict
