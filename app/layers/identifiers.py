"""How often identifiers occur in a delivery, in little memory: nearly all of a million occur once, and need not be kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import pandas as pd

#: Names that are made for features without one of their own begin with the first, and the numbered ones have the second.
ROW_NAME: Final = "row-"
NUMBER_MARK: Final = "~"
# Between names, and hardly in one; where it is, names are looked at one by one all the same.
_BETWEEN: Final = "\n"


@dataclass(frozen=True, slots=True)
class IdentifierCounts:
    """How often each identifying value occurs in a whole source.

    Attributes
    ----------
    repeated : mapping of str to int
        Those that occur more than once.
    like_made : set of str
        Those that look like a name that is made here.

    Examples
    --------
    >>> from app.layers.identifiers import IdentifierCounts
    >>> counts = IdentifierCounts.of(["A", "B", "A", "row-7", None])
    >>> counts.of_value("A"), counts.of_value("B"), counts.has_made("row-7"), counts.has_made("row-8")
    (2, 1, True, False)
    """

    repeated: Mapping[str, int] = field(default_factory=dict)
    like_made: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Iterable[str | None]) -> Self:
        """Count the values of a source; None names nothing."""
        texts = pd.Series([value for value in values if value is not None], dtype=object)
        return cls(Counter(texts[texts.duplicated(keep=False)]), _like_made(texts.tolist()))

    def of_value(self, value: str) -> int:
        """Return how often a value of the source occurs in it."""
        return self.repeated.get(value, 1)

    def has_made(self, name: str) -> bool:
        """Tell whether the source itself uses a name that is made here."""
        return name in self.like_made


def _like_made(names: list[str]) -> frozenset[str]:
    # Hardly a source has one: all of them are looked through at once.
    everything = _BETWEEN + _BETWEEN.join(names)
    if NUMBER_MARK not in everything and _BETWEEN + ROW_NAME not in everything:
        return frozenset()
    return frozenset(name for name in names if name.startswith(ROW_NAME) or NUMBER_MARK in name)
