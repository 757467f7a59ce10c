"""Texts of requests that PostgreSQL can hold."""

import re
from typing import Final

from pydantic import AfterValidator

NUL = "\x00"
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def find_unstorable(text: str) -> str | None:
    r"""Return the first character of a text that PostgreSQL cannot hold, by its number: NUL, or half a surrogate pair of wrongly written JSON.

    Examples
    --------
    >>> from app.stored_texts import find_unstorable
    >>> find_unstorable("规划科"), find_unstorable("a\x00"), find_unstorable("\ud800")
    (None, 'U+0000', 'U+D800')
    """
    found = _UNSTORABLE.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def require_no_nul(value: str) -> str:
    """Refuse a text with a NUL character, which PostgreSQL's text cannot hold.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> require_no_nul("规划科")
    '规划科'
    """
    if NUL in value:
        message = f"found a NUL character at position {value.index(NUL) + 1}, expected a text without one: take it out"
        raise ValueError(message)
    return value


#: For the annotation of a text that is stored, or that stored texts are compared with.
NoNul = AfterValidator(require_no_nul)
