from datetime import date

from gis.plans.comparison import ConflictClass
from gis.plans.sentences import CLASS_NAMES, PlanSays, describe_patch
from gis.plans.statuses import PlanStatus
from gis.rules import NATIONAL, ParameterSet, load_catalog
from gis.rules.sentences import display_rows
from gis.slivers import OverlapClass

PLACES = display_rows(ParameterSet(load_catalog().parameters), as_of=date(2026, 6, 30), region=NATIONAL)
CITY = PlanSays("城市规划", "City plan", PlanStatus.CONSTRUCTION, "R2", "GB 50137-2011")
LAND = PlanSays("土地利用规划", "Land-use plan", PlanStatus.NON_CONSTRUCTION, "1100", "TD/T 1027-2010")
SILENT = PlanSays("土地利用规划", "Land-use plan", PlanStatus.NO_DATA, "", None)


def test_a_conflict_is_told_with_codes_areas_and_lines():
    text = describe_patch(
        ConflictClass.CONFLICT, [CITY, LAND], ["ecological_redline.core"], 9598.0111, OverlapClass.REAL, PLACES
    )
    assert text.zh == (
        "规划矛盾：城市规划为 R2 二类居住用地（建设用地），土地利用规划为 1100 耕地（非建设用地）；"
        "面积 9598.01 平方米（0.9598 公顷，14.40 亩）。位于生态保护红线（核心保护区）。"
    )
    assert text.en == (
        "The plans contradict each other: City plan: R2 class 2 residential (construction land); Land-use plan: 1100 "
        "cultivated land (not construction land). Area 9598.01 m² (0.9598 ha, 14.40 mu). It lies in: Ecological red line "
        "(core protection zone)."
    )


def test_a_gap_names_the_plan_that_says_nothing():
    text = describe_patch(ConflictClass.GAP, [CITY, SILENT], [], 100.0, OverlapClass.REAL, PLACES)
    assert "土地利用规划无数据" in text.zh
    assert "Land-use plan: no data" in text.en


def test_an_artefact_and_a_sliver_are_called_what_they_are():
    artefact = describe_patch(ConflictClass.CONFLICT, [CITY, LAND], [], 0.004, OverlapClass.ARTEFACT, PLACES)
    assert artefact.zh.endswith("不是真实差异。")
    assert "不足 0.01 平方米" in artefact.zh
    sliver = describe_patch(ConflictClass.CONFLICT, [CITY, LAND], [], 2.0, OverlapClass.SLIVER, PLACES)
    assert sliver.en.endswith("to be confirmed by a person.")


def test_zones_that_overlap_are_all_named_and_an_unknown_code_stays_as_it_is():
    both = PlanSays("城市规划", "City plan", PlanStatus.CONTRADICTION, "E2+X9", "GB 50137-2011")
    text = describe_patch(ConflictClass.CONTRADICTION, [both], [], 50.0, OverlapClass.REAL, PLACES)
    assert "E2 农林用地、X9" in text.zh
    assert "X9" in text.en


def test_every_class_has_a_name():
    assert set(CLASS_NAMES) == set(ConflictClass)
