"""Which patches are the same ground as before: hand-made cases, and what must always hold."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.plans.succession import find_successors

TOLERANCE_M = 0.001
SQUARE = shapely.box(0, 0, 100, 100)


def pairs(former: list[Any], new: list[Any]) -> list[tuple[int, int, bool]]:
    found = find_successors(np.array(former, dtype=object), np.array(new, dtype=object), tolerance_m=TOLERANCE_M)
    return list(zip(found.former.tolist(), found.successor.tolist(), found.is_same_ground.tolist(), strict=True))


@pytest.mark.parametrize(
    ("new", "is_same"),
    [
        (SQUARE, True),
        (shapely.segmentize(SQUARE, 10), True),
        (shapely.box(0, 0, 100, 100.0009), True),
        (shapely.box(0, 0, 100, 100.0011), False),
        (shapely.box(0.0005, -0.0005, 100.0005, 99.9995), True),
        (SQUARE.difference(shapely.box(40, 40, 40.0008, 60)), True),
        (SQUARE.difference(shapely.box(40, 40, 40.1, 40.1)), False),
        (shapely.box(0, 0, 100, 60), False),
        (shapely.box(-50, -50, 150, 150), False),
    ],
    ids=["itself", "more vertices", "0.9 mm", "1.1 mm", "moved 0.5 mm", "hair", "hole", "part", "whole"],
)
def test_ground_is_the_same_where_it_differs_nowhere_by_more_than_the_tolerance(new: Any, *, is_same: bool):
    assert pairs([SQUARE], [new]) == [(0, 0, is_same)]
    assert pairs([new], [SQUARE]) == [(0, 0, is_same)]


def test_neighbours_and_those_that_only_cross_the_border_by_a_hair_have_nothing_in_common():
    neighbours = [shapely.box(100, 0, 200, 100), shapely.box(0, 99.9995, 100, 200), shapely.box(100, 100, 110, 110)]
    assert pairs([SQUARE], neighbours) == []


def test_every_part_of_a_patch_that_fell_apart_is_told():
    halves = [shapely.box(0, 0, 30, 100), shapely.box(30, 0, 100, 100)]
    assert pairs([SQUARE], halves) == [(0, 0, False), (0, 1, False)]
    assert pairs(halves, [SQUARE]) == [(0, 0, False), (1, 0, False)]


def test_a_patch_narrower_than_the_tolerance_is_itself_and_no_other():
    hair = shapely.box(0, 0, 0.0004, 100)
    assert pairs([hair], [hair, shapely.box(0.0005, 0, 0.0009, 100)]) == [(0, 0, True)]


def test_nothing_follows_nothing():
    assert pairs([], [SQUARE]) == []
    assert pairs([SQUARE], []) == []


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=12, unique=True))
def test_every_patch_of_a_set_is_its_own_successor_and_has_no_other(places: list[tuple[int, int]]):
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in places]
    assert pairs(squares, squares) == [(number, number, True) for number in range(len(squares))]
