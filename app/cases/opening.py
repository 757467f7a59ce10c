"""Open cases from what the current scan found; a contract whose case runs keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.cases import repository
from app.cases.errors import NoCurrentScanError, NothingFoundError
from app.cases.observing import Said, note
from app.cases.repository import ScanFinding
from app.db.models import DisposalCase
from app.db.parameters import read_parameters
from app.db.sessions import WriteSession
from app.idle.terms import to_contract
from gis.disposal import CaseFacts, DisposalNumbers, OpenCase, open_case, settle_move
from gis.idle import IdleKind
from gis.rules import ParameterSet, region_of_parcel

#: What a case may be opened for; of a whole scan only idle land.
FOLLOWED = (IdleKind.IDLE_NOT_STARTED, IdleKind.IDLE_SUSPENDED, IdleKind.INSUFFICIENT_DATA)
IDLE = (IdleKind.IDLE_NOT_STARTED, IdleKind.IDLE_SUSPENDED)


@dataclass(slots=True)
class Opened:
    """Cases by what became of them."""

    opened: list[DisposalCase] = field(default_factory=list)
    observed: list[DisposalCase] = field(default_factory=list)
    unchanged: list[DisposalCase] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers of the cases."""
        names = ("opened", "observed", "unchanged")
        return {name: [case.row_id for case in getattr(self, name)] for name in names}


def open_from_scan(session: WriteSession, contract_nos: Sequence[str] | None, *, on: date) -> Opened:
    """Open a case for each contract that the current scan flags.

    Parameters
    ----------
    session : WriteSession
    contract_nos : sequence of str or None
        All idle land of the scan when None; one that is named may also be of insufficient data: the survey finds out.
    on : date
        Day of the finding, from which the days of the survey count.

    Returns
    -------
    Opened
        A contract whose case runs gets no second one: a scan that says something else of it is noted in its case.

    Raises
    ------
    NoCurrentScanError, NothingFoundError
    """
    scan = repository.current_scan(session)
    if scan is None:
        raise NoCurrentScanError
    findings = repository.findings_of(session, scan, contract_nos=contract_nos, kinds=[kind.value for kind in IDLE])
    by_number = {found.case.contract_no: found for found in findings}
    for number in contract_nos or ():
        kind = by_number[number].case.kind if number in by_number else None
        if kind not in set(FOLLOWED):
            raise NothingFoundError(number, kind)
    running = repository.open_cases(session, list(by_number))
    parameters = read_parameters(session)
    result = Opened()
    for number, found in by_number.items():
        if number in running:
            said = Said(found.case.kind, found.case.reason_zh, found.case.reason_en)
            is_news = note(session, running[number], said, on, parameters)
            (result.observed if is_news else result.unchanged).append(running[number])
        else:
            result.opened.append(_open(session, found, on, parameters))
    return result


def _open(session: WriteSession, found: ScanFinding, on: date, parameters: ParameterSet) -> DisposalCase:
    facts = facts_of(found)
    move = OpenCase(on=on, note=found.case.reason_zh)
    region = region_of_parcel(facts.parcel_code)
    outcome = settle_move(None, move, numbers=DisposalNumbers.in_force(parameters, as_of=on, region=region))
    case = DisposalCase(
        contract_no=facts.contract_no,
        parcel_layer=found.case.parcel_layer,
        target_id=found.case.target_id,
        opened_on=on,
        initial_facts=facts.model_dump(mode="json"),
        geom=found.case.geom,
        recorded_by=session.actor,
    )
    repository.add_move(session, case, open_case(facts, move, outcome), move, outcome)
    return case


def facts_of(found: ScanFinding) -> CaseFacts:
    """Read the facts of a case from what the scan says and from the contract."""
    case, contract = found.case, found.contract
    terms = None if contract is None else to_contract(contract.terms)
    return CaseFacts(
        contract_no=case.contract_no,
        parcel_code=case.parcel_code,
        kind=IdleKind(case.kind),
        agreed_start_date=case.agreed_start_date,
        suspended_since=None if terms is None else terms.suspended_since,
        holder=None if contract is None else contract.holder,
        holder_credit_code=None if contract is None else contract.holder_credit_code,
        area_m2=None if terms is None else terms.should_start_area_m2,
        price_yuan=None if contract is None else contract.price_yuan,
    )
