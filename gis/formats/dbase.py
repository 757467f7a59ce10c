"""The texts of a dBASE table as bytes, block by block, for a table that is larger than the memory."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

__all__ = ["iter_table_texts"]

_BLOCK_BYTES: Final = 8 << 20
_FIELD: Final = 32
_END_OF_FIELDS: Final = 0x0D


def iter_table_texts(table: Path) -> Iterator[list[bytes]]:
    """Return the field names and cells of a ``.dbf`` that are not ASCII, in lists of each text once.

    Cells come one by one, because one that is cut at the width of its field must not spoil the next. A table that is cut off
    is read to its end.
    """
    with table.open("rb") as stream:
        header = stream.read(_FIELD)
        if len(header) < _FIELD:
            return
        records, header_length, record_length = struct.unpack_from("<IHH", header, 4)
        names, widths = _fields(stream, header_length)
        if found := [name for name in names if not name.isascii()]:
            yield found
        if record_length:
            stream.seek(header_length)
            yield from _cells(stream, records, record_length, widths)


def _fields(stream: BinaryIO, header_length: int) -> tuple[list[bytes], list[int]]:
    names, widths = [], []
    for _ in range(max(0, header_length // _FIELD - 1)):
        field = stream.read(_FIELD)
        if len(field) < _FIELD or field[0] == _END_OF_FIELDS:
            break
        names.append(field[:11].split(b"\0")[0])
        widths.append(field[16])
    return names, widths


def _cells(stream: BinaryIO, records: int, record_length: int, widths: list[int]) -> Iterator[list[bytes]]:
    rows_at_once = max(1, _BLOCK_BYTES // record_length)
    while records > 0:
        block = stream.read(min(records, rows_at_once) * record_length)
        rows = len(block) // record_length
        if rows == 0:
            return
        records -= rows
        if texts := _texts_of_block(np.frombuffer(block, np.uint8, rows * record_length).reshape(rows, -1), widths):
            yield texts


def _texts_of_block(block: np.ndarray[tuple[int, int], np.dtype[np.uint8]], widths: list[int]) -> list[bytes]:
    texts: dict[bytes, None] = {}
    start = 1  # The first byte of a row says whether it is deleted.
    for width in widths:
        cells = block[:, start : start + width]
        start += width
        for cell in cells[(cells >= 0x80).any(axis=1)]:
            texts[cell.tobytes().rstrip(b" \0")] = None
    return list(texts)
