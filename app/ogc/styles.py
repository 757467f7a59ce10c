"""Colours and names of what maps draw: codes of land-use tables, verdicts, idle cases."""

import re
from functools import cache

from gis.landuse.codes import CodeVersion, LandUseCode, code_table, lookup
from gis.landuse.control_zones import MapStyle
from gis.plans.plan_faults import FAULT_NAMES

UNSTYLED = MapStyle("全部", "All", "#c9ced6", "#5f6b7a")
OTHER_STYLE = MapStyle("其他", "Other", "#e3e3e3", "#6e6e6e")

# From the worst to the best.
VERDICT_STYLES = {
    "DENY": MapStyle("禁止", "Denied", "#d9383a", "#8c1515"),
    "REVIEW": MapStyle("需审查", "Review", "#f08c2e", "#9c4f00"),
    "NO_DATA": MapStyle("无数据", "No data", "#8f8f9c", "#4b4b57"),
    "WARN": MapStyle("提示", "Warning", "#f5d04c", "#8a6d00"),
    "PASS": MapStyle("通过", "Passed", "#58a868", "#1f6b30"),
}
IDLE_STYLES = {
    "idle_not_started": MapStyle("闲置:未动工", "Idle: not started", "#b5179e", "#5c0a50"),
    "idle_suspended": MapStyle("闲置:中止开发", "Idle: suspended", "#7b4fd0", "#3c2173"),
    "late_start": MapStyle("逾期动工", "Late start", "#f0a13c", "#8f5200"),
    "insufficient_data": MapStyle("资料不足", "Insufficient data", "#8f8f9c", "#4b4b57"),
}
LAND_STYLES = {
    "low_efficiency": MapStyle("低效用地", "Low-efficiency land", "#e08e1b", "#7d4b00"),
    "zombie": MapStyle("僵尸企业用地", "Land of zombie firms", "#6b4f8a", "#35244a"),
    "unsupplied": MapStyle("批而未供", "Approved, not supplied", "#2d7dd2", "#123f6b"),
    "hoarding": MapStyle("囤地", "Hoarded land", "#b5179e", "#5c0a50"),
    "temporary_use": MapStyle("临时用地到期", "Temporary use past its end", "#1f8a8a", "#0b4b4b"),
    "grant_term": MapStyle("出让年限问题", "Terms of grants", "#8a6d3b", "#4a3817"),
    "standard_land": MapStyle("标准地承诺", "Promises of standard land", "#58a868", "#1f6b30"),
    "per_mu": MapStyle("亩均效益评价", "Per-mu evaluation", "#f5d04c", "#8a6d00"),
    "data_fault": MapStyle("数据问题", "Faults of the data", "#8f8f9c", "#4b4b57"),
}
CONFLICT_STYLES = {
    "conflict": MapStyle("规划矛盾", "Conflict", "#e4572e", "#8c2a10"),
    "contradiction": MapStyle("规划自相矛盾", "Contradiction in a plan", "#7b2d8b", "#41134b"),
    "gap": MapStyle("规划无数据", "No data in a plan", "#8f8f9c", "#4b4b57"),
}
# The symbol of each class, for those who cannot tell the colours apart and for prints without any.
CONFLICT_HATCHES = {"conflict": "diagonal", "contradiction": "cross", "gap": "dots"}
# A patch in which all plans agree is one in a hard line.
PATCH_STYLES = CONFLICT_STYLES | {
    "agreed_construction": MapStyle(
        "底线内各规均为建设用地", "Construction land of all plans in a hard line", "#c2185b", "#6d0d33"
    ),
}
PATCH_HATCHES = CONFLICT_HATCHES | {"agreed_construction": "horizontal"}
CELL_STYLES = CONFLICT_STYLES | {
    "agreed_construction": MapStyle("各规均为建设用地", "Construction land in all plans", "#f6c9b8", "#b98a78"),
    "agreed_non_construction": MapStyle("各规均为非建设用地", "No construction land in any plan", "#cfe3c3", "#86a476"),
}

