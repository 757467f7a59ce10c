"""Updates of a partition: after every edit it has the cells of a full run, and they fit together."""

from collections.abc import Callable
from itertools import count

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import incremental
from gis.cell_fitting import NewCells
from gis.cell_update import remake_cells
from gis.crs import AREA_PLANE
from gis.errors import GeometryRefusedError
from gis.incremental import PartitionEditor
from gis.partition import Partition, partition_layers
from tests.unit.gis.test_partition import X0, Y0, areas_by_sources, layer, random_coverage

Rng = np.random.Generator
Edit = tuple[dict[int, shapely.Geometry], list[int]]


def overlapping_coverage(rng: Rng, zones: int) -> gpd.GeoDataFrame:
    frame = random_coverage(rng, zones)
    polygons = frame.geometry.to_numpy().copy()
    for k in rng.choice(len(polygons), max(1, len(polygons) // 8), replace=False):
        moved = shapely.transform(polygons[k], lambda xy: xy + rng.uniform(-60, 60, 2))
        polygons[k] = shapely.convex_hull(shapely.union(polygons[k], moved))
    return frame.set_geometry(polygons, crs=AREA_PLANE)


def split(rng: Rng, zones: gpd.GeoSeries, picked: list[int], new_id: Callable[[], int]) -> Edit:
    changed = {}
    for zone in picked:
        x_min, y_min, x_max, y_max = zones[zone].bounds
        middle = rng.uniform(x_min, x_max)
        changed[zone] = zones[zone] & shapely.box(x_min - 1, y_min - 1, middle, y_max + 1)
        changed[new_id()] = zones[zone] & shapely.box(middle, y_min - 1, x_max + 1, y_max + 1)
    return changed, []


def move_vertex(rng: Rng, zones: gpd.GeoSeries, picked: list[int], *, shared: bool) -> Edit:
    vertices = shapely.get_coordinates(zones[picked[0]])
    vertex, by = vertices[rng.integers(len(vertices))], rng.uniform(-20, 20, 2)
    concerned = zones if shared else zones[picked]
    moved = {
        zone: shapely.transform(polygon, lambda xy: np.where((xy == vertex).all(axis=1)[:, None], xy + by, xy))
        for zone, polygon in concerned.items()
    }
    return {zone: polygon for zone, polygon in moved.items() if not polygon.equals_exact(zones[zone])}, []


def shift(rng: Rng, zones: gpd.GeoSeries, picked: list[int]) -> Edit:
    by = rng.choice([1e-8, 1e-5, 1e-3, 1, 10]) * rng.uniform(-1, 1, 2)
    return {zone: shapely.transform(zones[zone], lambda xy: xy + by) for zone in picked}, []


def remove(zones: gpd.GeoSeries, picked: list[int]) -> Edit:
    return {}, picked if len(zones) > 6 else []


def add_anywhere(rng: Rng, new_id: Callable[[], int]) -> Edit:
    corner, size = np.add(rng.uniform(-100, 1000, 2), (X0, Y0)), rng.uniform(5, 200, 2)
    return {new_id(): shapely.box(*corner, *(corner + size))}, []


def add_at_an_edge(rng: Rng, zones: gpd.GeoSeries, picked: list[int], new_id: Callable[[], int]) -> Edit:
    """Add a triangle on a part of a zone's edge, outside or inside: its corners lie on the edge to rounding."""
    vertices = shapely.get_coordinates(shapely.get_parts(zones[picked[0]])[0].exterior)
    k = rng.integers(len(vertices) - 1)
    start, along = vertices[k], vertices[k + 1] - vertices[k]
    first, second = start + np.sort(rng.uniform(0, 1, 2))[:, None] * along
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    return {new_id(): shapely.Polygon([first, second, (first + second) / 2 + rng.uniform(-60, 60) * across])}, []


def random_edit(rng: Rng, frame: gpd.GeoDataFrame, new_id: Callable[[], int]) -> Edit:
    zones = frame.geometry
    picked = rng.choice(frame.index, min(len(frame), int(rng.integers(1, 4))), replace=False).tolist()
    edits = (
        lambda: split(rng, zones, picked, new_id),
        lambda: move_vertex(rng, zones, picked, shared=True),
        lambda: move_vertex(rng, zones, picked, shared=False),
        lambda: shift(rng, zones, picked),
        lambda: remove(zones, picked),
        lambda: add_anywhere(rng, new_id),
        lambda: add_at_an_edge(rng, zones, picked, new_id),
    )
    changed, removed = edits[rng.integers(len(edits))]()
    areal = ("Polygon", "MultiPolygon")
    return {
        zone: part for zone, part in changed.items() if part.is_valid and part.area > 0 and part.geom_type in areal
    }, removed


def edited(frame: gpd.GeoDataFrame, changed: gpd.GeoDataFrame, removed: list[int]) -> gpd.GeoDataFrame:
    kept = frame[~frame.index.isin([*removed, *changed.index])]
    return gpd.GeoDataFrame(pd.concat([kept, changed]), crs=AREA_PLANE)


def assert_as_a_full_run(partition: Partition, layers: dict[str, gpd.GeoDataFrame]) -> None:
    found, expected = areas_by_sources(partition), areas_by_sources(partition_layers(layers))
    for said in found.keys() | expected.keys():
        assert found.get(said, 0.0) == pytest.approx(expected.get(said, 0.0), abs=2e-5), said
    assert len(np.unique(partition.vectors, axis=0)) == len(partition.vectors)
    assert shapely.area(partition.cells).tolist() == partition.areas_m2.tolist()
    assert shapely.is_valid(partition.cells).all()
    assert shapely.coverage_is_valid(partition.cells)


@settings(max_examples=40)
@given(st.integers(0, 100_000), st.integers(1, 4), st.integers(5, 30))
def test_a_series_of_edits_has_the_cells_of_a_full_run(seed: int, k: int, zones: int):
    rng, ids = np.random.default_rng(seed), count(1000)
    make = (overlapping_coverage, random_coverage)
    layers = {f"layer{i}": make[rng.integers(2)](rng, zones) for i in range(k)}
    editor = PartitionEditor(partition_layers(layers), threads=1)
    for _ in range(3):
        name = f"layer{rng.integers(k)}"
        polygons, removed = random_edit(rng, layers[name], lambda: next(ids))
        changed = gpd.GeoDataFrame(index=list(polygons), geometry=list(polygons.values()), crs=AREA_PLANE)
        layers[name] = edited(layers[name], changed, removed)
        update = editor.update(name, changed=changed, removed=removed)
        assert update.partition is editor.partition
        assert_as_a_full_run(update.partition, layers)


@pytest.fixture
def plans() -> dict[str, gpd.GeoDataFrame]:
    return {
        "city": layer(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), ids=["R", "M"]),
        "land": layer(shapely.box(50, 0, 150, 100), ids=["010"]),
    }


def test_the_cells_that_nothing_concerns_stay_the_same_objects():
    rng = np.random.default_rng(8)
    layers = {name: random_coverage(rng, 60) for name in ("a", "b")}
    before = partition_layers(layers)
    zone = layers["a"].index[30]
    moved = layers["a"].loc[[zone]].translate(0.5, 0).to_frame("geometry")
    update = PartitionEditor(before).update("a", changed=gpd.GeoDataFrame(moved, crs=AREA_PLANE))
    kept = np.delete(np.arange(len(before.cells)), update.gone)
    assert 0 < len(update.gone) < len(before.cells) / 3
    assert all(one is other for one, other in zip(before.cells[kept], update.partition.cells, strict=False))
    assert update.come.tolist() == list(range(len(kept), len(update.partition.cells)))
    assert not update.everything


@pytest.mark.parametrize("is_removed", [True, False])
def test_cells_that_an_edit_only_touches_stay_the_same_objects(*, is_removed: bool):
    squares = {
        3 * row + column: shapely.box(X0 + 10 * column, Y0 + 10 * row, X0 + 10 * column + 10, Y0 + 10 * row + 10)
        for row in range(3)
        for column in range(3)
    }
    whole = gpd.GeoDataFrame(geometry=[shapely.box(X0, Y0, X0 + 30, Y0 + 30)], index=[0], crs=AREA_PLANE)
    plan = gpd.GeoDataFrame(geometry=[*squares.values()], index=[*squares], crs=AREA_PLANE)
    middle = plan.loc[[4]]
    editor = PartitionEditor(partition_layers({"plan": plan if is_removed else plan.drop(index=4), "land": whole}))
    before = editor.partition
    update = editor.update("plan", removed=[4]) if is_removed else editor.update("plan", changed=middle)
    assert (len(update.gone), len(update.come), update.everything) == (1, 1, False)
    assert before.areas_m2[update.gone].tolist() == pytest.approx([100])
    assert update.partition.areas_m2.sum() == pytest.approx(900)


def test_a_zone_can_be_changed_added_and_removed(plans):
    editor = PartitionEditor(partition_layers(plans))
    editor.update("city", changed=layer(shapely.box(100, 0, 200, 50), shapely.box(300, 0, 310, 10), ids=["M", "G"]))
    found = areas_by_sources(editor.update("city", removed=["R"]).partition)
    none, land = frozenset(), frozenset({"010"})
    expected = {
        (none, land): 7500,
        (frozenset({"M"}), land): 2500,
        (frozenset({"M"}), none): 2500,
        (frozenset({"G"}), none): 100,
    }
    assert found == pytest.approx(expected, abs=1e-4)
    assert areas_by_sources(editor.update("city", changed=plans["city"], removed=["G"]).partition) == pytest.approx(
        areas_by_sources(partition_layers(plans)), abs=1e-4
    )


def test_a_zone_set_to_what_it_is_changes_no_cell(plans):
    editor = PartitionEditor(partition_layers(plans))
    update = editor.update("city", changed=plans["city"])
    assert (len(update.gone), len(update.come)) == (0, 0)


def test_new_cells_that_do_not_fit_make_everything_new(plans, monkeypatch):
    def careless(*arguments) -> NewCells:
        cells = remake_cells(*arguments)
        return NewCells(cells.gone, cells.geometries[1:], cells.vectors[1:])

    monkeypatch.setattr(incremental, "remake_cells", careless)
    changed = layer(shapely.box(0, 0, 100, 80), ids=["R"])
    update = PartitionEditor(partition_layers(plans)).update("city", changed=changed)
    assert update.everything
    assert_as_a_full_run(update.partition, {**plans, "city": edited(plans["city"], changed, [])})


def test_a_refused_edit_leaves_the_partition_as_it_was(plans):
    before = partition_layers(plans)
    editor = PartitionEditor(before)
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 90)])
    with pytest.raises(GeometryRefusedError, match="R"):
        editor.update("city", changed=layer(bowtie, ids=["R"]))
    with pytest.raises(KeyError, match="no layer 'sea'"):
        editor.update("sea", removed=["R"])
    with pytest.raises(KeyError, match="no polygon 'X'"):
        editor.update("city", removed=["R", "X"])
    assert editor.partition is before
    assert len(editor.update("city", removed=["R"]).partition.cells) == 3
