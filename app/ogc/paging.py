"""The opaque ``after`` token: the key of the last row that was sent, and the state that was being read.

Paging is by key, never by offset, and every page of a download reads what the first one read: the same delivery, run
or scan, as known at the same moment. Nothing that is inserted, edited or published meanwhile makes a reader lose a
feature or see one twice.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.collections.ordering import Position
from app.problems import InvalidParameterError

BIGINT_MAX = 2**63 - 1


class PageToken(BaseModel):
    """Where the next page starts. ``scope_ids`` and ``known_at`` pin the state, ``matched`` is its size, ``values`` are those of the sort keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    row_id: int = Field(alias="r", ge=0, le=BIGINT_MAX)
    scope_ids: tuple[int, ...] = Field(alias="s", max_length=10_000)
    known_at: AwareDatetime = Field(alias="t")
    matched: int | None = Field(alias="n", ge=0, le=BIGINT_MAX)
    values: tuple[str | None, ...] = Field(default=(), alias="k", max_length=5)

    def encode(self) -> str:
        """Return the token as it stands in a link."""
        text = self.model_dump_json(by_alias=True, exclude_defaults=True)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def make_token(position: Position, scope_ids: tuple[int, ...], known_at: datetime, matched: int | None) -> PageToken:
    """Make the token of the page after a row."""
    return PageToken(r=position.row_id, s=scope_ids, t=known_at, n=matched, k=position.values)


def decode_token(text: str) -> PageToken:
    """Read a token from a link.

    Raises
    ------
    InvalidParameterError
        It is none of ours.
    """
    try:
        payload = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        token = PageToken.model_validate_json(payload)
    except (binascii.Error, ValueError, ValidationError) as error:
        raise InvalidParameterError("after", "not a token of this service; follow the `next` links.") from error
    if any("\0" in value for value in token.values if value is not None):
        raise InvalidParameterError("after", "not a token of this service; follow the `next` links.")
    if any(not 0 <= scope_id <= BIGINT_MAX for scope_id in token.scope_ids):
        raise InvalidParameterError("after", "not a token of this service; follow the `next` links.")
    return token
