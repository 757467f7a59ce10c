"""A comparison after a change of its layers: only the cells around what changed are computed again. Nothing is stored here.

The comparison keeps its patches; those that the change touches are gone, and new ones come.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.checks.service import engine_version
from app.checks.thresholds import sliver_thresholds
from app.db.models import LayerVersion, PlanComparison
from app.plans import repository
from app.plans.changes import LayerChanges, read_changes
from app.plans.full_runs import MOST_CHANGED_SHARE, FullRun, FullRunReason
from app.plans.inputs import METHOD, ComparisonInputs, VersionedLayer, describe_inputs
from app.plans.opening import read_line_zones
from app.plans.patch_rows import StoredPatch, iter_stored_patches
from app.plans.reading import read_coverage, read_near_any
from app.plans.standing import Coverages, as_patches, coverage_digests, hard_lines, partition_sources
from app.plans.states import ComparisonState, PatchTable, ZoneCodes, read_cells, read_packed, unpack_state
from app.plans.summarising import summarise
from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.partition import PartitionLayer
from gis.plans.comparison import PlanCodes, compare_plans
from gis.plans.comparison import PlanComparison as ComparedCells
from gis.plans.patch_update import PatchMembers, PatchUpdate, update_patches
from gis.plans.patches import Patches, classify_patches
from gis.window_update import WindowEditor

# Of the cells that are stored, this share must still be in use.
LEAST_USED_SHARE = 0.5


def recompute(session: Session, inputs: ComparisonInputs) -> "Recomputation | FullRun | None":
    """Begin to compute what a change of layers does to the latest comparison of them.

    Returns
    -------
    Recomputation, FullRun or None
        None where there is no such comparison, and why everything has to be computed again where there is one to no avail.
    """
    standing = repository.find_current(session, inputs.plan_set)
    if standing is None:
        return None
    if hindrance := _hindrance(standing, inputs):
        return FullRun(hindrance)
    packed = read_packed(session, standing.id)
    if packed is None:
        return FullRun(FullRunReason.NO_STATE)
    with ThreadPoolExecutor(1) as pool:
        # While the database looks for what differs, the state is unpacked.
        unpacked = pool.submit(unpack_state, *packed)
        coverages: Coverages = [(line.layer, read_coverage(session, line.version)) for line in inputs.lines]
        if packed[0]["coverages"] != coverage_digests(coverages):
            return FullRun(FullRunReason.OTHER_COVERAGE)
        changes = _changes(session, standing, inputs)
    state = unpacked.result()
    if state is None or _is_worn(state):
        return FullRun(FullRunReason.NO_STATE if state is None else FullRunReason.WORN)
    editor = WindowEditor.of(
        state.partition, state.boxes, lambda wanted: read_cells(session, standing.id, state.places[wanted])
    )
    return _edit(editor, changes) or Recomputation(session, inputs, standing, state, coverages, changes, editor)


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


def _changes(session: Session, standing: PlanComparison, inputs: ComparisonInputs) -> dict[str, LayerChanges]:
    """Return what differs in each layer of which another version is compared now, or one that was edited."""
    pairs = [*zip(standing.plans, inputs.plans, strict=True), *zip(standing.lines, inputs.lines, strict=True)]
    return {now.layer.slug: _changes_of(session, stored, now) for stored, now in pairs if stored != now.as_json()}


def _changes_of(session: Session, stored: Mapping[str, int], now: VersionedLayer) -> LayerChanges:
    older = session.get_one(LayerVersion, stored["layer_version_id"])
    return read_changes(session, now.layer, older, now.version, older_edits=stored["edit_count"])


def _edit(editor: WindowEditor, changes: Mapping[str, LayerChanges]) -> FullRun | None:
    """Make the changes in the cells; return why they cannot be made."""
    layers = {layer.name: layer for layer in editor.partition.layers}
    for name, change in changes.items():
        if name not in layers:
            return FullRun(FullRunReason.NEW_LAYER, name)
        if len(change.changed) + len(change.removed) > MOST_CHANGED_SHARE * len(layers[name].ids):
            return FullRun(FullRunReason.MUCH_CHANGED, name)
    for name, change in changes.items():
        edited = len(change.changed) + len(change.removed)
        if edited and not editor.update(name, former=change.former, changed=change.changed, removed=change.removed):
            return FullRun(FullRunReason.DO_NOT_FIT, name)
    return None


@dataclass(frozen=True)
class Recomputation:
    """A comparison after a change, each part of which is computed when it is asked for: what needs little can be stored while the rest is computed.

    Attributes
    ----------
    standing : PlanComparison
        The comparison before it.
    before : ComparisonState
        Of that one.
    changes : mapping of str to LayerChanges
        By the names of layers.
    editor : WindowEditor
        Whose partition has the changes.
    """

    session: Session
    inputs: ComparisonInputs
    standing: PlanComparison
    before: ComparisonState
    coverages: Coverages
    changes: Mapping[str, LayerChanges]
    editor: WindowEditor

    @cached_property
    def new_cells(self) -> GeometryArray:
        """The cells that are new, which stand behind all others."""
        return self.editor.partition.cells[self.editor.origin < 0]

    @property
    def gone(self) -> IntArray:
        """Numbers of the patches that are no more."""
        return self._merged.gone

    def come(self) -> Iterator[StoredPatch]:
        """Describe the patches that are new."""
        return iter_stored_patches(
            [plan.layer for plan in self.inputs.plans],
            self._codes,
            self._cells,
            self._come,
            self.inputs.places,
            first_number=self.before.facts["next_patch"],
        )

    @cached_property
    def state(self) -> ComparisonState:
        """What is kept of it for the next change; the places of the new cells are not among those of the cells yet."""
        first = self.before.facts["next_patch"]
        facts = dict(self.before.facts) | {"next_patch": first + len(self._come.areas_m2)}
        places = self.before.places[self.editor.origin[self.editor.origin >= 0]]
        return ComparisonState(self.editor.partition, self.editor.boxes, places, self._table(first), self._said, facts)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What is told of it."""
        layers = {layer.name: layer for layer in self.editor.partition.layers}
        alive = {name: int(np.count_nonzero(layer.areas_m2)) for name, layer in layers.items()}
        heading = describe_inputs(
            self.inputs,
            [
                _of_zones(each, layers[plan.layer.slug])
                for plan, each in zip(self.inputs.plans, self._codes, strict=True)
            ],
            [alive[plan.layer.slug] for plan in self.inputs.plans],
            [alive.get(line.layer.slug, 0) for line in self.inputs.lines],
            [coverage for _, coverage in self.coverages],
        )
        patches = as_patches(self.state.patches, self._cells, len(self.editor.boxes))
        counts = {
            "changed_zones": {name: len(each.changed) + len(each.removed) for name, each in self.changes.items()},
            "cells": len(self.new_cells),
            "patches_gone": len(self.gone),
            "patches_come": len(self._come.areas_m2),
        }
        return heading | summarise(self._cells, patches, self.inputs.places) | {"recomputed": counts}

    @cached_property
    def _said(self) -> tuple[ZoneCodes, ...]:
        layers = {layer.name: layer for layer in self.editor.partition.layers}
        slugs = [plan.layer.slug for plan in self.inputs.plans]
        return tuple(
            _said_now(said, layers[slug], self.changes.get(slug))
            for slug, said in zip(slugs, self.before.said, strict=True)
        )

    @cached_property
    def _codes(self) -> tuple[PlanCodes, ...]:
        return tuple(said.with_tables(self.inputs.local_codes) for said in self._said)

    @cached_property
    def _cells(self) -> ComparedCells:
        zones = read_line_zones(self.session, self.inputs.lines, self.editor.partition)
        lines = [(layer, each, coverage) for (layer, coverage), each in zip(self.coverages, zones, strict=True)]
        plans = zip(self.inputs.plans, self._codes, strict=True)
        return compare_plans(
            self.editor.partition, {plan.layer.slug: each for plan, each in plans}, lines=hard_lines(lines)
        )

    @cached_property
    def _now(self) -> IntArray:
        """Where each cell of before is now, -1 for those that are gone."""
        now = np.full(len(self.before.boxes), -1)
        kept = np.flatnonzero(self.editor.origin >= 0)
        now[self.editor.origin[kept]] = kept
        return now

    @cached_property
    def _merged(self) -> PatchUpdate:
        """The patches that come and go; the former are not classified."""
        table = self.before.patches
        place = self._now[table.members.cells]
        return update_patches(
            self._cells,
            self.editor.boxes,
            PatchMembers(table.members.patches[place >= 0], place[place >= 0]),
            changed=(self.editor.origin < 0) | _retold(self.editor, self.changes),
            dissolved=np.unique(table.members.patches[place < 0]),
            areas_m2=lambda numbers: table.areas_m2[np.searchsorted(table.numbers, numbers)],
            reader=self.editor.cells,
        )

    @cached_property
    def _come(self) -> Patches:
        come = self._merged.come
        classes, widths = classify_patches(
            come.geometries,
            partition_sources(self.inputs, [layer.name for layer in self.editor.partition.layers]),
            sliver_thresholds(self.inputs.parameters, self.inputs.as_of),
            self._polygons_near,
            # Edges of new polygons are seldom longer, and then only more patches are looked at.
            longest_m=float(self.before.facts["longest_sagitta_m"]),
        )
        return replace(come, overlap_classes=classes, mean_widths_m=widths)

    def _polygons_near(self, patches: GeometryArray) -> GeometryArray:
        layers = [*self.inputs.plans, *self.inputs.lines]
        return read_near_any(self.session, [(each.layer, each.version) for each in layers], self.coverages, patches)

    def _table(self, first: int) -> PatchTable:
        table, come = self.before.patches, self._come
        stays = ~np.isin(table.numbers, self.gone)
        members = ~np.isin(table.members.patches, self.gone)
        return PatchTable(
            np.append(table.numbers[stays], first + np.arange(len(come.areas_m2))),
            np.append(table.areas_m2[stays], come.areas_m2),
            np.append(table.overlap_classes[stays], come.overlap_classes),
            PatchMembers(
                np.append(table.members.patches[members], first + come.member_patches),
                np.append(self._now[table.members.cells[members]], self._cells.cells[come.member_cells]),
            ),
        )


