"""Export over HTTP: a collection as a file to keep."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from app.clock import today
from app.deps import (
    AppSettings,
    Checker,
    KeyHolder,
    ReadSession,
    WriteSession,
    allow_parameters,
    refuse_unknown_parameters,
)
from app.exports.jobs import exported_file, start_export
from app.exports.naming import Language
from app.exports.offered import OFFERED, ExportFormat, file_name
from app.exports.schemas import ExportOrder
from app.exports.service import ExportRequest, export_collection, readable_crs
from app.jobs.endpoints import JobId, status_info
from app.jobs.schemas import StatusInfo
from app.links import absolute_url
from app.ogc.boxes import parse_bbox
from app.ogc.catalog import find_collection
from app.ogc.features import CACHE_HEADERS
from app.ogc.filters import parse_filters
from app.ogc.parameters import CollectionId
from app.ogc.periods import Period, parse_datetime

# A file of so many features is written in some ten seconds; the client waits for it.
MAX_FEATURES = 500_000
PARAMETERS = ("f", "crs", "encoding", "bbox", "datetime", "language")


router = APIRouter(tags=["features"])


@router.get(
    "/collections/{collection_id}/export",
    summary="A collection as a file",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                item.media_type: {"schema": {"type": "string", "format": "binary"}} for item in OFFERED.values()
            }
        }
    },
)
def export_items(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    collection_id: CollectionId,
    f: Annotated[ExportFormat, Query(description="Format of the file; `shp` is a ZIP archive.")],
    crs: Annotated[
        str | None, Query(description="On CGCS2000 or WGS 84, e.g. EPSG:4526; degrees when left out.")
    ] = None,
    encoding: Annotated[str | None, Query(description="Of `shp`, `csv` and `txt`: UTF-8 or GBK.")] = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees.")] = None,
    language: Annotated[
        Language | None,
        Query(description="Of the names of fields and of listed values; those of the API when left out."),
    ] = None,
    period: Annotated[str | None, Query(alias="datetime", description="A day or start/end, as of items.")] = None,
) -> FileResponse:
    """Return the features as items would, all of them; besides the parameters below, every queryable is one.

    The file is written whole before the answer begins: a failure is a problem document, never half a file.
    """
    applies = Period.of_day(today()) if period is None else parse_datetime(period)
    collection = find_collection(session, collection_id, applies)
    has_key = key_holder is not None
    queryables = collection.schema.queryables(has_key=has_key)
    refuse_unknown_parameters(request, (*PARAMETERS, *(item.name for item in queryables)))
    wanted = OFFERED[f]
    order = ExportRequest(
        collection=collection,
        format=wanted,
        crs=readable_crs(crs),
        encoding=encoding,
        boxes=() if bbox is None else parse_bbox(bbox),
        filters=parse_filters(request.query_params.multi_items(), queryables),
        has_key=has_key,
        language=language,
    )
    with ExitStack() as on_failure:
        folder = Path(tempfile.mkdtemp(prefix="duogui-export-"))
        on_failure.callback(shutil.rmtree, folder)
        path = folder / f"export{wanted.suffix}"
        export_collection(session, order, path, srid=settings.storage_srid, limit=MAX_FEATURES)
        on_failure.pop_all()
    return FileResponse(
        path,
        media_type=wanted.media_type,
        filename=file_name(collection, wanted),
        headers=CACHE_HEADERS,
        background=BackgroundTask(shutil.rmtree, folder),
    )


@router.post(
    "/exports",
    status_code=201,
    response_model_exclude_none=True,
    summary="Export as a job",
    dependencies=[Depends(allow_parameters())],
)
def order_export(
    request: Request,
    response: Response,
    body: ExportOrder,
    session: WriteSession,
    settings: AppSettings,
) -> StatusInfo:
    """Write a collection to a file, however large; `Location` is where to follow the job, whose results name the file."""
    job = start_export(session, body, settings.data_dir)
    response.headers["Location"] = absolute_url(request, "jobs", str(job.id))
    return status_info(request, job)


@router.get(
    "/exports/{job_id}/file",
    summary="The file of an export",
    response_class=FileResponse,
    dependencies=[Depends(allow_parameters())],
)
def get_exported_file(session: ReadSession, job_id: JobId, _caller: Checker) -> FileResponse:
    """Return the file that an export wrote; it is kept for two days."""
    path, media_type, name = exported_file(session, job_id)
    return FileResponse(path, media_type=media_type, filename=name, headers=CACHE_HEADERS)
