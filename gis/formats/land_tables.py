"""Tables about land after its approval: approvals, supplies, temporary uses, terms of grants, promises of standard land."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from gis.formats.cells import one_of, parse_amount, parse_count
from gis.formats.headers import areas, dates, flags, texts
from gis.formats.tables import Check, Column, TableContent, TableRow, read_table, unasked
from gis.supervision import Approval, Bound, GrantTerm, Promise, Stage, Supply, TemporaryUse, UseGroup

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class DeliveredRow(Generic[Value]):
    """One row: its number, what it is about, and what it says."""

    row: int
    subject: str
    value: Value


def read_approvals(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[Approval]]:
    """Read approvals of conversion and expropriation (农转用、征收批文).

    Raises
    ------
    TableRefusedError
        When the file has no column 批准文号, or is no table; so too for the tables below.
    """
    return read_table(path, _APPROVAL_COLUMNS, _make_approval, unique_field="approval_no", check=check)


def read_supplies(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[Supply]]:
    """Read supplies of land by approval (供地台账); several supplies may share one approval."""
    return read_table(path, _SUPPLY_COLUMNS, _make_supply, unique_field=(), check=check)


def read_temporary_uses(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[TemporaryUse]]:
    """Read temporary uses (临时用地)."""
    return read_table(path, _TEMPORARY_COLUMNS, _make_temporary, unique_field="approval_no", check=check)


def read_grant_terms(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[GrantTerm]]:
    """Read the terms of grants (出让年限)."""
    return read_table(path, _TERM_COLUMNS, _make_term, unique_field="contract_no", check=check)


def read_promises(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[Promise]]:
    """Read the promises of standard land (标准地承诺) and what was measured."""
    return read_table(
        path, _PROMISE_COLUMNS, _make_promise, unique_field=("contract_no", "stage", "indicator"), check=check
    )


def _make_approval(row: TableRow) -> DeliveredRow[Approval]:
    values = _values(row, _APPROVAL_COLUMNS)
    values["withdrawn_area_m2"] = values["withdrawn_area_m2"] or Decimal(0)
    return DeliveredRow(row.row, values["approval_no"], Approval(**values))


def _make_supply(row: TableRow) -> DeliveredRow[Supply]:
    supply = Supply(**_values(row, _SUPPLY_COLUMNS))
    return DeliveredRow(row.row, supply.approval_no, supply)


def _make_temporary(row: TableRow) -> DeliveredRow[TemporaryUse]:
    values = _values(row, _TEMPORARY_COLUMNS)
    values["is_long_infrastructure"] = bool(values["is_long_infrastructure"])
    return DeliveredRow(row.row, values["approval_no"], TemporaryUse(**values))


def _make_term(row: TableRow) -> DeliveredRow[GrantTerm]:
    term = GrantTerm(**_values(row, _TERM_COLUMNS))
    return DeliveredRow(row.row, term.contract_no, term)


def _make_promise(row: TableRow) -> DeliveredRow[Promise]:
    promise = Promise(**_values(row, _PROMISE_COLUMNS))
    return DeliveredRow(row.row, promise.contract_no, promise)


def _values(row: TableRow, columns: Sequence[Column]) -> dict[str, Any]:
    return {column.field: row.values.get(column.field) for column in columns}


_USE_GROUP = one_of(
    {
        "居住": UseGroup.RESIDENTIAL,
        "住宅": UseGroup.RESIDENTIAL,
        "工业": UseGroup.INDUSTRIAL,
        "教科文卫体": UseGroup.PUBLIC,
        "商业": UseGroup.COMMERCIAL,
        "商业旅游娱乐": UseGroup.COMMERCIAL,
        "综合": UseGroup.OTHER,
        "其他": UseGroup.OTHER,
    }
)
_STAGE = one_of({"开工": Stage.START, "竣工": Stage.COMPLETION, "达产": Stage.OUTPUT})
_BOUND = one_of({"≥": Bound.AT_LEAST, "不低于": Bound.AT_LEAST, "≤": Bound.AT_MOST, "不高于": Bound.AT_MOST})

_APPROVAL_COLUMNS = (
    Column("approval_no", texts("批准文号", "批文号"), is_required=True),
    Column("approved_on", dates("批准日期", "批准时间")),
    Column("area_m2", areas("批准面积", "批准建设用地面积")),
    Column("withdrawn_area_m2", areas("核销面积", "撤回面积")),
    Column("acquisition_started_on", dates("征收实施日期", "实施征收日期")),
    Column("zone", texts("园区", "开发区")),
)
_SUPPLY_COLUMNS = (
    Column("approval_no", texts("批准文号", "批文号"), is_required=True),
    Column("supplied_on", dates("供地日期", "供应日期")),
    Column("area_m2", areas("供地面积", "供应面积"), is_required=True),
)
_TEMPORARY_COLUMNS = (
    Column("approval_no", texts("临时用地批准文号", "批准文号"), is_required=True),
    Column("parcel_code", texts("宗地代码", "地块编号")),
    Column("start_date", dates("起始日期", "使用起始日期")),
    Column("agreed_end_date", dates("终止日期", "约定终止日期")),
    Column("is_long_infrastructure", flags("是否长周期基础设施")),
    Column("reclaimed_on", dates("复垦验收日期")),
)
_TERM_COLUMNS = (
    Column("contract_no", texts("合同编号", "合同号"), is_required=True),
    Column("parcel_code", texts("宗地代码", "宗地编码")),
    Column("use_group", dict.fromkeys(("用途大类", "土地用途"), _USE_GROUP)),
    Column("start_date", dates("使用权起始日期", "起始日期")),
    Column("years", dict.fromkeys(("出让年限", "出让年限(年)"), parse_count)),
)
_PROMISE_COLUMNS = (
    Column("contract_no", texts("合同编号", "合同号"), is_required=True),
    Column("parcel_code", texts("宗地代码", "宗地编码")),
    Column("stage", dict.fromkeys(("阶段", "复核阶段"), _STAGE), is_required=True),
    Column("indicator", texts("指标", "控制指标"), is_required=True),
    Column("bound", dict.fromkeys(("比较", "要求"), _BOUND), is_required=True),
    Column("promised", dict.fromkeys(("承诺值",), parse_amount)),
    Column("due_date", dates("期限", "复核期限")),
    Column("measured", dict.fromkeys(("实测值", "复核值"), parse_amount)),
    Column("measured_on", dates("复核日期")),
)
