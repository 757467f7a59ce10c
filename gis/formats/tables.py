"""Delivered tables (CSV, XLSX): headers found by their names, every row either read or rejected with its reason."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final, Generic, TypeAlias, TypeVar

from gis.formats.cells import CellValueError, Parser, is_empty
from gis.formats.grids import Grid, TableRefusedError, UncomputedFormula, find_tables, rows_within
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits

Record = TypeVar("Record")

#: Asked now and then while a table is read; raises where the rest is not wanted any more.
Check: TypeAlias = Callable[[], None]
CHECK_EVERY: Final = 1_000

# A title and notes may stand above the header of a bureau's table.
_HEADER_SEARCH_ROWS = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a record and the headers under which it is delivered, each with the parser of its unit."""

    field: str
    headers: Mapping[str, Parser]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell."""

    file: str
    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, column {self.column}: found {self.found!r}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not read.

    Attributes
    ----------
    row : int
    cells : mapping of str to str
        As delivered, by the names of the columns.
    errors : tuple of CellError
        Every one that was found in it.
    values : mapping of str to object
        The fields that could be read all the same; none of a row whose cells have shifted.
    repeats : int or None
        The row whose number it uses again.
    """

    row: int
    cells: Mapping[str, str]
    errors: tuple[CellError, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that was read: fields by name (None for an empty cell), and the cells of columns this kind does not know."""

    row: int
    values: Mapping[str, Any]
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableContent(Generic[Record]):
    """Everything in a table: each row that is not blank is in ``records`` or in ``rejected``.

    Attributes
    ----------
    records : tuple
    rejected : tuple of RejectedRow
    unknown_columns : tuple of str
        Their cells are kept with each record.
    blank_rows : tuple of int
    sheet, encoding : str or None
        Of a workbook, of a CSV file.
    unread_sheets : tuple of str
        The other sheets of a workbook.
    """

    records: tuple[Record, ...]
    rejected: tuple[RejectedRow, ...]
    unknown_columns: tuple[str, ...]
    blank_rows: tuple[int, ...]
    sheet: str | None
    encoding: str | None
    unread_sheets: tuple[str, ...]


def unasked() -> None:
    """Ask nobody whether the rest is wanted."""


def read_table(
    path: Path,
    columns: Sequence[Column],
    make_record: Callable[[TableRow], Record],
    *,
    unique_field: str | tuple[str, ...],
    limits: ReadingLimits = DEFAULT_LIMITS,
    check: Check = unasked,
) -> TableContent[Record]:
    """Read a table.

    Parameters
    ----------
    path : Path
        See :func:`gis.formats.grids.find_tables`; of a workbook the first sheet that has the required columns. The header
        may stand below a title.
    columns : sequence of Column
    make_record : callable
    unique_field : str or tuple of str
        Field, or fields together, whose repetition rejects the later row; without any, rows may repeat.
    limits : ReadingLimits, optional
        ``table_rows``, ``table_cells``, ``fields``, ``workbook_bytes`` and, for a line of text, ``attribute_bytes``.
    check : callable, optional
        Asked every ``CHECK_EVERY`` rows; what it raises ends the reading.

    Returns
    -------
    TableContent

    Raises
    ------
    TableRefusedError
        When the file is no such table, lacks a required column or gives a field in two columns.
    SourceUnreadableError, SourceLimitError
        It is protected by a password, or is more than is read.
    """
    tables = find_tables(path, longest_line=limits.attribute_bytes, limits=limits)
    grids = [table.head(_HEADER_SEARCH_ROWS) for table in tables]
    chosen, header_index = _find_header(path.name, grids, columns)
    grid = grids[chosen]
    rows = islice(rows_within(tables[chosen], limits), header_index + 1, None)
    unique = (unique_field,) if isinstance(unique_field, str) else unique_field
    reader = _RowReader(path.name, grid.rows[header_index], columns, unique, is_delimited=grid.sheet is None)
    records: list[Record] = []
    rejected: list[RejectedRow] = []
    blank: list[int] = []
    for number, cells in enumerate(rows, start=header_index + 2):
        if number % CHECK_EVERY == 0:
            check()
        if all(is_empty(cell) for cell in cells):
            blank.append(number)
            continue
        row = reader.read(number, cells)
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            records.append(make_record(row))
    return TableContent(
        records=tuple(records),
        rejected=tuple(rejected),
        unknown_columns=reader.unknown_columns,
        blank_rows=tuple(blank),
        sheet=grid.sheet,
        encoding=grid.encoding,
        unread_sheets=tuple(other.sheet for other in grids if other is not grid and other.sheet is not None),
    )


class _RowReader:
    """Reads rows below one header."""

    def __init__(
        self,
        file: str,
        header: Sequence[Any],
        columns: Sequence[Column],
        unique: tuple[str, ...],
        *,
        is_delimited: bool,
    ) -> None:
        self._file = file
        self._is_delimited = is_delimited
        self._headers = _name_columns(header)
        self._columns = _match_columns(file, header, columns)
        self._unique = unique
        self._first_rows: dict[Any, int] = {}

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        return tuple(name for position, name in enumerate(self._headers) if position not in self._columns)

    def read(self, number: int, cells: Sequence[Any]) -> TableRow | RejectedRow:
        """Read one row; all its errors are collected."""
        values: dict[str, Any] = {}
        errors = self._find_misfit(number, cells) or self._parse_cells(number, cells, values)
        first = None if errors else self._find_first(number, values)
        if first is not None:
            errors = [self._repeat_error(number, values, first)]
        if errors:
            return RejectedRow(number, self._as_text(cells), tuple(errors), values, first)
        extra = {name: text for name, text in self._as_text(cells).items() if name in self.unknown_columns and text}
        return TableRow(number, values, extra)

    def _parse_cells(self, number: int, cells: Sequence[Any], values: dict[str, Any]) -> list[CellError]:
        errors = []
        for position, (column, parse) in self._columns.items():
            cell = cells[position] if position < len(cells) else None
            try:
                values[column.field] = _parse(cell, column, parse)
            except CellValueError as error:
                errors.append(CellError(self._file, number, self._headers[position], _shown(cell), str(error)))
        return errors

    def _find_misfit(self, number: int, cells: Sequence[Any]) -> list[CellError]:
        """Find out whether the row fits its header: where it does not, cells have shifted and none can be trusted."""
        width = len(self._headers)
        expected = f"{width} cells as in the header"
        if self._is_delimited and len(cells) < width:
            return [CellError(self._file, number, self._headers[-1], f"{len(cells)} cells", expected)]
        surplus = [_shown(cell) for cell in cells[width:] if not is_empty(cell)]
        return [CellError(self._file, number, "beyond the last", text, expected) for text in surplus]

    def _find_first(self, number: int, values: Mapping[str, Any]) -> int | None:
        """Find the row before that has the same unique fields."""
        if not self._unique:
            return None
        first = self._first_rows.setdefault(self._key(values), number)
        return None if first == number else first

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name) for name in self._unique)

    def _repeat_error(self, number: int, values: Mapping[str, Any], first: int) -> CellError:
        headers = {column.field: self._headers[position] for position, (column, _) in self._columns.items()}
        header = ", ".join(headers[name] for name in self._unique if name in headers)
        value = ", ".join(str(part) for part in self._key(values))
        return CellError(self._file, number, header, value, f"a value used once; row {first} has it already")

    def _as_text(self, cells: Sequence[Any]) -> dict[str, str]:
        names = [*self._headers, *(f"column {position + 1}" for position in range(len(self._headers), len(cells)))]
        return {name: _shown(cell) for name, cell in zip(names, cells, strict=False)}


def _find_header(file: str, grids: Sequence[Grid], columns: Sequence[Column]) -> tuple[int, int]:
    """Find the first sheet and row, counted from 0, that hold every required column."""
    required = [column for column in columns if column.is_required]
    best: list[str] = [_first_header(column) for column in required]
    for number, grid in enumerate(grids):
        for index, row in enumerate(grid.rows):
            found = {_plain_header(cell) for cell in row}
            missing = [_first_header(column) for column in required if not found & set(_headers_of(column))]
            if not missing:
                return number, index
            if len(missing) < len(best):
                best = missing
    raise TableRefusedError(f"{file}: no header with the column(s) {', '.join(best)} in the first rows")


def _match_columns(file: str, header: Sequence[Any], columns: Sequence[Column]) -> dict[int, tuple[Column, Parser]]:
    matched: dict[int, tuple[Column, Parser]] = {}
    taken: dict[str, str] = {}
    known = {name: (column, parse) for column in columns for name, parse in _headers_of(column).items()}
    for position, cell in enumerate(header):
        if (found := known.get(_plain_header(cell))) is None:
            continue
        field = found[0].field
        if field in taken:
            raise TableRefusedError(f"{file}: the columns {taken[field]!r} and {_shown(cell)!r} say the same")
        taken[field] = _shown(cell)
        matched[position] = found
    return matched


def _name_columns(header: Sequence[Any]) -> list[str]:
    """Name every column, each differently: no cell may hide another."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = _shown(cell) or f"column {position}"
        names.append(f"{name} (column {position})" if name in names else name)
    return names


def _parse(cell: Any, column: Column, parse: Parser) -> Any:  # noqa: ANN401 - cells hold anything
    if isinstance(cell, UncomputedFormula):
        raise CellValueError("a value; open the file in a spreadsheet and save it, so that its formulas are computed")
    if not is_empty(cell):
        return parse(cell)
    if column.is_required:
        raise CellValueError("a value")
    return None


def _headers_of(column: Column) -> dict[str, Parser]:
    return {_plain_header(name): parse for name, parse in column.headers.items()}


def _first_header(column: Column) -> str:
    return next(iter(column.headers))


def _plain_header(cell: object) -> str:
    """Write a header without width variants, blanks and case: ``出让价款（万元）`` is ``出让价款(万元)``."""
    return "".join(unicodedata.normalize("NFKC", _shown(cell)).split()).casefold()


def _shown(cell: object) -> str:
    """Write a cell as a person reads it: a day without its midnight, a whole number without its ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == time.min:
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return str(cell).strip()
