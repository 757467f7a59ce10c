"""The types of a table's columns, told from all of its cells one after another, and cells as arrays of these types."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

import pyarrow as pa

from gis.formats.grids import UncomputedFormula

__all__ = ["ColumnCells", "shown"]

_PLAIN: Final = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    datetime: pa.timestamp("us"),
    date: pa.date32(),
    time: pa.time64("us"),
    str: pa.string(),
}
_INT64: Final = 2**63
_EXACT: Final = 2**53


@dataclass(slots=True)
class ColumnCells:
    """What the cells of a column are.

    A column keeps the type of its cells where all have the same; whole numbers and fractions together are numbers; everything else is text.

    Examples
    --------
    >>> from datetime import datetime
    >>> column = ColumnCells()
    >>> for cell in (1, 2.5, None):
    ...     column.note(cell)
    >>> column.array([1, None]).to_pylist(), ColumnCells().array([None]).to_pylist()
    ([1.0, None], [None])
    """

    kinds: set[type] = field(default_factory=set)
    has_time: bool = False
    largest: int = 0

    def note(self, cell: Any) -> None:  # noqa: ANN401 - cells hold anything
        """Take note of one cell."""
        if cell is None:
            return
        kind = type(cell)
        self.kinds.add(kind)
        if kind is datetime:
            self.has_time |= cell.time() != time.min
        elif kind is int:
            self.largest = max(self.largest, abs(cell))

    @property
    def type(self) -> pa.DataType:
        """The type of the whole column."""
        if self.kinds == {datetime} and not self.has_time:
            return pa.date32()
        if self.kinds == {int, float}:
            return pa.float64() if self.largest <= _EXACT else pa.string()
        if self.kinds == {int} and self.largest >= _INT64:
            return pa.string()
        return _PLAIN.get(next(iter(self.kinds)), pa.string()) if len(self.kinds) == 1 else pa.string()

    def array(self, cells: Sequence[Any]) -> pa.Array:
        """Return some cells of the column in its type."""
        kind = self.type
        if pa.types.is_date32(kind):
            cells = [cell.date() if isinstance(cell, datetime) else cell for cell in cells]
        elif pa.types.is_string(kind):
            cells = [None if cell is None else _text(cell) for cell in cells]
        return pa.array(cells, kind)


def _text(cell: Any) -> str:  # noqa: ANN401 - cells hold anything
    text = shown(cell)
    # Half of a surrogate pair is no character, and no other program takes it.
    with suppress(UnicodeEncodeError):
        text.encode()
        return text
    return text.encode(errors="replace").decode()


def shown(cell: Any) -> str:  # noqa: ANN401 - cells hold anything
    """Write a cell as a person reads it."""
    match cell:
        case None:
            return ""
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case float() if cell.is_integer():
            return f"{cell:.0f}"
        case UncomputedFormula():
            return "#formula"
        case _:
            return str(cell)
