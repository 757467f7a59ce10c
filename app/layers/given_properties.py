"""The properties of a feature as a client sends it: each of a field that there is, and of the type of that field."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from app.db.models import Layer, LayerKind
from app.layers.feature_errors import FeatureRefusedError
from app.layers.kinds import KINDS, FieldValueError
from app.stored_texts import find_unstorable
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import normalise_control_zone

__all__ = ["ATTRIBUTES", "require_storable", "take_known", "take_own"]

ATTRIBUTES: Final = "attributes"
# What is computed or belongs to the layer: a client that sends back what it read may send it, and it changes nothing.
_COMPUTED: Final = frozenset({"area_ellipsoid_m2", "area_planar_m2", "layer_version_id", "control_kind", "feature_id"})
# What a value of a field of a reference layer may be.
_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "date": (str,),
    "timestamp": (str,),
    "object": (dict, list),
}


def take_own(position: int, properties: Mapping[str, Any], own_fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Take the properties of a feature of a reference layer: those of its fields, each of its type.

    Raises
    ------
    FeatureRefusedError
    """
    types = {item["name"]: item["type"] for item in own_fields}
    for name, value in properties.items():
        if name not in types:
            raise FeatureRefusedError(position, name, "unknown property", f"one of {', '.join(types)}")
        is_wrong = isinstance(value, bool) and types[name] != "boolean"
        if value is not None and (is_wrong or not isinstance(value, _JSON_TYPES[types[name]])):
            raise FeatureRefusedError(position, name, repr(value)[:80], f"a value of type {types[name]}")
        if value is not None and types[name] in {"date", "timestamp"}:
            _require_time(position, name, value, types[name])
    return {name: properties.get(name) for name in types}


def take_known(position: int, properties: Mapping[str, Any], layer: Layer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take the properties of a feature: the fields of the kind of its layer, and what else its source said.

    Raises
    ------
    FeatureRefusedError
    """
    kind = KINDS[LayerKind(layer.kind)]
    attributes = properties.get(ATTRIBUTES)
    if not isinstance(attributes, dict | None):
        raise FeatureRefusedError(position, ATTRIBUTES, repr(attributes)[:80], "an object")
    fields: dict[str, Any] = {}
    for name, value in properties.items():
        if name in _COMPUTED or name == ATTRIBUTES:
            continue
        if name not in kind.fields:
            known = ", ".join([*kind.fields, ATTRIBUTES])
            raise FeatureRefusedError(position, name, "unknown property", f"one of {known}")
        if not isinstance(value, str | int | float | None) or isinstance(value, bool):
            raise FeatureRefusedError(position, name, repr(value)[:80], "a text or a number")
        try:
            fields[name] = kind.fields[name](value)
        except FieldValueError as error:
            raise FeatureRefusedError(position, name, repr(value)[:80], str(error).removeprefix("expected ")) from error
    if layer.control_kind is not None and fields.get("control_zone") is not None:
        fields["control_zone"] = _zone(position, ControlKind(layer.control_kind), fields["control_zone"])
    return fields, attributes or {}


def require_storable(position: int, properties: Mapping[str, Any]) -> None:
    """Refuse what the database cannot hold; of a delivery, whose texts may have been decoded wrongly, it is left out.

    Raises
    ------
    FeatureRefusedError
    """
    for name, value in properties.items():
        for text in _texts([name, value]):
            found = find_unstorable(text)
            if found is not None:
                shown = name.encode("ascii", "backslashreplace").decode()
                expected = "text without NUL and without half a surrogate pair"
                raise FeatureRefusedError(position, shown, f"the character {found}", expected)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts(item)


def _zone(position: int, kind: ControlKind, value: str) -> str:
    zone = normalise_control_zone(kind, value)
    if zone is None:
        raise FeatureRefusedError(position, "control_zone", repr(value), f"a zone of {kind}")
    return zone


def _require_time(position: int, name: str, value: object, type_: str) -> None:
    if not _is_time(str(value), type_):
        example = "2024-06-30" if type_ == "date" else "2024-06-30T12:00:00Z"
        raise FeatureRefusedError(position, name, repr(value)[:80], f"a {type_} such as {example}")


def _is_time(text: str, type_: str) -> bool:
    try:
        if type_ == "date":
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
