"""Entity tags."""

from app.errors import AppError


def matches_etag(if_none_match: str | None, etag: str) -> bool:
    """Whether a caller's If-None-Match holds a tag; compared weakly, as RFC 9110, 13.1.2 asks.

    Examples
    --------
    >>> from app.etags import matches_etag
    >>> matches_etag('"a", W/"b"', 'W/"b"'), matches_etag('"a"', 'W/"b"'), matches_etag(None, '"b"')
    (True, False, False)
    """
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


class PreconditionRequiredError(AppError):
    """A change that says nothing of the state it was made from."""

    def __init__(self) -> None:
        super().__init__(
            "precondition-required",
            "Precondition required",
            428,
            "Send the ETag of the state that you read as `If-Match`, so that nobody's change is overwritten unseen.",
        )


class PreconditionFailedError(AppError):
    """Somebody else changed it in between."""

    def __init__(self, current: str) -> None:
        super().__init__(
            "precondition-failed",
            "Precondition failed",
            412,
            f"It was changed since you read it; its ETag is {current} now. Read it again, and decide on what it is now.",
            etag=current,
        )


def require_match(if_match: str | None, etag: str) -> None:
    """Refuse a change of another state than the caller read; compared strongly, as RFC 9110, 13.1.1 asks.

    Raises
    ------
    PreconditionRequiredError, PreconditionFailedError

    Examples
    --------
    >>> from app.etags import require_match
    >>> require_match('"7-1", "7-2"', '"7-2"')
    """
    if if_match is None:
        raise PreconditionRequiredError
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and etag not in tags:
        raise PreconditionFailedError(etag)
