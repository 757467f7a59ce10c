"""All SQL about cases of idle land."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.errors import CaseNotFoundError
from app.db.models import DisposalCase, DisposalMove, IdleCase, IdleScan, LandContract
from app.db.sessions import WriteSession
from gis.disposal import MOVE, CaseFacts, CaseState, Move, Outcome, replay


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """What the current scan says of a contract, and the contract's own row."""

    case: IdleCase
    contract: LandContract | None


def current_scan(session: Session) -> IdleScan | None:
    """Return the current scan for idle land."""
    return session.scalar(select(IdleScan).where(IdleScan.is_current))


def findings_of(
    session: Session, scan: IdleScan, *, contract_nos: Sequence[str] | None, kinds: Iterable[str]
) -> list[ScanFinding]:
    """Return what a scan found, of some contracts or of all that are of some kinds."""
    query = (
        select(IdleCase, LandContract)
        .outerjoin(
            LandContract,
            (LandContract.delivery_id == scan.delivery_id) & (LandContract.contract_no == IdleCase.contract_no),
        )
        .where(IdleCase.idle_scan_id == scan.id)
        .order_by(IdleCase.row_id)
    )
    if contract_nos is not None:
        query = query.where(IdleCase.contract_no.in_(contract_nos))
    else:
        query = query.where(IdleCase.kind.in_(list(kinds)))
    return [ScanFinding(case, contract) for case, contract in session.execute(query)]


def open_cases(session: Session, contract_nos: Sequence[str] | None) -> dict[str, DisposalCase]:
    """Return the cases that run, of some contracts or all, by the number of the contract; locked, so that openings take turns."""
    query = select(DisposalCase).where(DisposalCase.ended_on.is_(None))
    if contract_nos is not None:
        query = query.where(DisposalCase.contract_no.in_(contract_nos))
    rows = session.scalars(query.order_by(DisposalCase.row_id).with_for_update())
    return {row.contract_no: row for row in rows}


def require_case(session: Session, case_id: int, *, for_update: bool = False) -> DisposalCase:
    """Return a case; ``for_update`` lets its changes take turns.

    Raises
    ------
    CaseNotFoundError
    """
    query = select(DisposalCase).where(DisposalCase.row_id == case_id)
    case = session.scalar(query.with_for_update() if for_update else query)
    if case is None:
        raise CaseNotFoundError(case_id)
    return case


def list_cases(
    session: Session,
    *,
    stage: str | None = None,
    contract_no: str | None = None,
    is_published: bool | None = None,
    only_running: bool = False,
    after: int = 0,
    limit: int,
) -> Sequence[DisposalCase]:
    """Return cases in the order of their numbers."""
    query = select(DisposalCase).where(DisposalCase.row_id > after).order_by(DisposalCase.row_id).limit(limit)
    if stage is not None:
        query = query.where(DisposalCase.stage == stage)
    if contract_no is not None:
        query = query.where(DisposalCase.contract_no == contract_no)
    if is_published is not None:
        query = query.where(DisposalCase.is_published == is_published)
    if only_running:
        query = query.where(DisposalCase.ended_on.is_(None))
    return session.scalars(query).all()


def moves_of(session: Session, case: DisposalCase) -> Sequence[DisposalMove]:
    """Return the moves of a case, the first first."""
    return session.scalars(
        select(DisposalMove).where(DisposalMove.disposal_case_id == case.row_id).order_by(DisposalMove.number)
    ).all()


def state_of(session: Session, case: DisposalCase) -> CaseState:
    """Replay a case."""
    moves = ((MOVE.validate_python(row.move), Outcome.model_validate(row.outcome)) for row in moves_of(session, case))
    return replay(CaseFacts.model_validate(case.initial_facts), moves)


def add_move(session: WriteSession, case: DisposalCase, state: CaseState, move: Move, outcome: Outcome) -> DisposalMove:
    """Store a move that has led to a state, and bring the case's columns up to it; a new case is stored with its first move."""
    case.revision = (case.revision or 0) + 1
    follow(case, state)
    session.add(case)
    session.flush()
    row = DisposalMove(
        disposal_case_id=case.row_id,
        number=case.revision,
        action=move.action,
        stage=state.stage.value,
        done_on=move.on,
        document_no=move.document_no,
        due_on=outcome.due_on,
        move=move.model_dump(mode="json"),
        outcome=outcome.model_dump(mode="json"),
        recorded_by=session.actor,
    )
    session.add(row)
    session.flush()
    return row


def follow(case: DisposalCase, state: CaseState) -> None:
    """Write into a case's columns what follows from its moves."""
    case.kind = state.facts.kind.value
    case.parcel_code = state.facts.parcel_code
    case.stage = state.stage.value
    case.cause = None if state.cause is None else state.cause.value
    case.is_published = state.is_published
    case.due_name = None if state.clock is None else state.clock.name
    case.due_on = None if state.clock is None else state.clock.due_on
    case.ended_on = None if state.is_open else state.last_on
