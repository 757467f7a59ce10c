"""Local warning levels of the contracts that are not started, before and after any case is opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.clock import today
from app.db.parameters import read_parameters
from app.idle.errors import NoContractsError
from app.idle.repository import current_delivery, read_contracts
from app.idle.service import CONTRACTS
from gis.disposal import DisposalNumbers, LocalWarning, WarningLevel, warn
from gis.idle import IdleThresholds, find_actual_start, find_agreed_start
from gis.rules import region_of_parcel


@dataclass(frozen=True, slots=True)
class ContractWarning:
    """A contract with its warning."""

    contract_no: str
    parcel_code: str | None
    agreed_start_date: date
    warning: LocalWarning


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
    delivery = current_delivery(session, CONTRACTS)
    if delivery is None:
        raise NoContractsError
    day, parameters = as_of or today(), read_parameters(session)
    for contract in read_contracts(session, delivery.id, None):
        region = region_of_parcel(contract.terms.parcel_code)
        law = IdleThresholds.in_force(parameters, as_of=day, region=region)
        agreed = find_agreed_start(contract.terms, as_of=day, years_after_delivery=law.years_after_delivery)
        start = find_actual_start(contract.terms, as_of=day, foundation_share=law.foundation_share)
        if agreed is None or start.has_started is not False:
            continue
        numbers = DisposalNumbers.in_force(parameters, as_of=day, region=region)
        found = warn(agreed.day, as_of=day, numbers=numbers)
        if found.level is not WarningLevel.NONE:
            yield ContractWarning(contract.terms.contract_no, contract.terms.parcel_code, agreed.day, found)
