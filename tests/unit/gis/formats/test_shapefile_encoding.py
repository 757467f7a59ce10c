"""The encoding of a shapefile's texts is told from what is there, and what was used is said."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.formats.shapefile_encoding import EncodingUnknownError, detect_shapefile_encoding
from gis.formats.vector import iter_features, open_source

NAMES = ["长沙经济技术开发区", "测试地块", "plain"]


@pytest.fixture
def write(tmp_path: Path):
    def write(encoding: str, *, cpg: bool, names: list[str] = NAMES) -> Path:
        path = tmp_path / "宗地.shp"
        squares = [shapely.box(i, 0, i + 1, 1) for i in range(len(names))]
        gpd.GeoDataFrame({"名称": names}, geometry=squares, crs="EPSG:4490").to_file(path, encoding=encoding)
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
