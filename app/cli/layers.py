"""``duogui layers``: see layers and their versions, change what is said of them, publish or drop a draft."""

from typing import Annotated, Any

import typer

from app.cli import deliveries
from app.cli.console import ExitCode, fail, out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import Json, Slug, Version
from app.clock import today
from app.db.sessions import read_session, write_session
from app.layers import repository
from app.layers.describing import describe_layer
from app.layers.editing import edit_layer, list_edits
from app.layers.publishing import discard_draft, publish_draft
from app.settings import get_settings

app = typer.Typer(
    help="See layers and their versions, change what is said of them, publish or drop a draft.", no_args_is_help=True
)


@app.command("list")
def list_layers(*, json: Json = False) -> None:
    """List the layers with the version that applies today and the newest draft."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        layers = [describe_layer(session, layer, today=today()) for layer in repository.list_layers(session)]
    if json:
        print_json(layers)
        return
    columns = ("layer", "kind", "title_zh", "title_en", "mandatory", "applies today", "valid_from", "features", "draft")
    print_table("Layers", columns, [_row(layer) for layer in layers])


def _row(layer: dict[str, Any]) -> tuple[object, ...]:
    applies = next((one for one in layer["versions"] if one["number"] == layer["applies_today"]), None)
    shown = ("no data", None, None) if applies is None else (applies["number"], applies["valid_from"], _stored(applies))
    facts = (layer["slug"], layer["control_kind"] or layer["kind"], layer["title_zh"], layer["title_en"])
    return (*facts, layer["mandatory"], *shown, layer["newest_draft"])


def _stored(version: dict[str, Any]) -> int:
    stored: int = version["accepted"] + version["repaired"]
    return stored


@app.command()
def show(slug: Slug, *, json: Json = False) -> None:
    """Show a layer with its versions and what each import found."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = repository.require_layer(session, slug)
        layer = describe_layer(session, found, today=today())
        edits = [
            {"recorded_at": edit.recorded_at, "recorded_by": edit.recorded_by, "changes": edit.changes}
            for edit in list_edits(session, found.id)
        ]
    if json:
        print_json(layer | {"edits": edits})
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
def edit(
    slug: Slug,
    title_zh: Annotated[str | None, typer.Option(help="Chinese title.")] = None,
    title_en: Annotated[str | None, typer.Option(help="English title.")] = None,
    accuracy_m: Annotated[float | None, typer.Option(help="Survey accuracy in metres.")] = None,
    stale_after_days: Annotated[int | None, typer.Option(help="Days after which the layer counts as stale.")] = None,
    mandatory: Annotated[
        bool | None, typer.Option("--mandatory/--optional", help="Whether no check may do without the layer.")
    ] = None,
    *,
    clear: Annotated[
        list[str] | None, typer.Option("--clear", metavar="NAME", help="accuracy_m or stale_after_days: take it back.")
    ] = None,
    json: Json = False,
) -> None:
    """Change what is said of a layer; what it was before is kept."""
    given = {
        "title_zh": title_zh,
        "title_en": title_en,
        "accuracy_m": accuracy_m,
        "stale_after_days": stale_after_days,
        "mandatory": mandatory,
    }
    changes = {name: value for name, value in given.items() if value is not None} | dict.fromkeys(clear or [])
    if not changes:
        fail("Nothing to change was named; see `duogui layers edit --help`.", ExitCode.USAGE)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        layer = edit_layer(session, slug, changes)
        facts = {name: getattr(layer, name) for name in ("slug", *given)}
    if json:
        print_json(facts)
    else:
        print_table("Layer", tuple(facts), [tuple(facts.values())])


@app.command()
def publish(
    slug: Slug,
    version: Version = None,
    *,
    confirm_loss: Annotated[
        bool, typer.Option("--confirm-loss", help="It is right that it has much less than the version in force.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a draft in force; the version before is archived in the same moment."""
    settings = get_settings()
    with open_engine(settings) as engine, write_session(engine, actor=local_actor()) as session:
        published = publish_draft(
            session, slug, version, confirm_loss=confirm_loss, max_loss_percent=settings.max_loss_percent
        )
    if json:
        print_json({"layer": slug, "version": published.number, "status": published.status})
    else:
        out.print(f"{slug} version {published.number} is in force from {published.valid_from}.", highlight=False)


@app.command()
def tiles(slug: Slug, *, json: Json = False) -> None:
    """Generalise the version in force for tiles of small scales, as a worker does when a large layer is published."""
    from app.layers.generalising import prepare_tiles  # noqa: PLC0415  it loads the spatial engine

    with open_engine(get_settings()) as engine:
        with read_session(engine) as session:
            _, version = repository.version_or_newest(session, slug, None)
        with progress_bar(slug) as progress:
            result = prepare_tiles(engine, version.id, actor=local_actor(), progress=progress)
    if json:
        print_json({"layer": slug, "version": version.number, **result})
    else:
        out.print(
            f"{slug} version {version.number}: {result['features']:,} features, {result['rows']:,} rows for the zooms from "
            f"5 to 13, {result['pieces']:,} pieces for the tiles of 14; {result['invalid_edges']:,} pieces do not fit their neighbours.",
            highlight=False,
        )


@app.command()
def discard(slug: Slug, version: Version = None, *, json: Json = False) -> None:
    """Delete a draft with its features."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        number = discard_draft(session, slug, version)
    if json:
        print_json({"layer": slug, "version": number, "status": "discarded"})
    else:
        out.print(f"Draft {number} of {slug} was deleted.", highlight=False)


for command in (deliveries.diff, deliveries.coverage, deliveries.rejected, deliveries.faults):
    app.command()(command)
