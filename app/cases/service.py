"""Make moves in a case, and tell what is lawful. A case is what its moves make it; nothing is overwritten."""

from datetime import date

from sqlalchemy.orm import Session

from app.cases import repository
from app.cases.errors import IllegalMoveError, MoveRefusedError
from app.cases.new_use import check_new_use
from app.clock import today
from app.db.models import DisposalCase
from app.db.parameters import read_parameters
from app.db.sessions import WriteSession
from app.etags import require_match
from gis.disposal import (
    DisposalNumbers,
    Move,
    OptionAnswer,
    apply_move,
    find_obstacles,
    lawful_options,
    settle_move,
)
from gis.disposal.moves import AgreePlan, Observe, OpenCase
from gis.rules import region_of_parcel


def case_etag(case: DisposalCase) -> str:
    """Return the tag of a case: it changes with every move."""
    return f'"{case.row_id}-{case.revision}"'


def make_move(session: WriteSession, case_id: int, move: Move, *, if_match: str | None) -> DisposalCase:
    """Make a move in a case as it was when its ETag was read.

    Parameters
    ----------
    session : WriteSession
    case_id : int
    move : Move
        A plan that changes the use is checked against plans and control lines first; what the caller says of that check is
        not taken.
    if_match : str or None

    Raises
    ------
    CaseNotFoundError, PreconditionRequiredError, PreconditionFailedError, MoveRefusedError
    IllegalMoveError
        With every obstacle and its article.
    """
    case = repository.require_case(session, case_id, for_update=True)
    require_match(if_match, case_etag(case))
    if isinstance(move, OpenCase | Observe):
        raise MoveRefusedError("action", move.action, "a move of an open case; scans open and observe")
    if move.on > today():
        raise MoveRefusedError.in_the_future(move.on, today())
    state = repository.state_of(session, case)
    numbers = numbers_of(session, case, move.on)
    if isinstance(move, AgreePlan):
        move = check_new_use(session, case, move)
    obstacles = find_obstacles(state, move, numbers=numbers)
    if obstacles:
        raise IllegalMoveError(move.action, obstacles)
    outcome = settle_move(state, move, numbers=numbers)
    repository.add_move(session, case, apply_move(state, move, outcome), move, outcome)
    return case


def options_of(session: Session, case: DisposalCase, *, on: date | None = None) -> list[OptionAnswer]:
    """Tell which ways of disposal are lawful in a case on a day, today when left out."""
    day = on or today()
    return lawful_options(repository.state_of(session, case), on=day, numbers=numbers_of(session, case, day))


def numbers_of(session: Session, case: DisposalCase, on: date) -> DisposalNumbers:
    """Return the numbers of the law of a day at the place of a case."""
    region = region_of_parcel(case.parcel_code)
    return DisposalNumbers.in_force(read_parameters(session), as_of=on, region=region)
