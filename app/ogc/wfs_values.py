"""Values of WFS's parameters that MapServer would pass over without a word: counts, boxes, kinds of results."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from app.problems import InvalidParameterError

__all__ = ["check_values"]

_COUNT: Final = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
# The systems that the mapfile offers, in the ways that the versions of WFS write them.
_SYSTEM: Final = re.compile(r".*EPSG.*[:/#](?:4490|4326|3857)|(?:.*[:/])?CRS:?84", re.ASCII | re.IGNORECASE)
_RESULTS: Final = ("results", "hits")


def check_values(given: Mapping[str, str]) -> None:
    """Refuse values that mean nothing; the names are in lower case.

    Raises
    ------
    InvalidParameterError
    """
    for name, (is_understood, expected) in _CHECKS.items():
        if name in given and not is_understood(given[name]):
            raise InvalidParameterError(name, f"expected {expected}.")
    if given["request"].lower() != "getcapabilities" and not given.get("version"):
        raise InvalidParameterError("version", "expected the version of WFS that is spoken, such as 2.0.0.")


def _is_count(text: str) -> bool:
    return _COUNT.fullmatch(text) is not None


def _is_box(text: str) -> bool:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in {4, 5} or not all(map(_NUMBER.fullmatch, parts[:4])):
        return False
    corners = [float(part) for part in parts[:4]]
    in_order = corners[0] <= corners[2] and corners[1] <= corners[3]
    return all(map(math.isfinite, corners)) and in_order and all(map(_SYSTEM.fullmatch, parts[4:]))


def _is_kind_of_result(text: str) -> bool:
    return text.lower() in _RESULTS


_WHOLE: Final = (_is_count, "a whole number of up to nine digits, not below 0")
_BOX: Final = (
    "four numbers, the lower corner first, in the order of the axes; behind them the system, CRS84 or EPSG 4490, 4326 or "
    "3857, such as urn:ogc:def:crs:EPSG::4490"
)
_CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "count": _WHOLE,
    "maxfeatures": _WHOLE,
    "startindex": _WHOLE,
    "resulttype": (_is_kind_of_result, " or ".join(_RESULTS)),
    "bbox": (_is_box, _BOX),
}
