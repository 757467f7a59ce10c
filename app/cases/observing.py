"""Tell the cases that run what a later scan says of their land: it is noted in them and decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.cases import repository
from app.clock import today
from app.db.models import DisposalCase, IdleScan, LandContract
from app.db.parameters import read_parameters
from app.db.sessions import WriteSession, write_session
from app.idle.service import scan
from gis.disposal import CaseState, DisposalNumbers, apply_move, settle_move
from gis.disposal.moves import Observe
from gis.idle import IdleKind
from gis.rules import ParameterSet, region_of_parcel

#: What a scan says of a contract that the current table no longer has.
NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True)
class Said:
    """What a scan says of a contract."""

    kind: str
    reason_zh: str
    reason_en: str


def scan_and_tell(
    engine: Engine, *, as_of: date | None = None, target: str | None = None, actor: str
) -> dict[str, Any]:
    """Scan for idle land, and tell the cases that run what the scan says otherwise than they know.

    Parameters
    ----------
    engine : Engine
    as_of, target, actor
        As for :func:`app.idle.service.scan`.

    Returns
    -------
    dict
        The summary of the scan, and ``cases_told``: the numbers of the cases in which something was noted.

    Raises
    ------
    NoContractsError, LayerNotFoundError, NotParcelsError, ParcelLayerUnsaidError, ParameterNotInForceError
    """
    summary = scan(engine, as_of=as_of, target=target, actor=actor)
    with write_session(engine, actor=actor) as session:
        return summary | {"cases_told": [case.row_id for case in tell_cases(session)]}


def tell_cases(session: WriteSession) -> list[DisposalCase]:
    """Note in each case that runs what the current scan says, where that is something else than is known.

    Land that the scan no longer flags is noted as well. The case goes on: before its determination a person may find that the land
    is not idle, afterwards the order of the law leads to its end. A scan as of a day before the last move of a case is no news.
    """
    current = repository.current_scan(session)
    if current is None or current.as_of > today():
        return []
    running = repository.open_cases(session, None)
    found = _read(session, current, running)
    parameters = read_parameters(session)
    return [case for number, case in running.items() if note(session, case, found[number], current.as_of, parameters)]


def _read(session: Session, current: IdleScan, numbers: Iterable[str]) -> dict[str, Said]:
    """Return what a scan says of each contract, also of those that it does not flag or know."""
    wanted = list(numbers)
    flagged = {
        each.case.contract_no: Said(each.case.kind, each.case.reason_zh, each.case.reason_en)
        for each in repository.findings_of(session, current, contract_nos=wanted, kinds=())
    }
    delivered = set(
        session.scalars(
            select(LandContract.contract_no).where(
                LandContract.delivery_id == current.delivery_id, LandContract.contract_no.in_(wanted)
            )
        )
    )
    return {
        number: flagged.get(number) or (_not_flagged if number in delivered else _not_delivered)(current.as_of)
        for number in wanted
    }


def _not_flagged(day: date) -> Said:
    return Said(
        IdleKind.NOT_IDLE.value,
        f"截至 {day} 的扫描未再将该宗土地列为疑似闲置。案件不因此终止，须人工核实后依法定程序办理。",
        f"The scan as of {day} no longer flags this land. The case does not end by that: a person has to look into it.",
    )


def _not_delivered(day: date) -> Said:
    return Said(
        NOT_DELIVERED,
        f"截至 {day} 扫描的合同台账中没有该合同，未作判断。案件不因此终止，须核实台账。",
        f"The contracts scanned as of {day} do not have this one: nothing was told of it. The case goes on; look into the table.",
    )


def note(session: WriteSession, case: DisposalCase, said: Said, on: date, parameters: ParameterSet) -> bool:
    """Note what a scan says, unless the case knows it or has moved on since; tell whether it was noted."""
    if said.kind == (case.scan_kind or case.initial_facts["kind"]):
        return False
    state: CaseState = repository.state_of(session, case)
    if on < state.last_on:
        return False
    move = Observe(on=on, kind=said.kind, reason_zh=said.reason_zh, reason_en=said.reason_en)
    region = region_of_parcel(case.parcel_code)
    outcome = settle_move(state, move, numbers=DisposalNumbers.in_force(parameters, as_of=on, region=region))
    case.scan_kind = said.kind
    repository.add_move(session, case, apply_move(state, move, outcome), move, outcome)
    return True
