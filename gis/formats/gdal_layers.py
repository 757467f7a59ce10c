"""Files that GDAL reads, each by the one driver of its kind. Used inside of the reading process only.

GDAL takes a file that is cut off or broken in its middle for one that ends there; so what was read is counted.
"""

import ctypes
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import pyogrio
import pyogrio._io
import pyogrio.core
import pyogrio.errors
import pyogrio.raw

from gis.formats.drawings import close_lines
from gis.formats.errors import SourceUnreadableError
from gis.formats.identification import SourceKind
from gis.formats.layer_streams import LayerDescription
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.shapefile_encoding import detect_shapefile_encoding, known_encoding, wrong_encoding

__all__ = ["GDAL_DRIVERS", "describe", "keep_only_drivers", "list_layers", "stream"]

GDAL_DRIVERS: Final = {
    SourceKind.SHAPEFILE: "ESRI Shapefile",
    SourceKind.GEOPACKAGE: "GPKG",
    SourceKind.FILE_GEODATABASE: "OpenFileGDB",
    SourceKind.GEOJSON: "GeoJSON",
    SourceKind.GEOJSON_SEQUENCE: "GeoJSONSeq",
    SourceKind.FLATGEOBUF: "FlatGeobuf",
    SourceKind.KML: "LIBKML",
    SourceKind.DXF: "DXF",
}
_ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    pyogrio.errors.FieldError,
    LookupError,
    OSError,
    pa.ArrowException,
)
_TAIL_BYTES: Final = 4096
# DXF says its code page in the header; where it is wrong, GDAL takes another from this setting.
_DXF_ENCODING: Final = "DXF_ENCODING"


def keep_only_drivers(kinds: Iterable[SourceKind]) -> None:
    """Take every driver from GDAL but those of these kinds, and make it take paths as they are written.

    What is left cannot open a virtual data set, a service or another format, whatever a file says of itself.
    """
    library = ctypes.CDLL(pyogrio._io.__file__)  # noqa: SLF001 - finds the GDAL that it is linked with
    library.GDALGetDriver.restype = ctypes.c_void_p
    library.GDALGetDriverShortName.restype = ctypes.c_char_p
    library.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
    library.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    kept = {GDAL_DRIVERS[kind].encode() for kind in kinds if kind in GDAL_DRIVERS}
    for index in reversed(range(library.GDALGetDriverCount())):
        driver = library.GDALGetDriver(index)
        if library.GDALGetDriverShortName(driver) not in kept:
            library.GDALDeregisterDriver(driver)
    # pyogrio takes "!" and "?" in a path for an archive and a query.
    pyogrio.raw.get_vsi_path_or_buffer = pyogrio.core.get_vsi_path_or_buffer = str


