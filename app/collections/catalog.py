"""The collections: one per published layer, by its slug, and the results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, literal, select, true
from sqlalchemy.orm import Session

from app.collections.errors import CollectionNotFoundError
from app.collections.kinds import CLEARANCE_ITEM, FINDING, OVERLAY_PAIR, PLAN_CELL, PLAN_FAULT, PLAN_PATCH, SCHEMAS
from app.collections.land_kinds import IDLE_CASE, LAND_FINDING
from app.collections.own_schema import OwnLayer, vector_schema
from app.collections.periods import Period
from app.collections.schema import CollectionKind, Expression, FeatureSchema, Property
from app.db.models import Layer, LayerVersion


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a layer that applies in a period."""

    id: int
    number: int
    valid_from: date
    valid_to: date | None
    approval_no: str | None
    edit_count: int = 0


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: what it is called and where its features are. A layer that is not in force has no version."""

    id: str
    schema: FeatureSchema
    title_zh: str
    title_en: str
    control_kind: str | None = None
    version: Version | None = None

    @property
    def title(self) -> str:
        """Return the title in both languages."""
        return f"{self.title_zh} / {self.title_en}"

    def expression(self, item: Property) -> Expression:
        """Return the SQL expression of a property's value."""
        return literal(getattr(self, item.name)) if item.source is None else item.source


RESULTS = (
    Collection("findings", FINDING, "管控线冲突", "Findings of the checks"),
    Collection("idle_cases", IDLE_CASE, "闲置土地疑似案件", "Idle-land cases"),
    Collection("land_findings", LAND_FINDING, "批后监管问题", "Findings about land after its approval"),
    Collection("plan_patches", PLAN_PATCH, "规划差异图斑", "Difference patches between plans"),
    Collection("plan_cells", PLAN_CELL, "规划比对单元", "Cells of comparisons of plans"),
    Collection("plan_faults", PLAN_FAULT, "规划与控制线错误", "Faults of plans and lines"),
    Collection("clearance_items", CLEARANCE_ITEM, "生态控制线内建设用地清退台账", "Construction land to be cleared"),
    Collection("overlay_pairs", OVERLAY_PAIR, "叠加分析结果", "Pairs of overlays"),
)

DESCRIPTIONS: dict[CollectionKind, str] = {
    CollectionKind.PARCEL: "宗地 / Parcels",
    CollectionKind.PLAN: "规划分区 / Zones of a plan with their control values",
    CollectionKind.CONTROL_AREA: "管控区 / Areas in which land use is restricted",
    CollectionKind.REFERENCE: "参考要素 / Features for orientation and evidence",
    CollectionKind.VECTOR: "参考图层,属性与来源一致 / Reference layer with the attributes of its source",
    CollectionKind.FINDING: "最近一次检查发现的宗地与管控区的重叠 / Overlaps of parcels with control areas, of the latest complete "
    "check of each pair of layers unless check_run_id names another run",
    CollectionKind.PLAN_PATCH: "各组规划最近一次比对的差异图斑 / Where plans differ, of the latest comparison of each set of plans "
    "unless plan_comparison_id names another comparison",
    CollectionKind.PLAN_CELL: "各组规划最近一次比对的全部单元，仅限已请求显示单元的比对 / All cells of the latest comparison of each set of plans, "
    "for those comparisons whose cells somebody asked for",
    CollectionKind.PLAN_FAULT: "最近一次检查发现的拓扑错误、控制线交叉和突破上级规划之处 / Topology faults, lines that cross and plans "
    "beyond the plan above, of the latest search of each kind and layers unless plan_fault_run_id names another",
    CollectionKind.CLEARANCE_ITEM: "生态控制线内的建设用地及其清退进展 / Construction land inside the ecological control line and what is done "
    "about it, of the latest register of each two layers unless clearance_run_id names another",
    CollectionKind.OVERLAY_PAIR: "每两个集合最近一次保存的叠加结果，每对要素及其公共部分 / Each feature of one collection with each of another that it "
    "overlaps, and the part they share, of the latest overlay of each two collections that was kept unless overlay_run_id names another",
    CollectionKind.LAND_FINDING: "各专题最近一次批后监管扫描的问题：低效用地、僵尸企业、批而未供、囤地、临时用地、出让年限、标准地、亩均评价和数据问题；"
    "按 topic 筛选 / What the latest scan of each topic found about land after its approval, of per-mu evaluations that of the last year, unless "
    "land_scan_id names another scan; filter by topic. A finding about no land that is found has no geometry",
    CollectionKind.IDLE_CASE: "最近一次扫描发现的闲置土地疑似案件 / What the latest idle-land scan flags, unless idle_scan_id names "
    "another scan; a case whose parcel is not found, or found several times, has no geometry",
}


