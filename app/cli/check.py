"""``duogui check``: a layer of parcels, or the polygons of a file, against the control areas."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import ValidationError

from app.checks.findings import Relation
from app.checks.service import DEFAULT_TARGET, run_check
from app.cli.console import out, print_json, print_json_parts, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.extract import site_sheet
from app.cli.options import AsOf, Json, parse_date
from app.db.sessions import read_session
from app.settings import get_settings
from app.site_checks.questions import Question, Stage
from app.site_checks.service import check_sites, iter_described
from app.site_checks.sites import sites_of_file
from app.site_checks.storing import get_check, iter_answers

app = typer.Typer(help="Check parcels or a site against the control areas.", no_args_is_help=True)
app.command("sheet")(site_sheet)

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
    file: Annotated[
        Path, typer.Argument(help="A file of polygons: SHP in a ZIP, boundary-point TXT, KML, GeoJSON ...")
    ],
    crs: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own.")] = None,
    layers: Layers = None,
    use: Annotated[str | None, typer.Option(help="Intended land use, a code of the 2023 guide.")] = None,
    industry: Annotated[str | None, typer.Option(help="Industry, a code of GB/T 4754-2017 such as C2614.")] = None,
    activity: Annotated[
        str | None, typer.Option(help="Item of the list of limited activities in the red line, or none.")
    ] = None,
    stage: Annotated[Stage, typer.Option(help="How far the project is.")] = Stage.INVESTMENT,
    county: Annotated[
        str | None, typer.Option(help="County, for sites that name none: decides the local rules.")
    ] = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Ask whether the polygons of a file may be used for something, and why; the answer is stored with what it stands on."""
    values = {
        "layers": None if layers is None else tuple(layers),
        "use_code": use,
        "industry_code": industry,
        "activity_code": activity,
        "stage": stage,
        "county_code": county,
        "as_of": parse_date(as_of),
    }
    try:
        question = Question.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        raise typer.BadParameter(f"{'.'.join(map(str, found['loc']))}: {found['msg']}") from error
    with open_engine(get_settings()) as engine:
        answer = check_sites(engine, sites_of_file(file, crs=crs, county_code=county), question, actor=local_actor())
        check_id = UUID(answer["site_check_id"])
        if json:
            print_json_parts(iter_described(engine, check_id))
        else:
            with read_session(engine) as session:
                print_site_check(answer, iter_answers(session, get_check(session, check_id)))


def print_site_check(answer: dict[str, Any], sites: Iterable[dict[str, Any]]) -> None:
    """Print an answer site by site; what is not known is a part of it."""
    for one in sites:
        title = f"{one['site']} {one['name'] or ''} {one['area_ha']} ha as of {answer['as_of']}"
        rows = [
            (
                layer["layer"],
                layer["status"],
                layer["verdict"],
                "not stated" if layer["covered_share"] is None else f"{layer['covered_share']:.2%}",
                len(layer["findings"]),
            )
            for layer in one["layers"]
        ]
        print_table(title, ("layer", "status", "verdict", "covered", "findings"), rows)
        for finding in [*(finding for layer in one["layers"] for finding in layer["findings"]), *one["project"]]:
            out.print(f"{finding['verdict']} {finding['text_zh']}", markup=False)
            out.print(f"  {finding['text_en']}", markup=False)
            if finding["remedy_zh"]:
                out.print(f"  → {finding['remedy_zh']} / {finding['remedy_en']}", markup=False)
        for missing in one["missing_layers"]:
            out.print(
                f"{missing['verdict']} {missing['control_kind']}: {missing['text_zh']} {missing['text_en']}",
                markup=False,
            )
        for rule in one["local_rules_not_applied"]:
            out.print(f"? {rule['rule_id']} ({rule['region']}): {rule['reason_zh']} {rule['reason_en']}", markup=False)
        out.print(f"{one['site']} [bold]{one['verdict']}[/bold]")
    out.print(f"Verdict 结论: [bold]{answer['verdict']}[/bold]  {answer['site_check_id']}")


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
    """Print the findings by rule, with count and area; a line that only comes near shares no ground, of which there is neither class nor area."""
    rows = []
    for item in summary["findings"]:
        is_near = item["relation"] == Relation.NEAR
        measured = [None if is_near else item[name] for name in ("overlap_class", "area_ha", "area_mu")]
        zone = item["zone"] or item["relation"]
        rows.append(
            (
                item["rule_id"].removeprefix("national."),
                f"{Relation.NEAR} {item['zone'] or ''}".rstrip() if is_near else zone,
                item["verdict"],
                measured[0],
                item["count"],
                *measured[1:],
            )
        )
    print_table("Findings by rule 按规则统计", ("rule", "zone", "verdict", "class", "count", "ha", "mu 亩"), rows)
