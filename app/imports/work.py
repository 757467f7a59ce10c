"""The work of an import as a job: validate and stage, make it visible, clean up behind it."""

import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from app.clock import today
from app.db.models import LayerKind
from app.db.sessions import WriteSession, read_session
from app.errors import AppError
from app.idle.service import import_table
from app.imports.schemas import ImportOptions
from app.jobs.errors import JobCancelledError
from app.jobs.kinds import JobRun
from app.layers import unfinished
from app.layers.concluding import MadeVersion
from app.layers.delivery import ImportRequest
from app.layers.errors import DeliveryRefusedError, ImportCancelledError, ImportRunningError, LossNotConfirmedError
from app.layers.ground import find_known_ground
from app.layers.importing import import_file
from app.layers.targets import find_target
from app.validation.service import ValidationRequest, validate_delivery
from gis.errors import GisError
from gis.validation import render_html, write_fault_layer

FAULTS_FILE = "faults.gpkg"


def run_import(run: JobRun) -> dict[str, Any]:
    """Import an upload, or only validate it.

    The files stay for as long as the work may have to be done again; when it is through, or refused, they go.
    """
    folder = Path(run.inputs["folder"])
    try:
        result = _validate(run, folder) if run.inputs["dry_run"] else _import(run, folder)
    except ImportRunningError:
        raise
    except ImportCancelledError as cancelled:
        # What a stopped worker leaves is gone on with by the next one.
        if run.dismissed():
            unfinished.drop(run.engine, cancelled.version_id, actor=run.actor)
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except (AppError, GisError) as error:
        if not isinstance(error, AppError) or error.status < 500:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if not run.inputs["dry_run"]:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def run_table_import(run: JobRun) -> dict[str, Any]:
    """Import an uploaded table; its file goes when the work is through, or refused."""
    folder = Path(run.inputs["folder"])

    def check() -> None:
        if run.cancelled():
            raise JobCancelledError

    try:
        _require_files(folder)
        report = import_table(
            run.engine,
            folder / run.inputs["file"],
            run.inputs["kind"],
            actor=run.actor,
            confirm_drop=run.inputs["confirm_drop"],
            check=check,
            conclude=run.conclude,
        )
    except JobCancelledError:
        # What a stopped worker leaves is begun again by the next one.
        if run.dismissed():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except (AppError, GisError) as error:
        if not isinstance(error, AppError) or error.status < 500:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return report


def make_request(inputs: dict[str, Any]) -> ImportRequest:
    """Return the request that a job's inputs stand for."""
    options = ImportOptions.model_validate(inputs["options"])
    folder = Path(inputs["folder"])
    return ImportRequest(
        path=folder / inputs["file"],
        coverage=None if inputs["coverage"] is None else folder / inputs["coverage"],
        mapping=options.map,
        max_loss_percent=inputs["max_loss_percent"],
        counties=None if inputs.get("counties") is None else Path(inputs["counties"]),
        **options.model_dump(exclude={"map"}),
    )


def _import(run: JobRun, folder: Path) -> dict[str, Any]:
    _require_files(folder)
    request = make_request(dict(run.inputs))
    # The day that the upload came; the work may be done after midnight, and again.
    day = date.fromisoformat(run.inputs["today"])
    told: dict[str, Any] = {}

    def conclude(session: WriteSession, made: MadeVersion) -> None:
        told.update(_as_told(request.to, made))
        try:
            run.conclude(session, told)
        except JobCancelledError as error:
            raise ImportCancelledError(request.to, made.rows, made.id) from error

    # The version stays a draft then, and the job has done what it can: its result says why.
    with suppress(LossNotConfirmedError):
        import_file(
            run.engine,
            request,
            actor=run.actor,
            today=day,
            progress=run.progress,
            cancelled=run.cancelled,
            conclude=conclude,
        )
    return told


def _as_told(layer: str, made: MadeVersion) -> dict[str, Any]:
    problem = None
    if made.loss is not None:
        loss = made.loss
        problem = {"type": loss.problem_type, "title": loss.title, "status": loss.status, "detail": loss.detail}
        problem |= loss.extra
    return {"layer": layer, "version": made.number, "is_new": made.is_new, "problem": problem}


def _require_files(folder: Path) -> None:
    if not folder.exists():
        raise AppError("upload-gone", "Upload gone", 410, "The uploaded files are not there any more. Send them again.")


def _validate(run: JobRun, folder: Path) -> dict[str, Any]:
    request = make_request(dict(run.inputs))
    with read_session(run.engine) as session:
        target = find_target(session, request)
    if target.kind is LayerKind.VECTOR:
        raise DeliveryRefusedError("A layer of kind vector has no contract to be validated against: import it.")
    known = find_known_ground(run.engine, target, request.reference, as_of=today())
    report = validate_delivery(
        ValidationRequest(
            path=request.path,
            kind=target.control_kind or target.kind,
            today=today(),
            source_layer=request.source_layer,
            crs=request.crs,
            encoding=request.encoding,
            mapping=request.mapping,
            accept_proposal=request.accept_proposal,
            expected=request.expected or known.place,
            reference=known.polygons_near,
            counties=request.counties,
            scope=request.coverage or known.scope,
        ),
        progress=run.progress,
    )
    write_fault_layer(report.faults, folder / FAULTS_FILE)
    for language in ("zh", "en"):
        page = render_html(report, language)
        (folder / f"report.{language}.html").write_text(page, encoding="utf-8")
    return {"layer": request.to, "version": None, "is_new": None, "problem": None, "report": report.as_json()}
