"""When development should have started and when it did (Order 53 arts. 22 and 30)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from gis.idle.clock import add_years
from gis.idle.contract import FoundationType, LandContract


class StartBasis(StrEnum):
    """Document from which the agreed start date follows."""

    SUPPLEMENT = "supplement"
    CONTRACT = "contract"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class AgreedStart:
    """The day on which development should have started, and why that day."""

    day: date
    basis: StartBasis


@dataclass(frozen=True, slots=True)
class ActualStart:
    """Whether development has started in law.

    Attributes
    ----------
    has_started : bool or None
        None when the data do not say.
    day : date or None
        The later of permit and milestone; None when not started or not recorded.
    missing : tuple of str
        Names of the contract's fields that would have told.
    """

    has_started: bool | None
    day: date | None = None
    missing: tuple[str, ...] = ()


def find_agreed_start(contract: LandContract, *, as_of: date, years_after_delivery: int) -> AgreedStart | None:
    """Find the agreed start date: supplement, else contract, else delivery plus a year (art. 22).

    Parameters
    ----------
    contract : LandContract
    as_of : date
        A supplement signed or a delivery made after this day has not happened yet.
    years_after_delivery : int
        Parameter ``idle.start_after_delivery_years``.

    Returns
    -------
    AgreedStart or None
        None when nothing says when: the government may not have delivered the land (art. 8(1)).

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import LandContract, find_agreed_start
    >>> contract = LandContract(contract_no="1", parcel_code="1", delivery_date=date(2024, 2, 29))
    >>> find_agreed_start(contract, as_of=date(2025, 1, 1), years_after_delivery=1).day.isoformat()
    '2025-02-28'
    """
    signed = contract.supplement_date
    if contract.supplement_start_date is not None and (signed is None or signed <= as_of):
        return AgreedStart(contract.supplement_start_date, StartBasis.SUPPLEMENT)
    if contract.agreed_start_date is not None:
        return AgreedStart(contract.agreed_start_date, StartBasis.CONTRACT)
    if contract.delivery_date is not None and contract.delivery_date <= as_of:
        return AgreedStart(add_years(contract.delivery_date, years_after_delivery), StartBasis.DELIVERY)
    return None


def find_actual_start(contract: LandContract, *, as_of: date, foundation_share: Fraction) -> ActualStart:
    """Find out whether development has started: construction permit and the milestone of its foundation (art. 30).

    Parameters
    ----------
    contract : LandContract
    as_of : date
        What happened after this day has not happened yet.
    foundation_share : Fraction
        Share of the foundation work that counts for other foundations, one third in the Order.

    Returns
    -------
    ActualStart
        A holder's own report of a start is no start and is not asked for.
    """
    permit, reached_on = contract.permit_date, contract.milestone_date
    if permit is None or permit > as_of or (reached_on is not None and reached_on > as_of):
        return ActualStart(has_started=False)
    if contract.foundation_type is None:
        return ActualStart(has_started=None, missing=("foundation_type",))
    done, total = contract.milestone_done, contract.milestone_total
    if done is not None and total:
        if not _is_reached(contract.foundation_type, done, total, foundation_share):
            return ActualStart(has_started=False)
    elif reached_on is None:
        missing = ("milestone_done",) * (done is None) + ("milestone_total",) * (not total)
        return ActualStart(has_started=None, missing=missing)
    if reached_on is None:
        return ActualStart(has_started=True, missing=("milestone_date",))
    return ActualStart(has_started=True, day=max(permit, reached_on))


def _is_reached(kind: FoundationType, done: Decimal, total: Decimal, share: Fraction) -> bool:
    match kind:
        case FoundationType.DEEP_PIT | FoundationType.PILE:
            return done >= total
        case FoundationType.OTHER:
            return Fraction(done) >= share * Fraction(total)
        case _:
            assert_never(kind)
