"""Many sheets as one job: a ZIP archive with a PDF for each parcel or site, and a list of what was issued."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.clock import today
from app.db.models import Job, PlanningSheet
from app.db.sessions import WriteSession, write_session
from app.errors import AppError
from app.extracts.errors import SheetsCancelledError, TooManySheetsError
from app.extracts.pdf import render_pdf
from app.extracts.schemas import MAX_SHEETS, SheetsRequest
from app.extracts.service import issue_sheet, issue_site_sheet
from app.extracts.signing import Signer
from app.jobs.kinds import SHEETS, JobRun
from app.jobs.service import enqueue
from app.layers.repository import require_layer
from app.site_checks.storing import get_check, site_names

LIST_FILE = "sheets.csv"
LIST_COLUMNS = ("code", "file", "verdict", "sheet_hash", "problem")
# A byte order mark, by which spreadsheet programs know UTF-8.
LIST_ENCODING = "utf-8-sig"


def archive_path(data_dir: Path, archive_id: UUID) -> Path:
    """Return where an archive is."""
    return data_dir / "extracts" / f"{archive_id}.zip"


def enqueue_sheets(session: WriteSession, body: SheetsRequest, *, data_dir: Path, base_url: str) -> Job:
    """Start a job that issues many sheets.

    Raises
    ------
    LayerNotFoundError, SiteCheckNotFoundError, TooManySheetsError
    """
    if body.layer is not None:
        require_layer(session, body.layer)
    checks = [get_check(session, check_id) for check_id in dict.fromkeys(body.site_checks)]
    sites = [[str(check.id), site] for check in checks for site in site_names(session, check)]
    count = len(body.codes) + len(sites)
    if count > MAX_SHEETS:
        raise TooManySheetsError(count, MAX_SHEETS)
    inputs = body.model_dump(mode="json", exclude={"site_checks"}) | {
        "sites": sites,
        "as_of": (body.as_of or today()).isoformat(),
        "archive": str(uuid4()),
        "data_dir": str(data_dir),
        "base_url": base_url,
    }
    return enqueue(session, SHEETS, inputs)


def make_archive(run: JobRun) -> dict[str, Any]:
    """Issue the sheets of a job and write the archive.

    A code that names no parcel, or several, is told in the list; the others go on. The sites of checks come after the parcels.

    Raises
    ------
    SheetsCancelledError
    """
    data_dir, archive_id = Path(run.inputs["data_dir"]), UUID(run.inputs["archive"])
    path = archive_path(data_dir, archive_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    result = write_archive(run, path, Signer.of(data_dir))
    return {"href": f"{run.inputs['base_url']}/extracts/{archive_id}/archive", **result}


def write_archive(run: JobRun, path: Path, signer: Signer) -> dict[str, Any]:
    """Write the archive beside its place and move it there when it is whole."""
    unfinished = path.with_suffix(".part")
    listed: list[dict[str, Any]] = []
    total = len(run.inputs["codes"]) + len(run.inputs.get("sites", []))
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
            for done, (entry, pdf) in enumerate(_sheets(run, signer), start=1):
                listed.append(entry)
                if pdf is not None:
                    archive.writestr(zipfile.ZipInfo(entry["file"], (1980, 1, 1, 0, 0, 0)), pdf)
                run.progress(done, total)
            archive.writestr(LIST_FILE, _written(listed))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    issued = sum(entry["problem"] == "" for entry in listed)
    return {
        "issued": issued,
        "refused": len(listed) - issued,
        "problems": [entry for entry in listed if entry["problem"]],
    }


def _sheets(run: JobRun, signer: Signer) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    """Issue one sheet after the other, each in a transaction of its own."""
    for number, (code, issue) in enumerate(_wanted(run, signer), start=1):
        if run.cancelled():
            raise SheetsCancelledError
        try:
            with write_session(run.engine, actor=run.actor) as session:
                sheet = issue(session)
                pdf = render_pdf(session, sheet, run.inputs["lang"])
        except AppError as error:
            yield {"code": code, "file": "", "verdict": "", "sheet_hash": "", "problem": error.detail}, None
            continue
        file = f"{number:04d}-{sheet.sheet_hash[:16]}.pdf"
        yield {"code": code, "file": file, "verdict": sheet.verdict, "sheet_hash": sheet.sheet_hash, "problem": ""}, pdf


def _wanted(run: JobRun, signer: Signer) -> Iterator[tuple[str, Callable[[WriteSession], PlanningSheet]]]:
    """Yield what each sheet is listed as, and what issues it."""
    base_url = run.inputs["base_url"]
    for code in run.inputs["codes"]:
        yield (
            code,
            partial(
                issue_sheet, code=code, signer=signer, base_url=base_url, as_of=run.as_of, layer=run.inputs["layer"]
            ),
        )
    for check_id, site in run.inputs.get("sites", []):
        yield f"{check_id}/{site}", partial(_issue_of_check, UUID(check_id), site, signer, base_url)


def _issue_of_check(check_id: UUID, site: str, signer: Signer, base_url: str, session: WriteSession) -> PlanningSheet:
    return issue_site_sheet(session, get_check(session, check_id), site, signer=signer, base_url=base_url)


def _written(listed: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, LIST_COLUMNS)
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode(LIST_ENCODING)
