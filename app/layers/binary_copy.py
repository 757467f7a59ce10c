"""Rows in the binary format of COPY, made column by column.

The format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". Each cell is its length in four bytes, -1 for null, and its value as the
receive function of its type reads it. Making a column at a time is several times as fast as adapting value after value, and the server need not
decode hexadecimal geometry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from struct import Struct

import numpy as np
import numpy.typing as npt
import psycopg
import shapely
from psycopg import sql

from gis.arrays import GeometryArray

Cells = list[bytes]

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_LENGTH = Struct("!i").pack
_FIELDS = Struct("!h").pack
_ROWS_AT_ONCE = 2_000
# Well-known binary begins with the order of the bytes and the kind of the geometry; that it has an SRID is a bit of the kind, and the SRID follows.
_LITTLE_ENDIAN = 1
_KIND = Struct("<BI")
_KIND_ENDS = _KIND.size
_SRID = Struct("<i")
_HAS_SRID = 0x20000000
# The version of the binary format of jsonb.
_JSONB = b"\x01"
# pg_type's number of text; it never changes.
_TEXT_OID = 25


def text_cells(values: Iterable[str | None]) -> Cells:
    """Encode texts, without what PostgreSQL's text cannot hold: NUL, and half a surrogate pair of wrongly decoded text."""
    texts = values if isinstance(values, list) else list(values)
    if texts.count(None) == len(texts):
        return [_NULL] * len(texts)
    return bytes_cells(
        [None if value is None else value.replace("\0", "").encode("utf-8", "replace") for value in texts]
    )


def bytes_cells(values: Iterable[bytes | None]) -> Cells:
    """Encode values that are bytes already, such as those of ``bytea``."""
    return [_NULL if value is None else _LENGTH(len(value)) + value for value in values]


def jsonb_cells(documents: Iterable[str]) -> Cells:
    """Encode JSON documents."""
    return bytes_cells(_JSONB + document.encode() for document in documents)


def float_cells(values: Sequence[float | None] | npt.NDArray[np.float64]) -> Cells:
    """Encode numbers of double precision; None and NaN are null."""
    # None becomes NaN.
    numbers = np.asarray(values, dtype=np.float64)
    cells = np.empty(len(numbers), dtype=[("length", ">i4"), ("value", ">f8")])
    cells["length"], cells["value"] = 8, numbers
    whole = cells.tobytes()
    encoded = [whole[start : start + 12] for start in range(0, len(whole), 12)]
    for row in np.flatnonzero(np.isnan(cells["value"])).tolist():
        encoded[row] = _NULL
    return encoded


def integer_cells(values: Iterable[int | None]) -> Cells:
    """Encode whole numbers of four bytes."""
    return [_NULL if value is None else _LENGTH(4) + _LENGTH(value) for value in values]


def short_cells(values: Iterable[int]) -> Cells:
    """Encode whole numbers of two bytes."""
    pack = Struct("!ih").pack
    return [pack(2, value) for value in values]


def long_cells(values: Iterable[int]) -> Cells:
    """Encode whole numbers of eight bytes."""
    pack = Struct("!iq").pack
    return [pack(8, value) for value in values]


def text_array_cells(values: Iterable[Sequence[str]]) -> Cells:
    """Encode one-dimensional arrays of texts, such as those of ``text[]``; none of their elements is null."""
    head = Struct("!iii").pack(1, 0, _TEXT_OID)
    empty = Struct("!iii").pack(0, 0, _TEXT_OID)
    bounds = Struct("!ii").pack
    # The same few arrays come again and again, such as the codes of two plans.
    known: dict[tuple[str, ...], bytes] = {(): empty}
    written = []
    for texts in map(tuple, values):
        if (cell := known.get(texts)) is None:
            cell = known[texts] = head + bounds(len(texts), 1) + b"".join(text_cells(texts))
        written.append(cell)
    return bytes_cells(written)


def geometry_cells(geometries: GeometryArray, srid: int) -> Cells:
    """Encode geometries as EWKB; None is null."""
    return wkb_cells(shapely.to_wkb(geometries, byte_order=_LITTLE_ENDIAN, flavor="extended").tolist(), srid)


def wkb_cells(plain: Sequence[bytes | None], srid: int) -> Cells:
    """Encode geometries that are well-known binary already, little-endian and without SRID; None is null."""
    if not srid:
        return bytes_cells(plain)
    # The SRID is set in the bytes: GEOS would copy every geometry to set it there.
    heads: dict[bytes, bytes] = {}
    cells = []
    for value in plain:
        if value is None:
            cells.append(_NULL)
            continue
        kind = value[:_KIND_ENDS]
        if kind not in heads:
            heads[kind] = _with_srid(kind, srid)
        cells.append(_LENGTH(len(value) + _SRID.size) + heads[kind] + value[_KIND_ENDS:])
    return cells


def _with_srid(kind: bytes, srid: int) -> bytes:
    order, number = _KIND.unpack(kind)
    return _KIND.pack(order, number | _HAS_SRID) + _SRID.pack(srid)


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows of a table, ready to be sent."""

    table: str
    columns: tuple[str, ...]
    blocks: tuple[bytes, ...]


def encode_rows(table: str, columns: dict[str, Cells]) -> EncodedRows:
    """Put columns together as rows.

    Parameters
    ----------
    table : str
    columns : dict
        Name of each column to its cells, all of one length.
    """
    return EncodedRows(table, tuple(columns), tuple(_blocks(columns)))


def send_rows(connection: psycopg.Connection[tuple[object, ...]], rows: EncodedRows) -> None:
    """Load rows into their table in the connection's own transaction."""
    statement = sql.SQL("copy {} ({}) from stdin with (format binary)").format(
        sql.Identifier(rows.table), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in rows.blocks:
            copy.write(block)


def copy_columns(connection: psycopg.Connection[tuple[object, ...]], table: str, columns: dict[str, Cells]) -> None:
    """Load columns into a table in the connection's own transaction; see :func:`encode_rows`."""
    send_rows(connection, encode_rows(table, columns))


def _blocks(columns: dict[str, Cells]) -> Iterator[bytes]:
    count = len(next(iter(columns.values())))
    start = [_FIELDS(len(columns))] * _ROWS_AT_ONCE
    yield _HEADER
    for first in range(0, count, _ROWS_AT_ONCE):
        parts = [cells[first : first + _ROWS_AT_ONCE] for cells in columns.values()]
        rows = zip(start[: len(parts[0])], *parts, strict=True)
        yield b"".join(chain.from_iterable(rows))
    yield _TRAILER
