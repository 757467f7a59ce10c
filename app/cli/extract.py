"""``duogui extract`` and ``duogui verify``: planning-basis sheets and what has changed since."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import orjson
import typer

from app.cli.console import ExitCode, fail, out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.db.models import PlanningSheet
from app.db.sessions import WriteSession, read_session, write_session
from app.extracts.features import sheet_geojson
from app.extracts.labels import Language
from app.extracts.pdf import render_pdf
from app.extracts.service import issue_sheet, issue_site_sheet, require_sheet, sheet_json
from app.extracts.signing import Signer
from app.extracts.verification import Outcome, verify
from app.settings import Settings, get_settings
from app.site_checks.storing import get_check

SUFFIXES = (".pdf", ".json", ".geojson")


def extract(
    code: Annotated[str, typer.Argument(help="Parcel code, or the id of a feature.")],
    file: Annotated[
        Path | None, typer.Argument(help="File to write: .pdf, .json or .geojson; CODE.pdf when left out.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of a PDF.")] = "zh",
    layer: Annotated[str | None, typer.Option(help="Slug of the layer of parcels.")] = None,
    feature_id: Annotated[str | None, typer.Option(help="To choose among several parcels of one code.")] = None,
    as_of: AsOf = None,
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: Json = False,
) -> None:
    """Issue the planning-basis sheet (规划依据图) of a parcel."""
    path = _path(file or Path(f"{code.replace('/', '_')}.pdf"), overwrite=overwrite)
    settings = get_settings()
    with open_engine(settings) as engine, write_session(engine, actor=local_actor()) as session:
        sheet = issue_sheet(
            session,
            code,
            signer=Signer.of(settings.data_dir),
            base_url=_base_url(settings),
            as_of=parse_date(as_of),
            layer=layer,
            feature_id=feature_id,
        )
        path.write_bytes(_content(session, sheet, path.suffix.lower(), lang))
    _report(path, sheet, json=json)


def site_sheet(
    check_id: Annotated[UUID, typer.Argument(help="Id of a stored site check.")],
    file: Annotated[
        Path | None, typer.Argument(help="File to write: .pdf, .json or .geojson; CHECK_ID.pdf when left out.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Which of several sites, such as site-1.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of a PDF.")] = "zh",
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: Json = False,
) -> None:
    """Issue the planning-basis sheet (规划依据图) of a site that was checked."""
    path = _path(file or Path(f"{check_id}.pdf"), overwrite=overwrite)
    settings = get_settings()
    with open_engine(settings) as engine, write_session(engine, actor=local_actor()) as session:
        signer = Signer.of(settings.data_dir)
        check = get_check(session, check_id)
        sheet = issue_site_sheet(session, check, site, signer=signer, base_url=_base_url(settings))
        path.write_bytes(_content(session, sheet, path.suffix.lower(), lang))
    _report(path, sheet, json=json)


def _path(path: Path, *, overwrite: bool) -> Path:
    if path.suffix.lower() not in SUFFIXES:
        fail(f"{path} has the ending {path.suffix!r}; expected one of {', '.join(SUFFIXES)}.", ExitCode.USAGE)
    if path.exists() and not overwrite:
        fail(f"{path} exists; --overwrite replaces it.", ExitCode.REFUSED)
    return path


def _base_url(settings: Settings) -> str:
    return "" if settings.public_url is None else str(settings.public_url).rstrip("/")


def _report(path: Path, sheet: PlanningSheet, *, json: bool) -> None:
    if json:
        print_json({"file": str(path), "verdict": sheet.verdict, "sheet_hash": sheet.sheet_hash})
    else:
        out.print(f"{sheet.verdict}: {path} written, {sheet.sheet_hash}.", highlight=False, markup=False)


def _content(session: WriteSession, sheet: PlanningSheet, suffix: str, lang: Language) -> bytes:
    if suffix == ".pdf":
        return render_pdf(session, sheet, lang)
    document = sheet_json(sheet) if suffix == ".json" else sheet_geojson(sheet)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def verify_command(
    sheet_hash: Annotated[str, typer.Argument(help="The hash on the sheet, 64 digits and letters.")],
    *,
    json: Json = False,
) -> None:
    """Compute a sheet again from its stored versions; exit code 0 means identical."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = verify(session, require_sheet(session, sheet_hash))
    if json:
        print_json(found.as_json())
    else:
        out.print(f"Outcome 结果: {found.outcome}", highlight=False)
        if found.largest_difference is not None:
            out.print(f"Largest difference 最大差: {found.largest_difference:g}", highlight=False)
        if found.changed:
            print_table("Changed 变更", ("kind", "name"), [(item["what"], item["name"]) for item in found.changed])
        if found.newer:
            rows = [(item["layer"], item["stated"], item["in_force"]) for item in found.newer]
            print_table("Other versions in force now 现有其他版本", ("layer", "stated", "in force"), rows)
    if found.outcome is not Outcome.IDENTICAL:
        raise typer.Exit(int(ExitCode.FAILED))
