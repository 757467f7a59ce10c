"""The first faults of each kind, however many there are and in whatever order they are found."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gis.arrays import IntArray
from gis.validation.model import Fault

__all__ = ["FirstFaults"]

Key = tuple[Any, ...]


@dataclass(slots=True)
class FirstFaults:
    """Counts faults and keeps those of the first rows.

    Parameters
    ----------
    most : int
        How many are kept of each kind.
    kinds : sequence of str
        All kinds that can come; faults of one row are listed in this order.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.validation.model import describe_fault
    >>> first = FirstFaults(2, ["gap"])
    >>> for rows in ([7, 9], [8, 3, 5]):
    ...     first.add("gap", np.array(rows), lambda which: [((row,), describe_fault(
    ...         "gap", source_row=row, found="", values={"area": 1, "width": 1})) for row in np.array(rows)[which]])
    >>> [int(fault.source_row) for fault in first.faults()], first.uncounted()
    ([3, 5], {'gap': 3})
    """

    most: int
    kinds: Sequence[str]
    _counts: Counter[str] = field(default_factory=Counter)
    _kept: dict[str, list[tuple[Key, Fault]]] = field(default_factory=dict)

    def add(self, kind: str, rows: IntArray, describe: Callable[[IntArray], Iterable[tuple[Key, Fault]]]) -> None:
        """Add faults of one kind.

        Parameters
        ----------
        kind : str
        rows : ndarray of int64, shape (n,)
            The row of each.
        describe : callable
            Given positions among these, return keys and faults; a key begins with the row. Only those that may be kept are asked for.
        """
        self._counts[kind] += len(rows)
        kept = self._kept.setdefault(kind, [])
        chosen = np.argsort(rows, kind="stable")
        if len(chosen) > self.most:
            # All of the last row that may be kept, so that the order of equal rows does not depend on the order in which they came.
            chosen = chosen[rows[chosen] <= rows[chosen[self.most - 1]]]
        if len(kept) >= self.most:
            chosen = chosen[rows[chosen] <= kept[-1][0][0]]
        if len(chosen):
            merged = sorted([*kept, *describe(chosen)], key=lambda item: item[0])
            self._kept[kind] = merged[: self.most]

    def faults(self) -> list[Fault]:
        """Return what was kept, by row, then by kind."""
        places = [
            (key[0], self.kinds.index(kind), at, fault)
            for kind, kept in self._kept.items()
            for at, (key, fault) in enumerate(kept)
        ]
        return [fault for *_, fault in sorted(places, key=lambda place: place[:3])]

    def uncounted(self) -> dict[str, int]:
        """Return how many more there are of each kind than were kept."""
        more = {kind: count - len(self._kept[kind]) for kind, count in self._counts.items()}
        return {kind: count for kind, count in more.items() if count}
