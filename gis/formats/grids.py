"""The bare cells of CSV and XLSX files, before anything is known about what they mean."""

import csv
import re
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Final, TextIO
from zipfile import BadZipFile, is_zipfile

import openpyxl
from openpyxl import Workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from gis.errors import GisError
from gis.formats.archives import check_archive
from gis.formats.errors import SourceLimitError
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits
from gis.formats.office_files import COMPOUND_FILE, describe_compound_file

# Tried in this order: bytes that are valid UTF-8 are hardly ever meant as something else. GB 18030 contains GBK and GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
_BRACKETED = re.compile(r"\([^()\n]*\)")
_BLOCK: Final = 1 << 16
#: What openpyxl raises on opening what is no workbook, and on the way through a sheet that is cut off or names what is not there. RuntimeError is the ZIP library's word for what it cannot unpack; what is no XML is a SyntaxError, of
#: the standard library as of lxml, which openpyxl takes where it is installed.
_BROKEN_WORKBOOK: Final = (
    BadZipFile,
    InvalidFileException,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    OverflowError,
    zlib.error,
)


class TableRefusedError(GisError):
    """A file is no table of the kind asked for; the message names what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells by row, as in a spreadsheet: row 1 is ``rows[0]``.

    Attributes
    ----------
    sheet : str or None
        Name of the sheet; None for CSV.
    encoding : str or None
        Of a CSV file; None for XLSX.
    """

    rows: Sequence[Sequence[Any]]
    sheet: str | None = None
    encoding: str | None = None


