"""A collection, or what of it is asked for, as the answer to a request: a file that is written whole before the answer begins."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from fastapi.responses import FileResponse
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from app.exports.offered import file_name
from app.exports.service import ExportRequest, export_collection
from app.ogc.responses import CACHE_HEADERS

# A file of so many features is written in some ten seconds; the client waits for it.
MAX_FEATURES = 500_000


def answer_file(session: Session, order: ExportRequest, *, srid: int) -> FileResponse:
    """Write the file and answer with it; a failure is a problem document, never half a file.

    Raises
    ------
    ExportTooLargeError
    WriteRefusedError, CRSRefusedError, GeometryRefusedError, EncodingUnknownError
    """
    with ExitStack() as on_failure:
        folder = Path(tempfile.mkdtemp(prefix="duogui-export-"))
        on_failure.callback(shutil.rmtree, folder)
        path = folder / f"export{order.format.suffix}"
        export_collection(session, order, path, srid=srid, limit=MAX_FEATURES)
        on_failure.pop_all()
    return FileResponse(
        path,
        media_type=order.format.media_type,
        filename=file_name(order.collection, order.format),
        headers=CACHE_HEADERS,
        background=BackgroundTask(shutil.rmtree, folder),
    )
