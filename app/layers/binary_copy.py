"""Rows in the binary format of COPY, made column by column.

The format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". Each cell is its length in four bytes, -1 for null, and its value as the
receive function of its type reads it. Columns are arrays of Arrow, which puts them together as rows without an object for each cell, and without the
interpreter's lock; the server need not decode hexadecimal geometry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from psycopg import sql

from gis.arrays import BoolArray, GeometryArray, IntArray

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_LENGTH: Final = Struct("!i").pack
_FIELDS: Final = Struct("!h").pack
_LENGTH_BYTES: Final = 4
_ROWS_AT_ONCE: Final = 2_000
# Well-known binary begins with the order of the bytes and the kind of the geometry; that it has an SRID is a bit of the kind, and the SRID follows.
_LITTLE_ENDIAN: Final = 1
_KIND: Final = Struct("<BI")
_KIND_ENDS: Final = _KIND.size
_SRID: Final = Struct("<i")
_HAS_SRID: Final = 0x20000000
# No value of the database is as long.
_TO_THE_END: Final = 1 << 40
# The version of the binary format of jsonb.
_JSONB: Final = b"\x01"
# pg_type's number of text; it never changes.
_TEXT_OID: Final = 25


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a column.

    Attributes
    ----------
    count : int
    pieces : tuple of LargeBinaryArray or LargeBinaryScalar
        What stands one after the other in each cell: an array has a piece for each, a scalar the same for all. None is null.
    """

    count: int
    pieces: tuple[Any, ...]

    def __mul__(self, count: int) -> Self:
        """Return a column of the same cell, of which this has one."""
        if self.count != 1:
            message = f"One cell can be repeated, not {self.count}."
            raise ValueError(message)
        return type(self)(count, tuple(piece[0] if isinstance(piece, pa.Array) else piece for piece in self.pieces))

    def __getitem__(self, rows: slice) -> Self:
        first, stop, _ = rows.indices(self.count)
        part = tuple(
            piece.slice(first, stop - first) if isinstance(piece, pa.Array) else piece for piece in self.pieces
        )
        return type(self)(stop - first, part)

    def written(self) -> list[bytes]:
        """Return each cell as it is sent."""
        cells: list[bytes] = _joined(self.count, self.pieces).to_pylist()
        return cells


def text_cells(values: Iterable[str | None]) -> Cells:
    """Encode texts, without what PostgreSQL's text cannot hold: NUL, and half a surrogate pair of wrongly decoded text."""
    texts = values if isinstance(values, list) else list(values)
    try:
        encoded = pa.array(texts, pa.large_string()).cast(pa.large_binary())
    except UnicodeEncodeError:
        return _clean_text_cells(texts)
    content = encoded.buffers()[2]
    if content is not None and not np.frombuffer(content, np.uint8).all():
        return _clean_text_cells(texts)
    return _of_any_length(encoded)


def _clean_text_cells(texts: Sequence[str | None]) -> Cells:
    return bytes_cells(None if text is None else _clean(text) for text in texts)


def _clean(text: str) -> bytes:
    return text.replace("\0", "").encode("utf-8", "replace")


def bytes_cells(values: Iterable[bytes | None]) -> Cells:
    """Encode values that are bytes already, such as those of ``bytea``."""
    return _of_any_length(pa.array(list(values), pa.large_binary()))


def jsonb_cells(documents: Iterable[str]) -> Cells:
    """Encode JSON documents, none of which is null."""
    encoded = pa.array(list(documents), pa.large_string()).cast(pa.large_binary())
    return Cells(len(encoded), (_packed((_lengths(encoded) + len(_JSONB)).astype(">i4")), _the_same(_JSONB), encoded))


def float_cells(values: Sequence[float | None] | npt.NDArray[np.float64]) -> Cells:
    """Encode numbers of double precision; None and NaN are null."""
    # None becomes NaN.
    numbers = np.asarray(values, dtype=np.float64)
    return _of_one_length(numbers.astype(">f8"), np.isnan(numbers))


def integer_cells(values: Iterable[int | None]) -> Cells:
    """Encode whole numbers of four bytes."""
    numbers = list(values)
    missing = np.array([number is None for number in numbers], dtype=bool)
    return _of_one_length(np.array([number or 0 for number in numbers], dtype=">i4"), missing)


def short_cells(values: Iterable[int]) -> Cells:
    """Encode whole numbers of two bytes."""
    return _of_one_length(np.array(list(values), dtype=">i2"))


def long_cells(values: Iterable[int]) -> Cells:
    """Encode whole numbers of eight bytes."""
    return _of_one_length(np.array(list(values), dtype=">i8"))


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
            elements = [_LENGTH(len(element)) + element for element in map(_clean, texts)]
            cell = known[texts] = head + bounds(len(texts), 1) + b"".join(elements)
        written.append(cell)
    return bytes_cells(written)


