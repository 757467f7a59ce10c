"""``duogui check``: a layer of parcels, or the polygons of a file, against the control areas."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.checks.service import DEFAULT_TARGET, run_check
from app.checks.site import check_site
from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.settings import get_settings

app = typer.Typer(help="Check parcels or a site against the control areas.", no_args_is_help=True)

Layers = Annotated[
    list[str] | None, typer.Option("--layers", help="Only this control layer; may be given several times.")
]


@app.command()
def run(
    target: Annotated[str, typer.Option(help="Slug of the layer of parcels.")] = DEFAULT_TARGET,
    layers: Layers = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Check a layer of parcels and store the findings; the same inputs are not checked twice."""
    with open_engine(get_settings()) as engine, progress_bar(f"check {target}") as progress:
        summary = run_check(
            engine, target=target, layers=layers, as_of=parse_date(as_of), actor=local_actor(), progress=progress
        )
    if json:
        print_json(summary)
    else:
        print_check(summary)


@app.command()
def site(
    file: Annotated[Path, typer.Argument(help="Any polygon file that GDAL opens.")],
    crs: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own.")] = None,
    layers: Layers = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Check the polygons of a file; nothing is stored."""
    with open_engine(get_settings()) as engine:
        answer = check_site(engine, file, crs=crs, layers=layers, as_of=parse_date(as_of))
    if json:
        print_json(answer)
        return
    print_layers(answer)
    for layer in answer["layers"]:
        for finding in layer["findings"]:
            out.print(f"{finding['verdict']} {finding['site']} {layer['layer']}: {finding['text_zh']}", markup=False)
            out.print(f"  {finding['text_en']}", markup=False)
            out.print(f"  → {finding['remedy_zh']} / {finding['remedy_en']}", markup=False)
    out.print(f"Verdict 结论: [bold]{answer['verdict']}[/bold]")


def print_check(summary: dict[str, Any]) -> None:
    """Print the summary of a run."""
    if not summary["is_new"]:
        out.print(f"Run {summary['check_run_id']} checked the same data by the same rules already.", highlight=False)
    print_layers(summary)
    print_findings(summary)


def print_layers(answer: dict[str, Any]) -> None:
    """Print what each control layer says; a layer that is not known everywhere never reads as free."""
    rows = [
        (
            layer["layer"],
            layer["status"],
            layer["verdict"],
            "not stated" if layer["covered_share"] is None else f"{layer['covered_share']:.2%}",
            len(layer["findings"]) if "findings" in layer else layer["finding_count"],
            layer["audit"].get("artefacts", 0),
        )
        for layer in answer["layers"]
    ]
    print_table(
        f"Control layers as of {answer['as_of']}",
        ("layer", "status", "verdict", "covered", "findings", "artefacts"),
        rows,
    )


def print_findings(summary: dict[str, Any]) -> None:
    """Print the findings by rule, with count and area."""
    rows = [
        (
            item["rule_id"].removeprefix("national."),
            item["zone"] or item["relation"],
            item["verdict"],
            item["overlap_class"],
            item["count"],
            item["area_ha"],
            item["area_mu"],
        )
        for item in summary["findings"]
    ]
    print_table("Findings by rule 按规则统计", ("rule", "zone", "verdict", "class", "count", "ha", "mu 亩"), rows)
