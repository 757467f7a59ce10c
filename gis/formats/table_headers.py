"""Which columns of a table hold geometry: one with WKT, or the coordinates of corner points."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gis.formats.cells import is_empty
from gis.formats.errors import SourceUnreadableError
from gis.formats.grids import Grid

__all__ = ["SAMPLE_ROWS", "CornerColumn", "CornerLayout", "WktLayout", "column_names", "find_layout"]

_SEARCH_ROWS: Final = 10
#: So many rows are looked at for what a table is.
SAMPLE_ROWS: Final = 50
_WKT: Final = re.compile(
    r"\s*(SRID\s*=\s*\d+\s*;)?\s*(MULTI|CURVE|COMPOUND)?(POLYGON|SURFACE|POINT|LINESTRING|CURVE|GEOMETRYCOLLECTION)\b"
    r"[\sZM]*(\(|EMPTY)",
    re.IGNORECASE,
)
# What a header says of its unit: (m), （米）, /m.
_UNIT: Final = re.compile(r"[(\[](m|米|metre|meter|度|°|degree)s?[)\]]|/m$")


class CornerColumn(StrEnum):
    """What a column of a table of corner points says."""

    PLOT = "plot"
    RING = "ring"
    X = "x"
    Y = "y"
    EASTING = "easting"
    NORTHING = "northing"


# Headers without case, blanks, width variants and units. In Chinese tables X is the northing, in others the easting; a
# bare X or Y is told by its values.
_HEADERS: Final[Mapping[CornerColumn, str]] = {
    CornerColumn.PLOT: (
        "地块编号 地块号 地块代码 地块编码 宗地代码 宗地号 宗地编号 宗地编码 不动产单元号 图斑编号 图斑号 dkbh dkbm zddm zdbh zdh tbbh bdcdyh "
        "plot plot_id plot_no plot_code plot_number parcel parcel_id parcel_no parcel_code parcel_number feature_id"
    ),
    CornerColumn.RING: "圈号 环号 ring ring_no ring_id ring_number",
    CornerColumn.X: "x x坐标 坐标x x_coord x_coordinate point_x coord_x",
    CornerColumn.Y: "y y坐标 坐标y y_coord y_coordinate point_y coord_y",
    CornerColumn.EASTING: (
        "横坐标 横坐标y y横坐标 y(横坐标) 东坐标 东坐标y y(东) e坐标 easting east 经度 经度l lon long lng longitude"
    ),
    CornerColumn.NORTHING: (
        "纵坐标 纵坐标x x纵坐标 x(纵坐标) 北坐标 北坐标x x(北) n坐标 northing north 纬度 纬度b lat latitude"
    ),
}
_COORDINATES: Final = ((CornerColumn.NORTHING, CornerColumn.EASTING), (CornerColumn.X, CornerColumn.Y))
_KNOWN: Final = {header: column for column, headers in _HEADERS.items() for header in headers.split()}


@dataclass(frozen=True, slots=True)
class WktLayout:
    """A table with one feature a row."""

    header_row: int
    geometry: int


@dataclass(frozen=True, slots=True)
class CornerLayout:
    """A table with one corner point a row; ``first`` and ``second`` are the columns of its coordinates.

    Attributes
    ----------
    is_northing_first : bool or None
        None where only the values can tell.
    """

    header_row: int
    plot: int
    ring: int | None
    first: int
    second: int
    is_northing_first: bool | None


def find_layout(file: str, grid: Grid) -> WktLayout | CornerLayout | None:
    """Find the header of a table, which may stand below a title, and its columns with geometry; None when it has none.

    Raises
    ------
    SourceUnreadableError
        When two columns say the same.
    """
    for index, row in enumerate(grid.rows[:SAMPLE_ROWS]):
        if (position := _wkt_position(row)) is not None:
            return None if index == 0 else WktLayout(_header_above(grid, index), position)
    for index, row in enumerate(grid.rows[:_SEARCH_ROWS]):
        if (corners := _corner_layout(file, index, row)) is not None:
            return corners
    return None


def _header_above(grid: Grid, index: int) -> int:
    """Return the widest row above the first value: titles fill fewer cells than a header."""
    widths = [sum(not is_empty(cell) for cell in row) for row in grid.rows[: min(index, _SEARCH_ROWS)]]
    return widths.index(max(widths))


def _wkt_position(row: Sequence[Any]) -> int | None:
    return next((position for position, cell in enumerate(row) if isinstance(cell, str) and _WKT.match(cell)), None)


def _corner_layout(file: str, index: int, row: Sequence[Any]) -> CornerLayout | None:
    found: dict[CornerColumn, int] = {}
    repeated: list[tuple[Any, Any]] = []
    for position, cell in enumerate(row):
        column = _KNOWN.get(_plain(cell))
        if column in found:
            repeated.append((row[found[column]], cell))
        elif column is not None:
            found[column] = position
    coordinates = next((pair for pair in _COORDINATES if found.keys() >= set(pair)), None)
    if CornerColumn.PLOT not in found or coordinates is None:
        return None
    if repeated:
        first, second = repeated[0]
        raise SourceUnreadableError(f"{file}: the columns {first!r} and {second!r} say the same; keep one.")
    first_column, second_column = (found[column] for column in coordinates)
    is_northing_first = True if coordinates[0] == CornerColumn.NORTHING else None
    return CornerLayout(
        index,
        found[CornerColumn.PLOT],
        found.get(CornerColumn.RING),
        first_column,
        second_column,
        is_northing_first,
    )


def _plain(cell: object) -> str:
    """Write a header without width variants, blanks, case and unit."""
    text = "".join(unicodedata.normalize("NFKC", str(cell or "")).split()).casefold()
    return _UNIT.sub("", text)


def column_names(header: Sequence[Any], width: int) -> list[str]:
    """Name columns, each differently: no cell may hide another."""
    names: list[str] = []
    for position in range(width):
        cell = header[position] if position < len(header) else None
        name = "" if is_empty(cell) else str(cell).strip()
        name = name or f"column {position + 1}"
        names.append(f"{name} (column {position + 1})" if name in names else name)
    return names
