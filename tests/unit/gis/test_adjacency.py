"""Neighbours and their groups, against plain loops over every pair and every subset."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.adjacency import connected_groups, find_neighbour_pairs
from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=AREA_PLANE)


@pytest.mark.parametrize(
    ("other", "is_beside"),
    [
        (shapely.box(10, 0, 20, 10), True),
        (shapely.box(10.04, 0, 20, 10), True),
        (shapely.box(10.06, 0, 20, 10), False),
        (shapely.box(10, 10, 20, 20), False),
        (shapely.box(10, 5, 20, 15), True),
        (shapely.box(10, 5.2, 20, 15), False),
    ],
    ids=["edge", "4 cm apart", "6 cm apart", "corner", "5 m of border", "4.8 m of border"],
)
def test_neighbours_share_a_border_and_not_a_corner(other: shapely.Geometry, *, is_beside: bool) -> None:
    pairs = find_neighbour_pairs(frame(shapely.box(0, 0, 10, 10), other), border_m=5)
    assert pairs.tolist() == ([[0, 1]] if is_beside else [])


def test_degrees_are_refused() -> None:
    with pytest.raises(CRSMismatchError):
        find_neighbour_pairs(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490"), border_m=1)


def plain_groups(area: list[int], pairs: list[tuple[int, int]], low: int, high: int, most: int) -> set[tuple[int, ...]]:
    """Try every subset."""
    found = set()
    for size in range(2, most + 1):
        for chosen in combinations(range(len(area)), size):
            reached, edge = {chosen[0]}, [chosen[0]]
            while edge:
                here = edge.pop()
                for one, other in pairs:
                    for start, end in ((one, other), (other, one)):
                        if start == here and end in chosen and end not in reached:
                            reached.add(end)
                            edge.append(end)
            if len(reached) == size and low <= sum(area[member] for member in chosen) <= high:
                found.add(chosen)
    return found


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=7),
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12),
    st.integers(1, 20),
    st.integers(0, 20),
    st.integers(2, 4),
)
def test_every_connected_group_in_range_is_listed_once(
    area: list[int], drawn: set[tuple[int, int]], low: int, more: int, most: int
) -> None:
    pairs = sorted({(min(pair), max(pair)) for pair in drawn if pair[0] != pair[1] and max(pair) < len(area)})
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    found = connected_groups(
        np.array(area, dtype=float),
        array,
        smallest_m2=low,
        largest_m2=low + more,
        most_members=most,
        most_groups=10_000,
    )
    assert found.is_complete
    assert len(set(found.members)) == len(found.members)
    assert set(found.members) == plain_groups(area, pairs, low, low + more, most)


def test_groups_beyond_the_bound_are_left_out_and_that_is_told() -> None:
    pairs = np.array([[0, 1], [1, 2]])
    found = connected_groups(np.ones(3), pairs, smallest_m2=2, largest_m2=3, most_members=3, most_groups=2)
    assert (len(found.members), found.is_complete) == (2, False)
