"""Letters of a case: composed once, numbered, stored, and laid out from what is stored, so that the bytes never change."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.cases import repository
from app.cases.errors import LetterNotFoundError, LetterWithoutMoveError
from app.cases.letter_texts import LETTERS, LetterKind, LetterSubject, compose
from app.cases.service import numbers_of
from app.clock import LEGAL_TIME_ZONE
from app.db.models import DisposalCase, DisposalLetter
from app.db.sessions import WriteSession
from app.extracts.pdf import compile_pdf
from gis.disposal import MOVE, CaseFacts, Outcome, replay

TEMPLATE: Final = Path(__file__).with_name("letter.typ")


def issue_letter(
    session: WriteSession, case_id: int, kind: LetterKind, *, office: str, issued_at: datetime | None = None
) -> DisposalLetter:
    """Issue the letter of the latest move of its kind; one that was issued already is returned as it is.

    Parameters
    ----------
    session : WriteSession
    case_id : int
    kind : LetterKind
    office : str
        Who issues it, as its head prints it.
    issued_at : datetime, optional
        Now when left out; to the second.

    Raises
    ------
    CaseNotFoundError, LetterWithoutMoveError
    """
    case = repository.require_case(session, case_id, for_update=True)
    subject, number_of_move = _subject(session, case, kind)
    known = session.scalar(
        select(DisposalLetter).where(
            DisposalLetter.disposal_case_id == case_id,
            DisposalLetter.kind == kind,
            DisposalLetter.move_number == number_of_move,
        )
    )
    if known is not None:
        return known
    moment = (issued_at or datetime.now(UTC)).replace(microsecond=0)
    year = moment.astimezone(LEGAL_TIME_ZONE).year
    serial = _next_serial(session, kind, year)
    number = f"{LETTERS[kind].sign}〔{year}〕{serial}号"
    content = compose(kind, subject, number=number, office=office, case_id=case_id, issued_at=moment)
    letter = DisposalLetter(
        disposal_case_id=case_id,
        move_number=number_of_move,
        kind=kind.value,
        year=year,
        serial=serial,
        letter_no=number,
        issued_at=moment,
        content=content,
        sha256=hashlib.sha256(_compile(content, moment)).hexdigest(),
        recorded_by=session.actor,
    )
    session.add(letter)
    session.flush()
    return letter


def render_letter(letter: DisposalLetter) -> bytes:
    """Return the PDF of a letter: the same bytes each time, fixed by the stored content and time of issue."""
    return _compile(letter.content, letter.issued_at)


def list_letters(session: Session, case_id: int) -> Sequence[DisposalLetter]:
    """Return the letters of a case, the first first.

    Raises
    ------
    CaseNotFoundError
    """
    case = repository.require_case(session, case_id)
    return session.scalars(
        select(DisposalLetter).where(DisposalLetter.disposal_case_id == case.row_id).order_by(DisposalLetter.id)
    ).all()


def require_letter(session: Session, letter_id: int) -> DisposalLetter:
    """Return a letter.

    Raises
    ------
    LetterNotFoundError
    """
    letter = session.get(DisposalLetter, letter_id)
    if letter is None:
        raise LetterNotFoundError(letter_id)
    return letter


def describe_letter(letter: DisposalLetter) -> dict[str, Any]:
    """Describe a letter without its content."""
    return {
        "letter_id": letter.id,
        "case_id": letter.disposal_case_id,
        "kind": letter.kind,
        "title": letter.content["title"],
        "letter_no": letter.letter_no,
        "move_number": letter.move_number,
        "issued_at": letter.issued_at.isoformat(),
        "issued_by": letter.recorded_by,
        "sha256": letter.sha256,
    }


def _subject(session: Session, case: DisposalCase, kind: LetterKind) -> tuple[LetterSubject, int]:
    """Take the case as it was right after the latest move that the letter belongs to."""
    rows = repository.moves_of(session, case)
    number = max((row.number for row in rows if row.action == LETTERS[kind].action), default=0)
    if not number:
        raise LetterWithoutMoveError(kind, LETTERS[kind].action)
    made = [(MOVE.validate_python(row.move), Outcome.model_validate(row.outcome)) for row in rows[:number]]
    state = replay(CaseFacts.model_validate(case.initial_facts), made)
    move, outcome = made[-1]
    return LetterSubject(state, move, outcome, numbers_of(session, case, move.on)), number


def _next_serial(session: WriteSession, kind: LetterKind, year: int) -> int:
    """Return the next number of a kind in a year; issuing takes turns."""
    session.execute(text("lock table disposal_letter in share row exclusive mode"))
    last = session.scalar(
        select(func.max(DisposalLetter.serial)).where(DisposalLetter.kind == kind, DisposalLetter.year == year)
    )
    return (last or 0) + 1


def _compile(content: dict[str, Any], issued_at: datetime) -> bytes:
    return compile_pdf(orjson.dumps(content).decode(), int(issued_at.timestamp()), template=TEMPLATE)
