"""Faults in contract data: facts that contradict each other, rows that were refused, contracts and parcels that do not belong together.

A contract with a fault stays a case, as ``insufficient_data``: which of the contradicting facts is wrong is for a person to find.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gis.idle.contract import LandContract


class FaultCode(StrEnum):
    """What is wrong."""

    STARTS_BEFORE_SIGNING = "starts_before_signing"
    SUPPLEMENT_BEFORE_SIGNING = "supplement_before_signing"
    SUSPENDED_BEFORE_PERMIT = "suspended_before_permit"
    MILESTONE_IN_SUSPENSION = "milestone_in_suspension"
    DEVELOPED_EXCEEDS_TOTAL = "developed_exceeds_total"
    MILESTONE_EXCEEDS_TOTAL = "milestone_exceeds_total"
    SHARED_PARCEL = "shared_parcel"
    ROW_REJECTED = "row_rejected"
    REPEATED_CONTRACT = "repeated_contract"
    CONTRACT_WITHOUT_PARCEL = "contract_without_parcel"
    PARCEL_WITHOUT_CONTRACT = "parcel_without_contract"

    @property
    def is_about_the_table(self) -> bool:
        """Whether what the table says of the contract could not be taken, rather than contradicting itself."""
        return self in {FaultCode.ROW_REJECTED, FaultCode.REPEATED_CONTRACT}

    @property
    def is_blocking(self) -> bool:
        """Whether the law cannot be applied to the contract: a place that is not known does not change its dates."""
        return self not in {FaultCode.CONTRACT_WITHOUT_PARCEL, FaultCode.PARCEL_WITHOUT_CONTRACT}


@dataclass(frozen=True, slots=True)
class DataFault:
    """A fault: the fields concerned, and what was found and expected in both languages."""

    code: FaultCode
    subject: str
    fields: tuple[str, ...]
    zh: str
    en: str


def find_contract_faults(contract: LandContract, *, signed_date: date | None = None) -> tuple[DataFault, ...]:
    """Find what contradicts itself in one contract.

    Parameters
    ----------
    contract : LandContract
    signed_date : date, optional
        Day on which it was signed.

    Returns
    -------
    tuple of DataFault
        An investment above the total is none: costs run over.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.idle import LandContract
    >>> from gis.idle.faults import find_contract_faults
    >>> contract = LandContract(contract_no="1", parcel_code="1", should_start_area_m2=Decimal(9), developed_area_m2=Decimal(10))
    >>> [fault.code.value for fault in find_contract_faults(contract)]
    ['developed_exceeds_total']
    """
    orders = (
        (FaultCode.STARTS_BEFORE_SIGNING, ("signed_date", signed_date), "agreed_start_date"),
        (FaultCode.SUPPLEMENT_BEFORE_SIGNING, ("signed_date", signed_date), "supplement_date"),
        (FaultCode.SUSPENDED_BEFORE_PERMIT, ("permit_date", contract.permit_date), "suspended_since"),
    )
    faults = [
        _order_fault(code, contract, first, (second, getattr(contract, second)))
        for code, first, second in orders
        if _is_before(getattr(contract, second), first[1])
    ]
    if _is_milestone_in_suspension(contract):
        faults.append(_milestone_fault(contract))
    for code, part, whole in _PARTS:
        amount, total = getattr(contract, part), getattr(contract, whole)
        if amount is not None and total and amount > total:
            faults.append(
                DataFault(
                    code,
                    contract.contract_no,
                    (part, whole),
                    f"{_NAMES[part][0]} {amount:f} 大于{_NAMES[whole][0]} {total:f}",
                    f"the {_NAMES[part][1]}, {amount:f}, is more than the {_NAMES[whole][1]}, {total:f}",
                )
            )
    return tuple(faults)


def find_shared_parcels(contracts: Iterable[LandContract]) -> dict[str, DataFault]:
    """Find the contracts that name a parcel that another contract names as well.

    Parameters
    ----------
    contracts : iterable of LandContract

    Returns
    -------
    dict
        From contract number to the fault.
    """
    named: dict[str, list[str]] = defaultdict(list)
    for contract in contracts:
        if contract.parcel_code:
            named[contract.parcel_code].append(contract.contract_no)
    return {
        number: DataFault(
            FaultCode.SHARED_PARCEL,
            number,
            ("parcel_code",),
            f"宗地 {parcel} 有 {len(numbers)} 份合同：{'、'.join(numbers)}",
            f"parcel {parcel} has {len(numbers)} contracts: {', '.join(numbers)}",
        )
        for parcel, numbers in named.items()
        if len(numbers) > 1
        for number in numbers
    }


def tell_refused_row(contract_no: str, row: int, cells: Iterable[tuple[str, str, str]]) -> DataFault:
    """Tell that a row of the table was refused: what it says of the contract is not known.

    Parameters
    ----------
    contract_no : str
        The contract that the row names.
    row : int
    cells : iterable of (str, str, str)
        The column of each cell that was refused, what was found in it, and what was expected.

    Examples
    --------
    >>> from gis.idle.faults import tell_refused_row
    >>> tell_refused_row("C2", 3, [("应动工面积", "-5", "a number that is not negative")]).zh
    '合同台账第 3 行未予采用：“应动工面积”一格为“-5”'
    """
    refused = list(cells)
    zh = "，".join(f"“{column}”一格为“{found}”" for column, found, _ in refused)
    en = "; ".join(f"column {column} has {found!r}, expected {expected}" for column, found, expected in refused)
    return DataFault(
        FaultCode.ROW_REJECTED,
        contract_no,
        tuple(column for column, _, _ in refused),
        f"合同台账第 {row} 行未予采用：{zh}",
        f"row {row} of the table of contracts was not taken: {en}",
    )


def tell_repeated_contract(contract_no: str, rows: Sequence[int]) -> DataFault:
    """Tell that several rows of the table are about one contract: which of them holds is not known.

    Parameters
    ----------
    contract_no : str
    rows : sequence of int
        The row that was read, then those that were refused as repeating its number.
    """
    return DataFault(
        FaultCode.REPEATED_CONTRACT,
        contract_no,
        ("contract_no",),
        f"合同台账第 {'、'.join(map(str, rows))} 行为同一合同编号 {contract_no}",
        f"rows {', '.join(map(str, rows))} of the table have the same contract number, {contract_no}",
    )


def find_unmatched(contracts: Sequence[LandContract], parcel_codes: Iterable[str]) -> list[DataFault]:
    """Find contracts without a parcel, and parcels without a contract.

    Parameters
    ----------
    contracts : sequence of LandContract
    parcel_codes : iterable of str
        Parcels that ought to have a contract.

    Returns
    -------
    list of DataFault
        Contracts in their order, then parcels in theirs.
    """
    known = list(dict.fromkeys(parcel_codes))
    known_set = set(known)
    named = {contract.parcel_code for contract in contracts}
    without_parcel = [
        DataFault(
            FaultCode.CONTRACT_WITHOUT_PARCEL,
            contract.contract_no,
            ("parcel_code",),
            f"宗地代码 {contract.parcel_code or '空'} 不在宗地图层",
            f"parcel code {contract.parcel_code or 'empty'} is not in the layer of parcels",
        )
        for contract in contracts
        if contract.parcel_code not in known_set
    ]
    without_contract = [
        DataFault(
            FaultCode.PARCEL_WITHOUT_CONTRACT,
            code,
            ("parcel_code",),
            f"宗地 {code} 没有合同",
            f"parcel {code} has no contract",
        )
        for code in known
        if code not in named
    ]
    return without_parcel + without_contract


def _is_before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day < other


def _order_fault(
    code: FaultCode, contract: LandContract, first: tuple[str, date | None], second: tuple[str, date]
) -> DataFault:
    (other, other_day), (name, day) = first, second
    return DataFault(
        code,
        contract.contract_no,
        (name, other),
        f"{_NAMES[name][0]} {day} 早于{_NAMES[other][0]} {other_day}",
        f"the {_NAMES[name][1]}, {day}, is before the {_NAMES[other][1]}, {other_day}",
    )


def _is_milestone_in_suspension(contract: LandContract) -> bool:
    since, reached, resumed = contract.suspended_since, contract.milestone_date, contract.resumed_date
    if since is None or reached is None or reached <= since:
        return False
    return resumed is None or resumed < since or resumed > reached


def _milestone_fault(contract: LandContract) -> DataFault:
    since, reached = contract.suspended_since, contract.milestone_date
    return DataFault(
        FaultCode.MILESTONE_IN_SUSPENSION,
        contract.contract_no,
        ("milestone_date", "suspended_since"),
        f"节点完成日期 {reached} 在 {since} 起的中止期间",
        f"the day of the foundation milestone, {reached}, lies in the suspension since {since}",
    )


_NAMES = {
    "signed_date": ("签订日期", "day of signing"),
    "agreed_start_date": ("约定动工日期", "agreed start date"),
    "supplement_date": ("补充协议签订日期", "day of the supplement"),
    "permit_date": ("施工许可日期", "day of the permit"),
    "suspended_since": ("中止开发日期", "day of the suspension"),
    "developed_area_m2": ("已动工面积（平方米）", "area under development (m²)"),
    "should_start_area_m2": ("应动工面积（平方米）", "area that should be under development (m²)"),
    "milestone_done": ("节点完成量", "progress of the foundation milestone"),
    "milestone_total": ("节点总量", "size of the foundation milestone"),
}
_PARTS = (
    (FaultCode.DEVELOPED_EXCEEDS_TOTAL, "developed_area_m2", "should_start_area_m2"),
    (FaultCode.MILESTONE_EXCEEDS_TOTAL, "milestone_done", "milestone_total"),
)
