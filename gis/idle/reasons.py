"""The reason of an assessment in Chinese and English, with its dates, numbers and articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from gis.idle.faults import DataFault
from gis.idle.findings import Facts, Finding, IdleKind
from gis.idle.start import StartBasis
from gis.measurement import round_half_up

#: What a field of a contract is called where it is missing.
FIELD_NAMES = {
    "agreed_start_date": ("约定动工日期", "agreed start date"),
    "delivery_date": ("交地日期", "delivery date"),
    "foundation_type": ("基础类型", "type of foundation"),
    "milestone_done": ("节点完成量", "progress of the foundation milestone"),
    "milestone_total": ("节点总量", "size of the foundation milestone"),
    "milestone_date": ("节点完成日期", "day of the foundation milestone"),
    "should_start_area": ("应动工面积", "area that should be under development"),
    "developed_area": ("已动工面积", "area under development"),
    "total_investment": ("总投资额", "total investment"),
    "invested": ("已投资额", "invested amount"),
}

_BASIS = {
    StartBasis.SUPPLEMENT: ("补充协议约定", "by supplementary agreement"),
    StartBasis.CONTRACT: ("合同约定", "by contract"),
    StartBasis.DELIVERY: ("按交地日期推定", "counted from the delivery"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a contract was assessed as it was, and the article that says so."""

    zh: str
    en: str
    article: str


@dataclass(frozen=True, slots=True)
class Days:
    """Idle days: all of them, and without those of government causes and force majeure."""

    gross: int
    net: int


def explain(facts: Facts, finding: Finding, days: Days) -> Reason:
    """Write the reason of a finding.

    Parameters
    ----------
    facts : Facts
    finding : Finding
    days : Days

    Returns
    -------
    Reason
    """
    match finding.kind:
        case IdleKind.IDLE_NOT_STARTED:
            return _explain_unstarted(facts, finding, days)
        case IdleKind.IDLE_SUSPENDED:
            return _explain_suspended(facts, finding, days)
        case IdleKind.LATE_START:
            return _explain_late_start(facts, finding, days)
        case IdleKind.INSUFFICIENT_DATA:
            return _explain_missing(facts, finding)
        case IdleKind.NOT_IDLE:
            return _explain_not_idle(facts)
        case _:
            assert_never(finding.kind)


def explain_faults(facts: Facts, faults: Sequence[DataFault]) -> Reason:
    """Write why a contract with contradicting data, or with data that could not be taken, is not judged.

    Parameters
    ----------
    facts : Facts
    faults : sequence of DataFault

    Returns
    -------
    Reason
    """
    article = facts.thresholds.row("idle.idle_after_years").citation
    is_about_the_table = any(fault.code.is_about_the_table for fault in faults)
    zh, en = ("数据不足", "Insufficient data") if is_about_the_table else ("数据相互矛盾", "Contradicting data")
    return Reason(
        zh=f"{zh}，至 {facts.as_of} 无法判断是否闲置：{'；'.join(fault.zh for fault in faults)}。依据{article}。",
        en=f"{en}: whether the land was idle on {facts.as_of} cannot be told: "
        f"{'; '.join(fault.en for fault in faults)}. Basis: {article}.",
        article=article,
    )


def _explain_unstarted(facts: Facts, finding: Finding, days: Days) -> Reason:
    article = facts.thresholds.row("idle.idle_after_years").citation
    agreed_zh, agreed_en = _describe_agreed_start(facts)
    obstacle_zh, obstacle_en = _describe_obstacle(facts)
    years = facts.thresholds.idle_after_years
    return Reason(
        zh=f"{agreed_zh}，满 {years} 年之期于 {finding.period_end} 届满，至 {facts.as_of} 未动工开发（{obstacle_zh}），"
        f"已 {_days_zh(days)}。依据{article}，涉嫌闲置土地。",
        en=f"{agreed_en}; the {years}-year period ended on {finding.period_end} and development had not started by "
        f"{facts.as_of} ({obstacle_en}): {_days_en(days)}. Suspected idle land; basis: {article}.",
        article=article,
    )


def _explain_suspended(facts: Facts, finding: Finding, days: Days) -> Reason:
    contract, limits = facts.contract, facts.thresholds
    article = limits.row("idle.suspended_after_years").citation
    area = _Quotient(contract.developed_area_m2, contract.should_start_area_m2, limits.developed_share)
    money = _Quotient(contract.invested_10k_yuan, contract.total_investment_10k_yuan, limits.invested_share)
    years = limits.suspended_after_years
    return Reason(
        zh=f"自 {finding.since} 起中止开发建设，满 {years} 年之期于 {finding.period_end} 届满，至 {facts.as_of} 已 {_days_zh(days)}；"
        f"已动工面积与应动工面积（平方米）：{area.zh}；已投资额与总投资额（万元）：{money.zh}。"
        f"依据{article}，可以认定为闲置土地，须人工认定。",
        en=f"Development suspended since {finding.since}; the {years}-year period ended on {finding.period_end}: "
        f"{_days_en(days)} by {facts.as_of}. Area under development (m²): {area.en}; investment (10,000 yuan): {money.en}. "
        f"May be determined idle land, a person decides; basis: {article}.",
        article=article,
    )


