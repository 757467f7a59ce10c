"""The words of a sheet in Chinese and English."""

from typing import Final, Literal

Language = Literal["zh", "en", "both"]

LABELS: Final = {
    "title": ("规划依据图", "Planning-basis Sheet"),
    "number": ("编号", "No."),
    "issued": ("出具时间", "Issued"),
    "as_of": ("规划适用日期", "Law and plans as of"),
    "verdict": ("综合结论", "Overall finding"),
    "basic": ("宗地基本情况", "The parcel"),
    "map": ("规划依据图", "Map"),
    "legend": ("图例", "Legend"),
    "plans": ("现行规划", "Plans in force"),
    "lines": ("涉及控制线", "Control lines crossed"),
    "constraints": ("涉及其他管控要求", "Other constraints met"),
    "clear": ("已核查、未涉及", "Checked and clear"),
    "no_data": ("无数据、未能核查", "No data: not known"),
    "boundary": ("界址点坐标", "Boundary points"),
    "versions": ("数据来源与现势性", "Data and their dates"),
    "rules": ("依据的规则", "Rules applied"),
    "parameters": ("采用的参数", "Numbers applied"),
    "proof": ("验证信息", "Verification"),
    "parcel_code": ("宗地代码", "Parcel code"),
    "feature_id": ("要素标识", "Feature id"),
    "name": ("名称", "Name"),
    "layer": ("数据层", "Layer"),
    "land_use": ("现状或登记用途", "Land use on record"),
    "parts": ("图形部分数", "Parts"),
    "area_registered": ("登记面积", "Registered area"),
    "area_ellipsoid": ("椭球面积（法定）", "Ellipsoidal area (legal)"),
    "area_planar": ("平面面积", "Planar area"),
    "plan": ("规划", "Plan"),
    "approval": ("批准文号", "Approval no."),
    "version": ("版本", "Version"),
    "valid_from": ("生效日期", "In force from"),
    "valid_to": ("失效日期", "In force until"),
    "zone": ("地块用途", "Zone and use"),
    "far": ("容积率≤", "FAR ≤"),
    "height": ("建筑高度≤(m)", "Height ≤ (m)"),
    "density": ("建筑密度≤", "Density ≤"),
    "green": ("绿地率≥", "Green ≥"),
    "area": ("面积(m²)", "Area (m²)"),
    "share": ("占比", "Share"),
    "finding": ("结论", "Finding"),
    "what": ("涉及内容与依据", "What is met, and the law"),
    "remedy": ("处理", "Remedy"),
    "covered": ("数据覆盖", "Covered"),
    "reason": ("原因", "Reason"),
    "needed": ("是否必需", "Mandatory"),
    "point": ("点号", "Point"),
    "x": ("X 北(m)", "X north (m)"),
    "y": ("Y 东(m)", "Y east (m)"),
    "side": ("边长(m)", "Side (m)"),
    "part_ring": ("部分/环", "Part/ring"),
    "accuracy": ("精度(m)", "Accuracy (m)"),
    "source": ("源文件摘要 SHA-256", "SHA-256 of the source"),
    "rule": ("规则", "Rule"),
    "citation": ("依据", "Source"),
    "parameter": ("参数", "Number"),
    "value": ("数值", "Value"),
    "unit": ("单位", "Unit"),
    "status": ("状态", "Status"),
    "assumed": ("待核实", "assumed"),
    "confirmed": ("已核实", "confirmed"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "none": ("无", "None"),
    "not_stated": ("未载明", "not stated"),
    "unlimited": ("—", "—"),
    "no_version": ("该日无现行版本", "no version in force that day"),
    "crs": ("坐标系", "Coordinates"),
    "scale": ("比例尺", "Scale"),
    "hash": ("内容摘要 SHA-256", "SHA-256 of the content"),
    "signature": ("数字签名 Ed25519", "Signature Ed25519"),
    "engine": ("计算引擎", "Engine"),
    "verify": ("验证地址", "Verify at"),
    "page": ("页", "page"),
    "issuer": ("出具单位（盖章）", "Issued by (seal)"),
    "made_by": ("经办", "Prepared"),
    "checked_by": ("审核", "Checked"),
    "the_site": ("地块基本情况", "The site"),
    "site": ("地块", "Site"),
    "site_check": ("核查编号", "Site check"),
    "question": ("拟用地情况", "What was asked"),
    "project": ("对项目的要求", "Rules about the project"),
    "kept": ("已核查、符合", "Checked and kept"),
    "the_project": ("项目", "Project"),
    "unlisted": ("不在清单内", "not a listed one"),
    "intended_use": ("拟用途", "Intended use"),
    "industry": ("行业代码", "Industry"),
    "activity": ("红线内有限人为活动", "Activity in the red line"),
    "stage": ("阶段", "Stage"),
    "takes_new_construction_land": ("涉及新增建设用地", "Takes new construction land"),
    "is_national_major_project": ("国家重大项目", "National major project"),
    "is_building_outline": ("图形为建筑轮廓", "Outline of a building"),
    "not_asked": ("本阶段未要求且未提供的指标", "Figures neither asked for at this stage nor given"),
    "floor_area_ratio": ("容积率", "floor area ratio"),
    "building_density": ("建筑密度", "building density"),
    "green_ratio": ("绿地率", "green ratio"),
    "height_m": ("建筑高度(m)", "height (m)"),
    "building_coefficient": ("建筑系数", "building coefficient"),
    "office_land_share": ("行政办公用地占比", "share of office land"),
    "office_floor_share": ("行政办公建筑面积占比", "share of office floor area"),
}

STAGES: Final = {
    "investment": ("招商引资", "investment promotion"),
    "project_approval": ("立项、用地预审与选址", "project approval"),
    "planning_permit": ("建设用地规划许可", "planning permit"),
    "building_permit": ("建设工程规划许可", "building permit"),
}

VERDICTS: Final = {
    "DENY": ("不符合", "Not permitted"),
    "REVIEW": ("需审查", "Needs review"),
    "NO_DATA": ("数据不足，不能下结论", "Not enough data to conclude"),
    "WARN": ("基本符合，请注意", "Possible, with warnings"),
    "PASS": ("未发现限制", "No restriction found"),
}

#: Of a rule that was asked and is kept.
KEPT: Final = ("符合", "Kept")

REASONS: Final = {
    "no_layer": ("本系统没有该类数据", "no such layer here"),
    "not_covered": ("数据未覆盖本宗地，或未载明覆盖范围", "not covered, or the layer does not state its reach"),
    "hit": ("仅覆盖部分宗地", "only part of the parcel is covered"),
    "clear": ("仅覆盖部分宗地，覆盖部分未涉及", "only part is covered; clear there"),
    "stale": ("数据已过期", "the data are too old"),
    "failed": ("计算失败", "the computation failed"),
    "local_rule": ("不知所在县，地方规则是否适用不明", "the county is not known, nor whether this local rule holds"),
}

NOTES: Final = {
    "verdict": (
        "本图只陈述所列数据、规则和日期下的规划依据；无数据不等于没有限制，不代替行政许可。",
        "By the data, rules and date listed. No data does not mean no restriction. This sheet is no permit.",
    ),
    "map": (
        "平面坐标为高斯-克吕格 3 度带投影；指北针指坐标北。图件仅示意，面积和坐标以表列数值为准。",
        "Gauss-Krueger 3-degree zone; the arrow points to grid north. Areas and coordinates are those of the tables.",
    ),
    "no_data": (
        "下列内容没有数据或数据不完整，不等于没有限制，须另行查明。",
        "Of the following there are no data, or not enough. That is not the same as free; it has to be found out.",
    ),
    "assumed": (
        "标注“待核实”的规则和参数尚未与公布文本核对。",
        "Rules and numbers marked “assumed” have still to be checked against the published text.",
    ),
    "boundary": (
        "边长为至同环下一点的平面距离；末点至首点闭合。",
        "A side leads to the next point of its ring in the plane; the last one closes the ring.",
    ),
    "proof": (
        "扫描二维码或打开验证地址，系统按所列版本重新计算，并说明结果一致、数据或规则已变更、或引擎已变更。",
        "Scan the code or open the address: the statement is computed again from the versions listed, and what differs is told.",
    ),
}


def pick(pair: tuple[str | None, str | None], language: Language, *, apart: str = " ") -> str:
    """Return the text of a language, or both, one after the other; equal ones once.

    Examples
    --------
    >>> from app.extracts.labels import pick
    >>> pick(("面积", "Area"), "both"), pick(("R2", "R2"), "both"), pick(("面积", "Area"), "en")
    ('面积 Area', 'R2', 'Area')
    """
    zh, en = (text or "" for text in pair)
    match language:
        case "zh":
            return zh
        case "en":
            return en
        case "both":
            return zh if zh == en else apart.join(filter(None, (zh, en)))


def label(name: str, language: Language) -> str:
    """Return a label; a table's head in both languages has two lines."""
    return pick(LABELS[name], language, apart="\n")
