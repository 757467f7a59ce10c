"""``duogui plans blueprint`` and ``duogui plans what-if``: what is made of a comparison before it is put in force."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import ExitCode, fail, out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import LARGEST_NUMBER, Json, parse_date
from app.db.sessions import read_session
from app.layers.delivery import ImportRequest
from app.plans import branch_repository
from app.plans.blueprint import SLUG_OF_BLUEPRINT, make_blueprint
from app.plans.branches import BranchRequest, branch_json, discard_branch, keep_branch, open_branch
from app.settings import get_settings

Plans = Annotated[list[str], typer.Argument(help="Slugs of the plans that were compared.")]
BranchId = Annotated[int, typer.Argument(min=1, max=LARGEST_NUMBER, help="Number of the branch.")]
what_if = typer.Typer(help="See what a draft would change, before it is published.", no_args_is_help=True)


def blueprint(
    plans: Plans,
    to: Annotated[str, typer.Option(help="Slug of the layer of the blueprint.")] = SLUG_OF_BLUEPRINT,
    valid_from: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="From when it shall hold; today when left out.")
    ] = None,
    *,
    complete: Annotated[
        bool, typer.Option("--complete", help="Refuse a blueprint in which something is undecided.")
    ] = False,
    json: Json = False,
) -> None:
    """Draw one blueprint (一张蓝图) of the latest comparison and its applied resolutions, as a draft version of a layer."""
    with open_engine(get_settings()) as engine, progress_bar("blueprint") as progress:
        made = make_blueprint(
            engine,
            plans=plans,
            to=to,
            valid_from=parse_date(valid_from),
            complete=complete,
            actor=local_actor(),
            progress=progress,
        )
    if json:
        print_json(made)
        return
    if not made["is_new"]:
        out.print("The same comparison and resolutions made this version before.", highlight=False)
    rows = [(name, each["zones"], each["area_m2"]) for name, each in made["decisions"].items()]
    title = f"{made['layer']} version {made['version']} ({made['status']}), {made['area_m2']} m²"
    print_table(title, ("decision", "zones", "m²"), rows)


@what_if.command("open")
def open_command(
    plans: Plans,
    layer: Annotated[str, typer.Option(help="The plan, or the layer of a line, that has the draft.")],
    version: Annotated[int | None, typer.Option(help="Number of the draft; the newest when left out.")] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, help="A file to import as the draft; it goes with the branch.")
    ] = None,
    source_layer: Annotated[str | None, typer.Option(help="Layer in the file, when it has several.")] = None,
    crs: Annotated[str | None, typer.Option(help="Of a file that does not say its own, e.g. EPSG:4547.")] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="TARGET=SOURCE", help="Target field to source field.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Compute what a draft would change in the published comparison, which stays as it is."""
    pairs = dict(pair.split("=", 1) for pair in mapping or [] if "=" in pair)
    if len(pairs) != len(mapping or []):
        fail("--map is written TARGET=SOURCE, and each target is given once.", ExitCode.USAGE)
    delivery = None
    if file is not None:
        delivery = ImportRequest(path=file, to=layer, source_layer=source_layer, crs=crs, mapping=pairs)
    request = BranchRequest(plans=plans, layer=layer, version=version, delivery=delivery)
    with open_engine(get_settings()) as engine, progress_bar(f"what if {layer}") as progress:
        branch = open_branch(engine, request, actor=local_actor(), progress=progress)
    _print_branch(branch, json=json)


@what_if.command("list")
def list_command(*, json: Json = False) -> None:
    """List the latest branches."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        branches = [branch_json(session, branch) for branch in branch_repository.list_branches(session)]
    if json:
        print_json(branches)
        return
    columns = ("plan_branch_id", "plan_set", "layer", "version", "status", "is_stale", "opened_by")
    print_table("What-if branches", columns, [tuple(branch[name] for name in columns) for branch in branches])


@what_if.command("show")
def show_command(branch_id: BranchId, *, json: Json = False) -> None:
    """Show what a branch would change."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        branch = branch_json(session, branch_repository.require(session, branch_id))
    _print_branch(branch, json=json)


@what_if.command("keep")
def keep_command(
    branch_id: BranchId,
    *,
    confirm_loss: Annotated[
        bool, typer.Option("--confirm-loss", help="It is right that it has much less than the version in force.")
    ] = False,
    json: Json = False,
) -> None:
    """Publish the draft of a branch, and bring the comparison up to date."""
    with open_engine(get_settings()) as engine:
        branch = keep_branch(engine, branch_id, actor=local_actor(), confirm_loss=confirm_loss)
    _print_closed(branch, json=json)


@what_if.command("discard")
def discard_command(branch_id: BranchId, *, json: Json = False) -> None:
    """Close a branch; a draft that was imported for it is deleted."""
    with open_engine(get_settings()) as engine:
        branch = discard_branch(engine, branch_id, actor=local_actor())
    _print_closed(branch, json=json)


def _print_closed(branch: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(branch)
    else:
        told = f"{branch['layer']} version {branch['version']}"
        out.print(f"Branch {branch['plan_branch_id']} of {told} was {branch['status']}.", highlight=False)


def _print_branch(branch: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(branch)
        return
    delta = branch["delta"]
    stale = " (stale: the published comparison moved on)" if branch["is_stale"] else ""
    title = (
        f"Branch {branch['plan_branch_id']}: {branch['layer']} version {branch['version']}, {branch['status']}{stale}"
    )
    measures = [(f"{item['name_zh']} {item['class']}", item["area_m2"]) for item in delta["classes"]]
    measures += [
        (f"{line['name_zh']} {line['line']}: {name.removesuffix('_m2')}", change)
        for line in delta["lines"]
        for name, change in line.items()
        if isinstance(change, dict) and change["change"]
    ]
    measures.append(("宗地 parcels in conflict", delta["parcels"]["conflict_area_m2"]))
    # Branches that were opened before this was told do not have it.
    if told := delta.get("computed_again"):
        out.print(f"{told['text_zh']}{told['text_en']}", markup=False, highlight=False)
    rows = [(name, change["before"], change["after"], change["change"]) for name, change in measures]
    print_table(title, ("m²", "published", "with the draft", "change"), rows)
    counts = [
        (f"{side}: {name}", each["count"], each["area_m2"])
        for side, patches in delta["patches"].items()
        for name, each in patches.items()
    ]
    print_table(f"Patches; {delta['parcels']['count']} parcels affected", ("patches", "count", "m²"), counts)
