"""Pages of what is listed by the time at which it was made: the place of a page's end as a token for links."""

import base64
import binascii
import json
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.errors import AppError


class PageTokenError(AppError):
    """The token of a page was not one that this service gave out."""

    def __init__(self) -> None:
        super().__init__("invalid-parameter", "Invalid parameter", 400, "`after` must be taken from a `next` link.")


class Listed(Protocol):
    """What is listed by the time at which it was made."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""

    @property
    def id(self) -> UUID:
        """What tells it from others of the same time."""


def encode_position(listed: Listed) -> str:
    """Return the place of a job, or of whatever else is listed by its time, as a token for links."""
    position = json.dumps([listed.created_at.isoformat(), str(listed.id)])
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_position(token: str) -> tuple[datetime, UUID]:
    """Read a token of ``encode_position``.

    Raises
    ------
    PageTokenError
    """
    try:
        created_at, job_id = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return datetime.fromisoformat(created_at), UUID(job_id)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise PageTokenError from error
