"""What is answered about idle land and its cases: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.cases.letter_texts import LetterKind
from app.described import Described, Stored
from app.imagery.answers import LandBearing, LandEvidenceWithRun
from gis.disposal import CaseStage, DisposalOption, WarningLevel
from gis.disposal.planning import PlanReason
from gis.idle import CauseCode, IdleKind

ExactM2 = Annotated[str, Field(description="Square metres, as an exact decimal.")]
Yuan = Annotated[str, Field(description="Yuan, as an exact decimal.")]
Bounds = Annotated[
    tuple[float, float, float, float], Field(description="West, south, east, north in degrees of CGCS2000.")
]
LandStage = Annotated[CaseStage | Literal["none"], Field(description="`none`: there is no case.")]


class LandRow(Described):
    """A contract's idle land in the register: what the scan flags, and its case."""

    contract_no: str
    parcel_code: str | None
    parcel_layer: str | None
    target_id: str | None
    feature_id: str | None
    kind: Annotated[IdleKind, Field(description="Of the case where there is one, else of the finding.")]
    found_kind: Annotated[IdleKind | None, Field(description="What the current scan says; null: it flags nothing.")]
    idle_since: date | None
    gross_idle_days: int | None
    net_idle_days: int | None
    zone: str | None
    area_m2: ExactM2 | None
    holder: str | None
    case_id: int | None
    stage: LandStage
    due_name: str | None
    due_on: date | None
    is_overdue: bool
    ended_on: date | None
    is_published: bool
    bearing: LandBearing | None
    bbox: Bounds | None


class LandPage(Described):
    """A page of the register, with how much there is in all."""

    as_of: date
    matched: int
    overdue: int
    due_this_month: int
    land: list[LandRow]
    next_after: Annotated[str | None, Field(description="Missing on the last page.")] = None


class LandOfStage(Described):
    """The land of one stage."""

    stage: LandStage
    stage_zh: str | None
    count: int
    area_m2: ExactM2


class LandOfKind(Described):
    """The land of one kind."""

    kind: IdleKind
    count: int
    area_m2: ExactM2


class LandOfZone(Described):
    """The land of one zone."""

    zone: str
    count: int
    area_m2: ExactM2


class ParcelMatches(Described):
    """How many flagged contracts have a code that names one parcel, none or several."""

    one: int
    none: int
    many: int


class ScannedLayer(Described):
    """Where the current scan looked the parcels of contracts up; without a version nothing of the layer was in force."""

    parcel_layer: str
    parcel_version: int | None
    parcel_matches: ParcelMatches


class LandGroups(Described):
    """How much idle land there is by stage, kind and zone."""

    as_of: date
    scanned_for: date | None
    scanned_in: ScannedLayer | None
    overdue: int
    due_this_month: int
    stages: list[LandOfStage]
    kinds: list[LandOfKind]
    zones: list[LandOfZone]


class ClockMark(Described):
    """A day of the statutory clock."""

    name: str
    on: date
    article: str
    is_assumed: bool


class ExcusedInterval(Described):
    """Days of a cause of art. 8; without a last day it goes on."""

    code: CauseCode
    first_day: date
    last_day: date | None
    is_excused: bool
    article: str


class LawNumber(Described):
    """A number of the law with its source."""

    key: str
    value: Annotated[str, Field(description="An exact decimal.")]
    unit: str
    document: str
    article: str
    is_assumed: bool
    note_zh: str


class Timeline(Described):
    """The statutory clock as a line of days, in their order."""

    as_of: date
    marks: list[ClockMark]
    intervals: list[ExcusedInterval]
    numbers: list[LawNumber]


class ObstacleAnswer(Described):
    """Why a step is refused, and the article that refuses it."""

    code: str
    article: str
    zh: str
    en: str


class OptionOfCase(Described):
    """A way of disposal; it is offered where nothing stands against it."""

    option: DisposalOption
    is_offered: bool
    obstacles: list[ObstacleAnswer]


class OptionsOfCase(Described):
    """The ways of disposal on a day."""

    case_id: int
    on: date
    options: list[OptionOfCase]


class IdleFindingOfContract(Described):
    """What the current scan says of a contract."""

    feature_id: str
    as_of: date
    kind: IdleKind
    agreed_start_date: date | None
    idle_since: date | None
    gross_idle_days: int | None
    net_idle_days: int | None
    developed_share: Annotated[float | None, Field(description="0 to 1.")]
    invested_share: Annotated[float | None, Field(description="0 to 1.")]
    missing: list[str]
    reason_zh: str
    reason_en: str
    article: str
    parcel_match: Literal["none", "one", "many"]
    candidate_ids: list[str]
    parcel_layer: str | None
    target_id: str | None
    parcel_code: str | None
    facts: dict[str, Any]


