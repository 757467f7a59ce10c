"""What is known of a project beyond its site: use, industry, activity, works. Unknown is None, never "no"."""

from dataclasses import dataclass
from enum import StrEnum

from gis.landuse.codes import CodeVersion


class IndustryStandard(StrEnum):
    """Versions of 《国民经济行业分类》; codes moved between them, so that a code means nothing without its version."""

    GBT4754_2002 = "GB/T 4754-2002"
    GBT4754_2011 = "GB/T 4754-2011"
    GBT4754_2017 = "GB/T 4754-2017"


class Works(StrEnum):
    """Works beside ordinary building that some distances are about."""

    GROUNDWATER_PUMPING = "groundwater_pumping"  # 抽取地下水
    MINING = "mining"  # 采矿
    QUARRYING = "quarrying"  # 采石
    BLASTING = "blasting"  # 爆破
    EXCAVATION = "excavation"  # 工程挖掘、工程钻探
    TAILINGS_POND = "tailings_pond"  # 尾矿库


class ContaminationState(StrEnum):
    """Where a contaminated or suspected parcel stands in the procedure of the Soil Pollution Law."""

    NOT_SURVEYED = "not_surveyed"  # 未开展土壤污染状况调查
    SURVEYED_CLEAN = "surveyed_clean"  # 调查结果不超标
    LISTED = "listed"  # 在风险管控和修复名录
    RESTORED = "restored"  # 达到目标，已移出名录


class Power(StrEnum):
    """Kind of competence of an authority."""

    APPROVAL = "approval"  # 审批
    MANAGEMENT = "management"  # 后期管理


class Indicator(StrEnum):
    """Figures of a project or a plan that rules set limits for."""

    FLOOR_AREA_RATIO = "floor_area_ratio"  # 容积率
    BUILDING_DENSITY = "building_density"  # 建筑密度, 0 to 1
    GREEN_RATIO = "green_ratio"  # 绿地率, 0 to 1
    HEIGHT_M = "height_m"  # 建筑高度, metres
    BUILDING_COEFFICIENT = "building_coefficient"  # 建筑系数, 0 to 1
    OFFICE_LAND_SHARE = "office_land_share"  # 行政办公及生活服务设施用地所占比重, 0 to 1
    OFFICE_FLOOR_SHARE = "office_floor_share"  # 行政办公及生活服务设施建筑面积所占比重, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """Facts about the project that is asked for.

    Attributes
    ----------
    use_code : str or None
        Intended use, in the table ``use_code_version``.
    use_code_version : CodeVersion
    industry_code : str or None
        Section letter and digits or digits alone of ``industry_standard``, such as ``C2614`` or ``26``.
    industry_standard : IndustryStandard
    activity_code : str or None
        Item of the list of limited activities in the ecological red line; ``none`` for an activity that is not in it.
    takes_new_construction_land : bool or None
        Whether the project needs approval of new construction land (新增建设用地).
    is_national_major_project : bool or None
    works : frozenset of Works or None
        Works of the project; None when nobody said, an empty set when there are none.
    exemption_document : str or None
        Number of the document that excuses the project from a control indicator (节地评价).
    is_building_outline : bool
        The outline is that of a building, not of a site in which buildings can still be placed.
    """

    use_code: str | None = None
    use_code_version: CodeVersion = CodeVersion.GUIDE_2023
    industry_code: str | None = None
    industry_standard: IndustryStandard = IndustryStandard.GBT4754_2017
    activity_code: str | None = None
    takes_new_construction_land: bool | None = None
    is_national_major_project: bool | None = None
    works: frozenset[Works] | None = None
    exemption_document: str | None = None
    is_building_outline: bool = False


#: Nothing is known of the project.
NO_FACTS = SiteFacts()
