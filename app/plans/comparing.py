"""Plans compared part by part: patches and cells are stored as they come, so that however large the plans are, little of them is held."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.checks.thresholds import sliver_thresholds
from app.plans.inputs import ComparisonInputs, describe_inputs
from app.plans.patch_rows import StoredPatch, iter_stored_patches
from app.plans.reading import read_near_any
from app.plans.standing import as_patches, hard_lines, partition_sources, state_of
from app.plans.states import CellPlaces, ComparisonState, PatchTable
from app.plans.summarising import summarise
from app.plans.tile_reading import ComparedLayers, read_layers
from app.progress import Progress
from gis.arrays import FloatArray, GeometryArray
from gis.errors import OverlayCancelledError
from gis.partition import Partition
from gis.plans.comparison import HardLine, compare_plans
from gis.plans.comparison import PlanComparison as ComparedCells
from gis.plans.patch_update import PatchMembers
from gis.plans.patches import Patches
from gis.plans.tiled_patches import TiledPatches
from gis.tiled_partition import MOST_VERTICES, PartitionPart, TiledPartition

#: How far a comparison is: all parts are there, their patches, the sums, the decisions carried over, the state stored, everything stored.
CUT, MERGED, SUMMED, CARRIED, KEPT, STEPS = 900, 930, 950, 965, 985, 1000
_PATCHES_AT_ONCE = 5000


class ResultStore(Protocol):
    """Takes what a comparison finds."""

    def take_cells(self, cells: GeometryArray) -> CellPlaces:
        """Keep the polygons of some cells; return where they are."""

    def take_patches(self, patches: Iterable[StoredPatch]) -> None:
        """Keep some patches."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison whose patches and cells are kept elsewhere."""

    summary: dict[str, Any]
    state: ComparisonState


def compare_in_parts(
    session: Session,
    inputs: ComparisonInputs,
    store: ResultStore,
    *,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> Compared:
    """Compare everything.

    Parameters
    ----------
    session : Session
        From which zones and lines are read until the end.
    store : ResultStore
    progress : callable
        Called with steps done up to ``SUMMED``, and ``STEPS``.
    cancelled : callable or None

    Raises
    ------
    GisError, OverlayCancelledError
    """
    read = read_layers(session, inputs)

    def cutting(done: int, total: int) -> None:
        progress(CUT * done // total, STEPS)

    tiled = TiledPartition(read.layers, most_vertices=MOST_VERTICES, progress=cutting, cancelled=cancelled)
    run = _Run(session, inputs, store, read, tiled, progress, cancelled)
    return run.finish()


@dataclass(slots=True)
class _Run:
    session: Session
    inputs: ComparisonInputs
    store: ResultStore
    read: ComparedLayers
    tiled: TiledPartition
    progress: Progress
    cancelled: Callable[[], bool] | None
    _boxes: list[FloatArray] = field(default_factory=list)
    _places: list[CellPlaces] = field(default_factory=list)
    _tables: list[PatchTable] = field(default_factory=list)
    _next_patch: int = 1

    def finish(self) -> Compared:
        """Take all parts, and return what they make together."""
        patches = TiledPatches(
            partition_sources(self.inputs, [layer.name for layer in self.read.layers]),
            sliver_thresholds(self.inputs.parameters, self.inputs.as_of),
        )
        cells = None
        for part in self.tiled:
            if part.is_last:
                cells = self._compared(self.tiled.whole())
                self._check()
                self._take(patches.finish(part, cells, self._polygons_near, check=self._check), cells, 0)
            else:
                here = self._compared(part.partition)
                self._check()
                self._take(patches.add(part, here), here, part.first_cell)
            self._take_cells(part)
        self._step(MERGED)
        whole = self.tiled.whole()
        return self._result(whole, self._compared(whole) if cells is None else cells, patches.longest_m)

    def _compared(self, partition: Partition) -> ComparedCells:
        plans = zip(self.inputs.plans, self.read.codes, strict=True)
        return compare_plans(partition, {plan.layer.slug: said for plan, said in plans}, lines=self._lines())

    def _lines(self) -> list[HardLine]:
        pairs = zip(self.read.coverages, self.read.zones, strict=True)
        return hard_lines([(layer, zones, coverage) for (layer, coverage), zones in pairs])

    def _take(self, patches: Patches, cells: ComparedCells, first_cell: int) -> None:
        self._check()
        first, count = self._next_patch, len(patches.areas_m2)
        layers = [plan.layer for plan in self.inputs.plans]
        described = iter_stored_patches(layers, self.read.codes, cells, patches, self.inputs.places, first_number=first)
        while chunk := list(islice(described, _PATCHES_AT_ONCE)):
            self._check()
            self.store.take_patches(chunk)
        members = PatchMembers(first + patches.member_patches, first_cell + cells.cells[patches.member_cells])
        numbers = first + np.arange(count)
        self._tables.append(PatchTable(numbers, patches.areas_m2, patches.overlap_classes, members))
        self._next_patch += count

    def _take_cells(self, part: PartitionPart) -> None:
        self._check()
        self._boxes.append(shapely.bounds(part.partition.cells).reshape(-1, 4))
        self._places.append(self.store.take_cells(part.partition.cells))

    def _polygons_near(self, patches: GeometryArray) -> GeometryArray:
        layers = [*self.inputs.plans, *self.inputs.lines]
        return read_near_any(
            self.session, [(each.layer, each.version) for each in layers], self.read.coverages, patches
        )

    def _result(self, whole: Partition, cells: ComparedCells, longest_m: float) -> Compared:
        self._check()
        table = _joined(self._tables)
        counts = {layer.name: len(layer.ids) for layer in self.read.layers}
        heading = describe_inputs(
            self.inputs,
            self.read.codes,
            [counts.get(plan.layer.slug, 0) for plan in self.inputs.plans],
            [counts.get(line.layer.slug, 0) for line in self.inputs.lines],
            [coverage for _, coverage in self.read.coverages],
        )
        summary = heading | summarise(cells, as_patches(table, cells, len(whole.vectors)), self.inputs.places)
        boxes = np.concatenate(self._boxes)
        places = CellPlaces.joined(self._places)
        self._step(SUMMED)
        return Compared(summary, state_of(whole, boxes, places, table, self.read.codes, self.read.coverages, longest_m))

    def _step(self, done: int) -> None:
        self._check()
        self.progress(done, STEPS)

    def _check(self) -> None:
        if self.cancelled is not None and self.cancelled():
            message = "The comparison was cancelled."
            raise OverlayCancelledError(message)


def _joined(tables: Sequence[PatchTable]) -> PatchTable:
    return PatchTable(
        np.concatenate([table.numbers for table in tables]),
        np.concatenate([table.areas_m2 for table in tables]),
        np.concatenate([table.overlap_classes for table in tables]),
        PatchMembers(
            np.concatenate([table.members.patches for table in tables]),
            np.concatenate([table.members.cells for table in tables]),
        ),
    )