class ContractTerms(Stored):
    """The terms of a contract: its price, and what was delivered of it."""

    price_yuan: Yuan | None


class LandOfContract(LandRow):
    """A contract's idle land with its clock."""

    finding: IdleFindingOfContract | None
    contract: ContractTerms | None
    options: Annotated[list[OptionOfCase] | None, Field(description="Null where there is no case.")]
    timeline: Timeline


class CaseSummary(Described):
    """A case in a list."""

    case_id: int
    contract_no: str
    parcel_code: str | None
    kind: IdleKind
    stage: CaseStage
    stage_zh: str
    cause: CauseCode | None
    is_published: bool
    opened_on: date
    ended_on: date | None
    due_name: str | None
    due_on: date | None
    is_overdue: bool
    scan_kind: str
    is_still_flagged: bool
    etag: str


class CaseList(Described):
    """A page of cases."""

    cases: list[CaseSummary]
    next_after: Annotated[int | None, Field(description="Missing on the last page.")] = None


class FactsOfCase(Described):
    """The facts that a case is decided on; null is not known."""

    contract_no: str
    parcel_code: str | None
    kind: IdleKind
    agreed_start_date: date | None
    suspended_since: date | None
    holder: str | None
    holder_credit_code: str | None
    holder_address: str | None
    place: str | None
    area_m2: ExactM2 | None
    price_yuan: Yuan | None
    mortgagees: list[str]


class CauseOfCase(Described):
    """Days of one cause of delay."""

    code: CauseCode
    first_day: date
    last_day: date | None


class IdleDays(Described):
    """Idle days, all of them and those without proved causes of others; null where it is not known since when."""

    gross: int | None
    net: int | None


class CaseWarning(Described):
    """The local warning level, and the next one."""

    level: WarningLevel
    next_level: WarningLevel | None
    next_on: date | None


class RunningClock(Described):
    """A period that runs: its last day, and the article that sets it."""

    name: str
    due_on: date
    article: str


class NextMove(Described):
    """A move of the stage; its words may still be refused, with the article."""

    action: str
    zh: str
    en: str
    article: str
    leads_to: CaseStage | None


class MadeMove(Described):
    """A move that was made."""

    number: int
    action: str
    zh: str
    en: str
    stage: CaseStage
    done_on: date
    document_no: str | None
    due_on: date | None
    recorded_at: datetime
    recorded_by: str
    move: dict[str, Any]
    outcome: dict[str, Any]


class DisposalCaseAnswer(CaseSummary):
    """A case with its facts, what may be done now, and everything that was done."""

    facts: FactsOfCase
    causes: list[CauseOfCase]
    days: IdleDays
    warning: CaseWarning
    clock: RunningClock | None
    fee_yuan: Yuan | None
    plan: dict[str, Any] | None
    open_objection: bool
    open_appeal: bool
    enforce_after: date | None
    moves_in_order: list[str]
    next_moves: list[NextMove]
    imagery: LandEvidenceWithRun | None
    evidence: Annotated[list[dict[str, Any]], Field(description="The moves `attach_evidence`, each with its number.")]
    history: list[MadeMove]


class LetterAnswer(Described):
    """A letter that was issued."""

    letter_id: int
    case_id: int
    kind: LetterKind
    title: str
    letter_no: str
    move_number: int
    issued_at: datetime
    issued_by: str
    sha256: str


class LetterList(Described):
    """The letters of a case, the first first."""

    letters: list[LetterAnswer]


class PublishedLand(Described):
    """What art. 11 makes public of a case."""

    case_id: int
    place: str | None
    holder: str | None
    idle_since: date | None
    idle_days: int | None
    cause: Annotated[CauseCode | None, Field(description="A cause of the government, or nobody's fault.")]


class PublicationPage(Described):
    """A page of the public list."""

    published: list[PublishedLand]
    next_after: Annotated[int | None, Field(description="Missing on the last page.")] = None


class PlannedCaseAnswer(Described):
    """A case with the reason it is in the plan, or is not."""

    case_id: int
    contract_no: str
    area_m2: ExactM2
    officer_days: str
    compensation_yuan: Yuan
    use: str
    place: str
    idle_days: int
    is_required: bool
    is_taken: bool
    reason: PlanReason
    short_by: Annotated[str | None, Field(description="By how much a limit would be exceeded; an exact decimal.")]


class UnplannedCase(Described):
    """A case that cannot be planned, with what is missing."""

    case_id: int
    contract_no: str
    missing: list[str]


class RecoveryPlanAnswer(Described):
    """Which cases to take first."""

    served_m2: ExactM2
    officer_days: str
    compensation_yuan: Yuan
    cases: list[PlannedCaseAnswer]
    not_planned: list[UnplannedCase]
