"""``duogui plans topology|crossings|levels|neighbours``: faults of plans and lines."""

from typing import Annotated, Any

import typer

from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date, read_asked
from app.plans.fault_schemas import FaultSearch
from app.plans.faults import search_faults
from app.settings import get_settings


def topology_command(
    plan: Annotated[str, typer.Argument(help="Slug of the layer.")],
    scope: Annotated[str | None, typer.Option(help="Slug of a layer; what lies outside all of it is a fault.")] = None,
    level: Annotated[
        str | None,
        typer.Option(help="Column of the source that says on (地表), above (地上) or below ground (地下)."),
    ] = None,
    valid_from: Annotated[str | None, typer.Option(help="Column of the source: from when a feature holds.")] = None,
    valid_to: Annotated[str | None, typer.Option(help="Column of the source: until when it holds.")] = None,
    least_width_m: Annotated[
        float | None, typer.Option(min=0, help="What is nowhere wider is no fault; the tolerance in force if left out.")
    ] = None,
    least_area_m2: Annotated[float, typer.Option(min=0, help="What is not larger is no fault.")] = 0.0,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Find gaps, overlaps, vertices that neighbours do not share, and parts outside of a scope (拓扑错误)."""
    request = {
        "plan": plan,
        "scope": scope,
        "level": level,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "least_width_m": least_width_m,
        "least_area_m2": least_area_m2,
        "as_of": parse_date(as_of),
    }
    _search({"topology": request}, f"topology {plan}", json=json)


def crossings_command(
    lines: Annotated[
        list[str] | None,
        typer.Argument(help="Slugs of layers of the three control lines; all in force when left out."),
    ] = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Find where the hard lines cross each other, which they must not (三条控制线交叉重叠)."""
    if lines is not None and len(lines) < 2:
        raise typer.BadParameter("Name two layers at least, or none.")
    _search({"lines": {"lines": lines or None, "as_of": parse_date(as_of)}}, "lines 控制线", json=json)


def levels_command(
    lower: Annotated[str, typer.Argument(help="Slug of the plan.")],
    upper: Annotated[str, typer.Argument(help="Slug of the plan of the level above.")],
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Find construction land of a plan that the plan of the level above does not have (突破上级规划)."""
    if lower == upper:
        raise typer.BadParameter("The plan and the plan above are the same.")
    request = {"lower": lower, "upper": upper, "as_of": parse_date(as_of)}
    _search({"levels": request}, f"{lower} in {upper}", json=json)


def neighbours_command(
    plans: Annotated[list[str], typer.Argument(help="Slugs of layers with land-use codes.")],
    within_m: Annotated[
        float, typer.Option(min=0, max=10_000, help="Further apart they are not beside each other; 0 is touching.")
    ] = 0.0,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Find class 3 industry beside housing, within each plan and between plans (三类工业用地毗邻居住用地)."""
    request = {"plans": plans, "within_m": within_m, "as_of": parse_date(as_of)}
    _search({"neighbours": request}, "neighbours " + " ".join(plans), json=json)


def _search(asked: dict[str, Any], title: str, *, json: bool) -> None:
    search = read_asked(FaultSearch, asked)
    with open_engine(get_settings()) as engine, progress_bar(title) as progress:
        summary = search_faults(engine, search, actor=local_actor(), progress=progress)
    if json:
        print_json(summary)
    else:
        print_faults(summary)


def print_faults(summary: dict[str, Any]) -> None:
    """Print the faults of each kind, and where to look at them."""
    rows = [
        (
            f"{item['name_zh']} {item['fault_kind']}",
            item["count"],
            ", ".join(f"{count} {name}" for name, count in item["classes"].items()),
            item["area_m2"],
            item["max_width_m"],
        )
        for item in summary["faults"]
    ]
    title = f"Faults 错误: {', '.join(summary['layers'])} as of {summary['as_of']}"
    print_table(title, ("fault", "count", "classes", "m²", "widest (m)"), rows)
    for layer, zones in summary["settings"].get("zones", {}).items():
        told = f"{layer}: {zones['industry']:,} zones of class 3 industry, {zones['housing']:,} of housing"
        out.print(f"{told}; {zones['not_told']:,} whose code does not tell 代码未表明.", highlight=False, markup=False)
    out.print(
        f"They are the collection plan_faults, plan_fault_run_id={summary['plan_fault_run_id']}.",
        highlight=False,
        markup=False,
    )
