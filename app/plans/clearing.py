"""The clearance register: construction land inside the ecological control line, what is done about it, and how far it is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.clock import today
from app.code_tables.local_tables import current_tables, describe_table
from app.db.models import ClearanceEntry, ClearanceItem, ClearanceRun
from app.db.parameters import read_parameters
from app.db.sessions import WriteSession, read_session, write_session
from app.etags import require_match
from app.layers.repository import require_layer
from app.plans import clearance_repository as repository
from app.plans.clearance_errors import (
    ClearanceChangeRefusedError,
    ControlLineUnclearError,
    RegisterSupersededError,
)
from app.plans.clearance_repository import FoundLand
from app.plans.clearance_schemas import ClearanceChange, ClearanceRequest
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.reading import LineData, PlanData, line_version, plan_version, read_line, read_plan
from app.progress import Progress, unheard
from gis.errors import GisError, OverlayCancelledError
from gis.measurement import hectares, mu, round_half_up
from gis.overlay import measure_overlaps
from gis.plans.statuses import PlanStatus
from gis.rules import NATIONAL
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import display_rows
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass

ITEM_FIELDS = (*repository.FOUND, "still_found", *repository.KEPT)
Cancelled = Callable[[], bool]


def find_clearance(
    engine: Engine,
    request: ClearanceRequest,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Find the construction land inside the line and store it as the current register of the two layers.

    What was noted of land that was known before goes on. Land that is no longer found stays in the register until
    somebody says what became of it.

    Returns
    -------
    dict
        How much land there is, what is new and what is no longer found.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError, ControlLineUnclearError, ComparisonCancelledError
    """
    started_at, day = datetime.now(UTC), request.as_of or today()
    with read_session(engine) as session:
        parameters = read_parameters(session)
        land_layer = require_layer(session, request.land)
        line_layer = require_layer(session, _line_slug(session, request, day))
        land = read_plan(session, land_layer, plan_version(session, land_layer, day))
        line = read_line(session, line_layer, line_version(session, line_layer, day))
        named = set(land.codes.code_versions)
        tables = [describe_table(table) for table in current_tables(session) if table.name in named]
        try:
            found = _measure(land, line, sliver_thresholds(parameters, day), progress, cancelled)
        except OverlayCancelledError as error:
            raise ComparisonCancelledError from error
        except GisError as error:
            raise PlansNotComparableError(
                f"{land.layer.slug} and {line.layer.slug} cannot be laid over each other: {error}"
            ) from error
        session.expunge_all()
    if cancelled is not None and cancelled():
        raise ComparisonCancelledError
    with write_session(engine, actor=actor) as write:
        run = ClearanceRun(
            land_layer=land.layer.slug,
            line_layer=line.layer.slug,
            layers=[{"layer_id": data.layer.id, "layer_version_id": data.version.id} for data in (land, line)],
            as_of=day,
            engine_version=engine_version(),
            summary={},
            is_current=True,
            started_at=started_at,
            started_by=actor,
        )
        changes = repository.store_register(write, run, found)
        run.summary = _summary(land, line, found, changes) | {"local_code_tables": tables}
        return {"clearance_run_id": run.id, "as_of": day.isoformat(), **run.summary}


def _line_slug(session: Session, request: ClearanceRequest, day: date) -> str:
    if request.line is not None:
        return request.line
    layers = repository.control_line_layers(session, day)
    if len(layers) != 1:
        raise ControlLineUnclearError([layer.slug for layer in layers])
    return layers[0].slug


def _measure(
    land: PlanData,
    line: LineData,
    thresholds: SliverThresholds,
    progress: Progress,
    cancelled: Cancelled | None,
) -> list[FoundLand]:
    building = np.flatnonzero(land.codes.statuses == PlanStatus.CONSTRUCTION)
    if not len(building) or line.areas.empty:
        return []
    # Areas of the line that overlap each other count once.
    table = measure_overlaps(
        land.zones.iloc[building],
        line.areas.assign(group=0),
        group="group",
        with_geometry=True,
        target_source=land.source,
        constraint_source=line.source,
        thresholds=thresholds,
        progress=progress,
        cancelled=cancelled,
    )
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    failed = [row["error"] for row in rows if row["error"] is not None]
    if failed:
        raise PlansNotComparableError(f"{len(failed)} overlaps could not be computed. {failed[0]}")
    place = {feature_id: at for at, feature_id in enumerate(land.zones.index.tolist())}
    geometries = for_storage(np.array([row["geometry"] for row in rows], dtype=object))
    return [
        FoundLand(
            feature_id=row["target_id"],
            land_code=land.codes.codes[place[row["target_id"]]],
            code_version=land.codes.code_versions[place[row["target_id"]]],
            line_ids=list(row["constraint_ids"]),
            land_area_m2=float(row["target_area_m2"]),
            area_inside_m2=float(row["overlap_area_m2"]),
            share_inside=float(row["target_share"]),
            overlap_class=row["overlap_class"],
            geometry=geometry,
        )
        for row, geometry in zip(rows, geometries, strict=True)
    ]


