"""How far the drawing of a very long edge excuses what lies beside it: never the land that nobody knows."""

from datetime import date

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis.crs import AREA_PLANE, from_area_plane, project_geometries, to_area_plane, to_geographic
from gis.overlay import measure_overlaps
from gis.rules import LayerStatus, ParameterSet, Verdict, judge_coverage, load_catalog, sliver_thresholds
from gis.sagitta import WIDEST_ARC_M, LayerSource, sagittas_of_edges, straight_in
from gis.uncovered import measure_uncovered

ZONE = pyproj.CRS("EPSG:4547")
IN_ZONE = LayerSource(ZONE)
THRESHOLDS = sliver_thresholds(ParameterSet(load_catalog().parameters), as_of=date(2026, 6, 30))
#: 22 km from west to east in the zone, 40 km east of its central meridian.
WEST, LINE, LENGTH = 540_000.0, 3_125_000.0, 22_000.0


def in_plane(*shapes):
    return to_area_plane(to_geographic(list(shapes), ZONE))


def layer(*geometries):
    return gpd.GeoDataFrame(geometry=np.array(geometries, dtype=object), crs=AREA_PLANE)


def uncovered(site, coverage):
    found = measure_uncovered(
        layer(site), layer(coverage), thresholds=THRESHOLDS, target_source=IN_ZONE, constraint_source=IN_ZONE
    )
    return found.iloc[0] if len(found) else None


def chord(shares, length_m=LENGTH):
    """Return points of the long edge as it is stored, and how far north of the drawn line each lies in the zone."""
    ends = in_plane(shapely.Point(WEST, LINE), shapely.Point(WEST + length_m, LINE))
    stored = shapely.line_interpolate_point(shapely.LineString(ends), shares, normalized=True)
    return stored, shapely.get_y(project_geometries(from_area_plane(stored), ZONE)) - LINE


def coverage_of(*, dense):
    drawn = shapely.box(WEST, LINE - 20_000, WEST + LENGTH, LINE)
    return in_plane(straight_in([drawn], ZONE)[0] if dense else drawn)[0]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("dense", [True, False])
def test_a_metre_beyond_the_coverage_s_long_edge_is_not_known(share, dense):
    coverage = coverage_of(dense=dense)
    x = WEST + share * LENGTH
    north = 0 if dense else chord([share])[1][0]
    site = in_plane(shapely.box(x - 200, LINE - 400, x + 200, LINE + 1 + north))[0]
    found = uncovered(site, coverage)
    assert found["overlap_area_m2"] == pytest.approx(400, abs=40)
    assert found["overlap_class"] == "sliver"
    share_known = 1 - found["target_share"]
    assert judge_coverage(LayerStatus.CLEAR, covered_share=share_known, mandatory=True) is Verdict.NO_DATA


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
def test_a_site_that_ends_where_the_coverage_was_drawn_to_end_is_known_whole(share):
    x = WEST + share * LENGTH
    site = in_plane(shapely.box(x - 200, LINE - 400, x + 200, LINE))[0]
    found = uncovered(site, coverage_of(dense=True))
    assert found is None or (found["overlap_class"] == "artefact" and found["mean_width_m"] < 0.002)


@pytest.mark.parametrize(
    ("beyond_m", "expected"), [(0.02, "sliver"), (0.2, "sliver"), (2, "sliver"), (0.0005, "artefact")]
)
def test_a_meridian_drawn_in_degrees_excuses_nothing_but_rounding(beyond_m, expected):
    coverage = to_area_plane([shapely.box(113, 28, 113.2, 28.2)])[0]
    degrees = beyond_m / 98_300
    site = to_area_plane([shapely.box(113.195, 28.1, 113.2 + degrees, 28.104)])[0]
    found = measure_uncovered(layer(site), layer(coverage), thresholds=THRESHOLDS).iloc[0]
    assert found["overlap_class"] == expected


