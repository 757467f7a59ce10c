"""Tiles that were answered before: what each address was answered, and whether that still holds."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, Final

from starlette.types import Scope

from app.clock import today
from app.collections.states import KnownStates, Lookup, StatesInSnapshot

__all__ = ["Address", "KnownTile", "KnownTiles", "note_address", "noted_address", "tile_headers"]

_MAX_KNOWN: Final = 50_000
_ADDRESS_KEY: Final = "duogui.tile_address"

#: Path, query and the legal day: what a tile's address means may change at midnight.
Address = tuple[str, bytes, date]


def note_address(scope: Scope) -> Address:
    """Return by what a tile is known again, and note it with the request before anything is looked up for it."""
    address: Address = scope["path"], scope["query_string"], today()
    scope[_ADDRESS_KEY] = address
    return address


def noted_address(scope: Scope) -> Address | None:
    """Return the address that was noted; None if midnight passed since, because then nobody knows whose day was looked up."""
    address: Address = scope[_ADDRESS_KEY]
    return address if address[2] == today() else None


def tile_headers(etag: str) -> dict[str, str]:
    """Return the headers of every answer about a tile."""
    return {"Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key, Cookie", "ETag": etag}


@dataclass(frozen=True, slots=True)
class KnownTile:
    """What an address asks for, in which state of its collections it was answered, and with which tag."""

    lookup: Lookup
    found: StatesInSnapshot
    etag: str
    route: Any


class KnownTiles:
    """What was answered last, by address."""

    def __init__(self, states: KnownStates) -> None:
        self._states = states
        # The route of a tile that was asked for by nothing but its path.
        self.plain_route: Any = None
        self._tiles: OrderedDict[Address, KnownTile] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, address: Address) -> bool:
        """Whether anything is known of an address, be it of an older state."""
        return address in self._tiles

    def find(self, address: Address, snapshot: str) -> KnownTile | None:
        """Return what is known of an address if it holds in a snapshot: it is the same, or nothing of these collections changed."""
        with self._lock:
            known = self._tiles.get(address)
        if known is None or known.found.snapshot == snapshot:
            return known
        found = self._states.find(known.lookup, snapshot)
        if found is None or found.facts != known.found.facts:
            return None
        known = replace(known, found=found)
        self.put(address, known)
        return known

    def put(self, address: Address, known: KnownTile) -> None:
        """Keep what was answered; what was kept longest is forgotten at the limit."""
        with self._lock:
            self._tiles.pop(address, None)
            self._tiles[address] = known
            while len(self._tiles) > _MAX_KNOWN:
                self._tiles.popitem(last=False)
