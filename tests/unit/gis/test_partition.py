"""The union partition of plans: hand-computed cells, equality with a plain overlay, and closure on every polygon."""

from collections import defaultdict

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.errors import GeometryRefusedError, OverlayCancelledError
from gis.partition import Partition, partition_layers

# Where the area plane is used: metres near 113 E 28 N.
X0, Y0 = 12_579_000.0, 2_980_000.0


def layer(*polygons: shapely.Geometry, ids=None) -> gpd.GeoDataFrame:
    names = list(range(len(polygons))) if ids is None else ids
    moved = shapely.transform(np.array(polygons, dtype=object), lambda xy: np.add(xy, (X0, Y0)))
    return gpd.GeoDataFrame(index=names, geometry=moved, crs=AREA_PLANE)


def areas_by_sources(partition: Partition) -> dict[tuple[frozenset, ...], float]:
    """Sum the cells by what each layer says there: the ids of its polygons, none where it says nothing."""
    found: dict[tuple[frozenset, ...], float] = defaultdict(float)
    members = []
    for part in partition.layers:
        of_piece: dict[int, set] = defaultdict(set)
        for piece, polygon in part.flat.memberships.tolist():
            of_piece[piece].add(part.ids[polygon])
        members.append(of_piece)
    for vector, area in zip(partition.vectors.tolist(), partition.areas_m2.tolist(), strict=True):
        found[tuple(frozenset(members[k][piece]) if piece >= 0 else frozenset() for k, piece in enumerate(vector))] += (
            area
        )
    return dict(found)


def plain_areas(layers: dict[str, gpd.GeoDataFrame]) -> dict[tuple[frozenset, ...], float]:
    """Do the same slowly: node all lines, and ask every layer about a point of each face."""
    frames = list(layers.values())
    lines = shapely.union_all([shapely.boundary(g) for frame in frames for g in frame.geometry])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    found: dict[tuple[frozenset, ...], float] = defaultdict(float)
    for face in faces:
        point = shapely.point_on_surface(face)
        said = tuple(frozenset(frame.index[frame.geometry.covers(point)]) for frame in frames)
        if any(said):
            found[said] += face.area
    return dict(found)


def assert_same_areas(partition: Partition, layers: dict[str, gpd.GeoDataFrame], *, tolerance_m2: float = 1e-3) -> None:
    ours, plain = areas_by_sources(partition), plain_areas(layers)
    for key in ours.keys() | plain.keys():
        assert ours.get(key, 0.0) == pytest.approx(plain.get(key, 0.0), abs=tolerance_m2), key


def test_two_plans_are_cut_into_what_each_says():
    layers = {
        "city": layer(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), ids=["R", "M"]),
        "land": layer(shapely.box(50, 0, 150, 100), shapely.box(150, 0, 300, 100), ids=["010", "030"]),
    }
    none = frozenset()
    expected = {
        (frozenset({"R"}), none): 5000,
        (frozenset({"R"}), frozenset({"010"})): 5000,
        (frozenset({"M"}), frozenset({"010"})): 5000,
        (frozenset({"M"}), frozenset({"030"})): 5000,
        (none, frozenset({"030"})): 10000,
    }
    found = areas_by_sources(partition_layers(layers))
    assert set(found) == set(expected)
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_layer_that_overlaps_itself_has_a_cell_with_both_ids():
    layers = {"plan": layer(shapely.box(0, 0, 100, 100), shapely.box(60, 0, 160, 100), ids=["a", "b"])}
    found = areas_by_sources(partition_layers(layers))
    expected = {(frozenset({"a"}),): 6000, (frozenset({"a", "b"}),): 4000, (frozenset({"b"}),): 6000}
    assert found == pytest.approx(expected, abs=1e-4)


def test_holes_and_parts_are_kept():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    parts = shapely.MultiPolygon([shapely.box(10, 10, 20, 20), shapely.box(45, 45, 55, 55)])
    layers = {"a": layer(ring, ids=["ring"]), "b": layer(parts, ids=["parts"])}
    found = areas_by_sources(partition_layers(layers))
    none = frozenset()
    expected = {
        (frozenset({"ring"}), none): 9500,
        (frozenset({"ring"}), frozenset({"parts"})): 100,
        (none, frozenset({"parts"})): 100,
    }
    assert found == pytest.approx(expected, abs=1e-4)


