"""What a caller takes, by the weights of its header fields (RFC 9110, 12.4.2 and 12.5): what has the weight 0 is never sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.requests import Request

from app.errors import AppError

__all__ = ["HTML", "JSON", "AcceptedTypes", "NotAcceptableError", "accepts_encoding", "choose_type", "read_weights"]

JSON: Final = "application/json"
HTML: Final = "text/html"

# A comma or a semicolon inside of quotes divides nothing.
_MEMBER: Final = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')
_WEIGHT: Final = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)


class NotAcceptableError(AppError):
    """The Accept header asks only for encodings that there are none of."""

    def __init__(self, offered: Sequence[str]) -> None:
        super().__init__(
            "not-acceptable",
            "Not acceptable",
            406,
            f"None of the encodings in the Accept header is offered here; offered are {', '.join(offered)}.",
        )


def read_weights(values: Sequence[str]) -> list[tuple[str, float]]:
    """Return the members of a header field with their weights (0 to 1), in their order; one without a weight that is one has 1.

    Examples
    --------
    >>> from app.negotiation import read_weights
    >>> read_weights(['Text/HTML, application/json;q=0.5', '*/*; Q=0', 'a/b;profile="x,y"'])
    [('text/html', 1.0), ('application/json', 0.5), ('*/*', 0.0), ('a/b', 1.0)]
    """
    members = []
    for part in _MEMBER.findall(",".join(values)):
        name = part.split(";", 1)[0].strip().lower()
        if name:
            weight = _WEIGHT.search(part)
            members.append((name, 1.0 if weight is None else float(weight[1])))
    return members


@dataclass(frozen=True, slots=True)
class AcceptedTypes:
    """The media ranges of a request in the order of their naming, each with its weight; none at all takes everything."""

    ranges: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the Accept header of a request."""
        return cls(tuple(read_weights(request.headers.getlist("accept"))))

    def best(self, offered: Sequence[str]) -> str | None:
        """Return the media type that is wanted most; of several the one whose range is named first, then the one that is offered first.

        None where nothing that is offered may be sent.

        Examples
        --------
        >>> from app.negotiation import AcceptedTypes
        >>> offered = ("application/json", "text/html")
        >>> AcceptedTypes((("text/html", 1.0), ("*/*", 0.8))).best(offered)
        'text/html'
        >>> AcceptedTypes((("*/*", 1.0),)).best(offered), AcceptedTypes(()).best(offered)
        ('application/json', 'application/json')
        >>> AcceptedTypes((("application/json", 0.0), ("*/*", 0.1))).best(offered)
        'text/html'
        >>> AcceptedTypes((("*/*", 0.0),)).best(offered) is None
        True
        """
        if not self.ranges:
            return offered[0]
        found = [(*self._match(media_type), media_type) for media_type in offered]
        weight, _, media_type = max(found, key=lambda one: one[:2])
        return media_type if weight > 0 else None

    def _match(self, media_type: str) -> tuple[float, int]:
        """Return the weight of a media type, which the most specific range gives, and how early that one is named (0, -1, ...)."""
        for fits in (media_type, "json", f"{media_type.split('/', 1)[0]}/*", "*/*"):
            if fits == "json":
                # Who takes one kind of JSON reads the others, and few name the one that is sent; a weight 0 is about the one it names.
                named = [
                    at for at, one in enumerate(self.ranges) if _is_json(media_type) and _is_json(one[0]) and one[1]
                ]
            else:
                named = [at for at, one in enumerate(self.ranges) if one[0] == fits]
            if named:
                return self.ranges[named[0]][1], -named[0]
        return 0.0, -len(self.ranges)


def choose_type(request: Request, offered: Sequence[str]) -> str:
    """Return which of the media types that are offered an answer has, by the Accept header.

    Raises
    ------
    NotAcceptableError
    """
    chosen = AcceptedTypes.of(request).best(offered)
    if chosen is None:
        raise NotAcceptableError(offered)
    return chosen


def accepts_encoding(values: Sequence[str], name: str) -> bool:
    """Whether an encoding is named, and not with the weight 0 that refuses it (RFC 9110, 12.5.3).

    Examples
    --------
    >>> from app.negotiation import accepts_encoding
    >>> [accepts_encoding([text], "br") for text in ("gzip, br", "br;q=0.5", "br; q=0, gzip", "brotli", "*")]
    [True, True, False, False, False]
    """
    return dict(reversed(read_weights(values))).get(name, 0.0) > 0


def _is_json(media_type: str) -> bool:
    return media_type.endswith(("/json", "+json"))
