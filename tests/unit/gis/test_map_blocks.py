"""Blocks hold every feature once and their neighbours, and a coverage simplified in blocks is the one that is simplified whole."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.city import City
from gis.arrays import FloatArray, IntArray
from gis.crs import AREA_PLANE, to_geographic
from gis.generalise import ClassBand, MapCoverage, classes_at, map_coverage
from gis.map_blocks import blocks_of, with_neighbours

ZOOMS = (13, 12)


def boxes_at(places: list[tuple[int, int, int]]) -> FloatArray:
    return np.array([(x, y, x + size, y + size) for x, y, size in places], dtype=float).reshape(-1, 4)


PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3)), max_size=60)


@given(PLACES, st.integers(1, 9))
def test_every_feature_is_in_one_block_that_is_not_too_large(places: list[tuple[int, int, int]], most: int) -> None:
    boxes = boxes_at(places)
    blocks = blocks_of(boxes, most)
    assert sorted(row for block in blocks for row in block.tolist()) == list(range(len(places)))
    assert all(0 < len(block) <= most and (np.diff(block) > 0).all() for block in blocks)
    again = blocks_of(boxes.copy(), most)
    assert [block.tolist() for block in again] == [block.tolist() for block in blocks]


@given(PLACES.filter(bool), st.integers(0, 3), st.data())
def test_neighbours_are_those_whose_boxes_meet(
    places: list[tuple[int, int, int]], layers: int, data: st.DataObject
) -> None:
    boxes = boxes_at(places)
    block = data.draw(st.sets(st.integers(0, len(places) - 1), min_size=1))
    expected = set(block)
    for _ in range(layers):
        expected |= {
            row
            for row, (x0, y0, x1, y1) in enumerate(boxes)
            for a0, b0, a1, b1 in boxes[sorted(expected)]
            if x0 <= a1 and x1 >= a0 and y0 <= b1 and y1 >= b0
        }
    assert with_neighbours(boxes, np.array(sorted(block)), layers=layers).tolist() == sorted(expected)


@pytest.fixture(scope="module")
def parcels() -> np.ndarray:
    """Return 2000 parcels whose neighbours share rough edges, in degrees."""
    return to_geographic(City(scale=0.01).parcels().geometry.to_numpy(), AREA_PLANE)


def of_block(parcels: np.ndarray, rows: IntArray) -> MapCoverage:
    return map_coverage(parcels[rows], rows % 3, threads=1)


def test_a_coverage_simplified_in_blocks_is_the_one_simplified_whole(parcels: np.ndarray) -> None:
    boxes, every = shapely.bounds(parcels), np.arange(len(parcels))
    whole = of_block(parcels, every)
    expected = [whole.features(band).geometries for band in whole.simplified(ZOOMS)]
    found = [np.empty(len(parcels), dtype=object) for _ in ZOOMS]
    ground: list[ClassBand] = []
    blocks = blocks_of(boxes, 300)
    assert len(blocks) > 4
    for block in blocks:
        rows = with_neighbours(boxes, block, layers=2)
        assert len(block) < len(rows) < len(parcels)
        coverage, own = of_block(parcels, rows), np.isin(rows, block)
        for place, band in enumerate(coverage.simplified(ZOOMS)):
            found[place][block] = coverage.features(band).geometries[own]
        ground.append(coverage.ground(band, own))
    for one, other in zip(found, expected, strict=True):
        assert shapely.get_num_coordinates(other).sum() < shapely.get_num_coordinates(parcels).sum()
        assert shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 0).all()
    together = ClassBand(
        0, *(np.concatenate([getattr(band, name) for band in ground]) for name in ("geometries", "classes", "counts"))
    )
    for band in classes_at(together, (11, 9)):
        assert band.counts.sum() == len(parcels)
        assert shapely.is_valid(band.geometries).all()
        # No gap and no overlap, also where blocks meet.
        assert shapely.is_empty(shapely.coverage_invalid_edges(band.geometries)).all()
        united = shapely.union_all(band.geometries)
        assert united.area == pytest.approx(shapely.area(band.geometries).sum(), rel=1e-9)
        assert united.area == pytest.approx(shapely.area(shapely.union_all(expected[1])), rel=0.01)
