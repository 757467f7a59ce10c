"""Updates of a partition whose cells are kept elsewhere: they have the cells of a full run, and fetch few of those there are."""

from itertools import count

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import window_update
from gis.arrays import GeometryArray, IntArray
from gis.cell_fitting import NewCells, fit_cells
from gis.crs import AREA_PLANE
from gis.partition import Partition, partition_layers
from gis.window_update import WindowEditor, boxes_that_meet
from tests.unit.gis.test_incremental import edited, overlapping_coverage, random_edit
from tests.unit.gis.test_partition import areas_by_sources, layer, random_coverage


class Kept:
    """Cells that are kept elsewhere; what was fetched of them is known."""

    def __init__(self, partition: Partition) -> None:
        self.cells = partition.cells
        self.fetched: set[int] = set()

    def __call__(self, wanted: IntArray) -> GeometryArray:
        self.fetched |= set(wanted.tolist())
        return self.cells[wanted]


def editor_of(partition: Partition, kept: Kept) -> WindowEditor:
    return WindowEditor.of(partition, shapely.bounds(partition.cells), kept, threads=1)


def assert_as_a_full_run(editor: WindowEditor, layers: dict[str, gpd.GeoDataFrame]) -> None:
    partition = editor.partition
    found, expected = areas_by_sources(partition), areas_by_sources(partition_layers(layers))
    for said in found.keys() | expected.keys():
        assert found.get(said, 0.0) == pytest.approx(expected.get(said, 0.0), abs=2e-5), said
    cells = editor.cells(np.arange(len(partition.vectors)))
    assert len(np.unique(partition.vectors, axis=0)) == len(partition.vectors)
    assert shapely.area(cells).tolist() == partition.areas_m2.tolist()
    assert shapely.bounds(cells).tolist() == editor.boxes.tolist()
    assert shapely.coverage_is_valid(cells)


@settings(max_examples=60)
@given(st.integers(0, 100_000), st.integers(1, 4), st.integers(5, 30))
def test_a_series_of_edits_has_the_cells_of_a_full_run(seed: int, k: int, zones: int):
    rng, ids = np.random.default_rng(seed), count(1000)
    make = (overlapping_coverage, random_coverage)
    layers = {f"layer{i}": make[rng.integers(2)](rng, zones) for i in range(k)}
    whole = partition_layers(layers)
    editor = editor_of(whole, Kept(whole))
    for _ in range(3):
        name = f"layer{rng.integers(k)}"
        polygons, removed = random_edit(rng, layers[name], lambda: next(ids))
        changed = gpd.GeoDataFrame(index=list(polygons), geometry=list(polygons.values()), crs=AREA_PLANE)
        concerned = layers[name].loc[layers[name].index.isin([*changed.index, *removed])]
        before = editor.partition
        layers[name] = edited(layers[name], changed, removed)
        if not editor.update(name, former=concerned, changed=changed, removed=removed):
            assert editor.partition is before
            return
        assert_as_a_full_run(editor, layers)


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0, 4.0, 8.0])
def test_sharp_corners_of_a_change_do_not_reach_beyond_what_is_fetched(slope: float):
    zone = [(-100, -50), (100, -50), (100, 0), (40, 0), (20, 0), (0, 0), (0, 50), (-100, 50)]
    beside = [(0, 0), (20, 0), (40, 0), (100, 0), (100, 50), (0, 50)]
    strips = [shapely.box(-20 + k / 2, -2, -19.5 + k / 2, 2) for k in range(60)]
    layers = {
        "a": layer(shapely.Polygon(zone), shapely.Polygon(beside), ids=[0, 1]),
        "b": layer(*strips, ids=list(range(60))),
    }
    whole = partition_layers(layers)
    editor = editor_of(whole, Kept(whole))
    changed = layer(shapely.Polygon([(20, slope) if corner == (20, 0) else corner for corner in zone]), ids=[0])
    assert editor.update("a", former=layers["a"].loc[[0]], changed=changed)
    layers["a"] = edited(layers["a"], changed, [])
    assert_as_a_full_run(editor, layers)


