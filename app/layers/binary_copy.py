"""Rows in the binary format of COPY, made column by column.

The format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". Each cell is its length in four bytes, -1 for null, and its value as the
receive function of its type reads it. Making a column at a time is several times as fast as adapting value after value, and the server need not
decode hexadecimal geometry.
"""

from collections.abc import Iterable, Iterator, Sequence
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
# The version of the binary format of jsonb.
_JSONB = b"\x01"
# pg_type's number of text; it never changes.
_TEXT_OID = 25


def text_cells(values: Iterable[str | None]) -> Cells:
    """Encode texts, without what PostgreSQL's text cannot hold: NUL, and half a surrogate pair of wrongly decoded text."""
    return bytes_cells(
        None if value is None else value.replace("\0", "").encode("utf-8", "replace") for value in values
    )


def bytes_cells(values: Iterable[bytes | None]) -> Cells:
    """Encode values that are bytes already, such as those of ``bytea``."""
    return [_NULL if value is None else _LENGTH(len(value)) + value for value in values]


def jsonb_cells(documents: Iterable[str]) -> Cells:
    """Encode JSON documents."""
    return bytes_cells(_JSONB + document.encode() for document in documents)


def float_cells(values: Sequence[float | None] | npt.NDArray[np.float64]) -> Cells:
    """Encode numbers of double precision; None and NaN are null."""
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    cells = np.empty(len(numbers), dtype=[("length", ">i4"), ("value", ">f8")])
    cells["length"], cells["value"] = 8, numbers
    whole = cells.tobytes()
    return [
        _NULL if missing else whole[12 * row : 12 * row + 12] for row, missing in enumerate(np.isnan(numbers).tolist())
    ]


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
    return bytes_cells(
        head + bounds(len(texts), 1) + b"".join(text_cells(texts)) if texts else empty for texts in values
    )


def geometry_cells(geometries: GeometryArray, srid: int) -> Cells:
    """Encode geometries as EWKB; None is null."""
    marked = shapely.set_srid(geometries, srid) if srid else geometries
    return bytes_cells(shapely.to_wkb(marked, include_srid=srid != 0).tolist())


def copy_columns(connection: psycopg.Connection[tuple[object, ...]], table: str, columns: dict[str, Cells]) -> None:
    """Load rows into a table in the connection's own transaction.

    Parameters
    ----------
    connection : Connection
    table : str
    columns : dict
        Name of each column to its cells, all of one length.
    """
    statement = sql.SQL("copy {} ({}) from stdin with (format binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in _blocks(columns):
            copy.write(block)


def _blocks(columns: dict[str, Cells]) -> Iterator[bytes]:
    start = _FIELDS(len(columns))
    count = len(next(iter(columns.values())))
    yield _HEADER
    for first in range(0, count, _ROWS_AT_ONCE):
        parts = [cells[first : first + _ROWS_AT_ONCE] for cells in columns.values()]
        yield b"".join(start + b"".join(row) for row in zip(*parts, strict=True))
    yield _TRAILER
