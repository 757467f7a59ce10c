"""Real overlap, sliver or artefact: drawn in one system and stored or compared in another."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.area_plane import to_local_metres
from gis.crs import AREA_PLANE, project_geometries, to_area_plane, to_geographic
from gis.errors import CRSRefusedError
from gis.sagitta import LayerSource, longest_sagitta_m, sagittas_of_edges
from gis.shapes import SliverThresholds, is_sliver, may_be_sliver, measure_shapes, perimeters_on_the_ground_m
from gis.slivers import classify_overlaps

# 《国土调查数据库》 quality practice, as the parameter table ships it.
THRESHOLDS = SliverThresholds(
    area_max_m2=1000,
    bounding_width_max_m=5,
    mean_width_max_m=5,
    smallness_signs_min=1,
    elongation_min=5,
    compactness_max=0.25,
    shape_index_min=2,
    boundary_ratio_min=40,
    thinness_signs_min=2,
)
ZONE = pyproj.CRS("EPSG:4548")
IN_ZONE, IN_DEGREES = LayerSource(ZONE), LayerSource()
MILLIMETRES_NORTH = 1 / 111_030_000  # degrees of latitude at 40 N
WEST, EAST, PARALLEL = 116.3407, 116.3553, 39.947


def local_box(west, south, east, north, lat=28.0):
    """Draw a box in metres on the ground around 113 E and a latitude, in the area plane."""
    zone = pyproj.CRS("EPSG:4547")
    x, y = project_geometries([shapely.Point(113, lat)], zone)[0].coords[0]
    return to_area_plane(to_geographic([shapely.box(x + west, y + south, x + east, y + north)], zone))[0]


def classify(overlap, target, constraint, target_source=IN_DEGREES, constraint_source=IN_DEGREES):
    return classify_overlaps(
        [overlap],
        [target],
        [constraint],
        target_source=target_source,
        constraint_source=constraint_source,
        thresholds=THRESHOLDS,
    )[0]


def classify_pair(target, constraint, target_source=IN_DEGREES, constraint_source=IN_DEGREES):
    overlap = shapely.intersection(target, constraint)
    assert overlap.area > 0
    return classify(overlap, target, constraint, target_source, constraint_source)


def neighbours_drawn_in_the_zone(shares=(0.5,)):
    """Draw two neighbours straight in the zone, the southern one with vertices on the shared edge, and store both in degrees."""
    (x0, y0), (x1, y1) = (project_geometries([shapely.Point(lon, PARALLEL)], ZONE)[0].coords[0] for lon in (WEST, EAST))
    stops = [(x0 + share * (x1 - x0), y0 + share * (y1 - y0)) for share in shares]
    south = shapely.Polygon([(x0, y0), *stops, (x1, y1), (x1, y1 - 400), (x0, y0 - 400)])
    north = shapely.Polygon([(x0, y0), (x1, y1), (x1, y1 + 400), (x0, y0 + 400)])
    assert shapely.intersection(south, north).area < 1e-6
    return to_area_plane(to_geographic([south, north], ZONE))


def test_a_shared_parallel_drawn_in_degrees_overlaps_in_the_zone_but_not_in_the_area_plane():
    middle = (WEST + EAST) / 2
    south = shapely.box(WEST, PARALLEL - 0.004, EAST, PARALLEL)
    north = shapely.Polygon(
        [(WEST, PARALLEL), (middle, PARALLEL), (EAST, PARALLEL), (EAST, PARALLEL + 0.004), (WEST, PARALLEL + 0.004)]
    )
    assert shapely.intersection(*project_geometries([south, north], ZONE)).area > 10
    assert shapely.intersection(*to_area_plane([south, north])).area == 0


@pytest.mark.parametrize("shares", [(0.5,), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), (0.37,)])
def test_a_vertex_on_a_shared_edge_of_the_zone_makes_an_artefact(shares):
    south, north = neighbours_drawn_in_the_zone(shares)
    overlap = shapely.intersection(south, north)
    assert overlap.area > 5
    assert measure_shapes([overlap]).mean_width_m[0] > 0.01
    assert classify(overlap, south, north, IN_ZONE, IN_ZONE) == "artefact"
    assert classify(overlap, north, south, IN_ZONE, IN_ZONE) == "artefact"


def test_small_neighbours_along_a_long_edge_get_the_sagitta_of_the_long_edge():
    shares = tuple(np.linspace(0, 1, 26)[1:-1])
    south, north = neighbours_drawn_in_the_zone(shares)
    stops = shapely.get_coordinates(south)[:27]
    for start, end in pairwise(stops[10:16]):
        lot = shapely.Polygon([start, end, end - [0, 50], start - [0, 50]])
        overlap = shapely.intersection(lot, north)
        assert measure_shapes([overlap]).mean_width_m[0] > 0.02
        assert classify(overlap, lot, north, IN_ZONE, IN_ZONE) == "artefact"


def test_the_same_strip_between_layers_drawn_in_degrees_is_a_sliver():
    south, north = neighbours_drawn_in_the_zone()
    assert classify_pair(south, north) == "sliver"


def test_a_line_drawn_in_degrees_by_one_office_and_in_the_zone_by_the_other_makes_an_artefact():
    south, north = neighbours_drawn_in_the_zone()
    assert classify_pair(south, north, IN_ZONE, IN_DEGREES) == "artefact"
    assert classify_pair(south, north, IN_DEGREES, IN_ZONE) == "artefact"


@pytest.mark.parametrize("width_mm", [2, 10, 100, 1000])
def test_a_strip_along_a_parallel_drawn_in_degrees_is_a_sliver(width_mm):
    south, north = to_area_plane(
        [
            shapely.box(WEST, PARALLEL - 0.004, EAST, PARALLEL + width_mm * MILLIMETRES_NORTH),
            shapely.box(WEST, PARALLEL, EAST, PARALLEL + 0.004),
        ]
    )
    assert classify_pair(south, north) == "sliver"


def test_a_ten_millimetre_strip_is_an_artefact_where_the_arc_of_its_edge_is_higher():
    south, north = to_area_plane(
        [
            shapely.box(WEST, PARALLEL - 0.004, EAST, PARALLEL + 10 * MILLIMETRES_NORTH),
            shapely.box(WEST, PARALLEL, EAST, PARALLEL + 0.004),
        ]
    )
    assert classify_pair(south, north, IN_ZONE, IN_ZONE) == "artefact"


def test_coordinate_rounding_makes_an_artefact_and_more_than_it_does_not():
    parcel = local_box(0, 0, 100, 50)
    for shift, expected in ((0.0004, "artefact"), (0.0009, "artefact"), (0.002, "sliver")):
        assert classify_pair(parcel, local_box(0, 50 - shift, 100, 100)) == expected
    coarse = LayerSource(rounding_m=0.005)
    assert classify_pair(parcel, local_box(0, 50 - 0.005, 100, 100), coarse, IN_DEGREES) == "artefact"


def test_floating_point_noise_is_an_artefact():
    parcel = local_box(0, 0, 100, 50)
    neighbour = shapely.transform(local_box(0, 50, 100, 100), lambda c: c - [0, 4e-9])
    assert classify_pair(parcel, neighbour) == "artefact"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 50), "real"),
        ((200, 4), "sliver"),
        ((10, 10), "real"),
        ((20, 3), "real"),
        ((24, 3), "sliver"),
        ((100, 20), "real"),
        ((1000, 1), "sliver"),
    ],
)
def test_small_and_thin_overlaps_are_slivers(size, expected):
    length, width = size
    assert classify_pair(local_box(0, 0, length, 100), local_box(0, 100 - width, length, 200)) == expected


def test_shapes_are_tested_on_the_ground_at_any_latitude_and_direction():
    for lat in (5, 28, 50):
        for east, north in ((30, 3.5), (3.5, 30)):
            parcel = local_box(0, 0, east, north, lat)
            shapes = measure_shapes([parcel])
            assert sorted((shapes.bounding_length_m[0], shapes.bounding_width_m[0])) == pytest.approx(
                [3.5, 30], abs=0.02
            )
            assert is_sliver(shapes, THRESHOLDS).tolist() == [True]


def test_limits_count_themselves_in():
    measures = measure_shapes([local_box(0, 0, 25, 5)])
    exactly = SliverThresholds(
        area_max_m2=0,
        bounding_width_max_m=float(measures.bounding_width_m[0]),
        mean_width_max_m=0,
        smallness_signs_min=1,
        elongation_min=float(measures.bounding_length_m[0] / measures.bounding_width_m[0]) * (1 - 1e-15),
        compactness_max=0,
        shape_index_min=float("inf"),
        boundary_ratio_min=float("inf"),
        thinness_signs_min=1,
    )
    assert is_sliver(measures, exactly).tolist() == [True]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 90), st.floats(0.1, 90), st.floats(0, 3)), min_size=1, max_size=20),
    st.integers(0, 3),
    st.integers(0, 4),
)
def test_what_cannot_be_a_sliver_by_area_and_perimeter_is_none(drawn, small, thin):
    limits = replace(THRESHOLDS, smallness_signs_min=small, thinness_signs_min=thin)
    shapes = [
        shapely.affinity.rotate(shapely.affinity.skew(local_box(0, 0, width, width * longer), turn * 20), turn * 50)
        for width, longer, turn in drawn
    ]
    measures = measure_shapes(shapes)
    possible = may_be_sliver(shapely.area(shapes), perimeters_on_the_ground_m(np.array(shapes, dtype=object)), limits)
    assert not (is_sliver(measures, limits) & ~possible).any()


def test_a_compact_part_cannot_be_a_sliver_however_small():
    square, strip = local_box(0, 0, 2, 2), local_box(0, 0, 2, 200)
    shapes = np.array([square, strip], dtype=object)
    assert may_be_sliver(shapely.area(shapes), perimeters_on_the_ground_m(shapes), THRESHOLDS).tolist() == [False, True]


def test_one_real_part_makes_the_overlap_real_and_one_sliver_more_than_an_artefact():
    parcel = local_box(0, 0, 300, 50)
    noise = local_box(0, 50 - 0.0005, 100, 60)
    strip = local_box(120, 50 - 1, 180, 60)
    square = local_box(200, 20, 250, 60)
    together = {
        "artefact": noise,
        "sliver": shapely.MultiPolygon([noise, strip]),
        "real": shapely.MultiPolygon([noise, strip, square]),
    }
    for expected, constraint in together.items():
        assert classify_pair(parcel, constraint) == expected


def test_without_thresholds_nothing_is_a_sliver():
    parcel, strip = local_box(0, 0, 200, 50), local_box(0, 49, 200, 60)
    assert classify_overlaps([parcel & strip], [parcel], [strip]).tolist() == ["real"]


def test_no_overlap_is_an_artefact_of_nothing():
    parcel = local_box(0, 0, 10, 10)
    assert (
        classify_overlaps([None, shapely.MultiPolygon()], [parcel, parcel], [parcel, parcel]).tolist()
        == ["artefact"] * 2
    )
    assert classify_overlaps([], [], []).tolist() == []


def test_the_sagitta_is_that_of_the_projected_middle():
    edge = shapely.LineString([(WEST, PARALLEL), (EAST, PARALLEL)])
    straight_in_zone = project_geometries([edge], ZONE)[0].interpolate(0.5, normalized=True)
    x, y = to_geographic([straight_in_zone], ZONE)[0].coords[0]
    apart = pyproj.Geod(a=6378137, rf=298.257222101).inv(x, y, (WEST + EAST) / 2, PARALLEL)[2]
    sagittas = sagittas_of_edges(
        to_area_plane([shapely.box(WEST, PARALLEL - 1e-5, EAST, PARALLEL)]), [IN_ZONE, IN_DEGREES]
    )
    assert sagittas.sagitta_m.max() == pytest.approx(apart, rel=1e-3)
    assert apart == pytest.approx(0.0255, abs=0.0005)


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:32650", "EPSG:3857", "EPSG:4326"])
@pytest.mark.parametrize("lat", [3, 28, 53, 75])
def test_the_quick_bound_is_never_below_the_sagitta(crs, lat):
    rng = np.random.default_rng(lat)
    corners = np.array([113.0, lat]) + rng.uniform(-0.2, 0.2, (40, 3, 2))
    triangles = to_area_plane(shapely.polygons(corners))
    sagittas = sagittas_of_edges(triangles, [LayerSource(pyproj.CRS(crs)), IN_DEGREES])
    assert len(sagittas.edges) > 40
    assert (sagittas.sagitta_m <= longest_sagitta_m(triangles)[sagittas.owner]).all()


def test_a_source_without_an_exact_path_is_refused_at_once():
    with pytest.raises(CRSRefusedError, match="Beijing 1954"):
        LayerSource(pyproj.CRS("EPSG:2436"))


def test_a_layer_drawn_in_the_area_plane_has_straight_edges():
    squares = to_area_plane([shapely.box(113, 28, 113.1, 28.1)])
    assert len(sagittas_of_edges(squares, [LayerSource(AREA_PLANE)]).edges) == 0


def test_perimeters_are_those_of_the_polygons_in_local_metres():
    rng = np.random.default_rng(8)
    discs = [shapely.Point(x, y).buffer(400) for x, y in rng.uniform([1.2e7, 2e6], [1.3e7, 5e6], (20, 2))]
    rings = [disc.difference(shapely.buffer(disc, -rng.uniform(1, 300))) for disc in discs]
    polygons = np.array([*discs, *rings, local_box(0, 0, 25, 5)], dtype=object)
    assert perimeters_on_the_ground_m(polygons) == pytest.approx(shapely.length(to_local_metres(polygons)), rel=1e-9)
    assert perimeters_on_the_ground_m(polygons[-1:])[0] == pytest.approx(60, rel=1e-3)
    assert perimeters_on_the_ground_m(polygons[:0]).tolist() == []
