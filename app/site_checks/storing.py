"""The stored answers: what holds for a whole check in one row, what is said of each site in a row of its own."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Text, cast, select, text
from sqlalchemy.orm import Session

from app.db.models import SiteAnswer, SiteCheck
from app.db.sessions import WriteSession
from app.site_checks.computing import Computation, Computed, answer_digest, canonical
from app.site_checks.errors import SiteCheckNotFoundError
from app.site_checks.questions import Question

_AT_ONCE: Final = 50
_STORE: Final = text(
    """
insert into site_answer (site_check_id, number, site, name, parcel_code, area_m2, verdict, answer)
values (:site_check_id, :number, :site, :name, :parcel_code, :area_m2, :verdict, cast(:answer as jsonb))
"""
)
_COLUMNS: Final = ("site", "name", "parcel_code", "area_m2", "verdict")


def store_check(
    session: WriteSession,
    computation: Computation,
    question: Question,
    chunks: Iterable[list[dict[str, Any]]],
) -> SiteCheck:
    """Store an answer while it is computed.

    Parameters
    ----------
    question : Question
        With its day and its moment.
    chunks : iterable of list of dict
        See :meth:`Computation.chunks`.
    """
    check_id = uuid4()
    digests: list[str] = []
    for answers in chunks:
        written = [canonical(answer) for answer in answers]
        rows = [
            {
                "site_check_id": check_id,
                "number": number,
                "answer": text_,
                **{name: answer[name] for name in _COLUMNS},
            }
            for number, (answer, text_) in enumerate(zip(answers, written, strict=True), start=len(digests) + 1)
        ]
        session.execute(_STORE, rows)
        digests += map(answer_digest, written)
    computed = computation.whole()
    works = None if question.works is None else sorted(question.works)
    parameters = question.model_dump(mode="json") | {"works": works}
    check = SiteCheck(
        id=check_id,
        created_by=session.actor,
        as_of=question.as_of,
        known_at=question.known_at,
        parameters=parameters,
        sites=computed.sites,
        site_count=len(digests),
        layers=computed.layers,
        rules=computed.rules,
        parameter_rows=computed.parameter_rows,
        engine_version=computed.engine,
        verdict=computed.result["verdict"],
        result=computed.result,
        digest=computed.digest(parameters, digests),
    )
    session.add(check)
    session.flush()
    session.refresh(check)
    return check


def get_check(session: Session, check_id: UUID) -> SiteCheck:
    """Return a stored check.

    Raises
    ------
    SiteCheckNotFoundError
    """
    check = session.get(SiteCheck, check_id)
    if check is None:
        raise SiteCheckNotFoundError(check_id)
    return check


def stored_computed(check: SiteCheck) -> Computed:
    """Return what holds for all sites of a check, as it was computed then."""
    return Computed(check.sites, check.layers, check.rules, check.parameter_rows, check.result, check.engine_version)


def site_names(session: Session, check: SiteCheck) -> list[str]:
    """Return the names of a check's sites, such as ``site-1``, in their order."""
    statement = select(SiteAnswer.site).where(SiteAnswer.site_check_id == check.id).order_by(SiteAnswer.number)
    return list(session.scalars(statement))


def read_answer(session: Session, check: SiteCheck, site: str) -> dict[str, Any]:
    """Return what a check says of one of its sites."""
    statement = select(SiteAnswer.answer).where(SiteAnswer.site_check_id == check.id, SiteAnswer.site == site)
    answer: dict[str, Any] = session.scalars(statement).one()
    return answer


def iter_answers(session: Session, check: SiteCheck) -> Iterator[dict[str, Any]]:
    """Yield what a check says of each site, in their order."""
    statement = select(SiteAnswer.answer).where(SiteAnswer.site_check_id == check.id).order_by(SiteAnswer.number)
    yield from session.scalars(statement, execution_options={"yield_per": _AT_ONCE})


def iter_written_answers(session: Session, check_id: UUID) -> Iterator[str]:
    """Yield the same as JSON, which nobody has to read on the way out."""
    statement = (
        select(cast(SiteAnswer.answer, Text)).where(SiteAnswer.site_check_id == check_id).order_by(SiteAnswer.number)
    )
    yield from session.scalars(statement, execution_options={"yield_per": _AT_ONCE})
