"""What is known about one grant or allocation of land, and the words for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class FoundationType(StrEnum):
    """Kind of foundation, which decides the milestone of 动工开发 (Order 53 art. 30)."""

    DEEP_PIT = "deep_pit"  # 深基坑: the pit is excavated
    PILE = "pile"  # 桩基: all foundation piles are driven
    OTHER = "other"  # 其他: one third of the foundation work is done


class CauseCode(StrEnum):
    """Cause of a delay (Order 53 art. 8)."""

    NOT_DELIVERED = "G1"
    PLAN_CHANGED = "G2"
    POLICY_CHANGED = "G3"
    PETITIONS = "G4"
    MILITARY_OR_RELICS = "G5"
    OTHER_GOVERNMENT = "G6"
    FORCE_MAJEURE = "FM"
    ENTERPRISE = "E"

    @property
    def is_excused(self) -> bool:
        """Whether the days are the government's or nobody's fault."""
        return self is not CauseCode.ENTERPRISE


@dataclass(frozen=True, slots=True)
class CauseInterval:
    """Days during which one cause delayed the work; both days are included, no last day means that it still goes on."""

    code: CauseCode
    first_day: date
    last_day: date | None = None

    def __post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"a cause cannot end on {self.last_day} before it begins on {self.first_day}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LandContract:
    """One grant contract (出让合同) or allocation decision (划拨决定书); None means "not known".

    Attributes
    ----------
    contract_no : str
    parcel_code : str or None
    agreed_start_date : date or None
        Start of development that the contract agrees on.
    supplement_date, supplement_start_date : date or None
        Signing of a supplementary agreement and the start it agrees on, which replaces the former one from the signing on.
    delivery_date : date or None
        Day on the land delivery record (交地确认书).
    permit_date : date or None
        Construction permit (施工许可证).
    foundation_type : FoundationType or None
    milestone_done, milestone_total : Decimal or None
        Progress of that milestone in any unit (m3 of pit, piles, m3 of foundation).
    milestone_date : date or None
        Day on which the milestone was reached.
    should_start_area_m2, developed_area_m2 : Decimal or None
        Land area (not floor area) that should be, and is, under development.
    total_investment_10k_yuan, invested_10k_yuan : Decimal or None
        Without land price and taxes (Order 53 art. 30).
    suspended_since, resumed_date : date or None
        The latest suspension, and the day of resuming after it.
    causes : tuple of CauseInterval
    """

    contract_no: str
    parcel_code: str | None
    agreed_start_date: date | None = None
    supplement_date: date | None = None
    supplement_start_date: date | None = None
    delivery_date: date | None = None
    permit_date: date | None = None
    foundation_type: FoundationType | None = None
    milestone_done: Decimal | None = None
    milestone_total: Decimal | None = None
    milestone_date: date | None = None
    should_start_area_m2: Decimal | None = None
    developed_area_m2: Decimal | None = None
    total_investment_10k_yuan: Decimal | None = None
    invested_10k_yuan: Decimal | None = None
    suspended_since: date | None = None
    resumed_date: date | None = None
    causes: tuple[CauseInterval, ...] = ()

    def __post_init__(self) -> None:
        for name in _AMOUNTS:
            amount = getattr(self, name)
            if amount is not None and not (amount.is_finite() and amount >= 0):
                raise ValueError(f"contract {self.contract_no}: {name} cannot be {amount}")


_AMOUNTS = (
    "milestone_done",
    "milestone_total",
    "should_start_area_m2",
    "developed_area_m2",
    "total_investment_10k_yuan",
    "invested_10k_yuan",
)


def excused_days(causes: Iterable[CauseInterval], *, after: date, until: date) -> int:
    """Count the days of government causes and force majeure; overlapping intervals count once.

    Parameters
    ----------
    causes : iterable of CauseInterval
    after : date
        Day of the event; counting begins on the day after it.
    until : date
        Last day counted.

    Returns
    -------
    int

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import CauseCode, CauseInterval, excused_days
    >>> delay = CauseInterval(CauseCode.NOT_DELIVERED, date(2024, 1, 1), date(2024, 1, 10))
    >>> excused_days([delay], after=date(2024, 1, 1), until=date(2024, 12, 31))
    9
    """
    spans = sorted(
        (max(cause.first_day.toordinal(), after.toordinal() + 1), _last_ordinal(cause, until))
        for cause in causes
        if cause.code.is_excused
    )
    days, counted_to = 0, after.toordinal()
    for first, last in spans:
        days += max(0, last - max(first, counted_to + 1) + 1)
        counted_to = max(counted_to, last)
    return days


def _last_ordinal(cause: CauseInterval, until: date) -> int:
    return min(cause.last_day or until, until).toordinal()
