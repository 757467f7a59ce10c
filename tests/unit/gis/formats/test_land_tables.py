"""Tables about land after its approval, as bureaus write them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gis.formats.cells import CellValueError, parse_month_end, parse_signed
from gis.formats.enterprises import EnterpriseRecord
from gis.formats.firm_years import FirmYearRecord, make_firm, make_firm_year, read_firm_years
from gis.formats.grids import TableRefusedError
from gis.formats.land_tables import (
    read_approvals,
    read_grant_terms,
    read_promises,
    read_supplies,
    read_temporary_uses,
)
from gis.formats.land_use_tables import parse_storeys, read_land_in_use


@pytest.fixture
def write(tmp_path: Path):
    def write(*lines: str) -> Path:
        path = tmp_path / "表.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        return path

    return write


def test_approvals_are_read_in_hectares_and_may_have_nothing_written_off(write):
    content = read_approvals(
        write(
            "批准文号,批准日期,批准面积（公顷）,核销面积（平方米）",
            "湘政地〔2022〕1号,2022-01-01,1.5,",
            "湘政地〔2022〕2号,,,5",
        )
    )
    assert [row.value.area_m2 for row in content.records] == [Decimal(15000), None]
    assert [row.value.withdrawn_area_m2 for row in content.records] == [0, 5]
    assert content.records[0].subject == "湘政地〔2022〕1号"


def test_several_supplies_share_an_approval_and_one_without_an_area_is_rejected(write):
    content = read_supplies(
        write("批准文号,供地日期,供地面积(平方米)", "A,2023-01-01,10", "A,2023-02-01,20", "A,2023-03-01,")
    )
    assert [row.value.area_m2 for row in content.records] == [10, 20]
    assert [row.row for row in content.rejected] == [4]


def test_a_negative_area_is_rejected_with_its_row_and_column(write):
    content = read_supplies(write("批准文号,供地日期,供地面积(平方米)", "A,2023-01-01,-10"))
    assert content.records == ()
    assert "row 2, column 供地面积(平方米): found '-10', expected a number that is not negative" in str(
        content.rejected[0].errors[0]
    )


def test_temporary_uses_and_terms_are_read_with_their_words(write):
    uses = read_temporary_uses(
        write("临时用地批准文号,起始日期,终止日期,是否长周期基础设施", "L1,2023-05-31,2025-05-31,是", "L2,,,")
    )
    assert [row.value.is_long_infrastructure for row in uses.records] == [True, False]
    terms = read_grant_terms(
        write("合同编号,用途大类,使用权起始日期,出让年限(年)", "C1,工业,2000-01-01,50", "C2,农业,2000-01-01,50")
    )
    assert [(row.value.use_group, row.value.years) for row in terms.records] == [("industrial", 50)]
    assert "one of 居住" in str(terms.rejected[0].errors[0])


def test_a_promise_is_one_of_contract_stage_and_indicator(write):
    header = "合同编号,阶段,指标,比较,承诺值,期限,实测值,复核日期"
    rows = (
        "C1,达产,亩均税收,≥,8,2025-12-31,7.9,2026-01-05",
        "C1,竣工,亩均税收,≥,8,2025-12-31,,",
        "C1,达产,亩均税收,≥,9,2025-12-31,,",
    )
    content = read_promises(write(header, *rows))
    assert [(row.value.stage, row.value.measured) for row in content.records] == [
        ("output", Decimal("7.9")),
        ("completion", None),
    ]
    assert "a value used once; row 2 has it already" in str(content.rejected[0].errors[0])


def test_land_in_use_is_read_with_its_storeys_and_zone(write):
    header = "宗地代码,片区代码,行业代码,是否闲置,用地面积(公顷),分层建筑面积,建筑物占地(平方米),停产日期"
    content = read_land_in_use(write(header, "P1,XK_1,3484,否,1,5000@4.5;3000@9,2000,", "P2,星沙,3484,,,,,"))
    (land,) = (row.value for row in content.records)
    assert (land.zone, land.is_idle, land.land_area_m2) == ("xk_1", False, 10000)
    assert [storey.floor_area_m2 for storey in land.storeys] == [5000, 3000]
    assert (land.structure_footprint_m2, land.open_yard_m2, land.renewal_area_m2) == (0, 0, None)
    assert "a zone code" in str(content.rejected[0].errors[0])


@pytest.mark.parametrize("text", ["5000", "5000@", "@4", "-1@4"])
def test_storeys_without_area_and_height_are_refused(text):
    with pytest.raises(CellValueError):
        parse_storeys(text)


def test_a_firms_year_is_one_of_firm_and_year_and_tax_may_be_negative(write):
    content = read_firm_years(
        write(
            "统一社会信用代码,年度,是否年报,规模,税收(万元)",
            "X,2024,是,规上,-3.5",
            "X,2023,否,规下,1",
            "X,2024,是,规上,1",
        )
    )
    assert [(row.value.year, row.value.has_reported, row.value.tax) for row in content.records] == [
        (2024, True, Decimal("-3.5")),
        (2023, False, Decimal(1)),
    ]
    assert "row 2 has it already" in str(content.rejected[0].errors[0])
    with pytest.raises(TableRefusedError, match="年度"):
        read_firm_years(write("统一社会信用代码,税收(万元)", "X,1"))


@pytest.mark.parametrize(
    ("text", "day"), [("2024-11", "2024-11-30"), ("2024年2月", "2024-02-29"), ("2023-02-03", "2023-02-28")]
)
def test_a_month_ends_with_its_last_day(text, day):
    assert parse_month_end(text) == date.fromisoformat(day)


def test_what_is_no_month_and_no_number_is_refused():
    with pytest.raises(CellValueError):
        parse_month_end("2024-13")
    with pytest.raises(CellValueError):
        parse_signed("--1")


FACTS = {
    "成立日期": "2010-01-15",
    "最近用电月份": "2024-11",
    "最近纳税月份": "2025-01",
    "是否失联": "是",
    "宗地代码": "P1; P2",
    "用地面积(亩)": "12.5",
}


def test_a_firm_was_last_active_in_the_latest_of_its_months():
    record = EnterpriseRecord(
        row=2, credit_code="X", name="甲", industry_code="3484", facts=FACTS | {"最近用水月份": "不详"}
    )
    years = {
        2023: FirmYearRecord(credit_code="X", year=2023, has_reported=False),
        2024: FirmYearRecord(credit_code="X", year=2024),
    }
    firm = make_firm(record, years)
    assert (firm.last_active, firm.is_uncontactable, firm.parcel_codes) == (date(2025, 1, 31), True, ("P1", "P2"))
    assert firm.reports == {2023: False}


def test_a_firms_year_takes_land_and_name_from_its_record_where_it_has_none():
    record = EnterpriseRecord(row=2, credit_code="X", name="甲", industry_code="3484", facts=FACTS)
    year = FirmYearRecord(credit_code="X", year=2024, tax=Decimal(5))
    joined = make_firm_year(record, year)
    assert (joined.name, joined.used_mu, joined.tax, joined.parcel_codes) == ("甲", Decimal("12.5"), 5, ("P1", "P2"))
    assert make_firm_year(None, year).used_mu is None
