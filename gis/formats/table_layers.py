"""CSV and XLSX tables as layers: with a column of WKT, or with a row for each corner point. Used in the reading process only.

A table is gone through row by row: once for what it holds, once for its features. Of a table of corner points the corners are held, because the rows
of a plot may stand anywhere.
"""

import csv
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import shapely

from gis.formats.cells import is_empty
from gis.formats.corner_points import CornerPlot, is_northing_first, read_plots
from gis.formats.errors import SourceLayerError, SourceLimitError, SourceUnreadableError
from gis.formats.grids import TableRefusedError, TableRows, find_tables
from gis.formats.layer_streams import LayerDescription, geometry_field
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.shapefile_encoding import known_encoding
from gis.formats.table_columns import ColumnCells, shown
from gis.formats.table_headers import SAMPLE_ROWS, CornerLayout, WktLayout, column_names, find_layout

__all__ = ["describe", "list_layers", "stream"]

#: Ring and two coordinates of a corner, which are no fields.
_GEOMETRY_COLUMNS: Final = 3
_SRID: Final = re.compile(r"\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)


Feature = tuple[Sequence[Any], Callable[[], bytes | None]]


@dataclass(frozen=True)
class _TableLayer(ABC):
    """What is known of a table before its features are read.

    Attributes
    ----------
    names : tuple of str
        Of the columns that are attributes.
    columns : tuple of ColumnCells
    """

    names: tuple[str, ...]
    columns: tuple[ColumnCells, ...]
    feature_count: int
    geometry_type: str
    srids: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @abstractmethod
    def features(self, table: TableRows) -> Iterator[Feature]:
        """Yield the attributes of each feature, and what makes its geometry: WKB, None, or in words what is wrong."""


@dataclass(frozen=True)
class _WktTable(_TableLayer):
    """A feature a row."""

    layout: WktLayout = field(kw_only=True)
    positions: tuple[int, ...] = field(kw_only=True)

    def features(self, table: TableRows) -> Iterator[Feature]:
        for row in _data_rows(table.iterate(), self.layout.header_row):
            text = _cell(row, self.layout.geometry)
            yield [_cell(row, position) for position in self.positions], partial(_parse_wkt, text)


@dataclass(frozen=True)
class _CornerTable(_TableLayer):
    """A corner a row; a position of None is that of the plot's number."""

    plots: Mapping[str, CornerPlot] = field(kw_only=True)
    northing_first: bool = field(kw_only=True)
    positions: tuple[int | None, ...] = field(kw_only=True)

    def features(self, table: TableRows) -> Iterator[Feature]:  # noqa: ARG002 - the corners are held
        for name, plot in self.plots.items():
            yield self.cells(name, plot), partial(plot.wkb, northing_first=self.northing_first)

    def cells(self, name: str, plot: CornerPlot) -> list[Any]:
        """Return the attributes of a plot."""
        return [
            name if position is None else _common([_cell(row, position) for row in plot.rows])
            for position in self.positions
        ]


def list_layers(member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    kinds = {WktLayout: "Unknown", CornerLayout: "Polygon"}
    with _refusing():
        layouts = [(table, _find_layout(member, table)) for table in _tables(member, None, limits)]
    return [(_layer_name(member, table), None if layout is None else kinds[type(layout)]) for table, layout in layouts]


def describe(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> LayerDescription:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    with _refusing():
        table = _table(member, layer, encoding, limits)
        known = _examine(member, table, limits)
    if len(known.srids) > 1:
        raise SourceUnreadableError(
            f"{member.name} has rows in several reference systems (SRID {', '.join(sorted(known.srids))}); deliver a file for each."
        )
    source = None if table.encoding is None else ("content" if encoding is None else "given")
    return LayerDescription(
        driver=member.kind.value,
        crs_text=next((f"EPSG:{srid}" for srid in known.srids), None),
        encoding=table.encoding,
        encoding_source=source,
        fields=known.names,
        geometry_type=known.geometry_type,
        feature_count=known.feature_count,
        notes=known.notes,
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
    with _refusing():
        table = _table(member, layer, encoding, limits)
        known = _examine(member, table, limits)
        wanted = [known.names.index(name) for name in (known.names if columns is None else columns)]
        fields = [pa.field(known.names[at], known.columns[at].type) for at in wanted]
        schema = pa.schema([*fields, geometry_field()] if with_geometry else fields)
        features = known.features(table)
        while batch := list(islice(features, batch_size)):
            arrays = [known.columns[at].array([cells[at] for cells, _ in batch]) for at in wanted]
            if with_geometry:
                arrays.append(pa.array([geometry() for _, geometry in batch], pa.binary()))
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except TableRefusedError as error:
        raise SourceUnreadableError(f"{error}; deliver it again.") from error


@cache
def _tables(member: SourceMember, encoding: str | None, limits: ReadingLimits) -> list[TableRows]:
    csv.field_size_limit(limits.geometry_bytes)
    if encoding is not None and member.path.lower().endswith(".xlsx"):
        raise SourceUnreadableError(f"{member.name} (XLSX) fixes its encoding itself: do not name one.")
    return find_tables(Path(member.path), encoding=None if encoding is None else known_encoding(encoding))


def _layer_name(member: SourceMember, table: TableRows) -> str:
    return Path(member.name).stem if table.sheet is None else table.sheet


def _table(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> TableRows:
    return next(table for table in _tables(member, encoding, limits) if _layer_name(member, table) == layer)


def _find_layout(member: SourceMember, table: TableRows) -> WktLayout | CornerLayout | None:
    return find_layout(member.name, table.head(SAMPLE_ROWS))


@cache
def _examine(member: SourceMember, table: TableRows, limits: ReadingLimits) -> _TableLayer:
    match _find_layout(member, table):
        case WktLayout() as layout:
            known: _TableLayer = _examine_wkt(member, table, layout, limits)
        case CornerLayout() as layout:
            known = _examine_corners(member, table, layout, limits)
        case None:
            raise SourceLayerError(f"{member.name} has no column with geometry.")
    if len(known.names) > limits.fields:
        raise SourceLimitError(f"{member.name} has {len(known.names)} columns; at most {limits.fields} are read.")
    return known


def _rows(member: SourceMember, table: TableRows, limits: ReadingLimits) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table none of which is too wide."""
    for row in table.iterate():
        if len(row) > limits.fields + _GEOMETRY_COLUMNS:
            raise SourceLimitError(f"{member.name} has {len(row)} columns; at most {limits.fields} are read.")
        yield row


def _data_rows(rows: Iterator[Sequence[Any]], header_row: int) -> Iterator[Sequence[Any]]:
    for row in islice(rows, header_row + 1, None):
        if not all(is_empty(cell) for cell in row):
            yield row


def _cell(row: Sequence[Any], position: int) -> Any:  # noqa: ANN401 - cells hold anything
    cell = row[position] if position < len(row) else None
    return None if is_empty(cell) else cell


def _examine_wkt(member: SourceMember, table: TableRows, layout: WktLayout, limits: ReadingLimits) -> _WktTable:
    columns: list[ColumnCells] = []
    srids: set[str] = set()
    count = 0
    rows = _data_rows(_rows(member, table, limits), layout.header_row)
    for count, row in enumerate(rows, start=1):
        if count > limits.features:
            raise SourceLimitError(f"{member.name} has more than {limits.features} features; deliver it in parts.")
        if len(row) > len(columns):
            columns += [ColumnCells() for _ in range(len(row) - len(columns))]
        for position, cell in enumerate(row):
            if position != layout.geometry:
                columns[position].note(None if is_empty(cell) else cell)
            elif isinstance(cell, str) and (found := _SRID.match(cell)):
                srids.add(found[1])
    names = column_names(table.head(layout.header_row + 1).rows[layout.header_row], len(columns))
    kept = [position for position in range(len(columns)) if position != layout.geometry]
    return _WktTable(
        tuple(names[position] for position in kept),
        tuple(columns[position] for position in kept),
        count,
        "Unknown",
        frozenset(srids),
        layout=layout,
        positions=tuple(kept),
    )


def _parse_wkt(cell: Any) -> bytes | None:  # noqa: ANN401 - cells hold anything
    """Return WKB, or the text itself where it is no geometry or has arcs."""
    if cell is None:
        return None
    text = str(cell)
    with suppress(shapely.GEOSException, NotImplementedError):
        return bytes(shapely.to_wkb(shapely.from_wkt(_SRID.sub("", text, count=1))))
    return text.encode(errors="replace")


def _examine_corners(
    member: SourceMember, table: TableRows, layout: CornerLayout, limits: ReadingLimits
) -> _CornerTable:
    plots = read_plots(_rows(member, table, limits), layout)
    notes: tuple[str, ...] = ()
    northing_first = layout.is_northing_first
    if northing_first is None:
        northing_first = is_northing_first(plots)
        order = "northing and easting" if northing_first else "easting and northing"
        notes = (f"the columns X and Y were taken for {order}, as their values say",)
    width = max((len(row) for plot in plots.values() for row in plot.rows), default=0)
    names = column_names(table.head(layout.header_row + 1).rows[layout.header_row], width)
    left_out = {layout.ring, layout.first, layout.second}
    kept = [position for position in range(width) if position not in left_out]
    known = _CornerTable(
        tuple(names[position] for position in kept),
        tuple(ColumnCells() for _ in kept),
        len(plots),
        "Polygon",
        notes=notes,
        plots=plots,
        northing_first=northing_first,
        positions=tuple(None if position == layout.plot else position for position in kept),
    )
    for name, plot in plots.items():
        for column, cell in zip(known.columns, known.cells(name, plot), strict=True):
            column.note(cell)
    return known


def _common(cells: Sequence[Any]) -> Any:  # noqa: ANN401 - cells hold anything
    """Return what all corners of a plot say, or all that they say one after another, so that nothing is lost."""
    said = list(dict.fromkeys(cell for cell in cells if cell is not None))
    if len(said) <= 1:
        return said[0] if said else None
    return "; ".join(shown(cell) for cell in cells)
