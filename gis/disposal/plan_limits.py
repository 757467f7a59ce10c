"""The limits that art. 12 sets to what may be agreed."""

from collections.abc import Iterator
from datetime import date

from gis.disposal.model import Obstacle
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.order import obstacle
from gis.disposal.plans import ChangeOfUse, Extension, OtherWay, PaidRecovery, PlanTerms, Swap, TemporaryUse
from gis.idle import add_years


def plan_obstacles(terms: PlanTerms, *, on: date, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    """Say which limits a plan breaks; nothing when it keeps all of them.

    Parameters
    ----------
    terms : PlanTerms
    on : date
        Day on which it is agreed.
    numbers : DisposalNumbers
    """
    match terms:
        case Extension():
            yield from _extension(terms, numbers)
        case ChangeOfUse():
            yield from _change_of_use(terms)
        case TemporaryUse():
            yield from _temporary_use(terms, numbers)
        case PaidRecovery():
            if terms.compensation_yuan == 0:
                yield obstacle(
                    "no_compensation",
                    "第十二条第（四）项",
                    "有偿收回须约定补偿",
                    "a paid recovery pays something",
                    is_assumed=True,
                )
        case Swap():
            yield from _swap(terms)
        case OtherWay():
            pass
    if isinstance(terms, ChangeOfUse | Swap | OtherWay) and terms.new_start_date < on:
        yield obstacle(
            "start_in_the_past",
            "第十二条",
            f"新的动工开发日期 {terms.new_start_date} 早于 {on}",
            f"the new start is before {on}",
        )


def _extension(terms: Extension, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    last = add_years(terms.supplement_start_date, numbers.extension_max_years)
    if terms.extended_start_date > last:
        yield obstacle(
            "extension_too_long",
            "第十二条第（一）项",
            f"延长动工开发期限最长不得超过{numbers.extension_max_years}年：至迟 {last}，方案为 {terms.extended_start_date}",
            f"an extension is at most {numbers.extension_max_years} year(s): {last} at the latest, not {terms.extended_start_date}",
        )
    if not terms.supplement_start_date <= terms.extended_start_date < terms.completion_date:
        yield obstacle(
            "dates_out_of_order",
            "第十二条第（一）项",
            "动工、延期、竣工日期先后矛盾",
            "start, extension and completion are not in this order",
        )


def _change_of_use(terms: ChangeOfUse) -> Iterator[Obstacle]:
    if terms.site_verdict is None:
        yield obstacle(
            "site_not_checked",
            "第十二条第（二）项",
            "须先作用地合规性检查",
            "the site has to be checked for the new use first",
        )
    elif terms.site_verdict in {"DENY", "NO_DATA"} or (terms.site_verdict == "REVIEW" and not terms.review_opinion):
        yield obstacle(
            "use_not_in_plan",
            "第十二条第（二）项",
            f"新用途用地检查结论为 {terms.site_verdict}，不能认定符合国土空间规划",
            f"the site check of the new use says {terms.site_verdict}: not shown to satisfy the plan",
        )


def _temporary_use(terms: TemporaryUse, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    last = add_years(terms.arranged_on, numbers.temporary_use_max_years)
    if terms.until > last:
        yield obstacle(
            "temporary_use_too_long",
            "第十二条第（三）项",
            f"临时使用期限自安排之日起不得超过{numbers.temporary_use_max_years}年：至迟 {last}，方案为 {terms.until}",
            f"temporary use lasts at most {numbers.temporary_use_max_years} years: until {last}, not {terms.until}",
        )
    if terms.until <= terms.arranged_on:
        yield obstacle(
            "dates_out_of_order", "第十二条第（三）项", "临时使用止于安排之前", "it ends before it is arranged"
        )


def _swap(terms: Swap) -> Iterator[Obstacle]:
    found = (
        (not terms.is_price_paid, "price_not_paid", "已缴清土地价款", "the price is not fully paid"),
        (not terms.are_funds_in_place, "funds_not_in_place", "落实项目资金", "the project's funds are not in place"),
        (terms.value_yuan != terms.new_value_yuan, "values_differ", "价值相当", "the two are not of equal value"),
        (terms.use != terms.new_use, "uses_differ", "用途相同", "the two are not of the same use"),
    )
    for fails, code, zh, en in found:
        if fails:
            yield obstacle(code, "第十二条第（五）项", f"置换土地须{zh}", en, is_assumed=True)
