"""What lies outside the areas that ought to contain it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError, GeometryRefusedError, OverlayCancelledError
from gis.overlay import OVERLAP_COLUMNS, measure_overlaps
from gis.subdivide import subdivide
from gis.uncovered import measure_uncovered

ORIGIN = np.array([12_600_000.0, 3_000_000.0])


def layer(geometries, ids=None):
    placed = shapely.transform(np.array(geometries, dtype=object), lambda c: c + ORIGIN)
    return gpd.GeoDataFrame(index=ids, geometry=placed, crs=AREA_PLANE)


def blob(x, y, radius, points=600):
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    distance = radius * (1 + 0.3 * np.sin(7 * angles) + 0.05 * np.sin(41 * angles))
    return shapely.Polygon(np.column_stack([x + distance * np.cos(angles), y + distance * np.sin(angles)]))


PARCELS = layer([shapely.box(i * 100, j * 100, i * 100 + 100, j * 100 + 100) for i in range(12) for j in range(12)])
BOUNDARY = layer(
    [blob(400, 400, 300), blob(700, 600, 250), shapely.box(0, 0, 100, 1200)], ids=["west", "east", "strip"]
)


def assert_is_the_loop_s(result, targets, constraints):
    union = constraints.union_all()
    expected = {target_id: target.difference(union).area for target_id, target in targets.geometry.items()}
    assert result["error"].isna().all()
    found = dict(zip(result["target_id"], result["overlap_area_m2"], strict=True))
    for target_id, area in expected.items():
        assert found.get(target_id, 0.0) == pytest.approx(area, rel=1e-9, abs=1e-5)
    # What no loop finds is noise, and says so.
    noise = result[[expected[target_id] == 0 for target_id in result["target_id"]]]
    assert set(noise["overlap_class"]) <= {"artefact"}


def test_the_uncovered_part_is_that_of_a_plain_loop():
    result = measure_uncovered(PARCELS, BOUNDARY)
    assert 60 < len(result) < 144
    assert_is_the_loop_s(result, PARCELS, BOUNDARY)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400), st.floats(20, 200)), min_size=1, max_size=4))
def test_covered_and_uncovered_parts_are_the_whole_target(circles):
    targets = PARCELS.iloc[[0, 1, 2, 12, 13, 14, 24, 25, 26]]
    constraints = layer([blob(x, y, radius, 40) for x, y, radius in circles])
    outside = measure_uncovered(targets, constraints)
    inside = measure_overlaps(targets, constraints.assign(all=1), group="all")
    sums = (
        outside.groupby("target_id")["overlap_area_m2"]
        .sum()
        .add(inside.groupby("target_id")["overlap_area_m2"].sum(), fill_value=0)
    )
    assert sums.reindex(targets.index).to_numpy() == pytest.approx(targets.area.to_numpy(), rel=1e-9)
    assert_is_the_loop_s(outside, targets, constraints)


def test_a_hand_computed_case():
    targets = layer(
        [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), shapely.box(40, 0, 50, 10), shapely.box(60, 0, 70, 10)],
        ids=["inside", "half", "outside", "beside"],
    )
    constraints = layer([shapely.box(-5, -5, 25, 15), shapely.box(70, 0, 80, 10)], ids=["A", "B"])
    result = measure_uncovered(targets, constraints, with_geometry=True)
    assert list(result.columns) == list(OVERLAP_COLUMNS)
    assert result["target_id"].tolist() == ["half", "outside", "beside"]
    assert result["overlap_area_m2"].tolist() == pytest.approx([50, 100, 100])
    assert result["target_share"].tolist() == pytest.approx([0.5, 1, 1])
    assert result["constraint_ids"].tolist() == [("A",), (), ("B",)]
    assert result["constraint_group"].tolist() == [None, None, None]
    assert result["overlap_class"].tolist() == ["real", "real", "real"]
    assert result.geometry.iloc[0].equals(shapely.transform(shapely.box(25, 0, 30, 10), lambda c: c + ORIGIN))


def test_a_target_that_several_constraints_cover_together_is_covered():
    target = layer([shapely.box(0, 0, 10, 10)])
    assert measure_uncovered(target, layer([shapely.box(-5, -5, 6, 15), shapely.box(6, -5, 15, 15)])).empty
    assert measure_uncovered(target, layer([shapely.box(0, 0, 10, 10)])).empty


def test_without_constraints_everything_is_uncovered():
    result = measure_uncovered(PARCELS, BOUNDARY.iloc[:0])
    assert result["target_share"].tolist() == [1] * 144
    assert set(result["overlap_class"]) == {"real"}
    assert measure_uncovered(PARCELS.iloc[:0], BOUNDARY).empty


def test_a_strip_as_wide_as_the_rounding_is_an_artefact():
    target = layer([shapely.box(0, 0, 100, 50)])
    result = measure_uncovered(target, layer([shapely.box(-10, -10, 110, 50 - 0.0008)]))
    assert result["overlap_class"].tolist() == ["artefact"]


@pytest.mark.parametrize("options", [{"threads": 1}, {"chunk_size": 5, "threads": 3}, {"with_geometry": True}], ids=str)
def test_options_of_the_run_do_not_change_the_result(options):
    usual = measure_uncovered(PARCELS, BOUNDARY)
    assert usual.equals(measure_uncovered(PARCELS, BOUNDARY, **options)[usual.columns])


def test_stored_pieces_serve_as_well():
    cut, source = subdivide(BOUNDARY.geometry, 64)
    pieces = gpd.GeoDataFrame({"constraint_id": BOUNDARY.index[source]}, geometry=cut, crs=AREA_PLANE)
    assert_is_the_loop_s(measure_uncovered(PARCELS, BOUNDARY, pieces=pieces), PARCELS, BOUNDARY)


def test_an_invalid_polygon_is_an_error_row_unless_another_one_covers():
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100), (-50, 40)])
    targets = layer(
        [shapely.box(10, 10, 50, 50), shapely.box(50, 50, 90, 90), bowtie], ids=["covered", "border", "bad"]
    )
    constraints = layer([bowtie, shapely.box(-100, -100, 60, 60)], ids=["broken", "good"])
    result = measure_uncovered(targets, constraints, with_geometry=True).set_index("target_id")
    assert result.index.tolist() == ["border", "bad"]
    assert "'border'" in result.loc["border", "error"]
    assert "'broken'" in result.loc["border", "error"]
    assert result["overlap_area_m2"].isna().all()
    assert result["overlap_class"].tolist() == [None, None]
    assert result.geometry.isna().all()


def test_a_target_on_which_geos_fails_is_an_error_row(monkeypatch):
    really = shapely.difference
    culprit = PARCELS.geometry.iloc[30]

    def fail(left, right, grid_size=None):
        if any(geometry.equals(culprit) for geometry in left):
            raise shapely.errors.GEOSException("TopologyException: found non-noded intersection")
        return really(left, right, grid_size=grid_size)

    usual = measure_uncovered(PARCELS, BOUNDARY)
    assert 30 in usual["target_id"].tolist()
    monkeypatch.setattr("gis.uncovered.shapely.difference", fail)
    result = measure_uncovered(PARCELS, BOUNDARY)
    failed = result[result["target_id"] == 30].iloc[0]
    assert "target 30" in failed["error"]
    assert "non-noded" in failed["error"]
    others = result["target_id"] != 30
    assert result[others].equals(usual[others])


def test_other_planes_and_broken_input_are_refused():
    with pytest.raises(CRSMismatchError, match="area plane"):
        measure_uncovered(PARCELS.set_crs(4490, allow_override=True), BOUNDARY)
    with pytest.raises(GeometryRefusedError, match="constraint"):
        measure_uncovered(PARCELS, layer([None]))


def test_a_run_can_be_cancelled():
    with pytest.raises(OverlayCancelledError, match="after 0 of 144"):
        measure_uncovered(PARCELS, BOUNDARY, cancelled=lambda: True)
