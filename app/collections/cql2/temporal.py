"""Temporal functions (OGC 21-065r2, 7.9): Allen's relations between instants and intervals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, and_, cast, func, literal, or_

from app.collections.cql2.operands import Kind, Operand, instant
from app.collections.cql2.parsing import FilterError, Node

__all__ = ["TEMPORAL", "moment_of", "span_of"]

_MOMENT: Final = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Span:
    """From a first to a last moment, both included; an instant is both. A day is its first moment, in UTC."""

    start: ColumnElement[Any]
    end: ColumnElement[Any]


def span_of(node: Node, operand: Callable[[Node], Operand]) -> Span:
    """Take an instant or an interval.

    Raises
    ------
    FilterError
    """
    if isinstance(node, Mapping) and "interval" in node:
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise FilterError("An INTERVAL has two ends.")
        start, end = ends
        return Span(_end(start, "-infinity", operand), _end(end, "infinity", operand))
    moment = moment_of(operand(node))
    return Span(moment, moment)


def _end(node: Node, unbounded: str, operand: Callable[[Node], Operand]) -> ColumnElement[Any]:
    if isinstance(node, str):
        moment = instant(node)
        return cast(literal(unbounded), _MOMENT) if moment is None else literal(moment, _MOMENT)
    return moment_of(operand(node))


def moment_of(operand: Operand) -> ColumnElement[Any]:
    """Return a day or a moment as a moment.

    Raises
    ------
    FilterError
    """
    match operand.kind:
        case Kind.TIMESTAMP:
            return operand.expression
        case Kind.DATE:
            return func.timezone("UTC", cast(operand.expression, DateTime()), type_=_MOMENT)
        case _:
            raise FilterError(f"A temporal function compares dates, moments and intervals, not a {operand.kind}.")


#: Name of the function to the relation of its two arguments.
TEMPORAL: Final[Mapping[str, Callable[[Span, Span], ColumnElement[bool]]]] = {
    "t_after": lambda a, b: a.start > b.end,
    "t_before": lambda a, b: a.end < b.start,
    "t_contains": lambda a, b: and_(a.start < b.start, a.end > b.end),
    "t_disjoint": lambda a, b: or_(a.end < b.start, a.start > b.end),
    "t_during": lambda a, b: and_(a.start > b.start, a.end < b.end),
    "t_equals": lambda a, b: and_(a.start == b.start, a.end == b.end),
    "t_finishedby": lambda a, b: and_(a.start < b.start, a.end == b.end),
    "t_finishes": lambda a, b: and_(a.start > b.start, a.end == b.end),
    "t_intersects": lambda a, b: and_(a.start <= b.end, a.end >= b.start),
    "t_meets": lambda a, b: a.end == b.start,
    "t_metby": lambda a, b: a.start == b.end,
    "t_overlappedby": lambda a, b: and_(a.start > b.start, a.start < b.end, a.end > b.end),
    "t_overlaps": lambda a, b: and_(a.start < b.start, a.end > b.start, a.end < b.end),
    "t_startedby": lambda a, b: and_(a.start == b.start, a.end > b.end),
    "t_starts": lambda a, b: and_(a.start == b.start, a.end < b.end),
}
