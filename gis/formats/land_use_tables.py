"""Tables of land in use (地块利用现状) for the assessment of low-efficiency land."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from gis.efficiency import LandInUse, Storey
from gis.formats.cells import CellValueError, one_of, parse_amount, parse_text, plain
from gis.formats.headers import amounts_10k_yuan, areas, dates, flags, texts
from gis.formats.land_tables import DeliveredRow
from gis.formats.tables import Check, Column, TableContent, TableRow, read_table, unasked
from gis.rules import IndustryStandard


def read_land_in_use(path: Path, check: Check = unasked) -> TableContent[DeliveredRow[LandInUse]]:
    """Read a table of parcels in use.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.xlsx``; storeys are one cell: ``5000@4.5;3000@9`` is 5000 m2 of 4.5 m and 3000 m2 of 9 m height.
    check : callable, optional
        See :func:`gis.formats.tables.read_table`.

    Returns
    -------
    TableContent of DeliveredRow

    Raises
    ------
    TableRefusedError
        When the file has no column 宗地代码, or is no table.
    """
    return read_table(path, _COLUMNS, _make_land, unique_field="parcel_code", check=check)


def parse_storeys(cell: object) -> tuple[Storey, ...]:
    """Read storeys as floor area in m2 and height in m.

    Raises
    ------
    CellValueError

    Examples
    --------
    >>> from gis.formats.land_use_tables import parse_storeys
    >>> [storey.height_m for storey in parse_storeys("5000@4.5; 3000@9")]
    [Decimal('4.5'), Decimal('9')]
    """
    return tuple(_parse_storey(part) for part in re.split(r"[;\n]", plain(parse_text(cell))) if part.strip())


def _parse_storey(text: str) -> Storey:
    area, mark, height = text.strip().partition("@")
    if not mark:
        raise CellValueError("storeys as AREA@HEIGHT;…")
    return Storey(parse_amount(area), parse_amount(height))


def parse_zone(cell: object) -> str:
    """Read the code of a zone, as it stands in the names of parameter rows.

    Raises
    ------
    CellValueError
    """
    text = plain(parse_text(cell)).lower()
    if re.fullmatch(r"[a-z0-9_]+", text) is None:
        raise CellValueError("a zone code of letters, digits and _")
    return text


def _make_land(row: TableRow) -> DeliveredRow[LandInUse]:
    known: dict[str, Any] = {column.field: row.values.get(column.field) for column in _COLUMNS}
    known["industry_standard"] = known["industry_standard"] or IndustryStandard.GBT4754_2017
    structures = ("structure_footprint_m2", "open_yard_m2")
    known |= {name: known[name] or Decimal(0) for name in structures if known["building_footprint_m2"] is not None}
    return DeliveredRow(row.row, known["parcel_code"], LandInUse(**known))


_STANDARD = one_of(
    {
        "2002": IndustryStandard.GBT4754_2002,
        "2011": IndustryStandard.GBT4754_2011,
        "2017": IndustryStandard.GBT4754_2017,
    }
)

_COLUMNS = (
    Column("parcel_code", texts("宗地代码", "宗地编码"), is_required=True),
    Column("zone", dict.fromkeys(("片区代码", "园区代码"), parse_zone)),
    Column("industry_code", texts("行业代码", "国民经济行业代码")),
    Column("industry_standard", dict.fromkeys(("行业分类版本",), _STANDARD)),
    Column("supplied_on", dates("供地日期", "签订日期")),
    Column("is_built", flags("是否建设用地")),
    Column("has_clear_rights", flags("是否权属清晰")),
    Column("is_disputed", flags("是否存在争议")),
    Column("is_idle", flags("是否闲置")),
    Column("land_area_m2", areas("用地面积", "宗地面积")),
    Column("storeys", dict.fromkeys(("分层建筑面积", "分层建筑面积(平方米@米)"), parse_storeys)),
    Column("counted_floor_area_m2", areas("计容建筑面积")),
    Column("building_footprint_m2", areas("建筑物占地", "建筑物占地面积")),
    Column("structure_footprint_m2", areas("构筑物占地", "构筑物占地面积")),
    Column("open_yard_m2", areas("露天堆场", "露天堆场面积")),
    Column("office_land_m2", areas("行政办公用地", "行政办公及生活服务设施用地")),
    Column("office_floor_m2", areas("行政办公建筑面积")),
    Column("green_area_m2", areas("绿地", "绿地面积")),
    Column("investment_10k_yuan", amounts_10k_yuan("固定资产投资", "固定资产总投资")),
    Column("output_10k_yuan", amounts_10k_yuan("产值", "营业收入")),
    Column("tax_10k_yuan", amounts_10k_yuan("税收", "实缴税收")),
    Column("vacant_floor_m2", areas("空置建筑面积")),
    Column("total_floor_m2", areas("总建筑面积")),
    Column("is_producing", flags("是否在产")),
    Column("stopped_since", dates("停产日期")),
    Column("is_policy_listed", flags("是否禁止淘汰类")),
    Column("is_unsafe", flags("是否安全环保不达标")),
    Column("is_plan_mismatch", flags("是否与规划不符")),
    Column("renewal_area_m2", areas("更新改造区内面积")),
)
