"""What the letters of a case say: the statutory text with the facts filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.cases.amounts import yuan_in_figures, yuan_in_words
from app.clock import LEGAL_TIME_ZONE
from gis.disposal import CaseState, DisposalNumbers, HearingPurpose, Outcome, idle_fee
from gis.disposal.moves import DecideFee, DecideRecovery, Determine, Move, NotifyHearing
from gis.idle import CauseCode, IdleKind

ORDER = "《闲置土地处置办法》（国土资源部令第53号）"


class LetterKind(StrEnum):
    """The letters; each belongs to one move."""

    SURVEY_NOTICE = "survey_notice"  # 闲置土地调查通知书
    DETERMINATION = "determination"  # 闲置土地认定书
    HEARING_NOTICE = "hearing_notice"  # 听证告知书
    FEE_DECISION = "fee_decision"  # 征缴土地闲置费决定书
    RECOVERY_DECISION = "recovery_decision"  # 收回国有建设用地使用权决定书


@dataclass(frozen=True, slots=True)
class LetterType:
    """A kind of letter: its move, the character in its number, and its titles."""

    action: str
    sign: str
    title: str
    subtitle: str


#: Art. 8, as a letter names the causes.
CAUSES = {
    CauseCode.NOT_DELIVERED: "未按照约定、规定的期限、条件交付土地",
    CauseCode.PLAN_CHANGED: "土地利用总体规划、城乡规划依法修改",
    CauseCode.POLICY_CHANGED: "国家出台相关政策，需要修改约定、规定的规划和建设条件",
    CauseCode.PETITIONS: "处置土地上相关群众信访事项",
    CauseCode.MILITARY_OR_RELICS: "军事管制、文物保护",
    CauseCode.OTHER_GOVERNMENT: "政府、政府有关部门的其他行为",
    CauseCode.FORCE_MAJEURE: "自然灾害等不可抗力",
    CauseCode.ENTERPRISE: "使用权人自身原因",
}

LETTERS = {
    LetterKind.SURVEY_NOTICE: LetterType(
        "notify_survey", "闲调", "闲置土地调查通知书", "Notice of survey of idle land"
    ),
    LetterKind.DETERMINATION: LetterType("determine", "闲认", "闲置土地认定书", "Determination of idle land"),
    LetterKind.HEARING_NOTICE: LetterType("notify_hearing", "闲听", "听证告知书", "Notice of the right to a hearing"),
    LetterKind.FEE_DECISION: LetterType(
        "decide_fee", "闲费", "征缴土地闲置费决定书", "Decision to charge the idle-land fee"
    ),
    LetterKind.RECOVERY_DECISION: LetterType(
        "decide_recovery",
        "闲收",
        "收回国有建设用地使用权决定书",
        "Decision to recover the right to use State-owned construction land",
    ),
}


@dataclass(frozen=True, slots=True)
class LetterSubject:
    """What a letter is written from: the case after the letter's move, the move, what it brought about, and the law of its day."""

    state: CaseState
    move: Move
    outcome: Outcome
    numbers: DisposalNumbers

    @property
    def fee_yuan(self) -> Decimal | None:
        """The fee that is planned."""
        price = self.state.facts.price_yuan
        return None if price is None else idle_fee(price, self.numbers)


def compose(
    kind: LetterKind, subject: LetterSubject, *, number: str, office: str, case_id: int, issued_at: datetime
) -> dict[str, Any]:
    """Write a letter: everything that is printed, as JSON.

    Parameters
    ----------
    kind : LetterKind
    subject : LetterSubject
    number : str
        Number of the letter.
    office : str
        Who issues it.
    case_id : int
    issued_at : datetime
    """
    letter, facts = LETTERS[kind], subject.state.facts
    paragraphs, rows, closing = WRITERS[kind](subject)
    return {
        "title": letter.title,
        "subtitle": letter.subtitle,
        "number": number,
        "case_no": str(case_id),
        "office": office,
        "addressee": facts.holder or "国有建设用地使用权人",
        "paragraphs": paragraphs,
        "facts": [*_land(subject), *rows],
        "closing": closing,
        "date": _date(issued_at.astimezone(LEGAL_TIME_ZONE).date()),
        "notes": [f"依据：{subject.outcome.article}", "本件一式二份，一份送达当事人，一份存卷。"],
    }


