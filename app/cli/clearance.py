"""``duogui clearance``: construction land inside the ecological control line, and what is done about it."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.console import ExitCode, fail, out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.clock import today
from app.db.sessions import read_session, write_session
from app.plans import clearance_repository as repository
from app.plans.clearance_schemas import ClearanceChange, ClearanceRequest
from app.plans.clearing import change_item, describe_item, find_clearance, measure_clearance
from app.settings import get_settings

app = typer.Typer(help="Clear construction land inside the ecological control line (清退台账).", no_args_is_help=True)

Register = Annotated[int, typer.Argument(help="Number of the register.")]


@app.command("find")
def find_command(
    land: Annotated[str, typer.Argument(help="Slug of a layer with land-use codes, such as the land survey.")],
    line: Annotated[str | None, typer.Option(help="Slug of the line's layer; the one in force when left out.")] = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Find construction land inside the line; what was noted of it before goes on."""
    request = ClearanceRequest(land=land, line=line, as_of=parse_date(as_of))
    with open_engine(get_settings()) as engine, progress_bar("clearance 清退") as progress:
        result = find_clearance(engine, request, actor=local_actor(), progress=progress)
    if json:
        print_json(result)
        return
    out.print(
        f"Register {result['clearance_run_id']}: {result['found']:,} pieces of construction land in {result['line']}, "
        f"{result['area_inside_m2']:,.2f} m² inside; {len(result['new']):,} new, {len(result['no_longer_found']):,} no longer found.",
        highlight=False,
        markup=False,
    )
    if not result["coverage_stated"]:
        out.print(f"{result['line']} does not say where it is known: outside of its areas land may be inside the line.")


@app.command("list")
def list_command(register: Register, *, json: Json = False) -> None:
    """List the land of a register."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        repository.require_run(session, register)
        items = [describe_item(item) for item in repository.list_items(session, register)]
    if json:
        print_json(items)
        return
    columns = ("feature_id", "land_code", "area_inside_m2", "legal_status", "owner", "plan_year", "method", "progress")
    print_table(f"Register 清退台账 {register}", columns, [[item[name] for name in columns] for item in items])


@app.command("set")
def set_command(
    register: Register,
    land: Annotated[list[str], typer.Argument(help="Ids of the land.")],
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=(
                "legal_status (lawful, unlawful, historic, under_examination), owner, plan_year, method (demolition, "
                "relocation, buy_back, restoration, conversion, retention), progress (registered, planned, under_way, "
                "cleared), cleared_on, document; an empty value takes back."
            ),
        ),
    ],
    note: Annotated[str | None, typer.Option(help="Why; kept in the history.")] = None,
    *,
    json: Json = False,
) -> None:
    """Note what is done about some land: all of it or nothing."""
    values: dict[str, Any] = {} if note is None else {"note": note}
    for condition in set_:
        name, separator, value = condition.partition("=")
        if not separator:
            fail(f"--set {condition!r}: expected NAME=VALUE.", ExitCode.USAGE)
        values[name] = value or None
    try:
        change = ClearanceChange.model_validate(values)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'all'}: {item['msg']}" for item in error.errors())
        fail(f"Not understood: {found}.", ExitCode.USAGE)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        items = [describe_item(change_item(session, register, name, change, if_match="*")) for name in land]
    if json:
        print_json(items)
    else:
        out.print(f"{len(items):,} pieces of land noted.", highlight=False)


@app.command("indicator")
def indicator_command(
    register: Register,
    year: Annotated[int | None, typer.Option(help="This year when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Tell how much construction land was inside the line at the start and the end of a year, and what was cleared."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = measure_clearance(session, repository.require_run(session, register), year or today().year)
    if json:
        print_json(found)
        return
    rows = [
        (name, *(found[name][key] for key in ("count", "area_m2", "area_ha", "area_mu")))
        for name in ("start", "end", "cleared")
    ]
    print_table(f"Clearance 清退进度 {found['year']}", ("", "pieces", "m²", "ha", "mu 亩"), rows)
    share = "nothing to clear" if found["cleared_percent"] is None else f"{found['cleared_percent']} % cleared"
    out.print(f"{share}; planned for the year: {found['planned_for_the_year']:,}.", highlight=False)