def test_a_change_of_one_zone_fetches_the_cells_around_it_alone():
    rng = np.random.default_rng(8)
    layers = {name: random_coverage(rng, 200) for name in ("a", "b")}
    whole = partition_layers(layers)
    kept = Kept(whole)
    editor = editor_of(whole, kept)
    former = layers["a"].iloc[[30]]
    moved = former.set_geometry(former.translate(0.5, 0))
    assert editor.update("a", former=former, changed=moved)
    assert 0 < len(kept.fetched) < len(whole.cells) / 10
    assert_as_a_full_run(editor, {**layers, "a": edited(layers["a"], moved, [])})


def test_a_part_of_a_large_polygon_is_changed_without_its_other_cells():
    rng = np.random.default_rng(3)
    plan = random_coverage(rng, 200)
    x_min, y_min, x_max, y_max = plan.total_bounds
    line = layer(shapely.box(0, 0, 1, 1), ids=["line"])
    drawn = shapely.segmentize(shapely.box(x_min, y_min, x_max, y_max), 50)
    lowered = shapely.transform(drawn, lambda xy: np.where(xy == [-1, y_max], xy - 20, xy))
    before, after = (line.set_geometry([each], crs=AREA_PLANE) for each in (drawn, lowered))
    whole = partition_layers({"plan": plan, "line": before})
    kept = Kept(whole)
    editor = editor_of(whole, kept)
    assert editor.update("line", former=before, changed=after)
    assert 0 < len(kept.fetched) < len(whole.cells) / 3
    assert_as_a_full_run(editor, {"plan": plan, "line": after})


def test_cells_of_one_vector_far_apart_become_one_cell():
    plan = layer(
        shapely.box(0, 0, 10, 10), shapely.box(500, 0, 510, 10), shapely.box(20, 0, 30, 10), ids=["a", "b", "c"]
    )
    under = layer(shapely.box(-5, -5, 515, 15), ids=["ground"])
    whole = partition_layers({"plan": plan, "under": under})
    editor = editor_of(whole, Kept(whole))
    assert editor.update("plan", former=plan.iloc[[1]], changed=plan.iloc[:0], removed=["b"])
    assert_as_a_full_run(editor, {"plan": plan.iloc[[0, 2]], "under": under})


def test_new_cells_that_do_not_close_change_nothing(monkeypatch):
    plans = {"city": layer(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), ids=["R", "M"])}

    def careless(*arguments) -> NewCells:
        cells = fit_cells(*arguments)
        return NewCells(cells.gone, cells.geometries[1:], cells.vectors[1:])

    monkeypatch.setattr(window_update, "fit_cells", careless)
    whole = partition_layers(plans)
    editor = editor_of(whole, Kept(whole))
    before = editor.partition
    assert not editor.update("city", former=plans["city"], changed=layer(shapely.box(0, 0, 90, 100), ids=["R"]))
    assert editor.partition is before


def test_what_is_not_there_is_refused_by_name():
    plans = {"city": layer(shapely.box(0, 0, 100, 100), ids=["R"])}
    whole = partition_layers(plans)
    editor = editor_of(whole, Kept(whole))
    nothing = plans["city"].iloc[:0]
    with pytest.raises(KeyError, match="no layer 'sea'"):
        editor.update("sea", former=nothing, changed=nothing)
    with pytest.raises(KeyError, match="no polygon 'X'"):
        editor.update("city", former=nothing, changed=nothing, removed=["X"])


def test_boxes_meet_as_a_plain_comparison_says():
    rng = np.random.default_rng(1)
    corners = rng.uniform(0, 100, (300, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0, 8, (300, 2))], axis=1)
    ours, others = boxes[:250], boxes[250:]
    plain = [
        k
        for k, one in enumerate(ours)
        if any((one[:2] <= other[2:]).all() and (one[2:] >= other[:2]).all() for other in others)
    ]
    assert 0 < len(plain) < 250
    assert boxes_that_meet(ours, others).tolist() == plain
    assert boxes_that_meet(ours, others[:0]).tolist() == []
