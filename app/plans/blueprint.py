"""The one blueprint (一张蓝图): a draft version of a layer like any other, drawn from a comparison and its applied resolutions."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.checks.service import engine_version
from app.clock import today
from app.db.models import Layer, LayerKind, LayerVersion, PlanPatch, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session, write_session
from app.layers import repository as layers
from app.layers.kinds import KINDS
from app.layers.preparing import PreparedFeatures
from app.layers.report import ImportReport
from app.layers.staging import copy_features
from app.plans import repository
from app.plans.blueprint_layers import require_layer_for_blueprint
from app.plans.errors import BlueprintRefusedError, PlansNotComparableError
from app.plans.inputs import compared_slugs, is_up_to_date
from app.plans.opening import OpenComparison, open_comparison
from app.plans.states import read_cells
from app.progress import Progress, unheard
from gis.area_plane import from_area_plane, to_area_plane
from gis.arrays import GeometryArray, IntArray
from gis.errors import GisError
from gis.measurement import planar_area_m2
from gis.plans.blueprint import BlueprintZones, CellDecision, Resolution, draw_blueprint
from gis.polygonal import polygonal_part, simple_parts
from gis.slivers import OverlapClass

SLUG_OF_BLUEPRINT = "blueprint"
_TITLES = ("一张蓝图", "One blueprint")
_APPLIED = "applied"
_STEPS = 4


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the register says of the patches of a comparison, by their numbers."""

    resolutions: dict[int, Resolution]
    artefacts: list[int]

    def as_json(self) -> list[list[Any]]:
        return [[number, each.plan, each.code, each.code_version] for number, each in sorted(self.resolutions.items())]


def make_blueprint(
    engine: Engine,
    *,
    plans: Sequence[str],
    to: str = SLUG_OF_BLUEPRINT,
    valid_from: date | None = None,
    complete: bool = False,
    actor: str,
    progress: Progress = unheard,
) -> dict[str, Any]:
    """Draw the blueprint of the latest comparison of some plans as a draft version of a layer.

    Where plans agree, the first one named in the comparison is the source; where they differ, the applied resolution. What is not resolved is a zone
    without a code whose decision is ``undecided``.

    Parameters
    ----------
    to : str
        Slug of the layer, which is made if there is none.
    valid_from : date, optional
        From when the version shall hold; today when left out.
    complete : bool
        Refuse a blueprint in which something is undecided.

    Returns
    -------
    dict
        Of the same comparison and resolutions the same version is returned: ``is_new`` is False.

    Raises
    ------
    PlansNotComparableError, BlueprintRefusedError
    """
    plan_set = "+".join(sorted(dict.fromkeys(plans)))
    with read_session(engine) as session:
        row = repository.find_current(session, plan_set)
        if row is None:
            raise PlansNotComparableError.no_comparison(plan_set)
        require_layer_for_blueprint(session, row, to)
        if not is_up_to_date(session, row):
            raise BlueprintRefusedError(
                f"Layers of comparison {row.id} have other versions now, or were edited: what was decided may be of other ground. "
                f"Compare again first: duogui plans compare {' '.join(compared_slugs(session, row.plans))} --as-of {row.as_of}.",
                plan_comparison_id=row.id,
            )
        opened = open_comparison(session, row)
        progress(1, _STEPS)
        decided = _read_decisions(session, opened)
        try:
            zones = _draw(session, opened, decided)
        except (GisError, ValueError) as error:
            raise BlueprintRefusedError(f"The blueprint cannot be drawn: {error}") from error
    progress(2, _STEPS)
    _require_complete(zones, complete)
    result = _store(engine, opened, decided, zones, to, valid_from or today(), actor)
    progress(_STEPS, _STEPS)
    return result


def _read_decisions(session: Session, opened: OpenComparison) -> _Decided:
    query = select(
        PlanPatch.feature_id,
        PlanPatch.overlap_class,
        PlanPatch.state,
        PlanPatch.decided_plan,
        PlanPatch.decided_code,
        PlanPatch.decided_code_version,
    ).where(PlanPatch.plan_comparison_id == opened.row.id, PlanPatch.until_revision.is_(None))
    resolutions: dict[int, Resolution] = {}
    artefacts: list[int] = []
    for row in session.execute(query):
        number = int(row.feature_id.rpartition("-")[2])
        if row.overlap_class == OverlapClass.ARTEFACT:
            artefacts.append(number)
        if row.state == _APPLIED and row.decided_code is not None:
            resolutions[number] = Resolution(row.decided_plan, row.decided_code, row.decided_code_version)
    return _Decided(resolutions, artefacts)


