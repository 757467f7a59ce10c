"""Search for faults of plans and lines, and store them as a layer: all of a search or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.clock import today
from app.db.models import Layer, LayerVersion, PlanFaultRun
from app.db.parameters import read_parameters
from app.db.sessions import read_session, write_session
from app.layers.repository import require_layer
from app.plans import fault_repository, repository
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.fault_repository import StoredFault
from app.plans.fault_schemas import FaultSearch, LevelsRequest, LinesRequest, NeighboursRequest, TopologyRequest
from app.plans.reading import line_version, plan_version, read_line, read_plan
from app.plans.topology_reading import TopologyInput, read_topology_input
from app.progress import Progress, unheard
from gis.area_plane import from_area_plane
from gis.errors import GisError, OverlayCancelledError
from gis.plans.neighbours import NeighbourUse, find_industry_beside_housing, neighbour_uses
from gis.plans.plan_faults import (
    CROSSING_KINDS,
    FAULT_NAMES,
    PlanFault,
    find_level_faults,
    find_line_crossings,
)
from gis.rules import NATIONAL, ParameterSet
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import describe_area, display_rows
from gis.topology_tiers import find_faults_of_all_widths

STEPS = 100
POLYGONAL = 2
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Found:
    """The faults of one search, and what it looked into."""

    kind: str
    layers: Sequence[tuple[Layer, LayerVersion]]
    settings: Mapping[str, Any]
    faults: list[StoredFault]

    @property
    def layer_set(self) -> str:
        return "+".join(layer.slug for layer, _ in self.layers)


def search_faults(
    engine: Engine,
    search: FaultSearch,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Search for faults, store them and make them the current ones of these layers.

    Returns
    -------
    dict
        How many faults of each kind there are, and how large they are together.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError, ComparisonCancelledError
    """
    started_at = datetime.now(UTC)
    with read_session(engine) as session:
        parameters = read_parameters(session)
        request = search.topology or search.lines or search.levels or search.neighbours
        day = today() if request is None or request.as_of is None else request.as_of
        places = display_rows(parameters, as_of=day, region=NATIONAL)
        try:
            found = _search(session, search, day, parameters, places, progress, cancelled)
        except OverlayCancelledError as error:
            raise ComparisonCancelledError from error
        except GisError as error:
            raise PlansNotComparableError(f"The faults cannot be searched for: {error}") from error
        session.expunge_all()
    if cancelled is not None and cancelled():
        raise ComparisonCancelledError
    summary = _summary(found, day)
    with write_session(engine, actor=actor) as write:
        run = PlanFaultRun(
            kind=found.kind,
            layer_set=found.layer_set,
            layers=[{"layer_id": layer.id, "layer_version_id": version.id} for layer, version in found.layers],
            settings=dict(found.settings),
            as_of=day,
            engine_version=engine_version(),
            summary=summary,
            is_current=True,
            started_at=started_at,
            started_by=actor,
        )
        fault_repository.store_faults(write, run, found.faults)
        result = summary | {"plan_fault_run_id": run.id}
    progress(STEPS, STEPS)
    return result


def _search(
    session: Session,
    search: FaultSearch,
    day: date,
    parameters: ParameterSet,
    places: tuple[ParameterRow, ...],
    progress: Progress,
    cancelled: Cancelled | None,
) -> _Found:
    if search.topology is not None:
        data = read_topology_input(session, search.topology, day, parameters)
        return _topology(search.topology, data, places, progress, cancelled)
    if search.lines is not None:
        return _lines(session, search.lines, day, parameters, places)
    if search.levels is not None:
        return _levels(session, search.levels, day, parameters, places)
    if search.neighbours is None:
        raise PlansNotComparableError("Name what to search for: topology, lines, levels or neighbours.")
    return _neighbours(session, search.neighbours, day, places)


