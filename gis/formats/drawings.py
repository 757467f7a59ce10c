"""Lines of a drawing that end where they begin: the outline of an area, although nobody flagged it as closed."""

import struct
from typing import Final

import pyarrow as pa

from gis.formats.layer_streams import geometry_position

__all__ = ["close_lines", "closed_line"]

# The reading process has no spatial library. In WKB a polygon of one ring is a line whose type is one higher, with the number of rings before it.
_LINES: Final = {2: 16, 1002: 24, 2002: 24, 3002: 32, 0x80000002: 24, 0x40000002: 24, 0xC0000002: 32}
_HEAD_BYTES: Final = 9
_LEAST_POINTS: Final = 4


def close_lines(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch in which lines that end exactly where they begin are polygons; all others stay what they are.

    GDAL makes polygons of polylines with the flag for closed ones. Much that is drawn in practice repeats its first corner instead.
    """
    position = geometry_position(batch.schema)
    if position is None:
        return batch
    field = batch.schema.field(position)
    closed = [None if wkb is None else closed_line(wkb) for wkb in batch.column(position).to_pylist()]
    return batch.set_column(position, field, pa.array(closed, type=field.type))


def closed_line(wkb: bytes) -> bytes:
    """Return the polygon of a line that ends exactly where it begins; any other geometry as it is.

    Examples
    --------
    >>> import shapely
    >>> from gis.formats.drawings import closed_line
    >>> shapely.from_wkb(closed_line(shapely.LineString([(0, 0), (1, 0), (1, 1), (0, 0)]).wkb)).wkt
    'POLYGON ((0 0, 1 0, 1 1, 0 0))'
    >>> shapely.from_wkb(closed_line(shapely.LineString([(0, 0), (1, 0), (1, 1)]).wkb)).geom_type
    'LineString'
    """
    if len(wkb) < _HEAD_BYTES:
        return wkb
    order = "<" if wkb[0] == 1 else ">"
    kind, count = struct.unpack(f"{order}II", wkb[1:_HEAD_BYTES])
    size = _LINES.get(kind)
    if size is None or count < _LEAST_POINTS or len(wkb) != _HEAD_BYTES + count * size:
        return wkb
    if wkb[_HEAD_BYTES : _HEAD_BYTES + size] != wkb[-size:]:
        return wkb
    return wkb[:1] + struct.pack(f"{order}II", kind + 1, 1) + wkb[5:]
