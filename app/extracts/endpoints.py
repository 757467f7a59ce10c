"""Planning-basis sheets over HTTP: one as JSON, GeoJSON or PDF; many as an archive; and their verification."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy.orm import Session

from app.answers import json_answer
from app.db.models import PlanningSheet
from app.deps import AppSettings, Reader, ReadSession, WriteSession, allow_parameters
from app.etags import matches_etag
from app.extracts.archive import archive_path, enqueue_sheets
from app.extracts.errors import ArchiveGoneError
from app.extracts.features import sheet_geojson
from app.extracts.labels import Language
from app.extracts.page import render_verification
from app.extracts.pdf import render_pdf
from app.extracts.schemas import PageFormat, SheetFormat, SheetsRequest
from app.extracts.service import issue_sheet, issue_site_sheet, require_sheet, sheet_json
from app.extracts.signing import Signer
from app.extracts.verification import verify
from app.jobs.endpoints import status_info
from app.jobs.schemas import StatusInfo
from app.links import absolute_url, request_origin
from app.negotiation import HTML, JSON, choose_type
from app.site_checks.storing import get_check

router = APIRouter(tags=["extracts"])

Lang = Annotated[Language, Query(description="Language of a PDF: zh, en or both.")]
FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {},
            "application/geo+json": {},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get(
    "/parcels/{code}/extract",
    summary="The planning-basis sheet (规划依据图) of a parcel",
    response_class=Response,
    responses={**FORMATS, 409: {"description": "The code is not unique; the problem names the candidates."}},
    dependencies=[Depends(allow_parameters("f", "lang", "as_of", "layer", "feature_id"))],
)
def get_parcel_extract(
    request: Request,
    session: WriteSession,
    settings: AppSettings,
    code: Annotated[str, Path(description="Parcel code, or the id of a feature.")],
    f: Annotated[SheetFormat, Query(description="Format.")] = SheetFormat.JSON,
    lang: Lang = "zh",
    as_of: Annotated[date | None, Query(description="The day whose law and plans count.")] = None,
    layer: Annotated[str | None, Query(max_length=100, description="Slug of the layer of parcels.")] = None,
    feature_id: Annotated[str | None, Query(max_length=200, description="To choose among candidates.")] = None,
) -> Response:
    """Issue the sheet of a parcel. The same data, rules and day give the same sheet with its first time of issue."""
    sheet = issue_sheet(
        session,
        code,
        signer=Signer.of(settings.data_dir),
        base_url=request_origin(request).base_url,
        as_of=as_of,
        layer=layer,
        feature_id=feature_id,
    )
    return _answer(request, session, sheet, f, lang)


@router.get(
    "/site-checks/{check_id}/extract",
    summary="The planning-basis sheet (规划依据图) of a site that was checked",
    response_class=Response,
    responses={**FORMATS, 409: {"description": "The check has several sites; the problem names them."}},
    dependencies=[Depends(allow_parameters("f", "lang", "site"))],
)
def get_site_extract(
    request: Request,
    session: WriteSession,
    settings: AppSettings,
    check_id: UUID,
    f: Annotated[SheetFormat, Query(description="Format.")] = SheetFormat.JSON,
    lang: Lang = "zh",
    site: Annotated[str | None, Query(max_length=50, description="Which site of the check, such as site-1.")] = None,
) -> Response:
    """Issue the sheet of a site: what its stored check says, with the map, signed."""
    sheet = issue_site_sheet(
        session,
        get_check(session, check_id),
        site,
        signer=Signer.of(settings.data_dir),
        base_url=request_origin(request).base_url,
    )
    return _answer(request, session, sheet, f, lang)


def _answer(request: Request, session: Session, sheet: PlanningSheet, f: SheetFormat, lang: Language) -> Response:
    """Answer with a sheet in one of its forms."""
    if f is SheetFormat.JSON:
        return json_answer(request, sheet_json(sheet))
    if f is SheetFormat.GEOJSON:
        return json_answer(request, sheet_geojson(sheet), media_type="application/geo+json")
    etag = f'"{sheet.sheet_hash[:32]}-{lang}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if matches_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="planning-basis-{sheet.sheet_hash[:16]}.pdf"'
    return Response(render_pdf(session, sheet, lang), media_type="application/pdf", headers=headers)


@router.post(
    "/extracts",
    status_code=201,
    response_model_exclude_none=True,
    summary="Many sheets in one archive",
    dependencies=[Depends(allow_parameters())],
)
def start_sheets(
    request: Request, response: Response, body: SheetsRequest, session: WriteSession, settings: AppSettings
) -> StatusInfo:
    """Start the sheets of many parcels, or of all sites of checks, as a job; its result links to a ZIP archive with a PDF for each."""
    job = enqueue_sheets(session, body, data_dir=settings.data_dir, base_url=request_origin(request).base_url)
    response.headers["Location"] = absolute_url(request, "jobs", str(job.id))
    return status_info(request, job)


@router.get(
    "/extracts/{archive_id}/archive",
    summary="The archive that a job of sheets made",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
    dependencies=[Depends(allow_parameters())],
)
def get_archive(settings: AppSettings, archive_id: UUID, _reader: Reader) -> FileResponse:
    """Return a ZIP archive of sheets; the results of the job link to it."""
    path = archive_path(settings.data_dir, archive_id)
    if not path.is_file():
        raise ArchiveGoneError(archive_id)
    return FileResponse(path, media_type="application/zip", filename=f"planning-basis-{archive_id}.zip")


@router.get(
    "/verify/{sheet_hash}",
    summary="Verify a planning-basis sheet",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/html": {}}}},
    dependencies=[Depends(allow_parameters("f"))],
)
def get_verification(
    request: Request,
    session: ReadSession,
    sheet_hash: Annotated[str, Path(description="The hash on the sheet.")],
    f: Annotated[PageFormat | None, Query(description="html for a page; else what `Accept` prefers.")] = None,
) -> Response:
    """Compute a sheet again from its stored versions, and say whether it is identical or what has changed."""
    sheet = require_sheet(session, sheet_hash)
    found = verify(session, sheet)
    document = {
        "sheet_hash": sheet.sheet_hash,
        "issued_at": sheet.issued_at.isoformat(),
        "issued_for": {
            name: getattr(sheet, name) for name in ("subject_kind", "layer_slug", "feature_id", "parcel_code")
        },
        "as_of": sheet.as_of.isoformat(),
        "verdict": sheet.verdict,
        "signature": {"algorithm": "Ed25519", "value": sheet.signature, "public_key": sheet.public_key},
        **found.as_json(),
        "statement": sheet.statement,
    }
    if f is PageFormat.HTML or (f is None and choose_type(request, (JSON, HTML)) == HTML):
        return HTMLResponse(
            render_verification(document, absolute_url(request, "verify", sheet.sheet_hash, query=[("f", "json")])),
            headers={
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
                "Cache-Control": "no-store",
            },
        )
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "no-store"})
