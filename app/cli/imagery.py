"""``duogui imagery``: register rasters, and collect what they show of land under contract."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, ParcelLayer, parse_date
from app.db.sessions import read_session, write_session
from app.imagery import repository
from app.imagery.collecting import EvidenceRequest, collect_evidence
from app.imagery.describing import describe_row, describe_run, describe_scene
from app.imagery.errors import NoEvidenceError
from app.imagery.registering import register_raster, remove_scene
from app.settings import get_settings
from gis.imagery import Mask, SceneKind

app = typer.Typer(help="See from imagery what was built on land under contract.", no_args_is_help=True)


@app.command("add")
def add_command(
    file: Annotated[list[Path], typer.Argument(help="GeoTIFF, also cloud-optimised.", exists=True, dir_okay=False)],
    kind: Annotated[SceneKind, typer.Option(help="What the values are.")] = SceneKind.VEGETATION_INDEX,
    taken_on: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM-DD", help="Day of the raster, once for each band; else the raster says it."),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE=VALUES",
            help="Mask, and the values in it that show the ground: cloud.tif=0, valid.tif=1, scl.tif=4,5,6,7.",
        ),
    ] = None,
    scale: Annotated[float | None, typer.Option(help="Factor to the stored values, such as 0.0001.")] = None,
    *,
    json: Json = False,
) -> None:
    """Register rasters as scenes, one for each band; they stay where they are and must stay as they are."""
    days = None if not taken_on else [day for text in taken_on if (day := parse_date(text)) is not None]
    masks = [_parse_mask(text) for text in mask or ()]
    with open_engine(get_settings()) as engine:
        reports = [
            register_raster(engine, path, kind=kind, taken_on=days, masks=masks, scale=scale, actor=local_actor())
            for path in file
        ]
    if json:
        print_json(reports)
        return
    for report in reports:
        shown = ", ".join(f"{scene['id']} ({scene['taken_on']})" for scene in report["scenes"][:8])
        more = "" if len(report["scenes"]) <= 8 else " …"
        known = f", {report['already_registered']} registered already" if report["already_registered"] else ""
        out.print(
            f"{report['file']}: {len(report['scenes'])} new scene(s) of {report['resolution_m']} m{known}. {shown}{more}",
            highlight=False,
            markup=False,
        )


def _parse_mask(text: str) -> Mask:
    """Read ``FILE=VALUES``.

    Raises
    ------
    typer.BadParameter
    """
    name, separator, values = text.rpartition("=")
    try:
        clear = tuple(int(value) for value in values.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: write FILE=VALUES with whole numbers, such as cloud.tif=0") from error
    if not separator or not Path(name).is_file():
        raise typer.BadParameter(f"{text!r}: there is no file {name!r}; write FILE=VALUES, such as cloud.tif=0")
    return Mask(Path(name), clear_values=clear)


@app.command("list")
def list_command(*, json: Json = False) -> None:
    """List the registered scenes, the oldest first."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        scenes = [describe_scene(row) for row in repository.list_scenes(session)]
    if json:
        print_json(scenes)
        return
    print_table(
        "Scenes 影像",
        ("scene", "day", "kind", "raster", "band", "metres", "masks"),
        [
            (
                each["id"],
                each["taken_on"],
                each["kind"],
                each["source"],
                each["band"],
                each["resolution_m"],
                ", ".join(mask["source"] for mask in each["masks"]),
            )
            for each in scenes
        ],
    )


@app.command("remove")
def remove_command(scene: Annotated[int, typer.Argument(help="Number of the scene.")]) -> None:
    """Take a scene off the list; the raster stays, and so does evidence that was collected."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        remove_scene(session, scene)
    out.print(f"Scene {scene} is no longer registered.", highlight=False)


@app.command("evidence")
def evidence_command(
    as_of: AsOf = None,
    target: ParcelLayer = None,
    buildings: Annotated[
        str | None, typer.Option(help="Outlines of buildings: slug of a layer in force, or a file.")
    ] = None,
    buildings_taken_on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Day of the outlines; needed for a file.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Measure all scenes over the land of all contracts and lay them beside what the contracts say."""
    request = EvidenceRequest(parse_date(as_of), target, buildings, parse_date(buildings_taken_on))
    with open_engine(get_settings()) as engine, progress_bar("Measuring rasters") as progress:
        summary = collect_evidence(engine, request, actor=local_actor(), progress=progress)
    if json:
        print_json(summary)
    else:
        print_summary(summary)


def print_summary(summary: dict[str, Any]) -> None:
    """Print what a run found."""
    title = f"{summary['scene_count']:,} scenes over the land of {summary['contract_count']:,} contracts as of {summary['as_of']} 影像举证"
    if not summary["is_new"]:
        title += " (nothing has changed since the last time)"
    print_table(title, ("evidence", "contracts"), list(summary["bearings"].items()))


@app.command("show")
def show_command(
    contract_no: Annotated[str | None, typer.Argument(help="A contract; all that contradict when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Show the evidence about one contract's land, or everything that contradicts a report."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        run = repository.find_current_run(session)
        if run is None:
            raise NoEvidenceError(contract_no)
        if contract_no is None:
            rows = repository.list_evidence(session, run.id, bearing="contradicts", after=0, limit=None)
            answer: dict[str, Any] = {
                "run": describe_run(run),
                "evidence": [describe_row(row, with_observations=False) for row in rows],
            }
        else:
            row = repository.find_evidence(session, run.id, contract_no)
            if row is None:
                raise NoEvidenceError(contract_no)
            answer = {"run": describe_run(run), **describe_row(row, with_observations=True)}
    if json:
        print_json(answer)
    elif contract_no is None:
        rows_shown = [(each["contract_no"], each["reason_zh"]) for each in answer["evidence"]]
        print_table("Contradicted by imagery 影像与申报不符", ("contract", "reason"), rows_shown)
    else:
        _print_one(answer)


def _print_one(answer: dict[str, Any]) -> None:
    for language in ("zh", "en"):
        out.print(answer[f"reason_{language}"], highlight=False, markup=False)
    print_table(
        "Scenes 影像",
        ("day", "kind", "seen", "mean", "vegetated", "reading", "raster"),
        [
            (
                each["taken_on"],
                each["kind"],
                each["valid_share"],
                each["mean"],
                each["vegetated_share"],
                each["reading"] if each["silence"] is None else f"{each['reading']}: {each['silence']}",
                f"{each['source']} {each['resolution_m']} m",
            )
            for each in answer["observations"]
        ],
    )
    for outline in answer["footprints"]:
        out.print(f"Buildings on {outline['taken_on']}: {outline['share']:.1%} ({outline['source']})", highlight=False)
    if answer["step"] is not None:
        out.print(
            f"Vegetation changed by {answer['step']['size']:+.2f} from {answer['step']['seen_on']}", highlight=False
        )
