"""What kind of file something is, told from its content; its name only has to agree."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Final

from gis.formats.archives import opened
from gis.formats.errors import SourceUnreadableError
from gis.formats.office_files import COMPOUND_FILE, describe_compound_file

__all__ = ["EXTENSIONS", "SourceKind", "identify"]

HEAD_BYTES: Final = 1 << 16


class SourceKind(StrEnum):
    """The formats that are read, by the names they are reported under."""

    SHAPEFILE = "ESRI Shapefile"
    GEOPACKAGE = "GPKG"
    FILE_GEODATABASE = "OpenFileGDB"
    GEOJSON = "GeoJSON"
    GEOJSON_SEQUENCE = "GeoJSONSeq"
    FLATGEOBUF = "FlatGeobuf"
    GEOPARQUET = "Parquet"
    KML = "KML"
    KMZ = "KMZ"
    DXF = "DXF"
    BOUNDARY_POINTS = "TXT"
    CSV = "CSV"
    XLSX = "XLSX"
    ZIP = "ZIP"


_JSON: Final = frozenset({SourceKind.GEOJSON, SourceKind.GEOJSON_SEQUENCE})
# What a file of this extension may hold.
EXTENSIONS: Final[dict[str, frozenset[SourceKind]]] = {
    ".shp": frozenset({SourceKind.SHAPEFILE}),
    ".gpkg": frozenset({SourceKind.GEOPACKAGE}),
    ".gdb": frozenset({SourceKind.FILE_GEODATABASE}),
    ".geojson": _JSON,
    ".json": _JSON,
    ".geojsonl": _JSON,
    ".geojsons": _JSON,
    ".ndjson": _JSON,
    ".jsonl": _JSON,
    ".fgb": frozenset({SourceKind.FLATGEOBUF}),
    ".parquet": frozenset({SourceKind.GEOPARQUET}),
    ".geoparquet": frozenset({SourceKind.GEOPARQUET}),
    ".kml": frozenset({SourceKind.KML}),
    ".kmz": frozenset({SourceKind.KMZ}),
    ".dxf": frozenset({SourceKind.DXF}),
    ".txt": frozenset({SourceKind.BOUNDARY_POINTS, SourceKind.CSV}),
    ".csv": frozenset({SourceKind.CSV}),
    ".tsv": frozenset({SourceKind.CSV}),
    ".xlsx": frozenset({SourceKind.XLSX}),
    ".zip": frozenset({SourceKind.ZIP}),
    ".shz": frozenset({SourceKind.ZIP}),
}
_MARKS: Final[tuple[tuple[bytes, SourceKind], ...]] = (
    (b"\x00\x00\x27\x0a", SourceKind.SHAPEFILE),
    (b"PAR1", SourceKind.GEOPARQUET),
    (b"fgb\x03", SourceKind.FLATGEOBUF),
    (b"\x1e", SourceKind.GEOJSON_SEQUENCE),
)
# Formats that are recognised only to say what to do with them.
_REFUSED: Final[tuple[tuple[bytes, str], ...]] = (
    (b"Rar!", "a RAR archive; pack the delivery as .zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; pack the delivery as .zip"),
    (b"\x1f\x8b", "packed by gzip; pack the delivery as .zip"),
    (b"\x00\x01\x00\x00Standard Jet DB", "a personal geodatabase (.mdb); export it as a file geodatabase (.gdb)"),
    (b"\x00\x01\x00\x00Standard ACE DB", "an Access database; export it as a file geodatabase (.gdb)"),
    (b"AutoCAD Binary DXF", "a binary DXF file; save it as an ASCII DXF file"),
    (b"AC10", "a DWG drawing; save it as an ASCII DXF file"),
    (b"%PDF", "a PDF document; deliver the data it was made from"),
    (b"\x89PNG", "a picture; deliver the data it was made from"),
    (b"\xff\xd8\xff", "a picture; deliver the data it was made from"),
)
_SIDECARS: Final = frozenset({".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix"})
_BOUNDARY_POINT_HEADS: Final = tuple(
    head.encode(encoding) for head in ("[属性描述]", "[地块坐标]") for encoding in ("utf-8", "gb18030")
)
_DXF_START: Final = re.compile(rb"\A(\s*999[ \t]*\r?\n[^\n]*\n)*\s*0[ \t]*\r?\n[ \t]*SECTION\b")
_OTHER_XML: Final = re.compile(rb"<([A-Za-z][\w.:-]*)")


def identify(path: Path) -> SourceKind:
    """Tell the kind of a file or folder.

    Raises
    ------
    SourceUnreadableError
        When it is empty, of no kind that is read, or its extension says another kind than its content.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from gis.formats.identification import identify
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.geojson")
    ...     _ = path.write_text('{"type": "FeatureCollection", "features": []}')
    ...     identify(path).value
    'GeoJSON'
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return SourceKind.FILE_GEODATABASE
    if suffix in _SIDECARS:
        raise SourceUnreadableError(f"{path.name} is a part of a shapefile; name its .shp file.")
    head = _read_head(path)
    kind = _kind_of(path, head)
    allowed = EXTENSIONS.get(suffix)
    if allowed is not None and kind not in allowed:
        right = ", ".join(other for other, kinds in EXTENSIONS.items() if kind in kinds)
        raise SourceUnreadableError(
            f"{path.name} is named {suffix}, but its content is {kind.value}; if that is meant, rename it to {right}."
        )
    return kind


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise SourceUnreadableError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not head.strip(b" \t\r\n\0"):
        raise SourceUnreadableError(f"{path.name} is empty; deliver it again.")
    return head