def geometry_cells(geometries: GeometryArray, srid: int) -> Cells:
    """Encode geometries as EWKB; None is null."""
    return wkb_cells(shapely.to_wkb(geometries, byte_order=_LITTLE_ENDIAN, flavor="extended").tolist(), srid)


def wkb_cells(plain: Sequence[bytes | None], srid: int) -> Cells:
    """Encode geometries that are well-known binary already, little-endian and without SRID; None is null."""
    encoded = pa.array(plain, pa.large_binary())
    if not srid:
        return _of_any_length(encoded)
    # The SRID is set in the bytes: GEOS would copy every geometry to set it there.
    lengths = _lengths(encoded) + _SRID.size
    if encoded.null_count:
        lengths[np.asarray(encoded.is_null())] = -1
        encoded = encoded.fill_null(b"")
    kinds = pc.binary_slice(encoded, 0, _KIND_ENDS)
    heads = {kind: _with_srid(kind, srid) if kind else b"" for kind in pc.unique(kinds).to_pylist()}
    if len(heads) == 1:
        head = _the_same(next(iter(heads.values())))
    else:
        head = pa.array([heads[kind] for kind in kinds.to_pylist()], pa.large_binary())
    return Cells(
        len(encoded), (_packed(lengths.astype(">i4")), head, pc.binary_slice(encoded, _KIND_ENDS, _TO_THE_END))
    )


def _with_srid(kind: bytes, srid: int) -> bytes:
    order, number = _KIND.unpack(kind)
    return _KIND.pack(order, number | _HAS_SRID) + _SRID.pack(srid)


def _the_same(piece: bytes) -> Any:  # noqa: ANN401  a scalar of Arrow, which has no types
    return pa.scalar(piece, pa.large_binary())


def _lengths(values: Any) -> IntArray:  # noqa: ANN401  an array of Arrow
    """Return how many bytes each value has."""
    if len(values) == 0:
        return np.empty(0, dtype=np.int64)
    offsets = np.frombuffer(values.buffers()[1], np.int64)
    return np.diff(offsets[values.offset : values.offset + len(values) + 1])


def _of_any_length(values: Any) -> Cells:  # noqa: ANN401  an array of Arrow
    lengths = _lengths(values)
    if values.null_count:
        lengths[np.asarray(values.is_null())] = -1
        values = values.fill_null(b"")
    return Cells(len(values), (_packed(lengths.astype(">i4")), values))


def _of_one_length(numbers: npt.NDArray[Any], missing: BoolArray | None = None) -> Cells:
    """Encode numbers, whose bytes are in the order of the network."""
    cells = np.empty(len(numbers), dtype=[("length", ">i4"), ("value", numbers.dtype)])
    cells["length"], cells["value"] = numbers.dtype.itemsize, numbers
    if missing is None or not missing.any():
        return Cells(len(numbers), (_packed(cells),))
    cells["length"][missing] = -1
    sent = np.ones((len(cells), cells.dtype.itemsize), dtype=bool)
    sent[missing, _LENGTH_BYTES:] = False
    content = np.ascontiguousarray(cells).view(np.uint8).reshape(sent.shape)[sent]
    return Cells(len(numbers), (_from_memory(content, np.concatenate([[0], sent.sum(axis=1).cumsum()])),))


def _packed(values: npt.NDArray[Any]) -> Any:  # noqa: ANN401  an array of Arrow
    """Take values of one length, one after the other in memory, as pieces."""
    return _from_memory(values, np.arange(len(values) + 1) * values.dtype.itemsize)


def _from_memory(content: npt.NDArray[Any], offsets: IntArray) -> Any:  # noqa: ANN401  an array of Arrow
    buffers = [None, pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(content.tobytes())]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def _joined(count: int, pieces: Iterable[Any]) -> Any:  # noqa: ANN401  an array of Arrow
    """Put pieces together, row by row."""
    nothing = _the_same(b"")
    # One of them has to be an array: of scalars alone Arrow makes one.
    return pc.binary_join_element_wise(pa.repeat(nothing, count), *pieces, nothing)


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
    count = next(iter(columns.values())).count
    if any(cells.count != count for cells in columns.values()):
        message = f"Columns of one length are needed, not { ({name: cells.count for name, cells in columns.items()}) }."
        raise ValueError(message)
    fields = _the_same(_FIELDS(len(columns)))
    yield _HEADER
    for first in range(0, count, _ROWS_AT_ONCE):
        parts = [cells[first : first + _ROWS_AT_ONCE] for cells in columns.values()]
        rows = _joined(parts[0].count, [fields, *(piece for part in parts for piece in part.pieces)])
        yield rows.buffers()[2].to_pybytes()
    yield _TRAILER
