"""Units of evaluation: firms that share a parcel are merged, and their result is shared."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from gis.grouping import connected_groups
from gis.performance.model import FirmYear, PerformanceIndicator, Scale


@dataclass(frozen=True, slots=True)
class EvaluationUnit:
    """One firm, or several on shared land; the figures are sums over its firms.

    Attributes
    ----------
    firms : tuple of FirmYear
    scale : Scale or None
        Above scale where one of the firms is; None where no firm's scale is known.
    """

    firms: tuple[FirmYear, ...]
    scale: Scale | None

    @property
    def code(self) -> str:
        """Smallest credit code of its firms, by which the unit is named."""
        return min(firm.credit_code for firm in self.firms)

    @property
    def used_mu(self) -> Decimal | None:
        """Land that its firms use together."""
        return self.total(lambda firm: firm.used_mu)

    def total(self, read: Callable[[FirmYear], Decimal | None]) -> Decimal | None:
        """Add a figure over the firms; None where it is not known of one of them."""
        amounts = [read(firm) for firm in self.firms]
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if len(known) == len(amounts) else None

    def value(self, indicator: PerformanceIndicator) -> Fraction | None:
        """Compute an indicator; None where a figure is missing or the whole is not above 0. Negative tax counts as 0."""
        part, whole = _FORMULAS[indicator]
        above, below = self.total(part), self.total(whole)
        if above is None or below is None or below <= 0:
            return None
        return Fraction(max(above, Decimal(0)) if indicator in _TAX else above) / Fraction(below)

    def missing(self, indicator: PerformanceIndicator) -> tuple[str, ...]:
        """Name the figures that an indicator lacks."""
        names = _FIELDS[indicator]
        part, whole = _FORMULAS[indicator]
        below = self.total(whole)
        return (names[0],) * (self.total(part) is None) + (names[1],) * (below is None or below <= 0)


def merge_shared_land(firms: Iterable[FirmYear]) -> list[EvaluationUnit]:
    """Merge the firms that share a parcel, over any number of steps.

    Parameters
    ----------
    firms : iterable of FirmYear
        Of one year.

    Returns
    -------
    list of EvaluationUnit
        By their code; the firms of a unit by theirs.

    Examples
    --------
    >>> from gis.performance import FirmYear, merge_shared_land
    >>> firms = [FirmYear(credit_code=code, name=code, year=2024, parcel_codes=land) for code, land in
    ...          (("A", ("1", "2")), ("B", ("3",)), ("C", ("2", "4")), ("D", ("4",)))]
    >>> [[firm.credit_code for firm in unit.firms] for unit in merge_shared_land(firms)]
    [['A', 'C', 'D'], ['B']]
    """
    ordered = sorted(firms, key=lambda firm: firm.credit_code)
    first: dict[str, int] = {}
    links = [
        (first.setdefault(parcel, position), position)
        for position, firm in enumerate(ordered)
        for parcel in firm.parcel_codes
    ]
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    members: dict[int, list[FirmYear]] = {}
    for firm, group in zip(ordered, connected_groups(len(ordered), ends[:, 0], ends[:, 1]).tolist(), strict=True):
        members.setdefault(group, []).append(firm)
    units = [EvaluationUnit(tuple(each), _scale(each)) for each in members.values()]
    return sorted(units, key=lambda unit: unit.code)


def _scale(firms: Sequence[FirmYear]) -> Scale | None:
    scales = {firm.scale for firm in firms} - {None}
    if Scale.ABOVE in scales:
        return Scale.ABOVE
    return Scale.BELOW if scales else None


_FIELDS = {
    PerformanceIndicator.TAX_PER_MU: ("tax", "used_mu"),
    PerformanceIndicator.VALUE_ADDED_PER_MU: ("value_added", "used_mu"),
    PerformanceIndicator.LABOUR_PRODUCTIVITY: ("value_added", "staff"),
    PerformanceIndicator.VALUE_ADDED_PER_ENERGY: ("value_added", "energy_tce"),
    PerformanceIndicator.VALUE_ADDED_PER_EMISSION: ("value_added", "emissions_t"),
    PerformanceIndicator.RESEARCH_SHARE: ("research", "revenue"),
    PerformanceIndicator.TAX_PER_ELECTRICITY: ("tax", "electricity_10k_kwh"),
}
_TAX = frozenset({PerformanceIndicator.TAX_PER_MU, PerformanceIndicator.TAX_PER_ELECTRICITY})


def _reader(name: str) -> Callable[[FirmYear], Decimal | None]:
    def read(firm: FirmYear) -> Decimal | None:
        amount: Decimal | None = getattr(firm, name)
        return amount

    return read


_FORMULAS = {indicator: (_reader(part), _reader(whole)) for indicator, (part, whole) in _FIELDS.items()}
