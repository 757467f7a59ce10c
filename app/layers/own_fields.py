"""The fields of a layer that is described by its source alone: their types, told from the values themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

__all__ = ["OwnFields", "as_stored"]


@dataclass(slots=True)
class OwnFields:
    """Collects what kinds of values each field has, batch by batch.

    Examples
    --------
    >>> from app.layers.own_fields import OwnFields
    >>> fields = OwnFields(("name", "lanes"))
    >>> fields.see([{"name": "G4", "lanes": 6}, {"name": None, "lanes": 2.5}])
    >>> fields.as_json()
    [{'name': 'name', 'type': 'string'}, {'name': 'lanes', 'type': 'number'}]
    """

    names: Sequence[str]
    _seen: dict[str, set[str]] = field(default_factory=dict)

    def see(self, attributes: Sequence[Mapping[str, Any]]) -> None:
        """Look at the values of some features; null says nothing."""
        for name in self.names:
            types = {type(one.get(name)) for one in attributes} - {type(None)}
            self._seen.setdefault(name, set()).update(map(_kind, types))

    def as_json(self) -> list[dict[str, str]]:
        """Return the fields in their order, each with its type; one of mixed values, or of none, is text."""
        return [{"name": name, "type": _settle(self._seen.get(name, set()))} for name in self.names]


def as_stored(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as they are stored: what is no number is null, and a moment without a time zone is one of UTC.

    Examples
    --------
    >>> from datetime import datetime
    >>> from app.layers.own_fields import as_stored
    >>> as_stored({"x": float("nan"), "at": datetime(2024, 6, 30, 12)})
    {'x': None, 'at': datetime.datetime(2024, 6, 30, 12, 0, tzinfo=datetime.timezone.utc)}
    """
    return {name: _stored(value) for name, value in attributes.items()}


def _stored(value: Any) -> Any:  # noqa: ANN401  any source value
    match value:
        case float() if not isfinite(value):
            return None
        case datetime() if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        case _:
            return value


def _kind(type_: type) -> str:
    if issubclass(type_, datetime):
        return "timestamp"
    if issubclass(type_, list | tuple | dict):
        return "object"
    return {bool: "boolean", int: "integer", float: "number", date: "date"}.get(type_, "string")


def _settle(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds and kinds <= {"integer", "number"} else "string"
