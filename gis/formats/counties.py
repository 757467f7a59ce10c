"""Tables of counties (县级行政区): codes, names and, where they are given, extents."""

import re
from pathlib import Path
from typing import Any, Final

from gis.formats.cells import CellValueError, Parser, parse_text
from gis.formats.grids import TableRefusedError
from gis.formats.tables import Column, TableRow, read_table
from gis.landuse.counties import County, CountyTable

__all__ = ["read_counties"]

_CODE: Final = re.compile(r"\d{6}", re.ASCII)
_LIMITS: Final = {"west": 180.0, "south": 90.0, "east": 180.0, "north": 90.0}


def read_counties(path: Path) -> CountyTable:
    """Read a table of counties.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.xlsx`` with the columns 代码 (or XZQDM, code) and 名称 (or XZQMC, name); 西, 南, 东, 北 (or west, south, east, north) in
        degrees may be there, all four or none.

    Returns
    -------
    CountyTable

    Raises
    ------
    TableRefusedError
        When it is no such table, or one of its rows cannot be read: half a table would call existing counties wrong.
    """
    content = read_table(path, _COLUMNS, _make_county, unique_field="code")
    faults = [str(error) for row in content.rejected for error in row.errors]
    if faults:
        raise TableRefusedError(f"The table of counties is not taken: {'; '.join(faults)}.")
    if not content.records:
        raise TableRefusedError(f"{path.name} has no row with a county.")
    partly = [county.code for county in content.records if county.bounds is not None and None in county.bounds]
    if partly:
        raise TableRefusedError(
            f"{path.name}: {', '.join(partly)} must have all of west, south, east and north or none."
        )
    return CountyTable.of(path.name, content.records)


def _make_county(row: TableRow) -> County:
    bounds: tuple[Any, ...] = tuple(row.values.get(name) for name in _LIMITS)
    return County(row.values["code"], row.values["name"], None if bounds == (None,) * 4 else bounds)


def _parse_code(cell: object) -> str:
    text = parse_text(cell)
    if not _CODE.fullmatch(text):
        raise CellValueError("six digits")
    return text


def _degrees(limit: float) -> Parser:
    def parse(cell: Any) -> float:  # noqa: ANN401  any source value
        try:
            number = float(cell)
        except ValueError as error:
            raise CellValueError("degrees") from error
        if not -limit <= number <= limit:
            raise CellValueError(f"degrees from {-limit:g} to {limit:g}")
        return number

    return parse


def _texts(parse: Parser, *headers: str) -> dict[str, Parser]:
    return dict.fromkeys(headers, parse)


_COLUMNS: Final = (
    Column("code", _texts(_parse_code, "代码", "行政区代码", "行政区划代码", "XZQDM", "code"), is_required=True),
    Column("name", _texts(parse_text, "名称", "行政区名称", "XZQMC", "name"), is_required=True),
    *(
        Column(name, _texts(_degrees(_LIMITS[name]), header, name))
        for name, header in zip(_LIMITS, ("西", "南", "东", "北"), strict=True)
    ),
)
