"""Idle rate (土地闲置率) by zone and year: idle land over supplied land, G / D of TD/T 1029-2010."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gis.idle.assessment import assess_contracts
from gis.idle.contract import LandContract
from gis.idle.findings import IdleKind
from gis.rules import ParameterSet

IDLE_KINDS = frozenset({IdleKind.IDLE_NOT_STARTED, IdleKind.IDLE_SUSPENDED})


@dataclass(frozen=True, slots=True)
class SuppliedLand:
    """A contract as the statistics need it: its zone, the day of supply, the area, and the region whose law holds."""

    contract: LandContract
    zone: str
    region: str
    supplied_on: date | None
    area_m2: Decimal | None


@dataclass(slots=True)
class IdleRate:
    """What was idle of what was supplied in a zone up to a day.

    Attributes
    ----------
    zone : str
    day : date
    contracts, idle, undecided, without_area : int
        Contracts supplied by the day; those that are idle, those of insufficient data, and those whose area is not known,
        which are in neither sum.
    supplied_m2, idle_m2 : Decimal
    """

    zone: str
    day: date
    contracts: int = 0
    idle: int = 0
    undecided: int = 0
    without_area: int = 0
    supplied_m2: Decimal = field(default=Decimal(0))
    idle_m2: Decimal = field(default=Decimal(0))

    @property
    def rate(self) -> Fraction | None:
        """The share that is idle; None where nothing was supplied."""
        return Fraction(self.idle_m2) / Fraction(self.supplied_m2) if self.supplied_m2 else None


def measure_idle_rates(
    land: Iterable[SuppliedLand], *, days: Sequence[date], parameters: ParameterSet
) -> list[IdleRate]:
    """Measure the idle rate of every zone on some days, each by the law and the facts of that day.

    Parameters
    ----------
    land : iterable of SuppliedLand
        A contract whose day of supply is not known counts on every day.
    days : sequence of date
        Such as the ends of years.
    parameters : ParameterSet

    Returns
    -------
    list of IdleRate
        By zone, then by day.

    Raises
    ------
    ParameterNotInForceError

    References
    ----------
    .. [1] TD/T 1029-2010《开发区土地集约利用评价规程》，土地闲置率。
    """
    everything = list(land)
    rates: dict[tuple[str, date], IdleRate] = {}
    for day in days:
        by_region: dict[str, list[SuppliedLand]] = defaultdict(list)
        for each in everything:
            if each.supplied_on is None or each.supplied_on <= day:
                by_region[each.region].append(each)
        for region, members in by_region.items():
            found = assess_contracts(
                (each.contract for each in members), as_of=day, parameters=parameters, region=region
            )
            for each, assessment in zip(members, found, strict=True):
                rate = rates.setdefault((each.zone, day), IdleRate(each.zone, day))
                _count(rate, each.area_m2, assessment.kind)
    return [rates[key] for key in sorted(rates)]


def _count(rate: IdleRate, area_m2: Decimal | None, kind: IdleKind) -> None:
    is_idle = kind in IDLE_KINDS
    rate.contracts += 1
    rate.idle += is_idle
    rate.undecided += kind is IdleKind.INSUFFICIENT_DATA
    if area_m2 is None:
        rate.without_area += 1
        return
    rate.supplied_m2 += area_m2
    if is_idle:
        rate.idle_m2 += area_m2


def mean_rate(rates: Sequence[Fraction | None], years: int) -> Fraction | None:
    """Return the mean of the last years; None where there are fewer or one is not known.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from gis.idle import mean_rate
    >>> mean_rate([Fraction(1, 2), Fraction(1, 4)], 2), mean_rate([Fraction(1, 2)], 2)
    (Fraction(3, 8), None)
    """
    last = rates[-years:]
    known = [rate for rate in last if rate is not None]
    return sum(known, Fraction(0)) / years if len(known) == years else None