FAULT_STYLES = {
    kind: MapStyle(FAULT_NAMES[kind].zh, FAULT_NAMES[kind].en[0].upper() + FAULT_NAMES[kind].en[1:], fill, outline)
    for kind, fill, outline in (
        ("lines_cross", "#d9383a", "#8c1515"),
        ("beyond_upper_plan", "#e4572e", "#8c2a10"),
        ("upper_plan_silent", "#8f8f9c", "#4b4b57"),
        ("industry_beside_housing", "#bb9674", "#6b3f1d"),
        ("overlap", "#f08c2e", "#9c4f00"),
        ("gap", "#7b4fd0", "#3c2173"),
        ("outside_scope", "#b5179e", "#5c0a50"),
        ("missing_vertex", "#1f8a8a", "#0b4b4b"),
        ("near_vertex", "#2d7dd2", "#123f6b"),
        ("not_examined", "#c9ced6", "#5f6b7a"),
    )
}

CLEARANCE_STYLES = {
    "registered": MapStyle("待清退", "Registered", "#d9383a", "#8c1515"),
    "planned": MapStyle("已列入计划", "Planned", "#f08c2e", "#9c4f00"),
    "under_way": MapStyle("清退中", "Under way", "#f5d04c", "#8a6d00"),
    "cleared": MapStyle("已清退", "Cleared", "#58a868", "#1f6b30"),
}

OVERLAP_STYLES = {
    "real": MapStyle("真实重叠", "Real overlap", "#2d7dd2", "#123f6b"),
    "sliver": MapStyle("细碎重叠", "Sliver", "#f5d04c", "#8a6d00"),
    "artefact": MapStyle("坐标误差", "Artefact of the coordinates", "#8f8f9c", "#4b4b57"),
}

# Fill and outline for codes of tables that are not known here, such as another country's zoning.
PALETTE = (
    ("#a6cee3", "#3d7ea6"),
    ("#fdbf6f", "#b06a00"),
    ("#b2df8a", "#4d8a1f"),
    ("#cab2d6", "#6a4a82"),
    ("#fb9a99", "#b23a38"),
    ("#ffffb3", "#8f8f2b"),
    ("#8dd3c7", "#2f7f72"),
    ("#d9c2a3", "#7d5f33"),
    ("#bcbddc", "#54568f"),
    ("#fccde5", "#a3497d"),
)


@cache
def _versions_by_spelling() -> dict[str, CodeVersion]:
    return {_letters_and_digits(version.value): version for version in CodeVersion}


def find_code(code: str, code_version: str | None) -> LandUseCode | None:
    """Return a code, or the nearest one above it that the table has; None where the table itself is not known.

    ``GB/T 21010-2017`` and ``GBT21010-2017`` name the same table.
    """
    version = _versions_by_spelling().get(_letters_and_digits(code_version or ""))
    if version is None:
        return None
    shorter = (code[:length] for length in range(len(code), 0, -1))
    return next((found for part in shorter if (found := lookup(part, version)) is not None), None)


def code_style(code: str, code_version: str | None) -> MapStyle | None:
    """Return how a code is drawn; a local subdivision looks like the class above it and is named with its own code.

    Examples
    --------
    >>> from app.ogc.styles import code_style
    >>> code_style("R29", "GB 50137-2011").name_zh
    '二类居住用地(R29)'
    """
    found = find_code(code, code_version)
    if found is None:
        return None
    style = found.style
    if found == lookup(code, found.version):
        return style
    return MapStyle(f"{style.name_zh}({code})", f"{style.name_en} ({code})", style.fill, style.outline)


def code_order(code: str, code_version: str | None) -> tuple[int, int, str]:
    """Return where a code stands in a legend: in the order of its table, codes of no known table last."""
    found = find_code(code, code_version)
    if found is None:
        return 1, 0, code
    return 0, _positions(found.version)[found.code], code


@cache
def _positions(version: CodeVersion) -> dict[str, int]:
    return {code: position for position, code in enumerate(code_table(version))}


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
