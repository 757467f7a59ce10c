"""The bare cells of CSV and XLSX files, before anything is known about what they mean."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from gis.errors import GisError

# Tried in this order: bytes that are valid UTF-8 are hardly ever meant as something else. GB 18030 contains GBK and GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
_BRACKETED = re.compile(r"\([^()\n]*\)")


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
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return [_read_csv(path, encoding)]
    if suffix == ".xlsx":
        return _read_workbook(path)
    raise TableRefusedError(f"{path.name}: found a {suffix or 'nameless'} file, expected .csv or .xlsx")


def _read_csv(path: Path, given: str | None) -> Grid:
    content = path.read_bytes()
    encodings = ("utf-16",) if content.startswith(_UTF16_MARKS) else _ENCODINGS
    for encoding in encodings if given is None else (given,):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Commas in brackets belong to a value, such as the corners of a polygon.
        beginning = _BRACKETED.sub("", "\n".join(text.split("\n", 10)[:10]))
        delimiter = max(_DELIMITERS, key=beginning.count)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise TableRefusedError(f"{path.name}: {error}") from error
        return Grid(rows, encoding=encoding)
    raise TableRefusedError(
        f"{path.name}: the text is in none of the encodings {', '.join(encodings if given is None else (given,))}"
    )


def _read_workbook(path: Path) -> list[Grid]:
    try:
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(path, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise TableRefusedError(f"{path.name}: not a readable .xlsx workbook ({error})") from error
    try:
        return [Grid(_read_sheet(values[name], formulas[name]), sheet=name) for name in values.sheetnames]
    finally:
        values.close()
        formulas.close()


def _read_sheet(values: Worksheet, formulas: Worksheet) -> list[list[Any]]:
    """Read stored values; a formula whose value was never stored must not look like an empty cell."""
    rows = zip_longest(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), fillvalue=())
    return [
        [
            UncomputedFormula() if value is None and formula is not None else value
            for value, formula in zip_longest(row, formula_row)
        ]
        for row, formula_row in rows
    ]
