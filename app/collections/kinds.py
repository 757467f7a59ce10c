"""What the features of each kind of collection carry, as data: a property is declared here and nowhere else."""

from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from app.collections.declaring import DATE, INTEGER, NUMBER, STRING, declare, one_of, rounded, text
from app.collections.land_kinds import IDLE_CASE, LAND_FINDING
from app.collections.schema import CollectionKind, FeatureSchema, Property, PropertyType
from app.db.models import (
    ClearanceItem,
    ControlArea,
    Finding,
    OverlayPair,
    Parcel,
    PlanCell,
    PlanFaultRow,
    PlanPatch,
    PlanZone,
    ReferenceFeature,
)


def _areas(model: type[Parcel] | type[PlanZone] | type[ControlArea] | type[ReferenceFeature]) -> tuple[Property, ...]:
    return declare(
        model,
        ("area_ellipsoid_m2", NUMBER, "椭球面积(平方米)", "Ellipsoidal area (m²)"),
        ("area_planar_m2", NUMBER, "平面面积(平方米)", "Planar area (m²)"),
        ("layer_version_id", INTEGER, "图层版本", "Layer version"),
    )


def _in_hectares_and_mu(
    area_m2: InstrumentedAttribute[Any], name: str, title_zh: str, title_en: str
) -> tuple[Property, Property]:
    return (
        Property(f"{name}_ha", NUMBER, f"{title_zh}(公顷)", f"{title_en} (ha)", rounded(area_m2 / 10_000, 4)),
        Property(f"{name}_mu", NUMBER, f"{title_zh}(亩)", f"{title_en} (mu)", rounded(area_m2 * 3 / 2000, 2)),
    )


def _attributes(
    model: type[Parcel] | type[PlanZone] | type[ControlArea] | type[ReferenceFeature], *, needs_key: bool = False
) -> Property:
    title_zh, title_en = "来源属性", "Attributes of the source"
    return Property("attributes", PropertyType.OBJECT, title_zh, title_en, model.attributes, needs_key=needs_key)


PARCEL = FeatureSchema(
    CollectionKind.PARCEL,
    Parcel,
    Parcel.layer_version_id,
    (
        *declare(
            Parcel,
            ("parcel_code", STRING, "宗地代码", "Parcel code"),
            ("name", STRING, "名称", "Name"),
            ("land_use_code", STRING, "用途代码", "Land-use code"),
            ("code_version", STRING, "用途分类版本", "Version of the code table"),
            ("area_registered_m2", NUMBER, "登记面积(平方米)", "Registered area (m²)"),
        ),
        *_areas(Parcel),
        Property("holder", STRING, "权利人", "Holder", Parcel.holder, needs_key=True),
        # A bureau's own columns may name persons, and nothing says which of them do.
        _attributes(Parcel, needs_key=True),
    ),
    "land_use_code",
    code_property="parcel_code",
)

PLAN = FeatureSchema(
    CollectionKind.PLAN,
    PlanZone,
    PlanZone.layer_version_id,
    (
        *declare(
            PlanZone,
            ("zone_code", STRING, "用地代码", "Zone code"),
            ("zone_name", STRING, "用地名称", "Zone name"),
            ("code_version", STRING, "用途分类版本", "Version of the code table"),
            ("floor_area_ratio_max", NUMBER, "容积率上限", "Greatest floor-area ratio"),
            ("building_height_max_m", NUMBER, "建筑限高(米)", "Greatest building height (m)"),
            ("building_density_max", NUMBER, "建筑密度上限", "Greatest building density"),
            ("green_ratio_min", NUMBER, "绿地率下限", "Least green ratio"),
        ),
        *_areas(PlanZone),
        _attributes(PlanZone),
    ),
    "zone_code",
)

CONTROL_AREA = FeatureSchema(
    CollectionKind.CONTROL_AREA,
    ControlArea,
    ControlArea.layer_version_id,
    (
        Property("control_kind", STRING, "管控类型", "Kind of control area", None),
        *declare(
            ControlArea,
            ("control_code", STRING, "管控区代码", "Code"),
            ("control_name", STRING, "管控区名称", "Name"),
            ("control_zone", STRING, "管控分区", "Zone"),
        ),
        *_areas(ControlArea),
        _attributes(ControlArea),
    ),
    "control_zone",
    code_property="control_code",
)

