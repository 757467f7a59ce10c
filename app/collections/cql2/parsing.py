"""The text or JSON of a filter as a tree of plain values, within limits."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any, Final, TypeAlias

import cql2

__all__ = ["FilterError", "FilterLanguage", "Node", "parse_filter"]

#: A tree as CQL2-JSON writes it.
Node: TypeAlias = Any

MAX_LENGTH: Final = 16_000
MAX_DEPTH: Final = 40
MAX_NODES: Final = 2_000
# How JSON writes it; after an even number of backslashes, as two of them are one of the text.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# The parser goes down a level of its stack for each sign, NOT or operator, some 2.5 kB each, and whoever overruns a stack
# ends the whole process. A text of the first length has room on any thread; the stack has it for one of the largest.
_SHORT: Final = 400
_STACK_BYTES: Final = 128 * 1024 * 1024
_stack_size = threading.Lock()
_TOO_DEEP: Final = f"The filter is nested too deep; at most {MAX_DEPTH} levels are read."


class FilterError(ValueError):
    """A filter that cannot be understood or is not supported; the message is a sentence for whoever wrote it."""


class FilterLanguage(StrEnum):
    """What ``filter-lang`` may say; many clients still send the name of the draft."""

    TEXT = "cql2-text"
    JSON = "cql2-json"
    DRAFT_TEXT = "cql-text"


def parse_filter(text: str, language: FilterLanguage = FilterLanguage.TEXT) -> Node:
    """Parse a filter.

    Parameters
    ----------
    text : str
    language : FilterLanguage

    Returns
    -------
    Node
        The tree that CQL2-JSON would write.

    Raises
    ------
    FilterError
        It is too long or too deep, or not CQL2.

    Examples
    --------
    >>> from app.collections.cql2 import parse_filter
    >>> parse_filter("code LIKE '06%'")
    {'op': 'like', 'args': [{'property': 'code'}, '06%']}
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"The filter has {len(text):,} characters; at most {MAX_LENGTH:,} are read.")
    if "\0" in text:
        raise FilterError("The filter holds a NUL character.")
    _require_shallow(text)
    try:
        tree = json.loads(text) if language is FilterLanguage.JSON else _parse_text(text)
    except json.JSONDecodeError as error:
        raise FilterError(f"The filter is no JSON: {error}.") from error
    except (cql2.ParseError, cql2.ValidationError) as error:
        raise FilterError(f"The filter is not understood: {_said(error)}") from error
    except ValueError as error:
        # Python reads integers of a few thousand digits at most.
        raise FilterError(f"The filter has a number that cannot be read: {error}.") from error
    _require_small(tree)
    _require_storable(tree)
    return tree


def _parse_text(text: str) -> Node:
    """Parse the text form, on a stack that it cannot overrun."""
    if len(text) <= _SHORT:
        return cql2.parse_text(text).to_json()
    with ThreadPoolExecutor(1) as pool:
        with _stack_size:
            # It holds for threads that start from now on, of which ours is one.
            former = threading.stack_size(_STACK_BYTES)
            try:
                parsed = pool.submit(lambda: cql2.parse_text(text).to_json())
            finally:
                threading.stack_size(former)
        return parsed.result()


def _require_shallow(text: str) -> None:
    """Refuse deep nesting of brackets before a parser goes down there; those within literals count as well."""
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise FilterError(_TOO_DEEP)


def _require_small(tree: Node) -> None:
    """Count operators, properties and literals, and how deep operators are nested; the coordinates of a geometry are bounded by the length of the text."""
    count, depth, level = 0, 0, [tree]
    while level:
        count += len(level)
        if count > MAX_NODES:
            raise FilterError(f"The filter has more than {MAX_NODES:,} parts.")
        depth += any(isinstance(node, dict) and "op" in node for node in level)
        if depth > MAX_DEPTH:
            raise FilterError(_TOO_DEEP)
        level = [
            part
            for node in level
            if isinstance(node, dict | list)
            for part in (node if isinstance(node, list) else [node[name] for name in node if name != "coordinates"])
        ]


def _require_storable(tree: Node) -> None:
    """Refuse texts that no text of the database can be: JSON can escape what the text of the filter cannot hold."""
    written = json.dumps(tree, ensure_ascii=False)
    if _NUL.search(written):
        raise FilterError("The filter holds a NUL character.")
    try:
        written.encode()
    except UnicodeEncodeError as error:
        raise FilterError("The filter holds half of a surrogate pair.") from error


def _said(error: Exception) -> str:
    """Take what the library says into one line; its first line has the place, its last the reason."""
    lines = [line.strip(" |=-^") for line in str(error).splitlines()]
    return "; ".join(line for line in lines if line)[:300]