def _topology(
    request: TopologyRequest,
    data: TopologyInput,
    places: tuple[ParameterRow, ...],
    progress: Progress,
    cancelled: Cancelled | None,
) -> _Found:
    found = find_faults_of_all_widths(
        data.polygons,
        tolerances=data.tolerances,
        scope=data.scope,
        levels=data.levels,
        valid_from=data.valid_from,
        valid_to=data.valid_to,
        progress=progress,
        cancelled=cancelled,
    )
    slug = data.layer.slug
    rows: list[dict[str, Any]] = found.to_dict("records")  # type: ignore[assignment]
    faults = [
        _stored(
            kind=row["kind"],
            layers=[slug] * len(row["ids"]),
            ids=[data.feature_ids[identifier] for identifier in row["ids"]],
            overlap_class=None,
            measures=(row["area_m2"], row["width_m"], row["max_width_m"]),
            error=row["error"],
            geometry=row["geometry"],
            places=places,
        )
        for row in rows
    ]
    return _Found("topology", data.sources, request.model_dump(mode="json") | data.settings, faults)


def _lines(
    session: Session, request: LinesRequest, day: date, parameters: ParameterSet, places: tuple[ParameterRow, ...]
) -> _Found:
    layers = (
        [layer for layer in repository.line_layers(session, day) if layer.control_kind in CROSSING_KINDS]
        if request.lines is None
        else [require_layer(session, slug) for slug in dict.fromkeys(request.lines)]
    )
    lines = [read_line(session, layer, line_version(session, layer, day)) for layer in layers]
    if len(lines) < 2:
        raise PlansNotComparableError(
            f"Two layers of control lines are needed at least; found {', '.join(line.layer.slug for line in lines) or 'none'}.",
            field="lines",
        )
    found = find_line_crossings(
        {line.layer.slug: line.areas for line in lines},
        sources={line.layer.slug: line.source for line in lines},
        thresholds=sliver_thresholds(parameters, day),
    )
    return _Found("lines", [(line.layer, line.version) for line in lines], {}, _named(found, places))


def _levels(
    session: Session, request: LevelsRequest, day: date, parameters: ParameterSet, places: tuple[ParameterRow, ...]
) -> _Found:
    named = [require_layer(session, slug) for slug in (request.lower, request.upper)]
    plans = [read_plan(session, layer, plan_version(session, layer, day)) for layer in named]
    lower, upper = ((plan.layer.slug, plan.zones, plan.codes.statuses) for plan in plans)
    found = find_level_faults(
        lower,
        upper,
        sources=(plans[0].source, plans[1].source),
        thresholds=sliver_thresholds(parameters, day),
    )
    return _Found("levels", [(plan.layer, plan.version) for plan in plans], {}, _named(found, places))


def _neighbours(session: Session, request: NeighboursRequest, day: date, places: tuple[ParameterRow, ...]) -> _Found:
    layers = [require_layer(session, slug) for slug in dict.fromkeys(request.plans)]
    plans = [read_plan(session, layer, plan_version(session, layer, day)) for layer in layers]
    uses = {plan.layer.slug: neighbour_uses(plan.codes) for plan in plans}
    silent = [slug for slug, each in uses.items() if (each == NeighbourUse.NOT_TOLD).all()]
    if silent:
        raise PlansNotComparableError(
            f"No code of {', '.join(silent)} tells class 3 industry from other land: codes of GB 50137-2011 or GUIDE-2023 do.",
            field="plans",
        )
    found = find_industry_beside_housing(
        {plan.layer.slug: (plan.zones, uses[plan.layer.slug]) for plan in plans}, within_m=request.within_m
    )
    # How many zones were asked about, and of how many their codes do not tell: none found there is no answer.
    zones = {
        slug: {use.name.lower(): int((each == use).sum()) for use in NeighbourUse if use is not NeighbourUse.OTHER}
        for slug, each in uses.items()
    }
    settings = {"within_m": request.within_m, "zones": zones}
    return _Found("neighbours", [(plan.layer, plan.version) for plan in plans], settings, _named(found, places))


