"""Difference patches of a partition in tiles: those of the partition at once, whatever the tiles are."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.partition import partition_layers
from gis.plans.comparison import HardLine, PlanCodes, PlanComparison, compare_plans
from gis.plans.patches import Patches, find_patches
from gis.plans.tiled_patches import TiledPatches
from gis.sagitta import LayerSource
from gis.tiled_partition import TiledLayer, TiledPartition
from tests.unit.gis.plans.test_patches import CITY, CUSTOMARY, LAND
from tests.unit.gis.test_incremental import overlapping_coverage
from tests.unit.gis.test_partition import layer, random_coverage

CODES = {"city": (CITY, ("R2", "E2", "M1")), "land": (LAND, ("2110", "1100", None))}
LINES = (HardLine("line", "line"),)


def described(patches: Patches, compared: PlanComparison) -> list[tuple[Any, ...]]:
    """List patches in an order of their own, with what is said of them."""
    first = patches.first_cells
    boxes = shapely.bounds(patches.geometries).reshape(-1, 4).round(4)
    rows = [
        (
            *boxes[k].tolist(),
            *compared.codes[cell].tolist(),
            str(compared.classes[cell]),
            int(compared.masks[cell]),
            str(patches.overlap_classes[k]),
            int(patches.cell_counts[k]),
            round(float(patches.areas_m2[k]), 3),
            k,
        )
        for k, cell in enumerate(first.tolist())
    ]
    return sorted(rows)


def found_in_tiles(layers, plans, most_vertices: int) -> tuple[list[tuple[Any, ...]], list[shapely.Geometry], int]:
    tiled = TiledPartition(
        [TiledLayer.of(name, frame) for name, frame in layers.items()], most_vertices=most_vertices, threads=1
    )
    patches = TiledPatches([LayerSource()] * len(layers), CUSTOMARY)
    polygons = np.concatenate([frame.geometry.to_numpy() for frame in layers.values()])
    rows, geometries = [], []
    for part in tiled:
        if part.is_last:
            cells = compare_plans(tiled.whole(), plans, lines=LINES)
            found = patches.finish(part, cells, lambda asked: polygons)
        else:
            cells = compare_plans(part.partition, plans, lines=LINES)
            found = patches.add(part, cells)
        rows += [(*row[:-1], len(geometries) + row[-1]) for row in described(found, cells)]
        geometries += found.geometries.tolist()
    return sorted(rows), geometries, tiled.tile_count


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 100_000), st.integers(20, 70), st.integers(60, 400), st.booleans())
def test_tiles_give_the_patches_of_all_layers_at_once(seed: int, zones: int, most: int, with_large: bool):
    rng = np.random.default_rng(seed)
    layers = {"city": overlapping_coverage(rng, zones), "land": random_coverage(rng, zones)}
    ring = shapely.difference(shapely.box(100, 100, 900, 950), shapely.box(300, 300, 600, 600))
    layers["line"] = layer(ring, shapely.box(200, 600, 1300, 800)) if with_large else random_coverage(rng, zones // 2)
    plans = {
        name: PlanCodes([codes[k] for k in rng.integers(3, size=len(layers[name]))], [version] * len(layers[name]))
        for name, (version, codes) in CODES.items()
    }
    whole = partition_layers(layers, threads=1)
    compared = compare_plans(whole, plans, lines=LINES)
    expected = find_patches(whole, compared, thresholds=CUSTOMARY)
    rows, geometries, _ = found_in_tiles(layers, plans, most)
    wanted = described(expected, compared)
    assert [row[:-2] for row in rows] == [row[:-2] for row in wanted]
    assert [row[-2] for row in rows] == pytest.approx([row[-2] for row in wanted], abs=2e-3)
    for ours, theirs in zip(rows, wanted, strict=True):
        assert shapely.hausdorff_distance(geometries[ours[-1]], expected.geometries[theirs[-1]]) < 1e-6


def test_a_patch_across_all_tiles_is_one_with_all_its_cells():
    strips = [shapely.box(x, 0, x + 10, 100) for x in range(0, 400, 10)]
    layers = {"city": layer(*strips), "land": layer(*strips), "line": layer(shapely.box(-10, 95, 500, 120))}
    plans = {"city": PlanCodes(["R2"] * 40, [CITY] * 40), "land": PlanCodes(["1100"] * 40, [LAND] * 40)}
    rows, geometries, tiles = found_in_tiles(layers, plans, 60)
    assert tiles > 4
    assert [(row[-3], row[-2]) for row in rows] == [
        (40, pytest.approx(38_000, abs=1)),
        (40, pytest.approx(2_000, abs=1)),
    ] or [(row[-3], row[-2]) for row in rows] == [(40, pytest.approx(2_000, abs=1)), (40, pytest.approx(38_000, abs=1))]
    assert all(shapely.is_valid(geometry) for geometry in geometries)
