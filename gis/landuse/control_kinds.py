"""Kinds of control areas: what a rule names and a layer declares."""

from enum import StrEnum


class ControlKind(StrEnum):
    """Kind of a control area layer; a layer of a known kind needs no code."""

    ECOLOGICAL_REDLINE = "ecological_redline"  # 生态保护红线
    PERMANENT_BASIC_FARMLAND = "permanent_basic_farmland"  # 永久基本农田
    URBAN_DEVELOPMENT_BOUNDARY = "urban_development_boundary"  # 城镇开发边界
    ECOLOGICAL_CONTROL_LINE = "ecological_control_line"  # 生态控制线: a local line, not the red line
    FUNCTIONAL_ZONE = "functional_zone"  # 重点、限制、禁止开发区
    LAND_USE_CONTROL_ZONE = "land_use_control_zone"  # 建设用地管制区 of the former land-use plans
    WATER_SOURCE = "water_source"  # 饮用水水源保护区
    RIVER_MANAGEMENT = "river_management"  # 河道管理范围
    WETLAND = "wetland"  # 湿地
    NATURE_RESERVE = "nature_reserve"  # 自然保护区
    FLOOD_ZONE = "flood_zone"  # 洪泛区、蓄滞洪区
    CONTAMINATED_LAND = "contaminated_land"  # 污染地块
    FOREST = "forest"  # 林地
    TRANSPORT = "transport"  # 交通设施
    UTILITY = "utility"  # 公用管线
    JURISDICTION = "jurisdiction"  # 管辖界线
    OTHER = "other"
