"""Features as they came: their WKB in Arrow's memory, and the polygons of one ring in it."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from gis.formats.features import FeatureBatch, plain_polygons_of

SQUARE = shapely.box(0, 0, 1, 1)
HOLED = SQUARE.difference(shapely.box(0.4, 0.4, 0.6, 0.6))
WKB = [
    shapely.Point(1, 2).wkb,
    SQUARE.wkb,
    HOLED.wkb,
    shapely.MultiPolygon([SQUARE]).wkb,
    b"",
    shapely.box(5, 5, 7, 6).wkb,
]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_plain_polygons_are_found_in_a_part_of_an_array(kind: pa.DataType):
    column = pa.array([SQUARE.wkb, *WKB, SQUARE.wkb], kind).slice(1, len(WKB))
    positions, plain = plain_polygons_of(column)
    assert positions.tolist() == [1, 3, 5]
    assert plain.areas().tolist() == [1, 1, 2]


def test_what_is_null_is_no_polygon_whatever_lies_in_its_place():
    offsets = np.array([0, 93, 186], dtype=np.int32)
    buffers = [pa.py_buffer(b"\x02"), pa.py_buffer(offsets), pa.py_buffer(SQUARE.wkb * 2)]
    column = pa.Array.from_buffers(pa.binary(), 2, buffers)
    assert column.to_pylist() == [None, SQUARE.wkb]
    assert plain_polygons_of(column)[0].tolist() == [1]
    assert plain_polygons_of(pa.array([None, None], pa.binary()))[0].tolist() == []


def test_a_batch_gives_wkb_and_geometries_of_an_arrow_array_as_of_any_other():
    of_arrow = FeatureBatch(1, pa.array(WKB[:4]), None, [{}] * 4)
    of_objects = FeatureBatch(1, np.array(WKB[:4], dtype=object), None, [{}] * 4)
    chosen = np.array([3, 0])
    for batch in (of_arrow, of_objects):
        assert batch.wkb_at(chosen).tolist() == [WKB[3], WKB[0]]
        assert [one.wkb for one in batch.geometries_at(chosen)] == [WKB[3], WKB[0]]
        assert batch.plain_polygons()[0].tolist() == [1, 3]
        assert batch.wkb.tolist() == WKB[:4]
