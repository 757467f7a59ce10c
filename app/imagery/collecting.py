"""Collect evidence from imagery: for every contract's land, what the registered scenes show beside what the contract says."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as package_version
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy import Engine

from app.clock import today
from app.db.models import EvidenceRun, ImageryScene, LayerVersion, TableDelivery
from app.db.parameters import read_parameters
from app.db.sessions import ReadSession, read_session, write_session
from app.idle.errors import NoContractsError
from app.idle.parcel_layers import choose_parcel_layer
from app.idle.repository import StoredContract, current_delivery, read_contracts
from app.idle.service import CONTRACTS
from app.imagery import repository
from app.imagery.describing import describe_evidence
from app.imagery.errors import BuildingsUndatedError, NoScenesError, SceneRefusedError
from app.imagery.registering import require_scene
from app.imagery.repository import ParcelShapes
from app.layers.repository import find_layer, require_layer, version_in_force
from app.overlays.sources import SideRequest, needs_database, read_side
from app.progress import Progress, unheard
from gis.crs import AREA_PLANE, to_area_plane
from gis.errors import GisError
from gis.idle import LandContract, find_actual_start
from gis.idle.thresholds import IdleThresholds
from gis.imagery import (
    Bearing,
    BuiltFootprint,
    Evidence,
    ImageryThresholds,
    ReportedState,
    Scene,
    SceneKind,
    Step,
    ZonalSeries,
    compare_with_report,
    find_steps,
    measure_scenes,
    observe,
)
from gis.overlay import measure_overlaps
from gis.rules import ParameterRow, ParameterSet, region_of_parcel


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """What to collect.

    Attributes
    ----------
    as_of : date or None
        Scenes taken later are not looked at; today when left out.
    target : str or None
        Layer of parcels in which the contracts' codes are looked up (:func:`app.idle.parcel_layers.choose_parcel_layer`).
    buildings : str or None
        Outlines of buildings: a layer in force, or a file.
    buildings_taken_on : date or None
        The day that the outlines show; of a layer, by default, the day from which its version is in force.
    """

    as_of: date | None = None
    target: str | None = None
    buildings: str | None = None
    buildings_taken_on: date | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the evidence depends on, read in one transaction."""

    as_of: date
    delivery: TableDelivery
    parcel_version: LayerVersion | None
    contracts: Sequence[StoredContract]
    shapes: ParcelShapes
    scenes: Sequence[ImageryScene]
    parameters: ParameterSet


