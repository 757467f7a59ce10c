"""A comparison brought up to date: of what changed in its layers only the cells around it are computed again.

The comparison keeps its id and its patches; those that the change touches end with its present revision, and new ones begin with the next.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.db.models import LayerVersion, PlanComparison, PlanComparisonRevision
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.binary_copy import Cells
from app.plans import repository
from app.plans.carrying import Standing, carry_decisions, patches_of_rows
from app.plans.cells import follow_cells
from app.plans.changes import LayerChanges, read_changes
from app.plans.full_runs import MOST_CHANGED_SHARE, FullRun, FullRunReason
from app.plans.inputs import METHOD, ComparisonInputs, VersionedLayer, as_seen_by, describe_inputs
from app.plans.opening import read_line_zones, read_said
from app.plans.patch_rows import StoredPatch, iter_stored_patches
from app.plans.reading import read_coverage, read_near_any
from app.plans.standing import Coverages, as_patches, coverage_digests, hard_lines, partition_sources
from app.plans.states import ComparisonState, PatchTable, load_state, pack_state, read_cells, store_cells, write_state
from app.plans.summarising import summarise
from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.errors import OverlayCancelledError
from gis.partition import PartitionLayer
from gis.plans.comparison import PlanCodes, compare_plans
from gis.plans.comparison import PlanComparison as ComparedCells
from gis.plans.patch_update import PatchMembers, PatchUpdate, update_patches
from gis.plans.patches import classify_patches
from gis.window_update import WindowEditor

# Of the cells that are stored, this share must still be in use.
LEAST_USED_SHARE = 0.5
_DESCRIBED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A comparison after a change, not stored.

    Attributes
    ----------
    standing : PlanComparison
        The comparison before it.
    before, state : ComparisonState
        Before and after; the places of new cells are not known yet.
    origin : ndarray of int64, shape (m,)
        Where each cell was before, -1 for those that are new; these have their polygon in the partition.
    gone : ndarray of int64
        Numbers of patches that are no more.
    come : iterator of StoredPatch
        Each is described when it is taken.
    summary : dict
    """

    standing: PlanComparison
    before: ComparisonState
    state: ComparisonState
    origin: IntArray
    gone: IntArray
    come: Iterator[StoredPatch]
    summary: dict[str, Any]


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
    with read_session(engine) as session:
        inputs = as_seen_by(session, inputs)
        found = recompute(session, inputs)
    if not isinstance(found, Recomputed):
        return found
    if cancelled is not None and cancelled():
        raise OverlayCancelledError("The comparison was cancelled.")
    with write_session(engine, actor=actor) as session:
        repository.take_turn(session, inputs.plan_set)
        row = repository.find_current(session, inputs.plan_set)
        if row is None or (row.id, row.revision) != (found.standing.id, found.standing.revision):
            # Somebody else was first; what was computed starts from something that holds no more.
            return FullRun(FullRunReason.CHANGED_MEANWHILE)
        _store(session, row, inputs, found, started_at)
        return row.summary | {"plan_comparison_id": row.id, "is_new": True}


def recompute(session: Session, inputs: ComparisonInputs) -> Recomputed | FullRun | None:
    """Compute what a change of layers does to the latest comparison of them, without storing anything.

    Returns
    -------
    Recomputed, FullRun or None
        As :func:`bring_up_to_date`.
    """
    standing = repository.find_current(session, inputs.plan_set)
    if standing is None:
        return None
    if hindrance := _hindrance(standing, inputs):
        return FullRun(hindrance)
    state = load_state(session, standing.id)
    if state is None:
        return FullRun(FullRunReason.NO_STATE)
    coverages: Coverages = [(line.layer, read_coverage(session, line.version)) for line in inputs.lines]
    if state.facts["coverages"] != coverage_digests(coverages):
        return FullRun(FullRunReason.OTHER_COVERAGE)
    if _is_worn(state):
        return FullRun(FullRunReason.WORN)
    return _Recomputation(session, inputs, standing, state, coverages).run()


def _hindrance(standing: PlanComparison, inputs: ComparisonInputs) -> FullRunReason | None:
    """Return what of a comparison is another than what is asked for, so that nothing can start from it."""
    if standing.summary.get("method") != METHOD or standing.engine_version != engine_version():
        return FullRunReason.OTHER_METHOD
    if standing.parameter_rows != inputs.parameter_rows:
        return FullRunReason.OTHER_NUMBERS
    if standing.summary.get("local_code_tables", []) != list(inputs.local_tables):
        return FullRunReason.OTHER_CODE_TABLES
    pairs = ((standing.plans, inputs.plans), (standing.lines, inputs.lines))
    if any([one["layer_id"] for one in former] != [one.layer.id for one in now] for former, now in pairs):
        return FullRunReason.OTHER_LAYERS
    return None


def _is_worn(state: ComparisonState) -> bool:
    """Tell whether most of what is stored are cells of former revisions."""
    return bool(state.places.lengths.sum() < LEAST_USED_SHARE * state.facts["stored_bytes"])


