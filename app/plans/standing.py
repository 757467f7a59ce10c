"""The latest comparison of some plans as what a new one can start from."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from app.checks.controls import layer_source
from app.db.models import Layer
from app.plans.inputs import ComparisonInputs
from app.plans.states import CellPlaces, ComparisonState, PatchTable
from gis.landuse.control_kinds import ControlKind
from gis.partition import Partition
from gis.plans.comparison import HardLine, PlanComparison
from gis.plans.lines import lines_of_layer
from gis.plans.patch_update import PatchMembers
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


def partition_sources(inputs: ComparisonInputs, partition: Partition) -> list[LayerSource]:
    """Return what each layer of a partition was drawn in."""
    known = {each.layer.slug: layer_source(each.version) for each in (*inputs.plans, *inputs.lines)}
    return [known.get(layer.name, LayerSource()) for layer in partition.layers]


def state_of(
    partition: Partition, compared: PlanComparison, patches: Patches, places: CellPlaces, lines: Coverages
) -> ComparisonState:
    """Return the state of a comparison that was computed as a whole; its patches are numbered from 1 on."""
    numbers = np.arange(1, len(patches.areas_m2) + 1)
    members = PatchMembers(patches.member_patches + 1, compared.cells[patches.member_cells])
    facts: dict[str, Any] = {
        "coverages": coverage_digests(lines),
        "longest_sagitta_m": patches.longest_sagitta_m,
        "next_patch": len(numbers) + 1,
        "next_segment": int(places.segments.max(initial=-1)) + 1,
        "stored_bytes": int(places.lengths.sum()),
    }
    table = PatchTable(numbers, patches.areas_m2, patches.overlap_classes, members)
    return ComparisonState(partition, shapely.bounds(partition.cells).reshape(-1, 4), places, table, facts)


def _digest(coverage: shapely.Geometry) -> str:
    return hashlib.sha256(shapely.to_wkb(shapely.normalize(coverage))).hexdigest()
