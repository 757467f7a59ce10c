"""How deep geometries are nested is told without decoding them."""

import struct

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.formats.wkb_depth import deepest_nesting

COLLECTION = struct.pack("<BII", 1, 7, 1)
BIG_ENDIAN = struct.pack(">BII", 0, 7, 1)
POINT = shapely.to_wkb(shapely.Point(1, 2))


@pytest.mark.parametrize(
    ("wkb", "depth"),
    [
        ([None, None], 0),
        ([POINT], 0),
        ([shapely.to_wkb(shapely.box(0, 0, 1, 1))], 0),
        ([shapely.to_wkb(shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])), None], 1),
        ([shapely.to_wkb(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]))], 1),
        ([POINT, COLLECTION * 50 + POINT], 50),
        ([(COLLECTION + BIG_ENDIAN) * 5 + POINT], 10),
        # The nested member comes after one that is not, and after an extended head with SRID and Z.
        ([struct.pack("<BII", 1, 7, 2) + POINT + COLLECTION * 3 + POINT], 4),
        ([struct.pack("<BIII", 1, 7 | 0xA000_0000, 4490, 1) + COLLECTION + POINT], 2),
        ([struct.pack("<BII", 1, 1007, 1) + COLLECTION + POINT], 2),
        # Another byte than 0 and 1 leaves the order as it was.
        ([COLLECTION + b"\2" + COLLECTION[1:] * 1 + POINT], 2),
        ([struct.pack("<BII", 1, 6, 1) * 30], 30),
        ([b""], 0),
        # A kind that nobody knows is taken for one with members.
        ([b"not a geometry at all"], 1),
    ],
)
def test_the_deepest_geometry_is_found(wkb, depth):
    assert deepest_nesting(pa.array(wkb, pa.binary())) == depth
    assert deepest_nesting(pa.array(wkb, pa.large_binary())) == depth


def test_a_part_of_an_array_is_looked_at_alone():
    array = pa.array([COLLECTION * 50 + POINT, POINT, COLLECTION + POINT], pa.binary())
    assert [deepest_nesting(array.slice(start)) for start in range(3)] == [50, 1, 1]


def test_a_million_levels_take_no_stack():
    assert deepest_nesting(pa.array([COLLECTION * 1_000_000], pa.binary())) == 1_000_000


@given(st.binary(max_size=60))
def test_no_bytes_are_too_strange(content):
    assert 0 <= deepest_nesting(pa.array([content], pa.binary())) <= len(content) // 9
