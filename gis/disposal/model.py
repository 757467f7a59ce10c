"""What is known of a case of idle land, and the words for where it stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gis.disposal.plans import PlanTerms
from gis.idle import CauseCode, CauseInterval, IdleKind


class CaseStage(StrEnum):
    """Where a case stands (处置环节)."""

    SUSPECT = "suspect"  # 线索
    SURVEY = "survey"  # 调查
    EVIDENCE = "evidence"  # 举证
    NOT_IDLE = "not_idle"  # 不构成
    DETERMINED = "determined"  # 认定
    PUBLISHED = "published"  # 公开
    FILED = "filed"  # 备案
    PLAN_AGREED = "plan_agreed"  # 处置方案
    PLAN_APPROVED = "plan_approved"  # 方案已批准
    HEARING = "hearing"  # 听证告知
    FEE_DECIDED = "fee_decided"  # 征缴决定
    FEE_PAID = "fee_paid"  # 已缴闲置费
    RECOVERY_DECIDED = "recovery_decided"  # 收回决定
    ENFORCEMENT = "enforcement"  # 强制
    DISPOSED = "disposed"  # 处置完毕
    RECOVERED = "recovered"  # 已收回
    REUSED = "reused"  # 再利用
    ENDED = "ended"  # 结案


class HearingPurpose(StrEnum):
    """What the holder may ask a hearing about."""

    FEE = "fee"
    RECOVERY = "recovery"


class CaseFacts(BaseModel):
    """The facts that a case is decided on; None means "not known". A correction makes new ones.

    Attributes
    ----------
    kind : IdleKind
        What the scan found.
    agreed_start_date : date or None
        Agreed start, from which the years of art. 14 count.
    suspended_since : date or None
    price_yuan : Decimal or None
        Price of the grant or allocation (出让或者划拨价款).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_no: str
    parcel_code: str | None = None
    kind: IdleKind
    agreed_start_date: date | None = None
    suspended_since: date | None = None
    holder: str | None = None
    holder_credit_code: str | None = None
    holder_address: str | None = None
    place: str | None = None
    area_m2: Decimal | None = None
    price_yuan: Annotated[Decimal | None, Field(ge=0)] = None
    mortgagees: tuple[str, ...] = ()


#: What a determination rests on: who corrects it makes the determination void.
BASIS_FACTS = frozenset({"kind", "agreed_start_date", "suspended_since"})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a step is refused, and the article that refuses it."""

    code: str
    article: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CaseClock:
    """A period that runs: its last day, and the article that sets it."""

    name: str
    due_on: date
    article: str

    def is_over(self, day: date) -> bool:
        """Whether the last day has passed."""
        return day > self.due_on


@dataclass(frozen=True, slots=True)
class Hearing:
    """A notice of the right to a hearing, and what became of it."""

    purpose: HearingPurpose
    request_until: date
    is_requested: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """Where a case stands after its moves.

    Attributes
    ----------
    facts : CaseFacts
    stage : CaseStage
    last_on : date
        Day of the latest move.
    causes : tuple of CauseInterval
        Causes that evidence was given for.
    cause : CauseCode or None
        The cause that was determined.
    is_published, is_filed, is_reregistered : bool
    evidence_until : date or None
        Last day of the holder's period for evidence.
    plan : PlanTerms or None
        What was agreed under art. 12.
    fee_yuan : Decimal or None
        The fee that was decided in this case, and not annulled.
    before_hearing : CaseStage or None
        Stage to which an annulled decision leads back.
    decided : HearingPurpose or None
        What the decision that is to be carried out is about.
    open_appeal, open_objection : bool
    enforce_after : date or None
        Last day of the periods after which a decision may be enforced.
    clock : CaseClock or None
        The period that runs in this stage.
    """

    facts: CaseFacts
    stage: CaseStage
    last_on: date
    causes: tuple[CauseInterval, ...] = ()
    cause: CauseCode | None = None
    is_published: bool = False
    is_filed: bool = False
    is_reregistered: bool = False
    evidence_until: date | None = None
    plan: PlanTerms | None = None
    hearing: Hearing | None = None
    fee_yuan: Decimal | None = None
    before_hearing: CaseStage | None = None
    decided: HearingPurpose | None = None
    open_appeal: bool = False
    open_objection: bool = False
    enforce_after: date | None = None
    clock: CaseClock | None = None

    @property
    def is_open(self) -> bool:
        """Whether the case still runs."""
        return self.stage is not CaseStage.ENDED
