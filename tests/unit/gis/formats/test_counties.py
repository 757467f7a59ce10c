from pathlib import Path

import openpyxl
import pytest

from gis.crs_firewall import place_of_codes
from gis.formats.counties import read_counties
from gis.formats.grids import TableRefusedError
from gis.landuse.counties import County


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_codes_names_and_extents_are_read(tmp_path: Path):
    table = read_counties(
        write(
            tmp_path / "counties.csv",
            "代码,名称,西,南,东,北\n430121,长沙县,112.9,28.0,113.5,28.7\n430122,望城区,,,,\n",
        )
    )
    assert table.source == "counties.csv"
    assert table.find("430121001001GB00001") == County("430121", "长沙县", (112.9, 28.0, 113.5, 28.7))
    assert table.find("430122") == County("430122", "望城区")
    assert table.find("430123") is None


def test_a_workbook_with_the_names_of_the_standard_is_read(tmp_path: Path):
    workbook = openpyxl.Workbook()
    for row in (["XZQDM", "XZQMC"], [430121, "长沙县"]):
        workbook.active.append(row)
    workbook.save(tmp_path / "counties.xlsx")
    assert read_counties(tmp_path / "counties.xlsx").find("430121").name == "长沙县"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("43012,长沙县,,,,\n", "row 2, column 代码: found '43012', expected six digits"),
        ("430121,长沙县,212,28,213,29\n", "row 2, column 西: found '212', expected degrees from -180 to 180"),
        ("430121,长沙县,112,,113,29\n", "430121 must have all of west, south, east and north or none"),
        ("430121,长沙县,,,,\n430121,长沙,,,,\n", "a value used once; row 2 has it already"),
        ("", "no row with a county"),
    ],
)
def test_a_table_with_a_wrong_row_is_refused_whole(tmp_path: Path, rows: str, said: str):
    path = write(tmp_path / "counties.csv", "代码,名称,西,南,东,北\n" + rows)
    with pytest.raises(TableRefusedError) as refused:
        read_counties(path)
    assert said in str(refused.value)


def test_codes_of_a_known_county_say_where_a_delivery_lies(tmp_path: Path):
    text = "code,name,west,south,east,north\n430121,长沙县,112.9,28.0,113.5,28.7\n430122,望城区,,,,\n"
    table = read_counties(write(tmp_path / "counties.csv", text))
    nine = ["430121001001GB00001"] * 9
    place = place_of_codes([*nine, "430122001001GB00001"], table)
    assert place is not None
    assert (place.bounds, place.where_zh) == ((112.9, 28.0, 113.5, 28.7), "代码所示的长沙县（430121）")
    # No extent of the second county is known, and of the two of them neither has nine tenths: the province says it.
    for codes in (["430122001001GB00001"], [*nine, *["430122001001GB00001"] * 3]):
        assert place_of_codes(codes, table) == place_of_codes(codes)
