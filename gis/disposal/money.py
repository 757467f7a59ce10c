"""The idle-land fee (土地闲置费)."""

from decimal import Decimal

from gis.disposal.numbers import DisposalNumbers
from gis.measurement import round_half_up


def idle_fee(price_yuan: Decimal, numbers: DisposalNumbers) -> Decimal:
    """Compute the fee of art. 14(1): a share of the price of the land, half up to the cent.

    Parameters
    ----------
    price_yuan : Decimal
        Price of the grant or allocation.
    numbers : DisposalNumbers

    Raises
    ------
    ValueError
        For a price that is negative or not finite.

    Examples
    --------
    >>> from datetime import date
    >>> from decimal import Decimal
    >>> from gis.disposal import DisposalNumbers, idle_fee
    >>> from gis.rules import ParameterSet, load_catalog
    >>> numbers = DisposalNumbers.in_force(ParameterSet(load_catalog().parameters), as_of=date(2026, 1, 1))
    >>> idle_fee(Decimal("1000000.03"), numbers), idle_fee(Decimal("1000000.02"), numbers)
    (Decimal('200000.01'), Decimal('200000.00'))
    """
    if not (price_yuan.is_finite() and price_yuan >= 0):
        raise ValueError(f"the price of land cannot be {price_yuan}")
    return round_half_up(price_yuan * numbers.fee_rate, numbers.fee_places)