def _named(found: Sequence[PlanFault], places: tuple[ParameterRow, ...]) -> list[StoredFault]:
    return [
        _stored(
            kind=fault.kind,
            layers=[slug for slug, ids in zip(fault.layers, fault.ids, strict=True) for _ in ids],
            ids=[str(feature_id) for ids in fault.ids for feature_id in ids],
            overlap_class=fault.overlap_class,
            measures=(fault.area_m2, fault.width_m, None),
            error=fault.error,
            geometry=fault.geometry,
            places=places,
            apart_m=fault.apart_m,
        )
        for fault in found
    ]


def _stored(
    *,
    kind: str,
    layers: Sequence[str],
    ids: Sequence[str],
    overlap_class: str | None,
    measures: tuple[float | None, float | None, float | None],
    error: str | None,
    geometry: shapely.Geometry | None,
    places: tuple[ParameterRow, ...],
    apart_m: float | None = None,
) -> StoredFault:
    area, width, widest = (None if value is None or np.isnan(value) else float(value) for value in measures)
    name = FAULT_NAMES[kind]
    said = "、".join(f"{layer}/{feature}" for layer, feature in zip(layers, ids, strict=True))
    zh, en = f"{name.zh}：{said}", f"{name.en[0].upper()}{name.en[1:]}: {said.replace('、', ', ')}"
    if area is not None:
        size = describe_area(area, places)
        zh, en = f"{zh}；面积 {size.zh}", f"{en}; area {size.en}"
    if (shown := widest if widest is not None else width) is not None:
        zh, en = f"{zh}；宽 {shown:.3f} 米", f"{en}; {shown:.3f} m wide"
    if apart_m is not None:
        zh, en = f"{zh}；相距 {apart_m:.3f} 米", f"{en}; {apart_m:.3f} m apart"
    zh, en = (f"{zh}。", f"{en}.") if error is None else (f"{zh}；{error}", f"{en}; {error}")
    return StoredFault(
        fault_kind=str(kind),
        layers=list(layers),
        feature_ids=list(ids),
        overlap_class=overlap_class,
        area_m2=area,
        width_m=width,
        max_width_m=widest,
        text_zh=zh,
        text_en=en,
        error=error,
        geometry=_degrees(geometry),
    )


def _degrees(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    """Take a place back to degrees; a hair of a polygon that breaks on the way is kept as what is left of it."""
    if geometry is None:
        return None
    array = np.array([geometry], dtype=object)
    areal = shapely.get_dimensions(geometry) == POLYGONAL
    result: shapely.Geometry = (for_storage(array) if areal else from_area_plane(array))[0]
    return result


def _summary(found: _Found, day: date) -> dict[str, Any]:
    kinds = dict.fromkeys(fault.fault_kind for fault in found.faults)
    return {
        "kind": found.kind,
        "as_of": day.isoformat(),
        "layers": [layer.slug for layer, _ in found.layers],
        "settings": dict(found.settings),
        "faults": [_of_kind(kind, [fault for fault in found.faults if fault.fault_kind == kind]) for kind in kinds],
    }


def _of_kind(kind: str, faults: Sequence[StoredFault]) -> dict[str, Any]:
    name = FAULT_NAMES[kind]
    classes: Iterator[str] = (fault.overlap_class for fault in faults if fault.overlap_class is not None)
    counts: dict[str, int] = {}
    for each in classes:
        counts[each] = counts.get(each, 0) + 1
    return {
        "fault_kind": kind,
        "name_zh": name.zh,
        "name_en": name.en,
        "count": len(faults),
        "classes": counts,
        "area_m2": round(sum(fault.area_m2 or 0.0 for fault in faults), 2),
        "max_width_m": max((fault.max_width_m or fault.width_m or 0.0 for fault in faults), default=0.0),
    }
