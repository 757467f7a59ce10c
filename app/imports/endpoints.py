"""Imports over HTTP: upload a delivery, follow it, read what was found, publish or discard it."""

import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParam
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from app.answers import json_answer
from app.db.models import Layer
from app.deps import AppSettings, Checker, ReadSession, Writer, WriteSession, allow_parameters
from app.described import named
from app.imports import service
from app.imports.describing import describe_import, report_document
from app.imports.errors import ImportNotFoundError, ReportGoneError
from app.imports.forms import REQUEST_BODY
from app.imports.negotiation import GEOJSON, GEOPACKAGE, FaultFormat, ReportFormat, fault_format, report_format
from app.imports.schemas import ImportInfo, ImportLink, ImportList, parse_options
from app.imports.uploading import ReceivedUpload
from app.layers.faults import faults_of_examples, iter_faults, read_report, rebuild_report
from app.links import absolute_url
from gis.validation import DeliveryReport, Fault, render_html, write_fault_layer

UPLOAD_PATH = "/imports"
DEFAULT_LIMIT, MAX_LIMIT = 20, 200
NO_PARAMETERS = [Depends(allow_parameters())]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The form or an option cannot be understood."},
    401: {"description": "There is no key."},
    403: {"description": "The key may not write."},
    404: {"description": "There is no such layer, and no kind was given to make it."},
    413: {"description": "The upload is too large, or has too many files or fields."},
    422: {"description": "An option contradicts the layer, or cannot make one."},
    429: {"description": "Too many imports wait already."},
}
ETAGGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since the answer with this ETag."}
}

router = APIRouter(prefix=UPLOAD_PATH, tags=["imports"])


def parse_import_id(import_id: Annotated[str, PathParam(description="Identifier of the import, a UUID.")]) -> UUID:
    """Read an import's id; what no import can have as its id names none."""
    try:
        return UUID(import_id)
    except ValueError as error:
        raise ImportNotFoundError(import_id) from error


ImportId = Annotated[UUID, Depends(parse_import_id)]


@router.post(
    "",
    status_code=201,
    summary="Upload a delivery and import it",
    responses=PROBLEMS,
    dependencies=[Depends(allow_parameters("dry_run"))],
    openapi_extra={"requestBody": REQUEST_BODY},
)
def start_import(
    request: Request,
    response: Response,
    upload: ReceivedUpload,
    session: WriteSession,
    _writer: Writer,
    settings: AppSettings,
    dry_run: Annotated[bool, Query(description="Only validate; nothing is stored.")] = False,
) -> ImportInfo:
    """Take a delivery as `multipart/form-data` and import it as a job; `Location` is where to follow it."""
    options = parse_options(upload.fields)
    service.remove_leftovers(session, settings.data_dir)
    started = service.start_import(session, upload, options, settings, dry_run=dry_run)
    response.headers["Location"] = absolute_url(request, "imports", str(started.job.id))
    return describe_import(request, started)


@router.get(
    "",
    summary="The imports, the newest first",
    responses=ETAGGED,
    response_model=ImportList,
    dependencies=[Depends(allow_parameters("limit", "after"))],
)
def list_imports(
    request: Request,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=200, description="Taken from a `next` link.")] = None,
) -> Response:
    """Return a page of imports; the `next` link leads to the ones before them."""
    found, token = service.list_imports(session, limit=limit, after=after)
    query = list(request.query_params.multi_items())
    links = [ImportLink(href=absolute_url(request, "imports", query=query), rel="self")]
    if token is not None:
        kept = [(name, value) for name, value in query if name != "after"]
        links.append(ImportLink(href=absolute_url(request, "imports", query=[*kept, ("after", token)]), rel="next"))
    page = ImportList(imports=[describe_import(request, one) for one in found], links=links)
    return json_answer(request, page.model_dump(mode="json"))


@router.get(
    "/{import_id}",
    summary="The state of an import",
    responses=ETAGGED,
    response_model=ImportInfo,
    dependencies=NO_PARAMETERS,
)
def get_import(request: Request, session: ReadSession, import_id: ImportId) -> Response:
    """Return the state of an import; who polls sends the last `ETag` as `If-None-Match`."""
    info = describe_import(request, service.get_import(session, import_id))
    return json_answer(request, info.model_dump(mode="json"))


