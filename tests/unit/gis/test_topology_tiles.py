"""Searching a layer tile by tile finds what searching it as a whole finds, and what crosses tiles is one fault."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from gis.area_plane import true_scale
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.crs import AREA_PLANE
from gis.errors import OverlayCancelledError
from gis.topology import find_topology_faults
from gis.topology_model import FaultRows, TopologyTolerances, fault_frame
from gis.topology_tiles import find_topology_faults_by_tiles
from gis.topology_window import StackedPolygonsError

X0, Y0 = 12_579_000.0, 2_980_000.0
EAST = float(true_scale(np.array([Y0]))[0])
LIMITS = TopologyTolerances(gap_width_m=0.2, gap_area_m2=1, vertex_m=0.001, inlet_angle_deg=10)
# Tiles of a few squares with the least of margins, so that nearly every fault is near the border of one.
TINY = {"most_vertices": 60, "margin_m": 1.7}
# Shrinking a covering takes minutes. The examples are the same each time: of a thousand other coverings in tiles as small as these, about three differ
# from the whole as docs/intake.md tells.
PLENTY = settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])


@dataclass
class Store:
    """Polygons in memory that remember how many of them were asked for at once."""

    polygons: GeometryArray
    levels: IntArray
    most_read: int = 0

    @property
    def bounds(self) -> FloatArray:
        return shapely.bounds(self.polygons)

    @property
    def vertices(self) -> IntArray:
        return shapely.get_num_coordinates(self.polygons).astype(np.int64)

    @property
    def surely_valid(self) -> BoolArray:
        # Of every other valid one it is known.
        return shapely.is_valid(self.polygons) & (np.arange(len(self.polygons)) % 2 == 0)

    def read(self, positions: IntArray) -> GeometryArray:
        self.most_read = max(self.most_read, len(positions))
        return self.polygons[positions]


def on_plane(drawn) -> GeometryArray:
    """Take polygons drawn in metres on the ground into the area plane."""
    array = np.empty(len(drawn), dtype=object)
    array[:] = drawn
    return shapely.transform(array, lambda xy: xy / (EAST, 1 / EAST) + (X0, Y0))


def by_tiles(drawn, levels=None, tolerances=LIMITS, **named) -> tuple[gpd.GeoDataFrame, Store]:
    polygons = on_plane(drawn)
    store = Store(polygons, np.zeros(len(polygons), dtype=np.int64) if levels is None else np.asarray(levels))
    rows = list(find_topology_faults_by_tiles(store, tolerances=tolerances, threads=1, **(TINY | named)))
    return fault_frame(FaultRows.joined(rows), np.arange(len(polygons), dtype=object)), store


def as_a_whole(drawn, levels=None, tolerances=LIMITS) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(geometry=on_plane(drawn), crs=AREA_PLANE)
    return find_topology_faults(frame, tolerances=tolerances, levels=levels, threads=1)


def assert_same(tiled: gpd.GeoDataFrame, whole: gpd.GeoDataFrame) -> None:
    """Compare kinds, polygons, places and measures.

    Gaps that are open to the outside are computed by buffers, which are exact to a hundredth of the width; at the tip of a wedge that is more.
    """
    told = [sorted(zip(frame["kind"], frame["ids"], strict=True)) for frame in (tiled, whole)]
    assert told[0] == told[1]
    for kind, ids in set(told[0]):
        mine, theirs = (
            frame[(frame["kind"] == kind) & np.array([each == ids for each in frame["ids"]])].sort_values(["x", "y"])
            for frame in (tiled, whole)
        )
        is_gap = kind == "gap"
        assert mine["area_m2"].sum() == pytest.approx(theirs["area_m2"].sum(), rel=1e-4, abs=4e-3 if is_gap else 1e-6)
        apart = shapely.hausdorff_distance(shapely.union_all(mine.geometry), shapely.union_all(theirs.geometry))
        assert apart < (0.1 if is_gap else 1e-6)


def squares(columns: int, rows: int, side: float = 10) -> list[shapely.Polygon]:
    return [
        shapely.box(side * (k % columns), side * (k // columns), side * (k % columns + 1), side * (k // columns + 1))
        for k in range(columns * rows)
    ]


def faces_of(points, *, grid: float = 0.001) -> GeometryArray:
    faces = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.box(0, 0, 120, 120))
    )
    rounded = shapely.get_parts(shapely.make_valid(shapely.set_precision(faces, grid, mode="pointwise")))
    return rounded[(shapely.get_type_id(rounded) == 3) & (shapely.area(rounded) > 0)]


POINTS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), min_size=8, max_size=60, unique=True)


@PLENTY
@given(points=POINTS, seed=st.integers(0, 10_000), planted=st.integers(0, 8))
def test_a_random_covering_with_moved_and_missing_polygons_has_the_faults_of_the_whole(points, seed, planted):
    random = np.random.default_rng(seed)
    drawn = list(faces_of(points))
    for at in random.choice(len(drawn), size=min(planted, len(drawn)), replace=False):
        by = random.choice([-0.5, -0.15, -0.1, -0.0005, 0.0005, 0.1, 0.15, 0.5], size=2)
        drawn[at] = shapely.transform(drawn[at], lambda xy, by=by: xy + by)
    kept = random.random(len(drawn)) > 0.05
    drawn = [one for one, is_kept in zip(drawn, kept, strict=True) if is_kept] or drawn
    tiled, _ = by_tiles(drawn)
    assert_same(tiled, as_a_whole(drawn))


@pytest.mark.parametrize("seed", [369, 746, 838, 1656])
def test_coverings_whose_gaps_are_whole_in_one_tile_and_cut_in_the_next_have_the_faults_of_the_whole(seed):
    random = np.random.default_rng(seed)
    points = np.unique(random.integers(0, 121, size=(random.integers(8, 60), 2)), axis=0)
    drawn = list(faces_of(points))
    for at in random.choice(len(drawn), size=min(random.integers(0, 8), len(drawn)), replace=False):
        by = random.choice([-0.5, -0.15, -0.1, -0.0005, 0.0005, 0.1, 0.15, 0.5], size=2)
        drawn[at] = shapely.transform(drawn[at], lambda xy, by=by: xy + by)
    kept = random.random(len(drawn)) > 0.05
    drawn = [one for one, is_kept in zip(drawn, kept, strict=True) if is_kept]
    tiled, _ = by_tiles(drawn)
    assert len(tiled) > 2
    assert_same(tiled, as_a_whole(drawn))


@PLENTY
@given(
    points=POINTS,
    cut=st.tuples(st.integers(0, 120), st.integers(0, 120), st.integers(0, 120), st.integers(0, 120)),
    width=st.sampled_from([0.004, 0.06, 0.15, 0.3]),
    ends=st.sampled_from(["open", "closed"]),
)
def test_a_slit_across_the_covering_is_one_gap_with_all_of_its_neighbours(points, cut, width, ends):
    line = shapely.LineString([cut[:2], cut[2:]])
    assume(line.length > 20)
    if ends == "open":
        line = shapely.LineString([cut[:2], (cut[2] * 3 - cut[0] * 2, cut[3] * 3 - cut[1] * 2)])
    slit = line.buffer(width / 2, cap_style="flat")
    drawn = [part for face in faces_of(points) for part in shapely.get_parts(face.difference(slit)) if part.area > 0]
    tiled, _ = by_tiles(drawn)
    assert_same(tiled, as_a_whole(drawn))


@PLENTY
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 40), st.integers(1, 40)),
        min_size=2,
        max_size=40,
    ),
    levels=st.lists(st.integers(0, 1), min_size=40, max_size=40),
)
def test_boxes_over_each_other_on_two_levels_have_the_faults_of_the_whole(corners, levels):
    drawn = [shapely.box(x, y, x + width, y + height) for x, y, width, height in corners]
    tiled, _ = by_tiles(drawn, levels[: len(drawn)])
    assert_same(tiled, as_a_whole(drawn, levels[: len(drawn)]))


def test_a_slit_between_two_halves_is_one_gap_along_everything_beside_it():
    south = squares(30, 3)
    north = [shapely.transform(one, lambda xy: np.add(xy, (0, 30.1))) for one in squares(30, 3)]
    found, store = by_tiles([*south, *north])
    assert found["kind"].tolist() == ["gap"]
    assert found["ids"][0] == tuple(range(60, 120))
    assert found["area_m2"][0] == pytest.approx(300 * 0.1, rel=1e-3)
    assert_same(found, as_a_whole([*south, *north]))
    assert store.most_read < len(store.polygons)


def test_a_ring_of_squares_around_many_tiles_encloses_an_island_and_no_gap():
    ring = [one for one in squares(20, 20) if one.intersects(shapely.box(0, 0, 200, 200).exterior)]
    found, _ = by_tiles(ring)
    assert len(found) == 0


def test_a_narrow_ring_inside_one_large_polygon_is_one_gap_wherever_tiles_are_cut():
    outer = shapely.box(-50, -50, 250, 250) - shapely.box(0, 0, 200, 200)
    inside = [shapely.transform(one, lambda xy: 0.1 + xy * (199.8 / 200)) for one in squares(20, 20)]
    found, _ = by_tiles([outer, *inside])
    assert found["kind"].tolist() == ["gap"]
    assert found["area_m2"][0] == pytest.approx(4 * 200 * 0.1, rel=1e-2)
    assert len(found["ids"][0]) == 1 + 4 * 20 - 4
    assert_same(found, as_a_whole([outer, *inside]))


def test_no_more_than_a_tile_and_its_margin_is_read_at_once():
    drawn = squares(60, 60)
    found, store = by_tiles(drawn, most_vertices=400)
    assert len(found) == 0
    assert 0 < store.most_read < 200
    assert len(drawn) == 3600


def test_land_along_too_many_polygons_is_said_not_to_be_examined():
    south = squares(60, 1)
    north = [shapely.transform(one, lambda xy: np.add(xy, (0, 10.1))) for one in south]
    found, store = by_tiles([*south, *north], most_vertices=60, most_gap_vertices=200)
    assert set(found["kind"]) == {"not_examined"}
    assert "whether it is a gap is not known" in found["error"][0]
    assert store.most_read < 60


def test_a_polygon_that_is_not_valid_is_told_once():
    bow_tie = shapely.Polygon([(0, 0), (45, 40), (45, 0), (0, 30)])
    found, _ = by_tiles([bow_tie, *squares(10, 10)])
    broken = found[found["kind"] == "not_examined"]
    assert broken["ids"].tolist() == [(0,)]


def test_an_empty_layer_has_no_tiles_and_a_cancelled_search_stops():
    assert len(by_tiles([])[0]) == 0
    with pytest.raises(OverlayCancelledError, match="after 0 of"):
        by_tiles(squares(10, 10), cancelled=lambda: True)


def test_progress_counts_tiles():
    seen = []
    by_tiles(squares(10, 10), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == len(seen) > 4


def test_thousands_of_polygons_over_each_other_are_refused_before_they_are_compared():
    piled = [shapely.box(at / 1000, at / 1000, 50 + at / 1000, 50 + at / 1000) for at in range(1_500)]
    with pytest.raises(StackedPolygonsError, match="1,500 polygons lie over each other"):
        by_tiles(piled, most_vertices=100_000)


def test_of_many_polygons_one_in_some_tells_whether_they_lie_over_each_other():
    piled = [shapely.box(at / 1000, at / 1000, 50 + at / 1000, 50 + at / 1000) for at in range(2_500)]
    apart = squares(60, 60)
    assert len(apart) + len(piled) > 5_000
    with pytest.raises(StackedPolygonsError, match="6,100 polygons lie over each other"):
        by_tiles([*apart, *piled], most_vertices=1_000_000)
    found, _ = by_tiles([*squares(80, 80)], most_vertices=1_000_000)
    assert len(found) == 0