def _said_now(said: ZoneCodes, layer: PartitionLayer, change: LayerChanges | None) -> ZoneCodes:
    """Return the codes of a plan after a change: new zones stand behind the others, and those that were removed keep their places."""
    if change is None:
        return said
    nothing = np.full(len(layer.ids) - len(said.codes), None, dtype=object)
    codes, versions = np.append(said.codes, nothing), np.append(said.code_versions, nothing)
    place = pd.Index(layer.ids, dtype=object)
    removed = place.get_indexer(pd.Index(change.removed, dtype=object))
    codes[removed], versions[removed] = None, None
    told = place.get_indexer(pd.Index([*change.said], dtype=object))
    for column, each in ((0, codes), (1, versions)):
        each[told] = [values[column] for values in change.said.values()]
    return ZoneCodes(codes, versions)


def _of_zones(said: PlanCodes, layer: PartitionLayer) -> PlanCodes:
    """Return the codes of the zones that there are."""
    there = np.flatnonzero(layer.areas_m2).tolist()
    return PlanCodes([said.codes[at] for at in there], [said.code_versions[at] for at in there], said.local)


def _retold(editor: WindowEditor, changes: Mapping[str, LayerChanges]) -> BoolArray:
    """Tell which cells belong to a feature that says something else than before, or may."""
    retold = np.zeros(len(editor.boxes), dtype=bool)
    for number, layer in enumerate(editor.partition.layers):
        change = changes.get(layer.name)
        if change is None or not change.said:
            continue
        zones = np.array([one in change.said for one in layer.ids.tolist()], dtype=bool)
        pieces = np.zeros(len(layer.flat.pieces) + 1, dtype=bool)
        piece, zone = layer.flat.memberships.T
        pieces[piece[zones[zone]]] = True
        # The last one stands for "nothing said": a vector has -1 there.
        retold |= pieces[editor.partition.vectors[:, number]]
    return retold
