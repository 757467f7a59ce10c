"""Standard land (标准地): what a contract promises, against what was measured when it fell due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gis.supervision.finding import LandFinding, Measure, Topic


class Bound(StrEnum):
    """Which side of the promised value is kept to; the value itself keeps the promise."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Stage(StrEnum):
    """When a promise is looked at, in this order."""

    START = "start"  # 开工
    COMPLETION = "completion"  # 竣工复核
    OUTPUT = "output"  # 达产复核


class PromiseKind(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    KEPT_LATE = "kept_late"
    BROKEN = "broken"
    NOT_DUE = "not_due"
    OVERDUE = "overdue"  # due, and nothing measured
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One control indicator of a contract and its result.

    Attributes
    ----------
    contract_no : str
    parcel_code : str or None
    stage : Stage
    indicator : str
        Name as in the contract (固定资产投资强度, 容积率, 亩均税收 ...).
    bound : Bound
    promised : Decimal or None
        In the contract's unit.
    due_date : date or None
    measured : Decimal or None
        In the same unit.
    measured_on : date or None
        Day of the review; a result of a later day is not known yet.
    document : str
        The contract or the local rule that makes it binding.
    """

    contract_no: str
    parcel_code: str | None
    stage: Stage
    indicator: str
    bound: Bound
    promised: Decimal | None
    due_date: date | None
    measured: Decimal | None = None
    measured_on: date | None = None
    document: str = "出让合同、承诺书"


def assess_promise(promise: Promise, *, as_of: date) -> LandFinding:
    """Assess one promise as of a day.

    Parameters
    ----------
    promise : Promise
    as_of : date

    Returns
    -------
    LandFinding
        ``measures`` have the shortfall in the contract's unit (0 where kept) and the days past the due date.

    Examples
    --------
    >>> from datetime import date
    >>> from decimal import Decimal
    >>> from gis.supervision import Bound, Promise, Stage, assess_promise
    >>> promise = Promise(contract_no="1", parcel_code=None, stage=Stage.OUTPUT, indicator="亩均税收", bound=Bound.AT_LEAST,
    ...                   promised=Decimal(8), due_date=date(2025, 12, 31), measured=Decimal("7.9"), measured_on=date(2025, 12, 1))
    >>> found = assess_promise(promise, as_of=date(2026, 1, 1))
    >>> found.kind.value, found.measures["shortfall"]
    ('broken', Decimal('0.1'))
    """
    missing = tuple(name for name in ("promised", "due_date") if getattr(promise, name) is None)
    measured = promise.measured
    if promise.measured_on is not None and promise.measured_on > as_of:
        measured = None
    kind, shortfall, days = PromiseKind.INSUFFICIENT_DATA, None, 0
    if promise.promised is not None and promise.due_date is not None:
        days = (
            max(0, ((promise.measured_on or as_of) - promise.due_date).days)
            if measured is not None
            else max(0, (as_of - promise.due_date).days)
        )
        shortfall = None if measured is None else _shortfall(promise.promised, measured, promise.bound)
        kind = _judge(shortfall, days)
    return _finding(
        promise,
        kind,
        missing,
        {"promised": promise.promised, "measured": measured, "shortfall": shortfall, "days_late": days},
    )


def _shortfall(promised: Decimal, measured: Decimal, bound: Bound) -> Decimal:
    short = promised - measured if bound is Bound.AT_LEAST else measured - promised
    return max(Decimal(0), short)


def _judge(shortfall: Decimal | None, days: int) -> PromiseKind:
    if shortfall is None:
        return PromiseKind.OVERDUE if days else PromiseKind.NOT_DUE
    if shortfall > 0:
        return PromiseKind.BROKEN
    return PromiseKind.KEPT_LATE if days else PromiseKind.KEPT


def _finding(
    promise: Promise, kind: PromiseKind, missing: tuple[str, ...], measures: Mapping[str, Measure]
) -> LandFinding:
    sign = "≥" if promise.bound is Bound.AT_LEAST else "≤"
    found = measures["measured"]
    stage_zh, stage_en = _STAGE[promise.stage]
    word_zh, word_en = _WORDS[kind]
    return LandFinding(
        topic=Topic.STANDARD_LAND,
        subject=f"{promise.contract_no}/{promise.stage}/{promise.indicator}",
        kind=kind,
        reason_zh=f"{stage_zh}{promise.indicator}：承诺 {sign} {promise.promised}，实测 {'无' if found is None else found}，"
        f"期限 {promise.due_date}：{word_zh}。依据{promise.document}。",
        reason_en=f"{promise.indicator} at {stage_en}: promised {sign} {promise.promised}, measured {'none' if found is None else found}, "
        f"due {promise.due_date}: {word_en}; basis: {promise.document}.",
        article=promise.document,
        parcel_codes=(promise.parcel_code,) if promise.parcel_code else (),
        measures=measures,
        missing=missing,
    )


_STAGE = {
    Stage.START: ("开工", "start"),
    Stage.COMPLETION: ("竣工复核", "completion"),
    Stage.OUTPUT: ("达产复核", "full output"),
}
_WORDS = {
    PromiseKind.KEPT: ("达标", "kept"),
    PromiseKind.KEPT_LATE: ("逾期达标", "kept late"),
    PromiseKind.BROKEN: ("未达标", "broken"),
    PromiseKind.NOT_DUE: ("未到期", "not due yet"),
    PromiseKind.OVERDUE: ("逾期未复核", "overdue, nothing measured"),
    PromiseKind.INSUFFICIENT_DATA: ("数据不足", "insufficient data"),
}
