"""The reason of a verdict on low-efficiency land, in Chinese and English, with each failed test and its numbers."""

from collections.abc import Sequence
from fractions import Fraction

from gis.efficiency.limits import Side
from gis.efficiency.testing import IndicatorTest
from gis.measurement import round_half_up

NAMES = {
    "floor_area_ratio": ("容积率", "floor area ratio"),
    "building_coefficient": ("建筑系数", "building coefficient"),
    "investment_per_mu": ("投资强度（万元/亩）", "investment (10,000 yuan/mu)"),
    "output_per_mu": ("亩均产出（万元/亩）", "output (10,000 yuan/mu)"),
    "tax_per_mu": ("亩均税收（万元/亩）", "tax (10,000 yuan/mu)"),
    "office_land_share": ("行政办公及生活服务设施用地比重", "share of office land"),
    "green_share": ("绿地率", "green share"),
    "vacant_floor_share": ("空置建筑面积占比", "share of vacant floor"),
    "per_mu_class": ("亩均效益评价", "per-mu class"),
    "stopped_production": ("停产", "production stopped"),
    "is_built": ("非建设用地", "not built-up land in the base survey"),
    "has_clear_rights": ("权属不清", "rights not clear"),
    "is_disputed": ("存在争议", "disputed"),
    "is_idle": ("已属闲置土地", "idle land already"),
    "is_policy_listed": ("属禁止类、淘汰类产业", "prohibited or eliminated industry"),
    "is_unsafe": ("不符合安全生产或环保要求", "fails safety or environment"),
    "is_plan_mismatch": ("与规划用途不符", "the plan has another use"),
    "renewal_area": ("位于更新改造区", "in a renewal area"),
    "class_d_years": ("亩均效益评价连续为D类", "per-mu class D year after year"),
}
_KINDS = {
    "low_efficiency": ("疑似低效用地", "Suspected low-efficiency land"),
    "outside_gate": ("不列入低效用地", "Not considered as low-efficiency land"),
    "insufficient_data": ("数据不足，无法判断是否低效", "Insufficient data"),
    "not_low": ("未达到低效用地标准", "Not low-efficiency land"),
}
_PLACES = 4


def describe(
    kind: str, closed: Sequence[str], direct: Sequence[str], failed: Sequence[IndicatorTest], missing: Sequence[str]
) -> tuple[str, str]:
    """Write the reason in both languages.

    Parameters
    ----------
    kind : str
        A :class:`~gis.efficiency.LowEfficiencyKind`.
    closed, direct : sequence of str
        Names of closed gates and direct reasons.
    failed : sequence of IndicatorTest
    missing : sequence of str
    """
    head_zh, head_en = _KINDS[kind]
    items = [NAMES[name] for name in closed or direct]
    if not closed:
        items += [_describe_test(test) for test in failed]
    if missing:
        items.append((f"缺少 {'、'.join(missing)}", f"missing: {', '.join(missing)}"))
    zh = "；".join(zh for zh, _ in items)
    en = "; ".join(en for _, en in items)
    return (f"{head_zh}：{zh}" if zh else head_zh), (f"{head_en}: {en}" if en else head_en)


def _describe_test(test: IndicatorTest) -> tuple[str, str]:
    zh, en = NAMES[test.name]
    if not isinstance(test.measured, Fraction) or test.required is None:
        value = test.measured or ""
        return f"{zh} {value}".strip(), f"{en} {value}".strip()
    measured, required = (f"{round_half_up(value, _PLACES):f}" for value in (test.measured, test.required))
    sign = "≥" if test.side is Side.MIN else "≤"
    citation = test.row.citation if test.row is not None else ""
    return (
        f"{zh} {measured}，要求 {sign} {required}（{citation}）",
        f"{en} {measured}, required {sign} {required} ({citation})",
    )
