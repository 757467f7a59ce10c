"""Cells of delivered tables: text, dates and exact numbers, or a clear statement of what was expected instead."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

#: What a parser returns for an empty cell is always None; it is never asked.
Parser = Callable[[Any], Any]

_NUMERIC_DATE = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")
_MONTH = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})月?")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
# Spreadsheets keep 15 digits of a number: an 18-digit code typed as a number has already lost its end.
_EXACT_INTEGER_LIMIT = 10**15


class CellValueError(ValueError):
    """A cell does not hold what its column needs; the message says what was expected."""


def plain(text: str) -> str:
    """Write a text without width variants and blanks at its ends."""
    return unicodedata.normalize("NFKC", text).strip()


def is_empty(cell: object) -> bool:
    """Whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def parse_text(cell: object) -> str:
    """Read a text or code; a whole number loses its ``.0``.

    Raises
    ------
    CellValueError
        For a spreadsheet error, or a number so long that the spreadsheet has cut its last digits.
    """
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_INTEGER_LIMIT:
            raise CellValueError("a code stored as text; as a number it has lost its last digits")
        return f"{cell:.0f}" if float(cell).is_integer() else str(cell)
    text = str(cell).strip()
    if text in _SPREADSHEET_ERRORS:
        raise CellValueError("a text")
    return text


def parse_date(cell: object) -> date:
    """Read a day: a spreadsheet's date, ``2024-03-01``, ``2024/3/1``, ``2024.3.1``, ``2024年3月1日`` or ``20240301``.

    Raises
    ------
    CellValueError
        For anything else, a day that does not exist, or a time of day.

    Examples
    --------
    >>> from gis.formats.cells import parse_date
    >>> parse_date("2024年3月1日").isoformat(), parse_date("20240301").isoformat()
    ('2024-03-01', '2024-03-01')
    """
    if isinstance(cell, datetime):
        if (cell.hour, cell.minute, cell.second, cell.microsecond) != (0, 0, 0, 0):
            raise CellValueError("a day without a time")
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _NUMERIC_DATE.fullmatch(_MIDNIGHT.sub("", plain(parse_text(cell))))
    if found is None:
        raise CellValueError("a day as YYYY-MM-DD")
    year, month, day = (int(group) for group in found.groups() if group and group.isdigit())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellValueError("a day that exists, as YYYY-MM-DD") from error


def parse_amount(cell: object) -> Decimal:
    """Read a number that is not negative, exactly as it is written.

    Raises
    ------
    CellValueError

    Examples
    --------
    >>> from gis.formats.cells import parse_amount
    >>> parse_amount("12,345.670"), parse_amount(0.1)
    (Decimal('12345.670'), Decimal('0.1'))
    """
    text = plain(str(cell))
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise CellValueError("a number") from error
    if isinstance(cell, bool) or not amount.is_finite() or amount < 0:
        raise CellValueError("a number that is not negative")
    return amount


def parse_signed(cell: object) -> Decimal:
    """Read a number that may be negative, such as tax after refunds, exactly as it is written.

    Raises
    ------
    CellValueError

    Examples
    --------
    >>> from gis.formats.cells import parse_signed
    >>> parse_signed("-1,234.5")
    Decimal('-1234.5')
    """
    text = plain(str(cell))
    amount = parse_amount(text.removeprefix("-"))
    return -amount if text.startswith("-") else amount


def parse_month_end(cell: object) -> date:
    """Read a month (``2024-11``, ``2024年11月``) or a day of it, as the last day of the month.

    Raises
    ------
    CellValueError

    Examples
    --------
    >>> from gis.formats.cells import parse_month_end
    >>> parse_month_end("2024-02").isoformat()
    '2024-02-29'
    """
    found = None if isinstance(cell, date) else _MONTH.fullmatch(plain(parse_text(cell)))
    day = parse_date(cell) if found is None else parse_date(f"{found[1]}-{found[2]}-1")
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def parse_count(cell: object) -> int:
    """Read a whole number that is not negative.

    Raises
    ------
    CellValueError
    """
    amount = parse_amount(cell)
    if amount != int(amount):
        raise CellValueError("a whole number")
    return int(amount)


def in_units_of(factor: int | Decimal) -> Parser:
    """Make a parser of amounts in another unit, such as ten thousand yuan (万元) for a column in yuan."""

    def parse(cell: object) -> Decimal:
        return parse_amount(cell) * factor

    return parse


def one_of(choices: Mapping[str, Any]) -> Parser:
    """Make a parser that knows a few words.

    Parameters
    ----------
    choices : mapping
        From the word in the table to what it means.
    """
    words = {plain(word).casefold(): meaning for word, meaning in choices.items()}
    expected = "one of " + ", ".join(choices)

    def parse(cell: object) -> Any:  # noqa: ANN401 - whatever the choices mean
        try:
            return words[plain(parse_text(cell)).casefold()]
        except KeyError as error:
            raise CellValueError(expected) from error

    return parse
