"""How features are shown: which properties, in which reference system, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_

from app.collections.catalog import Collection
from app.collections.ordering import SortKey
from app.collections.reference_systems import ReferenceSystem, find_reference_system
from app.collections.schema import Property, PropertyType
from app.problems import InvalidParameterError

__all__ = ["CRS84_SYSTEM", "View", "mentions", "parse_properties"]

CRS84_SYSTEM = find_reference_system("crs", None)
MAX_TERMS = 10


@dataclass(frozen=True, slots=True)
class View:
    """The properties that are shown, all that the caller may see unless it ``is_partial``; reference system; order."""

    properties: tuple[Property, ...]
    system: ReferenceSystem = CRS84_SYSTEM
    order: tuple[SortKey, ...] = ()
    is_partial: bool = False


def parse_properties(text: str | None, visible: Sequence[Property]) -> tuple[Property, ...] | None:
    """Read ``properties``: the names of those to show, in this order; None for all.

    Raises
    ------
    InvalidParameterError
    """
    if text is None:
        return None
    by_name = {item.name: item for item in visible}
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise InvalidParameterError("properties", f"{unknown[0]!r} is no property; there are {', '.join(by_name)}.")
    return tuple(by_name[name] for name in dict.fromkeys(names))


def mentions(collection: Collection, queryables: Sequence[Property], text: str) -> ColumnElement[bool]:
    """Return whether a feature has one of the terms of ``q`` in one of its texts, upper or lower case.

    Raises
    ------
    InvalidParameterError
    """
    terms = [term.strip() for term in text.split(",") if term.strip()]
    if not terms or len(terms) > MAX_TERMS or "\x00" in text:
        raise InvalidParameterError("q", f"expected up to {MAX_TERMS} words, separated by commas.")
    texts: list[Any] = [collection.expression(item) for item in queryables if item.type is PropertyType.STRING]
    return or_(*(column.icontains(term, autoescape=True) for term in terms for column in texts))
