"""Topology faults on random layers: exact coverages have none, planted faults are found and nothing else, and slow and plain searches agree."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.area_plane import true_scale
from gis.crs import AREA_PLANE
from gis.topology import TopologyTolerances, find_topology_faults

X0, Y0 = 12_579_000.0, 2_980_000.0
EAST = float(true_scale(np.array([Y0]))[0])
LIMITS = TopologyTolerances(gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=10)
SIDE = 4


def layer(polygons, ids=None) -> gpd.GeoDataFrame:
    """Take polygons drawn in metres on the ground into the area plane."""
    drawn = np.empty(len(polygons), dtype=object)
    drawn[:] = polygons
    plane = shapely.transform(drawn, lambda xy: xy / (EAST, 1 / EAST) + (X0, Y0))
    return gpd.GeoDataFrame(index=range(len(plane)) if ids is None else ids, geometry=plane, crs=AREA_PLANE)


def ground(geometries) -> np.ndarray:
    return shapely.transform(np.asarray(geometries), lambda xy: (xy - (X0, Y0)) * (EAST, 1 / EAST))


def squares(shift=None) -> list[shapely.Polygon]:
    """Return a grid of squares of 10 m; ``shift`` moves the west side of square k to the east."""
    moved = shift or {}
    return [
        shapely.box(10 * (k % SIDE) + moved.get(k, 0), 10 * (k // SIDE), 10 * (k % SIDE) + 10, 10 * (k // SIDE) + 10)
        for k in range(SIDE * SIDE)
    ]


def with_all_vertices(polygons) -> list[shapely.Polygon]:
    """Put the vertices of all polygons into the edges that they lie on."""
    points = shapely.points(shapely.get_coordinates(polygons))
    result = []
    for polygon in polygons:
        ring = polygon.exterior
        on_it = points[shapely.distance(points, ring) < 1e-9]
        along = {round(float(shapely.line_locate_point(ring, point)) % ring.length, 9): point for point in on_it}
        result.append(shapely.Polygon([along[place] for place in sorted(along)]))
    return result


@settings(max_examples=40, deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=3, max_size=40, unique=True),
    holes=st.sets(st.integers(0, 39), max_size=3),
)
def test_an_exact_coverage_has_no_fault(points, holes):
    faces = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.box(0, 0, 1000, 1000))
    )
    # On the millimetre, as they are delivered. Rounding can bring two edges of one polygon together; that is no coverage.
    faces = shapely.set_precision(faces, 0.001, mode="pointwise")
    assume(shapely.coverage_is_valid(faces) and shapely.is_valid(faces).all())
    limits = TopologyTolerances(gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=0.001)
    clearance = shapely.minimum_clearance(shapely.union_all(shapely.boundary(faces)))
    assume(clearance > 0.01)
    whole = [face for number, face in enumerate(faces) if number not in holes]
    assume(whole)
    found = find_topology_faults(layer(whole), tolerances=limits)
    assert found[["kind", "ids"]].to_numpy().tolist() == []


@settings(max_examples=40, deadline=None)
@given(
    planted=st.dictionaries(
        st.sampled_from([k for k in range(SIDE * SIDE) if k % SIDE]),
        st.sampled_from([-500, -3, 1, 2, 4]),
        max_size=4,
    ),
    seed=st.integers(0, 1000),
)
def test_planted_gaps_and_overlaps_are_found_and_nothing_else(planted, seed):
    # Rows apart, so that a moved side changes nothing for the squares above and below.
    rows = {k: mm / 1000 for k, mm in planted.items()}
    drawn = [shapely.transform(one, lambda xy, k=k: np.add(xy, (0, k // SIDE))) for k, one in enumerate(squares(rows))]
    order = np.random.default_rng(seed).permutation(len(drawn))
    found = find_topology_faults(layer([drawn[k] for k in order], ids=order), tolerances=LIMITS)
    told = {frozenset(ids): (kind, area) for kind, ids, area in found[["kind", "ids", "area_m2"]].to_numpy()}
    assert len(told) == len(found)
    assert told.keys() == {frozenset((k - 1, k)) for k in planted}
    for k, mm in planted.items():
        kind, area = told[frozenset((k - 1, k))]
        assert kind == ("gap" if mm > 0 else "overlap")
        assert area == pytest.approx(abs(mm) / 100, abs=20 * 0.005**2)


@settings(max_examples=30, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)),
        min_size=2,
        max_size=12,
    ),
    seed=st.integers(0, 1000),
)
def test_overlaps_are_those_of_a_plain_loop_over_all_pairs_in_any_order(corners, seed):
    drawn = [shapely.box(x, y, x + width, y + height) for x, y, width, height in corners]
    order = np.random.default_rng(seed).permutation(len(drawn))
    found = find_topology_faults(layer([drawn[k] for k in order], ids=order), tolerances=LIMITS, threads=1)
    found = found[found["kind"] == "overlap"]
    plain = {
        frozenset(pair): drawn[pair[0]].intersection(drawn[pair[1]]).area for pair in combinations(range(len(drawn)), 2)
    }
    told = {frozenset(ids): area for ids, area in zip(found["ids"], found["area_m2"], strict=True)}
    assert told == pytest.approx({pair: area for pair, area in plain.items() if area > 0}, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)),
        min_size=2,
        max_size=10,
    )
)
def test_missing_vertices_are_those_of_a_plain_loop_over_all_edges(corners):
    drawn = [shapely.box(x, y, x + width, y + height) for x, y, width, height in corners]
    plain = set()
    for host, other in ((a, b) for a in range(len(drawn)) for b in range(len(drawn)) if a != b):
        for x, y in list(drawn[other].exterior.coords)[:-1]:
            if drawn[host].boundary.covers(shapely.Point(x, y)) and (x, y) not in drawn[host].exterior.coords:
                plain.add((host, x, y))
    found = find_topology_faults(layer(drawn), tolerances=LIMITS)
    told = found[found["kind"] == "missing_vertex"]
    places = [(int(place.x), int(place.y)) for place in shapely.set_precision(ground(told.geometry), 1)]
    hosts = {(ids[0], *place) for ids, place in zip(told["ids"], places, strict=True)}
    # Those at an overlap are part of it: of the same two, or of the vertex's polygon and the one that matches the edge.
    areas = found[found["kind"] == "overlap"]
    assert hosts <= plain
    for _, x, y in plain - hosts:
        near = areas[shapely.dwithin(ground(areas.geometry), shapely.Point(x, y), 0.01)]
        assert len(near) > 0


@settings(max_examples=30, deadline=None)
@given(
    sides=st.lists(st.integers(0, 7), min_size=2 * SIDE * SIDE, max_size=2 * SIDE * SIDE),
)
def test_gaps_are_what_a_closing_of_the_whole_layer_fills(sides):
    shrunk = [
        shapely.box(
            10 * (k % SIDE) + sides[2 * k] / 1000,
            10 * (k // SIDE) + sides[2 * k + 1] / 1000,
            10 * (k % SIDE) + 10,
            10 * (k // SIDE) + 10,
        )
        for k in range(SIDE * SIDE)
    ]
    found = find_topology_faults(layer(with_all_vertices(shrunk)), tolerances=LIMITS)
    gaps = found[found["kind"] == "gap"]
    radius = (LIMITS.gap_width_m + 1e-6) / 2
    cover = shapely.union_all(shrunk)
    closed = cover.buffer(radius, quad_segs=32).buffer(
        -radius, join_style="mitre", mitre_limit=1 / np.sin(np.radians(5))
    )
    plain = closed.difference(cover).area
    assert gaps["area_m2"].sum() == pytest.approx(plain, abs=60 * LIMITS.gap_width_m**2)
    assert set(found["kind"]) <= {"gap", "near_vertex", "missing_vertex"}


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.sampled_from(range(1, 4)), st.sampled_from([0, 2])), min_size=1, max_size=4),
    data=st.data(),
)
def test_every_moment_is_examined_as_if_it_were_alone(cuts, data):
    """Squares of a row are replaced one after the other; each state by itself gives the same pairs."""
    polygons, begins, ends = [], [], []
    current = {}
    for k in range(SIDE):
        current[k] = len(polygons)
        polygons.append(shapely.box(10 * k, 0, 10 * k + 10, 10))
        begins.append(2000)
        ends.append(None)
    for year, (k, mm) in enumerate(cuts, start=2001):
        ends[current[k]] = year
        current[k] = len(polygons)
        polygons.append(shapely.box(10 * k + mm / 1000, 0, 10 * k + 10, 10))
        begins.append(year)
        ends.append(None)
    frame = layer(polygons)
    date = [None if year is None else f"{year}-01-01" for year in (*begins, *ends)]
    found = find_topology_faults(frame, tolerances=LIMITS, valid_from=date[: len(begins)], valid_to=date[len(begins) :])
    alone = set()
    for year in range(2000, 2000 + len(cuts) + 1):
        there = [a <= year and (b is None or year < b) for a, b in zip(begins, ends, strict=True)]
        state = find_topology_faults(frame[there], tolerances=LIMITS)
        alone |= set(zip(state["kind"], state["ids"], strict=True))
    assert set(zip(found["kind"], found["ids"], strict=True)) == alone
    assert len(found) == len(alone)
