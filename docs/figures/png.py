"""PNG files with a palette: a picture of a page has few colours that matter, and takes a third of the room so."""

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from gis.arrays import IntArray

COLOURS = 128


def write_with_palette(picture: bytes, path: Path) -> None:
    """Write a PNG of three or four bands with a palette of 128 colours; what is transparent in it becomes opaque."""
    with MemoryFile(picture) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with file.open() as dataset:
            red, green, blue = dataset.read([1, 2, 3]).astype(np.int64)
    packed, members, counts = np.unique(red << 16 | green << 8 | blue, return_inverse=True, return_counts=True)
    colours = np.column_stack([packed >> 16, packed >> 8 & 255, packed & 255])
    groups = cut_at_medians(colours, counts)
    weight = np.bincount(groups, counts)
    palette = np.column_stack([np.bincount(groups, counts * band) / weight for band in colours.T])
    indices = groups[members].reshape(red.shape).astype(np.uint8)
    path.write_bytes(_png(indices, palette.round().astype(np.uint8)))


def cut_at_medians(colours: IntArray, counts: IntArray) -> IntArray:
    """Put colours into at most 128 groups, each time cutting the group that is spread most where half of its pixels are."""

    def spread(members: IntArray) -> float:
        # The root: a wide area of nearly one colour matters, but no more than many small ones that differ.
        return float(np.ptp(colours[members], axis=0).max() * np.sqrt(counts[members].sum()))

    groups = [np.arange(len(colours))]
    spreads = [spread(groups[0])]
    while len(groups) < COLOURS and max(spreads) > 0:
        members = groups.pop(widest := int(np.argmax(spreads)))
        spreads.pop(widest)
        band = np.ptp(colours[members], axis=0).argmax()
        members = members[np.argsort(colours[members, band], kind="stable")]
        pixels = np.cumsum(counts[members])
        cut = int(np.clip(np.searchsorted(pixels, pixels[-1] / 2), 1, len(members) - 1))
        groups += [members[:cut], members[cut:]]
        spreads += map(spread, groups[-2:])
    numbers = np.empty(len(colours), dtype=np.int64)
    for number, members in enumerate(groups):
        numbers[members] = number
    return numbers


def _png(indices: np.ndarray, palette: np.ndarray) -> bytes:
    height, width = indices.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    # Each row begins with its filter; none is best for a palette.
    rows[:, 1:] = indices
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
