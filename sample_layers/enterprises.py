"""The register of firms (企业.xlsx): one sheet of firms, one of their years.

References
----------
.. [1] 《企业信息公示暂行条例》 (2014) art. 8: the annual report of a year is due from 1 January to 30 June of the next.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sample_layers.chance import choose, roll, whole
from sample_layers.naming import credit_code, firm_name
from sample_layers.parcels import FIRMS, Parcel

FIRM_COLUMNS = (
    "统一社会信用代码",
    "企业名称",
    "行业代码",
    "行业名称",
    "成立日期",
    "登记状态",
    "注册资本(万元)",
    "宗地代码",
    "用地面积(亩)",
    "最近用电月份",
    "最近纳税月份",
    "是否失联",
)
YEAR_COLUMNS = (
    "统一社会信用代码",
    "年度",
    "是否年报",
    "营业收入(万元)",
    "税收(万元)",
    "工业增加值(万元)",
    "综合能耗(吨标准煤)",
    "从业人数",
    "研发经费(万元)",
)
YEARS = (2023, 2024, 2025)

_INDUSTRIES = (
    ("3484", "机械零部件加工"),
    ("3670", "汽车零部件及配件制造"),
    ("3511", "矿山机械制造"),
    ("3985", "电子专用材料制造"),
    ("1495", "食品及饲料添加剂制造"),
    ("2740", "中成药生产"),
    ("5990", "其他仓储业"),
)


@dataclass(frozen=True)
class Closure:
    """A firm that looks dead, and how much of that is true.

    As of 30 June 2026 the years due are 2023 and 2024: the report for 2025 may still be handed in on that day [1]_.
    """

    firm: int
    item: str
    reports: tuple[bool, bool, bool]
    last_power: str
    is_lost: bool
    is_zombie: bool


CLOSURES = (
    Closure(3, "all_three_conditions", (False, False, False), "2024-11", is_lost=True, is_zombie=True),
    Closure(11, "no_report_but_reachable", (False, False, False), "2024-11", is_lost=False, is_zombie=False),
    Closure(19, "one_report_handed_in", (False, True, False), "2024-11", is_lost=True, is_zombie=False),
    Closure(27, "still_uses_power", (False, False, False), "2026-05", is_lost=True, is_zombie=False),
    Closure(
        35, "only_the_report_not_yet_due_is_missing", (True, True, False), "2024-11", is_lost=True, is_zombie=False
    ),
)


def firm_rows(parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    """Return the sheet of firms; land is the sum of what each holds, in mu."""
    held: dict[int, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        if parcel.firm is not None:
            held[parcel.firm].append(parcel)
    closures = {closure.firm: closure for closure in CLOSURES}
    return [_firm_row(firm, held[firm], closures.get(firm)) for firm in range(FIRMS)]


def year_rows() -> list[dict[str, Any]]:
    """Return the sheet of years, three a firm."""
    closures = {closure.firm: closure for closure in CLOSURES}
    return [_year_row(firm, year, closures.get(firm)) for firm in range(FIRMS) for year in YEARS]


def _firm_row(firm: int, parcels: Sequence[Parcel], closure: Closure | None) -> dict[str, Any]:
    code, industry = choose(_INDUSTRIES, "industry", firm)
    last_power = "2026-05" if closure is None else closure.last_power
    return {
        "统一社会信用代码": credit_code(firm),
        "企业名称": firm_name(firm),
        "行业代码": code,
        "行业名称": industry,
        "成立日期": f"{whole(2004, 2021, 'founded', firm)}-{whole(1, 12, 'month', firm):02d}-15",
        "登记状态": "存续",
        "注册资本(万元)": whole(5, 200, "capital", firm) * 100,
        "宗地代码": ";".join(sorted({parcel.code for parcel in parcels})),
        "用地面积(亩)": round(sum(parcel.area_m2 for parcel in parcels) * 3 / 2000, 2),
        "最近用电月份": last_power,
        "最近纳税月份": last_power,
        "是否失联": "是" if closure is not None and closure.is_lost else "否",
    }


def _year_row(firm: int, year: int, closure: Closure | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(YEAR_COLUMNS, 0)
    row |= {"统一社会信用代码": credit_code(firm), "年度": year}
    row["是否年报"] = "是" if closure is None or closure.reports[YEARS.index(year)] else "否"
    if closure is None:
        revenue = whole(500, 60_000, "revenue", firm) * (1 + 0.08 * (year - 2023))
        row["营业收入(万元)"] = round(revenue, 2)
        row["税收(万元)"] = round(revenue * (0.02 + 0.05 * roll("tax", firm)), 2)
        row["工业增加值(万元)"] = round(revenue * (0.15 + 0.2 * roll("added", firm)), 2)
        row["综合能耗(吨标准煤)"] = round(revenue * (0.01 + 0.04 * roll("energy", firm)), 1)
        row["从业人数"] = 10 + int(revenue / 90)
        row["研发经费(万元)"] = round(revenue * 0.05 * roll("research", firm), 2)
    return row
