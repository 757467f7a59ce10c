"""A layer that carries the shift of a web map is recognised against a reference of the same ground."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.arrays import FloatArray, GeometryArray
from gis.crs_firewall import examine_crs
from gis.crs_firewall.shift import estimate_shift
from tests.unit.gis.crs_firewall import map_formulas

STORAGE = pyproj.CRS.from_epsg(4490)


def ground(lon: float = 113.08, lat: float = 28.24, count: int = 120, seed: int = 1) -> GeometryArray:
    """Irregular parcels of some 40 m scattered over two kilometres."""
    chance = np.random.default_rng(seed)
    corners = chance.uniform(-0.01, 0.01, (count, 2)) + np.array([lon, lat])
    rings = corners[:, None, :] + np.array([(0, 0), (4e-4, 0), (4e-4, 3e-4), (0, 4e-4)]) * chance.uniform(
        0.5, 1.5, (count, 4, 2)
    )
    return shapely.polygons(rings)


def shifted_by(geometries: GeometryArray, formula) -> GeometryArray:
    def shift(points: FloatArray) -> FloatArray:
        return np.array([formula(*point) for point in points])

    return shapely.transform(geometries, shift)


def examine(layer: GeometryArray, reference: GeometryArray) -> list[str]:
    examination = examine_crs(STORAGE, shapely.bounds(layer), geometries=layer, reference=reference)
    return [finding.kind for finding in examination.findings]


@given(st.floats(80, 130), st.floats(20, 50))
@settings(max_examples=15, deadline=None)
def test_both_map_shifts_are_told_apart_anywhere_in_china(lon: float, lat: float):
    parcels = ground(lon, lat)
    assert examine(shifted_by(parcels, map_formulas.gcj02), parcels) == ["crs_gcj02_shift"]
    assert examine(shifted_by(parcels, map_formulas.bd09), parcels) == ["crs_bd09_shift"]
    assert examine(parcels, parcels) == []


def test_the_shift_is_measured():
    parcels = ground()
    shift = estimate_shift(shifted_by(parcels, map_formulas.gcj02), parcels)
    there = map_formulas.gcj02(113.08, 28.24)
    _, _, distance = pyproj.Geod(ellps="GRS80").inv(113.08, 28.24, *there)
    assert shift is not None
    assert shift.length_m == pytest.approx(distance, rel=0.02)


def test_a_later_version_with_new_and_redrawn_parcels_is_not_shifted():
    before = ground()
    after = np.concatenate([before[:80], ground(seed=2, count=40)])
    assert examine(after, before) == []


def test_a_layer_of_the_same_ground_drawn_by_other_lines_is_left_alone():
    assert examine(ground(seed=3), ground(seed=4)) == []


def test_a_shift_that_no_map_explains_is_a_warning_with_its_length():
    parcels = ground()
    moved = shapely.transform(parcels, lambda points: points + np.array([0.001, -0.0005]))
    examination = examine_crs(STORAGE, shapely.bounds(moved), geometries=moved, reference=parcels)
    assert [finding.kind for finding in examination.findings] == ["crs_unexplained_shift"]
    assert not examination.is_refused
    east, north = 0.001 * 111_320 * np.cos(np.radians(28.24)), -0.0005 * 111_320
    assert f"E {east:+.0f}, N {north:+.0f}" in str(examination.findings[0].found)


def test_a_regular_grid_of_blocks_is_not_taken_for_shifted():
    column, row = np.meshgrid(np.arange(20), np.arange(20))
    west, south = 113 + column.ravel() * 0.001, 28 + row.ravel() * 0.001
    blocks = shapely.box(west, south, west + 0.0008, south + 0.0008)
    assert examine(blocks[:150], blocks) == []
    assert examine(shapely.transform(blocks[100:150], lambda points: points + np.array([0.0003, 0])), blocks) == []


def test_a_reference_elsewhere_says_nothing():
    assert estimate_shift(ground(), ground(120.0, 30.0)) is None
    assert estimate_shift(ground(), []) is None
