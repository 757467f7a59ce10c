"""What hearing, decision, enforcement, new use and the end of a case ask for."""

from collections.abc import Iterator
from datetime import date

from gis.disposal import moves as m
from gis.disposal.model import CaseStage, CaseState, HearingPurpose, Obstacle
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.options import option_obstacles
from gis.disposal.order import obstacle
from gis.disposal.plans import DisposalOption
from gis.disposal.substance import require_mortgagees, substance

_FORCED = {HearingPurpose.FEE: DisposalOption.FEE, HearingPurpose.RECOVERY: DisposalOption.FREE_RECOVERY}


@substance.register
def _notify_hearing(move: m.NotifyHearing, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from _force(state, move.purpose, move.on, numbers)
    if state.stage is CaseStage.ENFORCEMENT and state.decided is not HearingPurpose.FEE:
        yield obstacle("decided_already", "第十七条", "已决定收回", "the recovery is decided already", is_assumed=True)


@substance.register
def _decide_fee(move: m.DecideFee, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from _force(state, HearingPurpose.FEE, move.on, numbers)
    yield from _hearing(state, HearingPurpose.FEE, move.on)


@substance.register
def _decide_recovery(move: m.DecideRecovery, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from _force(state, HearingPurpose.RECOVERY, move.on, numbers)
    yield from _hearing(state, HearingPurpose.RECOVERY, move.on)
    yield from require_mortgagees(state, move.mortgagees_notified_on, "第十七条")


def _force(state: CaseState, purpose: HearingPurpose, on: date, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from option_obstacles(state, _FORCED[purpose], on=on, numbers=numbers)
    if state.open_objection:
        yield obstacle(
            "open_objection", "第十五条", "异议尚未答复", "an objection is not answered yet", is_assumed=True
        )


def _hearing(state: CaseState, purpose: HearingPurpose, on: date) -> Iterator[Obstacle]:
    """Ask for a notice about this decision, and its period over or the hearing held (art. 15)."""
    hearing = state.hearing
    if hearing is None or hearing.purpose is not purpose:
        yield obstacle(
            "no_hearing_notice",
            "第十五条",
            "未就本决定告知听证权利",
            "no notice of a hearing on this decision",
            is_assumed=True,
        )
    elif hearing.is_requested and not hearing.is_held:
        yield obstacle(
            "hearing_not_held",
            "第十五条",
            "已申请听证，尚未举行",
            "a hearing was asked for and not held",
            is_assumed=True,
        )
    elif not hearing.is_requested and on <= hearing.request_until:
        yield obstacle(
            "hearing_period_runs",
            "第十五条",
            f"听证申请期限至 {hearing.request_until} 届满",
            f"a hearing may be asked for until {hearing.request_until}",
            is_assumed=True,
        )


@substance.register
def _request_hearing(move: m.RequestHearing, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.hearing is not None and move.on > state.hearing.request_until:
        yield obstacle(
            "request_too_late",
            "第十五条",
            f"申请期限已于 {state.hearing.request_until} 届满",
            f"a hearing could be asked for until {state.hearing.request_until}",
            is_assumed=True,
        )


@substance.register
def _hold_hearing(_move: m.HoldHearing, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.hearing is None or not state.hearing.is_requested:
        yield obstacle("no_request", "第十五条", "当事人未申请听证", "no hearing was asked for", is_assumed=True)


@substance.register
def _pay_fee(move: m.PayFee, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.decided is not HearingPurpose.FEE or state.fee_yuan is None:
        yield obstacle("no_fee_decided", "第十四条第（一）项", "未决定征缴闲置费", "no fee was decided")
    elif move.amount_yuan != state.fee_yuan:
        yield obstacle(
            "amount_differs",
            "第十四条第（一）项",
            f"应缴 {state.fee_yuan} 元，实缴 {move.amount_yuan} 元",
            f"{state.fee_yuan} yuan are owed, {move.amount_yuan} were paid",
        )


@substance.register
def _deregister(_move: m.Deregister, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.decided is not HearingPurpose.RECOVERY:
        yield obstacle("no_recovery_decided", "第十四条第（二）项", "未决定收回", "no recovery was decided")
    if state.open_appeal:
        yield _open_appeal()


@substance.register
def _enforce(move: m.Enforce, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.open_appeal:
        yield _open_appeal()
    if state.enforce_after is not None and move.on <= state.enforce_after:
        yield obstacle(
            "periods_run",
            "第十八条",
            f"履行、复议、起诉期限至 {state.enforce_after} 方全部届满",
            f"the periods for complying, review and lawsuit end on {state.enforce_after}",
            is_assumed=True,
        )


@substance.register
def _appeal(_move: m.Appeal, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.open_appeal:
        yield _open_appeal()


@substance.register
def _settle_appeal(_move: m.SettleAppeal, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if not state.open_appeal:
        yield obstacle("no_appeal", "第十七条", "没有复议、诉讼", "there is no review or lawsuit", is_assumed=True)


def _open_appeal() -> Obstacle:
    return obstacle(
        "open_appeal", "第十七条", "复议、诉讼尚未终结", "a review or lawsuit is still open", is_assumed=True
    )


@substance.register
def _reuse(move: m.Reuse, _state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if move.use is m.ReuseKind.CULTIVATION and not (move.is_soil_intact and not move.has_near_term_project):
        yield obstacle(
            "not_for_cultivation",
            "第十九条",
            "恢复耕种限于耕作条件未被破坏且近期无法安排建设项目的土地",
            "cultivation is restored where the soil is intact and no project is near",
            is_assumed=True,
        )
    if move.use is m.ReuseKind.SUPPLY and not move.clean_land.is_clean:
        yield obstacle(
            "not_clean_land",
            "第二十一条",
            f"不符合净地供应条件：{'、'.join(move.clean_land.missing)}",
            f"not clean land: {', '.join(move.clean_land.missing)}",
            is_assumed=True,
        )


@substance.register
def _unpublish(_move: m.Unpublish, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if not state.is_published:
        yield obstacle("not_published", "第十一条", "未公开", "it is not on the public list")


@substance.register
def _end(_move: m.EndCase, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.is_published:
        yield obstacle("still_published", "第十一条", "须先撤销公开", "it has to leave the public list first")
    if state.stage is CaseStage.REUSED and not state.is_reregistered:
        yield obstacle(
            "not_reregistered", "第二十条", "须先办理变更登记", "the register has to be changed first", is_assumed=True
        )
