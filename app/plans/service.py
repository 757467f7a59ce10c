"""Compare plans as of a day, and store the comparison with its difference patches: all of it or nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.clock import today
from app.db.models import Layer, PlanComparison
from app.db.parameters import read_parameters
from app.db.schema import storage_srid
from app.db.sessions import read_session, write_session
from app.layers.repository import require_layer
from app.plans import repository
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.reading import LineData, PlanData, read_line, read_plan
from app.plans.repository import StoredPatch
from app.plans.summarising import summarise, unknown_codes
from app.progress import Progress, unheard
from gis.crs import AREA_PLANE
from gis.errors import GisError, OverlayCancelledError
from gis.partition import Partition, partition_layers
from gis.plans import comparison as plan_comparison
from gis.plans.comparison import HardLine
from gis.plans.lines import lines_of_layer
from gis.plans.patches import Patches, find_patches
from gis.plans.sentences import PlanSays, describe_patch
from gis.plans.statuses import PlanStatus
from gis.rules import NATIONAL, ParameterSet
from gis.rules.sentences import display_rows
from gis.sagitta import LayerSource
from gis.slivers import OverlapClass

# Of the whole work, how much the partition is; the rest is merging, writing and storing.
PARTITION_SHARE = 0.8
STEPS = 1000


@dataclass(frozen=True, slots=True)
class ComparisonInputs:
    """Everything that a comparison depends on, read in one transaction."""

    plans: tuple[PlanData, ...]
    lines: tuple[LineData, ...]
    parameters: ParameterSet
    as_of: date
    digest: str

    @property
    def plan_set(self) -> str:
        """Name the plans, whatever their order."""
        return "+".join(sorted(plan.layer.slug for plan in self.plans))


def compare(
    engine: Engine,
    *,
    plans: Sequence[str],
    lines: Sequence[str] | None = None,
    as_of: date | None = None,
    actor: str,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Compare two or more layers with land-use codes, and mark which hard lines each difference touches.

    Parameters
    ----------
    plans : sequence of str
        Slugs of layers: plans, but also parcels or reference layers with codes.
    lines : sequence of str, optional
        Slugs of layers of control areas; all in force of the kinds that a comparison knows when left out.
    as_of : date, optional
        The day whose versions are compared; today when left out.
    progress : callable, optional
        Called with (steps done, steps in all).
    cancelled : callable, optional
        Asked often; when it answers True nothing is stored.

    Returns
    -------
    dict
        The summary. The same inputs are not compared twice: ``is_new`` is False.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError, ComparisonCancelledError
    """
    day, started_at = as_of or today(), datetime.now(UTC)
    with read_session(engine) as session:
        inputs = _read_inputs(session, plans, lines, day)
        known = repository.find_comparison(session, inputs.digest)
        if known is not None:
            progress(STEPS, STEPS)
            return known.summary | {"plan_comparison_id": known.id, "is_new": False}
    try:
        partition = _partition(inputs, progress, cancelled)
        compared = plan_comparison.compare_plans(
            partition, {plan.layer.slug: plan.codes for plan in inputs.plans}, lines=_hard_lines(inputs)
        )
        patches = find_patches(
            partition,
            compared,
            sources=_sources(inputs, partition),
            thresholds=sliver_thresholds(inputs.parameters, day),
        )
    except OverlayCancelledError as error:
        raise ComparisonCancelledError from error
    except (GisError, ValueError) as error:
        raise PlansNotComparableError(f"The plans cannot be compared: {error}") from error
    if cancelled is not None and cancelled():
        raise ComparisonCancelledError
    places = display_rows(inputs.parameters, as_of=day, region=NATIONAL)
    summary = _heading(inputs) | summarise(compared, patches, places)
    result = _store(engine, inputs, summary, _patches(inputs, compared, patches, places), started_at, actor)
    progress(STEPS, STEPS)
    return result