def _summary(
    land: PlanData, line: LineData, found: Sequence[FoundLand], changes: Mapping[str, list[str]]
) -> dict[str, Any]:
    real = [each for each in found if each.overlap_class != OverlapClass.ARTEFACT]
    return {
        "land": land.layer.slug,
        "line": line.layer.slug,
        "coverage_stated": line.coverage is not None,
        "found": len(real),
        "artefacts": len(found) - len(real),
        "area_inside_m2": round(sum(each.area_inside_m2 for each in real), 2),
        **changes,
    }


def change_item(
    session: WriteSession, run_id: int, feature_id: str, change: ClearanceChange, *, if_match: str | None
) -> ClearanceItem:
    """Note what is done about a piece of land; what it was before is kept.

    Raises
    ------
    ClearanceNotFoundError, ClearanceItemNotFoundError, RegisterSupersededError, ClearanceChangeRefusedError
    PreconditionRequiredError, PreconditionFailedError
    """
    run = repository.require_run(session, run_id)
    if not run.is_current:
        current = repository.current_run(session, run.land_layer, run.line_layer)
        raise RegisterSupersededError(run_id, None if current is None else current.id)
    item = repository.find_item(session, run_id, feature_id, lock=True)
    require_match(if_match, item_etag(item))
    values = change.fields()
    progress = values.get("progress", item.progress)
    if progress != "cleared" and "progress" in values:
        values.setdefault("cleared_on", None)
    cleared_on = values.get("cleared_on", item.cleared_on)
    if (progress == "cleared") != (cleared_on is not None):
        found, expected = ("null", "the day") if progress == "cleared" else (str(cleared_on), "nothing")
        raise ClearanceChangeRefusedError(feature_id, "cleared_on", found, f"{expected} with progress {progress!r}")
    _write(session, run, item, values, change.note)
    return item


def _write(
    session: WriteSession, run: ClearanceRun, item: ClearanceItem, values: Mapping[str, Any], note: str | None
) -> None:
    changes = {
        name: {"before": _written(getattr(item, name)), "after": _written(value)}
        for name, value in values.items()
        if getattr(item, name) != value
    }
    if not changes:
        return
    for name, value in values.items():
        setattr(item, name, value)
    item.change_count += 1
    session.add(
        ClearanceEntry(
            land_layer=run.land_layer,
            line_layer=run.line_layer,
            feature_id=item.feature_id,
            action=item.progress if "progress" in changes else "noted",
            changes=changes,
            note=note,
            recorded_by=session.actor,
        )
    )
    session.flush()


def item_etag(item: ClearanceItem) -> str:
    """Return the tag of a piece of land, which changes with every note.

    Examples
    --------
    >>> item_etag(ClearanceItem(row_id=3, change_count=0))
    '"3-0"'
    """
    return f'"{item.row_id}-{item.change_count}"'


def describe_item(item: ClearanceItem) -> dict[str, Any]:
    """Return a piece of land with what is noted of it."""
    return {name: getattr(item, name) for name in ITEM_FIELDS} | {"etag": item_etag(item)}


def measure_clearance(session: Session, run: ClearanceRun, year: int) -> dict[str, Any]:
    """Tell how much construction land was inside the line at the start and at the end of a year, and what was cleared.

    Parameters
    ----------
    year : int

    Returns
    -------
    dict
        In square metres, hectares and mu; what reference systems and rounding made is left out. What was cleared is the
        difference of the numbers shown.
    """
    places = display_rows(read_parameters(session), as_of=today(), region=NATIONAL)
    items = [item for item in repository.list_items(session, run.id) if item.overlap_class != OverlapClass.ARTEFACT]
    first, last = date(year, 1, 1), date(year, 12, 31)
    start = [item for item in items if item.cleared_on is None or item.cleared_on >= first]
    end = [item for item in items if item.cleared_on is None or item.cleared_on > last]
    areas = [round_half_up(sum(item.area_inside_m2 for item in each), places[0].integer) for each in (start, end)]
    cleared = areas[0] - areas[1]
    due = sum(item.plan_year == year for item in items)
    done = [item for item in items if item.cleared_on is not None and first <= item.cleared_on <= last]
    return {
        "clearance_run_id": run.id,
        "year": year,
        "start": _units(areas[0], places) | {"count": len(start)},
        "end": _units(areas[1], places) | {"count": len(end)},
        "cleared": _units(cleared, places) | {"count": len(done)},
        "cleared_percent": None if areas[0] == 0 else float(round_half_up(cleared / areas[0] * 100, places[3].integer)),
        "planned_for_the_year": due,
        "no_longer_found_but_not_cleared": sum(not item.still_found and item.cleared_on is None for item in items),
    }


def _units(area_m2: Decimal, places: tuple[ParameterRow, ...]) -> dict[str, Any]:
    return {
        "area_m2": float(area_m2),
        "area_ha": float(round_half_up(hectares(float(area_m2)), places[1].integer)),
        "area_mu": float(round_half_up(mu(float(area_m2)), places[2].integer)),
    }


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
