"""Texts of requests that PostgreSQL can hold."""

from pydantic import AfterValidator

NUL = "\x00"


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
