"""What is answered about comparisons of plans: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.described import Described, Stored
from app.plans.crossing import CrossedBy
from app.plans.full_runs import FullRunReason
from gis.plans.comparison import ConflictClass
from gis.plans.register import PatchState
from gis.plans.resolution import PlanRole
from gis.slivers import OverlapClass

PlanStatusName = Literal["construction", "non_construction", "no_data", "contradiction"]
#: Where all plans say that nothing is built there is no patch.
PatchClass = Literal[
    ConflictClass.CONFLICT, ConflictClass.GAP, ConflictClass.CONTRADICTION, ConflictClass.AGREED_CONSTRUCTION
]
Share = Annotated[float, Field(description="0 to 1.")]


class AreaInUnits(Stored):
    """An area in square metres, hectares and mu, and its share of the whole."""

    area_m2: float
    area_ha: float
    area_mu: float
    share: Share


class ComparedPlan(Stored):
    """A plan of a comparison, in the version that was compared."""

    layer: str
    version: int
    zones: int
    title_zh: str
    title_en: str
    approval_no: str | None


class ComparedLineLayer(Stored):
    """A layer of lines of a comparison, in the version that was compared."""

    layer: str
    version: int
    areas: int
    title_zh: str
    title_en: str
    approval_no: str | None
    coverage_stated: bool


class PatchCounts(Stored):
    """How many patches are of each kind."""

    real: int
    sliver: int
    artefact: int


# A member is called `class`, which is a word of Python.
class AreaOfConflictClass(AreaInUnits):
    """The ground of one class of difference or agreement."""

    conflict_class: Annotated[ConflictClass, Field(alias="class")]
    name_zh: str
    name_en: str
    patches: PatchCounts


class StatusMatrix(Stored):
    """Two plans crossed by what they say: construction land, none, nothing, or both."""

    rows: str
    columns: str
    statuses: list[PlanStatusName]
    areas: list[list[AreaInUnits]]


class GroundOfLine(Stored):
    """What is planned on the ground of one line."""

    line: str
    name_zh: str
    name_en: str
    touched: AreaInUnits
    construction_in_a_plan: AreaInUnits
    conflict: AreaInUnits


class AreaOfStatus(AreaInUnits):
    """What a plan has of one status."""

    status: PlanStatusName
    name_zh: str
    name_en: str


class AreasOfPlan(Stored):
    """What a plan has of each status."""

    plan: str
    statuses: list[AreaOfStatus]


class UnknownCode(Stored):
    """A code that stands in no table: its zones say nothing of what may be built."""

    plan: str
    code: str | None
    code_version: str | None
    zones: int


class ComputedAgain(Stored):
    """Why everything was computed again, where a comparison could have been brought up to date."""

    reason: FullRunReason
    text_zh: str
    text_en: str


class ComparisonSummary(Stored):
    """The sums of a comparison."""

    as_of: date
    plan_set: str
    plans: list[ComparedPlan]
    line_layers: list[ComparedLineLayer]
    unknown_codes: list[UnknownCode] | None = None
    computed_again: ComputedAgain | None = None
    cell_count: int
    compared_area: AreaInUnits
    classes: list[AreaOfConflictClass]
    plan_areas: list[AreasOfPlan]
    matrices: list[StatusMatrix]
    lines: list[GroundOfLine]


class PlanComparisonAnswer(Described):
    """A comparison with its sums."""

    plan_comparison_id: int
    plan_set: str
    as_of: date
    is_current: bool
    input_digest: str
    engine_version: str
    started_at: datetime
    finished_at: datetime
    started_by: str
    parameter_rows: Annotated[list[str], Field(description="Rows of numbers that it rests on.")]
    summary: ComparisonSummary


class PlanComparisonList(Described):
    """The latest comparisons, newest first."""

    plan_comparisons: list[PlanComparisonAnswer]


class CrossedPlans(Described):
    """Two plans crossed by land class or by code."""

    rows: str
    columns: str
    row_names: list[str]
    column_names: list[str]
    areas: list[list[AreaInUnits]]


class CrossedPlansAnswer(Described):
    """Every two plans of a comparison crossed."""

    plan_comparison_id: int
    by: CrossedBy
    matrices: list[CrossedPlans]


class PatchAnswer(Stored):
    """A patch of the register with what is decided of it."""

    patch: str
    plan_comparison_id: int
    conflict_class: PatchClass
    plan_statuses: Annotated[list[PlanStatusName], Field(description="In the order of the comparison's plans.")]
    plan_codes: list[str | None]
    hard_lines: list[str]
    overlap_class: OverlapClass
    area_m2: float
    mean_width_m: float
    text_zh: str
    text_en: str
    state: PatchState
    decision_count: int
    decided_plan: str | None
    decided_code: str | None
    decided_code_version: str | None
    decided_status: PlanStatusName | None
    adjusted_plans: list[str]
    adjusted_lines: list[str]
    reason_code: str | None
    reason_zh: str | None
    reason_en: str | None
    reason_document: str | None
    unknown_facts: list[str]
    method: str | None
    owner: str | None
    deadline: date | None
    district_opinion: str | None
    leading_group_opinion: str | None
    city_opinion: str | None
    document: str | None
    effective_on: date | None
    approval: str | None
    approved_on: date | None
    key_project: str | None
    quota_source: str | None
    has_existing_right: bool | None
    is_built_lawfully: bool | None
    is_inside_scale_boundary: bool | None
    built_share: Share | None


class ListedPatch(PatchAnswer):
    """A patch in a list, with the tag that a decision sends as `If-Match`."""

    etag: str


class PageLink(Described):
    """A link to this page of a list or to the next one."""

    href: str
    rel: str
    type: str


class PatchPage(Described):
    """A page of the register."""

    patches: list[ListedPatch]
    links: list[PageLink]


class DecisionOfPatch(Described):
    """A decision of the history: every field that changed, with its value before and after."""

    decision: int
    patch: str
    action: str
    from_state: PatchState
    to_state: PatchState
    changes: dict[str, Any]
    note: str | None
    batch: UUID | None
    recorded_at: datetime
    recorded_by: str


class PatchHistory(Described):
    """The decisions on a patch and on those that it came after, the oldest first."""

    patch: str
    history: list[DecisionOfPatch]


class RegisterHistory(Described):
    """A page of the decisions on all patches."""

    history: list[DecisionOfPatch]
    links: list[PageLink]


class PatchesOfState(Described):
    """The patches of one state."""

    state: PatchState
    name_zh: str
    name_en: str
    patches: int
    area_m2: float
    area_ha: float
    area_mu: float


class BalanceStage(Described):
    """Construction land added and removed; the net is the difference of the numbers that are shown."""

    added_m2: float
    added_ha: float
    added_mu: float
    removed_m2: float
    removed_ha: float
    removed_mu: float
    net_m2: float
    net_ha: float
    net_mu: float
    added_agricultural_m2: float
    added_agricultural_ha: float
    added_agricultural_mu: float
    added_arable_m2: float
    added_arable_ha: float
    added_arable_mu: float
    added_unknown_m2: float
    added_unknown_ha: float
    added_unknown_mu: float
    unclear_m2: float
    unclear_ha: float
    unclear_mu: float
    grows: Annotated[bool, Field(description="Construction land would grow (总量不增 is not kept).")]


class BalanceStages(Described):
    """From what is certain to all that is on the table; each holds the ones before it."""

    applied: BalanceStage
    agreed: BalanceStage
    proposed: BalanceStage


class BalanceOfPlan(Described):
    """What decisions do to one plan."""

    plan: str
    title_zh: str
    title_en: str
    role: PlanRole
    stages: BalanceStages


class PatchBalance(Described):
    """What the decisions add to and take from each plan."""

    plan_comparison_id: int
    states: list[PatchesOfState]
    plans: list[BalanceOfPlan]


class BulkDecisionAnswer(Described):
    """What a decision for many patches did, or would do."""

    plan_comparison_id: int
    batch: UUID | None
    dry_run: bool
    selected: int
    changed: int
    balance: PatchBalance


class BeforeAndAfter(Stored):
    """A number before and after."""

    before: float
    after: float
    change: float


class ChangeOfClass(Stored):
    """What a branch changes of one class."""

    conflict_class: Annotated[ConflictClass, Field(alias="class")]
    name_zh: str
    name_en: str
    area_m2: BeforeAndAfter
    patches: BeforeAndAfter


class ChangeOfLine(Stored):
    """What a branch changes on the ground of one line."""

    line: str
    name_zh: str
    name_en: str
    touched_m2: BeforeAndAfter
    construction_in_a_plan_m2: BeforeAndAfter
    conflict_m2: BeforeAndAfter


class CountedPatches(Stored):
    """Patches of one class."""

    count: int
    area_m2: float


class PatchesGoneAndCome(Stored):
    """The patches that go and come, by class."""

    gone: dict[str, CountedPatches]
    come: dict[str, CountedPatches]


class AffectedParcel(Stored):
    """A parcel whose area in conflict is another."""

    layer: str
    parcel: str
    conflict_before_m2: float
    conflict_after_m2: float


class AffectedParcels(Stored):
    """The parcels affected, those that change most first."""

    count: int
    conflict_area_m2: BeforeAndAfter
    listed: list[AffectedParcel]


class BranchDelta(Stored):
    """What a draft would change."""

    compared_area_m2: BeforeAndAfter
    classes: list[ChangeOfClass]
    lines: list[ChangeOfLine]
    patches: PatchesGoneAndCome
    parcels: AffectedParcels
    computed: str
    computed_again: ComputedAgain | None = None


class PlanBranchAnswer(Described):
    """A what-if branch with what it would change."""

    plan_branch_id: int
    plan_comparison_id: int
    plan_set: str
    as_of: date
    layer: str
    version: int
    status: Literal["open", "kept", "discarded"]
    owns_draft: bool
    base_revision: int
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    is_stale: bool
    delta: BranchDelta


class PlanBranchList(Described):
    """The latest branches."""

    plan_branches: list[PlanBranchAnswer]
