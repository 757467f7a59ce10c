"""Everything that can be done in a case: each move with the day, the document and what it has to say."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
    model_validator,
)

from gis.disposal.model import HearingPurpose
from gis.disposal.plans import PlanTerms, Text, Yuan
from gis.disposal.readiness import CleanLand, Readiness
from gis.idle import CauseCode, IdleKind

Number = Annotated[str, Field(min_length=1, max_length=200)]


class MoveBase(BaseModel):
    """What every move says: the day on which it was done, its document, and a note."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: Annotated[date, Field(description="Day on which it was done.")]
    document_no: Annotated[Number | None, Field(description="Number of the document.")] = None
    note: Annotated[str | None, Field(max_length=4000)] = None


class ServedMove(MoveBase):
    """A move whose document starts a period on the day it is served."""

    served_on: Annotated[date | None, Field(description="Day of service; the day of the move when left out.")] = None

    @property
    def service_day(self) -> date:
        """The day from which the period counts."""
        return self.served_on or self.on


class OpenCase(MoveBase):
    """The clue that a case begins with (线索)."""

    action: Literal["open"] = "open"
    source: Literal["scan", "patrol", "satellite", "tip"] = "scan"


class Observe(MoveBase):
    """A later scan says something else of the same contract."""

    action: Literal["observe"] = "observe"
    kind: str
    reason_zh: str
    reason_en: str


class NotifySurvey(ServedMove):
    """《闲置土地调查通知书》."""

    action: Literal["notify_survey"] = "notify_survey"


class SubmitEvidence(MoveBase):
    """What the holder submits (举证)."""

    action: Literal["submit_evidence"] = "submit_evidence"
    text: Text


class ProveCause(MoveBase):
    """A cause of art. 8 with its days and the evidence for it."""

    action: Literal["prove_cause"] = "prove_cause"
    code: CauseCode
    first_day: date
    last_day: date | None = None
    evidence: Text

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"a cause cannot end on {self.last_day} before it begins on {self.first_day}")
        return self


class AttachEvidence(MoveBase):
    """Evidence on the file: it supports or contradicts what was reported, and decides nothing."""

    action: Literal["attach_evidence"] = "attach_evidence"
    source: Annotated[str, Field(min_length=1, max_length=500, description="Where it comes from.")]
    method: Literal["raster", "buildings", "night_lights", "patrol", "photo", "document"]
    says: Literal["supports", "contradicts", "cannot_tell"]
    text: Text
    data: Annotated[dict[str, Any], Field(description="Dates, resolution, values.")] = {}
    sha256: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="SHA-256 of the document's file, so that it can be told later whether it is the same.",
        ),
    ] = None


class FindNotIdle(MoveBase):
    """It does not constitute idle land (不构成)."""

    action: Literal["find_not_idle"] = "find_not_idle"
    reason: Text


class Determine(MoveBase):
    """《闲置土地认定书》."""

    action: Literal["determine"] = "determine"
    kind: Literal[IdleKind.IDLE_NOT_STARTED, IdleKind.IDLE_SUSPENDED]
    cause: CauseCode = CauseCode.ENTERPRISE
    basis: Annotated[str, Field(min_length=1, max_length=4000, description="Facts found, and what they rest on.")]


class Publish(MoveBase):
    """Make it public: place, holder, idle time (公开)."""

    action: Literal["publish"] = "publish"
    department_notified: Annotated[str | None, Field(description="Department whose act is the cause.")] = None


class FileCase(MoveBase):
    """Enter it in the monitoring system (备案)."""

    action: Literal["file"] = "file"
    filing_no: Number


class AgreePlan(MoveBase):
    """What was agreed with the holder under art. 12 (处置方案)."""

    action: Literal["agree_plan"] = "agree_plan"
    plan: PlanTerms


class ApprovePlan(MoveBase):
    """The government of the same level approves."""

    action: Literal["approve_plan"] = "approve_plan"
    approval_no: Number
    mortgagees_notified_on: date | None = None


class CarryOutPlan(MoveBase):
    """The plan is carried out: agreement signed, use arranged, land given back."""

    action: Literal["carry_out_plan"] = "carry_out_plan"
    agreement_no: Number


class NotifyHearing(ServedMove):
    """Notice of the right to a hearing (听证告知)."""

    action: Literal["notify_hearing"] = "notify_hearing"
    purpose: HearingPurpose


class RequestHearing(MoveBase):
    """The holder asks for the hearing."""

    action: Literal["request_hearing"] = "request_hearing"


class HoldHearing(MoveBase):
    """The hearing was held."""

    action: Literal["hold_hearing"] = "hold_hearing"
    outcome: Text


