"""Exports that run as jobs: for what takes longer to write than a client waits."""

import shutil
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.collections.boxes import parse_bbox
from app.collections.catalog import find_collection
from app.collections.searching import read_filter
from app.collections.times import read_times, require_history
from app.db.models import Job
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session
from app.errors import AppError
from app.exports.errors import ExportGoneError, ExportNotFoundError
from app.exports.offered import OFFERED, file_name
from app.exports.schemas import ExportOrder
from app.exports.service import ExportRequest, export_collection, read_filters, readable_crs
from app.jobs import repository as jobs
from app.jobs import service as job_service
from app.jobs.errors import JobCancelledError
from app.jobs.kinds import EXPORT, JobRun

FOLDER = "exports"
# A file is there to be fetched, not to be kept.
KEEP_S = 2 * 24 * 3600.0


def start_export(session: WriteSession, order: ExportOrder, data_dir: Path) -> Job:
    """Store an export as a job.

    Raises
    ------
    CollectionNotFoundError, InvalidParameterError
        What can be told without writing the file.
    """
    make_request(session, order)
    _remove_old(session, data_dir / FOLDER)
    inputs = {"order": order.model_dump(mode="json"), "folder": str(data_dir / FOLDER / uuid4().hex)}
    return job_service.enqueue(session, EXPORT, inputs)


def make_request(session: Session, order: ExportOrder) -> ExportRequest:
    """Read an order as the items of its collection would; whoever may order it has a key.

    Raises
    ------
    CollectionNotFoundError, InvalidParameterError
    """
    times = read_times(order.datetime, order.as_of, order.known_at)
    collection = find_collection(session, order.collection, times.period, times.known_at)
    require_history(collection, times.known_at)
    srid = storage_srid(session.connection()) or 0
    search = read_filter(order.filter, order.filter_lang, order.filter_crs)
    return ExportRequest(
        collection=collection,
        format=OFFERED[order.f],
        crs=readable_crs(order.crs),
        encoding=order.encoding,
        boxes=() if order.bbox is None else parse_bbox(order.bbox),
        filters=read_filters(collection, list(order.filters.items()), has_key=True),
        has_key=True,
        language=order.language,
        search=None if search is None else search.condition(collection, has_key=True, srid=srid),
        known_at=times.known_at,
    )


def run_export(run: JobRun) -> dict[str, Any]:
    """Write the file of an export; a second attempt writes it anew."""
    order, folder = ExportOrder.model_validate(run.inputs["order"]), Path(run.inputs["folder"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)

    def progress(done: int, total: int) -> None:
        if run.cancelled():
            raise JobCancelledError
        run.progress(done, total)

    try:
        with read_session(run.engine) as session:
            request = make_request(session, order)
            path = folder / f"export{request.format.suffix}"
            srid = storage_srid(session.connection()) or 0
            result = export_collection(session, request, path, srid=srid, progress=progress)
            name = file_name(request.collection, request.format)
    except (AppError, JobCancelledError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return {"file": path.name, "name": name, "media_type": request.format.media_type, **result.as_json()}


def exported_file(session: Session, job_id: UUID) -> tuple[Path, str, str]:
    """Return where the file of an export is, its media type and the name to save it under.

    Raises
    ------
    ExportNotFoundError
    ResultNotReadyError, JobFailedError, JobDismissedError
    ExportGoneError
        It was removed.
    """
    job = jobs.find(session, job_id)
    if job is None or job.kind != EXPORT:
        raise ExportNotFoundError(job_id)
    result = job_service.get_results(session, job_id)
    path = Path(job.inputs["folder"]) / result["file"]
    if not path.exists():
        raise ExportGoneError(job_id)
    return path, result["media_type"], result["name"]


def _remove_old(session: Session, folder: Path) -> None:
    """Delete files that are older than they are kept for, unless they are still being written."""
    if not folder.exists():
        return
    open_folders = set(
        session.scalars(select(Job.inputs["folder"].astext).where(Job.kind == EXPORT, Job.status.in_(jobs.OPEN)))
    )
    for entry in folder.iterdir():
        if time.time() - entry.stat().st_mtime > KEEP_S and str(entry) not in open_folders:
            shutil.rmtree(entry, ignore_errors=True)