def list_layers(member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del limits
    if member.kind == SourceKind.DXF:
        _require_end(member)
    try:
        return [
            (str(name), kind if member.kind != SourceKind.KML or _has_features(member, name) else None)
            for name, kind in pyogrio.list_layers(member.path)
        ]
    except _ERRORS as error:
        raise _unreadable(member, error) from error


def _has_features(member: SourceMember, layer: str) -> bool:
    """Whether a folder has placemarks: the first document of a KMZ often only points at the others."""
    return bool(pyogrio.read_info(member.path, layer=layer)["features"])


def _require_end(member: SourceMember) -> None:
    """Refuse a drawing without its last line: what is cut off looks whole to GDAL."""
    path = Path(member.path)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        if not stream.read().rstrip(b" \t\r\n\0\x1a").endswith(b"EOF"):
            raise SourceUnreadableError(f"{member.name} has no EOF at its end: it is cut off; deliver it again.")


def describe(member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits) -> LayerDescription:
    """See :class:`gis.formats.layer_streams.LayerReader`."""
    del limits
    used, source = _encoding(member, encoding)
    _apply_encoding(member, used)
    try:
        info = pyogrio.read_info(member.path, layer=layer, encoding=_for_pyogrio(member, used))
    except UnicodeDecodeError as error:
        raise SourceUnreadableError(wrong_encoding(member.name, member.kind, used)) from error
    except _ERRORS as error:
        raise _unreadable(member, error) from error
    return LayerDescription(
        driver=member.kind.value,
        crs_text=None if member.kind == SourceKind.DXF else info["crs"],
        encoding=used,
        encoding_source=source,
        fields=tuple(str(name) for name in info["fields"]),
        geometry_type=info["geometry_type"],
        feature_count=info["features"],
    )


def _encoding(member: SourceMember, given: str | None) -> tuple[str | None, str | None]:
    """Return the encoding to read with, and what it is known from."""
    if given is not None:
        if member.kind not in {SourceKind.SHAPEFILE, SourceKind.DXF}:
            raise SourceUnreadableError(f"{member.name} ({member.kind}) fixes its encoding itself: do not name one.")
        return known_encoding(given), "given"
    if member.kind == SourceKind.SHAPEFILE:
        found = detect_shapefile_encoding(Path(member.path))
        return found.encoding, found.source
    return None, None


def _for_pyogrio(member: SourceMember, encoding: str | None) -> str | None:
    return encoding if member.kind == SourceKind.SHAPEFILE else None


def _apply_encoding(member: SourceMember, encoding: str | None) -> None:
    if member.kind == SourceKind.DXF and encoding is not None:
        pyogrio.set_gdal_config_options({_DXF_ENCODING: encoding})


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
    del limits
    _apply_encoding(member, encoding)
    options: dict[str, Any] = {} if columns is None else {"columns": list(columns)}
    read = 0
    try:
        with (
            warnings.catch_warnings(),
            pyogrio.raw.open_arrow(
                member.path,
                layer=layer,
                encoding=_for_pyogrio(member, encoding),
                batch_size=batch_size,
                read_geometry=with_geometry,
                use_pyarrow=True,
                **options,
            ) as (_, reader),
        ):
            warnings.simplefilter("ignore")
            for batch in reader:
                read += batch.num_rows
                yield close_lines(batch) if member.kind == SourceKind.DXF else batch
    except _ERRORS as error:
        raise SourceUnreadableError(f"{member.name} cannot be read to its end: {error}") from error
    _require_all(member, layer, read)


def _require_all(member: SourceMember, layer: str, read: int) -> None:
    """Refuse a file whose features do not all come out of it."""
    expected = _count(member, layer, read)
    if read < expected:
        raise SourceUnreadableError(
            f"{member.name} cannot be read to its end: it has {expected} features, and {read} could be read; it is broken or "
            "cut off. Deliver it again."
        )


def _count(member: SourceMember, layer: str, read: int) -> int:
    match member.kind:
        case SourceKind.GEOPACKAGE:
            return _count_rows(member, layer)
        case SourceKind.GEOJSON_SEQUENCE:
            return _count_documents(Path(member.path))
        case SourceKind.FLATGEOBUF | SourceKind.FILE_GEODATABASE:
            return int(pyogrio.read_info(member.path, layer=layer)["features"])
        case _:
            return read


def _count_rows(member: SourceMember, layer: str) -> int:
    """Count the rows of a table by the database itself, which says when a page is broken."""
    name = layer.replace('"', '""')
    try:
        with closing(sqlite3.connect(f"file:{quote(member.path)}?mode=ro&immutable=1", uri=True)) as database:
            (count,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - quoted above
    except sqlite3.DatabaseError as error:
        raise SourceUnreadableError(f"{member.name} cannot be read to its end: {error}. Deliver it again.") from error
    return int(count)


def _count_documents(path: Path) -> int:
    """Count the documents of a text sequence: those after separators (RFC 8142), or else the lines with text."""
    with path.open("rb") as stream:
        if stream.read(1) != b"\x1e":
            stream.seek(0)
            return sum(1 for line in stream if line.strip())
        stream.seek(0)
        return sum(block.count(b"\x1e") for block in iter(lambda: stream.read(1 << 20), b""))


def _unreadable(member: SourceMember, error: BaseException) -> SourceUnreadableError:
    reason = str(error).replace(member.path, member.name).rstrip(".")
    return SourceUnreadableError(f"{member.name} is broken or no {member.kind} ({reason}); deliver it again.")