@router.get(
    "/{import_id}/report",
    summary="What the validation found",
    response_class=Response,
    responses=ETAGGED | {200: named("DeliveryReport", "application/json", "text/html")},
    dependencies=[Depends(allow_parameters("f", "language"))],
)
def get_report(
    request: Request,
    session: ReadSession,
    _caller: Checker,
    import_id: ImportId,
    f: ReportFormat | None = None,
    language: Annotated[str, Query(pattern="^(zh|en)$", description="Of the page.")] = "zh",
) -> Response:
    """Return the report as JSON or as a page: `f=json`, `f=html`, or by `Accept`.

    It quotes what was delivered, and so needs a key that may check.
    """
    report, _ = _report(session, service.get_import(session, import_id))
    if report_format(request, f) is ReportFormat.HTML:
        page = render_html(report, "zh" if language == "zh" else "en")
        return Response(page, media_type="text/html; charset=utf-8")
    return json_answer(request, report.as_json())


@router.get(
    "/{import_id}/faults",
    summary="The faults with their places",
    response_class=Response,
    responses=ETAGGED | {200: named("PlacedFaults", GEOJSON, GEOPACKAGE)},
    dependencies=[Depends(allow_parameters("f"))],
)
def get_faults(
    request: Request, session: ReadSession, _caller: Checker, import_id: ImportId, f: FaultFormat | None = None
) -> Response:
    """Return the faults as GeoJSON or as a GeoPackage: `f=geojson`, `f=gpkg`, or by `Accept`.

    They quote what was delivered, holders' names included, and so need a key that may check.
    """
    _, faults = _report(session, service.get_import(session, import_id))
    if fault_format(request, f) is FaultFormat.GPKG:
        return _geopackage(faults, f"faults-{import_id}.gpkg")
    features = [_feature(fault) for fault in faults]
    return json_answer(request, {"type": "FeatureCollection", "features": features}, media_type=GEOJSON)


@router.post(
    "/{import_id}/publish",
    summary="Publish the draft of an import",
    dependencies=[Depends(allow_parameters("confirm_loss"))],
)
def publish_import(
    request: Request,
    session: WriteSession,
    _writer: Writer,
    settings: AppSettings,
    import_id: ImportId,
    confirm_loss: Annotated[
        bool, Query(description="It is right that it has much less than the one in force.")
    ] = False,
) -> ImportInfo:
    """Put the draft in force; the version before is archived in the same moment."""
    published = service.publish_import(
        session, import_id, confirm_loss=confirm_loss, max_loss_percent=settings.max_loss_percent
    )
    return describe_import(request, published)


@router.delete("/{import_id}", status_code=204, summary="Discard an import", dependencies=NO_PARAMETERS)
def discard_import(session: WriteSession, caller: Writer, import_id: ImportId) -> None:
    """Stop an import that waits or runs, or delete the draft that it made. Its record stays."""
    service.discard_import(session, import_id, caller)


def _report(session: ReadSession, found: service.Import) -> tuple[DeliveryReport, list[Fault]]:
    document = report_document(found)
    if document is not None:
        faults = list(faults_of_examples(document))
        return rebuild_report(document, faults), faults
    if found.job.status != "successful" or found.version is None:
        raise ReportGoneError(found.job.id, found.state)
    layer = session.get_one(Layer, found.version.layer_id)
    return read_report(session, layer, found.version), list(iter_faults(session, found.version))


def _feature(fault: Fault) -> dict[str, Any]:
    told = fault.as_json()
    return {"type": "Feature", "geometry": told.pop("geometry"), "properties": told}


def _geopackage(faults: list[Fault], name: str) -> Response:
    folder = tempfile.TemporaryDirectory(prefix="duogui-faults-")
    path = Path(folder.name) / name
    write_fault_layer(faults, path)
    return FileResponse(path, media_type=GEOPACKAGE, filename=name, background=BackgroundTask(folder.cleanup))
