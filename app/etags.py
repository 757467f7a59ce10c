"""Entity tags."""


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
