"""Find out in which encoding a shapefile's attribute table is written, and from what that is known.

GDAL reads a ``.dbf`` without ``.cpg`` and without language driver as ISO-8859-1, which turns Chinese text into other
text without an error; so the bytes themselves are asked.
"""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gis.errors import GisError

# Byte 29 of the dBASE header. 0x57 ("ANSI") is left out: Chinese Windows writes it and means GBK.
LANGUAGE_DRIVERS = {0x4D: "GBK", 0x4F: "BIG5"}
CANDIDATES = ("UTF-8", "GB18030", "BIG5")
CODE_PAGES = {"936": "GBK", "950": "BIG5", "54936": "GB18030", "65001": "UTF-8", "UTF8": "UTF-8"}


class EncodingUnknownError(GisError):
    """No encoding of the usual ones fits the attribute table, or the one that was named does not exist."""


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """An encoding, and what it was told from: ``cpg``, ``language driver``, ``ascii`` or ``content``."""

    encoding: str
    source: str


def known_encoding(name: str) -> str:
    """Take the name of an encoding, or the number of a Windows code page, as GDAL knows it.

    Raises
    ------
    EncodingUnknownError

    Examples
    --------
    >>> from gis.formats.shapefile_encoding import known_encoding
    >>> known_encoding("gbk"), known_encoding("936")
    ('gbk', 'GBK')
    """
    encoding = CODE_PAGES.get(name.upper().removeprefix("CP").removeprefix("WINDOWS-"), name)
    try:
        "".encode(encoding)
    except LookupError as error:
        raise EncodingUnknownError(f"{name!r} is no known encoding; name one such as GBK, GB18030 or UTF-8.") from error
    return encoding


def find_shapefile(path: Path, layer: str) -> Path | zipfile.Path | None:
    """Return the ``.shp`` of a layer: the file itself, or the one in a folder or at the top of a ZIP archive.

    None when the layer does not come from a shapefile, or its name in the archive is written in a way only GDAL reads.
    """
    if path.suffix.lower() == ".shp":
        return path
    names = (f"{layer}.shp", f"{layer}.SHP")
    if path.is_dir():
        return next((path / name for name in names if (path / name).exists()), None)
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        archive = zipfile.Path(path)
        return next((archive / name for name in names if (archive / name).exists()), None)
    return None


def detect_shapefile_encoding(path: Path | zipfile.Path) -> DetectedEncoding:
    """Detect the encoding of the attribute table beside a ``.shp``.

    Parameters
    ----------
    path : Path
        The ``.shp`` or ``.dbf``, of the disk or of an archive; the ``.cpg`` beside it is read when there is one.

    Returns
    -------
    DetectedEncoding

    Raises
    ------
    EncodingUnknownError
        When the bytes fit none of UTF-8, GB18030 and Big5, or the ``.cpg`` names an encoding that does not exist.
    """
    declared = _sibling(path, ".cpg")
    if declared is not None:
        return DetectedEncoding(_named_encoding(declared), "cpg")
    table = _sibling(path, ".dbf")
    if table is None:
        return DetectedEncoding("UTF-8", "ascii")
    content = table.read_bytes()
    driver = LANGUAGE_DRIVERS.get(content[29]) if len(content) > 29 else None
    if driver is not None:
        return DetectedEncoding(driver, "language driver")
    if content[32:].isascii():
        return DetectedEncoding("UTF-8", "ascii")
    texts = _cells(content)
    for encoding in CANDIDATES:
        if all(_decodes(cell, encoding) for cell in texts):
            return DetectedEncoding(encoding, "content")
    raise EncodingUnknownError(
        f"The text in {table.name} is neither UTF-8 nor GB18030 nor Big5, and no .cpg file says what it is. "
        "Name its encoding."
    )


def _sibling(path: Path | zipfile.Path, suffix: str) -> Path | zipfile.Path | None:
    folder = cast("Path | zipfile.Path", path.parent)
    beside: list[Path | zipfile.Path] = sorted(folder.iterdir(), key=str)
    return next((found for found in beside if Path(found.name).stem == path.stem and _suffix(found) == suffix), None)


def _suffix(path: Path | zipfile.Path) -> str:
    return Path(path.name).suffix.lower()


def _named_encoding(declared: Path | zipfile.Path) -> str:
    try:
        return known_encoding(declared.read_text(encoding="ascii", errors="replace").strip())
    except EncodingUnknownError as error:
        raise EncodingUnknownError(f"{declared.name}: {error}") from error


def _cells(content: bytes) -> list[bytes]:
    """Return field names and cells one by one: a cell that is cut at the field's width must not spoil the next one."""
    records, header_length, record_length = struct.unpack_from("<IHH", content, 4)
    names, widths = [], []
    position = 32
    while position + 32 <= header_length and content[position] != 0x0D:
        names.append(content[position : position + 11].split(b"\0")[0])
        widths.append(content[position + 16])
        position += 32
    cells = [name for name in names if not name.isascii()]
    for record in range(records):
        start = header_length + record * record_length + 1
        for width in widths:
            cell = content[start : start + width].rstrip(b" \0")
            if not cell.isascii():
                cells.append(cell)
            start += width
    return cells


def _decodes(cell: bytes, encoding: str) -> bool:
    """Whether a cell is text of an encoding; its last character may be cut off by the width of the field."""
    try:
        cell.decode(encoding)
    except UnicodeDecodeError as error:
        return error.end == len(cell) and error.start >= len(cell) - 3 and len(cell) > 3
    return True
