"""What a site check answers: verdict, sentence with its numbers, law, remedy, what decided, and what was assumed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.landuse.codes import CodeVersion
from gis.rules import (
    NO_FACTS,
    AgencyPart,
    CatalogError,
    Certainty,
    ContaminationState,
    Decision,
    Indicator,
    IndustryStandard,
    MeasuredContamination,
    MeasuredIndicator,
    MeasuredJurisdiction,
    MeasuredLand,
    MeasuredOverlap,
    MeasuredPlanZone,
    MeasurementMismatchError,
    OverlapClass,
    ParameterSet,
    Power,
    RuleNotInForceError,
    SiteFacts,
    UnknownActivityError,
    Verdict,
    WholeSite,
    example_pack,
    judge_overlap,
    judge_site_rule,
    load_catalog,
)

CATALOG = load_catalog(example_pack())
PARAMETERS = ParameterSet(CATALOG.parameters)
AS_OF = date(2025, 6, 30)


def judge(rule_id, measured, facts=NO_FACTS, *, as_of=AS_OF, region="CN"):
    return judge_site_rule(CATALOG.rule(rule_id), measured, facts, parameters=PARAMETERS, as_of=as_of, region=region)


def overlap(area=2500.0, of=10_000.0, overlap_class=OverlapClass.REAL, **attributes):
    return MeasuredOverlap(overlap_area_m2=area, target_area_m2=of, overlap_class=overlap_class, **attributes)


# --- the red line by activity


REDLINE = "national.ecological_redline_activity"


def test_the_sentence_of_a_listed_activity_names_it_its_condition_and_the_numbers():
    facts = SiteFacts(activity_code="6", takes_new_construction_land=True)
    found = judge(REDLINE, overlap(control_zone="general", names=("STHX-1",)), facts)
    assert found.verdict is Verdict.REVIEW
    assert found.decision is Decision.NEEDS_OPINION
    assert "（STHX-1）与地块重叠 2500.00 平方米（0.2500 公顷，3.75 亩），占该地块 25.00 %" in found.text_zh
    assert "6 必须且无法避让" in found.text_zh
    assert "必须且无法避让，符合县级以上国土空间规划" in found.text_zh
    assert "省级人民政府" in found.text_zh
    assert "25.00 % of the land" in found.text_en
    assert "provincial government" in found.text_en
    assert found.article.startswith("《关于加强生态保护红线管理的通知（试行）》")
    assert found.remedy_zh
    assert "活动：6" in found.decided_by.zh
    assert not found.is_assumed


def test_items_of_the_list_that_were_not_checked_are_assumed():
    assert judge(REDLINE, overlap(control_zone="general"), SiteFacts(activity_code="8")).is_assumed


def test_the_core_zone_is_closed_to_a_national_major_project_too():
    facts = SiteFacts(activity_code="none", is_national_major_project=True)
    assert judge(REDLINE, overlap(control_zone="core"), facts).decision is Decision.FORBIDDEN


def test_an_activity_code_that_nobody_listed_is_an_error_and_not_a_verdict():
    with pytest.raises(UnknownActivityError, match="no activity '11'; it knows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, none"):
        judge(REDLINE, overlap(control_zone="general"), SiteFacts(activity_code="11"))


@given(
    st.sampled_from([None, "none", "1", "6", "10"]),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "core", "general", "?"]),
)
def test_inside_the_red_line_nothing_passes_and_less_knowledge_is_never_milder_than_a_listed_activity(
    activity, new_land, major, zone
):
    facts = SiteFacts(activity_code=activity, takes_new_construction_land=new_land, is_national_major_project=major)
    found = judge(REDLINE, overlap(control_zone=zone), facts)
    assert found.verdict >= Verdict.WARN
    if new_land is None or zone in {None, "?"}:
        assert found.verdict >= Verdict.REVIEW


# --- uses


BOUNDARY = "national.urban_development_boundary_use"


@pytest.mark.parametrize(
    ("zone", "use", "version", "verdict"),
    [
        ("01", "100101", CodeVersion.GUIDE_2023, None),
        ("02", "100101", CodeVersion.GUIDE_2023, Verdict.REVIEW),
        ("03", "100101", CodeVersion.GUIDE_2023, Verdict.DENY),
        ("03", "1401", CodeVersion.GUIDE_2023, Verdict.PASS),
        ("03", "0601", CodeVersion.THIRD_SURVEY_2019, Verdict.DENY),  # industry there
        ("03", "0601", CodeVersion.GUIDE_2023, Verdict.REVIEW),  # a rural road here
        ("03", "M1", CodeVersion.GB50137_2011, Verdict.REVIEW),  # no way from that table to the guide
        ("03", "no code", CodeVersion.GUIDE_2023, Verdict.REVIEW),
        ("03", None, CodeVersion.GUIDE_2023, Verdict.REVIEW),
        ("outside", "100101", CodeVersion.GUIDE_2023, Verdict.DENY),
        ("outside", "1202", CodeVersion.GUIDE_2023, Verdict.REVIEW),
        ("outside", "0101", CodeVersion.GUIDE_2023, Verdict.PASS),
        ("outside", "10", CodeVersion.GUIDE_2023, Verdict.REVIEW),  # mining is allowed on conditions, industry is not
        (None, "100101", CodeVersion.GUIDE_2023, Verdict.REVIEW),
    ],
)
def test_uses_inside_and_outside_the_urban_boundary(zone, use, version, verdict):
    where = {"is_outside": True} if zone == "outside" else {"control_zone": zone}
    found = judge(BOUNDARY, overlap(**where), SiteFacts(use_code=use, use_code_version=version))
    assert (None if found is None else found.verdict) == verdict


def test_a_sentence_about_a_use_names_its_code_and_its_zone():
    found = judge(BOUNDARY, overlap(control_zone="03"), SiteFacts(use_code="070102"))
    assert "“070102 二类城镇住宅用地”" in found.text_zh
    assert "特别用途区" in found.text_zh
    assert "依据待核实" in found.text_zh
    assert found.is_assumed
    assert found.decided_by.zh == "特别用途区；用途：070102 二类城镇住宅用地"


@pytest.mark.parametrize(
    ("planned", "intended", "decision"),
    [
        ("1001", "100101", Decision.ALLOWED),
        ("1001", "1001", Decision.ALLOWED),
        ("1001", "0701", Decision.FORBIDDEN),
        ("100101", "1001", Decision.MISSING_FACT),
        ("16", "1001", Decision.CONDITIONAL),
        (None, "1001", Decision.MISSING_FACT),
        ("1001", None, Decision.MISSING_FACT),
        ("?", "1001", Decision.MISSING_FACT),
        ("100101A", "100101", Decision.MISSING_FACT),  # a local subdivision, of which the guide knows nothing
        ("100101A", "0701", Decision.FORBIDDEN),
    ],
)
def test_an_intended_use_is_compared_with_the_planned_one(planned, intended, decision):
    measured = MeasuredPlanZone(overlap=overlap(), use_code=planned)
    found = judge("national.planned_use", measured, SiteFacts(use_code=intended))
    assert found.decision is decision
    assert (found.verdict is Verdict.PASS) == (decision is Decision.ALLOWED)


def test_an_old_city_plan_is_compared_in_its_own_codes():
    measured = MeasuredPlanZone(overlap=overlap(), use_code="M", use_code_version=CodeVersion.GB50137_2011)
    found = judge("national.planned_use", measured, SiteFacts(use_code="100101"))
    assert found.verdict is Verdict.PASS
    housing = judge("national.planned_use", measured, SiteFacts(use_code="070101"))
    assert housing.verdict is Verdict.DENY


@pytest.mark.parametrize("state", [None, *ContaminationState])
@pytest.mark.parametrize("use", [None, "070102", "080403", "100101"])
def test_no_sensitive_use_passes_on_contaminated_land_before_it_is_known_to_be_clean(state, use):
    measured = MeasuredContamination(overlap=overlap(), state=state)
    found = judge("national.contaminated_land_use", measured, SiteFacts(use_code=use))
    clean = state in {ContaminationState.SURVEYED_CLEAN, ContaminationState.RESTORED}
    harmless = use == "100101" and state is ContaminationState.NOT_SURVEYED
    assert (found is None) == (clean or harmless)
    if use in {"070102", "080403"} and state in {ContaminationState.NOT_SURVEYED, ContaminationState.LISTED}:
        assert found.verdict is Verdict.DENY


# --- survey accuracy


@pytest.mark.parametrize(
    ("certainty", "verdict", "words"),
    [
        (Certainty.CERTAIN_HIT, Verdict.DENY, "不得擅自占用"),
        (Certainty.DOUBTFUL_HIT, Verdict.REVIEW, "该重叠可能不存在，须人工确认"),
        (Certainty.POSSIBLE_HIT, Verdict.REVIEW, "可能与地块重叠，须人工确认"),
        (None, Verdict.DENY, "不得擅自占用"),
    ],
)
def test_a_hit_on_a_hard_line_that_the_survey_leaves_open_is_for_review_with_the_reason(certainty, verdict, words):
    found = judge("national.permanent_basic_farmland", overlap(certainty=certainty))
    assert found.verdict is verdict
    assert words in found.text_zh


def test_a_line_that_only_comes_near_is_a_possible_hit_without_an_area():
    near = overlap(area=0.0, certainty=Certainty.POSSIBLE_HIT)
    assert judge("national.permanent_basic_farmland", near).verdict is Verdict.REVIEW
    assert judge("national.wetland", near).verdict is Verdict.WARN
    with pytest.raises(ValueError, match="positive area"):
        overlap(area=0.0, certainty=Certainty.DOUBTFUL_HIT)


# --- shares, levels, figures, lists, authorities


@pytest.mark.parametrize(("area", "verdict"), [(499.0, Verdict.WARN), (500.0, Verdict.WARN), (500.1, Verdict.DENY)])
def test_a_share_may_be_exactly_its_limit(area, verdict):
    found = judge("local.example_city.ecological_share", overlap(area=area), region="99")
    assert found.verdict is verdict
    assert "限值 5.00 %" in found.text_zh
    assert "example_city.green_belt_share_max = 0.05 share" in found.text_zh
    assert found.is_assumed
    assert "example_city.green_belt_share_max" in {row.key for row in found.parameter_rows}


@pytest.mark.parametrize(
    ("farmland", "cultivated", "other", "decision", "reasons"),
    [
        (0, 350_000, 700_000, Decision.NEEDS_PROVINCE, "各类土地均未超过限额"),
        (0, 350_000.01, 0, Decision.NEEDS_STATE_COUNCIL, "耕地超过限额"),
        (0, 0, 700_000.01, Decision.NEEDS_STATE_COUNCIL, "其他土地超过限额"),
        (0.01, 0, 0, Decision.NEEDS_STATE_COUNCIL, "涉及永久基本农田"),
        (1, 360_000, 710_000, Decision.NEEDS_STATE_COUNCIL, "涉及永久基本农田、耕地超过限额、其他土地超过限额"),
    ],
)
def test_the_level_of_approval_turns_strictly_beyond_35_and_70_hectares(farmland, cultivated, other, decision, reasons):
    land = MeasuredLand(permanent_farmland_m2=farmland, cultivated_m2=cultivated, other_m2=other)
    found = judge("national.approval_level", land)
    assert found.decision is decision
    assert found.decided_by.zh == reasons
    assert "限额 35 公顷" in found.text_zh
    assert "limit 70 ha" in found.text_en
    assert not found.is_assumed


def test_an_area_beyond_its_limit_is_not_written_as_the_limit():
    land = MeasuredLand(permanent_farmland_m2=0, cultivated_m2=350_000.01, other_m2=0)
    assert "耕地 35.000001 公顷（限额 35 公顷）" in judge("national.approval_level", land).text_zh


def test_no_land_needs_no_approval():
    assert judge("national.approval_level", MeasuredLand(permanent_farmland_m2=0, cultivated_m2=0, other_m2=0)) is None


@pytest.mark.parametrize(
    ("rule_id", "value", "limit", "verdict"),
    [
        ("plan_floor_area_ratio", 2.5, 2.5, Verdict.PASS),
        ("plan_floor_area_ratio", 2.51, 2.5, Verdict.DENY),
        ("plan_green_ratio", 0.3, 0.3, Verdict.PASS),
        ("plan_green_ratio", 0.29, 0.3, Verdict.DENY),
        ("plan_height_m", 0.1 + 0.2, 0.3, Verdict.DENY),  # as it is written: 0.30000000000000004
        ("plan_building_density", None, 0.4, Verdict.WARN),
        ("plan_building_density", 0.4, None, Verdict.NO_DATA),
        ("plan_building_density", None, None, None),
    ],
)
def test_a_figure_keeps_within_the_limit_of_the_plan(rule_id, value, limit, verdict):
    indicator = Indicator(rule_id.removeprefix("plan_"))
    measured = MeasuredIndicator(indicator=indicator, value=value, plan_limit=limit)
    found = judge(f"national.{rule_id}", measured)
    assert (None if found is None else found.verdict) == verdict


def test_a_figure_sentence_gives_value_and_limit():
    measured = MeasuredIndicator(indicator=Indicator.FLOOR_AREA_RATIO, value=2.5001, plan_limit=2.5)
    found = judge("national.plan_floor_area_ratio", measured)
    assert "容积率为 2.5001，规划条件要求不大于 2.5" in found.text_zh
    assert "floor area ratio is 2.5001" in found.text_en


INDUSTRIAL = SiteFacts(use_code="1001")


def test_assumed_numbers_are_named_in_the_sentence():
    measured = MeasuredIndicator(indicator=Indicator.BUILDING_COEFFICIENT, value=0.35)
    found = judge("national.industrial_2023_building_coefficient", measured, INDUSTRIAL)
    assert found.verdict is Verdict.REVIEW
    assert found.is_assumed
    assert "待核实的默认值：industrial_2023.building_coefficient_min = 0.40 share" in found.text_zh
    assert "Numbers still to be confirmed: industrial_2023.building_coefficient_min" in found.text_en
    kept = judge("national.industrial_2023_building_coefficient", replace_value(measured, 0.5), INDUSTRIAL)
    assert kept.verdict is Verdict.PASS
    assert kept.is_assumed


def replace_value(measured, value):
    return replace(measured, value=value)


def test_the_control_indicators_of_2008_end_where_those_of_2023_begin():
    ids = {
        day: {rule.rule_id for rule in CATALOG.site_rules(as_of=day) if "industrial" in rule.rule_id}
        for day in (date(2023, 6, 24), date(2023, 6, 25))
    }
    assert all("2008" in rule_id for rule_id in ids[date(2023, 6, 24)])
    assert all("2023" in rule_id for rule_id in ids[date(2023, 6, 25)])
    assert min(map(len, ids.values())) >= 3


@pytest.mark.parametrize(
    ("industry", "standard", "verdict"),
    [
        ("2614", IndustryStandard.GBT4754_2002, Verdict.PASS),  # chemicals: 0.6
        ("1310", IndustryStandard.GBT4754_2002, Verdict.REVIEW),  # food: 1.0
        ("2614", IndustryStandard.GBT4754_2017, Verdict.WARN),  # no table for that version
        (None, IndustryStandard.GBT4754_2002, Verdict.WARN),
    ],
)
def test_a_limit_by_industry_needs_the_version_of_the_code(industry, standard, verdict):
    facts = replace(INDUSTRIAL, industry_code=industry, industry_standard=standard)
    measured = MeasuredIndicator(indicator=Indicator.FLOOR_AREA_RATIO, value=0.6)
    found = judge("national.industrial_2008_floor_area_ratio", measured, facts, as_of=date(2020, 1, 1))
    assert found.verdict is verdict


def test_a_document_excuses_a_figure_and_is_named():
    facts = replace(INDUSTRIAL, exemption_document="节地评价〔2024〕7号")
    measured = MeasuredIndicator(indicator=Indicator.OFFICE_LAND_SHARE, value=0.2)
    found = judge("national.industrial_2023_office_land_share", measured, facts)
    assert found.verdict is Verdict.WARN
    assert "节地评价〔2024〕7号" in found.decided_by.zh


def test_an_industrial_indicator_is_not_asked_of_housing():
    measured = MeasuredIndicator(indicator=Indicator.OFFICE_LAND_SHARE, value=0.2)
    housing = SiteFacts(use_code="0701")
    assert judge("national.industrial_2023_office_land_share", measured, housing) is None


@pytest.mark.parametrize(
    ("industry", "verdict", "item"),
    [
        ("C2614", Verdict.DENY, "第1项"),
        ("1711", Verdict.REVIEW, "第3项"),
        ("C3611", Verdict.PASS, None),
        ("C", Verdict.REVIEW, None),
        (None, Verdict.REVIEW, None),
    ],
)
def test_a_negative_list_names_its_item_and_an_unknown_industry_does_not_pass(industry, verdict, item):
    facts = SiteFacts(industry_code=industry)
    found = judge("local.example_city.negative_list", WholeSite(target_area_m2=1.0), facts, region="99")
    assert found.verdict is verdict
    assert (item is None) or item in found.decided_by.zh
    assert found.is_assumed


def jurisdiction(*parts, gap=0.0, overlap=0.0):
    return MeasuredJurisdiction(
        target_area_m2=10_000.0,
        power=Power.APPROVAL,
        parts=tuple(AgencyPart(agency=agency, area_m2=area) for agency, area in parts),
        gap_m2=gap,
        overlap_m2=overlap,
    )


@pytest.mark.parametrize(
    ("measured", "verdict", "agencies"),
    [
        (jurisdiction(("市局", 10_000.0)), Verdict.PASS, "市局（100.00 %）"),
        (jurisdiction(("市局", 2500.0), ("管委会", 7500.0)), Verdict.WARN, "管委会（75.00 %）、市局（25.00 %）"),
        (
            jurisdiction(("市局", 6000.0), ("管委会", 5000.0), overlap=1000.0),
            Verdict.REVIEW,
            "市局（60.00 %）、管委会（50.00 %）",
        ),
        (jurisdiction(("市局", 9000.0), gap=1000.0), Verdict.NO_DATA, "市局（90.00 %）"),
        (jurisdiction(gap=10_000.0), Verdict.NO_DATA, "无"),
        (jurisdiction(("市局", 10_000.0), gap=1e-6), Verdict.PASS, "市局（100.00 %）"),
    ],
)
def test_who_approves_is_said_with_shares_and_a_gap_is_no_data(measured, verdict, agencies):
    found = judge("national.jurisdiction_approval", measured)
    assert found.verdict is verdict
    assert found.decided_by.zh == agencies
    assert "审批权限" in found.text_zh


# --- the entry itself


def test_a_layer_rule_is_judged_as_by_itself():
    rule = CATALOG.rule("national.permanent_basic_farmland")
    assert judge(rule.rule_id, overlap()) == judge_overlap(rule, overlap(), PARAMETERS, as_of=AS_OF)


@pytest.mark.parametrize("rule", CATALOG.all_rules, ids=lambda rule: rule.rule_id)
def test_a_measurement_of_another_kind_is_an_error(rule):
    other = (
        overlap()
        if rule.type
        in {
            "minimum_distance",
            "approval_level",
            "indicator_threshold",
            "jurisdiction",
            "industry_list",
            "planned_use",
            "survey_before_use_change",
        }
        else WholeSite(target_area_m2=1.0)
    )
    day = max(rule.source.valid_from or date(2020, 1, 1), date(2020, 1, 1))
    with pytest.raises(MeasurementMismatchError, match=rule.rule_id):
        judge(rule.rule_id, other, as_of=day, region=rule.source.region)


def test_another_power_or_indicator_than_the_rule_is_about_is_an_error():
    with pytest.raises(ValueError, match="is about approval, not management"):
        judge("national.jurisdiction_approval", replace(jurisdiction(), power=Power.MANAGEMENT))
    with pytest.raises(ValueError, match="is about height_m"):
        judge("national.plan_height_m", MeasuredIndicator(indicator=Indicator.GREEN_RATIO, value=1.0))


def test_a_rule_is_asked_only_in_its_time_and_region():
    with pytest.raises(RuleNotInForceError):
        judge("local.example_city.negative_list", WholeSite(target_area_m2=1.0), region="430121")
    with pytest.raises(RuleNotInForceError):
        judge(
            "national.approval_level",
            MeasuredLand(permanent_farmland_m2=1, cultivated_m2=0, other_m2=0),
            as_of=date(2019, 12, 31),
        )


def test_a_refined_rule_gives_way_where_and_when_the_finer_one_holds():
    at_home = {rule.rule_id for rule in CATALOG.site_rules(as_of=AS_OF, region="99")}
    elsewhere = {rule.rule_id for rule in CATALOG.site_rules(as_of=AS_OF, region="430121")}
    assert "national.ecological_redline" not in elsewhere
    assert REDLINE in elsewhere
    assert "national.functional_zone" in elsewhere
    assert "national.functional_zone" not in at_home
    assert "local.example_city.functional_zone_uses" in at_home
    assert "national.permanent_basic_farmland" in at_home
    before_the_notice = {rule.rule_id for rule in CATALOG.site_rules(as_of=date(2020, 6, 1))}
    assert {REDLINE, "national.ecological_redline"}.isdisjoint(before_the_notice)


def test_the_rules_of_layers_alone_are_as_many_as_before():
    assert {rule.type for rule in CATALOG.rules} == {"forbidden_overlap", "limited_overlap", "required_containment"}
    assert len(CATALOG.rules) == 13


@pytest.mark.parametrize("number", [-1.0, float("nan"), float("inf")])
def test_numbers_that_are_no_measurements_are_refused(number):
    with pytest.raises(ValueError, match="numbers from 0"):
        MeasuredIndicator(indicator=Indicator.HEIGHT_M, value=number)
    with pytest.raises(ValueError, match="square metres from 0"):
        MeasuredLand(permanent_farmland_m2=number, cultivated_m2=0, other_m2=0)
    with pytest.raises(ValueError, match="positive area"):
        WholeSite(target_area_m2=number)


# --- artefacts, and what a rule has no word on


ARTEFACT = overlap(area=0.01, overlap_class=OverlapClass.ARTEFACT, control_zone="general")


@pytest.mark.parametrize(
    ("rule_id", "measured"),
    [
        (REDLINE, ARTEFACT),
        (BOUNDARY, replace(ARTEFACT, control_zone="03")),
        ("national.planned_use", MeasuredPlanZone(overlap=ARTEFACT, use_code="1001")),
        ("national.planned_use", MeasuredPlanZone(overlap=ARTEFACT, use_code="0701")),
        ("national.contaminated_land_use", MeasuredContamination(overlap=ARTEFACT, state=ContaminationState.LISTED)),
        ("local.example_city.ecological_share", ARTEFACT),
    ],
)
@pytest.mark.parametrize("use", ["1001", "1401", "070102"])
def test_an_artefact_of_storing_coordinates_is_never_a_finding(rule_id, measured, use):
    region = "99" if rule_id.startswith("local") else "CN"
    assert judge(rule_id, measured, SiteFacts(use_code=use), region=region) is None


def test_a_rule_about_zones_says_nothing_outside_of_them_unless_it_is_written():
    found = judge("local.example_city.functional_zone_uses", overlap(is_outside=True), INDUSTRIAL, region="99")
    assert found is None


def test_a_share_counts_only_the_zones_it_names_and_those_that_are_not_known():
    rule = CATALOG.rule("local.example_city.ecological_share").model_copy(update={"zones": ("core",), "within": None})

    def verdict(zone, area):
        found = judge_site_rule(
            rule, overlap(area=area, control_zone=zone), parameters=PARAMETERS, as_of=AS_OF, region="99"
        )
        return None if found is None else found.verdict

    assert verdict("core", 2500.0) is Verdict.DENY
    assert verdict(None, 2500.0) is Verdict.DENY
    assert verdict("general", 2500.0) is None
    assert verdict("core", 100.0) is None


def test_a_rule_that_does_not_exist_is_an_error():
    with pytest.raises(CatalogError, match=r"no rule national\.moon"):
        CATALOG.rule("national.moon")
