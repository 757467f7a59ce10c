"""Tiles that were made, kept in memory up to a size; a tile of another state has another tag, so nothing has to be told to forget."""

from collections import OrderedDict
from threading import Lock

__all__ = ["TileCache"]


class TileCache:
    """The tiles that were asked for last, by their tags.

    Examples
    --------
    >>> from app.ogc.tile_cache import TileCache
    >>> tiles = TileCache(max_bytes=10)
    >>> tiles.put("a", b"12345"); tiles.put("b", b"123456")
    >>> tiles.get("a"), tiles.get("b")
    (None, b'123456')
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._tiles: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, etag: str) -> bytes | None:
        """Return a tile, which may be empty; None if it is not kept."""
        with self._lock:
            found = self._tiles.get(etag)
            if found is not None:
                self._tiles.move_to_end(etag)
            return found

    def put(self, etag: str, tile: bytes) -> None:
        """Keep a tile, and let go of those that were not asked for longest."""
        if len(tile) > self.max_bytes:
            return
        with self._lock:
            self.size += len(tile) - len(self._tiles.pop(etag, b""))
            self._tiles[etag] = tile
            while self.size > self.max_bytes:
                self.size -= len(self._tiles.popitem(last=False)[1])
