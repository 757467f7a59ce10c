"""``duogui layers``: see layers and their versions, publish or drop a draft."""

from typing import Annotated

import typer

from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import Json
from app.db.sessions import read_session, write_session
from app.layers import repository
from app.layers.describing import describe_layer
from app.layers.publishing import compare_versions, discard_draft, publish_draft
from app.settings import get_settings

app = typer.Typer(help="See layers and their versions, publish or drop a draft.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="Slug of the layer.")]
Version = Annotated[int | None, typer.Option("--version", help="Number of the version; the newest when left out.")]


@app.command("list")
def list_layers(*, json: Json = False) -> None:
    """List the layers with their newest version."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        layers = [describe_layer(session, layer) for layer in repository.list_layers(session)]
    if json:
        print_json(layers)
        return
    rows = [
        (
            layer["slug"],
            layer["control_kind"] or layer["kind"],
            layer["title_zh"],
            layer["title_en"],
            layer["mandatory"],
            *(
                (newest["number"], newest["status"], newest["valid_from"], newest["accepted"] + newest["repaired"])
                if (newest := next(iter(layer["versions"]), None))
                else (None, "no data", None, None)
            ),
        )
        for layer in layers
    ]
    columns = ("layer", "kind", "标题", "title", "mandatory", "version", "status", "valid from", "features")
    print_table("Layers", columns, rows)


@app.command()
def show(slug: Slug, *, json: Json = False) -> None:
    """Show one layer, its versions and what each import found."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        layer = describe_layer(session, repository.require_layer(session, slug))
    if json:
        print_json(layer)
        return
    out.print(f"{layer['slug']}: {layer['title_zh']} / {layer['title_en']} ({layer['control_kind'] or layer['kind']})")
    columns = ("number", "status", "valid_from", "approval_no", "source_name", "source_crs", "source_encoding")
    counts = ("read", "accepted", "repaired", "rejected")
    print_table(
        "Versions",
        (*columns, *counts),
        [tuple(version[name] for name in (*columns, *counts)) for version in layer["versions"]],
    )


@app.command()
def publish(slug: Slug, version: Version = None, *, json: Json = False) -> None:
    """Put a draft in force; the version before is archived in the same moment."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        published = publish_draft(session, slug, version)
    if json:
        print_json({"layer": slug, "version": published.number, "status": published.status})
    else:
        out.print(f"{slug} version {published.number} is in force from {published.valid_from}.", highlight=False)


@app.command()
def discard(slug: Slug, version: Version = None, *, json: Json = False) -> None:
    """Delete a draft with its features."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        number = discard_draft(session, slug, version)
    if json:
        print_json({"layer": slug, "version": number, "status": "discarded"})
    else:
        out.print(f"Draft {number} of {slug} was deleted.", highlight=False)


@app.command()
def diff(slug: Slug, older: int, newer: int, *, json: Json = False) -> None:
    """Count what changed from one version to another: added, removed, geometry, attributes."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        changes = compare_versions(session, slug, older, newer).as_json()
    if json:
        print_json(changes)
    else:
        print_table(f"{slug}: version {older} to {newer}", tuple(changes)[3:], [tuple(changes.values())[3:]])
