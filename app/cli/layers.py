"""``duogui layers``: see layers and their versions, publish or drop a draft."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import Json
from app.db.models import Layer, LayerVersion
from app.db.sessions import read_session
from app.layers import repository
from app.layers.publishing import compare_versions, discard_draft, publish_draft
from app.settings import get_settings

app = typer.Typer(help="See layers and their versions, publish or drop a draft.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="Slug of the layer.")]
Version = Annotated[int | None, typer.Option("--version", help="Number of the version; the newest when left out.")]


@app.command("list")
def list_layers(*, json: Json = False) -> None:
    """List the layers with their newest version."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        layers = [_layer_json(session, layer) for layer in repository.list_layers(session)]
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
        layer = _layer_json(session, repository.require_layer(session, slug))
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
    with open_engine(get_settings()) as engine:
        published = publish_draft(engine, slug, version, actor=local_actor())
    if json:
        print_json({"layer": slug, "version": published.number, "status": published.status})
    else:
        out.print(f"{slug} version {published.number} is in force from {published.valid_from}.", highlight=False)


@app.command()
def discard(slug: Slug, version: Version = None, *, json: Json = False) -> None:
    """Delete a draft with its features."""
    with open_engine(get_settings()) as engine:
        number = discard_draft(engine, slug, version, actor=local_actor())
    if json:
        print_json({"layer": slug, "version": number, "status": "discarded"})
    else:
        out.print(f"Draft {number} of {slug} was deleted.", highlight=False)


@app.command()
def diff(slug: Slug, older: int, newer: int, *, json: Json = False) -> None:
    """Count what changed from one version to another: added, removed, geometry, attributes."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        changes = asdict(compare_versions(session, slug, older, newer))
    if json:
        print_json(changes)
    else:
        print_table(f"{slug}: version {older} to {newer}", tuple(changes)[3:], [tuple(changes.values())[3:]])


def _layer_json(session: Session, layer: Layer) -> dict[str, Any]:
    names = ("slug", "kind", "control_kind", "title_zh", "title_en", "mandatory", "accuracy_m", "stale_after_days")
    versions = [_version_json(version) for version in repository.list_versions(session, layer.id)]
    return {name: getattr(layer, name) for name in names} | {"versions": versions}


def _version_json(version: LayerVersion) -> dict[str, Any]:
    names = ("number", "status", "valid_from", "valid_to", "approval_no", "source_name", "source_layer", "source_crs")
    more = ("source_encoding", "sha256", "recorded_at", "recorded_by", "published_at", "published_by")
    counts = {name: getattr(version, f"{name}_count") for name in ("read", "accepted", "repaired", "rejected")}
    stated = {"coverage_stated": version.coverage is not None}
    return {name: getattr(version, name) for name in (*names, *more)} | counts | stated | {"report": version.report}