def test_cells_do_not_overlap_and_cover_what_the_layers_cover():
    rng = np.random.default_rng(3)
    layers = {name: random_coverage(rng, 40) for name in ("a", "b", "c")}
    partition = partition_layers(layers)
    everything = shapely.union_all([g for frame in layers.values() for g in frame.geometry])
    assert shapely.union_all(partition.cells).area == pytest.approx(everything.area, rel=1e-9)
    assert partition.areas_m2.sum() == pytest.approx(everything.area, rel=1e-9)
    assert shapely.is_valid(partition.cells).all()


def random_coverage(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    points = shapely.multipoints(rng.uniform(0, 1000, (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=shapely.box(0, 0, 1000, 1000)))
    cells = shapely.intersection(cells, shapely.box(0, 0, 1000, 1000))
    kept = cells[rng.random(len(cells)) < 0.9]
    return layer(*kept[shapely.area(kept) > 1])


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 25))
def test_random_coverages_have_the_areas_of_a_plain_overlay(seed: int, k: int, count: int):
    rng = np.random.default_rng(seed)
    layers = {f"layer{i}": random_coverage(rng, count) for i in range(k)}
    assert_same_areas(partition_layers(layers), layers)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 15))
def test_layers_that_overlap_themselves_have_the_areas_of_a_plain_overlay(seed: int, count: int):
    rng = np.random.default_rng(seed)
    corners, sizes = rng.uniform(0, 300, (count, 2)), rng.uniform(20, 150, (count, 2))
    boxes = [shapely.box(*corner, *(corner + size)) for corner, size in zip(corners, sizes, strict=True)]
    layers = {"a": layer(*boxes), "b": random_coverage(rng, 10)}
    assert_same_areas(partition_layers(layers), layers)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_order_of_layers_and_polygons_does_not_matter(seed: int):
    rng = np.random.default_rng(seed)
    a, b = random_coverage(rng, 20), random_coverage(rng, 20)
    forwards = areas_by_sources(partition_layers({"a": a, "b": b}))
    backwards = areas_by_sources(partition_layers({"b": b.iloc[::-1], "a": a.iloc[::-1]}))
    turned = {(said_a, said_b): area for (said_b, said_a), area in backwards.items()}
    for key in forwards.keys() | turned.keys():
        assert forwards.get(key, 0.0) == pytest.approx(turned.get(key, 0.0), abs=1e-3)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([1e-7, 1e-5, 1e-3, 1e-2]))
def test_nearly_equal_boundaries_close_as_well(seed: int, shift: float):
    rng = np.random.default_rng(seed)
    frame = random_coverage(rng, 20)
    moved = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy + shift), crs=AREA_PLANE)
    partition = partition_layers({"a": frame, "b": moved})
    for k, part in enumerate(partition.layers):
        said = partition.vectors[:, k] >= 0
        assert partition.areas_m2[said].sum() == pytest.approx(part.areas_m2.sum(), rel=1e-9)


def test_bad_layers_are_refused_by_name():
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    with pytest.raises(ValueError, match="at least one layer"):
        partition_layers({})
    with pytest.raises(GeometryRefusedError):
        partition_layers({"a": layer(bowtie), "b": layer(shapely.box(0, 0, 50, 50))})
    with pytest.raises(GeometryRefusedError, match="city"):
        partition_layers({"city": layer(shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1), ids=["x", "x"])})


def test_it_can_be_watched_and_stopped():
    layers = {"a": layer(shapely.box(0, 0, 100, 100)), "b": layer(shapely.box(50, 0, 150, 100))}
    steps: list[tuple[int, int]] = []
    partition_layers(layers, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (3, 3)
    with pytest.raises(OverlayCancelledError):
        partition_layers(layers, cancelled=lambda: True)


def test_the_inputs_are_not_changed():
    frame = layer(shapely.box(0, 0, 100, 100), shapely.box(60, 0, 160, 100))
    before = frame.copy(deep=True)
    partition_layers({"a": frame, "b": frame})
    assert frame.geometry.geom_equals_exact(before.geometry, 0).all()
    assert frame.index.equals(before.index)