REFERENCE = FeatureSchema(
    CollectionKind.REFERENCE,
    ReferenceFeature,
    ReferenceFeature.layer_version_id,
    (
        *declare(
            ReferenceFeature,
            ("feature_code", STRING, "要素代码", "Feature code"),
            ("feature_name", STRING, "要素名称", "Feature name"),
            ("code_version", STRING, "分类版本", "Version of the code table"),
        ),
        *_areas(ReferenceFeature),
        _attributes(ReferenceFeature),
    ),
    "feature_code",
)

FINDING = FeatureSchema(
    CollectionKind.FINDING,
    Finding,
    Finding.check_run_layer_id,
    (
        *declare(
            Finding,
            ("check_run_id", INTEGER, "检查批次", "Check run"),
            ("target_layer", STRING, "宗地图层", "Layer of the parcel"),
            ("target_id", STRING, "宗地要素", "Feature id of the parcel"),
            ("parcel_code", STRING, "宗地代码", "Parcel code"),
            ("control_layer", STRING, "管控图层", "Layer of the control area"),
            ("control_kind", STRING, "管控类型", "Kind of control area"),
            ("control_zone", STRING, "管控分区", "Zone"),
            ("constraint_ids", PropertyType.STRINGS, "管控要素", "Feature ids of the control areas"),
            ("rule_id", STRING, "规则", "Rule"),
        ),
        *one_of(Finding, "relation", "空间关系", "Spatial relation", ("overlap", "outside", "not_covered", "near")),
        *one_of(Finding, "verdict", "结论", "Verdict", ("DENY", "REVIEW", "NO_DATA", "WARN", "PASS")),
        *one_of(Finding, "overlap_class", "重叠类别", "Class of the overlap", ("real", "sliver")),
        *one_of(
            Finding,
            "certainty",
            "测量精度下的确定性",
            "Certainty, by the accuracy of the survey",
            ("certain_hit", "doubtful_hit", "possible_hit"),
        ),
        *declare(Finding, ("overlap_area_m2", NUMBER, "重叠面积(平方米)", "Overlap (m²)")),
        *_in_hectares_and_mu(Finding.overlap_area_m2, "overlap_area", "重叠面积", "Overlap"),
        *declare(
            Finding,
            ("target_area_m2", NUMBER, "宗地面积(平方米)", "Area of the parcel (m²)"),
            ("target_share", NUMBER, "占宗地比例", "Share of the parcel"),
            ("mean_width_m", NUMBER, "平均宽度(米)", "Mean width (m)"),
        ),
        *text(
            Finding,
            ("text_zh", "说明", "Finding, in Chinese"),
            ("text_en", "英文说明", "Finding, in English"),
            ("article", "依据条款", "Article"),
            ("remedy_zh", "处置建议", "Remedy, in Chinese"),
            ("remedy_en", "英文处置建议", "Remedy, in English"),
        ),
    ),
    "verdict",
    has_history=False,
    run_filter="check_run_id",
)


