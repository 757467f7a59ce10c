"""``duogui overlay A B``: which part of A does B cover."""

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import open_engine
from app.cli.options import AsOf, Json, parse_date
from app.clock import today
from app.collections.catalog import RESULTS
from app.collections.cql2 import FilterLanguage
from app.collections.reference_systems import find_reference_system
from app.collections.searching import Search
from app.overlays.collections import CollectionRequest
from app.overlays.errors import OverlayRefusedError
from app.overlays.service import OverlayAnswer, OverlayRequest, overlay
from app.overlays.sources import SideRequest, needs_database
from app.overlays.writing import as_json, require_writable, rounded, summary, write
from app.settings import get_settings

SHOWN_ROWS = 50

Fields = list[str] | None


def overlay_command(
    a: Annotated[str, typer.Argument(help="A file, FILE:LAYER, or the slug of a layer.")],
    b: Annotated[str, typer.Argument(help="A file, FILE:LAYER, or the slug of a layer.")],
    where_a: Annotated[Fields, typer.Option(help="Condition on A, e.g. land_use_code=0601; all must hold.")] = None,
    where_b: Annotated[Fields, typer.Option(help="Condition on B.")] = None,
    field_a: Annotated[Fields, typer.Option(help="Field of A to show with each pair.")] = None,
    field_b: Annotated[Fields, typer.Option(help="Field of B to show with each pair.")] = None,
    filter_a: Annotated[
        str | None, typer.Option(help="Condition on A in CQL2; A is then read as a collection, results included.")
    ] = None,
    filter_b: Annotated[str | None, typer.Option(help="Condition on B in CQL2.")] = None,
    by_a: Annotated[Fields, typer.Option(help="Field of A to total by.")] = None,
    by_b: Annotated[Fields, typer.Option(help="Field of B to total by.")] = None,
    crs_a: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own.")] = None,
    crs_b: Annotated[str | None, typer.Option(help="CRS of a file that does not say its own.")] = None,
    as_of: AsOf = None,
    as_of_b: Annotated[str | None, typer.Option(help="The day for B, a collection, where it is another.")] = None,
    output: Annotated[
        Path | None, typer.Option("--out", help="Write .csv, .xlsx, .json, .geojson or .gpkg instead of printing.")
    ] = None,
    *,
    geometry: Annotated[
        bool, typer.Option("--geometry", help="Keep the geometry of each pair, for .gpkg and .geojson.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure which part of every feature of A each feature of B covers; or totals, by fields of either side."""
    if output is not None:
        require_writable(output, with_geometry=geometry)
    request = OverlayRequest(
        a=side_of(SideRequest(a, crs_a, tuple(where_a or ())), filter_a, None),
        b=side_of(SideRequest(b, crs_b, tuple(where_b or ())), filter_b, parse_date(as_of_b)),
        fields_a=tuple(field_a or ()),
        fields_b=tuple(field_b or ()),
        totals_by_a=tuple(by_a or ()),
        totals_by_b=tuple(by_b or ()),
        with_geometry=geometry,
    )
    in_database = any(isinstance(side, CollectionRequest) or needs_database(side) for side in (request.a, request.b))
    with open_engine(get_settings()) if in_database else nullcontext() as engine, progress_bar("overlay") as progress:
        answer = overlay(request, engine, as_of=parse_date(as_of) or today(), progress=progress)
    if output is not None:
        write(answer, output)
    if json:
        print_json(as_json(answer))
    else:
        print_overlay(answer, written_to=output)


def side_of(side: SideRequest, condition: str | None, day: date | None) -> SideRequest | CollectionRequest:
    """Return a side as a collection where only a collection has what is asked of it.

    Raises
    ------
    OverlayRefusedError
        It is a file, or has conditions of the other kind too.
    """
    is_result = any(side.name == result.id for result in RESULTS)
    if condition is None and day is None and not is_result:
        return side
    if not needs_database(side):
        raise OverlayRefusedError(
            f"{side.name!r} is a file: a filter in CQL2 and a day of its own are for collections."
        )
    if side.where:
        raise OverlayRefusedError(f"Ask {side.name!r} with a filter in CQL2 alone, not with conditions of both kinds.")
    search = None
    if condition is not None:
        search = Search(condition, FilterLanguage.TEXT, find_reference_system("filter-crs", None))
    return CollectionRequest(side.name, search, day)


def print_overlay(answer: OverlayAnswer, *, written_to: Path | None) -> None:
    """Print the table, unless it was written, and always what has to be known to read it."""
    facts = summary(answer)
    if written_to is None:
        table = rounded(answer.table).drop(columns="geometry", errors="ignore")
        # Numbers of features are names, not quantities.
        named = table.astype({name: str for name in ("a", "b") if name in table})
        rows = list(named.head(SHOWN_ROWS).itertuples(index=False, name=None))
        print_table(f"{answer.a.name} × {answer.b.name}", tuple(map(str, table.columns)), rows)
        if len(table) > SHOWN_ROWS:
            out.print(f"{len(table) - SHOWN_ROWS:,} further rows; --out FILE writes them all.", highlight=False)
    else:
        out.print(f"{len(answer.table):,} rows written to {written_to}.", highlight=False)
    for name in ("a", "b"):
        side = facts[name]
        out.print(
            f"{name.upper()}: {side['name']}: {side['read']:,} read, {side['repaired']:,} repaired, "
            f"{side['rejected']:,} not usable, {side['used']:,} overlaid",
            highlight=False,
        )
    covered = "not stated" if answer.covered_share is None else f"{answer.covered_share:.2%} of A"
    out.print(
        f"A has {facts['a_area_m2']:,} m², of which B covers {facts['overlapped_m2']:,} m². "
        f"Where B is known: {covered}. Artefacts of drawing: {facts['artefact_area_m2']} m².",
        highlight=False,
    )
    for error in answer.errors:
        out.print(f"Not measured: {error}", highlight=False)
