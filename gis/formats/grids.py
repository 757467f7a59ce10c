"""The bare cells of CSV and XLSX files, before anything is known about what they mean."""

import csv
import re
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from openpyxl import Workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from gis.errors import GisError

# Tried in this order: bytes that are valid UTF-8 are hardly ever meant as something else. GB 18030 contains GBK and GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
_BRACKETED = re.compile(r"\([^()\n]*\)")
_BLOCK: Final = 1 << 16
_BROKEN_WORKBOOK: Final = (BadZipFile, InvalidFileException, KeyError, OSError, ValueError, ParseError, zlib.error)
#: What openpyxl raises on the way through a sheet whose XML is cut off, not XML, or names what is not there.
_BROKEN_SHEET: Final = (BadZipFile, KeyError, IndexError, TypeError, ValueError, OverflowError, ParseError, zlib.error)


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
    """

    path: Path
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

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
                yield from csv.reader(file, delimiter=self.delimiter or ",", strict=True)
            except csv.Error as error:
                raise TableRefusedError(f"{self.path.name}: {error}") from error

    def _of_sheet(self, sheet: str) -> Generator[Sequence[Any], None, None]:
        with _workbooks(self.path) as (values, formulas):
            yield from _sheet_rows(self.path, values[sheet], formulas[sheet])


def find_tables(path: Path, *, encoding: str | None = None) -> list[TableRows]:
    """Find the tables of a file; the parameters and errors are those of :func:`read_grids`."""
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return [_find_text(path, encoding)]
    if suffix == ".xlsx":
        with _workbooks(path) as (values, _):
            return [TableRows(path, sheet=name) for name in values.sheetnames]
    raise TableRefusedError(f"{path.name}: found a {suffix or 'nameless'} file, expected .csv or .xlsx")


def read_grids(path: Path, *, encoding: str | None = None) -> list[Grid]:
    """Read the cells of a file.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.txt`` (UTF-8 with or without mark, UTF-16 with mark, GB 18030; comma, tab or semicolon) or ``.xlsx``.
    encoding : str, optional
        Of a text file whose encoding is known to be another one.

    Returns
    -------
    list of Grid
        One for a CSV file, one per sheet for a workbook.

    Raises
    ------
    TableRefusedError
        For another kind of file, or content that cannot be read.
    """
    tables = find_tables(path, encoding=encoding)
    return [Grid(list(table.iterate()), sheet=table.sheet, encoding=table.encoding) for table in tables]


def _find_text(path: Path, given: str | None) -> TableRows:
    with path.open("rb") as file:
        has_mark = file.read(2) in _UTF16_MARKS
    encodings = ("utf-16",) if has_mark else _ENCODINGS
    encodings = encodings if given is None else (given,)
    for encoding in encodings:
        if _is_text_in(path, encoding):
            return TableRows(path, encoding=encoding, delimiter=_find_delimiter(path, encoding))
    raise TableRefusedError(f"{path.name}: the text is in none of the encodings {', '.join(encodings)}")


def _is_text_in(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_BLOCK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        beginning = "".join(islice(file, 10))
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
    except _BROKEN_SHEET as error:
        raise TableRefusedError(f"{path.name}: the sheet {values.title!r} cannot be read ({error})") from error
