"""The process that reads: started for one file, confined, and gone when it has answered.

``python -m gis.formats.reader_process REQUEST``, where REQUEST is JSON (see :mod:`gis.formats.reader_pipe`). The answer goes
to standard output: JSON, or an Arrow stream. The last line of standard error says how it ended.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gis.formats import errors
from gis.formats.identification import SourceKind
from gis.formats.layer_choice import choose_layer, name_layers
from gis.formats.layer_streams import LayerReader, geometry_position
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.sandbox import confine
from gis.formats.wkb_depth import deepest_nesting

__all__ = ["END_MARK", "main"]

END_MARK: Final = "\x1e"
_TABLES: Final = frozenset({SourceKind.CSV, SourceKind.XLSX})
GDAL_KINDS: Final = frozenset(SourceKind) - _TABLES - {SourceKind.GEOPARQUET, SourceKind.BOUNDARY_POINTS}
_BATCH_BYTES: Final = 64 << 20


def main() -> None:
    """Answer the request of the command line."""
    request = json.loads(sys.argv[1])
    limits = ReadingLimits(**request["limits"])
    confine(limits.memory_bytes, limits.cpu_seconds)
    try:
        ending = _answer(request, limits)
    except (errors.SourceUnreadableError, errors.SourceLayerError, errors.EncodingUnknownError) as error:
        ending = {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        ending = {
            "error": "SourceLimitError",
            "message": f"{request['name']} needs more memory than {limits.memory_bytes >> 20} MiB; deliver it in parts.",
        }
    sys.stderr.write(f"\n{END_MARK}{json.dumps(ending)}\n")


def _answer(request: dict[str, Any], limits: ReadingLimits) -> dict[str, Any]:
    members = [SourceMember.from_json(member) for member in request["members"]]
    if any(member.kind in GDAL_KINDS for member in members):
        _gdal().keep_only_drivers({member.kind for member in members})
    if request["task"] == "open":
        content = _open(members, request, limits)
        sys.stdout.write(f"{json.dumps(content)}\n")
        if not request["read_on"]:
            return {"rows": 0}
        sys.stdout.flush()
        member = members[content["member"]]
        request |= {"inner": content["inner"], "encoding": content["source"]["encoding"]}
    else:
        (member,) = members
    rows = _send(_batches(member, request, limits), limits, request["name"], is_geometry=request["with_geometry"])
    return {"rows": rows}


def _open(members: Sequence[SourceMember], request: dict[str, Any], limits: ReadingLimits) -> dict[str, Any]:
    """List the layers of all members and describe the chosen one, unless only the list is asked for."""
    found = [
        (index, name, kind)
        for index, member in enumerate(members)
        for name, kind in _reader(member).list_layers(member, limits)
    ]
    if len(found) > limits.layers:
        raise errors.SourceLimitError(f"{request['name']} has {len(found)} layers; at most {limits.layers} are read.")
    names = name_layers([(members[index], name) for index, name, _ in found])
    listed = [(name, kind) for name, (_, _, kind) in zip(names, found, strict=True)]
    content: dict[str, Any] = {"layers": listed}
    if not request["list_only"]:
        if all(member.kind in _TABLES for member in members) and not any(kind for _, kind in listed):
            raise errors.SourceLayerError(
                f"{request['name']} has no layer with geometry: neither a column with WKT nor columns with the plot (地块编号), "
                "ring (圈号) and coordinates (X, Y) of corner points were found."
            )
        position = choose_layer(request["name"], listed, request["layer"])
        index, inner, _ = found[position]
        reader = _reader(members[index])
        description = reader.describe(members[index], inner, request["encoding"], limits)
        if len(description.fields) > limits.fields:
            raise errors.SourceLimitError(
                f"{request['name']} has {len(description.fields)} fields; at most {limits.fields} are read."
            )
        content |= {"member": index, "inner": inner, "layer": names[position], "source": description.as_json()}
    return content


def _reader(member: SourceMember) -> LayerReader:
    """Return the module that reads a kind of file; no other is imported."""
    match member.kind:
        case SourceKind.GEOPARQUET:
            name = "geoparquet"
        case SourceKind.CSV | SourceKind.XLSX:
            name = "table_layers"
        case SourceKind.BOUNDARY_POINTS:
            name = "boundary_point_layers"
        case _:
            return cast("LayerReader", _gdal())
    return cast("LayerReader", importlib.import_module(f"gis.formats.{name}"))


def _gdal() -> ModuleType:
    with _hidden("geopandas", "pandas", "pyproj", "shapely"):
        return importlib.import_module("gis.formats.gdal_layers")


@contextmanager
def _hidden(*names: str) -> Iterator[None]:
    """Hide modules that pyogrio imports where they are there: nothing here needs them, and they take longer than the rest."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _batches(member: SourceMember, request: dict[str, Any], limits: ReadingLimits) -> Iterator[pa.RecordBatch]:
    return _reader(member).stream(
        member,
        request["inner"],
        request["encoding"],
        columns=request["columns"],
        with_geometry=request["with_geometry"],
        batch_size=request["batch_size"],
        limits=limits,
    )


