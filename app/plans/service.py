"""Compare plans as of a day, and store the comparison with its difference patches: all of it or nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Engine

from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.clock import today
from app.db.models import PlanComparison
from app.db.schema import storage_srid
from app.db.sessions import read_session, write_session
from app.plans import repository
from app.plans.carrying import Standing, carry_decisions, decided_patches
from app.plans.cells import follow_cells, forget_cells
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.inputs import ComparisonInputs, describe_inputs, find_inputs, read_data
from app.plans.patch_rows import StoredPatch, iter_stored_patches
from app.plans.reading import LineData, PlanData
from app.plans.recomputing import bring_up_to_date
from app.plans.standing import coverage_names, hard_lines, partition_sources, state_of
from app.plans.states import forget_states, store_cells, store_state
from app.plans.summarising import summarise
from app.progress import Progress, unheard
from gis.crs import AREA_PLANE
from gis.errors import GisError, OverlayCancelledError
from gis.partition import Partition, partition_layers
from gis.plans import comparison as plan_comparison
from gis.plans.patches import Patches, find_patches

# Of the whole work, how much the partition is; the rest is merging, writing and storing.
PARTITION_SHARE = 0.8
STEPS = 1000


@dataclass(frozen=True, slots=True)
class _Compared:
    """All that is stored of a comparison."""

    inputs: ComparisonInputs
    plans: list[PlanData]
    lines: list[LineData]
    partition: Partition
    cells: plan_comparison.PlanComparison
    patches: Patches
    is_forced: bool = False


def compare(
    engine: Engine,
    *,
    plans: Sequence[str],
    lines: Sequence[str] | None = None,
    as_of: date | None = None,
    actor: str,
    everything: bool = False,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Compare two or more layers with land-use codes, and mark which hard lines each difference touches.

    Where little changed since the latest comparison of the same layers, only what the changes touch is computed again, and that comparison is brought
    up to date.

    Parameters
    ----------
    plans : sequence of str
        Slugs of layers: plans, but also parcels or reference layers with codes.
    lines : sequence of str, optional
        Slugs of layers of control areas; all in force of the kinds that a comparison knows when left out.
    as_of : date, optional
        The day whose versions are compared; today when left out.
    everything : bool
        Compute everything again, however little changed, and also where the same was compared already.
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
        inputs = find_inputs(session, plans, lines, day)
        known = repository.find_comparison(session, inputs.digest)
    if known is not None and not everything:
        progress(STEPS, STEPS)
        return known.summary | {"plan_comparison_id": known.id, "is_new": False}
    with _translated_errors():
        result = None if everything else bring_up_to_date(engine, inputs, actor=actor, cancelled=cancelled)
        if result is None:
            compared = replace(_compare(engine, inputs, progress, cancelled), is_forced=everything)
            if cancelled is not None and cancelled():
                raise ComparisonCancelledError
            result = _store(engine, compared, started_at, actor)
    progress(STEPS, STEPS)
    return result


def compare_everything(
    engine: Engine, inputs: ComparisonInputs, progress: Progress, cancelled: Callable[[], bool] | None
) -> tuple[dict[str, Any], list[StoredPatch]]:
    """Compare everything without storing it; return the summary and the patches.

    Raises
    ------
    PlansNotComparableError, ComparisonCancelledError
    """
    with _translated_errors():
        compared = _compare(engine, inputs, progress, cancelled)
    return _summary(compared), list(_patches(compared))


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OverlayCancelledError as error:
        raise ComparisonCancelledError from error
    except (GisError, ValueError) as error:
        raise PlansNotComparableError(f"The plans cannot be compared: {error}") from error


def _compare(
    engine: Engine, inputs: ComparisonInputs, progress: Progress, cancelled: Callable[[], bool] | None
) -> _Compared:
    with read_session(engine) as session:
        plans, lines = read_data(session, inputs)
    partition = _partition(plans, lines, progress, cancelled)
    cells = plan_comparison.compare_plans(
        partition,
        {plan.layer.slug: plan.codes for plan in plans},
        lines=hard_lines([(line.layer, line.zones, line.coverage) for line in lines]),
    )
    patches = find_patches(
        partition,
        cells,
        sources=partition_sources(inputs, partition),
        thresholds=sliver_thresholds(inputs.parameters, inputs.as_of),
    )
    return _Compared(inputs, plans, lines, partition, cells, patches)


def _partition(
    plans: Sequence[PlanData], lines: Sequence[LineData], progress: Progress, cancelled: Callable[[], bool] | None
) -> Partition:
    layers = {plan.layer.slug: plan.zones for plan in plans}
    layers |= {line.layer.slug: line.areas for line in lines if len(line.areas)}
    coverages: dict[str, shapely.Geometry] = {}
    for line, name in zip(lines, coverage_names([(line.layer, line.coverage) for line in lines]), strict=True):
        if line.coverage is not None and name is not None:
            coverages.setdefault(name, line.coverage)
    layers |= {name: gpd.GeoDataFrame(geometry=[geometry], crs=AREA_PLANE) for name, geometry in coverages.items()}

    def report(done: int, total: int) -> None:
        progress(int(STEPS * PARTITION_SHARE * done / total), STEPS)

    return partition_layers(layers, progress=report, cancelled=cancelled)


def _summary(compared: _Compared) -> dict[str, Any]:
    heading = describe_inputs(
        compared.inputs,
        [plan.codes for plan in compared.plans],
        [len(plan.zones) for plan in compared.plans],
        [len(line.areas) for line in compared.lines],
        [line.coverage for line in compared.lines],
    )
    return heading | summarise(compared.cells, compared.patches, compared.inputs.places)


def _patches(compared: _Compared) -> Iterator[StoredPatch]:
    return iter_stored_patches(
        [plan.layer for plan in compared.plans],
        [plan.codes for plan in compared.plans],
        compared.cells,
        compared.patches,
        compared.inputs.places,
    )


def _store(engine: Engine, compared: _Compared, started_at: datetime, actor: str) -> dict[str, Any]:
    inputs, summary = compared.inputs, _summary(compared)
    row = PlanComparison(
        plan_set=inputs.plan_set,
        plans=[plan.as_json() for plan in inputs.plans],
        lines=[line.as_json() for line in inputs.lines],
        as_of=inputs.as_of,
        input_digest=inputs.digest,
        engine_version=engine_version(),
        parameter_rows=inputs.parameter_rows,
        summary=summary,
        is_current=True,
        revision=1,
        started_at=started_at,
        started_by=actor,
    )
    patches = list(_patches(compared))
    with write_session(engine, actor=actor) as session:
        repository.take_turn(session, inputs.plan_set)
        known = repository.find_comparison(session, inputs.digest)
        if known is not None and not compared.is_forced:
            # Somebody else asked the same and was first.
            return known.summary | {"plan_comparison_id": known.id, "is_new": False}
        former = repository.find_current(session, inputs.plan_set)
        row.shows_cells = former is not None and former.shows_cells
        before = None if former is None else Standing.of(session, former)
        repository.store_comparison(session, row, patches, srid=storage_srid(session.connection()) or 0)
        if former is not None and before is not None:
            ended = decided_patches(session, former.id, until_revision=None)
            decisions = carry_decisions(session, row, ended, patches, before=before, tolerance_m=inputs.tolerance_m)
            row.summary = summary = summary | decisions
        places = store_cells(session, row.id, compared.partition.cells, first_segment=0)
        coverages = [(line.layer, line.coverage) for line in compared.lines]
        store_state(session, row.id, state_of(compared.partition, compared.cells, compared.patches, places, coverages))
        forget_states(session, inputs.plan_set, but=row.id)
        forget_cells(session, inputs.plan_set, but=row.id)
        follow_cells(session, row)
        return summary | {"plan_comparison_id": row.id, "is_new": True}
