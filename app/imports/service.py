"""Start, follow, publish and discard imports. An import is a job, and afterwards the version that it made."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import Job, Layer, LayerVersion, VersionStatus
from app.db.sessions import WriteSession
from app.imports.errors import ImportNotFoundError, ImportNotReadyError, NothingImportedError, TooManyImportsError
from app.imports.schemas import ImportOptions
from app.imports.uploading import FOLDER, Upload
from app.imports.work import make_request
from app.jobs import repository as jobs
from app.jobs import service as job_service
from app.jobs.kinds import LAYER_IMPORT, TABLE_IMPORT
from app.jobs.repository import JobFilter
from app.keys.access import Actor
from app.layers import repository
from app.layers.publishing import discard_draft, publish_draft
from app.layers.targets import find_target
from app.layers.unfinished import KEEP_DAYS
from app.settings import Settings

_SECONDS_A_DAY = 86_400
#: Kinds of work on files that were uploaded.
UPLOADED = (LAYER_IMPORT, TABLE_IMPORT)


@dataclass(frozen=True, slots=True)
class Import:
    """A job and the version that it made, where that is still there."""

    job: Job
    version: LayerVersion | None

    @property
    def state(self) -> str:
        """Where the import stands."""
        if self.job.status != "successful":
            return self.job.status
        if self.job.inputs["dry_run"]:
            return "validated"
        return "discarded" if self.version is None else self.version.status

    @property
    def result(self) -> dict[str, Any]:
        """What the work returned; empty until then."""
        return self.job.result or {}


def start_import(
    session: WriteSession, upload: Upload, options: ImportOptions, settings: Settings, *, dry_run: bool
) -> Import:
    """Store an import as a job; imports of one layer take turns.

    Raises
    ------
    LayerNotFoundError, DeliveryRefusedError
        What can be told without reading the file.
    TooManyImportsError, UploadRefusedError
    """
    _require_room(session, settings)
    folder, coverage = upload.folder, upload.coverage()
    inputs: dict[str, Any] = {
        "folder": str(folder),
        "file": str(upload.delivery().relative_to(folder)),
        "coverage": None if coverage is None else str(coverage.relative_to(folder)),
        "options": options.model_dump(mode="json", exclude_none=True),
        "max_loss_percent": settings.max_loss_percent,
        "counties": None if settings.county_table is None else str(settings.county_table),
        "today": today().isoformat(),
        "dry_run": dry_run,
    }
    find_target(session, make_request(inputs))
    job = job_service.enqueue(session, LAYER_IMPORT, inputs, lock=f"{LAYER_IMPORT}:{options.to}")
    upload.is_kept = True
    return Import(job, None)


def start_table_import(
    session: WriteSession, upload: Upload, kind: str, settings: Settings, *, confirm_drop: bool
) -> Job:
    """Store the import of a table as a job; such imports take turns.

    Raises
    ------
    TooManyImportsError, UploadRefusedError
    """
    _require_room(session, settings)
    folder = upload.folder
    inputs = {
        "folder": str(folder),
        "file": str(upload.delivery().relative_to(folder)),
        "kind": kind,
        "confirm_drop": confirm_drop,
    }
    job = job_service.enqueue(session, TABLE_IMPORT, inputs, lock=TABLE_IMPORT)
    upload.is_kept = True
    return job


def _require_room(session: WriteSession, settings: Settings) -> None:
    waiting = select(func.count()).where(Job.kind.in_(UPLOADED), Job.status.in_(jobs.OPEN))
    if (session.scalar(waiting) or 0) >= settings.max_open_imports:
        raise TooManyImportsError(settings.max_open_imports)


def get_import(session: Session, import_id: UUID, *, for_update: bool = False) -> Import:
    """Return an import.

    Raises
    ------
    ImportNotFoundError
    """
    job = jobs.find(session, import_id, for_update=for_update)
    if job is None or job.kind != LAYER_IMPORT:
        raise ImportNotFoundError(import_id)
    return Import(job, _version(session, job))


def list_imports(session: Session, *, limit: int, after: str | None) -> tuple[Sequence[Import], str | None]:
    """Return a page of imports, the newest first, and the token of the next page.

    Raises
    ------
    PageTokenError
    """
    page = job_service.list_jobs(session, JobFilter(kinds=(LAYER_IMPORT,)), limit=limit, after=after)
    return [Import(job, _version(session, job)) for job in page.jobs], page.next_token


def require_version(found: Import) -> LayerVersion:
    """Return the version of an import.

    Raises
    ------
    ImportNotReadyError, NothingImportedError
    """
    if found.job.status in jobs.OPEN:
        raise ImportNotReadyError(found.job.id, found.state)
    if found.version is None:
        raise NothingImportedError(found.job.id, found.state)
    return found.version


def publish_import(session: WriteSession, import_id: UUID, *, confirm_loss: bool, max_loss_percent: float) -> Import:
    """Put the draft of an import in force.

    Raises
    ------
    ImportNotFoundError, ImportNotReadyError, NothingImportedError, NotADraftError, LossNotConfirmedError
    """
    found = get_import(session, import_id)
    number = require_version(found).number
    slug = found.result["layer"]
    version = publish_draft(session, slug, number, confirm_loss=confirm_loss, max_loss_percent=max_loss_percent)
    return Import(found.job, version)


def discard_import(session: WriteSession, import_id: UUID, caller: Actor) -> None:
    """Stop an import that waits or runs, or delete the draft that it made; its record stays.

    Raises
    ------
    ImportNotFoundError
    NotADraftError
        It was published.
    """
    found = get_import(session, import_id, for_update=True)
    if found.job.status in jobs.OPEN:
        job_service.dismiss(session, import_id, caller)
        return
    if found.version is not None:
        discard_draft(session, found.result["layer"], found.version.number)
    _remove_files(found.job)


def remove_leftovers(session: Session, data_dir: Path) -> None:
    """Delete uploads that are older than an unfinished import is kept for, unless their import is still to be done."""
    folder = data_dir / FOLDER
    old = [entry for entry in (folder.iterdir() if folder.exists() else ()) if _is_old(entry)]
    if not old:
        return
    query = select(Job.inputs["folder"].astext).where(Job.kind.in_(UPLOADED), Job.status.in_(jobs.OPEN))
    wanted = set(session.scalars(query))
    for entry in old:
        if str(entry) not in wanted:
            shutil.rmtree(entry, ignore_errors=True)


def _is_old(entry: Path) -> bool:
    try:
        changed = entry.stat().st_mtime
    except FileNotFoundError:
        # Another upload deleted it since the folder was listed.
        return False
    return time.time() - changed > KEEP_DAYS * _SECONDS_A_DAY


def _remove_files(job: Job) -> None:
    shutil.rmtree(job.inputs["folder"], ignore_errors=True)


def _version(session: Session, job: Job) -> LayerVersion | None:
    if job.result is None or job.result.get("version") is None:
        return None
    layer = repository.find_layer(session, job.result["layer"])
    if layer is None:
        return None
    query = select(LayerVersion).where(LayerVersion.number == job.result["version"])
    return session.scalar(query.join(Layer, Layer.id == LayerVersion.layer_id).where(Layer.id == layer.id))


def is_draft(found: Import) -> bool:
    """Whether an import can be published."""
    return found.version is not None and found.version.status == VersionStatus.DRAFT
