"""Export over HTTP: a collection as a file to keep."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse

from app.collections.boxes import parse_bbox
from app.collections.catalog import find_collection
from app.collections.filters import parse_filters
from app.collections.searching import SEARCH_PARAMETERS, RequestedSearch
from app.collections.times import TIME_PARAMETERS, RequestedTimes, require_history
from app.deps import (
    AppSettings,
    Checker,
    KeyHolder,
    ReadSession,
    WriteSession,
    allow_parameters,
    refuse_unknown_parameters,
)
from app.exports.answering import answer_file
from app.exports.jobs import exported_file, start_export
from app.exports.naming import Language
from app.exports.offered import OFFERED, ExportFormat
from app.exports.schemas import ExportOrder
from app.exports.service import ExportRequest, readable_crs
from app.jobs.endpoints import JobId, status_info
from app.jobs.schemas import StatusInfo
from app.links import absolute_url
from app.ogc.parameters import CollectionId
from app.ogc.responses import CACHE_HEADERS

PARAMETERS = ("f", "crs", "encoding", "bbox", *TIME_PARAMETERS, "language")


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
    *,
    times: RequestedTimes,
    search: RequestedSearch,
) -> FileResponse:
    """Return the features as items would, all of them; besides the parameters below, every queryable is one.

    The file is written whole before the answer begins: a failure is a problem document, never half a file.
    """
    collection = find_collection(session, collection_id, times.period, times.known_at)
    require_history(collection, times.known_at)
    has_key = key_holder is not None
    queryables = collection.schema.queryables(has_key=has_key)
    refuse_unknown_parameters(request, (*PARAMETERS, *SEARCH_PARAMETERS, *(item.name for item in queryables)))
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
        search=None if search is None else search.condition(collection, has_key=has_key, srid=settings.storage_srid),
        known_at=times.known_at,
    )
    return answer_file(session, order, srid=settings.storage_srid)


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
