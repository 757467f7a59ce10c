"""Batches of features as Arrow record batches, for the writers that take these."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyproj
import shapely

from gis.arrays import GeometryArray
from gis.formats.writing.model import FieldType, OutputBatch, OutputField
from gis.formats.writing.projecting import place_geometries

__all__ = ["GEOMETRY_NAME", "FitColumn", "arrow_schema", "as_json_text", "iter_record_batches", "without_conflict"]

GEOMETRY_NAME: Final = "geometry"
_TYPES: Final = {
    FieldType.STRING: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.TIMESTAMP: pa.timestamp("ms", tz="UTC"),
    FieldType.JSON: pa.string(),
}

#: What a format makes of the texts of a field: the name of the field and its values.
FitColumn = Callable[[str, Sequence[str | None]], Sequence[str | None]]


def without_conflict(name: str, names: Iterable[str]) -> str:
    """Return a name for the geometry that no field has."""
    taken = {taken.lower() for taken in names}
    while name.lower() in taken:
        name += "_"
    return name


def as_json_text(value: Any) -> str | None:  # noqa: ANN401  any JSON value
    """Return the text of a JSON value; None stays None."""
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def arrow_schema(
    fields: Sequence[OutputField], names: Mapping[str, str], geometry_name: str, further: Sequence[pa.Field] = ()
) -> pa.Schema:
    """Return the schema: the fields under their names in the file, then the geometry as WKB."""
    columns = [pa.field(names.get(item.name, item.name), _TYPES[item.type]) for item in fields]
    return pa.schema([*columns, pa.field(geometry_name, pa.binary()), *further])


def iter_record_batches(
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    schema: pa.Schema,
    crs: pyproj.CRS,
    *,
    fit: FitColumn | None = None,
    finish: Callable[[GeometryArray], GeometryArray] | None = None,
) -> Iterator[tuple[pa.RecordBatch, GeometryArray]]:
    """Yield each batch as one record batch and its geometries in the system they are written in.

    ``fit`` is asked for every column of text, ``finish`` for the geometries.
    """
    for batch in batches:
        placed = place_geometries(batch.geometries, crs)
        if finish is not None:
            placed = finish(placed)
        columns = [_column(batch.columns[item.name], item, fit) for item in fields]
        columns.append(pa.array(shapely.to_wkb(placed), pa.binary()))
        yield pa.RecordBatch.from_arrays(columns, schema=pa.schema(list(schema)[: len(columns)])), placed


def _column(values: Sequence[Any], item: OutputField, fit: FitColumn | None) -> pa.Array:
    if item.type is FieldType.JSON:
        values = [as_json_text(value) for value in values]
    if fit is not None and item.type in {FieldType.STRING, FieldType.JSON}:
        values = fit(item.name, values)
    return pa.array(values, _TYPES[item.type])
