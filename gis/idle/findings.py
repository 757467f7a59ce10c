"""The tests of Order 53 art. 2 and art. 22, three-valued: true, false, or not decidable from what is known."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gis.idle.clock import add_years, has_completed_years
from gis.idle.contract import LandContract
from gis.idle.start import ActualStart, AgreedStart, find_actual_start, find_agreed_start
from gis.idle.thresholds import IdleThresholds


class IdleKind(StrEnum):
    """Result of an assessment; all but ``not_idle`` make a case."""

    IDLE_NOT_STARTED = "idle_not_started"  # art. 2(1)
    IDLE_SUSPENDED = "idle_suspended"  # art. 2(2): may be determined idle, by a person
    LATE_START = "late_start"  # started, but after the year: not idle today, a breach of the contract
    INSUFFICIENT_DATA = "insufficient_data"
    NOT_IDLE = "not_idle"


@dataclass(frozen=True, slots=True)
class Facts:
    """A contract read as of a day, with the thresholds of that day."""

    contract: LandContract
    as_of: date
    thresholds: IdleThresholds
    agreed: AgreedStart | None
    actual: ActualStart
    suspended_since: date | None

    @property
    def developed_share(self) -> Fraction | None:
        """Exact quotient of the areas; few findings need it, so it is not computed ahead."""
        return _divide(self.contract.developed_area_m2, self.contract.should_start_area_m2)

    @property
    def invested_share(self) -> Fraction | None:
        """Exact quotient of the investments."""
        return _divide(self.contract.invested_10k_yuan, self.contract.total_investment_10k_yuan)

    @property
    def agreed_period_end(self) -> date | None:
        """Last day of the year after the agreed start."""
        return None if self.agreed is None else add_years(self.agreed.day, self.thresholds.idle_after_years)


@dataclass(frozen=True, slots=True)
class Finding:
    """Which test is met, the days it counts (``since`` excluded, ``until`` included) and what is missing."""

    kind: IdleKind
    since: date | None = None
    until: date | None = None
    period_end: date | None = None
    missing: tuple[str, ...] = ()


def read_facts(contract: LandContract, *, as_of: date, thresholds: IdleThresholds) -> Facts:
    """Read a contract as of a day: what happened later has not happened yet.

    Parameters
    ----------
    contract : LandContract
    as_of : date
    thresholds : IdleThresholds

    Returns
    -------
    Facts
    """
    return Facts(
        contract=contract,
        as_of=as_of,
        thresholds=thresholds,
        agreed=find_agreed_start(contract, as_of=as_of, years_after_delivery=thresholds.years_after_delivery),
        actual=find_actual_start(contract, as_of=as_of, foundation_share=thresholds.foundation_share),
        suspended_since=_find_suspension(contract, as_of),
    )


def find_idleness(facts: Facts) -> Finding:
    """Apply the tests in their order: not started, suspended, late.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    Finding
        A test that is met by what is known decides, even if another cannot be decided; where none is met and one cannot be
        decided, the result is ``insufficient_data`` and never ``not_idle``.
    """
    has_started = facts.actual.has_started
    if has_started is False:
        return _find_unstarted(facts)
    is_suspended, missing = _test_suspension(facts)
    if has_started and is_suspended and facts.suspended_since is not None:
        end = add_years(facts.suspended_since, facts.thresholds.suspended_after_years)
        return Finding(IdleKind.IDLE_SUSPENDED, facts.suspended_since, facts.as_of, end)
    missing += _list_missing_dates(facts, is_suspended=is_suspended)
    if missing:
        return Finding(IdleKind.INSUFFICIENT_DATA, missing=missing)
    return _find_late_start(facts)


def _find_unstarted(facts: Facts) -> Finding:
    end = facts.agreed_period_end
    if facts.agreed is None or end is None:
        return Finding(IdleKind.INSUFFICIENT_DATA, missing=_AGREED_START_FIELDS)
    if facts.as_of <= end:
        return Finding(IdleKind.NOT_IDLE, period_end=end)
    return Finding(IdleKind.IDLE_NOT_STARTED, facts.agreed.day, facts.as_of, end)


def _find_late_start(facts: Facts) -> Finding:
    end, day = facts.agreed_period_end, facts.actual.day
    if facts.agreed is None or end is None or day is None or day <= end:
        return Finding(IdleKind.NOT_IDLE, period_end=end)
    return Finding(IdleKind.LATE_START, facts.agreed.day, day, end)


def _test_suspension(facts: Facts) -> tuple[bool | None, tuple[str, ...]]:
    """Art. 2(2): suspended for a full year, and too little developed or too little invested; None with what is missing."""
    since, limits = facts.suspended_since, facts.thresholds
    if since is None or not has_completed_years(since, limits.suspended_after_years, as_of=facts.as_of):
        return False, ()
    developed = None if facts.developed_share is None else facts.developed_share < limits.developed_share
    invested = None if facts.invested_share is None else facts.invested_share < limits.invested_share
    if developed or invested:
        return True, ()
    contract = facts.contract
    missing = (
        *_list_missing(
            "should_start_area", contract.should_start_area_m2, "developed_area", contract.developed_area_m2
        ),
        *_list_missing("total_investment", contract.total_investment_10k_yuan, "invested", contract.invested_10k_yuan),
    )
    return (None if missing else False), missing


def _list_missing(whole_name: str, whole: Decimal | None, part_name: str, part: Decimal | None) -> tuple[str, ...]:
    """Name what a quotient lacks; a whole of 0 is as good as none."""
    return (whole_name,) * (not whole) + (part_name,) * (part is None)


def _list_missing_dates(facts: Facts, *, is_suspended: bool | None) -> tuple[str, ...]:
    """Name the dates without which it cannot be told whether development started, and in time."""
    if facts.agreed is None:
        return (*_AGREED_START_FIELDS, *facts.actual.missing)
    end = facts.agreed_period_end
    could_be_late = end is not None and facts.as_of > end
    could_be_suspended = facts.actual.has_started is None and is_suspended is not False
    return facts.actual.missing if could_be_late or could_be_suspended else ()


def _find_suspension(contract: LandContract, as_of: date) -> date | None:
    """Find the start of the suspension that still lasts; a resumption before it belongs to an earlier one."""
    since, resumed = contract.suspended_since, contract.resumed_date
    if since is None or since > as_of:
        return None
    has_resumed = resumed is not None and since <= resumed <= as_of
    return None if has_resumed else since


def _divide(part: Decimal | None, whole: Decimal | None) -> Fraction | None:
    return None if part is None or not whole else Fraction(part) / Fraction(whole)


_AGREED_START_FIELDS = ("agreed_start_date", "delivery_date")
