"""``duogui import``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import ExitCode, fail, out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import Json, parse_bounds, parse_date
from app.clock import today
from app.layers.corrections import CorrectionRequest, import_corrections
from app.layers.delivery import ImportRequest
from app.layers.errors import DeliveryRefusedError
from app.layers.importing import ImportResult, import_file
from app.layers.vectors import REFERENCE_LAYERS, reference_requests
from app.settings import Settings, get_settings
from gis.errors import GisError


def import_layer(
    file: Annotated[Path, typer.Argument(help="Any polygon file or folder that GDAL opens.")],
    to: Annotated[
        str,
        typer.Option("--to", help="Slug of the layer; `reference` takes any vector layers, each under its own name."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(help="Makes the layer: parcel, plan, reference, vector (anything), or a kind of control area."),
    ] = None,
    source_layer: Annotated[str | None, typer.Option(help="Layer in the file, when it has several.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own, e.g. EPSG:4547.")] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Of the texts of a shapefile, DXF or CSV, e.g. GBK. Default: told from the file."),
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="TARGET=SOURCE", help="Field mapping; ==text is a constant.")
    ] = None,
    valid_from: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="First day in force.")] = None,
    approval: Annotated[str | None, typer.Option(help="Number of the approval document.")] = None,
    title_zh: Annotated[str | None, typer.Option(help="Chinese title of a new layer.")] = None,
    title_en: Annotated[str | None, typer.Option(help="English title of a new layer.")] = None,
    coverage: Annotated[Path | None, typer.Option(help="Polygons within which the layer is known.")] = None,
    accuracy_m: Annotated[float | None, typer.Option(help="Survey accuracy of a new layer, in metres.")] = None,
    expected: Annotated[
        str | None,
        typer.Option(metavar="W,S,E,N", help="Where it must lie, in degrees; else about where the layer lies."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="LAYER", help="Layer of the same ground; shows the shifts of web maps.")
    ] = None,
    *,
    mandatory: Annotated[
        bool, typer.Option("--mandatory", help="No check may do without the new layer: missing data is NO_DATA.")
    ] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Put the version in force.")] = False,
    accept_proposal: Annotated[
        bool, typer.Option("--accept-proposal", help="Take the reference system that the validation proposes.")
    ] = False,
    confirm_loss: Annotated[
        bool, typer.Option("--confirm-loss", help="It is right that it has much less than the version in force.")
    ] = False,
    into_draft: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="The features are corrected ones of this draft.")
    ] = None,
    json: Json = False,
) -> None:
    """Import a file as a draft version of a layer; every feature is accepted, repaired or rejected.

    With --into-draft the features are corrected ones, which take the place of those that the draft's import refused.
    """
    settings = get_settings()
    if into_draft is not None:
        _import_corrections(settings, CorrectionRequest(file, to, into_draft, source_layer, crs, encoding), json=json)
        return
    request = ImportRequest(
        path=file,
        to=to,
        kind=kind,
        source_layer=source_layer,
        crs=crs,
        encoding=encoding,
        mapping=parse_mapping(mapping or []),
        valid_from=parse_date(valid_from),
        approval_no=approval,
        title_zh=title_zh,
        title_en=title_en,
        mandatory=mandatory or None,
        accuracy_m=accuracy_m,
        coverage=coverage,
        publish=publish,
        accept_proposal=accept_proposal,
        expected=None if expected is None else parse_bounds(expected),
        reference=reference,
        counties=settings.county_table,
        confirm_loss=confirm_loss,
        max_loss_percent=settings.max_loss_percent,
    )
    requests = _requests(request)
    with open_engine(settings) as engine, progress_bar(file.name) as progress:
        results = [import_file(engine, one, actor=local_actor(), today=today(), progress=progress) for one in requests]
    if json:
        print_json(as_json(results[0]) if len(results) == 1 else [as_json(result) for result in results])
        return
    for result in results:
        print_import(result)


def _requests(request: ImportRequest) -> list[ImportRequest]:
    """Return what is imported: one layer, or as reference layers each layer of the file."""
    if request.to != REFERENCE_LAYERS or request.kind is not None:
        return [request]
    try:
        return reference_requests(request)
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error


def _import_corrections(settings: Settings, request: CorrectionRequest, *, json: bool) -> None:
    with open_engine(settings) as engine:
        result = import_corrections(engine, request, actor=local_actor(), today=today())
    if json:
        print_json(asdict(result))
        return
    out.print(
        f"{result.layer} draft {result.number}: {result.accepted:,} accepted, {result.repaired:,} repaired, "
        f"{result.rejected:,} refused again; {result.still_rejected:,} of the draft are refused.",
        highlight=False,
    )


def parse_mapping(pairs: list[str]) -> dict[str, str]:
    """Read ``target=source`` pairs; the source of ``target==text`` is the constant ``=text``."""
    mapping = {}
    for pair in pairs:
        target, separator, source = pair.partition("=")
        if not separator or not target or not source:
            fail(f"--map {pair!r}: expected TARGET=SOURCE, for example --map parcel_code=ZDDM.", ExitCode.USAGE)
        mapping[target] = source
    return mapping


def as_json(result: ImportResult) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return {
        "layer": result.layer,
        "version": result.number,
        "status": result.status,
        "is_new": result.is_new,
        **result.report,
    }


def print_import(result: ImportResult) -> None:
    """Print the report of one import."""
    report = result.report
    if not result.is_new:
        out.print(f"{result.layer}: this delivery is version {result.number} already ({result.status}).")
        return
    out.print(
        f"{result.layer} version {result.number} ({result.status}): {report['read']:,} read = {report['accepted']:,} "
        f"accepted + {report['repaired']:,} repaired + {report['rejected']:,} rejected",
        highlight=False,
    )
    if report["reasons"]:
        rows = [
            (item["outcome"], item["reason"], item["count"], "; ".join(item["examples"][:3]))
            for item in report["reasons"]
        ]
        print_table("What was found", ("outcome", "reason", "features", "for example"), rows)