@dataclass(slots=True)
class _Recomputation:
    session: Session
    inputs: ComparisonInputs
    standing: PlanComparison
    before: ComparisonState
    coverages: Coverages

    def run(self) -> Recomputed | FullRun:
        layers = {layer.name: layer for layer in self.before.partition.layers}
        changes = self._changes()
        for name, change in changes.items():
            layer = layers.get(name)
            if layer is None:
                return FullRun(FullRunReason.NEW_LAYER, name)
            if len(change.changed) + len(change.removed) > MOST_CHANGED_SHARE * len(layer.ids):
                return FullRun(FullRunReason.MUCH_CHANGED, name)
        editor = WindowEditor.of(self.before.partition, self.before.boxes, self._read)
        for name, change in changes.items():
            edited = len(change.changed) + len(change.removed)
            if edited and not editor.update(name, former=change.former, changed=change.changed, removed=change.removed):
                return FullRun(FullRunReason.DO_NOT_FIT, name)
        said = read_said(self.session, self.inputs.plans, editor.partition, self.inputs.local_codes)
        zones = read_line_zones(self.session, self.inputs.lines, editor.partition)
        cells = compare_plans(
            editor.partition,
            {plan.layer.slug: each for plan, each in zip(self.inputs.plans, said, strict=True)},
            lines=hard_lines(
                [(layer, each, coverage) for (layer, coverage), each in zip(self.coverages, zones, strict=True)]
            ),
        )
        update = self._update_patches(editor, cells, _retold(editor, changes))
        return self._result(editor, cells, update, said, changes)

    def _changes(self) -> dict[str, LayerChanges]:
        """Return what differs in each layer of which another version is compared now, or one that was edited."""
        pairs = [*zip(self.standing.plans, self.inputs.plans, strict=True)]
        pairs += [*zip(self.standing.lines, self.inputs.lines, strict=True)]
        return {now.layer.slug: self._changes_of(stored, now) for stored, now in pairs if stored != now.as_json()}

    def _changes_of(self, stored: Mapping[str, int], now: VersionedLayer) -> LayerChanges:
        older = self.session.get_one(LayerVersion, stored["layer_version_id"])
        return read_changes(self.session, now.layer, older, now.version, older_edits=stored["edit_count"])

    def _read(self, wanted: IntArray) -> GeometryArray:
        return read_cells(self.session, self.standing.id, self.before.places[wanted])

    def _update_patches(self, editor: WindowEditor, cells: ComparedCells, retold: BoolArray) -> PatchUpdate:
        table = self.before.patches
        place = _positions_now(editor, len(self.before.boxes))[table.members.cells]
        update = update_patches(
            cells,
            editor.boxes,
            PatchMembers(table.members.patches[place >= 0], place[place >= 0]),
            changed=(editor.origin < 0) | retold,
            dissolved=np.unique(table.members.patches[place < 0]),
            areas_m2=lambda numbers: table.areas_m2[np.searchsorted(table.numbers, numbers)],
            reader=editor.cells,
        )
        classes, widths = classify_patches(
            update.come.geometries,
            partition_sources(self.inputs, [layer.name for layer in editor.partition.layers]),
            sliver_thresholds(self.inputs.parameters, self.inputs.as_of),
            self._polygons_near,
            longest_m=self._longest_m(),
        )
        return replace(update, come=replace(update.come, overlap_classes=classes, mean_widths_m=widths))

    def _longest_m(self) -> float:
        # Edges of new polygons are seldom longer, and then only more patches are looked at.
        return float(self.before.facts["longest_sagitta_m"])

    def _polygons_near(self, patches: GeometryArray) -> GeometryArray:
        layers = [*self.inputs.plans, *self.inputs.lines]
        return read_near_any(self.session, [(each.layer, each.version) for each in layers], self.coverages, patches)

    def _result(
        self,
        editor: WindowEditor,
        cells: ComparedCells,
        update: PatchUpdate,
        said: Sequence[PlanCodes],
        changes: Mapping[str, LayerChanges],
    ) -> Recomputed:
        facts = dict(self.before.facts)
        first = facts["next_patch"]
        plans = [plan.layer for plan in self.inputs.plans]
        come = iter_stored_patches(plans, said, cells, update.come, self.inputs.places, first_number=first)
        come_count = len(update.come.areas_m2)
        facts["next_patch"] = first + come_count
        table = _table_after(self.before.patches, editor, cells, update, first, len(self.before.boxes))
        state = ComparisonState(editor.partition, editor.boxes, self.before.places, table, facts)
        alive = {layer.name: int(np.count_nonzero(layer.areas_m2)) for layer in editor.partition.layers}
        layers = {layer.name: layer for layer in editor.partition.layers}
        heading = describe_inputs(
            self.inputs,
            [_of_zones(each, layers[plan.layer.slug]) for plan, each in zip(self.inputs.plans, said, strict=True)],
            [alive[plan.layer.slug] for plan in self.inputs.plans],
            [alive.get(line.layer.slug, 0) for line in self.inputs.lines],
            [coverage for _, coverage in self.coverages],
        )
        summary = heading | summarise(cells, as_patches(table, cells, len(editor.boxes)), self.inputs.places)
        counts = {
            "changed_zones": {name: len(each.changed) + len(each.removed) for name, each in changes.items()},
            "cells": int(np.count_nonzero(editor.origin < 0)),
            "patches_gone": len(update.gone),
            "patches_come": come_count,
        }
        return Recomputed(
            self.standing, self.before, state, editor.origin, update.gone, come, summary | {"recomputed": counts}
        )


