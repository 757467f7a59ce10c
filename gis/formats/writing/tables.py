"""CSV and XLSX, the geometry as WKT in the last column."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyproj
import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from gis.formats.writing.arrow import as_json_text, without_conflict
from gis.formats.writing.fitting import fit_text
from gis.formats.writing.model import FieldType, OutputBatch, OutputField, WriteRefusedError, WriteReport
from gis.formats.writing.projecting import is_in_degrees, place_geometries

__all__ = ["printable", "write_csv", "write_xlsx"]

WKT_NAME: Final = "wkt"
# 1e-9 degrees, like 1e-4 metres, are a tenth of a millimetre.
_DEGREE_DECIMALS, _METRE_DECIMALS = 9, 4
_XLSX_ROWS: Final = 1_048_576
_XLSX_TEXT: Final = 32_767
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def printable(text: str) -> str:
    r"""Put the replacement character in the place of those that a workbook cannot hold.

    Examples
    --------
    >>> from gis.formats.writing.tables import printable
    >>> printable("一\x0b二\n")
    '一\ufffd二\n'
    """
    return _UNPRINTABLE.sub("\ufffd", text)


def write_csv(
    path: Path, batches: Iterable[OutputBatch], fields: Sequence[OutputField], crs: pyproj.CRS, report: WriteReport
) -> None:
    """Write a CSV file; ``utf-8-sig`` as encoding adds the mark by which spreadsheets know UTF-8."""
    encoding = report.encoding
    wkt_name = without_conflict(WKT_NAME, (item.name for item in fields))
    with path.open("w", encoding=encoding, errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(item.name for item in fields), wkt_name])
        for row in _iter_rows(batches, fields, crs, report):
            for item, value in zip(fields, row, strict=False):
                if isinstance(value, str) and not value.isascii():
                    report.replaced[item.name] += fit_text(value, encoding.replace("-sig", ""), None)[2]
            writer.writerow(row)


def write_xlsx(
    path: Path,
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    crs: pyproj.CRS,
    report: WriteReport,
    *,
    layer: str,
) -> None:
    """Write a workbook of one sheet, row by row.

    A text beyond what a cell holds is cut; a geometry beyond that is left out, for a part of it would be another geometry.

    Raises
    ------
    WriteRefusedError
        There are more features than a sheet has rows.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", layer)[:31] or "features")
    names = [item.name for item in fields]
    sheet.append([*names, without_conflict(WKT_NAME, names)])
    try:
        for number, row in enumerate(_iter_rows(batches, fields, crs, report), start=2):
            if number > _XLSX_ROWS:
                raise WriteRefusedError(
                    f"A sheet has {_XLSX_ROWS:,} rows, and there are more features: write CSV instead."
                )
            if row[-1] is not None and len(row[-1]) > _XLSX_TEXT:
                row[-1] = None
                report.without_geometry += 1
            sheet.append([_cell(sheet, name, value, report) for name, value in zip([*names, ""], row, strict=True)])
    finally:
        # Also after a failure: only saving closes the book and removes the file that it is collected in.
        book.save(path)


def _cell(sheet: Any, name: str, value: Any, report: WriteReport) -> Any:  # noqa: ANN401  cells hold anything
    if not isinstance(value, str):
        return value
    text = printable(value[:_XLSX_TEXT])
    report.truncated[name] += len(value) > _XLSX_TEXT
    report.replaced[name] += text != value[:_XLSX_TEXT]
    cell = WriteOnlyCell(sheet, text)
    # A text stays one, also when it begins like a formula.
    cell.data_type = "s"
    return cell


def _iter_rows(
    batches: Iterable[OutputBatch], fields: Sequence[OutputField], crs: pyproj.CRS, report: WriteReport
) -> Iterator[list[Any]]:
    decimals = _DEGREE_DECIMALS if is_in_degrees(crs) else _METRE_DECIMALS
    for batch in batches:
        placed = place_geometries(batch.geometries, crs)
        texts = shapely.to_wkt(placed, rounding_precision=decimals).tolist()
        columns = [_texts(batch.columns[item.name], item.type) for item in fields]
        report.count += len(batch)
        report.without_geometry += sum(text is None for text in texts)
        yield from (list(row) for row in zip(*columns, texts, strict=True))


def _texts(values: Sequence[Any], type_: FieldType) -> Sequence[Any]:
    """Return values as a cell holds them: JSON as its text, and moments as text because a spreadsheet knows no time zones."""
    match type_:
        case FieldType.JSON:
            return [as_json_text(value) for value in values]
        case FieldType.TIMESTAMP:
            return [None if value is None else value.isoformat() for value in values]
        case _:
            return values
