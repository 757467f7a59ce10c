"""Tables of grant contracts and allocation decisions (出让合同, 划拨决定书)."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from gis.formats.cells import CellValueError, one_of, parse_amount, parse_date, parse_text, plain
from gis.formats.headers import amounts_10k_yuan, amounts_yuan, areas, dates, texts
from gis.formats.tables import Check, Column, TableContent, TableRow, read_table, unasked
from gis.idle import CauseCode, CauseInterval, FoundationType, LandContract


class SupplyMethod(StrEnum):
    """How the land was supplied (供地方式)."""

    GRANT = "grant"  # 出让
    ALLOCATION = "allocation"  # 划拨
    LEASE = "lease"  # 租赁
    CONTRIBUTION = "contribution"  # 作价出资（入股）


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRecord:
    """One row of a contract table; money is in yuan."""

    row: int
    contract: LandContract
    supply_method: SupplyMethod | None
    holder: str | None
    holder_credit_code: str | None
    signed_date: date | None
    price_yuan: Decimal | None
    reported_start_date: date | None
    remark: str | None
    extra: dict[str, str]


def read_contracts(path: Path, check: Check = unasked) -> TableContent[ContractRecord]:
    """Read a table of contracts.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.xlsx``; Chinese headers in any order, with their usual synonyms and units.
    check : callable, optional
        See :func:`gis.formats.tables.read_table`.

    Returns
    -------
    TableContent of ContractRecord
        A row with an unreadable cell is rejected as a whole: half a contract would be judged wrongly.

    Raises
    ------
    TableRefusedError
        When the file has no column for the contract number (合同编号) or is no table.
    """
    return read_table(path, _COLUMNS, _make_record, unique_field="contract_no", check=check)


def parse_causes(cell: object) -> tuple[CauseInterval, ...]:
    """Read causes of delay: ``G1:2024-01-01/2024-03-31;FM:2024-05-01/`` (no last day: still going on).

    Raises
    ------
    CellValueError

    Examples
    --------
    >>> from gis.formats.contracts import parse_causes
    >>> [(cause.code.value, cause.last_day) for cause in parse_causes("FM:2024-05-01/")]
    [('FM', None)]
    """
    return tuple(_parse_cause(part) for part in re.split(r"[;\n]", plain(parse_text(cell))) if part.strip())


def _parse_cause(text: str) -> CauseInterval:
    expected = "causes as CODE:FROM/TO;… with the codes " + ", ".join(CauseCode)
    found = re.fullmatch(r"\s*(\w+)\s*:\s*([\d-]+)\s*/\s*([\d-]*)\s*", text)
    if found is None or found[1].upper() not in set(CauseCode):
        raise CellValueError(expected)
    last = parse_date(found[3]) if found[3] else None
    try:
        return CauseInterval(CauseCode(found[1].upper()), parse_date(found[2]), last)
    except CellValueError:
        raise
    except ValueError as error:
        raise CellValueError(f"a cause that begins before it ends ({error})") from error


def _make_record(row: TableRow) -> ContractRecord:
    values: dict[str, Any] = {column.field: row.values.get(column.field) for column in _COLUMNS}
    own = {field: values.pop(field) for field in _RECORD_FIELDS}
    values["causes"] = values["causes"] or ()
    return ContractRecord(row=row.row, contract=LandContract(**values), extra=dict(row.extra), **own)


_RECORD_FIELDS = (
    "supply_method",
    "holder",
    "holder_credit_code",
    "signed_date",
    "price_yuan",
    "reported_start_date",
    "remark",
)


_SUPPLY = one_of(
    {
        "出让": SupplyMethod.GRANT,
        "划拨": SupplyMethod.ALLOCATION,
        "租赁": SupplyMethod.LEASE,
        "作价出资": SupplyMethod.CONTRIBUTION,
        "作价入股": SupplyMethod.CONTRIBUTION,
    }
)
_FOUNDATION = one_of(
    {
        "深基坑": FoundationType.DEEP_PIT,
        "桩基": FoundationType.PILE,
        "其他": FoundationType.OTHER,
        "其它": FoundationType.OTHER,
    }
)

_COLUMNS = (
    Column("contract_no", texts("合同编号", "合同号", "合同(决定书)编号"), is_required=True),
    Column("parcel_code", texts("宗地代码", "宗地编码", "宗地号")),
    Column("supply_method", dict.fromkeys(("供地方式", "供应方式"), _SUPPLY)),
    Column("holder", texts("受让人", "土地使用权人", "使用权人", "用地单位")),
    Column("holder_credit_code", texts("统一社会信用代码", "信用代码")),
    Column("signed_date", dates("签订日期", "合同签订日期", "签约日期")),
    Column("price_yuan", amounts_yuan("出让价款", "土地价款", "成交价款", "划拨价款")),
    Column("agreed_start_date", dates("约定动工日期", "约定开工日期", "约定动工时间", "约定开工时间")),
    Column("supplement_date", dates("补充协议日期", "补充协议签订日期")),
    Column("supplement_start_date", dates("补充约定动工日期", "补充协议约定动工日期")),
    Column("delivery_date", dates("交地日期", "实际交地日期", "交地确认书日期")),
    Column("permit_date", dates("施工许可日期", "施工许可证日期")),
    Column("foundation_type", dict.fromkeys(("基础类型", "基础形式"), _FOUNDATION)),
    Column("milestone_done", dict.fromkeys(("节点完成量",), parse_amount)),
    Column("milestone_total", dict.fromkeys(("节点总量",), parse_amount)),
    Column("milestone_date", dates("节点完成日期")),
    Column("reported_start_date", dates("申报动工日期", "申报开工日期")),
    Column("should_start_area_m2", areas("应动工面积", "应动工开发建设用地总面积")),
    Column("developed_area_m2", areas("已动工面积", "已动工开发面积")),
    Column("total_investment_10k_yuan", amounts_10k_yuan("总投资额", "总投资")),
    Column("invested_10k_yuan", amounts_10k_yuan("已投资额", "已投资")),
    Column("suspended_since", dates("中止日期", "中止开发日期", "停工日期")),
    Column("resumed_date", dates("复工日期")),
    Column("causes", dict.fromkeys(("延期原因", "延误原因"), parse_causes)),
    Column("remark", texts("备注")),
)
