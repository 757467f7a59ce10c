"""A comparison brought up to date: what a change of its layers does to it is stored while it is computed.

The comparison keeps its id and its patches; those that the change touches end with its present revision, and new ones begin with the next.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from app.db.models import PlanComparison, PlanComparisonRevision
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session, write_session
from app.plans import repository
from app.plans.carrying import Standing, carry_decisions, patches_of_rows
from app.plans.cells import follow_cells
from app.plans.full_runs import FullRun, FullRunReason
from app.plans.inputs import ComparisonInputs, as_seen_by
from app.plans.patch_rows import StoredPatch
from app.plans.recomputing import Recomputation, recompute
from app.plans.states import CellPlaces, ComparisonState, pack_state, store_cells, write_state
from gis.errors import OverlayCancelledError

_STORED_AT_ONCE = 500


def bring_up_to_date(
    engine: Engine, inputs: ComparisonInputs, *, actor: str, cancelled: Callable[[], bool] | None = None
) -> dict[str, Any] | FullRun | None:
    """Bring the latest comparison of the same layers up to date.

    Returns
    -------
    dict, FullRun or None
        The summary; None where there is no such comparison, and why everything has to be computed again where there is one to no avail.

    Raises
    ------
    OverlayCancelledError
    """
    started_at = datetime.now(UTC)
    with read_session(engine) as reading:
        found = recompute(reading, as_seen_by(reading, inputs))
        if not isinstance(found, Recomputation):
            return found
        if cancelled is not None and cancelled():
            raise OverlayCancelledError("The comparison was cancelled.")
        with write_session(engine, actor=actor) as writing:
            repository.take_turn(writing, inputs.plan_set)
            row = repository.find_current(writing, inputs.plan_set)
            if row is None or (row.id, row.revision) != (found.standing.id, found.standing.revision):
                # Somebody else was first; what was computed starts from something that holds no more.
                return FullRun(FullRunReason.CHANGED_MEANWHILE)
            _store(writing, row, found, started_at)
            return row.summary | {"plan_comparison_id": row.id, "is_new": True}


def _store(session: WriteSession, row: PlanComparison, found: Recomputation, started_at: datetime) -> None:
    inputs, revision = found.inputs, row.revision + 1
    decided, come = _exchange(session, row, found, revision)
    names = ("plans", "lines", "as_of", "input_digest", "engine_version", "parameter_rows", "summary")
    former = {name: getattr(row, name) for name in (*names, "started_at", "finished_at", "started_by")}
    session.add(PlanComparisonRevision(plan_comparison_id=row.id, revision=row.revision, **former))
    # What the comparison was of is asked before it is of something else.
    before = Standing.of(session, row) if decided else None
    row.revision = revision
    row.plans, row.lines = ([each.as_json() for each in side] for side in (inputs.plans, inputs.lines))
    row.as_of, row.input_digest, row.summary = inputs.as_of, inputs.digest, found.summary
    row.started_at, row.finished_at, row.started_by = started_at, datetime.now(UTC), session.actor
    session.flush()
    if before is not None:
        ended = patches_of_rows(session, row.id, decided)
        row.summary = found.summary | carry_decisions(
            session, row, ended, come, before=before, tolerance_m=inputs.tolerance_m
        )
    follow_cells(session, row)


def _exchange(
    session: WriteSession, row: PlanComparison, found: Recomputation, revision: int
) -> tuple[list[int], list[StoredPatch]]:
    """Store cells and patches while they are computed; return the row ids of ended patches of which something was decided, and the patches that are new."""
    segment, srid = found.before.facts["next_segment"], storage_srid(session.connection()) or 0
    # The database takes one thing after the other in a thread of its own; only that one uses the session until it is through.
    with ThreadPoolExecutor(1) as database:
        added = database.submit(store_cells, session, row.id, found.new_cells, first_segment=segment)
        ended = database.submit(repository.end_patches, session, row, found.gone.tolist(), revision=revision)
        state = _with_new_cells(found.state, added.result())
        kept = database.submit(write_state, session, row.id, state.facts, pack_state(state))
        come: list[StoredPatch] = []
        copied: list[Future[None]] = []
        described = found.come()
        while some := list(islice(described, _STORED_AT_ONCE)):
            columns = repository.encode_patches(row.id, row.plan_set, revision, some, srid=srid)
            copied.append(database.submit(repository.copy_patches, session, columns))
            come += some
        # Summed up while the last ones are being stored.
        _ = found.summary
        # In the order in which they were asked for: after one that failed all others only say that the transaction is broken.
        decided = ended.result()
        for each in (kept, *copied):
            each.result()
        return decided, come


def _with_new_cells(state: ComparisonState, added: CellPlaces) -> ComparisonState:
    """Return a state with the places of the new cells, which stand behind all others."""
    facts = dict(state.facts)
    facts["next_segment"] = int(added.segments.max(initial=facts["next_segment"] - 1)) + 1
    facts["stored_bytes"] += int(added.lengths.sum())
    return replace(state, places=state.places.followed_by(added), facts=facts)
