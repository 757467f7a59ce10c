"""Whom credentials belong to, kept for as long as nothing in the database changes."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from app.keys.access import Actor

__all__ = ["KnownCaller", "KnownCallers", "digest_of_credentials"]

_MAX_CALLERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Who presented credentials, as seen in a snapshot of the database; a session ends at a moment, a key does not."""

    actor: Actor
    snapshot: str
    expires_at: datetime | None = None


def digest_of_credentials(presented: Sequence[str | None]) -> bytes:
    """Return what stands for credentials where they are kept: nothing from which they could be learnt."""
    return hashlib.sha256(repr(tuple(presented)).encode()).digest()


class KnownCallers:
    """Callers by the digest of what they present.

    Examples
    --------
    >>> from app.keys.access import Actor, Scope
    >>> from app.keys.known_callers import KnownCaller, KnownCallers, digest_of_credentials
    >>> callers, digest = KnownCallers(), digest_of_credentials(["Bearer duogui_x"])
    >>> callers.put(digest, KnownCaller(Actor("qgis", Scope.READ), "7:7:"))
    >>> callers.find(digest, "7:7:").name, callers.find(digest, "7:8:"), callers.find(digest, None)
    ('qgis', None, None)
    """

    def __init__(self) -> None:
        self._callers: OrderedDict[bytes, KnownCaller] = OrderedDict()
        self._lock = Lock()

    def find(self, digest: bytes, snapshot: str | None) -> Actor | None:
        """Return whom credentials belong to if that was seen in this very snapshot and still holds."""
        with self._lock:
            known = self._callers.get(digest)
        if known is None or known.snapshot != snapshot:
            return None
        is_over = known.expires_at is not None and known.expires_at <= datetime.now(UTC)
        return None if is_over else known.actor

    def put(self, digest: bytes, caller: KnownCaller) -> None:
        """Keep a caller; the one kept longest is forgotten at the limit."""
        with self._lock:
            self._callers.pop(digest, None)
            self._callers[digest] = caller
            while len(self._callers) > _MAX_CALLERS:
                self._callers.popitem(last=False)
