"""``duogui plans``: compare plans of the same ground."""

from typing import Annotated, Any

import typer

from app.cli import plan_drafts, plan_faults
from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import LARGEST_NUMBER, AsOf, Json, parse_date
from app.db.sessions import read_session
from app.plans.cells import hide_cells, show_cells
from app.plans.crossing import CrossedBy, cross_plans
from app.plans.service import compare
from app.plans.units import sum_by_unit
from app.settings import get_settings
from gis.landuse.codes import CodeVersion

Comparison = Annotated[int, typer.Argument(min=1, max=LARGEST_NUMBER, help="Number of the comparison.")]
app = typer.Typer(help="Compare plans, and see where they contradict each other.", no_args_is_help=True)
app.command("topology")(plan_faults.topology_command)
app.command("crossings")(plan_faults.crossings_command)
app.command("levels")(plan_faults.levels_command)
app.command("neighbours")(plan_faults.neighbours_command)

app.command("blueprint")(plan_drafts.blueprint)
app.add_typer(plan_drafts.what_if, name="what-if")


@app.command("compare")
def compare_command(
    plans: Annotated[list[str], typer.Argument(help="Slugs of two or more layers with land-use codes.")],
    lines: Annotated[
        str | None,
        typer.Option(help="Slugs of layers of control areas, separated by commas; all in force when left out."),
    ] = None,
    as_of: AsOf = None,
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="Compute everything again, however little changed.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare plans and store the difference patches (差异图斑); the same inputs are not compared twice."""
    chosen = None if lines is None else [slug.strip() for slug in lines.split(",") if slug.strip()]
    with open_engine(get_settings()) as engine, progress_bar("compare " + " ".join(plans)) as progress:
        summary = compare(
            engine,
            plans=plans,
            lines=chosen,
            as_of=parse_date(as_of),
            everything=everything,
            actor=local_actor(),
            progress=progress,
        )
    if json:
        print_json(summary)
    else:
        print_comparison(summary)


@app.command("cells")
def cells_command(
    comparison: Comparison,
    *,
    hide: Annotated[bool, typer.Option("--hide", help="Take them off the map again.")] = False,
    json: Json = False,
) -> None:
    """Show all cells of a comparison on the map (比对单元); they follow the comparison from then on."""
    with open_engine(get_settings()) as engine, progress_bar(f"cells {comparison}") as progress:
        if hide:
            hide_cells(engine, comparison, actor=local_actor())
            result: dict[str, Any] = {"plan_comparison_id": comparison, "cells": 0}
        else:
            result = show_cells(engine, comparison, actor=local_actor(), progress=progress)
    if json:
        print_json(result)
    else:
        out.print(
            f"{result['cells']:,} cells of comparison {comparison} are the collection plan_cells.", highlight=False
        )


@app.command("matrix")
def matrix_command(
    comparison: Comparison,
    by: Annotated[CrossedBy, typer.Option(help="land_class (三大类) or code.")] = CrossedBy.LAND_CLASS,
    *,
    json: Json = False,
) -> None:
    """Cross every two plans by land class or by code; each table sums to the compared area."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        result = cross_plans(session, comparison, by)
    if json:
        print_json(result)
        return
    for matrix in result["matrices"]:
        rows = [
            (name, *(cell["area_ha"] for cell in cells))
            for name, cells in zip(matrix["row_names"], matrix["areas"], strict=True)
        ]
        title = f"{matrix['rows']} (rows) × {matrix['columns']} (columns), ha"
        print_table(title, ("", *matrix["column_names"]), rows)


@app.command("units")
def units_command(
    comparison: Comparison,
    layer: Annotated[str, typer.Argument(help="Slug of a layer of administrative units.")],
    *,
    json: Json = False,
) -> None:
    """Sum a comparison by administrative unit (按行政区汇总); the sums close on the compared area."""
    with open_engine(get_settings()) as engine, progress_bar(f"units {layer}") as progress:
        result = sum_by_unit(engine, comparison, layer, progress=progress)
    if json:
        print_json(result)
        return
    rows = [
        (
            row["name"] or row["unit"] or "(no unit 无)",
            row["area"]["area_ha"],
            *(item["area_ha"] for item in row["classes"]),
        )
        for row in result["rows"]
    ]
    columns = ("unit", "ha", *(item["name_zh"] for item in result["rows"][0]["classes"])) if rows else ("unit", "ha")
    print_table(f"Comparison {comparison} by {layer} (ha)", columns, rows)


def print_comparison(summary: dict[str, Any]) -> None:
    """Print the sums of a comparison."""
    if not summary["is_new"]:
        out.print(f"Comparison {summary['plan_comparison_id']} was made of the same data already.", highlight=False)
    if "recomputed" in summary:
        counts = summary["recomputed"]
        out.print(
            f"Brought up to date: {counts['cells']} cells computed again, {counts['patches_gone']} patches gone, "
            f"{counts['patches_come']} new.",
            highlight=False,
        )
    if "computed_again" in summary:
        told = summary["computed_again"]
        out.print(f"{told['text_zh']}{told['text_en']}", markup=False, highlight=False)
    if "decisions" in summary:
        decisions = summary["decisions"]
        out.print(
            f"Decisions: {decisions['carried']} carried over 沿用, {decisions['reopened']} opened again 重新协调, "
            f"{decisions['ended']} of what is no difference any more 差异已消除.",
            highlight=False,
        )
    print_classes(summary)
    _print_plans(summary["plan_areas"])
    for matrix in summary["matrices"]:
        _print_matrix(matrix)
    _print_lines(summary["lines"])
    for unknown in summary["unknown_codes"]:
        out.print(_unknown_code(unknown), markup=False, highlight=False)
    if left_off := summary.get("unknown_codes_left_off"):
        out.print(f"{left_off:,} more codes are in no table.", highlight=False)
    named = (row["code_version"] for row in summary["unknown_codes"] if row["code"] and row["code_version"])
    for name in dict.fromkeys(named):
        if name not in {each.value for each in CodeVersion}:
            told = f"duogui code-tables import FILE --name {name!r}"
            out.print(f"What the codes of {name} mean is given as data: {told}.", markup=False, highlight=False)


def _unknown_code(row: dict[str, Any]) -> str:
    if not row["code"]:
        return f"{row['plan']}: {row['zones']} zones have no code; they are no data."
    table = row["code_version"] or "no table"
    return f"{row['plan']}: code {row['code']!r} of {table} is in no table; its {row['zones']} zones are no data."


def print_classes(summary: dict[str, Any]) -> None:
    """Print the area and the patches of each class."""
    rows = [
        (
            f"{item['name_zh']} {item['class']}",
            item["area_ha"],
            item["area_mu"],
            f"{item['share']:.2%}",
            *(item["patches"][kind] for kind in ("real", "sliver", "artefact")),
        )
        for item in summary["classes"]
    ]
    titles = " × ".join(f"{plan['title_zh']} {plan['layer']}" for plan in summary["plans"])
    columns = ("class", "ha", "mu 亩", "share", "patches", "slivers", "artefacts")
    print_table(f"{titles} as of {summary['as_of']}", columns, rows)


def _print_plans(plans: list[dict[str, Any]]) -> None:
    columns = [f"{each['name_zh']} {each['status']}" for each in plans[0]["statuses"]]
    rows = [
        (plan["plan"], *(f"{each['area_ha']} ({each['share']:.2%})" for each in plan["statuses"])) for plan in plans
    ]
    print_table("Each plan 各规, ha", ("plan", *columns), rows)


def _print_lines(lines: list[dict[str, Any]]) -> None:
    touched = [
        (
            f"{line['name_zh']} {line['line']}",
            *(line[what]["area_ha"] for what in ("touched", "construction_in_a_plan", "conflict")),
        )
        for line in lines
        if line["touched"]["area_m2"] > 0
    ]
    print_table("Hard lines 底线 (ha)", ("line", "compared area", "planned construction", "conflict"), touched)


def _print_matrix(matrix: dict[str, Any]) -> None:
    rows = [
        (status, *(cell["area_ha"] for cell in cells))
        for status, cells in zip(matrix["statuses"], matrix["areas"], strict=True)
    ]
    print_table(f"{matrix['rows']} (rows) × {matrix['columns']} (columns), ha", ("", *matrix["statuses"]), rows)
