"""What can only be told across the rows of a delivery: identifiers used twice, and codes of another county than the others."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import shapely

from gis.arrays import GeometryArray
from gis.layer_contracts.parcel_codes import CodeFault, county_of, find_region_code_fault

__all__ = ["CountyCounter", "KeyRegister"]

# A city delivers several counties; one that nearly all parcels are of is the delivery's own.
_OWN_SHARE: Final = 0.95
_KEPT: Final = 1_000
_COUNTY_DIGITS: Final = 6


@dataclass(slots=True)
class KeyRegister:
    """The first row of every identifier."""

    first_rows: dict[str, int] = field(default_factory=dict)

    def find_repeats(self, keys: Sequence[str | None], rows: Sequence[int]) -> list[tuple[int, CodeFault]]:
        """List the positions whose identifier an earlier row has.

        Examples
        --------
        >>> from gis.layer_contracts.uniqueness import KeyRegister
        >>> [(position, fault.expected) for position, fault in KeyRegister().find_repeats(["a", None, "a"], [1, 2, 3])]
        [(2, '1')]
        """
        faults = []
        for position, (key, row) in enumerate(zip(keys, rows, strict=True)):
            if key is None:
                continue
            first = self.first_rows.setdefault(key, row)
            if first != row:
                faults.append((position, CodeFault("key_duplicate", key, str(first))))
        return faults


@dataclass(frozen=True, slots=True)
class CountyRow:
    """A feature of a county: its row, code and place."""

    row: int
    code: str
    place: shapely.Geometry | None


@dataclass(slots=True)
class CountyCounter:
    """Counts the features of each county, and keeps the first ones of each."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[CountyRow]] = field(default_factory=dict)

    def add(self, codes: Sequence[str | None], first_row: int, places: Callable[[], GeometryArray]) -> None:
        """Count the features of a batch by their parcel codes; a region that does not exist is a fault of its own and counts for none.

        Examples
        --------
        >>> import numpy as np
        >>> from gis.layer_contracts.uniqueness import CountyCounter
        >>> counter = CountyCounter()
        >>> counter.add(["430121001001GB00001", None, "990121001001GB00001"], 1, lambda: np.full(3, None))
        >>> dict(counter.counts), counter.own
        ({'430121': 1}, '430121')
        """
        firsts = ["" if code is None else code[:_COUNTY_DIGITS] for code in codes]
        for first, count in Counter(firsts).items():
            county = county_of(first)
            if county is None or find_region_code_fault(county) is not None:
                continue
            self.counts[county] += count
            kept = self.rows.setdefault(county, [])
            if len(kept) < _KEPT:
                positions = [position for position, other in enumerate(firsts) if other == first]
                kept += [
                    CountyRow(first_row + position, str(codes[position]), places()[position])
                    for position in positions[: _KEPT - len(kept)]
                ]

    @property
    def own(self) -> str | None:
        """The county that nearly all features are of, None where there is none."""
        if not self.counts:
            return None
        county, count = self.counts.most_common(1)[0]
        return county if count >= _OWN_SHARE * self.counts.total() else None

    def others(self) -> list[CountyRow]:
        """List features of other counties than the delivery's own, in the order of their rows."""
        own = self.own
        if own is None:
            return []
        strays = [found for county, rows in self.rows.items() if county != own for found in rows]
        return sorted(strays, key=lambda found: found.row)
