"""How deep geometries are nested inside of geometries, told from WKB without decoding it.

A decoder calls itself for every level, and a few megabytes of levels overflow its stack: that ends the whole process.
"""

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["deepest_nesting"]

_POINT: Final = 1
_LINES: Final = frozenset({2, 8})
_POLYGONS: Final = frozenset({3, 17})
_FLAG_Z: Final = 0x8000_0000
_FLAG_M: Final = 0x4000_0000
_FLAG_SRID: Final = 0x2000_0000
# The usual multipolygon: of one polygon, both little-endian. There is no deeper one like it.
_ONE_POLYGON: Final = bytes.fromhex("0106000000010000000103000000")


def deepest_nesting(wkb: npt.NDArray[np.object_]) -> int:
    """Return the largest number of geometries around another one: 0 for a polygon, 1 for a multipolygon.

    WKB that is broken is followed to where it breaks.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.formats.wkb_depth import deepest_nesting
    >>> collection = bytes.fromhex("010700000001000000")
    >>> deepest_nesting(np.array([None, collection, collection + collection], dtype=object))
    2
    """
    return max((_depth(content) for content in wkb if content is not None), default=0)


def _depth(content: bytes) -> int:
    if content.startswith(_ONE_POLYGON):
        return 1
    left: list[int] = []  # how many members are still to come of each geometry that is open
    deepest = position = 0
    order = "<"
    try:
        while True:
            # Another byte than 0 or 1 leaves the order as it was, for GEOS too.
            order = {0: ">", 1: "<"}.get(content[position], order)
            kind, position, dimensions = _head(content, position, order)
            if kind in _LINES | _POLYGONS | {_POINT}:
                position = _after(content, position, order, kind, 8 * dimensions)
            else:
                left.append(struct.unpack_from(f"{order}I", content, position)[0])
                position += 4
                deepest = max(deepest, len(left))
            while left and left[-1] == 0:
                left.pop()
            if not left:
                return deepest
            left[-1] -= 1
    except (struct.error, IndexError):
        return deepest


def _head(content: bytes, position: int, order: str) -> tuple[int, int, int]:
    """Return the kind of a geometry, where its content begins, and its number of dimensions."""
    (kind,) = struct.unpack_from(f"{order}I", content, position + 1)
    position += 9 if kind & _FLAG_SRID else 5
    # Extended WKB marks Z and M in the highest bits, ISO WKB adds 1000, 2000 or 3000.
    thousands, plain = divmod(kind & 0xFFFF, 1000)
    has_z, has_m = bool(kind & _FLAG_Z) or thousands in {1, 3}, bool(kind & _FLAG_M) or thousands in {2, 3}
    return plain, position, 2 + has_z + has_m


def _after(content: bytes, position: int, order: str, kind: int, vertex_bytes: int) -> int:
    """Return where a geometry without members ends."""
    if kind == _POINT:
        return position + vertex_bytes
    (count,) = struct.unpack_from(f"{order}I", content, position)
    position += 4
    if kind in _LINES:
        return position + int(count) * vertex_bytes
    for _ in range(count):
        (vertices,) = struct.unpack_from(f"{order}I", content, position)
        position += 4 + vertices * vertex_bytes
    return position
