"""ZIP archives, unpacked into a temporary folder only after all their entries have been looked at."""

import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from gis.formats.errors import SourceLimitError, SourceUnreadableError
from gis.formats.limits import ReadingLimits

__all__ = ["check_archive", "entry_names", "opened", "unpack"]

_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1
_UNICODE_PATH: Final = 0x7075
_CHUNK: Final = 1 << 20
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NAME_ENCODINGS: Final = ("utf-8", "gb18030", "big5")


def check_archive(path: Path, limits: ReadingLimits) -> None:
    """Refuse an archive that is broken, protected, or would become too much when unpacked.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
    """
    with opened(path) as archive:
        _checked(path, archive, limits)


def unpack(path: Path, folder: Path, limits: ReadingLimits) -> None:
    """Unpack an archive into a folder that is there and empty; nothing is written outside of it.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
    """
    with opened(path) as archive:
        entries = _checked(path, archive, limits)
        left = limits.unpacked_bytes
        for entry, place in zip(entries, _places(path, entries), strict=True):
            if place is None:
                continue
            left = _write(path, archive, entry, folder.joinpath(*place.parts), left)


class opened:  # noqa: N801 - a context manager that reads like a function
    """Opens an archive, and says in our words what the library says when it is broken.

    Raises
    ------
    SourceUnreadableError
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> zipfile.ZipFile:
        try:
            self._archive = zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, struct.error) as error:
            raise _broken(self._path, error) from error
        return self._archive

    def __exit__(self, *_: object) -> None:
        self._archive.close()


def _broken(path: Path, error: object) -> SourceUnreadableError:
    return SourceUnreadableError(f"{path.name} is a broken or truncated ZIP archive ({error}); deliver it again.")


def _checked(path: Path, archive: zipfile.ZipFile, limits: ReadingLimits) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > limits.archive_entries:
        raise SourceLimitError(
            f"{path.name} has {len(entries)} entries; at most {limits.archive_entries} are unpacked."
        )
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise SourceUnreadableError(f"{path.name} is protected by a password; deliver it without one.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise SourceUnreadableError(
                f"{path.name} holds a symbolic link ({entry.filename!r}); pack the file itself."
            )
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise SourceLimitError(
            f"{path.name} would be {total} bytes unpacked; at most {limits.unpacked_bytes} are unpacked. Deliver it in parts."
        )
    if total > limits.ratio_free_bytes and total > limits.unpacked_ratio * path.stat().st_size:
        raise SourceLimitError(
            f"{path.name} would grow more than {limits.unpacked_ratio} times when unpacked, as no delivery does; deliver "
            "the files by themselves."
        )
    return entries


def entry_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Return the names of entries as they were meant: of names that are not marked as UTF-8 the bytes are asked.

    Chinese Windows packs names in GBK and says nothing; the library takes them for code page 437.

    Examples
    --------
    >>> import zipfile
    >>> from gis.formats.archives import entry_names
    >>> entry_names([zipfile.ZipInfo("宗地.shp".encode("gbk").decode("cp437"))])
    ['宗地.shp']
    """
    raw = {index: _raw_name(entry) for index, entry in enumerate(entries)}
    unmarked = [name for name in raw.values() if isinstance(name, bytes)]
    encoding = next((name for name in _NAME_ENCODINGS if _all_decode(unmarked, name)), "cp437")
    return [name.decode(encoding) if isinstance(name, bytes) else name for name in raw.values()]


def _raw_name(entry: zipfile.ZipInfo) -> bytes | str:
    """Return a name that is known, or else its bytes."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    for kind, content in _extra_fields(entry.extra):
        # APPNOTE.TXT 4.6.9, Info-ZIP Unicode Path: version, checksum of the header's name, the name in UTF-8.
        if kind == _UNICODE_PATH and len(content) > 5:
            return content[5:].decode("utf-8", "replace")
    try:
        return entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        yield kind, extra[position + 4 : position + 4 + length]
        position += 4 + length


def _all_decode(names: Sequence[bytes], encoding: str) -> bool:
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _places(path: Path, entries: Sequence[zipfile.ZipInfo]) -> list[PurePosixPath | None]:
    """Return where each entry is written to, None for folders and for what systems add of themselves."""
    places: list[PurePosixPath | None] = []
    taken: set[PurePosixPath] = set()
    for entry, name in zip(entries, entry_names(entries), strict=True):
        # Some packers of Windows write backslashes, which APPNOTE.TXT 4.4.17 forbids.
        place = PurePosixPath(name.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or "\0" in name or _DRIVE.match(name):
            raise SourceUnreadableError(f"{path.name} names a file outside of itself ({name!r}); pack it anew.")
        if entry.is_dir() or name.endswith("\\") or place.parts[:1] == ("__MACOSX",) or place.name == ".DS_Store":
            places.append(None)
            continue
        if place in taken:
            raise SourceUnreadableError(f"{path.name} holds {name!r} twice; pack it anew.")
        taken.add(place)
        places.append(place)
    return places


def _write(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write one entry, and return how many bytes may still be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        left = min(left, shutil.disk_usage(target.parent).free)
        with archive.open(entry) as stream, target.open("xb") as file:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise SourceLimitError(f"{path.name} is larger unpacked than it says, or than there is room for.")
                file.write(chunk)
    except NotImplementedError as error:
        raise SourceUnreadableError(
            f"{path.name} is packed in a way that is not read ({error}); pack it with the usual compression (Deflate)."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _broken(path, error) from error
    return left
