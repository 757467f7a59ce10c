"""GeoParquet, read one row group after another.

References
----------
.. [1] GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from gis.formats.errors import SourceUnreadableError
from gis.formats.layer_streams import GEOMETRY_METADATA, LayerDescription
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember

__all__ = ["describe", "list_layers", "stream"]

# GeoParquet 1.1, "crs": a column without one is in OGC:CRS84; only null says that it is not known.
_DEFAULT_CRS: Final = "OGC:CRS84"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column is the geometry, and which are attributes."""

    geometry: str
    crs_text: str | None
    geometry_type: str
    attributes: tuple[str, ...]


def list_layers(member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del limits
    with _opened(member) as file:
        layout = _layout(member, file)
    return [(Path(member.name).stem, None if layout is None else layout.geometry_type)]


def describe(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> LayerDescription:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del layer, limits
    if encoding is not None:
        raise SourceUnreadableError(f"{member.name} (GeoParquet) fixes its encoding itself: do not name one.")
    with _opened(member) as file:
        layout, rows = _required_layout(member, file), file.metadata.num_rows
    return LayerDescription(
        driver=member.kind.value,
        crs_text=layout.crs_text,
        encoding=None,
        encoding_source=None,
        fields=layout.attributes,
        geometry_type=layout.geometry_type,
        feature_count=rows,
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
    with _opened(member) as file:
        layout = _required_layout(member, file)
        wanted = list(layout.attributes if columns is None else columns)
        if with_geometry:
            wanted.append(layout.geometry)
        try:
            for batch in file.iter_batches(batch_size=batch_size, columns=wanted, use_threads=False):
                yield _marked(batch.select(wanted), layout.geometry) if with_geometry else batch.select(wanted)
        except (pa.ArrowException, OSError) as error:
            raise SourceUnreadableError(f"{member.name} cannot be read to its end: {error}") from error


def _opened(member: SourceMember) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(member.path, memory_map=False, pre_buffer=False, arrow_extensions_enabled=False)
    except (pa.ArrowException, OSError) as error:
        raise SourceUnreadableError(
            f"{member.name} is a broken or truncated Parquet file ({error}); deliver it again."
        ) from error


def _required_layout(member: SourceMember, file: pq.ParquetFile) -> _Layout:
    layout = _layout(member, file)
    if layout is None:
        raise SourceUnreadableError(
            f"{member.name} is a Parquet file without the metadata `geo`, so nothing says which column is the geometry; "
            "write it as GeoParquet."
        )
    return layout


def _layout(member: SourceMember, file: pq.ParquetFile) -> _Layout | None:
    # Of the file, where the specification has it: the Arrow schema inside may have been stored before it was known.
    said = (file.metadata.metadata or {}).get(b"geo")
    if said is None:
        return None
    try:
        geo = json.loads(said)
        primary = geo["primary_column"]
        column = geo["columns"][primary]
        encoding, crs = column["encoding"], column.get("crs", _DEFAULT_CRS)
        kinds = column.get("geometry_types") or []
        covering = {path[0] for path in column.get("covering", {}).get("bbox", {}).values()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise SourceUnreadableError(
            f"{member.name} has metadata `geo` that is not GeoParquet's ({error!r}); write it anew."
        ) from error
    _require_wkb(member, file.schema_arrow, primary, encoding)
    names = tuple(name for name in file.schema_arrow.names if name != primary and name not in covering)
    return _Layout(primary, _crs_text(crs), kinds[0] if len(kinds) == 1 else "Unknown", names)


def _require_wkb(member: SourceMember, schema: pa.Schema, primary: object, encoding: object) -> None:
    if encoding != "WKB":
        raise SourceUnreadableError(
            f"{member.name} holds its geometry in the GeoArrow encoding {encoding!r}, which is not read; write it as WKB."
        )
    kind = schema.field(primary).type if isinstance(primary, str) and primary in schema.names else None
    if kind is None or not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        raise SourceUnreadableError(f"{member.name} has no column {primary!r} with WKB, as its metadata `geo` says.")


def _crs_text(crs: Any) -> str | None:  # noqa: ANN401 - PROJJSON, null, or what the default is
    return crs if crs is None or isinstance(crs, str) else json.dumps(crs)


def _marked(batch: pa.RecordBatch, geometry: str) -> pa.RecordBatch:
    """Mark the last column as the geometry, as 32-bit binary."""
    fields = [*list(batch.schema)[:-1], pa.field(geometry, pa.binary(), metadata=GEOMETRY_METADATA)]
    return pa.RecordBatch.from_arrays(
        [*batch.columns[:-1], batch.column(batch.num_columns - 1).cast(pa.binary())], schema=pa.schema(fields)
    )
