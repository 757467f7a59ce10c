"""Columns of a batch: the values of one source field, as text, numbers or days, each different value read once."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from gis.arrays import IntArray
from gis.formats.cells import CellValueError, parse_date

__all__ = ["Column", "as_day", "as_number", "as_text"]

Result = TypeVar("Result")
# From here on neighbouring whole numbers share a float64, so a code that came as one may be another's.
_EXACT_BELOW: Final = 2.0**53
_NUMBER: Final = re.compile(r"[+-]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d*)(\.\d*)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass
class Column:
    """The values of one field in a batch.

    ``source`` is the field's own name in the file; ``values`` are as the reader gave them.
    """

    source: str
    values: Sequence[Any]

    @cached_property
    def _factors(self) -> tuple[IntArray, list[Any]]:
        """The position of each row's value among the different ones; -1 where there is none."""
        prepared = np.empty(len(self.values), dtype=object)
        prepared[:] = [_hashable(value) for value in self.values]
        codes, different = pd.factorize(prepared, use_na_sentinel=True)
        return codes.astype(np.int64), list(different)

    @cached_property
    def filled(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which rows have a value; an empty text is none."""
        codes, different = self._factors
        says = np.array([as_text(value) is not None for value in different], dtype=bool)
        filled = codes >= 0
        filled[filled] = says[codes[filled]]
        return filled

    def find(self, read: Callable[[Any], Result | None]) -> list[tuple[int, Any, Result]]:
        """Apply a function once to each different value, and list the rows for which it returns something: position, value, result."""
        codes, different = self._factors
        results = [None if as_text(value) is None else read(value) for value in different]
        hit = np.array([result is not None for result in results], dtype=bool)
        rows = np.flatnonzero((codes >= 0) & (hit[codes] if len(hit) else False))
        return [
            (int(row), different[codes[row]], result) for row in rows if (result := results[codes[row]]) is not None
        ]

    def texts(self) -> list[str | None]:
        """Return every row's value as text."""
        codes, different = self._factors
        shown = [as_text(value) for value in different]
        return [shown[code] if code >= 0 else None for code in codes.tolist()]

    def numbers(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return every row's value as a number, NaN where it is none."""
        codes, different = self._factors
        read = np.array([_number_or_nan(value) for value in different] or [math.nan])
        return np.where(codes >= 0, read[codes], math.nan)


def as_text(value: Any) -> str | None:  # noqa: ANN401  any source value
    """Take a source value as text; a whole number loses its ``.0``.

    Examples
    --------
    >>> from gis.layer_contracts.columns import as_text
    >>> as_text(101.0), as_text("  "), as_text(" GB "), as_text(float("nan"))
    ('101', None, 'GB', None)
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is the only value unequal to itself
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def has_lost_digits(value: Any) -> bool:  # noqa: ANN401  any source value
    """Tell whether a code came as a number so long that its last digits are another's."""
    return isinstance(value, float) and abs(value) >= _EXACT_BELOW


def as_number(value: Any) -> float:  # noqa: ANN401  any source value
    """Take a source value as a finite number.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from gis.layer_contracts.columns import as_number
    >>> as_number("１２.5"), as_number("1,200")
    (12.5, 1200.0)
    """
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return float(text.replace(",", ""))


def as_day(value: Any) -> date:  # noqa: ANN401  any source value
    """Take a source value as a day.

    Raises
    ------
    ValueError
    """
    try:
        return parse_date(value)
    except CellValueError as error:
        raise ValueError(str(error)) from error


def _number_or_nan(value: Any) -> float:  # noqa: ANN401  any source value
    try:
        return as_number(value)
    except ValueError:
        return math.nan


def _hashable(value: Any) -> Any:  # noqa: ANN401  any source value
    # True equals 1, but does not say the same.
    is_plain = value is None or (isinstance(value, str | int | float | date) and not isinstance(value, bool))
    return value if is_plain else str(value)
