"""Judging a project as a whole: approving level, figures against limits, lists of industries, competent authorities."""

from dataclasses import replace
from decimal import Decimal

from gis.measurement import hectares
from gis.rules.answers import Judgement, Law, make_answer, make_clear_answer
from gis.rules.code_matching import match_industry, match_use
from gis.rules.facts import Indicator, SiteFacts
from gis.rules.measurements import AgencyPart, MeasuredIndicator, MeasuredJurisdiction, MeasuredLand
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import Phrase, describe_measure, describe_number, join_phrases
from gis.rules.site_model import (
    ApprovalLevel,
    Comparison,
    IndicatorThreshold,
    IndustryLimits,
    IndustryList,
    Jurisdiction,
    ListedIndustry,
    ParameterLimit,
    PlanLimit,
)

FIGURE_PLACES_KEY = "display.places_figure"

_INDICATOR_NAMES = {
    Indicator.FLOOR_AREA_RATIO: Phrase("容积率", "floor area ratio"),
    Indicator.BUILDING_DENSITY: Phrase("建筑密度", "building density"),
    Indicator.GREEN_RATIO: Phrase("绿地率", "green ratio"),
    Indicator.HEIGHT_M: Phrase("建筑高度（米）", "height (m)"),
    Indicator.BUILDING_COEFFICIENT: Phrase("建筑系数", "building coefficient"),
    Indicator.OFFICE_LAND_SHARE: Phrase("行政办公及生活服务设施用地所占比重", "share of land for offices and services"),
    Indicator.OFFICE_FLOOR_SHARE: Phrase(
        "行政办公及生活服务设施建筑面积所占比重", "share of floor area for offices and services"
    ),
}


def judge_approval_level(rule: ApprovalLevel, land: MeasuredLand, law: Law) -> Judgement | None:
    """Say which level approves, by areas: any permanent basic farmland, or more than a limit of another class.

    Returns
    -------
    Judgement or None
        None when there is no land of any of the classes to be approved.
    """
    cultivated_limit, other_limit = law.row(rule.cultivated_limit), law.row(rule.other_limit)
    areas = (land.permanent_farmland_m2, land.cultivated_m2, land.other_m2, land.unknown_m2)
    if not any(areas):
        return None
    reasons = _reasons_for_the_state_council(land, cultivated_limit, other_limit)
    # What is not known could be cultivated, or other land.
    worst_case = replace(
        land, cultivated_m2=land.cultivated_m2 + land.unknown_m2, other_m2=land.other_m2 + land.unknown_m2
    )
    if reasons:
        outcome, decided_by = rule.state_council, join_phrases(reasons)
    elif _reasons_for_the_state_council(worst_case, cultivated_limit, other_limit):
        outcome, decided_by = rule.unknown_land, Phrase("地类不明的土地", "land of unknown class")
    else:
        outcome, decided_by = rule.province, Phrase("各类土地均未超过限额", "no class of land over its limit")
    places = law.display()[1]
    limits = (None, cultivated_limit, other_limit, None)
    written = [
        describe_number(float(hectares(area)), places.integer, apart_from=None if limit is None else limit.value)
        for area, limit in zip(areas, limits, strict=True)
    ]
    fields = dict(zip(("farmland", "cultivated", "other", "unknown"), written, strict=True)) | {
        "cultivated_limit": _written(cultivated_limit.value),
        "other_limit": _written(other_limit.value),
    }
    deciding = (cultivated_limit, other_limit)
    return make_answer(rule, outcome, fields, deciding=deciding, shown=(places,), decided_by=decided_by)


def _reasons_for_the_state_council(
    land: MeasuredLand, cultivated_limit: ParameterRow, other_limit: ParameterRow
) -> list[Phrase]:
    reasons = (
        (land.permanent_farmland_m2 > 0, Phrase("涉及永久基本农田", "permanent basic farmland")),
        (_exceeds(land.cultivated_m2, cultivated_limit), Phrase("耕地超过限额", "cultivated land over its limit")),
        (_exceeds(land.other_m2, other_limit), Phrase("其他土地超过限额", "other land over its limit")),
    )
    return [reason for is_met, reason in reasons if is_met]


def judge_indicator(
    rule: IndicatorThreshold, measured: MeasuredIndicator, facts: SiteFacts, law: Law
) -> Judgement | None:
    """Judge a figure of the project by the limit of the plan, of a parameter or of its industry.

    Returns
    -------
    Judgement or None
        PASS with the numbers where it is kept; None where no limit is known and the rule has no answer to that.

    Raises
    ------
    ValueError
        When another indicator was measured than the rule is about.
    """
    if measured.indicator is not rule.indicator:
        raise ValueError(f"rule {rule.rule_id} is about {rule.indicator}, not {measured.indicator}")
    if not _is_about(rule, measured, facts):
        return None
    name = _INDICATOR_NAMES[rule.indicator]
    limit, rows = _find_limit(rule, measured, facts, law)
    places = law.row(FIGURE_PLACES_KEY)
    unknown = Phrase("未知", "unknown")
    fields = {"indicator": name, "value": unknown, "limit": unknown if limit is None else _written(limit)}
    if measured.value is not None:
        fields["value"] = describe_number(measured.value, places.integer, apart_from=limit)
    if limit is None:
        if rule.unknown_limit is None:
            return None
        return make_answer(rule, rule.unknown_limit, fields, shown=(places,), decided_by=name)
    decided_by = Phrase(f"{name.zh}限值 {_written(limit).zh}", f"limit of the {name.en}: {_written(limit).en}")
    if measured.value is None:
        return make_answer(rule, rule.unknown_value, fields, deciding=rows, shown=(places,), decided_by=decided_by)
    # The figure counts as it is written: 0.3 is three tenths, not the double next to it.
    value = Decimal(repr(measured.value))
    if value >= limit if rule.comparison is Comparison.AT_LEAST else value <= limit:
        sign = "≥" if rule.comparison is Comparison.AT_LEAST else "≤"
        text = f" {fields['value'].zh}，要求 {sign} {_written(limit).zh}"
        detail = Phrase(name.zh + text, f"{name.en} {fields['value'].en}, required {sign} {_written(limit).en}")
        return make_clear_answer(rule, detail, deciding=rows, shown=(places,), decided_by=decided_by)
    outcome = rule.failed
    if facts.exemption_document and rule.exempted is not None:
        outcome = rule.exempted
        decided_by = Phrase(f"豁免文件 {facts.exemption_document}", f"exempted by {facts.exemption_document}")
    return make_answer(rule, outcome, fields, deciding=rows, shown=(places,), decided_by=decided_by)


