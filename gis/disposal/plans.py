"""What can be agreed under art. 12, each option with what has to be settled for it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Yuan = Annotated[Decimal, Field(ge=0, decimal_places=2, description="Yuan, to the cent.")]


class DisposalOption(StrEnum):
    """A lawful way to dispose of idle land (处置方式)."""

    EXTENSION = "extension"  # 12(1) 延长动工开发期限
    CHANGE_OF_USE = "change_of_use"  # 12(2) 调整土地用途、规划条件
    TEMPORARY_USE = "temporary_use"  # 12(3) 由政府安排临时使用
    PAID_RECOVERY = "paid_recovery"  # 12(4) 协议有偿收回
    SWAP = "swap"  # 12(5) 置换土地
    OTHER = "other"  # 12(6) 其他处置方式
    FEE = "fee"  # 14(1) 征缴土地闲置费
    FREE_RECOVERY = "free_recovery"  # 14(2) 无偿收回


class _Terms(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Extension(_Terms):
    """Art. 12(1): a supplementary agreement with a new start, completion and liability."""

    option: Literal[DisposalOption.EXTENSION] = DisposalOption.EXTENSION
    supplement_start_date: Annotated[date, Field(description="Start that the supplement agrees on.")]
    extended_start_date: Annotated[date, Field(description="Last day to start with the extension.")]
    completion_date: date
    liability: Text


class ChangeOfUse(_Terms):
    """Art. 12(2): another use or other planning conditions; the site check of the new use comes first."""

    option: Literal[DisposalOption.CHANGE_OF_USE] = DisposalOption.CHANGE_OF_USE
    new_use: Annotated[str, Field(min_length=1, max_length=50, description="Land-use code.")]
    new_start_date: date
    price_difference_yuan: Annotated[
        Decimal, Field(decimal_places=2, description="To be collected; negative: to be refunded.")
    ]
    site_check_id: Annotated[str | None, Field(description="Filled in from the site check.")] = None
    site_verdict: Annotated[str | None, Field(description="Filled in from the site check.")] = None
    review_opinion: Annotated[str | None, Field(description="Needed where the site check says REVIEW.")] = None


class TemporaryUse(_Terms):
    """Art. 12(3): temporary use that the government arranges."""

    option: Literal[DisposalOption.TEMPORARY_USE] = DisposalOption.TEMPORARY_USE
    arranged_on: date
    until: date
    purpose: Text


class PaidRecovery(_Terms):
    """Art. 12(4): recovery for an agreed compensation; the clock does not start again."""

    option: Literal[DisposalOption.PAID_RECOVERY] = DisposalOption.PAID_RECOVERY
    compensation_yuan: Yuan
    funding: Literal["budget", "bond_buyback"] = "budget"


class Swap(_Terms):
    """Art. 12(5): land of equal value and the same use instead."""

    option: Literal[DisposalOption.SWAP] = DisposalOption.SWAP
    new_parcel_code: Annotated[str, Field(min_length=1, max_length=200)]
    new_start_date: date
    value_yuan: Yuan
    new_value_yuan: Yuan
    use: Annotated[str, Field(min_length=1, max_length=50)]
    new_use: Annotated[str, Field(min_length=1, max_length=50)]
    is_price_paid: bool
    are_funds_in_place: bool


class OtherWay(_Terms):
    """Art. 12(6): what the place needs, as the government approves it."""

    option: Literal[DisposalOption.OTHER] = DisposalOption.OTHER
    text: Text
    new_start_date: date


PlanTerms = Annotated[
    Extension | ChangeOfUse | TemporaryUse | PaidRecovery | Swap | OtherWay, Field(discriminator="option")
]


def clock_restarts_on(terms: PlanTerms) -> date | None:
    """Tell from which day the agreed start counts again; None where it does not (art. 12(4)).

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.disposal import PaidRecovery, clock_restarts_on
    >>> clock_restarts_on(PaidRecovery(compensation_yuan=Decimal(1))) is None
    True
    """
    match terms:
        case Extension():
            return terms.extended_start_date
        case TemporaryUse():
            return terms.until
        case ChangeOfUse() | Swap() | OtherWay():
            return terms.new_start_date
        case PaidRecovery():
            return None
