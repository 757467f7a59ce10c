"""The partition in tiles: it has the cells of the partition of all layers at once, whatever the tiles are."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.errors import GeometryRefusedError, OverlayCancelledError
from gis.partition import Partition, partition_layers
from gis.partition_tiles import NO_TILE, plan_tiles
from gis.tiled_partition import PartitionPart, TiledLayer, TiledPartition
from tests.unit.gis.test_incremental import overlapping_coverage
from tests.unit.gis.test_partition import areas_by_sources, layer, random_coverage

Layers = dict[str, gpd.GeoDataFrame]


def in_tiles(layers: Layers, most_vertices: int, **options) -> tuple[TiledPartition, list[PartitionPart]]:
    tiled = TiledPartition(
        [TiledLayer.of(name, frame) for name, frame in layers.items()], most_vertices=most_vertices, **options
    )
    return tiled, list(tiled)


def cells_by_sources(partition: Partition, cells: np.ndarray) -> dict[tuple[frozenset, ...], shapely.Geometry]:
    members = [[frozenset(part.ids[one] for one in each) for each in part.flat.members()] for part in partition.layers]
    none = frozenset()
    keys = [
        tuple(members[k][piece] if piece >= 0 else none for k, piece in enumerate(vector))
        for vector in partition.vectors.tolist()
    ]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, cells, strict=True))


def without_specks(cell: shapely.Geometry) -> shapely.Geometry:
    """Leave out parts of less than a square millimetre: where three lines nearly cross in one point, rounding decides what is between them."""
    return shapely.MultiPolygon([part for part in shapely.get_parts(cell) if shapely.area(part) > 1e-6])


def assert_as_at_once(layers: Layers, most_vertices: int) -> TiledPartition:
    tiled, parts = in_tiles(layers, most_vertices, threads=1)
    whole, expected = tiled.whole(), partition_layers(layers, threads=1)
    cells = np.concatenate([part.partition.cells for part in parts])
    assert [part.first_cell for part in parts] == np.cumsum([0, *(len(part.partition.cells) for part in parts)])[
        :-1
    ].tolist()
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells) == pytest.approx(whole.areas_m2, abs=1e-6)
    ours, theirs = cells_by_sources(whole, cells), cells_by_sources(expected, expected.cells)
    empty = shapely.MultiPolygon()
    for key in ours.keys() | theirs.keys():
        one, other = (without_specks(cells.get(key, empty)) for cells in (ours, theirs))
        assert one.is_empty == other.is_empty, key
        assert one.is_empty or shapely.hausdorff_distance(one, other) < 1e-6, key
    return tiled


def random_layers(rng: np.random.Generator, k: int, zones: int) -> Layers:
    make = (overlapping_coverage, random_coverage)
    return {f"layer{i}": make[rng.integers(2)](rng, zones) for i in range(k)}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 3), st.integers(20, 70), st.integers(60, 400), st.booleans())
# A crossing at a small angle, which two tiles compute 32 nm apart.
@example(349, 3, 55, 249, True)
# A cell of 0.2 square millimetres, or a part of one, where three lines nearly cross.
@example(94016, 3, 60, 203, True)
@example(33791, 3, 60, 185, True)
def test_tiles_give_the_cells_of_all_layers_at_once(seed: int, k: int, zones: int, most: int, with_large: bool):
    rng = np.random.default_rng(seed)
    layers = random_layers(rng, k, zones)
    if with_large:
        low, high = rng.uniform(-100, 300, 2), rng.uniform(500, 1100, 2)
        ring = shapely.difference(shapely.box(100, 100, 900, 950), shapely.box(*rng.uniform(300, 500, 2), 700, 600))
        layers["line"] = layer(shapely.box(*low, *high), ring, ids=["box", "ring"])
    assert_as_at_once(layers, most)


def test_ground_that_only_large_polygons_cover_is_cut_once():
    rng = np.random.default_rng(1)
    plan = random_coverage(rng, 150)
    ground = layer(shapely.box(-300, -200, 1400, 1300), shapely.box(900, 900, 2000, 2000), ids=["a", "b"])
    tiled = assert_as_at_once({"plan": plan, "ground": ground}, 150)
    assert tiled.tile_count > 4


def test_an_island_of_large_polygons_between_small_ones_is_a_hole_of_the_ground_that_is_covered():
    squares = [shapely.box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10) for x in range(12) for y in range(12)]
    kept = [square for square in squares if not shapely.contains(shapely.box(40, 40, 80, 80), square)]
    ground = layer(shapely.box(-5, -5, 125, 125), ids=["ground"])
    assert_as_at_once({"plan": layer(*kept), "ground": ground}, 60)


def test_layers_of_which_every_polygon_is_too_large_for_a_tile_are_cut_at_once():
    stripes = [shapely.box(0, y, 1000, y + 10) for y in range(0, 100, 10)]
    across = [shapely.box(x, 0, x + 100, 100) for x in range(0, 1000, 100)]
    assert_as_at_once({"stripes": layer(*stripes), "across": layer(*across)}, 40)


def test_plans_that_do_not_meet_are_cut_each_by_itself():
    rng = np.random.default_rng(2)
    here, there = random_coverage(rng, 60), random_coverage(rng, 60)
    moved = there.set_geometry(there.translate(50_000, 0), crs=AREA_PLANE)
    tiled = assert_as_at_once({"here": here, "there": moved}, 150)
    assert tiled.tile_count > 3


def test_a_layer_that_fits_into_one_tile_comes_in_one_part_with_its_polygons():
    rng = np.random.default_rng(3)
    layers = random_layers(rng, 2, 20)
    tiled, parts = in_tiles(layers, 1_000_000)
    expected = partition_layers(layers)
    (part,) = parts
    assert not part.is_last
    assert len(part.open_cells) == 0
    assert len(part.polygons) == sum(len(frame) for frame in layers.values())
    assert shapely.equals_exact(part.partition.cells, expected.cells).all()
    assert areas_by_sources(tiled.whole()) == pytest.approx(areas_by_sources(expected), abs=0)


def test_no_more_polygons_than_those_of_a_tile_and_near_it_are_read_at_once():
    rng = np.random.default_rng(4)
    frame = random_coverage(rng, 400)
    read: list[int] = []
    whole = TiledLayer.of("plan", frame)

    def reader(wanted):
        read.append(len(wanted))
        return whole.read(wanted)

    tiled = TiledPartition(
        [TiledLayer("plan", whole.ids, whole.boxes, whole.sizes, reader)], most_vertices=int(whole.sizes.sum() // 9)
    )
    assert sum(len(part.partition.cells) for part in tiled) == len(frame)
    assert tiled.tile_count > 9
    assert len(read) <= tiled.tile_count + 2
    assert max(read) < len(frame) / 3


def test_a_polygon_without_area_is_refused_by_name_from_its_tile():
    rng = np.random.default_rng(5)
    frame = random_coverage(rng, 100)
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    polygons = frame.geometry.to_numpy().copy()
    corner = shapely.get_coordinates(polygons[7])[0]
    polygons[7] = shapely.transform(bow, lambda xy: xy + corner)
    with pytest.raises(GeometryRefusedError, match=f"plan zone.*{frame.index[7]}"):
        in_tiles({"plan": frame.set_geometry(polygons, crs=AREA_PLANE)}, 200)


def test_a_partition_in_tiles_can_be_cancelled_between_them():
    rng = np.random.default_rng(6)
    layers = random_layers(rng, 2, 60)
    stopped = False
    tiled = TiledPartition(
        [TiledLayer.of(name, frame) for name, frame in layers.items()],
        most_vertices=200,
        cancelled=lambda: stopped,
    )
    parts = iter(tiled)
    next(parts)
    stopped = True
    with pytest.raises(OverlayCancelledError):
        next(parts)


def test_progress_grows_from_tile_to_tile():
    rng = np.random.default_rng(7)
    seen: list[tuple[int, int]] = []
    in_tiles(random_layers(rng, 2, 60), 200, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert len({done for done, _ in seen}) > 10
    assert {total for _, total in seen} == {1000}


def test_every_polygon_is_one_tiles_own_or_too_large():
    rng = np.random.default_rng(8)
    low = rng.uniform(0, 1000, (300, 2))
    boxes = np.hstack([low, low + rng.exponential(20, (300, 2))])
    boxes[17, 2:] += 900
    tiling = plan_tiles([boxes[:200], boxes[200:]], [np.full(200, 5), np.full(100, 5)], most=150)
    numbers = np.concatenate(tiling.tiles)
    assert numbers[17] == NO_TILE
    assert set(numbers.tolist()) == {NO_TILE, *range(tiling.count)}
    assert np.bincount(numbers[numbers >= 0]).max() <= 150 / 5 + 1
    for tile in range(tiling.count):
        for loaded, tiles, own in zip(tiling.loaded(tile), tiling.tiles, tiling.boxes, strict=True):
            assert set(np.flatnonzero(tiles == tile)) <= set(loaded.tolist())
            assert len(loaded) <= len(own)
