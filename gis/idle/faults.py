"""Faults in contract data: facts that contradict each other, and contracts and parcels that do not belong together.

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
    CONTRACT_WITHOUT_PARCEL = "contract_without_parcel"
    PARCEL_WITHOUT_CONTRACT = "parcel_without_contract"

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
        _order_fault(code, contract, first, second, getattr(contract, second))
        for code, (first, first_day), second in orders
        if _is_before(getattr(contract, second), first_day)
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
                    f"{part} {amount:f} 大于 {whole} {total:f}",
                    f"{part} {amount:f} is more than {whole} {total:f}",
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


def _order_fault(code: FaultCode, contract: LandContract, first: str, second: str, day: date) -> DataFault:
    return DataFault(
        code, contract.contract_no, (second, first), f"{second} {day} 早于 {first}", f"{second} {day} is before {first}"
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
        f"milestone_date {reached} 在 {since} 起的中止期间",
        f"milestone_date {reached} lies in the suspension since {since}",
    )


_PARTS = (
    (FaultCode.DEVELOPED_EXCEEDS_TOTAL, "developed_area_m2", "should_start_area_m2"),
    (FaultCode.MILESTONE_EXCEEDS_TOTAL, "milestone_done", "milestone_total"),
)
