"""The ledger of idle land (闲置土地处置台账): one row a case, and what the current scan suspects beyond the cases."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import repository
from app.cases.letter_texts import CAUSES
from app.clock import today
from app.db.models import DisposalCase, DisposalMove, IdleCase
from gis.disposal import MOVE, CaseFacts, CaseState, Outcome, load_move_order, replay
from gis.idle import IdleKind
from gis.idle.reasons import FIELD_NAMES
from gis.measurement import round_half_up

KINDS = {
    IdleKind.IDLE_NOT_STARTED: "未动工开发满一年（第二条第一款）",
    IdleKind.IDLE_SUSPENDED: "中止开发满一年（第二条第二款）",
    IdleKind.LATE_START: "逾期动工",
    IdleKind.INSUFFICIENT_DATA: "数据不足",
}
OPTIONS = {
    "extension": "延长动工开发期限",
    "change_of_use": "调整用途、规划条件",
    "temporary_use": "安排临时使用",
    "paid_recovery": "协议有偿收回",
    "swap": "置换土地",
    "other": "其他",
}
REUSES = {"supply": "重新供地", "reserve": "纳入政府储备", "cultivation": "恢复耕种"}
Cell = str | int | date | Decimal | None


@dataclass(frozen=True, slots=True)
class LedgerCase:
    """A case as the ledger reads it."""

    row: DisposalCase
    state: CaseState
    moves: Sequence[DisposalMove]

    def last(self, action: str) -> DisposalMove | None:
        """Return the latest move of a kind."""
        return next((move for move in reversed(self.moves) if move.action == action), None)

    def day(self, action: str) -> date | None:
        """Return the day of the latest move of a kind."""
        move = self.last(action)
        return None if move is None else move.done_on

    def said(self, action: str, name: str) -> Any:  # noqa: ANN401  JSON values
        """Return what the latest move of a kind says."""
        move = self.last(action)
        return None if move is None else move.move.get(name)


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """A column: the group above it, its name, its width in characters, and what it shows."""

    group: str
    name: str
    width: int
    value: Callable[[LedgerCase], Cell]


def read_ledger(session: Session) -> list[LedgerCase]:
    """Read all cases in the order of their numbers, with two statements."""
    cases = session.scalars(select(DisposalCase).order_by(DisposalCase.row_id)).all()
    moves: dict[int, list[DisposalMove]] = defaultdict(list)
    for move in session.scalars(select(DisposalMove).order_by(DisposalMove.disposal_case_id, DisposalMove.number)):
        moves[move.disposal_case_id].append(move)
    return [LedgerCase(case, _state(case, moves[case.row_id]), moves[case.row_id]) for case in cases]


def read_suspects(session: Session) -> Sequence[IdleCase]:
    """Read what the current scan found of contracts that have no case which runs or ended only after the day of the scan."""
    scan = repository.current_scan(session)
    if scan is None:
        return ()
    followed = select(DisposalCase.contract_no).where(
        DisposalCase.ended_on.is_(None) | (DisposalCase.ended_on >= scan.as_of)
    )
    return session.scalars(
        select(IdleCase)
        .where(IdleCase.idle_scan_id == scan.id, IdleCase.contract_no.not_in(followed))
        .order_by(IdleCase.row_id)
    ).all()


def ledger_rows(cases: Iterable[LedgerCase]) -> list[list[Cell]]:
    """Return the cells of the ledger, one row a case."""
    return [[number, *(column.value(case) for column in COLUMNS)] for number, case in enumerate(cases, start=1)]


def suspect_rows(suspects: Iterable[IdleCase]) -> list[list[Cell]]:
    """Return the cells of the sheet of suspects."""
    return [
        [
            number,
            each.contract_no,
            each.parcel_code,
            KINDS[IdleKind(each.kind)],
            each.agreed_start_date,
            each.idle_since,
            each.gross_idle_days,
            each.net_idle_days,
            each.reason_zh,
            "、".join(FIELD_NAMES[name][0] for name in each.missing),
            "；".join(fault["zh"] for fault in each.facts.get("faults", ())),
        ]
        for number, each in enumerate(suspects, start=1)
    ]


def _state(case: DisposalCase, moves: Sequence[DisposalMove]) -> CaseState:
    made = ((MOVE.validate_python(row.move), Outcome.model_validate(row.outcome)) for row in moves)
    return replay(CaseFacts.model_validate(case.initial_facts), made)


def _hectares(case: LedgerCase) -> Decimal | None:
    area = case.state.facts.area_m2
    return None if area is None else round_half_up(area / 10_000, 4)


def _price(case: LedgerCase) -> Decimal | None:
    price = case.state.facts.price_yuan
    return None if price is None else round_half_up(price / 10_000, 2)


def _since(case: LedgerCase) -> date | None:
    facts = case.state.facts
    return facts.suspended_since if facts.kind is IdleKind.IDLE_SUSPENDED else facts.agreed_start_date


def _idle_days(case: LedgerCase) -> int | None:
    since, until = _since(case), case.row.ended_on or today()
    return None if since is None or since > until else (until - since).days


def _cause(case: LedgerCase) -> str | None:
    return None if case.state.cause is None else CAUSES[case.state.cause]


def _way(case: LedgerCase) -> str | None:
    """Say how the land is disposed of, as far as it is decided."""
    if case.last("decide_recovery"):
        return "无偿收回"
    if case.state.plan is not None:
        return OPTIONS[case.state.plan.option]
    return "征缴土地闲置费" if case.last("decide_fee") else None


def _reuse(case: LedgerCase) -> str | None:
    use = case.said("reuse", "use")
    return None if use is None else REUSES[use]


def _approval(case: LedgerCase) -> str | None:
    for action in ("decide_recovery", "approve_plan", "decide_fee"):
        found: str | None = case.said(action, "approval_no")
        if found is not None:
            return found
    return None


COLUMNS = (
    LedgerColumn("基本情况", "合同（决定书）编号", 20, lambda case: case.row.contract_no),
    LedgerColumn("基本情况", "宗地代码", 22, lambda case: case.row.parcel_code),
    LedgerColumn("基本情况", "土地使用权人", 26, lambda case: case.state.facts.holder),
    LedgerColumn("基本情况", "统一社会信用代码", 21, lambda case: case.state.facts.holder_credit_code),
    LedgerColumn("基本情况", "土地坐落", 24, lambda case: case.state.facts.place),
    LedgerColumn("基本情况", "面积（公顷）", 11, _hectares),
    LedgerColumn("基本情况", "土地价款（万元）", 12, _price),
    LedgerColumn("闲置情况", "约定动工日期", 12, lambda case: case.state.facts.agreed_start_date),
    LedgerColumn("闲置情况", "闲置类型", 26, lambda case: KINDS[case.state.facts.kind]),
    LedgerColumn("闲置情况", "闲置起算日", 12, _since),
    LedgerColumn("闲置情况", "闲置天数", 9, _idle_days),
    LedgerColumn("闲置情况", "闲置原因", 26, _cause),
    LedgerColumn("调查认定", "立案日期", 12, lambda case: case.row.opened_on),
    LedgerColumn("调查认定", "调查通知日期", 12, lambda case: case.day("notify_survey")),
    LedgerColumn("调查认定", "认定日期", 12, lambda case: case.day("determine")),
    LedgerColumn("调查认定", "公开日期", 12, lambda case: case.day("publish")),
    LedgerColumn("调查认定", "备案号", 14, lambda case: case.said("file", "filing_no")),
    LedgerColumn("处置情况", "处置方式", 20, _way),
    LedgerColumn("处置情况", "批准文号", 18, _approval),
    LedgerColumn("处置情况", "决定日期", 12, lambda case: case.day("decide_recovery") or case.day("decide_fee")),
    LedgerColumn("处置情况", "闲置费（元）", 15, lambda case: case.state.fee_yuan),
    LedgerColumn("处置情况", "缴费日期", 12, lambda case: case.day("pay_fee")),
    LedgerColumn("处置结果", "注销登记日期", 12, lambda case: case.day("deregister")),
    LedgerColumn("处置结果", "再利用方向", 14, _reuse),
    LedgerColumn("处置结果", "当前环节", 14, lambda case: load_move_order().stages[case.state.stage]),
    LedgerColumn("处置结果", "办理期限", 12, lambda case: case.row.due_on),
    LedgerColumn("处置结果", "结案日期", 12, lambda case: case.row.ended_on),
)
SUSPECT_HEAD = (
    ("序号", 6),
    ("合同（决定书）编号", 20),
    ("宗地代码", 22),
    ("疑似类型", 26),
    ("约定动工日期", 12),
    ("闲置起算日", 12),
    ("闲置天数", 9),
    ("扣除后天数", 10),
    ("依据", 70),
    ("缺少的数据", 30),
    ("数据问题", 50),
)