class UncomputedFormula:
    """Stands for a cell whose formula was never computed: its value is not in the file."""

    def __str__(self) -> str:
        return "a formula without a stored value"


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table whose rows are read as often as they are asked for, and never held.

    Attributes
    ----------
    path : Path
    sheet : str or None
        Name of the sheet; None for CSV.
    encoding, delimiter : str or None
        Of a CSV file; None for XLSX.
    longest_line : int or None
        Characters that one line of a CSV file may have, which is held while it is read.
    """

    path: Path
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    longest_line: int | None = None

    def iterate(self) -> Generator[Sequence[Any], None, None]:
        """Yield the cells row by row.

        Raises
        ------
        TableRefusedError
            Where the content cannot be read.
        """
        return self._of_sheet(self.sheet) if self.sheet is not None else self._of_text()

    def head(self, count: int) -> Grid:
        """Return the first rows."""
        with closing(self.iterate()) as rows:
            return Grid(list(islice(rows, count)), sheet=self.sheet, encoding=self.encoding)

    def _of_text(self) -> Generator[Sequence[Any], None, None]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            try:
                lines = _lines(self.path, file, self.longest_line)
                yield from csv.reader(lines, delimiter=self.delimiter or ",", strict=True)
            except csv.Error as error:
                raise TableRefusedError(f"{self.path.name}: {error}") from error

    def _of_sheet(self, sheet: str) -> Generator[Sequence[Any], None, None]:
        with _workbooks(self.path) as (values, formulas):
            yield from _sheet_rows(self.path, values[sheet], formulas[sheet])


def find_tables(
    path: Path, *, encoding: str | None = None, longest_line: int | None = None, limits: ReadingLimits = DEFAULT_LIMITS
) -> list[TableRows]:
    """Find the tables of a file: one of a text file, one for each sheet of a workbook.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.txt`` (UTF-8 with or without mark, UTF-16 with mark, GB 18030; comma, tab or semicolon) or ``.xlsx``.
    encoding : str, optional
        Of a text file whose encoding is known to be another one.
    longest_line : int, optional
        Characters that a line of a text file may have.
    limits : ReadingLimits, optional
        How large a workbook may be when it is unpacked.

    Raises
    ------
    TableRefusedError
        For another kind of file, or content that cannot be read.
    SourceUnreadableError, SourceLimitError
        A workbook is broken, protected by a password, or too much.
    """
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return [_find_text(path, encoding, longest_line)]
    if suffix == ".xlsx":
        _require_workbook(path, limits)
        with _workbooks(path) as (values, _):
            return [TableRows(path, sheet=name) for name in values.sheetnames]
    raise TableRefusedError(f"{path.name}: found a {suffix or 'nameless'} file, expected .csv or .xlsx")


def rows_within(table: TableRows, limits: ReadingLimits) -> Generator[Sequence[Any], None, None]:
    """Yield the rows of a table, and refuse it at the first that is too many or too wide.

    Raises
    ------
    SourceLimitError
        Says what was found and what is read at most.
    TableRefusedError
    """
    cells = 0
    for number, row in enumerate(table.iterate(), start=1):
        cells += len(row)
        if len(row) > limits.fields:
            raise SourceLimitError(
                f"{table.path.name}: row {number} has {len(row):,} cells; at most {limits.fields:,} are read. "
                "Deliver the table without columns that nobody filled in."
            )
        if number > limits.table_rows:
            raise _too_many(table.path, f"more than {limits.table_rows:,} rows", f"{limits.table_rows:,}")
        if cells > limits.table_cells:
            found = f"more than {limits.table_cells:,} cells in its first {number:,} rows"
            raise _too_many(table.path, found, f"{limits.table_cells:,}")
        yield row


def _too_many(path: Path, found: str, allowed: str) -> SourceLimitError:
    return SourceLimitError(
        f"{path.name} has {found}, empty ones included; at most {allowed} are read. Take out what is empty, or deliver it in parts."
    )


def _require_workbook(path: Path, limits: ReadingLimits) -> None:
    with path.open("rb") as file:
        is_compound = file.read(len(COMPOUND_FILE)) == COMPOUND_FILE
    if is_compound:
        raise TableRefusedError(f"{path.name} is {describe_compound_file(path)}")
    if is_zipfile(path):
        check_archive(path, replace(limits, unpacked_bytes=limits.workbook_bytes))


def _find_text(path: Path, given: str | None, longest_line: int | None) -> TableRows:
    with path.open("rb") as file:
        has_mark = file.read(2) in _UTF16_MARKS
    encodings = ("utf-16",) if has_mark else _ENCODINGS
    encodings = encodings if given is None else (given,)
    for encoding in encodings:
        if _is_text_in(path, encoding):
            delimiter = _find_delimiter(path, encoding, longest_line)
            return TableRows(path, encoding=encoding, delimiter=delimiter, longest_line=longest_line)
    raise TableRefusedError(f"{path.name}: the text is in none of the encodings {', '.join(encodings)}")


def _lines(path: Path, file: TextIO, longest: int | None) -> Iterator[str]:
    """Yield the lines of a text, none of which is longer than what may be held, or holds what cannot be stored."""
    if longest is None:
        yield from file
        return
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        if "\0" in line:
            raise TableRefusedError(
                f"{path.name}, line {number}: found a NUL character, which no text has. The file is damaged, or in UTF-16 without the mark "
                "that says so; export it again as UTF-8"
            )
        if len(line) > longest:
            raise SourceLimitError(
                f"{path.name} has a line of more than {longest:,} characters; at most {longest:,} are read. It is no table, "
                "or the ends of its lines were lost: export it again."
            )
        yield line


def _is_text_in(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_BLOCK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(path: Path, encoding: str, longest_line: int | None) -> str:
    with path.open(encoding=encoding, newline="") as file:
        beginning = "".join(islice(_lines(path, file, longest_line), 10))
    # Commas in brackets belong to a value, such as the corners of a polygon.
    return max(_DELIMITERS, key=_BRACKETED.sub("", beginning).count)


@contextmanager
def _workbooks(path: Path) -> Iterator[tuple[Workbook, Workbook]]:
    """Open a workbook twice: its stored values and its formulas."""
    opened: list[Workbook] = []
    try:
        try:
            opened.append(openpyxl.load_workbook(path, read_only=True, data_only=True))
            opened.append(openpyxl.load_workbook(path, read_only=True))
        except _BROKEN_WORKBOOK as error:
            raise TableRefusedError(f"{path.name}: not a readable .xlsx workbook ({error})") from error
        yield opened[0], opened[1]
    finally:
        for workbook in opened:
            workbook.close()


def _sheet_rows(path: Path, values: Worksheet, formulas: Worksheet) -> Iterator[list[Any]]:
    """Yield stored values; a formula whose value was never stored must not look like an empty cell."""
    # What a sheet says of its own size can be anything; rows are as wide as their cells.
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # type: ignore[attr-defined]  # of a sheet that is only read
    rows = zip_longest(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), fillvalue=())
    try:
        for row, formula_row in rows:
            yield [
                UncomputedFormula() if value is None and formula is not None else value
                for value, formula in zip_longest(row, formula_row)
            ]
    except _BROKEN_WORKBOOK as error:
        raise TableRefusedError(f"{path.name}: the sheet {values.title!r} cannot be read ({error})") from error