def _of_zones(said: PlanCodes, layer: PartitionLayer) -> PlanCodes:
    """Return the codes of the zones that there are: those that were removed keep their places in a partition, without a code."""
    there = np.flatnonzero(layer.areas_m2).tolist()
    return PlanCodes([said.codes[at] for at in there], [said.code_versions[at] for at in there], said.local)


def _retold(editor: WindowEditor, changes: Mapping[str, LayerChanges]) -> BoolArray:
    """Tell which cells belong to a feature of which something else is said than before."""
    retold = np.zeros(len(editor.boxes), dtype=bool)
    for number, layer in enumerate(editor.partition.layers):
        change = changes.get(layer.name)
        if change is None or not change.retold:
            continue
        named = set(change.retold)
        zones = np.array([one in named for one in layer.ids.tolist()], dtype=bool)
        pieces = np.zeros(len(layer.flat.pieces) + 1, dtype=bool)
        piece, zone = layer.flat.memberships.T
        pieces[piece[zones[zone]]] = True
        # The last one stands for "nothing said": a vector has -1 there.
        retold |= pieces[editor.partition.vectors[:, number]]
    return retold


def _positions_now(editor: WindowEditor, before_count: int) -> IntArray:
    """Return where each cell of before is now, -1 for those that are gone."""
    now = np.full(before_count, -1)
    kept = np.flatnonzero(editor.origin >= 0)
    now[editor.origin[kept]] = kept
    return now


def _table_after(
    table: PatchTable, editor: WindowEditor, cells: ComparedCells, update: PatchUpdate, first: int, before_count: int
) -> PatchTable:
    stays = ~np.isin(table.numbers, update.gone)
    now = _positions_now(editor, before_count)
    members = ~np.isin(table.members.patches, update.gone)
    come = update.come
    return PatchTable(
        np.append(table.numbers[stays], first + np.arange(len(come.areas_m2))),
        np.append(table.areas_m2[stays], come.areas_m2),
        np.append(table.overlap_classes[stays], come.overlap_classes),
        PatchMembers(
            np.append(table.members.patches[members], first + come.member_patches),
            np.append(now[table.members.cells[members]], cells.cells[come.member_cells]),
        ),
    )


def _store(
    session: WriteSession, row: PlanComparison, inputs: ComparisonInputs, found: Recomputed, started_at: datetime
) -> None:
    names = ("plans", "lines", "as_of", "input_digest", "engine_version", "parameter_rows", "summary")
    former = {name: getattr(row, name) for name in (*names, "started_at", "finished_at", "started_by")}
    session.add(PlanComparisonRevision(plan_comparison_id=row.id, revision=row.revision, **former))
    revision = row.revision + 1
    state = _with_new_cells(session, row, found)
    with ThreadPoolExecutor(1) as pool:
        decided, come = _exchange_patches(session, row, found, revision, pool)
        packed = pool.submit(pack_state, state)
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
    write_state(session, row.id, state.facts, packed.result())
    follow_cells(session, row)


def _exchange_patches(
    session: WriteSession, row: PlanComparison, found: Recomputed, revision: int, pool: ThreadPoolExecutor
) -> tuple[list[int], list[StoredPatch]]:
    """End the patches that are no more, and store those that come; return the row ids of ended ones of which something was decided, and the new ones."""
    srid = storage_srid(session.connection()) or 0
    come: list[StoredPatch] = []

    def described() -> dict[str, Cells] | None:
        some = list(islice(found.come, _DESCRIBED_AT_ONCE))
        come.extend(some)
        return repository.encode_patches(row.id, row.plan_set, revision, some, srid=srid) if some else None

    # While the database ends patches, and takes some of the new ones, the next ones are described.
    ahead = pool.submit(described)
    decided = repository.end_patches(session, row, found.gone.tolist(), revision=revision)
    while columns := ahead.result():
        ahead = pool.submit(described)
        repository.copy_patches(session, columns)
    return decided, come


def _with_new_cells(session: WriteSession, row: PlanComparison, found: Recomputed) -> ComparisonState:
    """Store the cells that are new; return the state with the places of all."""
    new = np.flatnonzero(found.origin < 0)
    segment = found.state.facts["next_segment"]
    added = store_cells(session, row.id, found.state.partition.cells[new], first_segment=segment)
    places = found.before.places[found.origin[found.origin >= 0]].followed_by(added)
    facts = dict(found.state.facts) | {"next_segment": int(added.segments.max(initial=segment - 1)) + 1}
    facts["stored_bytes"] = facts["stored_bytes"] + int(added.lengths.sum())
    return replace(found.state, places=places, facts=facts)