PLAN_PATCH = FeatureSchema(
    CollectionKind.PLAN_PATCH,
    PlanPatch,
    PlanPatch.plan_comparison_id,
    (
        *declare(
            PlanPatch,
            ("plan_comparison_id", INTEGER, "比对批次", "Comparison of plans"),
            ("plan_set", STRING, "参与比对的规划", "Plans compared"),
            ("conflict_class", STRING, "差异类型", "Class of the difference"),
            ("plan_statuses", PropertyType.STRINGS, "各规建设属性", "What each plan says"),
            ("plan_codes", PropertyType.STRINGS, "各规用途代码", "Code of each plan"),
            ("hard_lines", PropertyType.STRINGS, "涉及底线", "Hard lines touched"),
            ("overlap_class", STRING, "图斑类别", "Real, sliver or artefact"),
            ("area_m2", NUMBER, "面积(平方米)", "Area (m²)"),
        ),
        *_in_hectares_and_mu(PlanPatch.area_m2, "area", "面积", "Area"),
        *declare(
            PlanPatch,
            ("mean_width_m", NUMBER, "平均宽度(米)", "Mean width (m)"),
            ("cell_count", INTEGER, "单元数", "Cells merged"),
            ("state", STRING, "协调状态", "State"),
            ("decided_plan", STRING, "采用规划", "Plan taken up"),
            ("decided_code", STRING, "协调后用途代码", "Code decided"),
            ("decided_code_version", STRING, "用途分类版本", "Version of the code table"),
            ("decided_status", STRING, "协调后建设属性", "Construction land or not, as decided"),
            ("adjusted_plans", PropertyType.STRINGS, "须调整的规划", "Plans to be adjusted"),
            ("adjusted_lines", PropertyType.STRINGS, "须调整的管控线", "Lines to be adjusted"),
            ("reason_code", STRING, "调整原因代码", "Code of the reason"),
            ("deadline", DATE, "办理期限", "Deadline"),
            ("effective_on", DATE, "生效日期", "Effective on"),
            ("approved_on", DATE, "近五年审批日期", "Day of the last approval"),
            ("built_share", NUMBER, "现状建设用地占比", "Share that is built"),
        ),
        *text(
            PlanPatch,
            ("owner", "责任单位", "Owner"),
            ("method", "协调方式", "Way of resolution"),
            ("district_opinion", "区政府意见", "Opinion of the district"),
            ("leading_group_opinion", "领导小组办公室意见", "Opinion of the leading group's office"),
            ("city_opinion", "市政府意见", "Opinion of the city"),
            ("document", "协调文件", "Document"),
            ("approval", "近五年审批", "Last approval"),
            ("key_project", "重点项目", "Key project"),
            ("quota_source", "规模指标来源", "Source of the quota for the key project"),
            ("reason_zh", "调整原因", "Reason, in Chinese"),
            ("reason_en", "英文调整原因", "Reason, in English"),
            ("text_zh", "说明", "Difference, in Chinese"),
            ("text_en", "英文说明", "Difference, in English"),
        ),
    ),
    "conflict_class",
    has_history=False,
    run_filter="plan_comparison_id",
    is_revised=True,
)

PLAN_CELL = FeatureSchema(
    CollectionKind.PLAN_CELL,
    PlanCell,
    PlanCell.plan_comparison_id,
    (
        *declare(
            PlanCell,
            ("plan_comparison_id", INTEGER, "比对批次", "Comparison of plans"),
            ("plan_set", STRING, "参与比对的规划", "Plans compared"),
            ("conflict_class", STRING, "差异类型", "Class of the difference"),
            ("plan_statuses", PropertyType.STRINGS, "各规建设属性", "What each plan says"),
            ("plan_codes", PropertyType.STRINGS, "各规用途代码", "Code of each plan"),
            ("zone_ids", PropertyType.STRINGS, "来源规划分区", "Plan and feature id of each zone"),
            ("hard_lines", PropertyType.STRINGS, "涉及底线", "Hard lines touched"),
            ("hard_line_mask", INTEGER, "涉及底线(位掩码)", "Hard lines touched, as bits"),
            ("patch_ids", PropertyType.STRINGS, "所属差异图斑", "Difference patches it is part of"),
            ("area_m2", NUMBER, "面积(平方米)", "Area (m²)"),
        ),
        *_in_hectares_and_mu(PlanCell.area_m2, "area", "面积", "Area"),
    ),
    "conflict_class",
    has_history=False,
    run_filter="plan_comparison_id",
    is_revised=True,
)

