"""What the results about land carry: suspected idle land, and findings after its approval."""

from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app.collections.declaring import DATE, INTEGER, NUMBER, STRING, declare, one_of, text
from app.collections.schema import CollectionKind, FeatureSchema, Property, PropertyType
from app.db.models import DisposalCase, IdleCase, LandFinding, LandScan

# The words of the spatial engine, which is not loaded to list collections; tests hold these to its own.
_KINDS: Final = ("idle_not_started", "idle_suspended", "late_start", "insufficient_data")
_TOPICS: Final = (
    "low_efficiency",
    "zombie",
    "unsupplied",
    "hoarding",
    "temporary_use",
    "grant_term",
    "standard_land",
    "per_mu",
    "data_fault",
)


def _of_running_case(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return what the case that follows a contract's idle land says; a contract has one that runs at most."""
    return (
        select(column)
        .where(DisposalCase.contract_no == IdleCase.contract_no, DisposalCase.ended_on.is_(None))
        .correlate(IdleCase)
        .scalar_subquery()
    )


IDLE_CASE = FeatureSchema(
    CollectionKind.IDLE_CASE,
    IdleCase,
    IdleCase.idle_scan_id,
    (
        *declare(
            IdleCase,
            ("idle_scan_id", INTEGER, "扫描批次", "Scan"),
            ("as_of", DATE, "基准日", "As of"),
            ("parcel_layer", STRING, "宗地图层", "Layer of the parcel"),
            ("target_id", STRING, "宗地要素", "Feature id of the parcel"),
            ("parcel_code", STRING, "宗地代码", "Parcel code"),
        ),
        *one_of(
            IdleCase,
            "parcel_match",
            "宗地匹配",
            "Parcels found by the code: none, one or many",
            ("none", "one", "many"),
        ),
        *declare(
            IdleCase,
            ("candidate_ids", PropertyType.STRINGS, "候选宗地", "Feature ids of the parcels found"),
            ("contract_no", STRING, "合同编号", "Contract number"),
        ),
        *one_of(IdleCase, "kind", "类别", "Kind", _KINDS),
        *declare(
            IdleCase,
            ("agreed_start_date", DATE, "约定动工日期", "Agreed start of construction"),
            ("idle_since", DATE, "闲置起算日", "Idle since"),
            ("gross_idle_days", INTEGER, "闲置天数", "Idle days"),
            ("net_idle_days", INTEGER, "扣除后闲置天数", "Idle days after deductions"),
            ("developed_share", NUMBER, "已动工面积占比", "Developed share of the area"),
            ("invested_share", NUMBER, "投资占比", "Invested share"),
            ("missing", PropertyType.STRINGS, "缺失资料", "What is missing"),
        ),
        *text(
            IdleCase,
            ("reason_zh", "认定理由", "Reason, in Chinese"),
            ("reason_en", "英文认定理由", "Reason, in English"),
            ("article", "依据条款", "Article"),
        ),
        Property("case_id", INTEGER, "案件编号", "Case that follows it", _of_running_case(DisposalCase.row_id)),
        Property("case_stage", STRING, "处置环节", "Stage of its case", _of_running_case(DisposalCase.stage)),
        Property(
            "case_due_on", DATE, "办理期限", "Last day of the running period", _of_running_case(DisposalCase.due_on)
        ),
        # What the contract says, enterprises and amounts included.
        Property("facts", PropertyType.OBJECT, "合同事实", "Facts of the contract", IdleCase.facts, needs_key=True),
    ),
    "kind",
    has_history=False,
    run_filter="idle_scan_id",
)


def _of_land_scan(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return select(column).where(LandScan.id == LandFinding.land_scan_id).correlate(LandFinding).scalar_subquery()


# Firms are subjects, and what is said of them names figures: all that is for those with a key.
LAND_FINDING = FeatureSchema(
    CollectionKind.LAND_FINDING,
    LandFinding,
    LandFinding.land_scan_id,
    (
        *declare(
            LandFinding,
            ("land_scan_id", INTEGER, "扫描批次", "Scan"),
        ),
        *one_of(LandFinding, "topic", "专题", "Topic", _TOPICS),
        *declare(
            LandFinding,
            ("kind", STRING, "类别", "Kind"),
        ),
        Property("as_of", DATE, "基准日", "As of", _of_land_scan(LandScan.as_of)),
        Property("period", STRING, "评价年度", "Year of an evaluation", _of_land_scan(LandScan.period)),
        *declare(
            LandFinding,
            ("parcel_codes", PropertyType.STRINGS, "宗地代码", "Parcel codes"),
            ("missing", PropertyType.STRINGS, "缺失资料", "What is missing"),
            ("is_under_appeal", PropertyType.BOOLEAN, "申诉中", "Under appeal"),
        ),
        *text(LandFinding, ("article", "依据条款", "Article")),
        *(
            Property(name, STRING, zh, en, getattr(LandFinding, name), needs_key=True, is_text=True)
            for name, zh, en in (
                ("subject", "对象", "Parcel, firm, approval or contract"),
                ("reason_zh", "理由", "Reason, in Chinese"),
                ("reason_en", "英文理由", "Reason, in English"),
            )
        ),
        Property("measures", PropertyType.OBJECT, "指标", "Measures", LandFinding.measures, needs_key=True),
    ),
    "topic",
    has_history=False,
    run_filter="land_scan_id",
)
