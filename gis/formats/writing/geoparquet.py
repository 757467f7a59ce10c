"""GeoParquet 1.1, one row group for each batch.

References
----------
.. [1] GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from gis.arrays import GeometryArray
from gis.formats.writing.arrow import GEOMETRY_NAME, arrow_schema, iter_record_batches, without_conflict
from gis.formats.writing.model import OutputBatch, OutputField, WriteReport

__all__ = ["write_geoparquet"]

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")
_BOX: Final = pa.struct([(side, pa.float64()) for side in _SIDES])


def write_geoparquet(
    path: Path, batches: Iterable[OutputBatch], fields: Sequence[OutputField], crs: pyproj.CRS, report: WriteReport
) -> None:
    """Write a file with the box of every feature, so that readers skip row groups; the metadata come last, with the whole box."""
    names = [item.name for item in fields]
    geometry_name, box_name = without_conflict(GEOMETRY_NAME, names), without_conflict("bbox", names)
    schema = arrow_schema(fields, {}, geometry_name, [pa.field(box_name, _BOX)])
    types: set[str] = set()
    extent = np.full(4, np.nan)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for record, placed in iter_record_batches(batches, fields, schema, crs):
            bounds = shapely.bounds(placed)
            columns = [*record.columns, _boxes(bounds)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            extent = np.concatenate([np.fmin.reduce([extent, *bounds])[:2], np.fmax.reduce([extent, *bounds])[2:]])
            types |= _type_names(placed)
            report.count += len(placed)
            report.without_geometry += int((shapely.is_missing(placed) | shapely.is_empty(placed)).sum())
        metadata = _metadata(geometry_name, box_name, crs, sorted(types), extent.tolist())
        writer.add_key_value_metadata({"geo": json.dumps(metadata)})


def _boxes(bounds: np.ndarray[Any, np.dtype[np.float64]]) -> pa.StructArray:
    missing = np.isnan(bounds).any(axis=1)
    sides = [pa.array(bounds[:, position], pa.float64(), mask=missing) for position in range(4)]
    return pa.StructArray.from_arrays(sides, fields=list(_BOX), mask=pa.array(missing))


def _type_names(placed: GeometryArray) -> set[str]:
    return {shapely.GeometryType(int(kind)).name for kind in np.unique(shapely.get_type_id(placed)) if kind >= 0}


_WRITTEN: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "LINEARRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}


def _metadata(
    geometry_name: str, box_name: str, crs: pyproj.CRS, types: Sequence[str], extent: Sequence[float]
) -> dict[str, Any]:
    # Coordinates are x, y whatever the axis order of the system, as the specification wants it.
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [_WRITTEN[name] for name in types],
        "crs": crs.to_json_dict(),
        "covering": {"bbox": {side: [box_name, side] for side in _SIDES}},
    }
    if not np.isnan(extent).any():
        column["bbox"] = list(extent)
    return {"version": "1.1.0", "primary_column": geometry_name, "columns": {geometry_name: column}}