PLAN_FAULT = FeatureSchema(
    CollectionKind.PLAN_FAULT,
    PlanFaultRow,
    PlanFaultRow.plan_fault_run_id,
    (
        *declare(
            PlanFaultRow,
            ("plan_fault_run_id", INTEGER, "检查批次", "Search for faults"),
            ("fault_kind", STRING, "错误类型", "Kind of fault"),
            ("layers", PropertyType.STRINGS, "涉及图层", "Layer of each feature"),
            ("feature_ids", PropertyType.STRINGS, "涉及要素", "Features concerned"),
            ("overlap_class", STRING, "重叠类别", "Real, sliver or artefact"),
            ("area_m2", NUMBER, "面积(平方米)", "Area (m²)"),
            ("width_m", NUMBER, "平均宽度(米)", "Mean width (m)"),
            ("max_width_m", NUMBER, "最大宽度(米)", "Greatest width (m)"),
        ),
        *text(
            PlanFaultRow,
            ("text_zh", "说明", "Fault, in Chinese"),
            ("text_en", "英文说明", "Fault, in English"),
            ("error", "未能检查的原因", "Why it could not be examined"),
        ),
    ),
    "fault_kind",
    has_history=False,
    run_filter="plan_fault_run_id",
)

CLEARANCE_ITEM = FeatureSchema(
    CollectionKind.CLEARANCE_ITEM,
    ClearanceItem,
    ClearanceItem.clearance_run_id,
    (
        *declare(
            ClearanceItem,
            ("clearance_run_id", INTEGER, "清退台账", "Clearance register"),
            ("land_code", STRING, "地类代码", "Land-use code"),
            ("code_version", STRING, "分类版本", "Version of the code table"),
            ("line_ids", PropertyType.STRINGS, "生态控制线要素", "Features of the line"),
            ("land_area_m2", NUMBER, "图斑面积(平方米)", "Area of the land (m²)"),
            ("area_inside_m2", NUMBER, "线内面积(平方米)", "Area inside the line (m²)"),
            ("share_inside", NUMBER, "线内占比", "Share inside the line"),
            ("overlap_class", STRING, "重叠类别", "Real, sliver or artefact"),
            ("legal_status", STRING, "合法性", "Legal status"),
            ("plan_year", INTEGER, "计划清退年度", "Year planned"),
            ("method", STRING, "清退方式", "Method"),
            ("progress", STRING, "进展", "Progress"),
            ("cleared_on", DATE, "清退日期", "Cleared on"),
        ),
        *text(ClearanceItem, ("owner", "责任单位", "Owner"), ("document", "验收文件", "Document")),
    ),
    # Tiles are drawn in one colour: they do not carry what changes in place.
    "progress",
    has_history=False,
    run_filter="clearance_run_id",
)

OVERLAY_PAIR = FeatureSchema(
    CollectionKind.OVERLAY_PAIR,
    OverlayPair,
    OverlayPair.overlay_run_id,
    (
        *declare(
            OverlayPair,
            ("overlay_run_id", INTEGER, "叠加批次", "Overlay"),
            ("a_collection", STRING, "甲方集合", "Collection A"),
            ("a_id", STRING, "甲方要素", "Feature id in A"),
            ("b_collection", STRING, "乙方集合", "Collection B"),
            ("b_id", STRING, "乙方要素", "Feature id in B"),
            ("overlap_class", STRING, "重叠类别", "Real, sliver or artefact"),
            ("overlap_area_m2", NUMBER, "重叠面积(平方米)", "Overlap (m²)"),
        ),
        *_in_hectares_and_mu(OverlayPair.overlap_area_m2, "overlap_area", "重叠面积", "Overlap"),
        *declare(
            OverlayPair,
            ("share_of_a", NUMBER, "占甲方比例", "Share of the feature of A"),
            ("share_of_b", NUMBER, "占乙方比例", "Share of the feature of B"),
            ("mean_width_m", NUMBER, "平均宽度(米)", "Mean width (m)"),
            ("a_properties", PropertyType.OBJECT, "甲方属性", "Properties of A that were asked for"),
            ("b_properties", PropertyType.OBJECT, "乙方属性", "Properties of B that were asked for"),
        ),
    ),
    "overlap_class",
    has_history=False,
    run_filter="overlay_run_id",
)

SCHEMAS: dict[CollectionKind, FeatureSchema] = {
    schema.kind: schema
    for schema in (
        PARCEL,
        PLAN,
        CONTROL_AREA,
        REFERENCE,
        FINDING,
        IDLE_CASE,
        LAND_FINDING,
        PLAN_PATCH,
        PLAN_CELL,
        PLAN_FAULT,
        CLEARANCE_ITEM,
        OVERLAY_PAIR,
    )
}
