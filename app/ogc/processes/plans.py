"""Plan integration (多规合一) as processes."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.db.models import Job
from app.db.sessions import WriteSession
from app.jobs import service
from app.jobs.kinds import (
    PLAN_BLUEPRINT,
    PLAN_BRANCH,
    PLAN_CELLS,
    PLAN_CLEARANCE,
    PLAN_COMPARISON,
    PLAN_FAULTS,
    PLAN_PROPOSALS,
    PLAN_UNITS,
)
from app.jobs.schemas import PlanComparisonRequest
from app.keys.access import Scope
from app.ogc.processes.model import Output, Place, Process
from app.plans.clearance_schemas import ClearanceRequest
from app.plans.draft_schemas import BlueprintRequest, PlanBranchRequest
from app.plans.fault_schemas import FaultSearch
from app.plans.register_schemas import ProposalRequest

ComparisonId = Annotated[int, Field(ge=1, lt=2**63, description="Number of the comparison.")]


class ComparisonProposalRequest(ProposalRequest):
    """Which comparison proposals are made for."""

    plan_comparison_id: ComparisonId


class ComparisonBlueprintRequest(BlueprintRequest):
    """Which comparison a blueprint is drawn of."""

    plan_comparison_id: ComparisonId


class ComparisonCellsRequest(BaseModel):
    """Which comparison's cells are shown."""

    model_config = ConfigDict(extra="forbid")

    plan_comparison_id: ComparisonId


class UnitSumsRequest(ComparisonCellsRequest):
    """Which comparison is summed, and by which units."""

    units: Annotated[str, Field(min_length=1, max_length=100, description="Layer of administrative units.")]


def start_comparison(session: WriteSession, inputs: PlanComparisonRequest, _place: Place) -> Job:
    """Store the job of a comparison of plans."""
    return service.start_plan_comparison(session, plans=inputs.plans, lines=inputs.lines, as_of=inputs.as_of)


def start_fault_search(session: WriteSession, inputs: FaultSearch, _place: Place) -> Job:
    """Store the job of a search for faults."""
    values = inputs.model_dump(mode="json", exclude_unset=True)
    return service.start_plan_fault_search(session, values, inputs.layers)


def start_proposals(session: WriteSession, inputs: ComparisonProposalRequest, _place: Place) -> Job:
    """Store the job of proposals."""
    values = service.proposal_inputs(inputs)
    return service.start_plan_proposals(session, values.pop("plan_comparison_id"), values)


def start_blueprint(session: WriteSession, inputs: ComparisonBlueprintRequest, _place: Place) -> Job:
    """Store the job of a blueprint."""
    return service.start_blueprint(
        session, inputs.plan_comparison_id, to=inputs.to, valid_from=inputs.valid_from, complete=inputs.complete
    )


def start_branch(session: WriteSession, inputs: PlanBranchRequest, _place: Place) -> Job:
    """Store the job of a what-if branch."""
    return service.start_plan_branch(session, plans=inputs.plans, layer=inputs.layer, version=inputs.version)


def start_unit_sums(session: WriteSession, inputs: UnitSumsRequest, _place: Place) -> Job:
    """Store the job of sums by unit."""
    return service.start_unit_sums(session, inputs.plan_comparison_id, inputs.units)


def start_cells(session: WriteSession, inputs: ComparisonCellsRequest, _place: Place) -> Job:
    """Store the job that shows cells."""
    return service.start_plan_cells(session, inputs.plan_comparison_id)


def start_clearance(session: WriteSession, inputs: ClearanceRequest, _place: Place) -> Job:
    """Store the job of a clearance register."""
    return service.start_clearance(session, inputs.model_dump(mode="json", exclude_unset=True))


PROCESSES: tuple[Process[Any], ...] = (
    Process(
        id=PLAN_COMPARISON,
        title="多规比对 / Comparison of plans",
        description="比对两个或多个规划,生成差异图斑;结果存为集合 plan_patches / Compares two or more plans of the same ground and marks hard "
        "lines on the differences, which are the collection plan_patches.",
        inputs=PlanComparisonRequest,
        start=start_comparison,
        outputs={"result": Output("比对的汇总 / The comparison and its sums")},
        keywords=("plans", "comparison", "多规合一"),
    ),
    Process(
        id=PLAN_FAULTS,
        title="拓扑与层级检查 / Topology check",
        description="一个规划的拓扑、控制线交叉或突破上级规划,三者选一;结果存为集合 plan_faults / Exactly one of: the topology of one plan, hard "
        "lines that cross, or a plan beyond the plan above; the faults are the collection plan_faults.",
        inputs=FaultSearch,
        start=start_fault_search,
        outputs={"result": Output("错误的汇总 / The search and the number of faults")},
        keywords=("topology", "gaps", "overlaps", "拓扑"),
    ),
    Process(
        id=PLAN_PROPOSALS,
        title="差异处置建议 / Proposals for differences",
        description="按处置次序对差异图斑提出建议,不自动生效 / Proposes how to resolve open patches, each with its reason; nothing is agreed by it.",
        inputs=ComparisonProposalRequest,
        start=start_proposals,
        outputs={"result": Output("建议的汇总 / How many proposals, by reason")},
        scope=Scope.WRITE,
        keywords=("resolution", "处置"),
    ),
    Process(
        id=PLAN_BLUEPRINT,
        title="一张蓝图 / One blueprint",
        description="按已处置的差异生成蓝图图层的草稿版本 / Draws the blueprint of a comparison as a draft version of a layer.",
        inputs=ComparisonBlueprintRequest,
        start=start_blueprint,
        outputs={"result": Output("草稿版本 / The draft version and its sums")},
        scope=Scope.WRITE,
        keywords=("blueprint", "一张蓝图"),
    ),
    Process(
        id=PLAN_BRANCH,
        title="情景推演 / What a draft would change",
        description="以草稿替换已公布版本推演冲突、图斑和宗地的变化,不动已公布数据 / Computes what a draft plan or a moved line would change; nothing "
        "published is touched.",
        inputs=PlanBranchRequest,
        start=start_branch,
        outputs={"result": Output("变化 / What would change")},
        keywords=("what-if", "推演"),
    ),
    Process(
        id=PLAN_UNITS,
        title="按行政单元汇总 / Sums by administrative unit",
        description="按行政单元图层汇总一次比对 / Sums a comparison by the features of a layer of administrative units.",
        inputs=UnitSumsRequest,
        start=start_unit_sums,
        outputs={"result": Output("各单元的汇总 / The sums of each unit")},
        keywords=("administrative unit", "汇总"),
    ),
    Process(
        id=PLAN_CELLS,
        title="比对单元图层 / Cells of a comparison",
        description="将一次比对的全部单元做成集合 plan_cells / Makes the cells of a comparison the collection plan_cells.",
        inputs=ComparisonCellsRequest,
        start=start_cells,
        outputs={"result": Output("单元数 / How many cells there are")},
        keywords=("cells", "比对单元"),
    ),
    Process(
        id=PLAN_CLEARANCE,
        title="生态控制线内建设用地清退台账 / Clearance register",
        description="查出生态控制线内的建设用地;结果存为集合 clearance_items / Finds construction land inside the ecological control line, which is "
        "the collection clearance_items.",
        inputs=ClearanceRequest,
        start=start_clearance,
        outputs={"result": Output("台账的汇总 / The register and its sums")},
        scope=Scope.WRITE,
        keywords=("clearance", "清退"),
    ),
)
