"""The ledger as a workbook in the layout that offices know, and as CSV for uploads."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.cases.ledger import COLUMNS, SUSPECT_HEAD, Cell
from gis.formats.writing.tables import printable

TITLE, SUSPECTS, RATES = "闲置土地处置台账", "疑似线索", "闲置率与供地率"
#: Areas are in hectares with four decimals, everything else has two.
AREA_EXPONENT = -4
#: In points.
_LINE_HEIGHT, _ROW_MARGIN = 15, 3
_THIN = Side(style="thin", color="808080")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="F1ECE6")
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_SUMMED = {"面积（公顷）": "0.0000", "土地价款（万元）": "#,##0.00", "闲置费（元）": "#,##0.00"}
RATE_HEAD = (
    ("园区（区域）", 22),
    ("日期（年度）", 14),
    ("已供应（公顷）", 14),
    ("闲置（公顷）", 14),
    ("闲置率（%）", 12),
    ("批准（公顷）", 14),
    ("当年供应（公顷）", 16),
    ("供地率（%）", 12),
)


def write_workbook(
    rows: Sequence[Sequence[Cell]],
    suspects: Sequence[Sequence[Cell]],
    rates: Sequence[Sequence[Cell]],
    *,
    office: str,
    as_of: date,
) -> bytes:
    """Write the ledger: title, office and day, a head of two rows, one row a case, and the sums.

    Parameters
    ----------
    rows, suspects, rates : sequence of sequence of Cell
        As :func:`app.cases.ledger.ledger_rows` and :func:`app.cases.ledger.suspect_rows` return them.
    office : str
        Who fills it in.
    as_of : date
    """
    book = Workbook()
    # The same rows give the same bytes, but for what the format itself stamps.
    book.properties.created = book.properties.modified = datetime(
        as_of.year, as_of.month, as_of.day, tzinfo=UTC
    ).replace(tzinfo=None)
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a sheet")
    sheet.title = TITLE
    _write_cases(sheet, rows, office, as_of)
    _write_list(book.create_sheet(SUSPECTS), "疑似闲置土地线索（尚未立案）", SUSPECT_HEAD, suspects, as_of)
    _write_list(book.create_sheet(RATES), "分区域、分年度土地闲置率和供地率", RATE_HEAD, rates, as_of)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write the ledger with one row of names, plain numbers and ISO dates; with a mark that Excel reads as UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["序号", *(column.name for column in COLUMNS)])
    writer.writerows([["" if cell is None else _plain(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode("utf-8-sig")


def rate_rows(statistics: dict[str, Any]) -> list[list[Cell]]:
    """Turn the statistics into cells: idle rates, then supply rates, then the means."""
    rows: list[list[Cell]] = []
    for zone in statistics["idle"]:
        for rate in zone["rates"]:
            numbers = [rate[name] for name in ("supplied_ha", "idle_ha", "idle_percent")]
            rows.append([zone["zone"], rate["day"], *map(_number, numbers), None, None, None])
        mean = _number(zone["mean_percent"])
        rows.append([zone["zone"], f"近{statistics['mean_years']}年平均", None, None, mean, None, None, None])
    for zone in statistics["supply"]:
        for rate in zone["rates"]:
            numbers = [rate[name] for name in ("approved_ha", "supplied_ha", "supply_percent")]
            rows.append([zone["zone"], rate["year"], None, None, None, *map(_number, numbers)])
        mean = _number(zone["mean_percent"])
        rows.append([zone["zone"], f"近{statistics['mean_years']}年平均", None, None, None, None, None, mean])
    return rows


def _write_cases(sheet: Worksheet, rows: Sequence[Sequence[Cell]], office: str, as_of: date) -> None:
    width = len(COLUMNS) + 1
    _title(sheet, TITLE, width)
    sheet.cell(2, 1, f"填报单位：{office}")
    sheet.cell(2, width - 3, f"截止日期：{as_of.year}年{as_of.month}月{as_of.day}日　单位：公顷、万元、元、天")
    _head(sheet.cell(3, 1), "序号")
    sheet.merge_cells(start_row=3, end_row=4, start_column=1, end_column=1)
    sheet.column_dimensions["A"].width = 6
    column = 2
    for group, members in groupby(COLUMNS, key=lambda each: each.group):
        first = column
        for member in members:
            _head(sheet.cell(4, column), member.name)
            sheet.column_dimensions[get_column_letter(column)].width = member.width
            column += 1
        _head(sheet.cell(3, first), group)
        sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=column - 1)
    _fit_height(sheet, 4)
    _fill(sheet, rows, first_row=5)
    _sums(sheet, rows, row=5 + len(rows))
    sheet.freeze_panes = "D5"
    _for_printing(sheet, "3:4")


def _write_list(
    sheet: Worksheet, title: str, head: Sequence[tuple[str, int]], rows: Sequence[Sequence[Cell]], as_of: date
) -> None:
    _title(sheet, f"{title}（截至{as_of.year}年{as_of.month}月{as_of.day}日）", len(head))
    for column, (name, width) in enumerate(head, start=1):
        _head(sheet.cell(2, column), name)
        sheet.column_dimensions[get_column_letter(column)].width = width
    _fit_height(sheet, 2)
    _fill(sheet, rows, first_row=3)
    sheet.freeze_panes = "A3"
    _for_printing(sheet, "2:2")


def _title(sheet: Worksheet, title: str, width: int) -> None:
    cell = sheet.cell(1, 1, title)
    cell.font = Font(name="SimHei", size=18, bold=True)
    cell.alignment = _CENTRE
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    sheet.row_dimensions[1].height = 34


def _head(cell: Any, name: str) -> None:  # noqa: ANN401  a merged cell has another type
    cell.value = name
    cell.font, cell.fill, cell.alignment, cell.border = Font(bold=True), _HEAD, _CENTRE, _GRID


def _fill(sheet: Worksheet, rows: Sequence[Sequence[Cell]], *, first_row: int) -> None:
    for number, row in enumerate(rows, start=first_row):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            if isinstance(cell, SheetCell):
                _put(cell, value)
        _fit_height(sheet, number)


def _fit_height(sheet: Worksheet, row: int) -> None:
    """Make a row as high as its longest text needs in its column; not every program does so when it opens a workbook."""
    texts = {cell.column_letter: cell.value for cell in sheet[row] if isinstance(cell.value, str)}
    lines = max((ceil(_width(text) / sheet.column_dimensions[at].width) for at, text in texts.items()), default=1)
    sheet.row_dimensions[row].height = _LINE_HEIGHT * lines + _ROW_MARGIN


def _width(text: str) -> int:
    """Return how many digits wide a text is; a Chinese character is as wide as two, and a cell keeps one for its borders."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text) + 1


def _put(cell: SheetCell, value: Cell) -> None:
    """Put a value; text is text, also where it begins like a formula, and without what a workbook cannot hold."""
    cell.value = printable(value) if isinstance(value, str) else value
    cell.border = _GRID
    cell.alignment = _LEFT if isinstance(value, str) else _CENTRE
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        cell.number_format = "0.0000" if exponent == AREA_EXPONENT else "#,##0.00"


def _sums(sheet: Worksheet, rows: Sequence[Sequence[Cell]], *, row: int) -> None:
    _head(sheet.cell(row, 1), "合计")
    for column, each in enumerate(COLUMNS, start=2):
        cell = sheet.cell(row, column)
        cell.border, cell.fill = _GRID, _HEAD
        if each.name in _SUMMED:
            values = [line[column - 1] for line in rows]
            cell.value = sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
            cell.number_format, cell.alignment = _SUMMED[each.name], _CENTRE


def _for_printing(sheet: Worksheet, head_rows: str) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = head_rows


def _plain(cell: str | float | date | Decimal) -> str:
    return cell.isoformat() if isinstance(cell, date) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
