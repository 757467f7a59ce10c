"""What the moves up to an agreed plan ask for: causes, determination, publication, plan, and disputes about the facts."""

from collections.abc import Iterator

from gis.disposal import moves as m
from gis.disposal.model import BASIS_FACTS, CaseStage, CaseState, Obstacle
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.options import option_obstacles
from gis.disposal.order import obstacle
from gis.disposal.plan_limits import plan_obstacles
from gis.disposal.substance import require_mortgagees, substance
from gis.idle import CauseCode, IdleKind, add_years


@substance.register
def _prove_cause(move: m.ProveCause, _state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if move.first_day > move.on:
        yield obstacle("cause_in_the_future", "第八条", "延迟原因尚未发生", "the cause has not begun yet")


@substance.register
def _determine(move: m.Determine, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    facts = state.facts
    if state.stage is CaseStage.SURVEY and state.evidence_until is not None and move.on <= state.evidence_until:
        yield obstacle(
            "evidence_period_runs",
            "第五条",
            f"举证期限至 {state.evidence_until} 届满，使用权人尚未举证",
            f"the holder may submit evidence until {state.evidence_until}, and has not yet",
        )
    if move.kind is not facts.kind:
        yield obstacle(
            "kind_differs",
            "第二条",
            f"卷内事实为 {facts.kind.value}，与拟认定的 {move.kind.value} 不符，须先更正事实",
            f"the file says {facts.kind.value}, not {move.kind.value}: correct the facts first",
        )
    yield from _idle_long_enough(move, state, numbers)
    if move.cause.is_excused and move.cause not in {cause.code for cause in state.causes}:
        yield obstacle(
            "cause_not_proved",
            "第八条",
            f"原因 {move.cause.value} 未经举证查明",
            f"no evidence was given for the cause {move.cause.value}",
        )
    if missing := [name for name in ("holder", "holder_address") if not getattr(facts, name)]:
        yield obstacle(
            "content_missing",
            "第十条",
            f"认定书须载明使用权人姓名（名称）、住所，缺少：{'、'.join(missing)}",
            f"a determination names the holder and the address; missing: {', '.join(missing)}",
            is_assumed=True,
        )


def _idle_long_enough(move: m.Determine, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    is_first = move.kind is IdleKind.IDLE_NOT_STARTED
    since = state.facts.agreed_start_date if is_first else state.facts.suspended_since
    years = numbers.idle_after_years if is_first else numbers.suspended_after_years
    article = "第二条第一款" if is_first else "第二条第二款"
    if since is None:
        yield obstacle("start_unknown", article, "起算日不明", "the day from which it counts is not known")
    elif move.on <= (end := add_years(since, years)):
        yield obstacle(
            "year_not_over",
            article,
            f"未满{years}年：{end} 方届满",
            f"the {years} year(s) end on {end}, not before {move.on}",
        )


@substance.register
def _publish(move: m.Publish, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.cause in {None, CauseCode.ENTERPRISE, CauseCode.FORCE_MAJEURE} or move.department_notified:
        return
    yield obstacle(
        "department_not_notified",
        "第十一条",
        "属政府原因的，须同时公开原因并书面告知有关部门",
        "a government cause is published too, and its department notified in writing",
    )


@substance.register
def _agree_plan(move: m.AgreePlan, state: CaseState, numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from option_obstacles(state, move.plan.option, on=move.on, numbers=numbers)
    yield from plan_obstacles(move.plan, on=move.on, numbers=numbers)


@substance.register
def _approve_plan(move: m.ApprovePlan, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    yield from require_mortgagees(state, move.mortgagees_notified_on, "第十三条")


@substance.register
def _object(_move: m.Object, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if state.open_objection:
        yield obstacle(
            "open_objection", "第十五条", "已有异议尚未答复", "an objection is open already", is_assumed=True
        )


@substance.register
def _answer_objection(_move: m.AnswerObjection, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    if not state.open_objection:
        yield obstacle("no_objection", "第十五条", "没有异议", "there is no objection", is_assumed=True)


@substance.register
def _correct(move: m.Correct, state: CaseState, _numbers: DisposalNumbers) -> Iterator[Obstacle]:
    named = move.facts.model_fields_set
    if not named:
        yield obstacle("nothing_corrected", "第九条", "没有更正事项", "nothing is corrected")
    if state.decided is not None and named & BASIS_FACTS:
        yield obstacle(
            "decided_already",
            "第十七条",
            "决定已作出，其依据只能经复议、诉讼改变",
            "a decision was made on it: only a review or lawsuit changes its basis",
            is_assumed=True,
        )
