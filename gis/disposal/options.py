"""Which ways of disposal are lawful in a case on a day, and why the others are not (Order 53 arts. 12 and 14)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gis.disposal.model import CaseState, Obstacle
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.order import obstacle
from gis.disposal.plans import DisposalOption
from gis.idle import CauseCode, IdleKind, add_years

AGREED_OPTIONS = (
    DisposalOption.EXTENSION,
    DisposalOption.CHANGE_OF_USE,
    DisposalOption.TEMPORARY_USE,
    DisposalOption.PAID_RECOVERY,
    DisposalOption.SWAP,
    DisposalOption.OTHER,
)


@dataclass(frozen=True, slots=True)
class OptionAnswer:
    """A way of disposal, and what stands against it; it is offered when nothing does."""

    option: DisposalOption
    obstacles: tuple[Obstacle, ...]

    @property
    def is_offered(self) -> bool:
        """Whether the option is lawful."""
        return not self.obstacles


def lawful_options(state: CaseState, *, on: date, numbers: DisposalNumbers) -> list[OptionAnswer]:
    """Tell of every option whether it is lawful on a day, and what stands against it.

    Parameters
    ----------
    state : CaseState
    on : date
    numbers : DisposalNumbers
        Those in force on that day.

    Returns
    -------
    list of OptionAnswer
        One per :class:`DisposalOption`, in the order of the Order.
    """
    return [
        OptionAnswer(option, tuple(option_obstacles(state, option, on=on, numbers=numbers)))
        for option in DisposalOption
    ]


def option_obstacles(
    state: CaseState, option: DisposalOption, *, on: date, numbers: DisposalNumbers
) -> Iterator[Obstacle]:
    """Say what stands against one option; nothing when it is lawful."""
    if state.cause is None:
        yield obstacle("not_determined", "第九条", "尚未认定为闲置土地", "the land has not been determined idle")
        return
    if option in AGREED_OPTIONS:
        yield from _against_agreement(state, option)
        return
    yield from _against_force(state)
    if option is DisposalOption.FEE:
        yield from _against_fee(state, on, numbers)
    else:
        yield from _against_recovery(state, on, numbers)


def _against_agreement(state: CaseState, option: DisposalOption) -> Iterator[Obstacle]:
    if state.cause is CauseCode.ENTERPRISE and state.facts.kind is IdleKind.IDLE_NOT_STARTED:
        yield obstacle(
            "own_fault",
            "第十四条",
            "未动工开发且非政府原因、不可抗力造成，应当征缴闲置费或者无偿收回，不适用第十二条",
            "not started by the holder's own fault: a fee or recovery under art. 14, not an agreement under art. 12",
        )
    if not state.is_filed:
        yield obstacle(
            "not_filed",
            "第二十五条",
            "未在土地市场动态监测与监管系统备案，不得采取第十二条的处置方式",
            "not filed in the monitoring system: no option of art. 12 without it",
            is_assumed=True,
        )
    if option is DisposalOption.SWAP and state.cause is not CauseCode.PLAN_CHANGED:
        yield obstacle(
            "no_plan_change",
            "第十二条第（五）项",
            "置换土地限于依法修改规划造成的闲置（G2）",
            "a swap is only for land idle because a plan was lawfully changed (G2)",
            is_assumed=True,
        )


def _against_force(state: CaseState) -> Iterator[Obstacle]:
    """Say what stands against fee and recovery alike."""
    if state.cause is not None and state.cause.is_excused:
        yield obstacle(
            "excused_cause",
            "第十四条",
            f"属政府原因或者不可抗力（{state.cause.value}），应当按第十二条协商处置",
            f"caused by the government or force majeure ({state.cause.value}): to be agreed on under art. 12",
        )
    if state.facts.kind is not IdleKind.IDLE_NOT_STARTED:
        yield obstacle(
            "started",
            "第十四条",
            "已动工开发后中止的土地（第二条第二款）不征缴闲置费、不无偿收回，按第十二条处置",
            "land that was started and suspended (art. 2(2)) is disposed of under art. 12: no fee, no free recovery",
        )
    if state.facts.agreed_start_date is None:
        yield obstacle(
            "start_unknown", "第二十二条", "约定动工开发日期不明", "the agreed start is not known", is_assumed=True
        )


def _against_fee(state: CaseState, on: date, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.fee_yuan is not None:
        yield obstacle(
            "charged_already",
            "第十四条第（一）项",
            "同一闲置行为已征缴闲置费",
            "the fee was charged already for this idleness: it is charged once",
            is_assumed=True,
        )
    if state.facts.price_yuan is None:
        yield obstacle(
            "price_unknown",
            "第十四条第（一）项",
            "土地出让或者划拨价款不明，无法计算闲置费",
            "the price of the land is not known, so there is no fee to compute",
        )
    agreed = state.facts.agreed_start_date
    if agreed is None:
        return
    first, last = add_years(agreed, numbers.idle_after_years), add_years(agreed, numbers.recovery_after_years)
    if on <= first:
        yield obstacle(
            "before_first_year",
            "第十四条第（一）项",
            f"未满{numbers.idle_after_years}年：{first} 方届满，{on} 不得征缴闲置费",
            f"the {numbers.idle_after_years} year(s) end on {first}; no fee on {on}",
        )
    if on > last:
        yield obstacle(
            "after_second_year",
            "第十四条第（二）项",
            f"已满{numbers.recovery_after_years}年（{last} 届满），应当无偿收回，不再征缴闲置费",
            f"the {numbers.recovery_after_years} years ended on {last}: recovery, no longer a fee",
        )


def _against_recovery(state: CaseState, on: date, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    agreed = state.facts.agreed_start_date
    if agreed is None:
        return
    last = add_years(agreed, numbers.recovery_after_years)
    if on <= last:
        yield obstacle(
            "before_second_year",
            "第十四条第（二）项",
            f"未满{numbers.recovery_after_years}年：{last} 方届满，{on} 不得无偿收回",
            f"the {numbers.recovery_after_years} years end on {last}; no recovery without compensation on {on}",
        )