def collect_evidence(
    engine: Engine,
    request: EvidenceRequest,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Measure every registered scene over every contract's land, and store what it does to the contract's report.

    Parameters
    ----------
    request : EvidenceRequest
    actor : str
    progress : callable, optional
    cancelled : callable, optional

    Returns
    -------
    dict
        The summary. When the current evidence was made of the same inputs nothing changes: ``is_new`` is False.

    Raises
    ------
    NoContractsError, LayerNotFoundError, NotParcelsError, ParcelLayerUnsaidError, NoScenesError, SceneChangedError, SceneRefusedError, BuildingsUndatedError, OverlayRefusedError
    """
    with read_session(engine) as session:
        inputs = _read_inputs(session, request)
        digest = _digest(request, inputs)
        known = repository.find_current_run(session)
        # Outlines in a file may change without a word; they are read again.
        if known is not None and known.input_digest == digest and not _is_file(request):
            return {**known.summary, "evidence_run_id": known.id, "is_new": False}
    checked: set[str] = set()
    scenes = {row.id: require_scene(row, checked) for row in inputs.scenes}
    footprints = _measure_footprints(engine, request, inputs)
    found, rows = _compare(inputs, scenes, footprints, progress, cancelled)
    summary = _summarise(inputs, found)
    with write_session(engine, actor=actor) as write:
        run = EvidenceRun(
            as_of=inputs.as_of,
            input_digest=digest,
            parcel_version_id=None if inputs.parcel_version is None else inputs.parcel_version.id,
            delivery_id=inputs.delivery.id,
            parameter_rows=sorted(row.row_id for row in rows),
            scenes=[_cite(row) for row in inputs.scenes],
            summary=summary,
            is_current=True,
            started_by=actor,
        )
        repository.store_run(write, run, found)
        return summary | {"evidence_run_id": run.id, "is_new": True}


def _read_inputs(session: ReadSession, request: EvidenceRequest) -> Inputs:
    as_of = request.as_of or today()
    delivery = current_delivery(session, CONTRACTS)
    if delivery is None:
        raise NoContractsError
    scenes = repository.list_scenes(session, until=as_of)
    if not scenes:
        raise NoScenesError(as_of.isoformat())
    layer = find_layer(session, choose_parcel_layer(session, request.target))
    version = None if layer is None else version_in_force(session, layer.id, as_of=as_of)
    contracts = read_contracts(session, delivery.id, None if version is None else version.id)
    located = [contract.match.row_ids[0] for contract in contracts if contract.match.name == "one"]
    shapes = repository.read_parcel_shapes(session, located)
    return Inputs(as_of, delivery, version, contracts, shapes, scenes, read_parameters(session))


def _digest(request: EvidenceRequest, inputs: Inputs) -> str:
    facts = {
        "as_of": inputs.as_of.isoformat(),
        "contracts": inputs.delivery.sha256,
        "matches": [[contract.source_row, contract.match.row_ids] for contract in inputs.contracts],
        "scenes": [_cite(row) for row in inputs.scenes],
        "buildings": [request.buildings, str(request.buildings_taken_on)],
        "parameters": sorted(
            row.model_dump_json() for row in inputs.parameters if row.key.startswith(("idle.", "imagery."))
        ),
        "engine": package_version("duogui"),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _cite(row: ImageryScene) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "taken_on": row.taken_on.isoformat(),
        "sha256": row.sha256,
        "band": row.band,
        "scale": row.scale,
        "masks": [[mask["sha256"], mask["band"], list(mask["clear_values"])] for mask in row.masks],
    }


def _is_file(request: EvidenceRequest) -> bool:
    return request.buildings is not None and not needs_database(SideRequest(request.buildings))


def _measure_footprints(
    engine: Engine, request: EvidenceRequest, inputs: Inputs
) -> dict[int, tuple[BuiltFootprint, ...]]:
    """Share of each parcel under outlines of buildings, by its position; outlines that overlap count once."""
    if request.buildings is None:
        return {}
    taken_on = request.buildings_taken_on or _day_of_layer(engine, request, inputs.as_of)
    side = read_side(SideRequest(request.buildings), engine, as_of=inputs.as_of)
    parcels = gpd.GeoDataFrame(
        geometry=to_area_plane(inputs.shapes.geometries),
        index=np.arange(len(inputs.shapes.geometries)),
        crs=AREA_PLANE,
    )
    outlines = gpd.GeoDataFrame({"all": "buildings"}, geometry=side.frame.geometry, index=side.frame.index)
    overlaps = measure_overlaps(parcels, outlines, group="all")
    failed = overlaps[overlaps["error"].notna()]
    if len(failed):
        raise SceneRefusedError(f"{request.buildings}: {failed['error'].iloc[0]}")
    built = dict(zip(overlaps["target_id"], overlaps["target_share"], strict=True))
    return {
        position: (BuiltFootprint(float(built.get(position, 0.0)), taken_on, side.name),)
        for position in range(len(parcels))
    }


def _day_of_layer(engine: Engine, request: EvidenceRequest, as_of: date) -> date:
    name = str(request.buildings)
    if _is_file(request):
        raise BuildingsUndatedError(name)
    with read_session(engine) as session:
        version = version_in_force(session, require_layer(session, name).id, as_of=as_of)
        if version is None or version.valid_from is None:
            raise BuildingsUndatedError(name)
        return version.valid_from


def _compare(
    inputs: Inputs,
    scenes: Mapping[int, Scene],
    footprints: dict[int, tuple[BuiltFootprint, ...]],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> tuple[list[dict[str, Any]], set[ParameterRow]]:
    """Compare contract by contract; the numbers are those of the land's county."""
    used: set[ParameterRow] = set()
    scene_ids = {scene: scene_id for scene_id, scene in scenes.items()}
    limits = _Limits(inputs)
    measured: dict[ImageryThresholds, tuple[ZonalSeries, list[Step | None]]] = {}
    found = []
    for contract in inputs.contracts:
        if contract.match.name != "one":
            found.append(describe_evidence(contract, None, [], scene_ids))
            continue
        imagery, idle = limits.of(contract)
        if imagery not in measured:
            series = _measure(inputs.shapes, list(scenes.values()), imagery.vegetated_index_min, progress, cancelled)
            measured[imagery] = series, _find_falls(series, imagery)
        series, steps = measured[imagery]
        position = inputs.shapes.positions[contract.match.row_ids[0]]
        seen = Evidence(tuple(observe(series, position, imagery)), footprints.get(position, ()), steps[position])
        reported = _report_of(contract.terms, float(inputs.shapes.areas_m2[position]), inputs.as_of, idle)
        claims = compare_with_report(seen, reported, imagery)
        found.append(describe_evidence(contract, seen, claims, scene_ids))
        used.update(imagery.rows)
    return found, used


class _Limits:
    """The numbers in force in each county, looked up once."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._found: dict[str, tuple[ImageryThresholds, IdleThresholds]] = {}

    def of(self, contract: StoredContract) -> tuple[ImageryThresholds, IdleThresholds]:
        region = region_of_parcel(contract.terms.parcel_code)
        if region not in self._found:
            parameters, as_of = self._inputs.parameters, self._inputs.as_of
            self._found[region] = (
                ImageryThresholds.in_force(parameters, as_of=as_of, region=region),
                IdleThresholds.in_force(parameters, as_of=as_of, region=region),
            )
        return self._found[region]


def _measure(
    shapes: ParcelShapes,
    scenes: Sequence[Scene],
    threshold: float,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> ZonalSeries:
    try:
        return measure_scenes(shapes.geometries, scenes, threshold=threshold, progress=progress, cancelled=cancelled)
    except GisError as error:
        if cancelled():
            raise
        raise SceneRefusedError(str(error)) from error


def _find_falls(series: ZonalSeries, limits: ImageryThresholds) -> list[Step | None]:
    """Find the step of every parcel's vegetation index over the years."""
    columns = [place for place, scene in enumerate(series.scenes) if scene.kind is SceneKind.VEGETATION_INDEX]
    days = np.array([series.scenes[place].taken_on for place in columns], dtype="datetime64[D]")
    usable = (series.valid_share[:, columns] >= limits.valid_share_min) & (
        series.pixels[:, columns] >= limits.pixels_min
    )
    steps = find_steps(
        days,
        series.mean[:, columns],
        usable,
        count_min=limits.change_dates_min,
        statistic_min=limits.change_statistic_min,
    )
    return [
        None if place < 0 else Step(series.scenes[columns[place]].taken_on, float(size))
        for place, size in zip(steps.position, steps.size, strict=True)
    ]


def _report_of(terms: LandContract, area_m2: float, as_of: date, limits: IdleThresholds) -> ReportedState:
    """Read what a contract says of the work: its start by permit and milestone (Order 53 art. 30), and how much is under development."""
    start = find_actual_start(terms, as_of=as_of, foundation_share=limits.foundation_share)
    developed = terms.developed_area_m2
    return ReportedState(
        as_of=as_of,
        started_on=(start.day or terms.permit_date) if start.has_started else None,
        is_reported_unstarted=start.has_started is False,
        developed_share=None if developed is None or area_m2 <= 0 else float(developed) / area_m2,
    )


def _summarise(inputs: Inputs, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    bearings = Counter(each["bearing"] for each in found)
    matches = Counter(contract.match.name for contract in inputs.contracts)
    return {
        "as_of": inputs.as_of.isoformat(),
        "contract_count": len(inputs.contracts),
        "scene_count": len(inputs.scenes),
        "bearings": {name: bearings[name] for name in (*Bearing, "nothing_reported")},
        "parcel_matches": {name: matches[name] for name in ("one", "none", "many")},
    }