def _is_about(rule: IndicatorThreshold, measured: MeasuredIndicator, facts: SiteFacts) -> bool:
    """Tell whether a rule is asked: of another use it is not, nor where neither figure, limit nor use is known."""
    about = match_use(facts.use_code, facts.use_code_version, rule.uses, rule.code_version).is_listed
    if rule.uses and about is False:
        return False
    is_known = measured.value is not None or measured.plan_limit is not None
    return is_known or bool(rule.uses and about)


def _find_limit(
    rule: IndicatorThreshold, measured: MeasuredIndicator, facts: SiteFacts, law: Law
) -> tuple[Decimal | None, tuple[ParameterRow, ...]]:
    match rule.limit:
        case PlanLimit():
            return None if measured.plan_limit is None else Decimal(repr(measured.plan_limit)), ()
        case ParameterLimit(parameter=key):
            row = law.row(key)
            return row.value, (row,)
        case IndustryLimits() as table:
            matching = [
                code
                for code in table.parameters
                if match_industry(facts.industry_code, facts.industry_standard, [code], table.industry_standard)
            ]
            if not matching:
                return None, ()
            row = law.row(table.parameters[max(matching, key=len)])
            return row.value, (row,)


def judge_industry(rule: IndustryList, facts: SiteFacts) -> Judgement | None:
    """Judge the industry of a project by a negative list; the worst item counts.

    Returns
    -------
    Judgement or None
        PASS where the list does not speak of the industry.
    """
    answers = [
        (item, match_industry(facts.industry_code, facts.industry_standard, item.codes, rule.industry_standard))
        for item in rule.items
    ]
    hits = sorted((item for item, answer in answers if answer), key=lambda item: not item.is_forbidden)
    industry = Phrase(facts.industry_code or "未知", facts.industry_code or "unknown")
    if hits:
        worst_item = hits[0]
        outcome = rule.forbidden if worst_item.is_forbidden else rule.restricted
        decided_by = _describe_item(worst_item)
        return make_answer(rule, outcome, {"industry": industry, "item": decided_by}, decided_by=decided_by)
    if any(answer is None for _, answer in answers):
        fields = {"industry": industry, "item": Phrase("", "")}
        return make_answer(rule, rule.unknown_industry, fields, decided_by=industry)
    detail = Phrase(f"行业 {industry.zh} 不在清单内", f"industry {industry.en} is not on the list")
    return make_clear_answer(rule, detail, decided_by=industry)


def judge_jurisdiction(rule: Jurisdiction, measured: MeasuredJurisdiction, law: Law) -> Judgement:
    """Say who holds a power over a site, with shares; a gap or an overlap of the layer is reported before a split.

    Raises
    ------
    ValueError
        When another power was measured than the rule is about.
    """
    if measured.power is not rule.power:
        raise ValueError(f"rule {rule.rule_id} is about {rule.power}, not {measured.power}")
    shown = law.display()
    total = measured.target_area_m2
    agencies = join_phrases(_describe_agency(part, total, shown) for part in sorted_parts(measured))
    # Sums and differences of areas are conserved to 1e-9 of the whole: less is no gap.
    noise = total * 1e-9
    if measured.gap_m2 > noise:
        outcome, area = rule.nobody, measured.gap_m2
    elif measured.overlap_m2 > noise:
        outcome, area = rule.overlapping, measured.overlap_m2
    else:
        outcome, area = (rule.one if len(measured.parts) == 1 else rule.several), total
    fields = {
        "power": Phrase(*_POWER_NAMES[rule.power]),
        "agencies": agencies if measured.parts else Phrase("无", "none"),
        "measure": describe_measure(area, min(area / total, 1.0), shown),
    }
    return make_answer(rule, outcome, fields, shown=shown, decided_by=fields["agencies"])


_POWER_NAMES = {"approval": ("审批权限", "power of approval"), "management": ("后期管理权限", "power of management")}


def sorted_parts(measured: MeasuredJurisdiction) -> list[AgencyPart]:
    """Order the authorities by the area they hold, the largest first."""
    return sorted(measured.parts, key=lambda part: (-part.area_m2, part.agency))


def _describe_agency(part: AgencyPart, total_m2: float, shown: tuple[ParameterRow, ...]) -> Phrase:
    percent = describe_number(min(part.area_m2 / total_m2, 1.0) * 100, shown[-1].integer)
    return Phrase(f"{part.agency}（{percent.zh} %）", f"{part.agency} ({percent.en} %)")


def _describe_item(item: ListedIndustry) -> Phrase:
    return Phrase(f"{item.item} {item.name.zh}", f"{item.item} {item.name.en}")


def _exceeds(area_m2: float, limit_ha: ParameterRow) -> bool:
    return Decimal(repr(float(area_m2))) > limit_ha.value * 10_000


def _written(value: Decimal) -> Phrase:
    return Phrase(f"{value.normalize():f}", f"{value.normalize():f}")
