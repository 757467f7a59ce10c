from datetime import date
from decimal import Decimal

import pytest

from gis.formats.cells import CellValueError
from gis.formats.contracts import SupplyMethod, parse_causes, read_contracts
from gis.formats.grids import TableRefusedError
from gis.idle import CauseCode, CauseInterval, FoundationType

HEADER = (
    "合同编号,供地方式,宗地代码,受让人,统一社会信用代码,签订日期,出让价款(万元),约定动工日期,补充协议日期,补充约定动工日期,"
    "交地日期,施工许可日期,基础类型,节点完成量,节点总量,节点完成日期,申报动工日期,应动工面积(平方米),已动工面积(平方米),"
    "总投资额(万元),已投资额(万元),中止日期,复工日期,延期原因,备注"
)
FULL = (
    "4301212024B00001,出让,430121001001GB00001,示例制造有限公司,91430100MA00000001,2021-05-06,1234.5678,2022-01-01,2022-06-01,"
    "2022-12-31,2021-06-01,2022-03-01,桩基,39,40,2022-05-01,2022-02-01,10000,3333.33,"
    "8000,2000,2023-03-01,,G1:2022-02-01/2022-03-31;FM:2023-05-01/,无"
)


def write(tmp_path, *lines, header=HEADER):
    path = tmp_path / "出让合同.csv"
    path.write_text("\r\n".join((header, *lines)) + "\r\n", encoding="utf-8-sig", newline="")
    return path


def test_a_full_row_becomes_a_contract(tmp_path):
    content = read_contracts(write(tmp_path, FULL))
    assert content.rejected == ()
    assert content.unknown_columns == ()
    (record,) = content.records
    assert record.row == 2
    assert record.supply_method is SupplyMethod.GRANT
    assert record.price_yuan == 12_345_678
    assert record.signed_date == date(2021, 5, 6)
    assert record.reported_start_date == date(2022, 2, 1)
    contract = record.contract
    assert (contract.contract_no, contract.parcel_code) == ("4301212024B00001", "430121001001GB00001")
    assert contract.agreed_start_date == date(2022, 1, 1)
    assert contract.supplement_start_date == date(2022, 12, 31)
    assert contract.foundation_type is FoundationType.PILE
    assert contract.milestone_done == 39
    assert contract.developed_area_m2 == Decimal("3333.33")
    assert contract.resumed_date is None
    assert contract.causes == (
        CauseInterval(CauseCode.NOT_DELIVERED, date(2022, 2, 1), date(2022, 3, 31)),
        CauseInterval(CauseCode.FORCE_MAJEURE, date(2023, 5, 1)),
    )


def test_an_empty_cell_is_not_known(tmp_path):
    (record,) = read_contracts(write(tmp_path, "X" + "," * 24)).records
    assert record.contract.parcel_code is None
    assert record.contract.agreed_start_date is None
    assert record.contract.causes == ()
    assert record.price_yuan is None


def test_synonyms_and_other_units_are_read(tmp_path):
    header = "合同号,宗地编码,约定开工时间,成交价款（元）,应动工面积（公顷）,总投资（亿元）,已投资额(元)"
    (record,) = read_contracts(write(tmp_path, "X,P,2023.3.1,120000,1.5,0.8,20000000", header=header)).records
    assert record.price_yuan == 120_000
    assert record.contract.agreed_start_date == date(2023, 3, 1)
    assert record.contract.should_start_area_m2 == 15_000
    assert record.contract.total_investment_10k_yuan == 8000
    assert record.contract.invested_10k_yuan == 2000


def test_an_amount_without_a_unit_is_not_guessed(tmp_path):
    content = read_contracts(write(tmp_path, "X,500,2", header="合同编号,出让价款,应动工面积(亩)"))
    assert content.unknown_columns == ("出让价款", "应动工面积(亩)")
    assert content.records[0].price_yuan is None
    assert content.records[0].extra == {"出让价款": "500", "应动工面积(亩)": "2"}


def test_a_row_with_an_unreadable_cell_is_rejected_whole(tmp_path):
    content = read_contracts(
        write(tmp_path, FULL.replace("2022-01-01", "2022-02-30"), FULL.replace("B00001", "B00002"))
    )
    assert [record.contract.contract_no for record in content.records] == ["4301212024B00002"]
    assert "出让合同.csv, row 2, column 约定动工日期: found '2022-02-30'" in str(content.rejected[0].errors[0])


def test_a_table_without_contract_numbers_is_refused(tmp_path):
    with pytest.raises(TableRefusedError, match="合同编号"):
        read_contracts(write(tmp_path, "P", header="宗地代码"))


def test_causes_are_read_with_full_width_signs_and_without_an_end():
    assert parse_causes("Ｇ２：2024-01-01／2024-01-01；e:2024-02-01/") == (
        CauseInterval(CauseCode.PLAN_CHANGED, date(2024, 1, 1), date(2024, 1, 1)),
        CauseInterval(CauseCode.ENTERPRISE, date(2024, 2, 1)),
    )


@pytest.mark.parametrize("cell", ["G7:2024-01-01/", "G1 2024-01-01/", "G1:2024-01-01", "G1:2024-02-30/", "whatever"])
def test_unreadable_causes_are_refused(cell):
    with pytest.raises(CellValueError):
        parse_causes(cell)


def test_a_cause_that_ends_before_it_begins_is_refused():
    with pytest.raises(CellValueError, match="begins before it ends"):
        parse_causes("G1:2024-01-02/2024-01-01")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("应动工面积(平方米)", "应动工面积(平方米)"),
        ("已动工面积(公顷)", "已动工面积(公顷)"),
        ("出让价款(元)", "出让价款(元)"),
    ],
)
def test_a_negative_area_or_price_is_rejected_with_its_row_and_column(tmp_path, header: str, column: str):
    content = read_contracts(write(tmp_path, "X,1", "Y,-1", header=f"合同编号,{header}"))
    assert [record.contract.contract_no for record in content.records] == ["X"]
    (error,) = content.rejected[0].errors
    assert f"row 3, column {column}: found '-1', expected" in str(error)
