"""Which polygons of two sets can share an area: pairs by box, with the nested ones settled."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.threads import ThreadTeam

__all__ = ["PiecePairs", "find_pairs"]

_MANY_VERTICES: Final = 500


@dataclass(frozen=True, slots=True)
class PiecePairs:
    """Pairs of polygons of two sets, each free of overlaps.

    Attributes
    ----------
    left, right : ndarray of int64, shape (m,)
        Pairs that may cross, touch or lie apart.
    left_inside, right_inside : pair of ndarray of int64
        Left and right positions of the pairs of which the left polygon lies inside the right one or equals it, and the other way round. What
        lies inside is in no other pair.
    """

    left: IntArray
    right: IntArray
    left_inside: tuple[IntArray, IntArray]
    right_inside: tuple[IntArray, IntArray]


def find_pairs(left: GeometryArray, right: GeometryArray, team: ThreadTeam) -> PiecePairs:
    """Find the pairs whose boxes meet, and settle those that are nested or equal.

    Parameters
    ----------
    left, right : ndarray of Polygon or MultiPolygon, shape (n,) and (m,)
        Free of overlaps within each set.
    team : ThreadTeam

    Examples
    --------
    >>> import numpy as np, shapely
    >>> outer = np.array([shapely.box(0, 0, 9, 9)], dtype=object)
    >>> inner = np.array([shapely.box(1, 1, 2, 2), shapely.box(8, 8, 11, 11)], dtype=object)
    >>> with ThreadTeam(1) as team:
    ...     pairs = find_pairs(outer, inner, team)
    >>> pairs.right.tolist(), [side.tolist() for side in pairs.right_inside]
    ([1], [[0], [0]])
    """
    left_tree, right_tree = shapely.STRtree(left), shapely.STRtree(right)
    outer_right, inner_left = _query(left_tree, right, "contains_properly", team)
    outer_left, inner_right = _query(right_tree, left, "contains_properly", team)
    left_index, right_index = _candidates(left, right, left_tree, right_tree, team)
    equal = _are_equal(left, right, left_index, right_index)
    left_done, right_done = np.zeros(len(left), dtype=bool), np.zeros(len(right), dtype=bool)
    left_done[inner_left] = left_done[left_index[equal]] = True
    right_done[inner_right] = right_done[right_index[equal]] = True
    kept = ~left_done[left_index] & ~right_done[right_index]
    return PiecePairs(
        left_index[kept],
        right_index[kept],
        (np.concatenate([inner_left, left_index[equal]]), np.concatenate([outer_right, right_index[equal]])),
        (outer_left, inner_right),
    )


def _candidates(
    left: GeometryArray, right: GeometryArray, left_tree: shapely.STRtree, right_tree: shapely.STRtree, team: ThreadTeam
) -> tuple[IntArray, IntArray]:
    """Return pairs by box; where a polygon has many vertices, its pairs really meet: a box says little of a long red line."""
    left_large = shapely.get_num_coordinates(left) > _MANY_VERTICES
    right_large = shapely.get_num_coordinates(right) > _MANY_VERTICES
    left_index, right_index = right_tree.query(left[~left_large])
    small = ~right_large[right_index]
    from_right = _query(left_tree, right[right_large], "intersects", team)
    from_left = _query(right_tree, left[left_large], "intersects", team)
    once = ~right_large[from_left[1]]
    return (
        np.concatenate(
            [
                np.flatnonzero(~left_large)[left_index[small]],
                from_right[1],
                np.flatnonzero(left_large)[from_left[0][once]],
            ]
        ),
        np.concatenate([right_index[small], np.flatnonzero(right_large)[from_right[0]], from_left[1][once]]),
    )


def _query(
    tree: shapely.STRtree,
    polygons: GeometryArray,
    predicate: Literal["contains_properly", "intersects"],
    team: ThreadTeam,
) -> tuple[IntArray, IntArray]:
    """Query in threads: the tree prepares each query polygon for itself, so that they share nothing."""

    def part_query(part: slice) -> tuple[IntArray, IntArray]:
        query, found = tree.query(polygons[part], predicate=predicate)
        return query + part.start, found

    parts = team.map_slices(part_query, len(polygons), per_thread=8, least=1)
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _are_equal(left: GeometryArray, right: GeometryArray, left_index: IntArray, right_index: IntArray) -> BoolArray:
    """Tell which pairs are one polygon, wherever its rings begin."""
    equal: BoolArray = (shapely.bounds(left)[left_index] == shapely.bounds(right)[right_index]).all(axis=1)
    alike = np.flatnonzero(equal)
    equal[alike] = shapely.equals_identical(
        shapely.normalize(left[left_index[alike]]), shapely.normalize(right[right_index[alike]])
    )
    return equal