class DecideFee(ServedMove):
    """《征缴土地闲置费决定书》."""

    action: Literal["decide_fee"] = "decide_fee"
    approval_no: Number


class PayFee(MoveBase):
    """The fee was paid."""

    action: Literal["pay_fee"] = "pay_fee"
    amount_yuan: Yuan


class RecordStart(MoveBase):
    """Development has started after the fee (permit and milestone, art. 30)."""

    action: Literal["record_start"] = "record_start"
    permit_no: Number


class DecideRecovery(ServedMove):
    """《收回国有建设用地使用权决定书》."""

    action: Literal["decide_recovery"] = "decide_recovery"
    approval_no: Number
    mortgagees_notified_on: date | None = None


class Appeal(MoveBase):
    """Review or lawsuit against a decision (复议、诉讼)."""

    action: Literal["appeal"] = "appeal"
    by: Literal["review", "lawsuit"]


class SettleAppeal(MoveBase):
    """How it ended."""

    action: Literal["settle_appeal"] = "settle_appeal"
    outcome: Literal["upheld", "annulled"]


class Enforce(MoveBase):
    """Public cancellation of the certificate, or application to the court (强制)."""

    action: Literal["enforce"] = "enforce"
    means: Literal["public_cancellation", "court"]


class Deregister(MoveBase):
    """The right is struck from the register (注销登记)."""

    action: Literal["deregister"] = "deregister"
    register_no: Number


class ReuseKind(StrEnum):
    """What recovered land is for (art. 19)."""

    SUPPLY = "supply"  # 重新供地
    RESERVE = "reserve"  # 纳入储备
    CULTIVATION = "cultivation"  # 恢复耕种


class Reuse(MoveBase):
    """What becomes of the recovered land."""

    action: Literal["reuse"] = "reuse"
    use: ReuseKind
    is_soil_intact: bool = False
    has_near_term_project: bool = False
    readiness: Readiness = Readiness()
    clean_land: CleanLand = CleanLand()


class ChangeRegister(MoveBase):
    """Change of the register and of the year's survey (变更登记)."""

    action: Literal["change_register"] = "change_register"
    register_no: Number


class Unpublish(MoveBase):
    """Take it off the public list (撤销公开)."""

    action: Literal["unpublish"] = "unpublish"


class EndCase(MoveBase):
    """The file is closed (结案)."""

    action: Literal["end"] = "end"


class Object(MoveBase):
    """The holder contests what was found (异议)."""

    action: Literal["object"] = "object"
    text: Text


class AnswerObjection(MoveBase):
    """The answer; an objection that is upheld makes the determination void."""

    action: Literal["answer_objection"] = "answer_objection"
    outcome: Literal["rejected", "upheld"]
    text: Text


class CorrectedFacts(BaseModel):
    """Facts in place of former ones; what is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parcel_code: str | None = None
    kind: IdleKind | None = None
    agreed_start_date: date | None = None
    suspended_since: date | None = None
    holder: str | None = None
    holder_credit_code: str | None = None
    holder_address: str | None = None
    place: str | None = None
    area_m2: Annotated[Decimal | None, Field(gt=0)] = None
    price_yuan: Annotated[Decimal | None, Field(ge=0)] = None
    mortgagees: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_a_kind(self) -> Self:
        if "kind" in self.model_fields_set and self.kind is None:
            raise ValueError("a kind cannot be taken back, only replaced")
        return self

    @model_serializer(mode="wrap")
    def _only_what_is_named(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keep what is left out apart from what is taken back."""
        return {name: value for name, value in serialize(self).items() if name in self.model_fields_set}


class Correct(MoveBase):
    """Correct facts; the former ones stay in the history."""

    action: Literal["correct"] = "correct"
    facts: CorrectedFacts
    reason: Text


Move = Annotated[
    OpenCase
    | Observe
    | NotifySurvey
    | SubmitEvidence
    | ProveCause
    | AttachEvidence
    | FindNotIdle
    | Determine
    | Publish
    | FileCase
    | AgreePlan
    | ApprovePlan
    | CarryOutPlan
    | NotifyHearing
    | RequestHearing
    | HoldHearing
    | DecideFee
    | PayFee
    | RecordStart
    | DecideRecovery
    | Appeal
    | SettleAppeal
    | Enforce
    | Deregister
    | Reuse
    | ChangeRegister
    | Unpublish
    | EndCase
    | Object
    | AnswerObjection
    | Correct,
    Field(discriminator="action"),
]
MOVE: TypeAdapter[Move] = TypeAdapter(Move)