def _land(subject: LetterSubject) -> list[list[str]]:
    facts = subject.state.facts
    rows = [
        ("合同（决定书）编号", facts.contract_no),
        ("宗地代码", facts.parcel_code),
        ("土地坐落", facts.place),
        ("使用权人住所", facts.holder_address),
        ("面积（平方米）", None if facts.area_m2 is None else f"{facts.area_m2:,}"),
        ("土地价款（元）", None if facts.price_yuan is None else yuan_in_figures(facts.price_yuan)),
        ("约定动工开发日期", None if facts.agreed_start_date is None else _date(facts.agreed_start_date)),
    ]
    return [[name, value] for name, value in rows if value is not None]


Written = tuple[list[str], list[list[str]], list[str]]


def _survey_notice(subject: LetterSubject) -> Written:
    due = _due(subject)
    return (
        [
            f"你单位取得的下列国有建设用地使用权涉嫌构成闲置土地。根据{ORDER}第五条，现对该宗地的开发利用情况进行调查核实。",
            (
                f"请自收到本通知书之日起{subject.numbers.evidence_days}日内（{due}前，含当日）提交该宗地的开发利用情况、未按约定动工开发或者中止开发的原因以及相关说明等材料，"
                "并配合现场勘测、影像拍摄和询问。"
            ),
        ],
        [["举证期限", f"{due}（含当日）"]],
        [f"逾期未提交材料的，本机关将依据已经查明的事实，按{ORDER}的规定认定。"],
    )


def _determination(subject: LetterSubject) -> Written:
    move, state = subject.move, subject.state
    cause = state.cause
    is_excused = cause is not None and cause.is_excused
    is_suspended = state.facts.kind is IdleKind.IDLE_SUSPENDED
    clause = "第二条第二款" if is_suspended else "第二条第一款"
    since = state.facts.suspended_since if is_suspended else state.facts.agreed_start_date
    days = None if since is None else (move.on - since).days
    reason = (
        f"{CAUSES[cause]}，属{ORDER}第八条规定的情形"
        if cause is not None and is_excused
        else "非政府及其有关部门的行为或者不可抗力造成"
    )
    basis = move.basis if isinstance(move, Determine) else ""
    way = "第十二条协商处置" if is_excused or is_suspended else "第十四条处置"
    causes = "；".join(
        f"{CAUSES[each.code]}，自{_date(each.first_day)}至{'今' if each.last_day is None else _date(each.last_day)}"
        for each in state.causes
    )
    return (
        [
            f"经调查核实，你单位使用的下列宗地构成{ORDER}{clause}规定的闲置土地。事实、依据和结论如下。",
            f"事实和依据：{basis}。",
            f"闲置原因：{reason}。",
            f"认定结论：构成闲置土地，自{'' if since is None else _date(since)}的次日起算，至{_date(move.on)}已闲置{days}日，依{way}。",
        ],
        [["已查明的延迟原因", causes]] if causes else [],
        [_appeal_sentence("认定"), f"本认定将依据{ORDER}第十一条向社会公开，并予备案。"],
    )


