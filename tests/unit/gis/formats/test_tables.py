import csv
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.formats.cells import in_units_of, parse_amount, parse_date, parse_text
from gis.formats.errors import SourceLimitError, SourceUnreadableError
from gis.formats.grids import TableRefusedError
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits
from gis.formats.tables import Column, read_table

COLUMNS = (
    Column("code", {"编号": parse_text, "合同编号": parse_text}, is_required=True),
    Column("price", {"价款(元)": parse_amount, "价款(万元)": in_units_of(10_000)}),
    Column("day", {"日期": parse_date}),
)


def read(path, limits=DEFAULT_LIMITS):
    return read_table(
        path, COLUMNS, lambda row: (row.row, dict(row.values), dict(row.extra)), unique_field="code", limits=limits
    )


def write_csv(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path, *sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_chinese_text_is_read_in_every_usual_encoding(tmp_path, encoding):
    path = write_csv(tmp_path / "合同.csv", "合同编号,日期\r\n镕字一号,2024-03-01\r\n", encoding)
    assert [values["code"] for _, values, _ in read(path).records] == ["镕字一号"]


def test_bytes_of_no_encoding_are_refused(tmp_path):
    (tmp_path / "broken.csv").write_bytes("编号\n".encode() + b"\xff\xff\xff\n")
    with pytest.raises(TableRefusedError, match=r"broken\.csv: the text is in none of the encodings"):
        read(tmp_path / "broken.csv")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_that_of_the_header(tmp_path, delimiter):
    path = write_csv(tmp_path / "t.csv", f"编号{delimiter}日期\nA{delimiter}2024-03-01\n")
    assert read(path).records[0][1]["code"] == "A"


def test_headers_are_found_in_any_order_width_and_unit(tmp_path):
    path = write_csv(tmp_path / "t.csv", "日期 , 价款（万元）,合同编号\n2024/3/1,1.5,A\n")
    (_, values, _), *_ = read(path).records
    assert values["price"] == 15_000
    assert values["code"] == "A"


def test_a_header_below_a_title_is_found_and_rows_keep_their_numbers(tmp_path):
    path = write_csv(tmp_path / "t.csv", "某市合同台账,,\n单位：元,,\n编号,价款(元),日期\nA,1,\n,,\nB,2,\n")
    content = read(path)
    assert [(row, values["code"]) for row, values, _ in content.records] == [(4, "A"), (6, "B")]
    assert content.blank_rows == (5,)


def test_a_missing_required_column_is_named(tmp_path):
    with pytest.raises(TableRefusedError, match=r"no header with the column\(s\) 编号"):
        read(write_csv(tmp_path / "t.csv", "价款(元)\n1\n"))


def test_two_columns_for_one_field_are_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="'价款\\(元\\)' and '价款\\(万元\\)' say the same"):
        read(write_csv(tmp_path / "t.csv", "编号,价款(元),价款(万元)\nA,1,2\n"))


def test_every_error_of_a_row_is_told_with_file_row_column_found_and_expected(tmp_path):
    content = read(write_csv(tmp_path / "t.csv", "编号,价款(元),日期\nA,one,1.3.24\nB,2,2024-03-01\n"))
    assert [values["code"] for _, values, _ in content.records] == ["B"]
    (rejected,) = content.rejected
    assert [str(error) for error in rejected.errors] == [
        "t.csv, row 2, column 价款(元): found 'one', expected a number",
        "t.csv, row 2, column 日期: found '1.3.24', expected a day as YYYY-MM-DD",
    ]
    assert rejected.cells == {"编号": "A", "价款(元)": "one", "日期": "1.3.24"}


def test_an_empty_required_cell_rejects_its_row(tmp_path):
    content = read(write_csv(tmp_path / "t.csv", "编号,价款(元)\n,5\n"))
    assert str(content.rejected[0].errors[0]) == "t.csv, row 2, column 编号: found '', expected a value"


def test_a_repeated_key_rejects_the_later_row_and_names_the_first(tmp_path):
    content = read(write_csv(tmp_path / "t.csv", "编号,价款(元)\nA,1\nB,2\nA,3\n"))
    assert [row for row, _, _ in content.records] == [2, 3]
    assert "row 2 has it already" in str(content.rejected[0].errors[0])


@pytest.mark.parametrize(("line", "found"), [("A", "1 cells"), ("A,1,2,3", "'3'")])
def test_a_row_that_does_not_fit_its_header_is_rejected_since_its_cells_have_shifted(tmp_path, line, found):
    content = read(write_csv(tmp_path / "t.csv", f"编号,价款(元),日期\n{line}\n"))
    assert content.records == ()
    assert len(content.rejected[0].errors) == 1
    assert found in str(content.rejected[0].errors[0])


def test_cells_of_unknown_columns_are_kept_and_the_columns_named(tmp_path):
    content = read(write_csv(tmp_path / "t.csv", "编号,经办人,经办人,价款\nA,张三,李四,5\n"))
    assert content.unknown_columns == ("经办人", "经办人 (column 3)", "价款")
    assert content.records[0][2] == {"经办人": "张三", "经办人 (column 3)": "李四", "价款": "5"}