def _kind_of(path: Path, head: bytes) -> SourceKind:
    if head.startswith(COMPOUND_FILE):
        raise SourceUnreadableError(f"{path.name} is {describe_compound_file(path)}.")
    for mark, meaning in _REFUSED:
        if head.startswith(mark):
            raise SourceUnreadableError(f"{path.name} is {meaning}.")
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head.startswith(b"SQLite format 3\0"):
        return _sqlite(path, head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    return _text(path, head)


def _sqlite(path: Path, head: bytes) -> SourceKind:
    # GeoPackage 1.3, requirement 2: application_id "GPKG"; GP10 and GP11 in its first versions.
    if head[68:72] in {b"GPKG", b"GP10", b"GP11"} or path.suffix.lower() == ".gpkg":
        return SourceKind.GEOPACKAGE
    raise SourceUnreadableError(f"{path.name} is an SQLite database and no GeoPackage; export it as a GeoPackage.")


def _zipped(path: Path) -> SourceKind:
    with opened(path) as archive:
        names = archive.namelist()
    if "[Content_Types].xml" in names:
        if any(name.startswith("xl/") for name in names):
            return SourceKind.XLSX
        raise SourceUnreadableError(
            f"{path.name} is an Office document that is no workbook; deliver the data it shows."
        )
    is_kmz = path.suffix.lower() == ".kmz"
    return SourceKind.KMZ if is_kmz else SourceKind.ZIP


def _text(path: Path, head: bytes) -> SourceKind:
    plain = head.removeprefix(b"\xef\xbb\xbf")
    begin = plain.lstrip()
    if any(mark in plain for mark in _BOUNDARY_POINT_HEADS):
        return SourceKind.BOUNDARY_POINTS
    if begin.startswith(b"{"):
        return _json(begin)
    if begin.startswith(b"<"):
        return _xml(path, plain)
    if _DXF_START.match(plain):
        return SourceKind.DXF
    is_text = b"\0" not in plain or plain.startswith((b"\xff\xfe", b"\xfe\xff"))
    if path.suffix.lower() in {".csv", ".tsv", ".txt"} and is_text:
        return SourceKind.CSV
    raise SourceUnreadableError(
        f"{path.name} is of no format that is read: it is not what its name says, or it is broken. Deliver a Shapefile, "
        "GeoPackage, file geodatabase, GeoJSON, FlatGeobuf, GeoParquet, KML, DXF, CSV, XLSX or boundary-point TXT."
    )


def _json(begin: bytes) -> SourceKind:
    """Tell a document from a document a line: the first line of the latter is a whole feature, and more follows."""
    first, _, rest = begin.partition(b"\n")
    try:
        feature = json.loads(first)
    except (ValueError, RecursionError):
        return SourceKind.GEOJSON
    is_feature = isinstance(feature, dict) and feature.get("type") != "FeatureCollection"
    return SourceKind.GEOJSON_SEQUENCE if is_feature and rest.strip() else SourceKind.GEOJSON


def _xml(path: Path, plain: bytes) -> SourceKind:
    if re.search(rb"<(\w+:)?kml\b", plain):
        _refuse_entities(path)
        return SourceKind.KML
    found = _OTHER_XML.search(plain)
    name = found[1].decode("ascii", "replace") if found else "unknown"
    raise SourceUnreadableError(f"{path.name} is an XML document of another kind ({name}) than KML, which is not read.")


def _refuse_entities(path: Path) -> None:
    """Refuse a document with a document type: KML has none, and entities can name files or grow without end."""
    before = b""
    with path.open("rb") as stream:
        while block := stream.read(HEAD_BYTES):
            if b"<!DOCTYPE" in before + block or b"<!ENTITY" in before + block:
                raise SourceUnreadableError(f"{path.name} has a document type (<!DOCTYPE); remove it, KML needs none.")
            before = block[-len(b"<!DOCTYPE") :]
