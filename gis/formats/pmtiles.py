"""PMTiles: all tiles of a map in one file that a plain web server serves by byte ranges.

References
----------
.. [1] PMTiles Version 3 Specification, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

import gzip
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from struct import Struct
from typing import Any, Final

__all__ = ["PMTilesSummary", "tile_id", "write_pmtiles"]

_HEADER: Final = Struct("<7sB11Q6B4iB2i")
_HEADER_BYTES: Final = 127
# Header and root directory must lie in the first 16,384 bytes.
_ROOT_BYTES: Final = 16_384 - _HEADER_BYTES
_GZIP: Final = 2
_MVT: Final = 1
_DEGREES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class PMTilesSummary:
    """What was written."""

    tiles: int
    bytes_of_tiles: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a tile, or with a ``run`` of 0 a leaf directory, lies."""

    id: int
    offset: int
    length: int
    run: int = 1


def tile_id(zoom: int, column: int, row: int) -> int:
    """Return the number of a tile: zoom after zoom, along a Hilbert curve in each.

    Examples
    --------
    >>> from gis.formats.pmtiles import tile_id
    >>> [tile_id(0, 0, 0), tile_id(1, 0, 0), tile_id(1, 0, 1), tile_id(1, 1, 1), tile_id(1, 1, 0), tile_id(2, 0, 0)]
    [0, 1, 2, 3, 4, 5]
    """
    before = ((1 << 2 * zoom) - 1) // 3
    distance, x, y = 0, column, row
    side = (1 << zoom) // 2
    while side:
        right, down = int(x & side > 0), int(y & side > 0)
        distance += side * side * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side //= 2
    return before + distance


def write_pmtiles(
    path: Path,
    tiles: Iterable[tuple[int, int, int, bytes]],
    *,
    bounds: tuple[float, float, float, float],
    metadata: Mapping[str, Any],
) -> PMTilesSummary:
    """Write Mapbox vector tiles of Web Mercator; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
        Replaced if it exists.
    tiles : iterable of (zoom, column, row, content)
        In any order, each address once; empty contents are left out.
    bounds : tuple of float
        west, south, east, north in degrees.
    metadata : mapping
        With ``vector_layers``, as TileJSON has them.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = write_pmtiles(Path(folder) / "a.pmtiles", [(0, 0, 0, b"tile")], bounds=(0, 0, 1, 1), metadata={})
    >>> summary.tiles
    1
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        spool, whole = Path(folder) / "tiles", Path(folder) / "whole"
        entries, zooms = _spool(spool, tiles)
        length = spool.stat().st_size
        root, leaves = _directories(entries)
        described = gzip.compress(json.dumps(metadata, ensure_ascii=False).encode(), mtime=0)
        with whole.open("wb") as target, spool.open("rb") as source:
            target.write(_header(len(root), len(described), len(leaves), length, len(entries), zooms, bounds))
            target.write(root + described + leaves)
            copyfileobj(source, target)
        whole.replace(path)
    return PMTilesSummary(len(entries), length)


def _spool(path: Path, tiles: Iterable[tuple[int, int, int, bytes]]) -> tuple[list[_Entry], tuple[int, int]]:
    """Write the tiles one after the other, each compressed; memory holds only where they are."""
    entries: list[_Entry] = []
    zooms: set[int] = set()
    with path.open("wb") as spool:
        for zoom, column, row, content in tiles:
            if not content:
                continue
            packed = gzip.compress(content, compresslevel=6, mtime=0)
            entries.append(_Entry(tile_id(zoom, column, row), spool.tell(), len(packed)))
            spool.write(packed)
            zooms.add(zoom)
    entries.sort(key=lambda entry: entry.id)
    return entries, (min(zooms, default=0), max(zooms, default=0))


def _directories(entries: Sequence[_Entry]) -> tuple[bytes, bytes]:
    """Return the root directory and the leaves: as few leaves as let the root be short enough."""
    root = _directory(entries)
    size = 4096
    leaves = b""
    while len(root) > _ROOT_BYTES:
        parts = [entries[start : start + size] for start in range(0, len(entries), size)]
        packed = [_directory(part) for part in parts]
        offsets = [sum(map(len, packed[:at])) for at in range(len(packed))]
        root = _directory(
            [
                _Entry(part[0].id, offset, len(leaf), 0)
                for part, leaf, offset in zip(parts, packed, offsets, strict=True)
            ]
        )
        leaves = b"".join(packed)
        size *= 2
    return root, leaves


def _directory(entries: Sequence[_Entry]) -> bytes:
    numbers = [len(entries)]
    numbers += [entry.id - before for entry, before in zip(entries, [0, *(one.id for one in entries)], strict=False)]
    numbers += [entry.run for entry in entries]
    numbers += [entry.length for entry in entries]
    ends = [None, *(entry.offset + entry.length for entry in entries)]
    # What begins where the one before ends is 0, everything else its offset and one.
    numbers += [0 if entry.offset == end else entry.offset + 1 for entry, end in zip(entries, ends, strict=False)]
    return gzip.compress(b"".join(map(_varint, numbers)), mtime=0)


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _header(
    root: int,
    metadata: int,
    leaves: int,
    tiles: int,
    count: int,
    zooms: tuple[int, int],
    bounds: tuple[float, float, float, float],
) -> bytes:
    starts = [_HEADER_BYTES]
    for length in (root, metadata, leaves):
        starts.append(starts[-1] + length)
    west, south, east, north = (round(side * _DEGREES) for side in bounds)
    return _HEADER.pack(
        b"PMTiles",
        3,
        *(starts[0], root, starts[1], metadata, starts[2], leaves, starts[3], tiles),
        *(count, count, count),
        *(0, _GZIP, _GZIP, _MVT, *zooms),
        *(west, south, east, north),
        zooms[0],
        *((west + east) // 2, (south + north) // 2),
    )