def test_the_first_sheet_with_the_required_columns_is_read(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", [["说明"], ["无"]], [["编号", "价款(元)"], ["A", 0.1], [1002, None]])
    content = read(path)
    assert content.sheet == "sheet 1"
    assert content.unread_sheets == ("sheet 0",)
    assert [values["code"] for _, values, _ in content.records] == ["A", "1002"]
    assert str(content.records[0][1]["price"]) == "0.1"


def test_a_formula_that_was_never_computed_is_an_error_and_not_an_empty_cell(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", [["编号", "价款(元)"], ["A", "=1+1"]])
    content = read(path)
    assert content.records == ()
    assert "its formulas are computed" in str(content.rejected[0].errors[0])


@pytest.mark.parametrize("name", ["t.xls", "t.pdf", "t"])
def test_another_kind_of_file_is_refused(tmp_path, name):
    with pytest.raises(TableRefusedError, match=r"expected \.csv or \.xlsx"):
        read(write_csv(tmp_path / name, "编号\n"))


def test_a_file_that_is_no_workbook_is_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="not a readable"):
        read(write_csv(tmp_path / "t.xlsx", "编号\nA\n"))


def test_a_workbook_with_a_password_says_so_and_what_to_do(tmp_path):
    path = tmp_path / "t.xlsx"
    # Such a file is no ZIP archive but a compound file with a stream of this name.
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000_000) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(TableRefusedError, match=r"t\.xlsx is protected by a password; open it, remove the password"):
        read(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000))
    with pytest.raises(TableRefusedError, match=r"of old Office; save it as \.xlsx"):
        read(path)


def test_a_workbook_whose_entries_have_a_password_says_so(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", [["编号"], ["A"]])
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError, match="protected by a password; deliver it without one"):
        read(path)


def test_a_workbook_that_would_fill_the_memory_is_not_unpacked(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", [["编号"], ["A" * 10_000]])
    with pytest.raises(SourceLimitError, match="at most 4000 are unpacked"):
        read(path, ReadingLimits(workbook_bytes=4_000))


ROWS = [["编号", "日期"], ["A", "2024-03-01"], ["B", "2024-03-01"], ["", ""]]


def write_table(path, rows):
    if path.suffix == ".xlsx":
        return write_xlsx(path, rows)
    return write_csv(path, "".join(",".join(row) + "\n" for row in rows))


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"table_rows": 3}, "has more than 3 rows, empty ones included; at most 3 are read"),
        ({"table_cells": 7}, "has more than 7 cells in its first 4 rows, empty ones included; at most 7 are read"),
        ({"fields": 1}, "row 1 has 2 cells; at most 1 are read"),
    ],
)
def test_a_table_is_read_up_to_its_limits_and_what_is_more_is_told_with_what_is_allowed(tmp_path, name, limits, told):
    path = write_table(tmp_path / name, ROWS)
    assert len(read(path, ReadingLimits(table_rows=4, table_cells=8, fields=2)).records) == 2
    with pytest.raises(SourceLimitError, match=told):
        read(path, ReadingLimits(**limits))


def test_a_line_that_does_not_end_is_not_held(tmp_path):
    path = write_csv(tmp_path / "t.csv", "编号,日期\nA,\n" + "," * 100_000)
    with pytest.raises(SourceLimitError, match="a line of more than 1,000 characters; at most 1,000 are read"):
        read(path, ReadingLimits(attribute_bytes=1_000))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/worksheets/sheet1.xml"]
)
def test_a_workbook_with_a_part_that_is_no_xml_is_refused(tmp_path, part):
    whole = write_xlsx(tmp_path / "whole.xlsx", [["编号"], ["A"]])
    broken = tmp_path / "t.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        assert part in source.namelist()
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[: len(content) // 2] if name == part else content)
    assert len(read(whole).records) == 1
    with pytest.raises(
        TableRefusedError, match=r"t\.xlsx: (not a readable \.xlsx workbook|the sheet .* cannot be read)"
    ):
        read(broken)


@pytest.mark.parametrize(("text", "encoding", "line"), [("编号\nA\nB\0\n", "utf-8", 3), ("code\nA\n", "utf-16-le", 1)])
def test_a_nul_character_is_told_with_its_line_and_what_it_may_come_of(tmp_path, text, encoding, line):
    path = write_csv(tmp_path / "t.csv", text, encoding)
    with pytest.raises(
        TableRefusedError, match=rf"t\.csv, line {line}: found a NUL character.*UTF-16 without the mark"
    ):
        read(path)


CELLS = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff"), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_every_row_is_read_rejected_or_blank(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows([("编号", "价款(元)", "日期"), *rows])
    path = write_csv(tmp_path_factory.mktemp("t") / "t.csv", text.getvalue())
    content = read(path)
    assert len(content.records) + len(content.rejected) + len(content.blank_rows) == len(rows)
