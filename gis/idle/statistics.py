"""Idle rate (土地闲置率) by zone and year: idle land over supplied land, G / D of TD/T 1029-2010."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gis.idle.contract import LandContract
from gis.idle.faults import find_contract_faults
from gis.idle.findings import IdleKind, find_idleness, read_facts
from gis.idle.thresholds import IdleThresholds
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
    land: Iterable[SuppliedLand],
    *,
    days: Sequence[date],
    parameters: ParameterSet,
    faulty: Container[str] = frozenset(),
) -> list[IdleRate]:
    """Measure the idle rate of every zone on some days, each by the law and the facts of that day.

    Parameters
    ----------
    land : iterable of SuppliedLand
        A contract whose day of supply is not known counts on every day.
    days : sequence of date
        Such as the ends of years.
    parameters : ParameterSet
    faulty : container of str, optional
        Numbers of contracts that are wrong beyond themselves, such as sharing a parcel; what contradicts itself in one is found here.

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
    by_region: dict[str, list[tuple[SuppliedLand, bool]]] = defaultdict(list)
    for each in land:
        # What contradicts itself does so on every day.
        own = find_contract_faults(each.contract, signed_date=each.supplied_on)
        is_blocked = each.contract.contract_no in faulty or any(fault.code.is_blocking for fault in own)
        by_region[each.region].append((each, is_blocked))
    rates: dict[tuple[str, date], IdleRate] = {}
    for day in days:
        for region, members in by_region.items():
            thresholds = IdleThresholds.in_force(parameters, as_of=day, region=region)
            for each, is_blocked in members:
                if each.supplied_on is not None and each.supplied_on > day:
                    continue
                kind = IdleKind.INSUFFICIENT_DATA if is_blocked else _kind_of(each.contract, day, thresholds)
                _count(rates.setdefault((each.zone, day), IdleRate(each.zone, day)), each.area_m2, kind)
    return [rates[key] for key in sorted(rates)]


def _kind_of(contract: LandContract, day: date, thresholds: IdleThresholds) -> IdleKind:
    """Tell the kind as an assessment does, without working out days and reasons that no rate needs."""
    return find_idleness(read_facts(contract, as_of=day, thresholds=thresholds)).kind


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
