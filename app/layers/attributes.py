"""Source attributes as JSON: everything is kept, whatever it is."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import chain
from math import isfinite
from typing import Any

import orjson

Attributes = Mapping[str, Any]

_PLAIN = frozenset({str, int, bool, float, type(None), date, datetime, time})


def attributes_as_json(batch: Sequence[Attributes]) -> list[str]:
    """Write the attributes of features as JSON documents, one for each.

    Examples
    --------
    >>> from app.layers.attributes import attributes_as_json
    >>> attributes_as_json([{"名称": "地块", "x": float("nan")}, {"x": 1.5}])
    ['{"名称": "地块", "x": "nan"}', '{"x": 1.5}']
    """
    if not _is_plain(batch):
        return [_write(attributes) for attributes in batch]
    try:
        documents = [orjson.dumps(attributes).decode() for attributes in batch]
    except (TypeError, UnicodeEncodeError):
        return [_write(attributes) for attributes in batch]
    # PostgreSQL's JSON cannot hold the character NUL.
    return [
        _write(attributes) if "\\u0000" in document else document
        for attributes, document in zip(batch, documents, strict=True)
    ]


def _is_plain(batch: Sequence[Attributes]) -> bool:
    """Whether the fast writer says all there is: it would write a number that is not finite as null."""
    kinds = set(map(type, chain.from_iterable(attributes.values() for attributes in batch)))
    if not kinds <= _PLAIN:
        return False
    return float not in kinds or all(
        isfinite(value) for attributes in batch for value in attributes.values() if type(value) is float
    )


def _write(attributes: Attributes) -> str:
    return json.dumps({name: _plain(value) for name, value in attributes.items()}, ensure_ascii=False)


def _plain(value: Any) -> Any:  # noqa: ANN401  any source value
    """Take a source value into JSON; what JSON has no word for is written as text, never dropped."""
    match value:
        case float() if not isfinite(value):
            plain: Any = str(value)
        case None | bool() | int() | float():
            plain = value
        case str():
            # Neither can it hold half a surrogate pair, which wrongly decoded text may have.
            plain = value.replace("\0", "").encode("utf-8", "replace").decode()
        case date() | time():
            plain = value.isoformat()
        case bytes():
            plain = value.hex()
        case list() | tuple():
            plain = [_plain(item) for item in value]
        case dict():
            plain = {str(key): _plain(item) for key, item in value.items()}
        case _:
            plain = str(value)
    return plain
