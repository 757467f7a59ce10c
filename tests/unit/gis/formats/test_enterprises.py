import datetime as dt

import openpyxl
import pytest

from gis.formats.enterprises import read_enterprises
from gis.formats.grids import TableRefusedError

HEADER = ["统一社会信用代码", "企业名称", "行业代码", "成立日期", "最近年报年度"]


def write(tmp_path, *rows, header=HEADER):
    workbook = openpyxl.Workbook()
    for row in (header, *rows):
        workbook.active.append(row)
    workbook.save(tmp_path / "企业.xlsx")
    return tmp_path / "企业.xlsx"


def test_identity_and_industry_are_read_and_the_rest_is_kept_by_its_header(tmp_path):
    path = write(tmp_path, ["91430100MA00000001", "示例制造有限公司", "3311", dt.date(2015, 3, 1), 2023])
    (record,) = read_enterprises(path).records
    assert (record.row, record.credit_code, record.name, record.industry_code) == (
        2,
        "91430100MA00000001",
        "示例制造有限公司",
        "3311",
    )
    assert record.facts == {"成立日期": "2015-03-01", "最近年报年度": "2023"}


def test_a_row_without_a_name_or_with_a_cut_code_is_rejected(tmp_path):
    path = write(tmp_path, ["91430100MA00000001", None, None, None, None], [914301001234567890, "甲", None, None, None])
    content = read_enterprises(path)
    assert content.records == ()
    assert [str(row.errors[0]).split(": ", 1)[0] for row in content.rejected] == [
        "企业.xlsx, row 2, column 企业名称",
        "企业.xlsx, row 3, column 统一社会信用代码",
    ]


def test_a_code_is_used_once(tmp_path):
    path = write(tmp_path, ["A1", "甲", None, None, None], ["A1", "乙", None, None, None])
    content = read_enterprises(path)
    assert [record.name for record in content.records] == ["甲"]
    assert "row 2 has it already" in str(content.rejected[0].errors[0])


def test_a_table_of_something_else_is_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="统一社会信用代码"):
        read_enterprises(write(tmp_path, header=["编号", "企业名称"]))
