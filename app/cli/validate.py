"""``duogui validate``: what is wrong with a delivery. Needs no database."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import ExitCode, out, print_json, print_table, progress_bar, say
from app.cli.importing import parse_mapping
from app.cli.options import Json, parse_bounds
from app.clock import today
from app.settings import get_settings
from app.validation.service import ValidationRequest, validate_delivery
from gis.validation import CheckStatus, DeliveryReport, FaultTally, fault_kind, render_html, write_fault_layer


class ReportLanguage(StrEnum):
    """Language of a report."""

    ZH = "zh"
    EN = "en"


def validate(
    file: Annotated[Path, typer.Argument(help="Any polygon file or folder that GDAL opens.")],
    kind: Annotated[str, typer.Option(help="What it is: parcel, plan, reference, or a kind of control area.")],
    layer: Annotated[str | None, typer.Option(help="Layer in the file, when it has several.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own, e.g. EPSG:4547.")] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Of the texts of a shapefile, DXF or CSV, e.g. GBK. Default: told from the file."),
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="TARGET=SOURCE", help="Field mapping; ==text is a constant.")
    ] = None,
    expected: Annotated[
        str | None,
        typer.Option(
            metavar="W,S,E,N", help="Where it must lie, in degrees; else the county or province of its codes."
        ),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Polygons of the same ground; shows the shifts of web maps.")
    ] = None,
    scope: Annotated[Path | None, typer.Option(help="Polygons within which every feature has to lie.")] = None,
    counties: Annotated[
        Path | None,
        typer.Option(
            help="CSV or XLSX of the counties that codes may name; default DUOGUI_COUNTY_TABLE, else the one that ships."
        ),
    ] = None,
    translate_to: Annotated[
        str | None, typer.Option(help="Translate land-use codes into a table, e.g. GUIDE-2023.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as an HTML page.")] = None,
    faults: Annotated[
        Path | None, typer.Option(help="Write the faults: .gpkg, .geojson, .parquet, .csv or .xlsx.")
    ] = None,
    language: Annotated[ReportLanguage, typer.Option(help="Language of the report.")] = ReportLanguage.ZH,
    *,
    accept_proposal: Annotated[
        bool, typer.Option("--accept-proposal", help="Take the reference system that is proposed.")
    ] = False,
    topology: Annotated[bool, typer.Option(help="Compare the features with each other.")] = True,
    json: Json = False,
) -> None:
    """Find out what is wrong with a file; nothing is stored. Exit code 1 says that it has errors."""
    request = ValidationRequest(
        path=file,
        kind=kind,
        today=today(),
        source_layer=layer,
        crs=crs,
        encoding=encoding,
        mapping=parse_mapping(mapping or []),
        accept_proposal=accept_proposal,
        expected=None if expected is None else parse_bounds(expected),
        reference=reference,
        topology=topology,
        translate_to=translate_to,
        counties=counties or get_settings().county_table,
        scope=scope,
    )
    with progress_bar(file.name) as progress:
        report = validate_delivery(request, progress=progress)
    if html is not None:
        html.write_text(render_html(report, language.value), encoding="utf-8")
        say(f"Report 报告: {html}")
    if faults is not None:
        written = write_fault_layer(report.faults, faults)
        say(f"Fault layer 问题图层: {faults} ({', '.join(f'{name} {count}' for name, count in written.items())})")
    if json:
        print_json(report.as_json())
    else:
        print_report(report, language)
    if report.error_count:
        raise typer.Exit(int(ExitCode.FAILED))


def print_report(report: DeliveryReport, language: ReportLanguage) -> None:
    """Print a report for a person."""
    out.print(
        f"{report.source['name']}: {report.read:,} read 读取 = {report.accepted:,} accepted 接受 + "
        f"{report.repaired:,} repaired 修复 + {report.rejected:,} rejected 拒收",
        highlight=False,
    )
    proposal = report.settings.get("proposal")
    if proposal is not None:
        said = "accepted 已采纳" if report.settings["proposal_accepted"] else "take it with --accept-proposal 可采纳"
        out.print(f"Proposed 建议: EPSG:{proposal['epsg']} {proposal['name']} ({said})", highlight=False, markup=False)
        out.print(proposal[f"reason_{language.value}"], highlight=False, markup=False)
    rows = [_row(tally, language) for tally in report.tallies]
    if rows:
        print_table("What was found 发现的问题", ("severity", "kind", "count", "for example"), rows)
    else:
        out.print("Nothing was found. 未发现问题。")
    for check in report.checks:
        if check.status is not CheckStatus.DONE:
            reason = check.reason_zh if language is ReportLanguage.ZH else check.reason_en
            out.print(f"{check.name}: {check.status.value}. {reason}", highlight=False, markup=False)


def _row(tally: FaultTally, language: ReportLanguage) -> tuple[object, ...]:
    first, known = tally.kept[0], fault_kind(tally.kind)
    title = known.title_zh if language is ReportLanguage.ZH else known.title_en
    text = first.text_zh if language is ReportLanguage.ZH else first.text_en
    where = "" if first.source_row is None else f"row {first.source_row}: "
    return tally.severity.value, title, tally.count, f"{where}{text}"
