"""``duogui layers diff|coverage|rejected|faults``: what a delivery changed, where it is known, what was wrong with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pyogrio
import typer
from sqlalchemy.orm import Session

from app.cli.console import ExitCode, fail, out, print_json, print_table, say
from app.cli.database import local_actor, open_engine
from app.cli.options import Json, Slug, Version
from app.db.models import LayerVersion
from app.db.sessions import read_session, write_session
from app.layers import repository
from app.layers.delivery import read_coverage
from app.layers.differences import TOLERANCE_M, FeatureChange, count_changes, iter_changes
from app.layers.editing import derive_coverage, set_coverage
from app.layers.faults import iter_faults, read_report
from app.layers.rejected import list_rejected, write_rejected
from app.settings import get_settings
from gis.cgcs2000 import STORAGE_CRS
from gis.validation import write_fault_layer

# What is printed for a person; a file has everything.
_SHOWN = 50


def diff(
    slug: Slug,
    older: int,
    newer: int,
    tolerance_m: Annotated[
        float, typer.Option(min=0, help="A boundary that moved by no more than this has not changed.")
    ] = TOLERANCE_M,
    output: Annotated[
        Path | None, typer.Option(help="Write the features that differ: .gpkg, .geojson, .fgb or .csv.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """List what changed from one version to another: added, removed, geometry, attributes."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        changes = list(iter_changes(session, slug, older, newer, tolerance_m=tolerance_m))
        counts = count_changes(session, slug, older, newer, iter(changes), tolerance_m=tolerance_m).as_json()
    if output is not None:
        _write_changes(changes, output)
    if json:
        print_json(counts | {"features": [change.as_json() for change in changes]})
        return
    print_table(f"{slug}: version {older} to {newer}", tuple(counts)[4:], [tuple(counts.values())[4:]])
    rows = [
        (
            one.feature_id,
            one.change.value,
            ", ".join(one.attributes),
            one.moved_m,
            one.area_before_m2,
            one.area_after_m2,
        )
        for one in changes[:_SHOWN]
    ]
    if rows:
        columns = ("feature_id", "change", "attributes", "moved_m", "area_before_m2", "area_after_m2")
        print_table("Features", columns, rows)
    if len(changes) > _SHOWN:
        say(f"{len(changes) - _SHOWN:,} more; --output FILE writes all.")


def _write_changes(changes: Sequence[FeatureChange], path: Path) -> None:
    rows = [change.as_json() | {"attributes": ", ".join(change.attributes)} for change in changes]
    names = ("feature_id", "change", "attributes", "moved_m", "area_before_m2", "area_after_m2")
    columns = {name: [row[name] for row in rows] for name in names}
    frame = gpd.GeoDataFrame(columns, geometry=[change.geometry for change in changes], crs=STORAGE_CRS)
    frame = frame.astype(dict.fromkeys(names[3:], "float64"))
    path.unlink(missing_ok=True)
    if path.suffix.lower() == ".csv":
        frame.drop(columns="geometry").to_csv(path, index=False, encoding="utf-8-sig")
    else:
        pyogrio.write_dataframe(frame, path, layer=path.stem)
    say(f"Written: {path} ({len(rows):,} features)")


def coverage(
    slug: Slug,
    version: Annotated[
        int | None, typer.Option("--version", help="Number of the version; default: in force, else newest.")
    ] = None,
    given: Annotated[Path | None, typer.Option("--set", metavar="FILE", help="Polygons where it is known.")] = None,
    *,
    derive: Annotated[bool, typer.Option("--derive", help="It is known where its features are.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Nothing is said of where it is known.")] = False,
    json: Json = False,
) -> None:
    """State where a version of a layer is known; what was stated before is kept."""
    if sum((given is not None, derive, clear)) != 1:
        fail("Say one of --set FILE, --derive and --clear.", ExitCode.USAGE)
    polygons = None if given is None else read_coverage(given)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        changed = derive_coverage(session, slug, version) if derive else set_coverage(session, slug, version, polygons)
        facts = {"layer": slug, "version": changed.number, "coverage_revision": changed.coverage_revision}
    if json:
        print_json(facts)
    else:
        out.print(f"Coverage of {slug} version {facts['version']} was changed.", highlight=False)


def rejected(
    slug: Slug,
    version: Version = None,
    output: Annotated[Path | None, typer.Option(help="Write them whole, to be corrected: .gpkg or .geojson.")] = None,
    *,
    json: Json = False,
) -> None:
    """List the features that an import refused; corrected ones come back by `duogui import FILE --to SLUG --into-draft N`."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = _find_version(session, slug, version)
        refused, crs = list_rejected(session, found), found.source_crs
    if output is not None:
        write_rejected(refused, crs, output)
        say(f"Written: {output} ({len(refused):,} features, {crs})")
    if json:
        print_json([one.as_json() for one in refused])
        return
    rows = [(one.source_row, one.source_id, one.reason) for one in refused[:_SHOWN]]
    print_table(f"{slug} version {found.number}: {len(refused):,} refused", ("row", "feature", "reason"), rows)


def faults(
    slug: Slug,
    version: Version = None,
    output: Annotated[
        Path | None, typer.Option(help="Write them with their places: .gpkg, .geojson, .parquet, .csv or .xlsx.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show what the validation of a delivery found."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        layer = repository.require_layer(session, slug)
        found = _find_version(session, slug, version)
        report = read_report(session, layer, found).as_json()
        kept = list(iter_faults(session, found))
    if output is not None:
        write_fault_layer(kept, output)
        say(f"Written: {output} ({len(kept):,} faults)")
    if json:
        print_json(report | {"listed": [fault.as_json() for fault in kept]})
        return
    rows = [
        (tally["severity"], tally["title_zh"], tally["title_en"], tally["count"], tally["examples"][0]["text_zh"])
        for tally in report["faults"]
    ]
    print_table(f"{slug} version {found.number}", ("severity", "问题", "fault", "count", "for example"), rows)


def _find_version(session: Session, slug: str, number: int | None) -> LayerVersion:
    layer = repository.require_layer(session, slug)
    wanted = repository.newest_number(session, layer.id) if number is None else number
    return repository.require_version(session, layer, wanted)
