"""Tables of land administration over HTTP (contracts, enterprises, approvals ...): upload one, and see which are current."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParam

from app.deps import AppSettings, KeyOnly, ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.idle.errors import UnknownTableKindError
from app.idle.repository import CurrentTable, current_tables
from app.idle.service import TABLE_KINDS
from app.imports import service
from app.imports.schemas import LandTableList
from app.imports.uploading import ReceivedUpload
from app.jobs.endpoints import status_info
from app.jobs.schemas import StatusInfo
from app.links import absolute_url

_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary", "description": "A .csv or .xlsx table."}},
    "required": ["file"],
}
_BODY: Final[dict[str, Any]] = {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}

router = APIRouter(prefix="/land-tables", tags=["imports"])


@router.get("", summary="The current tables", dependencies=[Depends(allow_parameters())])
def list_land_tables(session: ReadSession, _holder: KeyOnly) -> Annotated[dict[str, Any], DescribedBy(LandTableList)]:
    """Return the kinds of tables, each with the file that is current, if there is one."""
    current = current_tables(session)
    return {"tables": [_described(kind, current.get(kind)) for kind in TABLE_KINDS]}


@router.post(
    "/{kind}",
    status_code=201,
    response_model_exclude_none=True,
    summary="Upload a table and import it",
    dependencies=[Depends(allow_parameters("confirm_drop"))],
    openapi_extra={"requestBody": _BODY},
)
def start_table_import(
    request: Request,
    response: Response,
    kind: Annotated[str, PathParam(description=f"What the table holds: {', '.join(TABLE_KINDS)}.")],
    upload: ReceivedUpload,
    session: WriteSession,
    _writer: Writer,
    settings: AppSettings,
    confirm_drop: Annotated[
        bool, Query(description="The table is complete, although it has much less than the current one.")
    ] = False,
) -> StatusInfo:
    """Take a table as `multipart/form-data` and import it as a job; it replaces the current one of its kind. `Location` is where to follow it."""
    if kind not in TABLE_KINDS:
        raise UnknownTableKindError(kind, TABLE_KINDS)
    service.remove_leftovers(session, settings.data_dir)
    job = service.start_table_import(session, upload, kind, settings, confirm_drop=confirm_drop)
    response.headers["Location"] = absolute_url(request, "jobs", str(job.id))
    return status_info(request, job)


def _described(kind: str, table: CurrentTable | None) -> dict[str, Any]:
    if table is None:
        return {"kind": kind, "file": None, "rows": 0, "rejected": 0, "imported_at": None}
    read = {"rows": table.row_count, "rejected": table.rejected_count, "imported_at": table.recorded_at}
    return {"kind": kind, "file": table.source_name, **read}
