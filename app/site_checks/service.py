"""Check sites, store the answer with everything it stands on, and find it again."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import numpy as np
import pyproj
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checks.errors import CheckCancelledError
from app.checks.service import engine_version
from app.clock import today
from app.db.models import LayerKind, SiteCheck
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.repository import version_in_force
from app.progress import Progress, unheard
from app.site_checks import nearby
from app.site_checks.answering import Answered, Ground, answer_sites, pinned_ground, read_ground
from app.site_checks.answers import parameter_rows, verdict_of
from app.site_checks.errors import ParcelAmbiguousError, SiteCheckNotFoundError
from app.site_checks.questions import Question
from app.site_checks.sites import Sites, make_sites, stored_sites

# More are a job.
SITES_AT_ONCE: Final = 200
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer, and what is stored with it."""

    sites: dict[str, Any]
    layers: list[dict[str, Any]]
    rules: dict[str, Any]
    parameter_rows: list[dict[str, Any]]
    result: dict[str, Any]
    engine: str

    def digest(self, parameters: Mapping[str, Any]) -> str:
        """Return the SHA-256 over the inputs and the rounded result, without any time of answering."""
        facts = {
            "parameters": {name: value for name, value in parameters.items() if name != "known_at"},
            "sites": self.sites,
            "layers": self.layers,
            "rules": self.rules,
            "parameter_rows": self.parameter_rows,
            "engine": self.engine,
            "result": self.result,
        }
        canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def compute(
    session: Session,
    sites: Sites,
    question: Question,
    *,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
    ground: Ground | None = None,
) -> Computed:
    """Answer sites from what was known at ``question.known_at``, or is known now; the same inputs give the same answer.

    Parameters
    ----------
    ground : Ground, optional
        What to answer from, where it is not what is in force on the day of the question.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError, CheckCancelledError
    """
    day = question.as_of or today()
    if ground is None:
        ground = read_ground(session, question, day, question.known_at or datetime.now(UTC))
    answered = Answered()
    total = len(sites.frame)
    for start in range(0, total, CHUNK):
        if cancelled is not None and cancelled():
            raise CheckCancelledError
        part = Sites(sites.frame.iloc[start : start + CHUNK], sites.geographic[start : start + CHUNK], sites.source)
        found = answer_sites(session, ground, part, question)
        answered.sites += found.sites
        answered.findings += found.findings
        progress(min(start + CHUNK, total), total)
    regions = sorted({str(region) for region in sites.frame["region"]})
    rows = parameter_rows(answered.findings, [row for region in regions for row in ground.basis_rows(region)])
    result = {
        "verdict": verdict_of(site["verdict"] for site in answered.sites).value,
        "as_of": day.isoformat(),
        "catalog_version": ground.book.catalog.version,
        "packs": [{"name": name, "version": version} for name, version in ground.book.packs],
        "sites": answered.sites,
        "assumed_parameters": [
            row for row in rows if row["status"] == "assumed" and not row["key"].startswith("display.")
        ],
    }
    rules = {
        "catalog_version": ground.book.catalog.version,
        "packs": dict(ground.book.packs),
        "asked": {region: ground.asked_rules(region) for region in regions},
    }
    return Computed(sites.as_geojson(), ground.used_layers(), rules, rows, result, engine_version())


def stored_answer(check: SiteCheck) -> Computed:
    """Return what a check answered, as it was computed then."""
    return Computed(check.sites, check.layers, check.rules, check.parameter_rows, check.result, check.engine_version)


def compute_again(session: Session, check: SiteCheck, site: str) -> Computed:
    """Answer one site of a check again: from the versions that the check names, as they and the rules are known now."""
    sites = stored_sites(check.sites)
    part = sites.take((sites.frame["site"] == site).to_numpy())
    question = Question.model_validate_json(json.dumps(check.parameters))
    ground = pinned_ground(session, check.layers, check.as_of, datetime.now(UTC))
    return compute(session, part, question, ground=ground)


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
        See ``docs/site-check.md``.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError, CheckCancelledError
    """
    asked = _settled(question)
    with read_session(engine) as session:
        computed = compute(session, sites, asked, progress=progress, cancelled=cancelled)
    with write_session(engine, actor=actor) as session:
        return describe(_store(session, computed, asked))


def check_within(session: WriteSession, sites: Sites, question: Question) -> SiteCheck:
    """Answer sites and store the answer in a transaction that somebody else has opened.

    Raises
    ------
    SiteRefusedError, SiteOutsideError, NothingToCheckError, LayerNotFoundError
    """
    asked = _settled(question)
    return _store(session, compute(session, sites, asked), asked)


def _settled(question: Question) -> Question:
    """Fix the day and the moment of a question that leaves them open."""
    moment = question.known_at or datetime.now(UTC)
    return question.model_copy(update={"known_at": moment, "as_of": question.as_of or today()})


def _store(session: WriteSession, computed: Computed, asked: Question) -> SiteCheck:
    parameters = asked.model_dump(mode="json") | {"works": None if asked.works is None else sorted(asked.works)}
    check = SiteCheck(
        id=uuid4(),
        created_by=session.actor,
        as_of=asked.as_of,
        known_at=asked.known_at,
        parameters=parameters,
        sites=computed.sites,
        layers=computed.layers,
        rules=computed.rules,
        parameter_rows=computed.parameter_rows,
        engine_version=computed.engine,
        verdict=computed.result["verdict"],
        result=computed.result,
        digest=computed.digest(parameters),
    )
    session.add(check)
    session.flush()
    session.refresh(check)
    return check


def describe(check: SiteCheck) -> dict[str, Any]:
    """Return a stored check as it is answered."""
    return {
        "site_check_id": str(check.id),
        "created_at": check.created_at.isoformat(),
        "digest": check.digest,
        "engine_version": check.engine_version,
        "question": check.parameters,
        **check.result,
        "layer_versions": check.layers,
        "parameters": check.parameter_rows,
    }


def get_check(session: Session, check_id: UUID) -> SiteCheck:
    """Return a stored check.

    Raises
    ------
    SiteCheckNotFoundError
    """
    check = nearby.find_check(session, check_id)
    if check is None:
        raise SiteCheckNotFoundError(check_id)
    return check


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
