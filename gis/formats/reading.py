"""Delivered files of every format: what is in them, and their features in a stream.

Files come from strangers. They are told apart by their content, archives are looked at before they are unpacked, and what
reads them is a process of its own (:mod:`gis.formats.reader_pipe`).
"""

import hashlib
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from gis.arrays import FloatArray, all_but
from gis.formats.errors import EncodingUnknownError, SourceLayerError, SourceLimitError, SourceUnreadableError
from gis.formats.features import (
    FeatureBatch,
    SourceLayer,
    VectorSource,
    decode_wkb,
    plain_polygons_of,
    unreadable_reason,
    wkb_values,
)
from gis.formats.kept_batches import KeptBatches, KeptColumn
from gis.formats.layer_streams import geometry_position
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits
from gis.formats.members import SourceMember, find_members
from gis.formats.reader_pipe import ask, ask_and_stream, stream_batches
from gis.formats.shapefile_encoding import wrong_encoding
from gis.formats.shapefile_parts import shapefile_parts
from gis.formats.workspace import Workspace

__all__ = [
    "BATCH_SIZE",
    "EncodingUnknownError",
    "FeatureBatch",
    "ReadingLimits",
    "SourceLayer",
    "SourceLayerError",
    "SourceLimitError",
    "SourceOverview",
    "SourceUnreadableError",
    "VectorSource",
    "file_sha256",
    "iter_features",
    "list_source_layers",
    "open_source",
    "read_bounds",
    "read_overview",
    "unreadable_reason",
]

BATCH_SIZE: Final = 20_000
_WHOLE: Final = {"columns": None, "with_geometry": True, "batch_size": BATCH_SIZE}


def open_source(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    limits: ReadingLimits = DEFAULT_LIMITS,
    read_on: bool = False,
) -> VectorSource:
    """Describe one layer of a file.

    Parameters
    ----------
    path : Path
        A file of any format of the intake, a folder with such files, or a ZIP archive of them.
    layer : str, optional
        May be left out when the file has only one with geometry.
    encoding : str, optional
        Of the texts of a shapefile, DXF drawing or table; told from the file when left out. Other formats say theirs.
    limits : ReadingLimits, optional
        How much is read of the file, now and later.
    read_on : bool
        Whether :func:`read_overview` follows: the reading process then goes on to the features, and no other has to be started.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceLimitError, EncodingUnknownError
    """
    workspace = Workspace()
    begun: list[Generator[pa.RecordBatch]] = []
    try:
        members, request = _opening(path, layer, encoding, limits, workspace)
        if read_on:
            content, features = ask_and_stream(request | {"read_on": True, **_WHOLE}, limits)
            begun.append(features)
        else:
            content = ask(request, limits)
        source = content["source"]
        return VectorSource(
            path=path,
            layer=content["layer"],
            crs=_crs(path, source["crs_text"]),
            member=members[content["member"]],
            inner_layer=content["inner"],
            limits=limits,
            workspace=workspace,
            kept=KeptBatches(workspace.new_folder()),
            begun=begun,
            **source | {"fields": tuple(source["fields"]), "notes": tuple(source["notes"])},
        )
    except BaseException:
        for features in begun:
            features.close()
        workspace.close()
        raise


def list_source_layers(path: Path, *, limits: ReadingLimits = DEFAULT_LIMITS) -> tuple[SourceLayer, ...]:
    """List all layers of a file, of an archive those of all its files; tables without geometry too.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
    """
    with Workspace() as workspace:
        _, request = _opening(path, None, None, limits, workspace)
        content = ask(request | {"list_only": True}, limits)
    return tuple(SourceLayer(name, kind) for name, kind in content["layers"])


def _opening(
    path: Path, layer: str | None, encoding: str | None, limits: ReadingLimits, workspace: Workspace
) -> tuple[Sequence[SourceMember], dict[str, Any]]:
    members = find_members(path, limits, workspace)
    request = {
        "task": "open",
        "name": path.name,
        "members": [member.as_json() for member in members],
        "layer": layer,
        "encoding": encoding,
        "list_only": False,
        "read_on": False,
    }
    return members, request


