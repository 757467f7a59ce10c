"""``duogui export``."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import ExitCode, fail, out, print_json, progress_bar
from app.cli.database import open_engine
from app.cli.options import AsOf, Json, parse_date
from app.clock import today
from app.collections.boxes import parse_bbox
from app.collections.catalog import find_collection
from app.collections.periods import Period
from app.db.sessions import read_session
from app.exports.naming import Language
from app.exports.service import ExportRequest, ExportResult, export_collection, read_filters
from app.ogc.tile_archives import DEFAULT_MAX_ZOOM, archive_tiles
from app.settings import get_settings
from gis.formats.writing import FORMATS, format_of_driver, format_of_path

PMTILES = ".pmtiles"


def export(
    collection: Annotated[
        str,
        typer.Argument(
            help="Slug of a layer, or findings, idle_cases, land_findings, plan_patches, plan_cells, plan_faults, clearance_items, overlay_pairs."
        ),
    ],
    file: Annotated[Path, typer.Argument(help="File to write; its ending names the format.")],
    format_: Annotated[
        str | None, typer.Option("--format", help=f"Format where the ending names none: {', '.join(FORMATS)}.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="On CGCS2000 or WGS 84, e.g. EPSG:4526; degrees when left out.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a shapefile, CSV or TXT: UTF-8 or GBK.")] = None,
    bbox: Annotated[str | None, typer.Option(metavar="W,S,E,N", help="Only what meets this box, in degrees.")] = None,
    as_of: AsOf = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only features of this value; all must hold.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of the names of fields and of listed values; as in the API when left out.")
    ] = None,
    max_zoom: Annotated[int, typer.Option(help="Of tiles: the largest zoom in a .pmtiles file.")] = DEFAULT_MAX_ZOOM,
    *,
    personal: Annotated[
        bool, typer.Option("--personal", help="Also what names holders and enterprises, as with a key.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: Json = False,
) -> None:
    """Export a layer or results as GeoPackage, Shapefile, GeoJSON, FlatGeobuf, GeoParquet, TXT, XLSX, CSV or PMTiles."""
    if file.exists() and not overwrite:
        fail(f"{file} exists; --overwrite replaces it.", ExitCode.REFUSED)
    period = Period.of_day(parse_date(as_of) or today())
    if format_ is None and file.suffix.lower() == PMTILES:
        if any((crs, encoding, bbox, where, language, personal)):
            fail("Tiles are written whole and in Web Mercator: leave the other options out.", ExitCode.USAGE)
        _export_tiles(collection, file, period, max_zoom, json=json)
        return
    chosen = format_of_path(file) if format_ is None else format_of_driver(format_)
    settings = get_settings()
    pairs = [_split(condition) for condition in where or []]
    with (
        open_engine(settings) as engine,
        read_session(engine) as session,
        progress_bar(collection) as progress,
    ):
        found = find_collection(session, collection, period)
        request = ExportRequest(
            collection=found,
            format=chosen,
            crs=crs,
            encoding=encoding,
            boxes=() if bbox is None else parse_bbox(bbox),
            filters=read_filters(found, pairs, has_key=personal),
            has_key=personal,
            language=language,
        )
        result = export_collection(session, request, file, srid=settings.storage_srid, progress=progress)
    if json:
        print_json({"file": str(file), **result.as_json()})
    else:
        print_export(result, file)


def _export_tiles(collection: str, file: Path, period: Period, max_zoom: int, *, json: bool) -> None:
    settings = get_settings()
    with (
        open_engine(settings) as engine,
        read_session(engine) as session,
        progress_bar(collection) as progress,
    ):
        found = find_collection(session, collection, period)
        written = archive_tiles(session, found, file, srid=settings.storage_srid, max_zoom=max_zoom, progress=progress)
    if json:
        print_json({"file": str(file), "collection": found.id, "tiles": written.tiles, "bytes": written.bytes_of_tiles})
    else:
        out.print(f"{written.tiles:,} tiles of {found.id} written to {file}.", highlight=False, markup=False)


def _split(condition: str) -> tuple[str, str]:
    name, separator, value = condition.partition("=")
    if not separator or not name:
        fail(f"--where {condition!r}: expected NAME=VALUE, for example --where verdict=DENY.", ExitCode.USAGE)
    return name, value


def print_export(result: ExportResult, file: Path) -> None:
    """Print what was written, and where that is not all."""
    report = result.report
    lines = [f"{report.count:,} features of {result.collection_id} written to {file} ({report.driver}, {report.crs})."]
    if report.without_geometry:
        lines.append(f"{report.without_geometry:,} of them without geometry.")
    if report.left_out:
        lines.append(f"{report.left_out:,} features left out, because the format holds none without geometry.")
    lines += [f"Field {name} is called {short}." for name, short in report.renamed.items()]
    lines += [f"{count:,} values of {name} were cut." for name, count in report.truncated.items()]
    lines += [
        f"{count:,} values of {name} have characters that {report.encoding} lacks; they became “?”."
        for name, count in report.replaced.items()
    ]
    if report.omitted_fields:
        lines.append(f"The format has no place for {', '.join(report.omitted_fields)}.")
    if result.withheld:
        lines.append(f"Left out without --personal: {', '.join(result.withheld)}.")
    for line in lines:
        out.print(line, highlight=False, markup=False)
