"""Export over HTTP: a collection as a file to keep."""

import re
import shutil
import tempfile
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from app.clock import today
from app.deps import AppSettings, KeyHolder, ReadSession, refuse_unknown_parameters
from app.exports.service import ExportRequest, export_collection
from app.ogc.boxes import parse_bbox
from app.ogc.catalog import Collection, find_collection
from app.ogc.features import CACHE_HEADERS
from app.ogc.filters import parse_filters
from app.ogc.parameters import CollectionId
from app.ogc.periods import Period, parse_datetime
from app.problems import InvalidParameterError
from gis.errors import CRSRefusedError
from gis.formats.writing import FORMATS, OutputFormat
from gis.formats.writing.projecting import output_crs

# A file of so many features is written in some ten seconds; the client waits for it.
MAX_FEATURES = 500_000
PARAMETERS = ("f", "crs", "encoding", "bbox", "datetime")


class ExportFormat(StrEnum):
    """How formats are asked for."""

    GPKG = "gpkg"
    SHP = "shp"
    GEOJSON = "geojson"
    GEOJSONL = "geojsonl"
    FGB = "fgb"
    PARQUET = "parquet"
    TXT = "txt"
    XLSX = "xlsx"
    CSV = "csv"


# Over HTTP a shapefile is an archive: it has several parts.
OFFERED = {item: FORMATS["shz" if item is ExportFormat.SHP else item.value] for item in ExportFormat}

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
        crs=_readable_crs(crs),
        encoding=encoding,
        boxes=() if bbox is None else parse_bbox(bbox),
        filters=parse_filters(request.query_params.multi_items(), queryables),
        has_key=has_key,
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
        filename=_file_name(collection, wanted),
        headers=CACHE_HEADERS,
        background=BackgroundTask(shutil.rmtree, folder),
    )


def _readable_crs(text: str | None) -> str | None:
    """Return the system's name, or refuse it as a parameter rather than as something wrong with the data."""
    if text is None:
        return None
    try:
        output_crs(text)
    except CRSRefusedError as error:
        raise InvalidParameterError("crs", str(error)) from error
    return text


def _file_name(collection: Collection, wanted: OutputFormat) -> str:
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", f"{collection.title_zh}{wanted.suffix}")
