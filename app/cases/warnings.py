"""Local warning levels of the contracts that are not started, before and after any case is opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.clock import today
from app.db.parameters import read_parameters
from app.idle.errors import NoContractsError
from app.idle.repository import current_delivery, read_unstarted
from app.idle.service import CONTRACTS
from gis.disposal import DisposalNumbers, LocalWarning, WarningLevel, warn
from gis.idle import IdleThresholds, LandContract, find_actual_start, find_agreed_start
from gis.rules import ParameterSet, region_of_parcel

#: So many contracts are looked at for a page.
LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class ContractWarning:
    """A contract with its warning."""

    contract_no: str
    parcel_code: str | None
    agreed_start_date: date
    warning: LocalWarning


@dataclass(frozen=True, slots=True)
class WarningPage:
    """Some warnings, and the row of the table after which the next ones begin; None at its end."""

    warnings: list[ContractWarning]
    next_after: int | None


def list_warnings(session: Session, *, as_of: date | None = None) -> Iterator[ContractWarning]:
    """Warn of the contracts of the current delivery that development has not started on.

    Parameters
    ----------
    session : Session
    as_of : date, optional
        Today when left out.

    Returns
    -------
    iterator of ContractWarning
        Those of a level, in the order of the table. A contract whose start is not known for sure is no warning but a
        case of insufficient data, which the scan lists.

    Raises
    ------
    NoContractsError, ParameterNotInForceError
    """
    after: int | None = 0
    while after is not None:
        page = read_warnings(session, as_of=as_of, after=after, limit=LOOKED_AT)
        yield from page.warnings
        after = page.next_after


def read_warnings(session: Session, *, as_of: date | None = None, after: int = 0, limit: int) -> WarningPage:
    """Read a page of the warnings, looking at ``LOOKED_AT`` contracts at most: a page may be short and have a next one.

    Parameters
    ----------
    session : Session
    as_of : date, optional
        Today when left out.
    after : int, optional
        ``next_after`` of the page before.
    limit : int
        Warnings of a page.

    Raises
    ------
    NoContractsError, ParameterNotInForceError
    """
    delivery = current_delivery(session, CONTRACTS)
    if delivery is None:
        raise NoContractsError
    day, parameters = as_of or today(), read_parameters(session)
    ladder = _Ladder(day, parameters)
    until = _last_agreed_start(day, parameters)
    rows = read_unstarted(session, delivery.id, after=after, count=LOOKED_AT, as_of=day, agreed_until=until)
    found: list[tuple[int, ContractWarning]] = []
    for row, contract in rows.contracts:
        warning = ladder.warn(contract)
        if warning is not None:
            found.append((row, warning))
        if len(found) > limit:
            return WarningPage([each for _, each in found[:limit]], found[limit - 1][0])
    return WarningPage([each for _, each in found], rows.next_after)


class _Ladder:
    """Warns by the law of each contract's county, which is picked once."""

    def __init__(self, day: date, parameters: ParameterSet) -> None:
        self._day = day
        self._parameters = parameters
        self._laws: dict[str, tuple[IdleThresholds, DisposalNumbers]] = {}

    def warn(self, contract: LandContract) -> ContractWarning | None:
        law, numbers = self._law_of(region_of_parcel(contract.parcel_code))
        agreed = find_agreed_start(contract, as_of=self._day, years_after_delivery=law.years_after_delivery)
        start = find_actual_start(contract, as_of=self._day, foundation_share=law.foundation_share)
        if agreed is None or start.has_started is not False:
            return None
        found = warn(agreed.day, as_of=self._day, numbers=numbers)
        if found.level is WarningLevel.NONE:
            return None
        return ContractWarning(contract.contract_no, contract.parcel_code, agreed.day, found)

    def _law_of(self, region: str) -> tuple[IdleThresholds, DisposalNumbers]:
        if region not in self._laws:
            self._laws[region] = (
                IdleThresholds.in_force(self._parameters, as_of=self._day, region=region),
                DisposalNumbers.in_force(self._parameters, as_of=self._day, region=region),
            )
        return self._laws[region]


def _last_agreed_start(day: date, parameters: ParameterSet) -> date:
    """Return the last agreed start that any county warns of on a day."""
    longest = max((row.integer for row in parameters if row.key == "idle.reminder_before_days"), default=0)
    return day + min(timedelta(days=longest), date.max - day)
