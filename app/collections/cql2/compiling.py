"""From the tree of a filter to an SQL condition: whatever is not listed here is refused by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Text, and_, case, cast, func, not_, or_, text

from app.collections.cql2.operands import (
    SPATIAL_TYPES,
    Kind,
    Operand,
    Resolver,
    geometry_operand,
    literal_operand,
)
from app.collections.cql2.parsing import FilterError, Node
from app.collections.cql2.temporal import TEMPORAL, moment_of, span_of

__all__ = ["compile_filter"]

_COMPARISONS: Final = {
    "=": ColumnElement.__eq__,
    "<>": ColumnElement.__ne__,
    "<": ColumnElement.__lt__,
    "<=": ColumnElement.__le__,
    ">": ColumnElement.__gt__,
    ">=": ColumnElement.__ge__,
}
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "div", "%", "^"})
_SPATIAL: Final = {
    "s_contains": func.ST_Contains,
    "s_crosses": func.ST_Crosses,
    "s_disjoint": func.ST_Disjoint,
    "s_equals": func.ST_Equals,
    "s_intersects": func.ST_Intersects,
    "s_overlaps": func.ST_Overlaps,
    "s_touches": func.ST_Touches,
    "s_within": func.ST_Within,
}
#: Unicode's own order and folding, whatever the database was made with.
_UNICODE: Final = "und-x-icu"
#: Marks that NFD puts behind the letters that they belong to.
_MARKS: Final = "[\u0300-\u036f]"
_ORDERED: Final = frozenset({Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.TIMESTAMP})


def compile_filter(tree: Node, resolver: Resolver) -> ColumnElement[bool]:
    """Compile a filter.

    Parameters
    ----------
    tree : Node
        See :func:`app.collections.cql2.parsing.parse_filter`.
    resolver : Resolver
        What the filter may name.

    Returns
    -------
    ColumnElement of bool
        All values are bound parameters.

    Raises
    ------
    FilterError
        An unknown name, an operator that is not supported, or operands of kinds that cannot be compared.
    """
    return _Compiler(resolver).condition(tree)


@dataclass(frozen=True, slots=True)
class _Compiler:
    resolver: Resolver

    def condition(self, node: Node) -> ColumnElement[bool]:
        """Compile what is true or false."""
        operand = self.operand(node)
        if operand.kind is not Kind.BOOLEAN:
            raise FilterError(f"Expected a condition, found a {operand.kind}.")
        return operand.expression

    def operand(self, node: Node) -> Operand:
        """Compile a property, a literal, or what an operator gives."""
        match node:
            case {"property": str(name)}:
                return self._property(name)
            case {"op": str(name), "args": list(arguments)}:
                return self._operator(name.lower(), arguments)
            case {"bbox": _}:
                return geometry_operand(node, self.resolver)
            case {"type": str(kind)} if kind in SPATIAL_TYPES:
                return geometry_operand(node, self.resolver)
            case {"interval": _}:
                raise FilterError("An INTERVAL can only be an argument of a temporal function.")
            case list():
                raise FilterError("An array can only be the list of IN.")
            case _:
                return literal_operand(node)

    def _property(self, name: str) -> Operand:
        found = self.resolver.find(name)
        if found is None:
            known = ", ".join(self.resolver.names())
            raise FilterError(f"There is no queryable {name!r}; there are {known}.")
        return found

    def _operator(self, name: str, arguments: Sequence[Node]) -> Operand:
        if name in {"and", "or"}:
            parts = [self.condition(argument) for argument in arguments]
            return _truth(and_(*parts) if name == "and" else or_(*parts))
        if name in _ARITHMETIC:
            return self._arithmetic(name, *self._numbers(name, arguments))
        compilers: Mapping[str, Callable[..., Operand]] = {
            "not": self._not,
            "isnull": self._is_null,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "casei": self._casei,
            "accenti": self._accenti,
        }
        for table, compiler in (
            (_COMPARISONS, self._compare),
            (_SPATIAL, self._spatial),
            (TEMPORAL, self._temporal),
        ):
            if name in table:
                return compiler(name, *_exactly(name, arguments, 2))
        if name in compilers:
            return compilers[name](*_exactly(name, arguments, _ARITY[name]))
        raise FilterError(f"There is no function {name!r} here.")

    def _compare(self, name: str, left: Node, right: Node) -> Operand:
        one, other = self._alike(name, self.operand(left), self.operand(right))
        if one.kind not in _ORDERED and name not in {"=", "<>"}:
            raise FilterError(f"A {one.kind} has no order, so {name} cannot compare it.")
        if one.kind is Kind.GEOMETRY:
            raise FilterError("Geometries are compared with S_EQUALS and the other spatial functions.")
        return _truth(_COMPARISONS[name](one.expression, other.expression))

    def _alike(self, name: str, one: Operand, other: Operand) -> tuple[Operand, Operand]:
        """Refuse operands of kinds that have nothing in common; a day beside a moment is its first moment."""
        if one.kind is other.kind:
            return one, other
        if {one.kind, other.kind} == {Kind.DATE, Kind.TIMESTAMP}:
            return Operand(Kind.TIMESTAMP, moment_of(one)), Operand(Kind.TIMESTAMP, moment_of(other))
        raise FilterError(f"{name} cannot compare a {one.kind} with a {other.kind}.")

    def _numbers(self, name: str, arguments: Sequence[Node]) -> list[ColumnElement[Any]]:
        operands = [self.operand(argument) for argument in _exactly(name, arguments, 2)]
        wrong = next((operand.kind for operand in operands if operand.kind is not Kind.NUMBER), None)
        if wrong is not None:
            raise FilterError(f"{name} takes numbers, not a {wrong}.")
        return [cast(operand.expression, Double) for operand in operands]

    def _arithmetic(self, name: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> Operand:
        """Compute with floating-point numbers; what has no value, as a division by zero, is null and meets no condition."""
        divisor = func.nullif(right, 0.0)
        match name:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":
                result = left * right
            case "/":
                result = left / divisor
            case "div":
                result = func.trunc(left / divisor)
            case "%":
                result = left - right * func.trunc(left / divisor)
            case _:
                has_value = or_(left > 0, and_(left == 0, right > 0), and_(left < 0, right == func.trunc(right)))
                result = case((has_value, func.power(left, right)), else_=None)
        return Operand(Kind.NUMBER, result)

    def _not(self, argument: Node) -> Operand:
        return _truth(not_(self.condition(argument)))

    def _is_null(self, argument: Node) -> Operand:
        return _truth(self.operand(argument).expression.is_(None))

    def _like(self, value: Node, pattern: Node) -> Operand:
        written = _pattern(pattern)
        if written is None:
            raise FilterError("LIKE takes a pattern: a text in which % stands for any characters and _ for one.")
        if (len(written) - len(written.rstrip("\\"))) % 2:
            raise FilterError(f"The pattern {written!r} ends with a backslash, which escapes nothing there.")
        one = self.operand(value)
        if one.kind is not Kind.TEXT:
            raise FilterError(f"LIKE compares a text with a pattern, not a {one.kind}.")
        return _truth(one.expression.like(self.operand(pattern).expression))

    def _between(self, value: Node, low: Node, high: Node) -> Operand:
        operands = self.operand(value)
        _, first = self._alike("BETWEEN", operands, self.operand(low))
        one, last = self._alike("BETWEEN", operands, self.operand(high))
        if one.kind not in _ORDERED:
            raise FilterError(f"A {one.kind} has no order, so BETWEEN cannot compare it.")
        return _truth(one.expression.between(first.expression, last.expression))

    def _in(self, value: Node, choices: Node) -> Operand:
        if not isinstance(choices, list) or not choices:
            raise FilterError("IN needs a list of values.")
        one = self.operand(value)
        pairs = [self._alike("IN", one, self.operand(choice)) for choice in choices]
        return _truth(or_(*(left.expression == right.expression for left, right in pairs)))

    def _casei(self, argument: Node) -> Operand:
        return Operand(Kind.TEXT, func.lower(self._text("CASEI", argument).collate(_UNICODE)))

    def _accenti(self, argument: Node) -> Operand:
        decomposed = func.normalize(self._text("ACCENTI", argument), text("NFD"))
        return Operand(Kind.TEXT, func.regexp_replace(decomposed, _MARKS, "", "g", type_=Text))

    def _text(self, name: str, argument: Node) -> ColumnElement[Any]:
        operand = self.operand(argument)
        if operand.kind is not Kind.TEXT:
            raise FilterError(f"{name} takes a text, not a {operand.kind}.")
        return operand.expression

    def _spatial(self, name: str, left: Node, right: Node) -> Operand:
        one, other = self.operand(left), self.operand(right)
        if (one.kind, other.kind) != (Kind.GEOMETRY, Kind.GEOMETRY):
            raise FilterError(f"{name.upper()} compares two geometries, not a {one.kind} with a {other.kind}.")
        has_collection = any(
            isinstance(node, dict) and node.get("type") == "GeometryCollection" for node in (left, right)
        )
        if has_collection and name not in {"s_intersects", "s_disjoint"}:
            raise FilterError(f"{name.upper()} takes no GEOMETRYCOLLECTION; S_INTERSECTS and S_DISJOINT do.")
        return _truth(_SPATIAL[name](one.expression, other.expression))

    def _temporal(self, name: str, left: Node, right: Node) -> Operand:
        return _truth(TEMPORAL[name](span_of(left, self.operand), span_of(right, self.operand)))


_ARITY: Final = {"not": 1, "isnull": 1, "like": 2, "between": 3, "in": 2, "casei": 1, "accenti": 1}


def _exactly(name: str, arguments: Sequence[Node], count: int) -> Sequence[Node]:
    if len(arguments) != count:
        raise FilterError(f"{name.upper()} takes {count} arguments, not {len(arguments)}.")
    return arguments


def _pattern(node: Node) -> str | None:
    """Return the text of a pattern, also within CASEI and ACCENTI."""
    match node:
        case str():
            return node
        case {"op": str(name), "args": [inner]} if name.lower() in {"casei", "accenti"}:
            return _pattern(inner)
        case _:
            return None


def _truth(expression: ColumnElement[Any]) -> Operand:
    return Operand(Kind.BOOLEAN, expression)
