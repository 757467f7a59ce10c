"""Boundary-point files (勘测定界界址点坐标 TXT) as layers. Used in the reading process only."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import shapely

from gis.formats.boundary_points import BoundaryPlot, BoundaryPointFile, read_boundary_points
from gis.formats.errors import SourceUnreadableError
from gis.formats.layer_streams import LayerDescription, geometry_field
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember

__all__ = ["describe", "list_layers", "stream"]

_FIELDS: Final = (
    ("plot_code", pa.string()),
    ("plot_name", pa.string()),
    ("area_declared_ha", pa.float64()),
    ("use_name", pa.string()),
    ("land_use_code", pa.string()),
    ("map_sheet", pa.string()),
    ("level", pa.string()),
    ("extra", pa.string()),
    ("faults", pa.string()),
)
_NOTES: Final = 50


def list_layers(member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del limits
    return [(Path(member.name).stem, "Polygon")]


def describe(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> LayerDescription:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del layer, limits
    if encoding is not None:
        raise SourceUnreadableError(
            f"{member.name} is a boundary-point file, whose encoding (UTF-8 or GBK) is told from its text: do not name one."
        )
    read = _read(member)
    if not read.plots:
        why = "; ".join(fault.text_en for fault in read.faults)
        raise SourceUnreadableError(f"{member.name} is a boundary-point file without plots ({why}); deliver it again.")
    return LayerDescription(
        driver=member.kind.value,
        crs_text=None if read.crs is None else read.crs.to_wkt(),
        encoding=read.encoding,
        encoding_source="content",
        fields=tuple(name for name, _ in _FIELDS),
        geometry_type="Polygon",
        feature_count=len(read.plots),
        notes=tuple(fault.text_en for fault in read.faults[:_NOTES]),
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
    del layer, encoding, limits
    types = dict(_FIELDS)
    wanted = list(types if columns is None else columns)
    fields = [pa.field(name, types[name]) for name in wanted]
    if with_geometry:
        fields.append(geometry_field())
    plots = _read(member).plots
    for start in range(0, len(plots), batch_size):
        part = plots[start : start + batch_size]
        rows = [_values(plot) for plot in part]
        arrays = [pa.array([row[name] for row in rows], types[name]) for name in wanted]
        if with_geometry:
            arrays.append(pa.array([_wkb(plot) for plot in part], pa.binary()))
        yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


@cache
def _read(member: SourceMember) -> BoundaryPointFile:
    return read_boundary_points(Path(member.path))


def _values(plot: BoundaryPlot) -> dict[str, str | float | None]:
    return {
        "plot_code": plot.number or None,
        "plot_name": plot.name or None,
        "area_declared_ha": plot.declared_area_ha,
        "use_name": plot.use or None,
        "land_use_code": plot.code or None,
        "map_sheet": plot.map_sheet or None,
        "level": plot.level or None,
        "extra": ",".join(plot.extra) or None,
        "faults": "; ".join(fault.text_en for fault in plot.faults) or None,
    }


def _wkb(plot: BoundaryPlot) -> bytes | None:
    """Return the geometry; of a plot that cannot be used, why, and its lines as they were delivered."""
    if plot.rejection is not None:
        return "\n".join([plot.rejection.text_en, *plot.lines]).encode()
    return None if plot.geometry is None else bytes(shapely.to_wkb(plot.geometry))