def _hearing_notice(subject: LetterSubject) -> Written:
    due = _due(subject)
    is_fee = isinstance(subject.move, NotifyHearing) and subject.move.purpose is HearingPurpose.FEE
    fee = subject.fee_yuan
    if is_fee and fee is not None:
        planned = f"对下列宗地征缴土地闲置费人民币{yuan_in_figures(fee)}元（大写：{yuan_in_words(fee)}）"
        rows = [["拟征缴金额（元）", yuan_in_figures(fee)]]
    else:
        planned, rows = "无偿收回下列宗地的国有建设用地使用权", []
    article = "第十四条第（一）项" if is_fee else "第十四条第（二）项"
    return (
        [
            f"本机关拟依据{ORDER}{article}，{planned}。",
            f"根据{ORDER}第十五条，你单位有申请听证以及陈述、申辩的权利。要求听证的，应当在{due}前（含当日）向本机关书面提出；逾期未提出的，视为放弃。",
        ],
        [["拟作出的决定", "征缴土地闲置费" if is_fee else "无偿收回国有建设用地使用权"], *rows, ["申请听证期限", due]],
        [],
    )


def _fee_decision(subject: LetterSubject) -> Written:
    due, fee = _due(subject), subject.outcome.fee_yuan or Decimal(0)
    approval = subject.move.approval_no if isinstance(subject.move, DecideFee) else ""
    return (
        [
            f"你单位使用的下列宗地未动工开发满{subject.numbers.idle_after_years}年未满{subject.numbers.recovery_after_years}年，且非政府原因、不可抗力造成，已依法认定为闲置土地并告知听证权利。",
            (
                f"经本级人民政府批准（{approval}），依据{ORDER}第十四条第（一）项，决定按土地出让或者划拨价款的{subject.numbers.fee_rate * 100:.0f}%，"
                f"征缴土地闲置费人民币{yuan_in_figures(fee)}元（大写：{yuan_in_words(fee)}）。土地闲置费不得列入生产成本。"
            ),
            f"请自本决定书送达之日起{subject.numbers.fee_payment_days}日内（{due}前，含当日）缴纳。",
        ],
        [["土地闲置费（元）", yuan_in_figures(fee)], ["缴纳期限", f"{due}（含当日）"], ["批准文号", approval]],
        [
            _appeal_sentence("决定"),
            f"满{subject.numbers.recovery_after_years}年仍未动工开发的，将依据{ORDER}第十四条第（二）项无偿收回国有建设用地使用权。",
        ],
    )


def _recovery_decision(subject: LetterSubject) -> Written:
    due = _due(subject)
    approval = subject.move.approval_no if isinstance(subject.move, DecideRecovery) else ""
    mortgagees = "、".join(subject.state.facts.mortgagees)
    return (
        [
            f"你单位使用的下列宗地未动工开发满{subject.numbers.recovery_after_years}年，且非政府原因、不可抗力造成，已依法认定为闲置土地并告知听证权利。",
            (
                f"经有批准权的人民政府批准（{approval}），依据{ORDER}第十四条第（二）项、《城市房地产管理法》第二十六条和《土地管理法》第三十八条，"
                "决定无偿收回该宗地的国有建设用地使用权。"
            ),
            f"请自本决定书送达之日起{subject.numbers.deregistration_days}日内（{due}前，含当日）办理国有建设用地使用权注销登记，交回土地权利证书。",
        ],
        [["注销登记期限", f"{due}（含当日）"], ["批准文号", approval]]
        + ([["抄送抵押权人", mortgagees]] if mortgagees else []),
        [_appeal_sentence("决定"), "逾期不办理注销登记、不交回土地权利证书的，将直接公告注销。"],
    )


def _appeal_sentence(what: str) -> str:
    return f"不服本{what}的，可以依法申请行政复议或者提起行政诉讼。"


def _due(subject: LetterSubject) -> str:
    due = subject.outcome.due_on
    if due is None:
        raise ValueError(f"the move {subject.move.action} sets no last day")
    return _date(due)


def _date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


WRITERS: dict[LetterKind, Callable[[LetterSubject], Written]] = {
    LetterKind.SURVEY_NOTICE: _survey_notice,
    LetterKind.DETERMINATION: _determination,
    LetterKind.HEARING_NOTICE: _hearing_notice,
    LetterKind.FEE_DECISION: _fee_decision,
    LetterKind.RECOVERY_DECISION: _recovery_decision,
}