def _explain_late_start(facts: Facts, finding: Finding, days: Days) -> Reason:
    article = facts.thresholds.row("idle.idle_after_years").citation
    agreed_zh, agreed_en = _describe_agreed_start(facts)
    return Reason(
        zh=f"{agreed_zh}，满 {facts.thresholds.idle_after_years} 年之期于 {finding.period_end} 届满，{finding.until} 方动工开发，"
        f"其间 {_days_zh(days)}。属逾期动工，现不构成闲置土地。依据{article}。",
        en=f"{agreed_en}; the {facts.thresholds.idle_after_years}-year period ended on {finding.period_end} and "
        f"development started only on {finding.until}: {_days_en(days)} between. A late start, not idle today; basis: {article}.",
        article=article,
    )


def _explain_missing(facts: Facts, finding: Finding) -> Reason:
    zh = "、".join(FIELD_NAMES[name][0] for name in finding.missing)
    en = ", ".join(FIELD_NAMES[name][1] for name in finding.missing)
    hint_zh, hint_en = "", ""
    if facts.agreed is None:
        hint_zh = "未见交地记录，须先核实政府是否已按约定交付土地（第八条第（一）项）。"
        hint_en = " There is no delivery record: first find out whether the government delivered the land (art. 8(1))."
    article = facts.thresholds.row("idle.start_after_delivery_years" if hint_zh else "idle.idle_after_years").citation
    return Reason(
        zh=f"数据不足，至 {facts.as_of} 无法判断是否闲置；缺少：{zh}。{hint_zh}依据{article}。",
        en=f"Insufficient data: whether the land was idle on {facts.as_of} cannot be told without {en}.{hint_en} Basis: {article}.",
        article=article,
    )


def _explain_not_idle(facts: Facts) -> Reason:
    article = facts.thresholds.row("idle.idle_after_years").citation
    return Reason(
        zh=f"至 {facts.as_of} 不构成闲置土地。依据{article}。",
        en=f"Not idle land on {facts.as_of}; basis: {article}.",
        article=article,
    )


def _describe_agreed_start(facts: Facts) -> tuple[str, str]:
    if facts.agreed is None:
        return "无约定动工日期", "No agreed start"
    basis_zh, basis_en = _BASIS[facts.agreed.basis]
    return f"动工开发日期 {facts.agreed.day}（{basis_zh}）", f"Agreed start {facts.agreed.day} ({basis_en})"


def _describe_obstacle(facts: Facts) -> tuple[str, str]:
    """Say what a start lacks: the permit or the milestone."""
    contract = facts.contract
    if contract.permit_date is None or contract.permit_date > facts.as_of:
        return "未取得施工许可证", "no construction permit"
    if contract.milestone_done is None or contract.milestone_total is None:
        return "基础施工节点未完成", "foundation milestone not reached"
    progress = f"{contract.milestone_done:f}/{contract.milestone_total:f}"
    return f"基础施工节点未完成，{progress}", f"foundation milestone not reached, {progress}"


@dataclass(frozen=True, slots=True)
class _Quotient:
    """A part of a whole against the share that the law asks for, written so that the comparison can be checked."""

    part: Decimal | None
    whole: Decimal | None
    limit: Fraction

    @property
    def zh(self) -> str:
        if self.part is None or not self.whole:
            return "数据不全，无法计算"
        return f"{self.part:f}/{self.whole:f}，{self._percent} %，{'不足' if self._is_below else '不低于'} {self.limit}"

    @property
    def en(self) -> str:
        if self.part is None or not self.whole:
            return "incomplete, cannot be computed"
        return f"{self.part:f}/{self.whole:f}, {self._percent} %, {'below' if self._is_below else 'not below'} {self.limit}"

    @property
    def _share(self) -> Fraction:
        return Fraction(self.part or 0) / Fraction(self.whole or 1)

    @property
    def _is_below(self) -> bool:
        return self._share < self.limit

    @property
    def _percent(self) -> Decimal:
        return round_half_up(self._share * 100, 2)


def _days_zh(days: Days) -> str:
    excused = days.gross - days.net
    return f"{days.gross} 天" + (f"（扣除政府原因和不可抗力 {excused} 天后 {days.net} 天）" if excused else "")


def _days_en(days: Days) -> str:
    excused = days.gross - days.net
    return f"{days.gross} days" + (
        f" ({days.net} without {excused} of government causes or force majeure)" if excused else ""
    )
