"""How deep geometries are nested inside of geometries, told from WKB without decoding it.

A decoder calls itself for every level, and a few megabytes of levels overflow its stack: that ends the whole process.
"""

import struct
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["deepest_nesting"]

_POINT: Final = 1
_LINES: Final = frozenset({2, 8})
_POLYGONS: Final = frozenset({3, 17})
_FLAG_Z: Final = 0x8000_0000
_FLAG_M: Final = 0x4000_0000
_FLAG_SRID: Final = 0x2000_0000
# The usual multipolygon: of one polygon, both little-endian. There is no deeper one like it.
_ONE_POLYGON: Final = bytes.fromhex("0106000000010000000103000000")
# The order of the bytes, and the kind in four.
_KIND_ENDS: Final = 5
# Points, lines and polygons: plain, in ISO WKB and in extended WKB with Z.
_FLAT: Final = [thousands + kind for thousands in (0, 1000, 2000, 3000, _FLAG_Z) for kind in (1, 2, 3)]


def deepest_nesting(wkb: pa.Array) -> int:
    """Return the largest number of geometries around another one: 0 for a polygon, 1 for a multipolygon.

    WKB that is broken is followed to where it breaks.

    Parameters
    ----------
    wkb : Array of binary or large_binary
        Nulls are left out.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from gis.formats.wkb_depth import deepest_nesting
    >>> collection = bytes.fromhex("010700000001000000")
    >>> deepest_nesting(pa.array([None, collection, collection + collection]))
    2
    """
    if len(wkb) == wkb.null_count:
        return 0
    is_flat, is_usual = _usual(wkb)
    others = (wkb[row].as_py() for row in np.flatnonzero(~(is_flat | is_usual)).tolist())
    return max([int(is_usual.any()), *(_depth(content) for content in others if content is not None)])


def _usual(wkb: pa.Array) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Find geometries without members, and multipolygons of one polygon, by their first bytes: these are nearly all."""
    width = np.int64 if pa.types.is_large_binary(wkb.type) else np.int32
    _, offsets, content = wkb.buffers()
    bounds: npt.NDArray[np.int64] = np.frombuffer(offsets, width).astype(np.int64)[
        wkb.offset : wkb.offset + len(wkb) + 1
    ]
    long_enough = np.flatnonzero(np.diff(bounds) >= len(_ONE_POLYGON))
    is_flat, is_usual = np.zeros(len(wkb), bool), np.zeros(len(wkb), bool)
    if len(long_enough):
        starts, read = bounds[long_enough, np.newaxis], np.frombuffer(content, np.uint8)
        heads = read[starts + np.arange(_KIND_ENDS)]
        kinds = np.ascontiguousarray(heads[:, 1:]).view("<u4")[:, 0]
        is_flat[long_enough] = (heads[:, 0] == 1) & np.isin(kinds, _FLAT)
        others = ~is_flat[long_enough]
        whole = read[starts[others] + np.arange(len(_ONE_POLYGON))]
        is_usual[long_enough[others]] = (whole == np.frombuffer(_ONE_POLYGON, np.uint8)).all(axis=1)
    return is_flat, is_usual


def _depth(content: bytes) -> int:
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
