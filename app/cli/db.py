"""``duogui db``: start, stop, inspect, migrate, back up and restore the database."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine, make_url, text

from app.cli.console import fail, out, print_json, print_table, say
from app.cli.database import database_url
from app.cli.options import Json
from app.db import schema
from app.db.backup import Backup, restore_backup, write_backup
from app.db.client_programs import connection_arguments, find_client_program
from app.db.cluster import ClusterState, PrivateCluster
from app.db.engine import make_engine
from app.settings import Settings, get_settings

app = typer.Typer(help="Start, stop, migrate, back up and restore the database.", no_args_is_help=True)

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def up(*, json: Json = False) -> None:
    """Start the private database server, or leave it running."""
    settings = get_settings()
    _require_private(settings)
    database_url(settings)
    _print_facts("Database", _describe(settings), json=json)


@app.command()
def down(*, json: Json = False) -> None:
    """Stop the private database server; services that use it lose their connections."""
    settings = get_settings()
    _require_private(settings)
    stopped = PrivateCluster(settings.data_dir).stop()
    if json:
        print_json({"stopped": stopped})
    else:
        out.print("The database server is stopped." if stopped else "The database server was not running.")


@app.command()
def status(*, json: Json = False) -> None:
    """Tell where the database is, whether it runs, and at which schema it stands; nothing is started."""
    _print_facts("Database", _describe(get_settings()), json=json)


@app.command()
def upgrade(*, json: Json = False) -> None:
    """Bring the database to the schema of this version, and load its legal parameters."""
    settings = get_settings()
    with _engine(database_url(settings)) as engine:
        before, after = schema.upgrade(engine, srid=settings.storage_srid)
    if json:
        print_json({"before": before, "after": after})
    elif before == after:
        out.print(f"The database is at schema {after} already.")
    else:
        out.print(f"The database was brought from schema {before or 'none'} to {after}.")


@app.command()
def shell() -> None:
    """Open psql on the database."""
    url = database_url(get_settings())
    with _engine(url) as engine:
        psql = find_client_program("psql", _server_major(engine))
    place, environment = connection_arguments(url)
    os.execve(psql, [str(psql), *place], environment)  # noqa: S606 - no shell is wanted, psql takes this process over


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; only its owner can read it.")],
    *,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write everything in the database into one file. The service may go on; keys in the data folder are not in it."""
    _print_backup("Backed up", write_backup(database_url(get_settings()), file, replace=force), json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `duogui db backup` wrote.")],
    *,
    force: Force = False,
    json: Json = False,
) -> None:
    """Fill an empty database from a backup, or replace one with --force, and bring it to this version's schema."""
    settings = get_settings()
    url = database_url(settings)
    restored = restore_backup(url, file, srid=settings.storage_srid, force=force)
    with _engine(url) as engine:
        before, after = schema.upgrade(engine, srid=settings.storage_srid)
    if before != after:
        say(f"Database migrated from {before} to {after}.")
    _print_backup("Restored", restored, json=json)


def _describe(settings: Settings) -> dict[str, Any]:
    """Return the facts of ``status``: of the server where it is ours, and of the schema where the server answers."""
    facts: dict[str, Any]
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        facts = {"kind": "external", "url": make_url(url).render_as_string(hide_password=True)}
    else:
        cluster = PrivateCluster(settings.data_dir)
        found = cluster.status()
        facts = {"kind": "private", "url": cluster.database_url(), **dataclasses.asdict(found)}
        if found.state is not ClusterState.RUNNING:
            return facts
        url = cluster.database_url()
    with _engine(url) as engine, engine.connect() as connection:
        server = connection.execute(
            text("select current_setting('server_version'), pg_database_size(current_database())")
        )
        facts["postgres_version"], facts["database_bytes"] = server.one()
        facts["schema"] = schema.current_revision(connection)
        facts["schema_of_this_version"] = schema.head_revision()
        facts["storage_srid"] = schema.storage_srid(connection)
    return facts


def _require_private(settings: Settings) -> None:
    if settings.database_url is not None:
        fail("DUOGUI_DATABASE_URL names a database that is not ours to start or stop. Unset it to use the private one.")


def _print_facts(title: str, facts: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(facts)
        return
    known = [
        (name.replace("_", " "), "none" if value is None else str(value))
        for name, value in facts.items()
        if value is not None or name == "schema"
    ]
    print_table(title, ("", ""), known)


def _print_backup(verb: str, found: Backup, *, json: bool) -> None:
    facts = dataclasses.asdict(found)
    if json:
        print_json(facts)
    else:
        out.print(
            f"{verb}: {found.path} ({found.file_bytes:,} bytes, schema {found.revision}, EPSG:{found.storage_srid})",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _server_major(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("select current_setting('server_version_num')::int / 10000")).scalar_one())
