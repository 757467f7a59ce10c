"""The files of a shapefile: found whatever their letters' case, whole, and put under names that GDAL finds."""

import struct
from pathlib import Path
from typing import Final

from gis.formats.errors import SourceUnreadableError
from gis.formats.workspace import Workspace

__all__ = ["SHAPEFILE_PARTS", "check_shapefile", "prepare_shapefile", "shapefile_parts"]

SHAPEFILE_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_HEADER: Final = 100
_INDEX_ENTRY: Final = 8


def shapefile_parts(path: Path) -> dict[str, Path]:
    """Return the parts of a shapefile by their extension in small letters.

    Windows does not tell ``ZD.SHP`` from ``zd.dbf``; where several differ only in the case of letters, the one written like the
    ``.shp`` is taken.
    """
    parts: dict[str, Path] = {}
    for part in sorted(path.parent.iterdir()):
        suffix = part.suffix.lower()
        if suffix in SHAPEFILE_PARTS and part.stem.casefold() == path.stem.casefold():
            known = parts.get(suffix)
            if known is None or (part.stem == path.stem and known.stem != path.stem):
                parts[suffix] = part
    parts[".shp"] = path
    return parts


def prepare_shapefile(path: Path, workspace: Workspace) -> Path:
    """Check a shapefile, and return a path under which all its parts are found.

    Raises
    ------
    SourceUnreadableError
        When a part is missing or cut off.
    """
    parts = shapefile_parts(path)
    check_shapefile(parts)
    if all(part.name == f"{path.stem}{suffix}" for suffix, part in parts.items()):
        return path
    folder = workspace.new_folder()
    for suffix, part in parts.items():
        (folder / f"{path.stem}{suffix}").symlink_to(part.absolute())
    return folder / f"{path.stem}.shp"


def check_shapefile(parts: dict[str, Path]) -> None:
    """Compare what the parts say of themselves: GDAL reads a cut-off file to where it ends, and says nothing.

    Raises
    ------
    SourceUnreadableError
    """
    path = parts[".shp"]
    index = parts.get(".shx")
    if index is None:
        raise SourceUnreadableError(f"{path.name} has no .shx file beside it; deliver all parts of the shapefile.")
    for part in (path, index):
        # ESRI Shapefile Technical Description, p. 4: the file length is counted in 16-bit words, big-endian, at byte 24.
        _require_length(part, 2 * struct.unpack(">i", _bytes(part, 24, 4))[0], _HEADER)
    records = (index.stat().st_size - _HEADER) // _INDEX_ENTRY
    if records > 0:
        _check_last_record(path, index, records)
    table = parts.get(".dbf")
    if table is not None:
        _check_table(table, path, records)


def _bytes(part: Path, start: int, length: int) -> bytes:
    with part.open("rb") as stream:
        stream.seek(start)
        found = stream.read(length)
    if len(found) < length:
        raise SourceUnreadableError(f"{part.name} is cut off; deliver it again.")
    return found


def _require_length(part: Path, stated: int, least: int) -> None:
    size = part.stat().st_size
    # Beyond 2^31 words the number has overflown; writers then go on, and GDAL reads on.
    if stated > size or (0 <= stated < least):
        raise SourceUnreadableError(
            f"{part.name} says it has {stated} bytes and has {size}: it is cut off; deliver it again."
        )


def _check_last_record(path: Path, index: Path, records: int) -> None:
    offset, length = struct.unpack(">ii", _bytes(index, _HEADER + (records - 1) * _INDEX_ENTRY, _INDEX_ENTRY))
    end = 2 * offset + 8 + 2 * length
    size = path.stat().st_size
    if offset >= 0 and end > size:
        raise SourceUnreadableError(
            f"{path.name} ends at byte {size}, but its last feature at {end}: it is cut off; deliver it again."
        )


def _check_table(table: Path, path: Path, records: int) -> None:
    rows, header_length, row_length = struct.unpack("<IHH", _bytes(table, 4, 8))
    size = table.stat().st_size
    # The last row may lack its end mark and, from some writers, its very last byte.
    if header_length + rows * row_length > size + 1:
        raise SourceUnreadableError(
            f"{table.name} says it has {rows} rows and has room for {max(0, size - header_length) // max(1, row_length)}: "
            "it is cut off; deliver it again."
        )
    if rows != records:
        raise SourceUnreadableError(
            f"{path.name} has {records} features and {table.name} has {rows} rows: they do not belong together, or one is cut "
            "off; deliver them again."
        )