def _read_inputs(session: Session, plans: Sequence[str], lines: Sequence[str] | None, day: date) -> ComparisonInputs:
    named = list(dict.fromkeys(plans))
    if len(named) < 2:
        raise PlansNotComparableError.too_few(named)
    of_lines: Sequence[Layer] = (
        repository.line_layers(session, day)
        if lines is None
        else [require_layer(session, slug) for slug in dict.fromkeys(lines)]
    )
    read = tuple(read_plan(session, require_layer(session, slug), day) for slug in named)
    drawn = tuple(read_line(session, layer, day) for layer in of_lines)
    parameters = read_parameters(session)
    facts = {
        "as_of": day.isoformat(),
        "plans": [plan.version.id for plan in read],
        "lines": [[line.version.id, line.version.coverage_revision] for line in drawn],
        "parameters": sorted(
            row.model_dump_json() for row in parameters if row.key.split(".")[0] in {"sliver", "display"}
        ),
        "engine": engine_version(),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return ComparisonInputs(read, drawn, parameters, day, digest)


def _partition(inputs: ComparisonInputs, progress: Progress, cancelled: Callable[[], bool] | None) -> Partition:
    layers = {plan.layer.slug: plan.zones for plan in inputs.plans}
    layers |= {line.layer.slug: line.areas for line in inputs.lines if len(line.areas)}
    layers |= {
        name: gpd.GeoDataFrame(geometry=[geometry], crs=AREA_PLANE) for name, geometry in _coverages(inputs).items()
    }

    def report(done: int, total: int) -> None:
        progress(int(STEPS * PARTITION_SHARE * done / total), STEPS)

    return partition_layers(layers, progress=report, cancelled=cancelled)


def _coverages(inputs: ComparisonInputs) -> dict[str, shapely.Geometry]:
    """Return each different coverage of the lines once, by the name of the first line that has it."""
    found: dict[bytes, tuple[str, shapely.Geometry]] = {}
    for line in inputs.lines:
        if line.coverage is not None:
            found.setdefault(shapely.to_wkb(shapely.normalize(line.coverage)), (_coverage_name(line), line.coverage))
    return dict(found.values())


def _coverage_name(line: LineData) -> str:
    # No slug has a colon.
    return f"{line.layer.slug}:coverage"


def _hard_lines(inputs: ComparisonInputs) -> list[HardLine]:
    coverages = {name: shapely.normalize(geometry) for name, geometry in _coverages(inputs).items()}
    lines: list[HardLine] = []
    for line in inputs.lines:
        if len(line.areas) == 0:
            continue
        coverage = None
        if line.coverage is not None:
            wanted = shapely.normalize(line.coverage)
            coverage = next(name for name, geometry in coverages.items() if shapely.equals_identical(geometry, wanted))
        lines += lines_of_layer(line.layer.slug, line.kind, line.zones, coverage=coverage)
    return lines


def _sources(inputs: ComparisonInputs, partition: Partition) -> list[LayerSource]:
    known = {plan.layer.slug: plan.source for plan in inputs.plans}
    known |= {line.layer.slug: line.source for line in inputs.lines}
    return [known.get(layer.name, LayerSource()) for layer in partition.layers]


def _heading(inputs: ComparisonInputs) -> dict[str, Any]:
    def version(data: PlanData | LineData) -> dict[str, Any]:
        return {
            "layer": data.layer.slug,
            "title_zh": data.layer.title_zh,
            "title_en": data.layer.title_en,
            "version": data.version.number,
            "approval_no": data.version.approval_no,
        }

    return {
        "as_of": inputs.as_of.isoformat(),
        "plan_set": inputs.plan_set,
        "plans": [version(plan) | {"zones": len(plan.zones)} for plan in inputs.plans],
        "line_layers": [
            version(line) | {"areas": len(line.areas), "coverage_stated": line.coverage is not None}
            for line in inputs.lines
        ],
        "unknown_codes": [row for plan in inputs.plans for row in unknown_codes(plan.layer.slug, plan.codes)],
    }


def _patches(
    inputs: ComparisonInputs,
    compared: plan_comparison.PlanComparison,
    patches: Patches,
    places: tuple[Any, ...],
) -> Iterator[StoredPatch]:
    versions = [_code_version(plan) for plan in inputs.plans]
    for number, cell in enumerate(patches.first_cells.tolist()):
        statuses = [PlanStatus(said) for said in compared.statuses[cell].tolist()]
        codes: list[str] = compared.codes[cell].tolist()
        lines = [line for bit, line in enumerate(compared.lines) if compared.masks[cell] >> bit & 1]
        says = [
            PlanSays(plan.layer.title_zh, plan.layer.title_en, status, code, version)
            for plan, status, code, version in zip(inputs.plans, statuses, codes, versions, strict=True)
        ]
        overlap_class = OverlapClass(patches.overlap_classes[number])
        area = float(patches.areas_m2[number])
        text = describe_patch(compared.classes[cell], says, lines, area, overlap_class, places)
        yield StoredPatch(
            conflict_class=str(compared.classes[cell]),
            plan_statuses=[status.name.lower() for status in statuses],
            plan_codes=codes,
            hard_lines=lines,
            overlap_class=overlap_class.value,
            cell_count=int(patches.cell_counts[number]),
            area_m2=area,
            mean_width_m=float(patches.mean_widths_m[number]),
            text_zh=text.zh,
            text_en=text.en,
            geometry=patches.geometries[number],
        )


def _code_version(plan: PlanData) -> str | None:
    """Return the code table of a plan for its sentences; one that mixes tables has its codes told bare."""
    versions = {version for version in plan.codes.code_versions if version is not None}
    return versions.pop() if len(versions) == 1 else None


def _store(
    engine: Engine,
    inputs: ComparisonInputs,
    summary: dict[str, Any],
    patches: Iterator[StoredPatch],
    started_at: datetime,
    actor: str,
) -> dict[str, Any]:
    with write_session(engine, actor=actor) as session:
        repository.take_turn(session, inputs.plan_set)
        known = repository.find_comparison(session, inputs.digest)
        if known is not None:
            # Somebody else asked the same and was first.
            return known.summary | {"plan_comparison_id": known.id, "is_new": False}
        row = PlanComparison(
            plan_set=inputs.plan_set,
            plans=[{"layer_id": plan.layer.id, "layer_version_id": plan.version.id} for plan in inputs.plans],
            lines=[{"layer_id": line.layer.id, "layer_version_id": line.version.id} for line in inputs.lines],
            as_of=inputs.as_of,
            input_digest=inputs.digest,
            engine_version=engine_version(),
            parameter_rows=sorted(
                f"{used.row_id}={used.value}"
                for used in inputs.parameters
                if used.key.split(".")[0] in {"sliver", "display"}
            ),
            summary=summary,
            is_current=True,
            started_at=started_at,
            started_by=actor,
        )
        repository.store_comparison(session, row, patches, srid=storage_srid(session.connection()) or 0)
        return summary | {"plan_comparison_id": row.id, "is_new": True}