def list_collections(session: Session, period: Period) -> list[Collection]:
    """Return all collections: layers in the order they were made, then results."""
    return [*_load_layers(session, _layers(period)), *RESULTS]


def find_collection(
    session: Session, collection_id: str, period: Period, known_at: datetime | None = None
) -> Collection:
    """Return one collection, with the version that applies in a period as far as was known at a moment; None is now.

    Raises
    ------
    CollectionNotFoundError
    """
    for result in RESULTS:
        if result.id == collection_id:
            return result
    # PostgreSQL's text holds no NUL.
    if "\x00" not in collection_id:
        for layer in _load_layers(session, _layers(period, known_at).where(Layer.slug == collection_id)):
            return layer
    raise CollectionNotFoundError(collection_id)


def collection_of_version(layer: Layer, version: LayerVersion) -> Collection:
    """Return a version of a layer as a collection of its own, whether it is in force, archived or a draft."""
    valid = (version.valid_from, version.valid_to, version.approval_no)
    return Collection(
        id=layer.slug,
        schema=_schema(layer.kind, OwnLayer(version.own_fields or (), version.geometry_type)),
        title_zh=layer.title_zh,
        title_en=layer.title_en,
        control_kind=layer.control_kind,
        version=Version(version.id, version.number, *valid, version.edit_count),
    )


def _layers(period: Period, known_at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """Select layers with a published version, each with the last one whose validity meets the period."""
    published = LayerVersion.published_at.is_not(None)
    known = published if known_at is None else LayerVersion.published_at <= known_at
    applies = (
        select(
            LayerVersion.id,
            LayerVersion.number,
            LayerVersion.valid_from,
            LayerVersion.valid_to,
            LayerVersion.approval_no,
            LayerVersion.edit_count,
            LayerVersion.own_fields,
            LayerVersion.geometry_type,
        )
        .where(
            LayerVersion.layer_id == Layer.id,
            known,
            LayerVersion.valid_from <= period.end,
            LayerVersion.valid_to.is_(None) | (LayerVersion.valid_to > period.start),
        )
        .order_by(LayerVersion.published_at.desc(), LayerVersion.number.desc())
        .limit(1)
        .lateral("version")
    )
    return (
        select(Layer.slug, Layer.kind, Layer.control_kind, Layer.title_zh, Layer.title_en, *applies.c)
        .join(applies, true(), isouter=True)
        .where(select(LayerVersion.id).where(LayerVersion.layer_id == Layer.id, published).exists())
        .where(Layer.slug.not_in([result.id for result in RESULTS]))
        .order_by(Layer.id)
    )


def _load_layers(session: Session, query: Select[*tuple[Any, ...]]) -> Sequence[Collection]:
    return [
        Collection(
            id=slug,
            schema=_schema(kind, OwnLayer(own_fields or (), geometry_type)),
            title_zh=title_zh,
            title_en=title_en,
            control_kind=control_kind,
            version=None
            if version_id is None
            else Version(version_id, number, valid_from, valid_to, approval_no, edit_count),
        )
        for (
            slug,
            kind,
            control_kind,
            title_zh,
            title_en,
            version_id,
            number,
            valid_from,
            valid_to,
            approval_no,
            edit_count,
            own_fields,
            geometry_type,
        ) in session.execute(query)
    ]


def _schema(kind: str, own: OwnLayer) -> FeatureSchema:
    found = CollectionKind(kind)
    return vector_schema(own) if found is CollectionKind.VECTOR else SCHEMAS[found]
