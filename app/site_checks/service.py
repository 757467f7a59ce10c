"""Check sites, store the answer with everything it stands on, and find it again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson
import pyproj
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import LayerKind, SiteCheck
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.repository import version_in_force
from app.progress import Progress, unheard
from app.site_checks import nearby
from app.site_checks.computing import Computation
from app.site_checks.errors import ParcelAmbiguousError
from app.site_checks.questions import Question
from app.site_checks.sites import Sites, make_sites
from app.site_checks.storing import get_check, iter_answers, iter_written_answers, store_check

# More are a job.
SITES_AT_ONCE: Final = 200
_ONE_STATE: Final = text("set transaction isolation level repeatable read")


def check_sites(
    engine: Engine,
    sites: Sites,
    question: Question,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Answer sites, store the answer and return it.

    Returns
    -------
    dict
        See ``docs/site-check.md``. Of more than ``SITES_AT_ONCE`` sites without ``sites``: they are read from where they are stored.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError, CheckCancelledError
    """
    with write_session(engine, actor=actor) as session:
        session.execute(_ONE_STATE)
        check = _check(session, sites, question, progress, cancelled)
        return describe(check, read_few(session, check))


def check_sites_as_json(engine: Engine, sites: Sites, question: Question, *, actor: str) -> tuple[UUID, bytes]:
    """Answer at most ``SITES_AT_ONCE`` sites, store the answer, and return its id and its JSON as :func:`iter_described` writes it.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError
    """
    with write_session(engine, actor=actor) as session:
        session.execute(_ONE_STATE)
        check = _check(session, sites, question, unheard, None)
        return check.id, b"".join(iter_written(session, check))


def check_within(session: WriteSession, sites: Sites, question: Question) -> SiteCheck:
    """Answer sites and store the answer in a transaction that somebody else has opened.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError
    """
    return _check(session, sites, question, unheard, None)


def _check(
    session: WriteSession, sites: Sites, question: Question, progress: Progress, cancelled: Callable[[], bool] | None
) -> SiteCheck:
    asked = _settled(question)
    computation = Computation(session, sites, asked)
    return store_check(session, computation, asked, computation.chunks(progress, cancelled))


def _settled(question: Question) -> Question:
    """Fix the day and the moment of a question that leaves them open."""
    moment = question.known_at or datetime.now(UTC)
    return question.model_copy(update={"known_at": moment, "as_of": question.as_of or today()})


def read_few(session: Session, check: SiteCheck) -> list[dict[str, Any]] | None:
    """Return what a check says of its sites; None where they are too many to be held."""
    return None if check.site_count > SITES_AT_ONCE else list(iter_answers(session, check))


def describe(check: SiteCheck, answers: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """Return a stored check as it is answered; without ``sites`` where they are None."""
    return {
        "site_check_id": str(check.id),
        "created_at": check.created_at.isoformat(),
        "digest": check.digest,
        "engine_version": check.engine_version,
        "question": check.parameters,
        **check.result,
        "site_count": check.site_count,
        "layer_versions": check.layers,
        "parameters": check.parameter_rows,
        **({} if answers is None else {"sites": answers}),
    }


def iter_described(engine: Engine, check_id: UUID) -> Iterator[bytes]:
    """Yield the JSON of a stored check with all its sites, however many, in parts."""
    with read_session(engine) as session:
        yield from iter_written(session, get_check(session, check_id))


def iter_written(session: Session, check: SiteCheck) -> Iterator[bytes]:
    """Yield the same in a session: the answers are stored as text, which nobody reads on the way out."""
    yield orjson.dumps(describe(check, None)).removesuffix(b"}") + b',"sites":['
    for number, written in enumerate(iter_written_answers(session, check.id)):
        yield (b"," if number else b"") + written.encode()
    yield b"]}"


def sites_of_parcels(session: Session, codes: Sequence[str], question: Question) -> Sites:
    """Take the parcels in force that have some codes.

    Raises
    ------
    ParcelAmbiguousError
        Where a code names several parcels (with the candidates), or none.
    """
    moment = question.known_at or datetime.now(UTC)
    versions = [
        version.id
        for layer in nearby.layers_of_kind(session, LayerKind.PARCEL)
        if (version := version_in_force(session, layer.id, as_of=question.as_of or today(), known_at=moment))
    ]
    shapes, rows = [], []
    for code, found in nearby.find_parcels(session, list(dict.fromkeys(codes)), versions, moment).items():
        if len(found) != 1:
            candidates = [{"layer": slug, "feature_id": feature_id} for slug, feature_id, _, _ in found]
            raise ParcelAmbiguousError(code, candidates)
        ((slug, feature_id, _, wkb),) = found
        shapes.append(shapely.from_wkb(wkb))
        rows.append({"parcel_code": code, "name": f"{slug}/{feature_id}"})
    # The stored coordinates are longitude and latitude, whatever the delivery was drawn in.
    crs = pyproj.CRS.from_user_input("OGC:CRS84")
    return make_sites(np.array(shapes, dtype=object), crs, rows, county_code=question.county_code)