def _crs(path: Path, text: str | None) -> pyproj.CRS | None:
    if text is None:
        return None
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise SourceUnreadableError(
            f"{path.name} names a coordinate reference system that cannot be understood ({text[:80]!r}); correct it."
        ) from error


def iter_features(source: VectorSource, *, batch_size: int = BATCH_SIZE) -> Iterator[FeatureBatch]:
    """Read the features of a source in their order, batch by batch.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
        When reading fails half way: what came before was not the whole file.
    """
    first_row = 1
    is_kept = source.kept is not None and source.kept.is_whole
    batches = source.kept.read(batch_size) if source.kept is not None and is_kept else _batches(source, batch_size)
    for batch in batches:
        position = geometry_position(batch.schema)
        if position is None:
            raise SourceLayerError(f"Layer {source.layer!r} of {source.path.name} has no geometry.")
        others = batch.select([column for column in range(batch.num_columns) if column != position])
        try:
            attributes = others.to_pylist() if others.num_columns else [{} for _ in range(len(batch))]
        except UnicodeDecodeError as error:
            raise SourceUnreadableError(
                wrong_encoding(source.path.name, source.member.kind, source.encoding)
            ) from error
        yield FeatureBatch(first_row, batch.column(position), None, attributes)
        first_row += len(batch)


def _batches(source: VectorSource, batch_size: int) -> Iterator[pa.RecordBatch]:
    request = {
        "task": "read",
        "name": source.path.name,
        "members": [source.member.as_json()],
        "inner": source.inner_layer,
        "encoding": source.encoding,
        **_WHOLE,
        "batch_size": batch_size,
    }
    return stream_batches(request, source.limits)


@dataclass(frozen=True, slots=True)
class SourceOverview:
    """What is asked of a whole file before its features are taken in, read in one pass.

    Attributes
    ----------
    bounds : ndarray of float64, shape (n, 4)
        minx, miny, maxx, maxy in the file's own coordinates; NaN where there is no geometry, or none that can be read.
    columns : mapping of str to KeptColumn
        Attributes of all features, in their order, by the name of the field.
    """

    bounds: FloatArray
    columns: Mapping[str, KeptColumn]


def read_overview(source: VectorSource, columns: Collection[str] = ()) -> SourceOverview:
    """Read the bounds and some attributes of all features, in their order; the features are kept for :func:`iter_features`.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
    """
    bounds = [np.empty((0, 4))]
    values = {name: KeptColumn() for name in columns}
    batches = source.begun.pop() if source.begun else _batches(source, BATCH_SIZE)
    for batch in batches if source.kept is None else source.kept.keep(batches):
        position = geometry_position(batch.schema)
        if position is not None:
            bounds.append(_bounds(batch.column(position)))
        for at, name in enumerate(batch.schema.names):
            if at != position and name in values:
                _keep_column(values[name], batch.column(at), source)
    return SourceOverview(np.concatenate(bounds), values)


def _bounds(column: pa.Array) -> FloatArray:
    """Return the bounds of geometries; of polygons of one ring, as nearly all are, without making a geometry of each."""
    positions, plain = plain_polygons_of(column)
    others = all_but(positions, len(column))
    bounds = np.empty((len(column), 4))
    bounds[positions] = plain.bounds()
    with np.errstate(invalid="ignore"):
        bounds[others] = shapely.bounds(decode_wkb(wkb_values(column.take(pa.array(others)))))
    return bounds


def _keep_column(column: KeptColumn, values: pa.Array, source: VectorSource) -> None:
    try:
        column.append(values)
    except UnicodeDecodeError as error:
        raise SourceUnreadableError(wrong_encoding(source.path.name, source.member.kind, source.encoding)) from error


def read_bounds(source: VectorSource) -> FloatArray:
    """Read the bounds of all features; see :class:`SourceOverview`."""
    return read_overview(source).bounds


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a delivery: of the file, or of all parts of a shapefile or folder with their names."""
    digest = hashlib.sha256()
    for part in _parts(path):
        if part != path:
            digest.update(part.name.lower().encode())
        with part.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    if path.suffix.lower() == ".shp":
        return sorted(shapefile_parts(path).values())
    return [path]
