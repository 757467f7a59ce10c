"""Tables of firms' years, and what a firm's delivered facts say for the tests on firms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gis.formats.cells import (
    CellValueError,
    Parser,
    one_of,
    parse_amount,
    parse_count,
    parse_date,
    parse_month_end,
    parse_signed,
    plain,
)
from gis.formats.enterprises import EnterpriseRecord
from gis.formats.headers import flags, numbers, texts
from gis.formats.land_tables import DeliveredRow
from gis.formats.tables import Check, Column, TableContent, TableRow, read_table, unasked
from gis.performance import FirmYear, Scale
from gis.supervision import Firm


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmYearRecord:
    """One firm's year as delivered; money in 万元, land in mu."""

    credit_code: str
    year: int
    has_reported: bool | None = None
    scale: Scale | None = None
    registered_mu: Decimal | None = None
    rented_in_mu: Decimal | None = None
    rented_out_mu: Decimal | None = None
    uncertified_mu: Decimal | None = None
    tax: Decimal | None = None
    value_added: Decimal | None = None
    revenue: Decimal | None = None
    research: Decimal | None = None
    energy_tce: Decimal | None = None
    emissions_t: Decimal | None = None
    electricity_10k_kwh: Decimal | None = None
    staff: Decimal | None = None
    exemption: str | None = None
    veto: str | None = None


def read_firm_years(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[FirmYearRecord]]:
    """Read a table of firms' years (企业年度数据).

    Raises
    ------
    TableRefusedError
        When the file has no column 统一社会信用代码 or 年度, or is no table.
    """
    return read_table(path, _COLUMNS, _make_year, unique_field=("credit_code", "year"), check=check)


def make_firm(record: EnterpriseRecord, years: Mapping[int, FirmYearRecord]) -> Firm:
    """Read what an enterprise's facts say for the test on zombie firms.

    Parameters
    ----------
    record : EnterpriseRecord
    years : mapping of int to FirmYearRecord
        Its years.

    Returns
    -------
    Firm
        A cell that cannot be read is not known.
    """
    months = [day for header in _ACTIVITY if (day := _fact(record, header, parse_month_end)) is not None]
    return Firm(
        credit_code=record.credit_code,
        registered_on=_fact(record, "成立日期", parse_date),
        reports={year: each.has_reported for year, each in years.items() if each.has_reported is not None},
        last_active=max(months, default=None),
        is_uncontactable=_fact(record, "是否失联", _FLAG),
        parcel_codes=parcels_of(record),
    )


def make_firm_year(record: EnterpriseRecord | None, year: FirmYearRecord) -> FirmYear:
    """Join a firm's year with what its enterprise record says; land is that of the record where the year has none.

    Parameters
    ----------
    record : EnterpriseRecord or None
        None for a firm that is in no table of enterprises.
    year : FirmYearRecord
    """
    registered, started = year.registered_mu, None
    if record is not None:
        registered = registered if registered is not None else _fact(record, "用地面积(亩)", parse_amount)
        started = _fact(record, "投产日期", parse_date)
    zero = Decimal(0)
    figures = ("tax", "value_added", "revenue", "research", "energy_tce", "emissions_t", "electricity_10k_kwh", "staff")
    return FirmYear(
        credit_code=year.credit_code,
        name="" if record is None else record.name,
        year=year.year,
        scale=year.scale,
        registered_mu=registered,
        rented_in_mu=year.rented_in_mu or zero,
        rented_out_mu=year.rented_out_mu or zero,
        uncertified_mu=year.uncertified_mu or zero,
        parcel_codes=() if record is None else parcels_of(record),
        industry_code=None if record is None else record.industry_code,
        production_since=started,
        exemption=year.exemption,
        veto=year.veto,
        **{name: getattr(year, name) for name in figures},
    )


def cleared_on(record: EnterpriseRecord) -> date | None:
    """Return the day on which a zombie firm was cleared (清理日期): struck off, moved out or revived."""
    day: date | None = _fact(record, "清理日期", parse_date)
    return day


def parcels_of(record: EnterpriseRecord) -> tuple[str, ...]:
    """Return the parcels that an enterprise holds or occupies (宗地代码, several with ``;``)."""
    return tuple(part.strip() for part in plain(record.facts.get("宗地代码", "")).split(";") if part.strip())


def _fact(record: EnterpriseRecord, header: str, parse: Parser) -> Any:  # noqa: ANN401  whatever the parser makes
    cell = record.facts.get(header)
    if cell is None:
        return None
    try:
        return parse(cell)
    except CellValueError:
        return None


def _make_year(row: TableRow) -> DeliveredRow[FirmYearRecord]:
    values: dict[str, Any] = {column.field: row.values.get(column.field) for column in _COLUMNS}
    return DeliveredRow(row.row, values["credit_code"], FirmYearRecord(**values))


_ACTIVITY = ("最近用电月份", "最近用水月份", "最近纳税月份")
_FLAG = one_of({"是": True, "否": False})
_SCALE = one_of({"规上": Scale.ABOVE, "规下": Scale.BELOW})

_COLUMNS = (
    Column("credit_code", texts("统一社会信用代码", "信用代码"), is_required=True),
    Column("year", dict.fromkeys(("年度", "评价年度"), parse_count), is_required=True),
    Column("has_reported", flags("是否年报")),
    Column("scale", dict.fromkeys(("规模", "企业规模"), _SCALE)),
    Column("registered_mu", numbers("登记用地(亩)")),
    Column("rented_in_mu", numbers("租入用地(亩)")),
    Column("rented_out_mu", numbers("出租用地(亩)")),
    Column("uncertified_mu", numbers("无证用地(亩)")),
    Column("tax", dict.fromkeys(("税收(万元)", "实缴税收(万元)"), parse_signed)),
    Column("value_added", dict.fromkeys(("工业增加值(万元)", "增加值(万元)"), parse_signed)),
    Column("revenue", numbers("营业收入(万元)")),
    Column("research", numbers("研发经费(万元)")),
    Column("energy_tce", numbers("综合能耗(吨标准煤)", "综合能耗(吨标煤)")),
    Column("emissions_t", numbers("污染物排放量(吨)")),
    Column("electricity_10k_kwh", numbers("用电量(万千瓦时)")),
    Column("staff", numbers("从业人数", "年平均职工人数")),
    Column("exemption", texts("不参评原因")),
    Column("veto", texts("一票否决原因")),
)
