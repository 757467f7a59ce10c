"""Compare plans as of a day, and store the comparison with its difference patches: all of it or nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine

from app.checks.service import engine_version
from app.clock import today
from app.db.models import PlanComparison
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.collector import spared_collector
from app.plans import repository
from app.plans.carrying import Standing, carry_decisions, decided_patches, patches_at
from app.plans.cells import follow_cells, forget_cells
from app.plans.comparing import CARRIED, KEPT, STEPS, Compared, compare_in_parts
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.full_runs import FullRun
from app.plans.inputs import ComparisonInputs, as_seen_by, find_inputs
from app.plans.patch_rows import StoredPatch
from app.plans.states import CellPlaces, forget_states, store_cells, store_state
from app.plans.updating import bring_up_to_date
from app.progress import Progress, unheard
from gis.arrays import GeometryArray
from gis.errors import GisError, OverlayCancelledError


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
        The summary. The same inputs are not compared twice: ``is_new`` is False. A comparison that was brought up to date says ``recomputed``; one that
        everything was computed of, though there was one of the same layers, says why in ``computed_again``.

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
    with _translated_errors(), spared_collector():
        found = None if everything else bring_up_to_date(engine, inputs, actor=actor, cancelled=cancelled)
        if isinstance(found, dict):
            result = found
        else:
            result = _compare_and_store(
                engine,
                inputs,
                started_at,
                actor=actor,
                is_forced=everything,
                why=found,
                progress=progress,
                cancelled=cancelled,
            )
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
    found = _Collected()
    with _translated_errors(), read_session(engine) as session:
        compared = compare_in_parts(session, inputs, found, progress=progress, cancelled=cancelled)
    return compared.summary, found.patches


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except OverlayCancelledError as error:
        raise ComparisonCancelledError from error
    except (GisError, ValueError) as error:
        raise PlansNotComparableError(f"The plans cannot be compared: {error}") from error


def _compare_and_store(
    engine: Engine,
    inputs: ComparisonInputs,
    started_at: datetime,
    *,
    actor: str,
    is_forced: bool,
    why: FullRun | None,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> dict[str, Any]:
    """Store patches and cells as they are found, in one transaction; nothing of them is there for others before its end."""
    with read_session(engine) as reading, write_session(engine, actor=actor) as writing:
        inputs = as_seen_by(reading, inputs)
        row = _row(inputs, started_at, actor)
        writing.add(row)
        writing.flush()
        store = _Stored(writing, row, storage_srid(writing.connection()) or 0)
        compared = compare_in_parts(reading, inputs, store, progress=progress, cancelled=cancelled)
        if why is not None:
            compared = replace(compared, summary=compared.summary | {"computed_again": why.as_json()})
        repository.take_turn(writing, inputs.plan_set)
        known = repository.find_comparison(writing, inputs.digest)
        if known is not None and not is_forced:
            # Somebody else asked the same and was first.
            result = known.summary | {"plan_comparison_id": known.id, "is_new": False}
            writing.rollback()
            return result
        summary = _succeed(writing, row, inputs, compared, _Reported(progress, cancelled))
        return summary | {"plan_comparison_id": row.id, "is_new": True}


def _succeed(
    session: WriteSession, row: PlanComparison, inputs: ComparisonInputs, compared: Compared, reported: "_Reported"
) -> dict[str, Any]:
    """Let a comparison take the place of the former one of its plans; return its summary."""
    former = repository.find_current(session, inputs.plan_set)
    row.shows_cells = former is not None and former.shows_cells
    before = None if former is None else Standing.of(session, former)
    row.summary, row.finished_at = compared.summary, datetime.now(UTC)
    repository.make_current(session, row)
    if former is not None and before is not None:
        ended = decided_patches(session, former.id)
        come = patches_at(session, row, ended)
        decisions = carry_decisions(session, row, ended, come, before=before, tolerance_m=inputs.tolerance_m)
        row.summary = compared.summary | decisions
    reported.step(CARRIED)
    store_state(session, row.id, compared.state)
    forget_states(session, inputs.plan_set, but=row.id)
    forget_cells(session, inputs.plan_set, but=row.id)
    reported.step(KEPT)
    follow_cells(session, row, progress=reported.rest, cancelled=reported.cancelled)
    return row.summary


@dataclass(frozen=True, slots=True)
class _Reported:
    """Who is told how far the storing is, and asked whether to go on."""

    progress: Progress
    cancelled: Callable[[], bool] | None

    def step(self, done: int) -> None:
        """Tell how many steps are done; stop if nobody wants the rest."""
        if self.cancelled is not None and self.cancelled():
            raise ComparisonCancelledError
        self.progress(done, STEPS)

    def rest(self, done: int, total: int) -> None:
        """Tell how far the last step is."""
        self.progress(KEPT + (STEPS - KEPT) * done // max(total, 1), STEPS)


def _row(inputs: ComparisonInputs, started_at: datetime, actor: str) -> PlanComparison:
    return PlanComparison(
        plan_set=inputs.plan_set,
        plans=[plan.as_json() for plan in inputs.plans],
        lines=[line.as_json() for line in inputs.lines],
        as_of=inputs.as_of,
        input_digest=inputs.digest,
        engine_version=engine_version(),
        parameter_rows=inputs.parameter_rows,
        summary={},
        is_current=False,
        revision=1,
        started_at=started_at,
        started_by=actor,
    )


@dataclass(slots=True)
class _Stored:
    """Stores what a comparison finds."""

    session: WriteSession
    row: PlanComparison
    srid: int
    next_segment: int = 0

    def take_cells(self, cells: GeometryArray) -> CellPlaces:
        places = store_cells(self.session, self.row.id, cells, first_segment=self.next_segment)
        self.next_segment = int(places.segments.max(initial=self.next_segment - 1)) + 1
        return places

    def take_patches(self, patches: Iterable[StoredPatch]) -> None:
        repository.store_patches(self.session, self.row, patches, srid=self.srid)


@dataclass(slots=True)
class _Collected:
    """Keeps the patches that a comparison finds, and no cells."""

    patches: list[StoredPatch] = field(default_factory=list)

    def take_cells(self, cells: GeometryArray) -> CellPlaces:
        nowhere = np.zeros(len(cells), dtype=np.int64)
        return CellPlaces(nowhere, nowhere, nowhere)

    def take_patches(self, patches: Iterable[StoredPatch]) -> None:
        self.patches.extend(patches)
