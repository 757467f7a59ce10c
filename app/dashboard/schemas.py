"""What the dashboard's answers hold: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.db.models import LayerKind
from gis.disposal import CaseStage
from gis.idle import IdleKind
from gis.plans.comparison import ConflictClass
from gis.rules import Verdict
from gis.supervision import Topic

M2 = Annotated[float, Field(description="Square metres.")]
ExactM2 = Annotated[str, Field(description="Square metres, as an exact decimal.")]
Percent = Annotated[str, Field(description="Rounded half up to two places.")]


class DashboardPart(BaseModel):
    """A part of an answer; a member that no model names would be lost on the way, and is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AreaClass(DashboardPart):
    """A class of the first level of a code table; a code that its table does not have is a class of its own, without a name."""

    code: str | None
    name_zh: str | None
    name_en: str | None
    fill: Annotated[str | None, Field(description="The standard's colour, as #rrggbb.")]
    codes: Annotated[
        list[str | None], Field(description="The codes that were counted in it; null: land without a code.")
    ]
    count: int
    area_m2: M2


class LayerAreas(DashboardPart):
    """One layer of parcels or one plan: plans cover the same ground and are never added up."""

    layer: str
    kind: LayerKind
    title_zh: str
    title_en: str
    classes: list[AreaClass]
    area_m2: M2


class Areas(DashboardPart):
    """Areas by use and by planned class."""

    layers: list[LayerAreas]


class FindingCount(DashboardPart):
    """The current findings of one verdict."""

    verdict: Verdict
    count: int
    parcels: int
    area_m2: Annotated[float | None, Field(description="Square metres; null where no finding is one of area.")]


class DifferenceCount(DashboardPart):
    """The differences between plans of one class; ``settled``: applied or rejected."""

    # Where all plans say that nothing is built there is nothing to settle, and no patch.
    conflict_class: Literal[
        ConflictClass.CONFLICT, ConflictClass.GAP, ConflictClass.CONTRADICTION, ConflictClass.AGREED_CONSTRUCTION
    ]
    open: int
    open_m2: M2
    settled: int
    settled_m2: M2


class Conflicts(DashboardPart):
    """Findings by verdict and differences by class."""

    findings: list[FindingCount]
    differences: list[DifferenceCount]


class IdleRate(DashboardPart):
    """Idle land of the current scan against what was supplied; contracts without an area are in neither sum."""

    as_of: date
    contracts: int
    idle: int
    without_area: int
    supplied_m2: ExactM2
    idle_m2: ExactM2
    percent: Percent | None


class SupplyRate(DashboardPart):
    """The mean supply rate (供地率) of some years, and what is required of it."""

    first_year: int
    last_year: int
    approved_m2: ExactM2
    supplied_m2: ExactM2
    kind: Literal["met", "below", "insufficient_data"]
    percent: Percent | None
    required_percent: Percent
    article: str


class KindCount(DashboardPart):
    """Findings of one kind."""

    kind: str
    count: int


class TopicCounts(DashboardPart):
    """What the current scan of a topic found; no kind where it found nothing."""

    topic: Topic
    as_of: date
    kinds: list[KindCount]


class Supervision(DashboardPart):
    """Rates and findings after approval; ``idle`` is null before the first scan."""

    idle: IdleRate | None
    supply: SupplyRate
    topics: list[TopicCounts]


class StageCount(DashboardPart):
    """Idle land at one stage; ``none``: flagged, and without a case."""

    stage: Literal["none"] | CaseStage
    stage_zh: str | None
    count: int
    area_m2: ExactM2


class IdleKindCount(DashboardPart):
    """Idle land of one kind."""

    kind: IdleKind
    count: int
    area_m2: ExactM2


class Clocks(DashboardPart):
    """Stages of idle land, and periods that are over or end this month."""

    as_of: date
    scanned_for: date | None
    overdue: int
    due_this_month: int
    stages: list[StageCount]
    kinds: list[IdleKindCount]


class LayerAge(DashboardPart):
    """A layer with its version in force, whose members are null where it has none."""

    slug: str
    kind: LayerKind
    title_zh: str
    title_en: str
    mandatory: bool
    valid_from: date | None
    published_at: datetime | None
    features: int | None
    version: int | None
    rejected: int | None
    age_days: int | None
    stale_after_days: int | None
    is_stale: bool


class WorkDone(DashboardPart):
    """When each kind of work was done last; null: never."""

    checked_at: datetime | None
    compared_at: datetime | None
    scanned_at: datetime | None
    scanned_for: date | None
    land_scanned_at: datetime | None
    evidence_at: datetime | None


class Freshness(DashboardPart):
    """How old the layers are, and the work on them."""

    as_of: date
    layers: list[LayerAge]
    runs: WorkDone
