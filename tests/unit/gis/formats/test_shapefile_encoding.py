"""The encoding of a shapefile's texts is told from what is there, and what was used is said."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.formats.reading import SourceUnreadableError, iter_features, open_source, read_overview
from gis.formats.shapefile_encoding import EncodingUnknownError, detect_shapefile_encoding

NAMES = ["长沙经济技术开发区", "测试地块", "plain"]


@pytest.fixture
def write(tmp_path: Path):
    def write(encoding: str, *, cpg: bool, names: list[str] = NAMES) -> Path:
        path = tmp_path / "宗地.shp"
        squares = [shapely.box(i, 0, i + 1, 1) for i in range(len(names))]
        gpd.GeoDataFrame({"名称" if encoding != "BIG5" else "名稱": names}, geometry=squares, crs="EPSG:4490").to_file(
            path, encoding=encoding
        )
        if not cpg:
            path.with_suffix(".cpg").unlink(missing_ok=True)
        return path

    return write


def texts(path: Path, encoding: str | None = None) -> list[object]:
    source = open_source(path, encoding=encoding)
    return [row["名称"] for batch in iter_features(source) for row in batch.attributes]


@pytest.mark.parametrize(
    ("encoding", "cpg", "expected"),
    [
        ("GBK", True, ("GBK", "cpg")),
        ("UTF-8", True, ("UTF-8", "cpg")),
        ("GBK", False, ("GB18030", "content")),
        ("UTF-8", False, ("UTF-8", "content")),
    ],
)
def test_chinese_text_comes_back_whatever_the_file_says_of_itself(write, encoding, cpg, expected):
    path = write(encoding, cpg=cpg)
    found = detect_shapefile_encoding(path)
    assert (found.encoding.upper(), found.source) == expected
    assert texts(path) == NAMES


def test_a_given_encoding_goes_before_a_wrong_cpg(write):
    path = write("GBK", cpg=False)
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    assert "名称" not in open_source(path).fields
    assert texts(path, encoding="GBK") == NAMES


def test_the_language_driver_byte_is_believed(write):
    path = write("GBK", cpg=False)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[29] = 0x4D
    table.write_bytes(content)
    found = detect_shapefile_encoding(path)
    assert (found.encoding, found.source) == ("GBK", "language driver")


def test_a_character_cut_by_the_width_of_the_field_does_not_hide_the_encoding(write):
    path = write("GBK", cpg=False)
    table = path.with_suffix(".dbf")
    content = table.read_bytes()
    cut = content.replace("长沙经济技术开发区".encode("gbk"), "长沙经济技术开发区".encode("gbk")[:-1] + b" ")
    assert cut != content
    table.write_bytes(cut)
    assert detect_shapefile_encoding(path).encoding == "GB18030"


def test_text_of_no_known_encoding_is_refused_by_name(write):
    path = write("UTF-8", cpg=False, names=["x" * 20])
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"x" * 20, b"\xff" * 20))
    with pytest.raises(EncodingUnknownError, match=r"宗地\.dbf"):
        detect_shapefile_encoding(path)


def test_a_cpg_that_names_nothing_is_refused(write):
    path = write("UTF-8", cpg=True)
    path.with_suffix(".cpg").write_text("KLINGON")
    with pytest.raises(EncodingUnknownError, match="KLINGON"):
        detect_shapefile_encoding(path)


def zipped(path: Path, folder: str = "") -> Path:
    archive = path.with_name("delivery.zip")
    with zipfile.ZipFile(archive, "w") as file:
        for part in path.parent.glob(f"{path.stem}.*"):
            file.write(part, folder + part.name)
    return archive


@pytest.mark.parametrize("cpg", [True, False])
def test_a_shapefile_in_a_folder_or_an_archive_is_read_like_one_by_itself(write, cpg):
    path = write("GBK", cpg=cpg)
    assert texts(zipped(path)) == NAMES
    path.with_name("delivery.zip").unlink()
    assert texts(path.parent) == NAMES


def test_texts_that_do_not_fit_the_named_encoding_say_to_name_another(write):
    # 甲 is D8 A2 in GBK: bytes that UTF-8 does not know.
    archive = zipped(write("GBK", cpg=False, names=["甲"]))
    with pytest.raises(SourceUnreadableError, match="cannot be read in the encoding UTF-8; name its encoding"):
        open_source(archive, encoding="UTF-8")
    assert texts(archive, encoding="GBK") == ["甲"]


def test_an_encoding_that_does_not_exist_is_named_as_the_fault(write):
    with pytest.raises(EncodingUnknownError, match="'nonsense' is no known encoding"):
        open_source(write("GBK", cpg=False), encoding="nonsense")


def test_a_code_page_may_be_named_by_its_number(write):
    assert texts(write("GBK", cpg=False), encoding="936") == NAMES


def test_a_format_that_fixes_its_encoding_takes_none(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"n": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(path)
    with pytest.raises(SourceUnreadableError, match="fixes its encoding itself"):
        open_source(path, encoding="GBK")


def test_big5_without_any_mark_is_told_from_its_usual_characters(write):
    names = ["臺北市土地使用分區計畫", "第一種住宅區", "國土保育地區"]
    path = write("BIG5", cpg=False, names=names)
    found = detect_shapefile_encoding(path)
    assert (found.encoding, found.source) == ("BIG5", "content")
    assert list(read_overview(open_source(path), ["名稱"]).columns["名稱"]) == names


def test_an_empty_cpg_says_nothing(write):
    path = write("GBK", cpg=False)
    path.with_suffix(".cpg").write_bytes(b"\r\n")
    assert detect_shapefile_encoding(path).source == "content"


def test_a_table_of_many_blocks_is_examined_to_its_end(write, monkeypatch):
    monkeypatch.setattr("gis.formats.dbase._BLOCK_BYTES", 1)
    path = write("GBK", cpg=False, names=["plain"] * 9 + ["长沙"])
    assert detect_shapefile_encoding(path).encoding == "GB18030"


def test_what_was_used_stands_in_the_source(write):
    source = open_source(write("GBK", cpg=False))
    assert (source.encoding, source.encoding_source) == ("GB18030", "content")
    assert open_source(source.path, encoding="GBK").encoding_source == "given"
