"""Archives are looked at before they are unpacked, and nothing leaves the folder they are unpacked into."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from gis.formats.archives import check_archive, entry_names, unpack
from gis.formats.errors import SourceLimitError, SourceUnreadableError
from gis.formats.limits import ReadingLimits

LIMITS = ReadingLimits()


@pytest.fixture
def pack(tmp_path: Path):
    def pack(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "delivery.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return path

    return pack


def unpacked(path: Path, limits: ReadingLimits = LIMITS) -> dict[str, bytes]:
    folder = path.with_name("out")
    folder.mkdir()
    unpack(path, folder, limits)
    return {
        part.relative_to(folder).as_posix(): part.read_bytes() for part in sorted(folder.rglob("*")) if part.is_file()
    }


def test_files_and_folders_come_out_and_what_systems_add_does_not(pack):
    path = pack({"a/b.shp": b"1", "c.txt": b"2", "a/": b"", "__MACOSX/a/._b.shp": b"x", "a/.DS_Store": b"x"})
    assert unpacked(path) == {"a/b.shp": b"1", "c.txt": b"2"}


def test_names_in_gbk_without_a_mark_are_read_as_they_were_meant(pack, tmp_path):
    path = pack({"aa.shp": b"1"})
    path.write_bytes(path.read_bytes().replace(b"aa.shp", "宗.shp".encode("gbk")))
    assert unpacked(path) == {"宗.shp": b"1"}


def test_names_with_the_mark_or_with_the_extra_field_of_info_zip_are_utf_8():
    marked = zipfile.ZipInfo("宗地.shp")
    marked.flag_bits = 0x800
    extra = zipfile.ZipInfo("????.shp")
    content = b"\1\0\0\0\0" + "规划.shp".encode()
    extra.extra = struct.pack("<HH", 0x7075, len(content)) + content
    assert entry_names([marked, extra]) == ["宗地.shp", "规划.shp"]


def test_backslashes_of_windows_are_folders(tmp_path):
    path = tmp_path / "delivery.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("a/b.shp")
        info.filename = "a\\b.shp"
        archive.writestr(info, b"1")
    assert unpacked(path) == {"a/b.shp": b"1"}


@pytest.mark.parametrize("name", ["../a.shp", "/etc/a.shp", "a/../../b.shp", "C:/a.shp", "..\\a.shp"])
def test_a_path_that_leads_out_of_the_archive_is_refused(pack, tmp_path, name):
    with pytest.raises(SourceUnreadableError, match="outside of itself"):
        unpacked(pack({name: b"1"}))
    assert not (tmp_path / "a.shp").exists()


def test_a_symbolic_link_is_refused(tmp_path):
    path = tmp_path / "delivery.zip"
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SourceUnreadableError, match="symbolic link"):
        unpacked(path)


def test_a_protected_archive_says_so(pack):
    path = pack({"a.shp": b"1"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError, match="protected by a password"):
        check_archive(path, LIMITS)


def test_a_name_that_occurs_twice_is_refused(tmp_path):
    path = tmp_path / "delivery.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.shp", b"2")
    with pytest.raises(SourceUnreadableError, match=r"'a\.shp' twice"):
        unpacked(path)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (ReadingLimits(archive_entries=1), "has 2 entries; at most 1"),
        (ReadingLimits(unpacked_bytes=100_000), "would be 200000 bytes unpacked; at most 100000"),
        (ReadingLimits(ratio_free_bytes=1_000), "grow more than 250 times"),
    ],
)
def test_an_archive_that_would_become_too_much_is_refused_before_it_is_unpacked(pack, limits, message):
    path = pack({"a": b"\0" * 100_000, "b": b"\0" * 100_000})
    with pytest.raises(SourceLimitError, match=message):
        unpacked(path, limits)
    assert list(path.with_name("out").iterdir()) == []


def test_an_archive_that_lies_about_its_sizes_is_stopped(pack):
    path = pack({"a": b"\0" * 100_000})
    content = path.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 10))
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError, match=r"delivery\.zip"):
        unpacked(path)


def test_a_broken_archive_says_so(pack):
    path = pack({"a": bytes(range(256)) * 100})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceUnreadableError, match="broken or truncated ZIP archive"):
        check_archive(path, LIMITS)
    path.write_bytes(content[:60] + b"\xff\xff\xff\xff" + content[64:])
    with pytest.raises(SourceUnreadableError, match="broken or truncated ZIP archive"):
        unpacked(path)
