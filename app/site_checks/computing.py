"""Answer any number of sites, chunk by chunk: no more than one chunk's answers are held at a time, and nothing is stored here."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from app.checks.errors import CheckCancelledError
from app.checks.service import engine_version
from app.clock import today
from app.db.models import SiteCheck
from app.progress import Progress, unheard
from app.site_checks.answering import Ground, answer_sites, pinned_ground, read_ground
from app.site_checks.answers import parameter_rows, verdict_of
from app.site_checks.errors import SiteOutsideError
from app.site_checks.questions import Question
from app.site_checks.sites import Sites, stored_sites
from gis.rules import ParameterRow

# An answer about one site has a hundred kilobytes on crowded ground, and ten times that while it is made.
CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Computed:
    """What holds for all sites of an answer, and what it stands on; the answers about the single sites are beside it."""

    sites: dict[str, Any]
    layers: list[dict[str, Any]]
    rules: dict[str, Any]
    parameter_rows: list[dict[str, Any]]
    result: dict[str, Any]
    engine: str

    def digest(self, parameters: Mapping[str, Any], answers: Sequence[str]) -> str:
        """Return the SHA-256 over the inputs and the rounded result, without any time of answering.

        Parameters
        ----------
        answers : sequence of str
            :func:`answer_digest` of each site, in their order.
        """
        facts = {
            "parameters": {name: value for name, value in parameters.items() if name != "known_at"},
            "sites": self.sites,
            "layers": self.layers,
            "rules": self.rules,
            "parameter_rows": self.parameter_rows,
            "engine": self.engine,
            "result": {**self.result, "sites": list(answers)},
        }
        return hashlib.sha256(canonical(facts).encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document as JSON in the one way that is hashed and stored. Its numbers are finite: they were rounded."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def answer_digest(written: str) -> str:
    """Return the SHA-256 of the answer about one site, written by :func:`canonical`."""
    return hashlib.sha256(written.encode()).hexdigest()


class Computation:
    """Answers sites from what was known at ``question.known_at``, or is known now; the same inputs give the same answer.

    Parameters
    ----------
    ground : Ground, optional
        What to answer from, where it is not what is in force on the day of the question.

    Raises
    ------
    SiteRefusedError, NothingToCheckError, LayerNotFoundError
    """

    def __init__(self, session: Session, sites: Sites, question: Question, *, ground: Ground | None = None) -> None:
        self._session, self._sites, self._question = session, sites, question
        self._day: date = question.as_of or today()
        moment = question.known_at or datetime.now(UTC)
        self._ground = read_ground(session, question, self._day, moment) if ground is None else ground
        self._regions = sorted({head.region for head in sites.heads})
        self._verdicts: set[str] = set()
        basis = [row for region in self._regions for row in self._ground.basis_rows(region)]
        self._rows: dict[str, ParameterRow] = {row.row_id: row for row in basis}

    def chunks(
        self, progress: Progress = unheard, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the answers about the sites, in their order.

        Raises
        ------
        SiteOutsideError
            At the end, naming all sites of all chunks.
        CheckCancelledError
        """
        total = len(self._sites)
        outside: list[str] = []
        for start in range(0, total, CHUNK):
            if cancelled is not None and cancelled():
                raise CheckCancelledError
            part = self._sites.take(range(start, min(start + CHUNK, total)))
            try:
                answered = answer_sites(self._session, self._ground, part, self._question)
            except SiteOutsideError as error:
                # The others are asked about as well, so that all that have to be mended are named at once.
                outside += error.sites
            else:
                self._verdicts |= {site["verdict"] for site in answered.sites}
                self._rows |= {row.row_id: row for one in answered.findings for row in one.judgement.parameter_rows}
                if not outside:
                    yield answered.sites
            progress(min(start + CHUNK, total), total)
        if outside:
            raise SiteOutsideError(outside)

    def whole(self) -> Computed:
        """Say what holds for all sites, once all chunks were taken."""
        ground = self._ground
        rows = parameter_rows(self._rows)
        result = {
            "verdict": verdict_of(self._verdicts).value,
            "as_of": self._day.isoformat(),
            "catalog_version": ground.book.catalog.version,
            "packs": [{"name": name, "version": version} for name, version in ground.book.packs],
            "assumed_parameters": [
                row for row in rows if row["status"] == "assumed" and not row["key"].startswith("display.")
            ],
        }
        rules = {
            "catalog_version": ground.book.catalog.version,
            "packs": dict(ground.book.packs),
            "asked": {region: ground.asked_rules(region) for region in self._regions},
        }
        return Computed(self._sites.as_geojson(), ground.used_layers(), rules, rows, result, engine_version())


def compute(
    session: Session, sites: Sites, question: Question, *, ground: Ground | None = None
) -> tuple[Computed, list[dict[str, Any]]]:
    """Answer a few sites; see :class:`Computation`, which many of them are answered with.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError
    """
    computation = Computation(session, sites, question, ground=ground)
    answers = [answer for chunk in computation.chunks() for answer in chunk]
    return computation.whole(), answers


def compute_again(session: Session, check: SiteCheck, site: str) -> tuple[Computed, dict[str, Any]]:
    """Answer one site of a check again: from the versions that the check names, as they and the rules are known now."""
    sites = stored_sites(check.sites)
    part = sites.take([position for position, head in enumerate(sites.heads) if head.site == site])
    question = Question.model_validate_json(json.dumps(check.parameters))
    ground = pinned_ground(session, check.layers, check.as_of, datetime.now(UTC))
    computed, (answer,) = compute(session, part, question, ground=ground)
    return computed, answer
