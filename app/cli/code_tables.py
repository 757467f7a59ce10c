"""``duogui code-tables``: what the codes of local tables mean."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import Json
from app.code_tables.local_tables import current_tables, describe_table, keep_table
from app.db.sessions import read_session
from app.settings import get_settings
from gis.landuse.codes import ConstructionStatus

app = typer.Typer(help="Say what codes mean that are of no standard.", no_args_is_help=True)


@app.command("import")
def import_command(
    file: Annotated[
        Path, typer.Argument(help="CSV or XLSX: 代码 code, 建设用地与否 construction_status, 名称 name.", exists=True)
    ],
    name: Annotated[str, typer.Option(help="Name of the table, as `code_version` of zones has it.", min=1)],
    *,
    json: Json = False,
) -> None:
    """Keep what the codes of a local table mean (地方用地代码表); comparisons made afterwards follow it."""
    with open_engine(get_settings()) as engine:
        table = keep_table(engine, file, name, actor=local_actor())
    if json:
        print_json(table)
        return
    verb = "is kept" if table["is_new"] else "was there already"
    out.print(f"{len(table['codes'])} codes: the table {name!r} {verb}.", markup=False, highlight=False)


@app.command("list")
def list_command(*, json: Json = False) -> None:
    """List the local tables that hold now."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        tables = [describe_table(row) for row in current_tables(session)]
    if json:
        print_json(tables)
        return
    rows = [
        (
            table["code_version"],
            *(sum(said == status for said in table["codes"].values()) for status in ConstructionStatus),
            table["source"],
        )
        for table in tables
    ]
    columns = ("table", "construction 建设用地", "non-construction 非建设用地", "no data 无数据", "file")
    print_table("Local code tables 地方用地代码表", columns, rows)
