"""An overlay of two collections as a job: refused early, counted, measured, and written to a file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from app.clock import today
from app.collections.cql2 import FilterLanguage
from app.collections.reference_systems import find_reference_system
from app.collections.searching import Search
from app.db.models import Job
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.jobs.errors import JobCancelledError
from app.jobs.kinds import OVERLAY, JobRun
from app.jobs.service import enqueue
from app.overlays.collections import CollectionRequest, count_features
from app.overlays.errors import OverlayRefusedError
from app.overlays.schemas import CollectionOverlay, CollectionSide
from app.overlays.service import OverlayRequest, overlay
from app.overlays.storing import COLLECTION_ID, store_pairs
from app.overlays.writing import WITH_PLACES, summary, write

FOLDER: Final = "results"
#: Media type to the ending of the file; the first is the usual one.
ENDINGS_OF: Final = {
    "application/json": ".json",
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/geo+json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
}
#: Who asks for more features than this on both sides together is not made to wait.
MOST_AT_ONCE: Final = 50_000


def start_overlay(
    session: WriteSession, asked: CollectionOverlay, *, media_type: str, has_key: bool, data_dir: Path, base_url: str
) -> Job:
    """Store the job of an overlay.

    ``has_key`` says whether what names holders may be part of it; of pairs that become a collection it never is.

    Raises
    ------
    CollectionNotFoundError, InvalidParameterError, OverlayRefusedError
        What can be told without measuring.
    """
    has_key = has_key and not asked.as_collection
    request = make_request(asked, has_key=has_key, with_places=ENDINGS_OF[media_type] in WITH_PLACES)
    inputs = {
        "asked": asked.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "media_type": media_type,
        "has_key": has_key,
        "base_url": base_url,
        "folder": str(data_dir / FOLDER / uuid4().hex),
        "features": _count(session, request, asked),
    }
    return enqueue(session, OVERLAY, inputs)


def is_quick(job: Job) -> bool:
    """Whether an overlay is small enough to be waited for."""
    return int(job.inputs["features"]) <= MOST_AT_ONCE


def make_request(asked: CollectionOverlay, *, has_key: bool, with_places: bool) -> OverlayRequest:
    """Return what is asked of two collections as the overlay of the command line takes it.

    Raises
    ------
    InvalidParameterError, OverlayRefusedError
    """
    request = OverlayRequest(
        a=_side(asked.a, has_key=has_key),
        b=_side(asked.b, has_key=has_key),
        fields_a=tuple(asked.fields_a),
        fields_b=tuple(asked.fields_b),
        totals_by_a=tuple(asked.totals_by_a),
        totals_by_b=tuple(asked.totals_by_b),
        with_geometry=asked.geometry or with_places or asked.as_collection,
    )
    request.require_possible()
    return request


def _side(side: CollectionSide, *, has_key: bool) -> CollectionRequest:
    search = None
    if side.filter is not None:
        is_text = isinstance(side.filter, str)
        text = str(side.filter) if is_text else json.dumps(side.filter, ensure_ascii=False)
        language = side.filter_lang or FilterLanguage.TEXT if is_text else FilterLanguage.JSON
        search = Search(text, language, find_reference_system("filter-crs", side.filter_crs))
    return CollectionRequest(side.collection, search, side.as_of, has_key)


def _count(session: Session, request: OverlayRequest, asked: CollectionOverlay) -> int:
    day, srid = asked.as_of or today(), storage_srid(session.connection()) or 0
    sides = [side for side in (request.a, request.b) if isinstance(side, CollectionRequest)]
    counts = [count_features(session, side, as_of=day, srid=srid) for side in sides]
    for side, count in zip(sides, counts, strict=True):
        if count == 0:
            asked_for = "" if side.search is None else f" for which {side.search.text} holds"
            raise OverlayRefusedError(f"Collection {side.name} has no feature{asked_for}.")
    return sum(counts)


def run_overlay(run: JobRun) -> dict[str, Any]:
    """Measure an overlay and write its table into the job's folder."""
    asked = CollectionOverlay.model_validate(run.inputs["asked"])
    media_type = run.inputs["media_type"]
    suffix = ENDINGS_OF[media_type]
    request = make_request(asked, has_key=run.inputs["has_key"], with_places=suffix in WITH_PLACES)
    as_of, started_at = asked.as_of or today(), datetime.now(UTC)
    answer = overlay(request, run.engine, as_of=as_of, progress=run.progress, cancelled=run.cancelled)
    folder = Path(run.inputs["folder"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"overlay{suffix}"
    write(answer, path)
    name = f"{asked.a.collection}-{asked.b.collection}{suffix}"
    facts = summary(answer)
    if asked.as_collection:
        if run.cancelled():
            raise JobCancelledError
        with write_session(run.engine, actor=run.actor) as session:
            kept = store_pairs(session, asked, answer, as_of=as_of, started_at=started_at)
        facts |= {
            "collection": COLLECTION_ID,
            "overlay_run_id": kept.id,
            "items": f"{run.inputs['base_url']}/collections/{COLLECTION_ID}/items?overlay_run_id={kept.id}",
        }
    return {"summary": facts, "table": {"file": path.name, "name": name, "media_type": media_type}}