@pytest.mark.parametrize("width_m", [0.06, 0.3, 1.0, 3.0])
def test_a_strip_of_a_hard_line_beside_a_long_edge_is_a_finding(width_m):
    red_line = in_plane(shapely.box(WEST, LINE, WEST + LENGTH, LINE + 5000))[0]
    x, stored = WEST + LENGTH / 2, LINE + chord([0.5])[1][0]
    site = in_plane(shapely.box(x - 200, stored - 300, x + 200, stored + width_m))[0]
    found = measure_overlaps(
        layer(site), layer(red_line), thresholds=THRESHOLDS, target_source=IN_ZONE, constraint_source=IN_ZONE
    )
    assert found["overlap_area_m2"].iloc[0] == pytest.approx(400 * width_m, abs=2)
    assert found["overlap_class"].tolist() == ["sliver"]


@pytest.mark.parametrize("length_m", [300, 900, 1500])
@pytest.mark.parametrize(("first", "last"), [(0, 1), (0.1, 0.2), (0.45, 0.55), (0.7, 1)])
def test_what_an_edge_explains_is_the_area_between_its_chord_and_its_arc(length_m, first, last):
    edge = in_plane(shapely.box(WEST, LINE, WEST + length_m, LINE + 100))[0]
    sagittas = sagittas_of_edges([edge], [IN_ZONE])
    middle, _ = chord([0.5], length_m)
    (number,) = np.flatnonzero(shapely.distance(sagittas.edges, middle) < 1e-5)
    piece, _ = chord([first, last], length_m)
    # The oracle goes back to the zone, and measures there how far the stored edge lies from the drawn one.
    oracle = float(np.abs(chord(np.linspace(first, last, 2001), length_m)[1]).mean())
    start, end = (shapely.get_coordinates(point) for point in piece)
    explained = sagittas.mean_deviation_m(np.array([number]), start, end)[0]
    assert explained == pytest.approx(oracle, rel=0.02, abs=2e-6)
    assert sagittas.mean_deviation_m(np.array([number]), end, start)[0] == pytest.approx(explained, abs=1e-12)


def test_an_excuse_ends_at_a_fixed_width_however_long_the_edge():
    for length_m in (1000, 4000, 16_000):
        south = in_plane(
            shapely.Polygon(
                [(WEST + t * length_m, LINE) for t in np.linspace(0, 1, 41)]
                + [(WEST + length_m, LINE - 500), (WEST, LINE - 500)]
            )
        )[0]
        north = in_plane(shapely.box(WEST, LINE, WEST + length_m, LINE + 500))[0]
        found = measure_overlaps(
            layer(south), layer(north), thresholds=THRESHOLDS, target_source=IN_ZONE, constraint_source=IN_ZONE
        )
        width = found["mean_width_m"].max()
        assert (width > WIDEST_ARC_M) == (length_m > 3000)
        assert (found["overlap_class"] == "artefact").all() == (width <= WIDEST_ARC_M)


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4490", "EPSG:32649"])
def test_a_polygon_with_its_long_edges_divided_lies_where_it_was_drawn(crs):
    system = pyproj.CRS(crs)
    drawn = shapely.from_wkt("POLYGON((112.9 28, 113.12 28.05, 113.1 28.2, 112.95 28.21, 112.9 28))")
    drawn = drawn if system.is_geographic else project_geometries([drawn], system)[0]
    dense = straight_in([drawn, None], system)
    assert dense[1] is None
    assert shapely.hausdorff_distance(dense[0], drawn) < 1e-6
    points = shapely.line_interpolate_point(drawn.exterior, np.linspace(0, 1, 997), normalized=True)
    plane = to_area_plane(to_geographic(np.array([dense[0], *points], dtype=object), system))
    assert shapely.distance(plane[1:], plane[0].exterior).max() < 2e-4
    coarse = to_area_plane(to_geographic([drawn], system))[0]
    assert shapely.distance(plane[1:], coarse.exterior).max() > 0.5


def test_edges_that_are_straight_in_both_get_no_vertex():
    given = [shapely.box(113, 28, 113.3, 28.3), shapely.box(-180, -90, 180, 90), None, shapely.Point(1, 1)]
    assert straight_in(given, pyproj.CRS("EPSG:4490")).tolist() == given