def _draw(session: Session, opened: OpenComparison, decided: _Decided) -> BlueprintZones:
    cells = opened.cells.cells
    parts, part_cells = simple_parts(read_cells(session, opened.row.id, opened.state.places[cells]))
    return draw_blueprint(
        opened.state.partition,
        opened.cells,
        opened.codes_by_plan,
        parts,
        part_cells,
        _patches_of_parts(session, opened, parts, part_cells),
        resolutions=decided.resolutions,
        artefacts=decided.artefacts,
    )


def _patches_of_parts(session: Session, opened: OpenComparison, parts: GeometryArray, part_cells: IntArray) -> IntArray:
    """Return the patch of each part, -1 for none; the parts of one cell may lie in several patches."""
    members = opened.state.patches.members
    count = len(opened.state.boxes)
    patch = np.full(count, -1)
    patch[members.cells] = members.patches
    of_parts: IntArray = patch[opened.cells.cells][part_cells]
    several = np.bincount(members.cells, minlength=count) > 1
    asked = np.flatnonzero(several[opened.cells.cells][part_cells])
    if len(asked):
        numbers = np.unique(members.patches[several[members.cells]])
        polygons = _read_patches(session, opened.row.id, numbers)
        inside, found = shapely.STRtree(polygons).query(shapely.point_on_surface(parts[asked]), predicate="within")
        of_parts[asked[inside]] = numbers[found]
    return of_parts


def _read_patches(session: Session, comparison_id: int, numbers: IntArray) -> GeometryArray:
    ids = [f"{comparison_id}-{number}" for number in numbers.tolist()]
    query = select(PlanPatch.feature_id, PlanPatch.geom.ST_AsBinary()).where(
        PlanPatch.plan_comparison_id == comparison_id, PlanPatch.feature_id.in_(ids)
    )
    found: dict[str, bytes] = {row[0]: bytes(row[1]) for row in session.execute(query)}
    wkb = np.empty(len(ids), dtype=object)
    wkb[:] = [found[one] for one in ids]
    return to_area_plane(shapely.from_wkb(wkb))


def _require_complete(zones: BlueprintZones, complete: bool) -> None:
    undecided = zones.decisions == CellDecision.UNDECIDED
    if complete and undecided.any():
        raise BlueprintRefusedError(
            f"{int(undecided.sum())} places of {float(zones.areas_m2[undecided].sum()):.2f} m² are undecided. "
            "Apply a resolution to each of their patches, or make the blueprint with what is undecided.",
            undecided_patches=np.unique(zones.patches[undecided]).tolist()[:100],
        )


def _store(
    engine: Engine,
    opened: OpenComparison,
    decided: _Decided,
    zones: BlueprintZones,
    to: str,
    valid_from: date,
    actor: str,
) -> dict[str, Any]:
    inputs = {
        "plan_comparison_id": opened.row.id,
        "revision": opened.row.revision,
        "comparison": opened.row.input_digest,
        "order": list(opened.cells.plans),
        "resolutions": decided.as_json(),
        "engine": engine_version(),
    }
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    options: dict[str, Any] = {
        "map": {},
        "valid_from": valid_from.isoformat(),
        "blueprint": inputs | {"digest": digest},
    }
    with write_session(engine, actor=actor) as session:
        # It may have been made, or delivered to, while the blueprint was drawn.
        layers.take_turn_to_make_layers(session)
        require_layer_for_blueprint(session, opened.row, to)
        layer = _layer(session, to)
        layers.lock_layer(session, layer.id)
        # Whoever delivers to a layer that there is waits for the lock alone.
        require_layer_for_blueprint(session, opened.row, to)
        version = layers.find_same_delivery(session, layer.id, sha256=digest, options=options)
        is_new = version is None
        if version is None:
            version = _store_version(session, layer, opened, zones, digest, options, valid_from)
        return {
            "layer": layer.slug,
            "version": version.number,
            "status": version.status,
            "is_new": is_new,
            "digest": digest,
            "plan_comparison_id": opened.row.id,
            **_sums(zones),
        }


def _layer(session: WriteSession, slug: str) -> Layer:
    layer = layers.find_layer(session, slug)
    if layer is None:
        layer = Layer(
            slug=slug, kind=LayerKind.PLAN, title_zh=_TITLES[0], title_en=_TITLES[1], created_by=session.actor
        )
        session.add(layer)
        session.flush()
    return layer


