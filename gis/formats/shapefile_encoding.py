"""Find out in which encoding a shapefile's attribute table is written, and from what that is known.

GDAL reads a ``.dbf`` without ``.cpg`` and without language driver as ISO-8859-1, which turns Chinese text into other
text without an error; so the bytes themselves are asked.
"""

from dataclasses import dataclass
from pathlib import Path

from gis.formats.chinese_text import reads_more_like_big5
from gis.formats.dbase import iter_table_texts
from gis.formats.errors import EncodingUnknownError
from gis.formats.identification import SourceKind
from gis.formats.shapefile_parts import shapefile_parts

__all__ = ["DetectedEncoding", "EncodingUnknownError", "detect_shapefile_encoding", "known_encoding", "wrong_encoding"]

# Byte 29 of the dBASE header. 0x57 ("ANSI") is left out: Chinese Windows writes it and means GBK.
LANGUAGE_DRIVERS = {0x4D: "GBK", 0x4F: "BIG5"}
CANDIDATES = ("UTF-8", "GB18030", "BIG5")
_SAMPLE_TEXTS = 2_000
CODE_PAGES = {"936": "GBK", "950": "BIG5", "54936": "GB18030", "65001": "UTF-8", "UTF8": "UTF-8"}


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


def wrong_encoding(file: str, kind: SourceKind, encoding: str | None) -> str:
    """Say that the texts of a file cannot be decoded, and what to do."""
    if encoding is not None:
        return f"The text in {file} cannot be read in the encoding {encoding}; name its encoding."
    return f"The text in {file} is not UTF-8, as it has to be in a file of the format {kind}; write the file anew in UTF-8."


def detect_shapefile_encoding(path: Path) -> DetectedEncoding:
    """Detect the encoding of the attribute table beside a ``.shp``.

    Parameters
    ----------
    path : Path
        The ``.shp``; the ``.cpg`` beside it is read when there is one.

    Returns
    -------
    DetectedEncoding

    Raises
    ------
    EncodingUnknownError
        When the bytes fit none of UTF-8, GB18030 and Big5, or the ``.cpg`` names an encoding that does not exist.
    """
    parts = shapefile_parts(path)
    if (declared := parts.get(".cpg")) is not None and (named := _named_encoding(declared)) is not None:
        return DetectedEncoding(named, "cpg")
    if (table := parts.get(".dbf")) is None:
        return DetectedEncoding("UTF-8", "ascii")
    with table.open("rb") as stream:
        header = stream.read(30)
    driver = LANGUAGE_DRIVERS.get(header[29]) if len(header) > 29 else None
    if driver is not None:
        return DetectedEncoding(driver, "language driver")
    return _told_from_content(table)


def _told_from_content(table: Path) -> DetectedEncoding:
    candidates, sample = list(CANDIDATES), []
    for texts in iter_table_texts(table):
        sample.extend(texts[:_SAMPLE_TEXTS])
        candidates = [encoding for encoding in candidates if _fits(texts, encoding)]
    if not sample:
        return DetectedEncoding("UTF-8", "ascii")
    if candidates == ["GB18030", "BIG5"] and reads_more_like_big5(sample):
        return DetectedEncoding("BIG5", "content")
    if candidates:
        return DetectedEncoding(candidates[0], "content")
    raise EncodingUnknownError(
        f"The text in {table.name} is neither UTF-8 nor GB18030 nor Big5, and no .cpg file says what it is. "
        "Name its encoding."
    )


def _named_encoding(declared: Path) -> str | None:
    """Return what a ``.cpg`` names; one that is empty says nothing."""
    name = declared.read_bytes()[:100].decode("ascii", errors="replace").strip("\0 \t\r\n\ufffd")
    if not name:
        return None
    try:
        return known_encoding(name)
    except EncodingUnknownError as error:
        raise EncodingUnknownError(f"{declared.name}: {error}") from error


def _fits(texts: list[bytes], encoding: str) -> bool:
    """Whether texts are of an encoding; all in one step, or one by one because of those that are cut off."""
    return _decodes(b"\n".join(texts), encoding) or all(_decodes_cut(text, encoding) for text in texts)


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decodes_cut(cell: bytes, encoding: str) -> bool:
    """Whether a cell is text of an encoding; its last character may be cut off by the width of the field."""
    try:
        cell.decode(encoding)
    except UnicodeDecodeError as error:
        return error.end == len(cell) and error.start >= len(cell) - 3 and len(cell) > 3
    return True
