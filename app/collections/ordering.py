"""``sortby``: the order of features, and where a page goes on in it.

The key of a row always comes last, so every order is total and paging stays by key: a page starts behind the values of the last row that was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, cast, false, literal, or_

from app.collections.catalog import Collection
from app.collections.schema import Property
from app.problems import InvalidParameterError

__all__ = ["Position", "SortKey", "behind", "parse_sortby"]

MAX_KEYS: Final = 5


@dataclass(frozen=True, slots=True)
class SortKey:
    """A property to sort by; rows without a value come last in either direction."""

    item: Property
    is_descending: bool = False

    def ordered(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return what ORDER BY takes."""
        return (column.desc() if self.is_descending else column.asc()).nulls_last()

    def beyond(self, column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
        """Return whether a value comes after another, which is given as text."""
        if value is None:
            return false()
        other = self._typed(column, value)
        return or_(column < other if self.is_descending else column > other, column.is_(None))

    def equals(self, column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
        """Return whether a value is the same as another, which is given as text."""
        return column.is_(None) if value is None else column == self._typed(column, value)

    @staticmethod
    def _typed(column: ColumnElement[Any], value: str) -> ColumnElement[Any]:
        return cast(literal(value, Text), column.type)


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: its key, and what it has of each sort key, as text."""

    row_id: int = 0
    values: tuple[str | None, ...] = ()


def parse_sortby(text: str | None, queryables: Sequence[Property]) -> tuple[SortKey, ...]:
    """Read ``sortby``: names of queryables, each with ``-`` before it for descending and optionally ``+`` for ascending.

    Raises
    ------
    InvalidParameterError
    """
    if text is None:
        return ()
    by_name = {item.name: item for item in queryables}
    keys: list[SortKey] = []
    for part in text.split(","):
        name = part.strip().lstrip("+-")
        if name not in by_name:
            raise InvalidParameterError("sortby", f"{name!r} is no queryable; there are {', '.join(by_name)}.")
        keys.append(SortKey(by_name[name], part.strip().startswith("-")))
    if len(keys) > MAX_KEYS or len({key.item.name for key in keys}) < len(keys):
        raise InvalidParameterError("sortby", f"expected at most {MAX_KEYS} different properties.")
    return tuple(keys)


def behind(collection: Collection, order: Sequence[SortKey], position: Position) -> ColumnElement[bool]:
    """Return the condition of the rows that follow a position.

    Raises
    ------
    InvalidParameterError
        The position is one of another order.
    """
    row_id: ColumnElement[int] = collection.schema.model.row_id.expression
    if position.row_id == 0 and not position.values:
        return row_id > 0
    if len(position.values) != len(order):
        raise InvalidParameterError("after", "the order was another one; follow the `next` links.")
    columns = [collection.expression(key.item) for key in order]
    parts: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for key, column, value in zip(order, columns, position.values, strict=True):
        expression: Any = column
        parts.append(and_(*same, key.beyond(expression, value)))
        same.append(key.equals(expression, value))
    return or_(*parts, and_(*same, row_id > position.row_id)) if parts else row_id > position.row_id