def _store_version(
    session: WriteSession,
    layer: Layer,
    opened: OpenComparison,
    zones: BlueprintZones,
    digest: str,
    options: dict[str, Any],
    valid_from: date,
) -> LayerVersion:
    count = len(zones.geometries)
    report = ImportReport(read=count, accepted=count).as_json() | {"options": options, "blueprint": _sums(zones)}
    version = LayerVersion(
        layer_id=layer.id,
        number=layers.next_number(session, layer.id),
        status=VersionStatus.DRAFT,
        source_name=f"comparison {opened.row.id}, revision {opened.row.revision}: {opened.row.plan_set}",
        source_crs="EPSG:4490",
        sha256=digest,
        valid_from=valid_from,
        read_count=count,
        accepted_count=count,
        repaired_count=0,
        rejected_count=0,
        report=report,
        recorded_by=session.actor,
    )
    session.add(version)
    session.flush()
    srid = storage_srid(session.connection()) or 0
    copy_features(session, KINDS[LayerKind.PLAN], version.id, srid, _prepared(opened, zones))
    layers.analyze(session, LayerKind.PLAN)
    ground = shapely.make_valid(from_area_plane([shapely.coverage_union_all(zones.geometries)]))
    layers.store_coverage(session, version, _multi(polygonal_part(ground)[0]), srid)
    return version


def _multi(ground: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(shapely.get_parts(ground).tolist())


def _prepared(opened: OpenComparison, zones: BlueprintZones) -> PreparedFeatures:
    order, names = _named(opened, zones)
    geographic = for_storage(zones.geometries[order])
    count = len(order)
    fields: dict[str, list[Any]] = {name: [None] * count for name in KINDS[LayerKind.PLAN].fields}
    fields["zone_code"] = zones.codes[order].tolist()
    fields["code_version"] = zones.code_versions[order].tolist()
    attributes = [_attributes(opened, zones, position) for position in order.tolist()]
    return PreparedFeatures(
        source_rows=list(range(1, count + 1)),
        feature_ids=names,
        geometries=geographic,
        plane=zones.geometries[order],
        area_ellipsoid_m2=zones.areas_m2[order],
        area_planar_m2=planar_area_m2(geographic),
        fields=fields,
        attributes=[json.dumps(each, ensure_ascii=False) for each in attributes],
    )


def _attributes(opened: OpenComparison, zones: BlueprintZones, position: int) -> dict[str, Any]:
    patch = int(zones.patches[position])
    told = {
        "decision": str(zones.decisions[position]),
        "source_plan": zones.plans[position],
        "source_zone": zones.zones[position],
        "patch": None if patch < 0 else f"{opened.row.id}-{patch}",
    }
    if patch >= 0:
        told["plan_codes"] = opened.cells.codes[zones.cells[position]].tolist()
    return told


def _named(opened: OpenComparison, zones: BlueprintZones) -> tuple[IntArray, list[str]]:
    """Order the zones by their names: of the plan and zone that they are from, numbered from west to east where one zone has several parts.

    The names do not depend on the numbers of cells and patches, so that two blueprints can be compared zone by zone.
    """
    stems = []
    for position in range(len(zones.geometries)):
        if zones.plans[position] is None:
            said = opened.cells.codes[zones.cells[position]].tolist()
            stems.append(f"{zones.decisions[position]}.{'/'.join(said)}")
        else:
            stems.append(f"{zones.plans[position]}.{zones.zones[position]}")
    west, south = shapely.bounds(zones.geometries).reshape(-1, 4)[:, :2].round(2).T
    order = np.lexsort((zones.areas_m2, south, west, zones.decisions.astype(str), np.array(stems)))
    many, seen = Counter(stems), Counter[str]()
    names = []
    for position in order.tolist():
        stem = stems[position]
        seen[stem] += 1
        names.append(stem if many[stem] == 1 else f"{stem}~{seen[stem]}")
    return order, names


def _sums(zones: BlueprintZones) -> dict[str, Any]:
    decisions = {
        decision.value: {
            "zones": int((zones.decisions == decision).sum()),
            "area_m2": round(float(zones.areas_m2[zones.decisions == decision].sum()), 2),
        }
        for decision in CellDecision
    }
    return {
        "zones": len(zones.areas_m2),
        "area_m2": round(float(zones.areas_m2.sum()), 2),
        "decisions": decisions,
    }