def _send(batches: Iterator[pa.RecordBatch], limits: ReadingLimits, name: str, *, is_geometry: bool) -> int:
    """Write batches to standard output as they come."""
    rows = 0
    writer = None
    for batch in batches:
        sent = _plain(batch)
        rows += sent.num_rows
        if rows > limits.features:
            raise errors.SourceLimitError(f"{name} has more than {limits.features} features; deliver it in parts.")
        _require_limits(sent, limits, name, rows - sent.num_rows, is_geometry=is_geometry)
        if writer is None:
            writer = pa.ipc.new_stream(sys.stdout.buffer, sent.schema)
        parts = 1 + sent.nbytes // _BATCH_BYTES
        step = -(-sent.num_rows // parts)
        for start in range(0, sent.num_rows, max(1, step)):
            writer.write_batch(sent.slice(start, step))
    if writer is not None:
        writer.close()
    return rows


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Take a coded value for what the file holds: GDAL gives the code as an index, and its description as the value."""
    if not any(pa.types.is_dictionary(kind) for kind in batch.schema.types):
        return batch
    columns = [column.indices if pa.types.is_dictionary(column.type) else column for column in batch.columns]
    fields = [field.with_type(column.type) for field, column in zip(batch.schema, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _require_limits(
    batch: pa.RecordBatch, limits: ReadingLimits, name: str, rows_before: int, *, is_geometry: bool
) -> None:
    geometry = geometry_position(batch.schema) if is_geometry else None
    for position, column in enumerate(batch.columns):
        lengths = _lengths(column)
        most = limits.geometry_bytes if position == geometry else limits.attribute_bytes
        longest = int(lengths.max(initial=0))
        if longest > most:
            row = rows_before + 1 + int(lengths.argmax())
            what = "a geometry" if position == geometry else f"a value of {batch.schema.names[position]!r}"
            raise errors.SourceLimitError(f"{name}, row {row}: {what} has {longest} bytes; at most {most} are read.")
    depth = 0 if geometry is None else deepest_nesting(batch.column(geometry))
    if depth > limits.geometry_depth:
        raise errors.SourceLimitError(
            f"{name}: geometries are nested {depth} deep after row {rows_before}; at most {limits.geometry_depth} are read."
        )


def _lengths(column: pa.Array) -> npt.NDArray[np.int64]:
    """Return the lengths in bytes of texts and binary values; of other columns nothing."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_string(kind):
        width = np.int32
    elif pa.types.is_large_binary(kind) or pa.types.is_large_string(kind):
        width = np.int64  # type: ignore[assignment]
    else:
        return np.empty(0, np.int64)
    if len(column) == 0:
        return np.empty(0, np.int64)
    offsets = np.frombuffer(column.buffers()[1], width)[column.offset : column.offset + len(column) + 1]
    return np.diff(offsets).astype(np.int64)


if __name__ == "__main__":
    main()
