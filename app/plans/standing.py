"""The latest comparison of some plans as what a new one can start from."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from app.checks.controls import layer_source
from app.db.models import Layer
from app.plans.inputs import ComparisonInputs
from app.plans.states import CellPlaces, ComparisonState, PatchTable, ZoneCodes
from gis.arrays import FloatArray
from gis.landuse.control_kinds import ControlKind
from gis.partition import Partition
from gis.plans.comparison import HardLine, PlanCodes, PlanComparison
from gis.plans.lines import lines_of_layer
from gis.plans.patches import Patches
from gis.sagitta import LayerSource

Coverages = Sequence[tuple[Layer, shapely.Geometry | None]]


def coverage_names(lines: Coverages) -> list[str | None]:
    """Name where each line is known: lines that are known in the same place share the name of the first of them."""
    named: dict[str, str] = {}
    names: list[str | None] = []
    for layer, coverage in lines:
        # No slug has a colon.
        names.append(None if coverage is None else named.setdefault(_digest(coverage), f"{layer.slug}:coverage"))
    return names


def coverage_digests(lines: Coverages) -> list[str | None]:
    """Return a digest of where each line is known."""
    return [None if coverage is None else _digest(coverage) for _, coverage in lines]


def hard_lines(
    lines: Sequence[tuple[Layer, Sequence[str | None], shapely.Geometry | None]],
) -> list[HardLine]:
    """Return the bits that layers of control areas set, from the zones of their areas and where they are known; without areas none."""
    names = coverage_names([(layer, coverage) for layer, _, coverage in lines])
    return [
        bit
        for (layer, zones, _), name in zip(lines, names, strict=True)
        if len(zones)
        for bit in lines_of_layer(layer.slug, ControlKind(layer.control_kind or ""), zones, coverage=name)
    ]


def partition_sources(inputs: ComparisonInputs, names: Sequence[str]) -> list[LayerSource]:
    """Return what each layer of a partition was drawn in, from the names of the layers."""
    known = {each.layer.slug: layer_source(each.version) for each in (*inputs.plans, *inputs.lines)}
    return [known.get(name, LayerSource()) for name in names]


def state_of(
    partition: Partition,
    boxes: FloatArray,
    places: CellPlaces,
    table: PatchTable,
    said: Sequence[PlanCodes],
    lines: Coverages,
    longest_sagitta_m: float,
) -> ComparisonState:
    """Return the state of a comparison that was computed as a whole; its patches are numbered from 1 on."""
    facts: dict[str, Any] = {
        "coverages": coverage_digests(lines),
        "longest_sagitta_m": longest_sagitta_m,
        "next_patch": len(table.numbers) + 1,
        "next_segment": int(places.segments.max(initial=-1)) + 1,
        "stored_bytes": int(places.lengths.sum()),
    }
    return ComparisonState(partition, boxes, places, table, tuple(map(ZoneCodes.of, said)), facts)


def as_patches(table: PatchTable, cells: PlanComparison, count: int) -> Patches:
    """Return the patches as the summary wants them: without geometry. The partition has ``count`` cells."""
    place = np.full(count, -1)
    place[cells.cells] = np.arange(len(cells.cells))
    order = np.argsort(table.members.patches, kind="stable")
    first = order[np.searchsorted(table.members.patches[order], table.numbers)]
    nothing = np.empty(0, dtype=np.int64)
    return Patches(
        geometries=np.full(len(table.numbers), None, dtype=object),
        areas_m2=table.areas_m2,
        mean_widths_m=np.full(len(table.numbers), np.nan),
        overlap_classes=table.overlap_classes,
        cell_counts=nothing,
        first_cells=place[table.members.cells[first]],
        member_patches=nothing,
        member_cells=nothing,
    )


def _digest(coverage: shapely.Geometry) -> str:
    return hashlib.sha256(shapely.to_wkb(shapely.normalize(coverage))).hexdigest()
