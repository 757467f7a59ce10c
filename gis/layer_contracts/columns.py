"""Columns of a batch: the values of one source field, as text, numbers or days, each different value read once."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from gis.arrays import BoolArray, FloatArray, IntArray
from gis.formats.cells import CellValueError, parse_date
from gis.formats.reading import FeatureBatch
from gis.layer_contracts.mapping import constant_of

__all__ = ["BatchColumns", "Column", "as_day", "as_number", "as_text", "as_texts"]

Result = TypeVar("Result")
# From here on neighbouring whole numbers share a float64, so a code that came as one may be another's.
_EXACT_BELOW: Final = 2.0**53
_TEXTS: Final[set[type]] = {str, type(None)}
_NUMBERS: Final[set[type]] = {int, float, type(None)}
_FLOATS: Final[set[type]] = {float, type(None)}
_NUMBER: Final = re.compile(r"[+-]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d*)(\.\d*)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass
class Column:
    """The values of one field in a batch.

    ``source`` is the field's own name in the file; ``values`` are as the reader gave them.
    """

    source: str
    values: Sequence[Any]

    @cached_property
    def _types(self) -> set[type]:
        return set(map(type, self.values))

    @cached_property
    def _floats(self) -> FloatArray | None:
        """The values themselves where all of them came as floating-point numbers, NaN where there is none; else None."""
        return np.array(self.values, dtype=np.float64) if self._types <= _FLOATS else None

    @cached_property
    def _factors(self) -> tuple[IntArray, list[Any]]:
        """The position of each row's value among the different ones; -1 where there is none."""
        prepared = np.empty(len(self.values), dtype=object)
        is_plain = self._types <= _TEXTS or self._types <= _NUMBERS
        prepared[:] = self.values if is_plain else [_hashable(value) for value in self.values]
        codes, different = pd.factorize(prepared, use_na_sentinel=True)
        return codes.astype(np.int64), list(different)

    @cached_property
    def _shown(self) -> list[str | None]:
        """The different values as text."""
        _, different = self._factors
        return as_texts(different)

    @cached_property
    def filled(self) -> BoolArray:
        """Which rows have a value; an empty text is none."""
        if self._floats is not None:
            return ~np.isnan(self._floats)
        codes, _ = self._factors
        says = np.array([text is not None for text in self._shown], dtype=bool)
        filled = codes >= 0
        filled[filled] = says[codes[filled]]
        return filled

    @cached_property
    def texts(self) -> list[str | None]:
        """Every row's value as text."""
        codes, _ = self._factors
        shown = [*self._shown, None]
        return [shown[code] for code in codes.tolist()]

    @cached_property
    def numbers(self) -> FloatArray:
        """Every row's value as a number, NaN where it is none."""
        if self._floats is not None:
            return np.where(np.isfinite(self._floats), self._floats, np.nan)
        codes, different = self._factors
        read = np.array([*map(_number_or_nan, different), math.nan])
        return read[codes]

    def is_short_text(self, length: int) -> bool:
        """Tell whether all values are texts of at most so many characters."""
        return (
            self._types <= _TEXTS and max((len(text) for text in self._shown if text is not None), default=0) <= length
        )

    def are_texts(self, right: Callable[[list[str]], bool]) -> bool:
        """Tell whether all values are texts, and those that are not empty right."""
        return self._types <= _TEXTS and right([text for text in self._shown if text is not None])

    def is_within(self, low: Decimal | None, high: Decimal | None) -> bool:
        """Tell whether all values came as finite numbers within limits; of limits that binary numbers only come near to it does not say so."""
        if self._floats is None or any(limit is not None and float(limit) != limit for limit in (low, high)):
            return False
        present = self._floats[self.filled]
        return bool(
            np.isfinite(present).all()
            and (low is None or (present >= float(low)).all())
            and (high is None or (present <= float(high)).all())
        )

    def find(self, read: Callable[[Any], Result | None]) -> list[tuple[int, Result]]:
        """Apply a function once to each different value, and list position and result of the rows for which it returns something."""
        codes, different = self._factors
        results = [None if text is None else read(value) for value, text in zip(different, self._shown, strict=True)]
        hit = np.array([*(result is not None for result in results), False], dtype=bool)
        rows = np.flatnonzero(hit[codes]).tolist()
        return [(row, result) for row in rows if (result := results[codes[row]]) is not None]


@dataclass
class BatchColumns:
    """The columns of a batch by the fields of a contract, each taken out of the batch once.

    ``mapping`` is from target field to source field, or to ``=text`` for a constant.
    """

    batch: FeatureBatch
    mapping: Mapping[str, str]
    _known: dict[str, Column] = field(default_factory=dict)

    def constant(self, target: str) -> str | None:
        """Return the constant that gives a field, None where a source field or nothing gives it."""
        return constant_of(self.mapping.get(target))

    def of(self, target: str | None) -> Column | None:
        """Return the column that gives a field, None where a constant or nothing gives it."""
        source = None if target is None else self.mapping.get(target)
        if source is None or constant_of(source) is not None:
            return None
        if source not in self._known:
            self._known[source] = Column(source, [row.get(source) for row in self.batch.attributes])
        return self._known[source]


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


def as_texts(values: Sequence[Any]) -> list[str | None]:
    """Take many source values as text; see :func:`as_text`."""
    if set(map(type, values)) <= _TEXTS:
        # As nearly all columns come.
        return [None if value is None else value.strip() or None for value in values]
    return [as_text(value) for value in values]


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
    if type(value) is float and math.isfinite(value):
        return value
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
