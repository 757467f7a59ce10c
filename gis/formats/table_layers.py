"""CSV and XLSX tables as layers: with a column of WKT, or with a row for each corner point. Used in the reading process only."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import shapely

from gis.formats.cells import is_empty
from gis.formats.corner_points import is_northing_first, read_plots
from gis.formats.errors import SourceLayerError, SourceLimitError, SourceUnreadableError
from gis.formats.grids import Grid, TableRefusedError, UncomputedFormula, read_grids
from gis.formats.layer_streams import LayerDescription, geometry_field
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.shapefile_encoding import known_encoding
from gis.formats.table_headers import CornerLayout, WktLayout, column_names, find_layout

__all__ = ["describe", "list_layers", "stream"]

_SRID: Final = re.compile(r"\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)
_SCALARS: Final = (bool, int, float, datetime, date, time, str)


@dataclass(frozen=True, slots=True)
class _TableLayer:
    """A table with its geometries, which are WKB, None, or in words what is wrong."""

    names: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]
    geometries: Sequence[bytes | None]
    geometry_type: str
    srids: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def list_layers(member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    kinds = {WktLayout: "Unknown", CornerLayout: "Polygon"}
    return [
        (_layer_name(member, grid), None if (layout := find_layout(member.name, grid)) is None else kinds[type(layout)])
        for grid in _grids(member, None, limits)
    ]


def describe(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> LayerDescription:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    grid = _grid(member, layer, encoding, limits)
    table = _read(member, layer, encoding, limits)
    if len(table.srids) > 1:
        raise SourceUnreadableError(
            f"{member.name} has rows in several reference systems (SRID {', '.join(sorted(table.srids))}); deliver a file for each."
        )
    source = None if grid.encoding is None else ("content" if encoding is None else "given")
    return LayerDescription(
        driver=member.kind.value,
        crs_text=next((f"EPSG:{srid}" for srid in table.srids), None),
        encoding=grid.encoding,
        encoding_source=source,
        fields=table.names,
        geometry_type=table.geometry_type,
        feature_count=len(table.geometries),
        notes=table.notes,
    )


def stream(
    member: SourceMember,
    layer: str,
    encoding: str | None,
    *,
    columns: Sequence[str] | None,
    with_geometry: bool,
    batch_size: int,
    limits: ReadingLimits,
) -> Iterator[pa.RecordBatch]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    table = _read(member, layer, encoding, limits)
    wanted = table.names if columns is None else tuple(columns)
    arrays = [_as_array(table.columns[table.names.index(name)]) for name in wanted]
    fields = [pa.field(name, array.type) for name, array in zip(wanted, arrays, strict=True)]
    if with_geometry:
        arrays.append(pa.array(table.geometries, pa.binary()))
        fields.append(geometry_field())
    whole = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
    for start in range(0, whole.num_rows, batch_size):
        yield whole.slice(start, batch_size)


@cache
def _grids(member: SourceMember, encoding: str | None, limits: ReadingLimits) -> list[Grid]:
    csv.field_size_limit(limits.geometry_bytes)
    if encoding is not None and member.path.lower().endswith(".xlsx"):
        raise SourceUnreadableError(f"{member.name} (XLSX) fixes its encoding itself: do not name one.")
    try:
        return read_grids(Path(member.path), encoding=None if encoding is None else known_encoding(encoding))
    except TableRefusedError as error:
        raise SourceUnreadableError(f"{error}; deliver it again.") from error


def _layer_name(member: SourceMember, grid: Grid) -> str:
    return Path(member.name).stem if grid.sheet is None else grid.sheet


def _grid(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> Grid:
    return next(grid for grid in _grids(member, encoding, limits) if _layer_name(member, grid) == layer)


@cache
def _read(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> _TableLayer:
    grid = _grid(member, layer, encoding, limits)
    match find_layout(member.name, grid):
        case WktLayout() as layout:
            table = _read_wkt(grid, layout)
        case CornerLayout() as layout:
            table = _read_corners(grid, layout)
        case None:
            raise SourceLayerError(f"{member.name} has no column with geometry.")
    if len(table.names) > limits.fields:
        raise SourceLimitError(f"{member.name} has {len(table.names)} columns; at most {limits.fields} are read.")
    return table


def _read_wkt(grid: Grid, layout: WktLayout) -> _TableLayer:
    rows = [row for row in grid.rows[layout.header_row + 1 :] if not all(is_empty(cell) for cell in row)]
    names = column_names(grid.rows[layout.header_row], max(map(len, rows), default=0))
    texts = [_cell(row, layout.geometry) for row in rows]
    geometries = [_parse_wkt(text) for text in texts]
    srids = frozenset(found[1] for text in texts if isinstance(text, str) and (found := _SRID.match(text)))
    kept = [position for position in range(len(names)) if position != layout.geometry]
    return _TableLayer(
        tuple(names[position] for position in kept),
        tuple([_cell(row, position) for row in rows] for position in kept),
        geometries,
        "Unknown",
        srids,
    )


def _cell(row: Sequence[Any], position: int) -> Any:  # noqa: ANN401 - cells hold anything
    cell = row[position] if position < len(row) else None
    return None if is_empty(cell) else cell


def _parse_wkt(cell: Any) -> bytes | None:  # noqa: ANN401 - cells hold anything
    """Return WKB, or the text itself where it is no geometry or has arcs."""
    if cell is None:
        return None
    text = str(cell)
    with suppress(shapely.GEOSException, NotImplementedError):
        return bytes(shapely.to_wkb(shapely.from_wkt(_SRID.sub("", text, count=1))))
    return text.encode()


def _read_corners(grid: Grid, layout: CornerLayout) -> _TableLayer:
    plots = read_plots(grid, layout)
    notes: tuple[str, ...] = ()
    northing_first = layout.is_northing_first
    if northing_first is None:
        northing_first = is_northing_first(plots)
        order = "northing and easting" if northing_first else "easting and northing"
        notes = (f"the columns X and Y were taken for {order}, as their values say",)
    width = max((len(row) for plot in plots.values() for row in plot.rows), default=0)
    names = column_names(grid.rows[layout.header_row], width)
    left_out = {layout.ring, layout.first, layout.second}
    kept = [position for position in range(width) if position not in left_out]
    return _TableLayer(
        tuple(names[position] for position in kept),
        tuple(
            list(plots)
            if position == layout.plot
            else [_common([_cell(row, position) for row in plot.rows]) for plot in plots.values()]
            for position in kept
        ),
        [plot.wkb(northing_first=northing_first) for plot in plots.values()],
        "Polygon",
        notes=notes,
    )


def _common(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - cells hold anything
    """Return what all corners of a plot say, or all that they say one after another, so that nothing is lost."""
    said = list(dict.fromkeys(cell for cell in cells if cell is not None))
    if len(said) <= 1:
        return said[0] if said else None
    return "; ".join(_shown(cell) for cell in cells)


def _as_array(values: Sequence[Any]) -> pa.Array:
    """Keep the type of a column where all its cells have the same, and else write them as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {datetime} and all(value.time() == time.min for value in values if value is not None):
        return pa.array([None if value is None else value.date() for value in values])
    if len(kinds) == 1 and next(iter(kinds)) in _SCALARS:
        with suppress(pa.ArrowException, OverflowError):
            return pa.array(values)
    if kinds == {int, float}:
        return pa.array(values, pa.float64())
    return pa.array([None if value is None else _shown(value) for value in values], pa.string())


def _shown(cell: Any) -> str:  # noqa: ANN401 - cells hold anything
    match cell:
        case None:
            return ""
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case float() if cell.is_integer():
            return f"{cell:.0f}"
        case UncomputedFormula():
            return "#formula"
        case _:
            return str(cell)
