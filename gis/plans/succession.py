"""What became of patches when plans were compared again: the same ground, part of other patches, or no difference any more."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray

__all__ = ["Succession", "find_successors"]


@dataclass(frozen=True, slots=True)
class Succession:
    """Pairs of a former and a new patch that have ground in common, by their positions; former ones ascend.

    Attributes
    ----------
    former, successor : ndarray of int64, shape (q,)
    is_same_ground : ndarray of bool, shape (q,)
    """

    former: IntArray
    successor: IntArray
    is_same_ground: BoolArray


def find_successors(former: GeometryArray, new: GeometryArray, *, tolerance_m: float) -> Succession:
    """Find the new patches that lie where former ones lay.

    Parameters
    ----------
    former, new : ndarray of Polygon or MultiPolygon, shape (n,) and (m,)
        Valid, in one plane. Neither former nor new ones overlap each other.
    tolerance_m : float
        Ground is the same where the two differ by strips that are nowhere wider, and have more than half of the larger one in common. What they
        have in common is more than a border where it is wider somewhere, or all of one of them.

    Returns
    -------
    Succession

    Examples
    --------
    >>> import numpy as np, shapely
    >>> former = np.array([shapely.box(0, 0, 10, 10)], dtype=object)
    >>> new = np.array([shapely.box(0, 0, 10, 10.0005), shapely.box(10, 0, 20, 10)], dtype=object)
    >>> found = find_successors(former, new, tolerance_m=0.001)
    >>> found.successor.tolist(), found.is_same_ground.tolist()
    ([0], [True])
    """
    first, second = shapely.STRtree(new).query(former, predicate="intersects")
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    common = np.asarray(shapely.intersection(former[first], new[second]), dtype=object)
    areas, common_areas = (shapely.area(former[first]), shapely.area(new[second])), shapely.area(common)
    # A patch that is narrower than the tolerance has no ground that is wider.
    is_shared = _is_wider(common, tolerance_m) | (common_areas > np.minimum(*areas) / 2)
    first, second = first[is_shared], second[is_shared]
    is_same = common_areas[is_shared] > np.maximum(*areas)[is_shared] / 2
    asked = np.flatnonzero(is_same)
    differing = np.asarray(shapely.symmetric_difference(former[first[asked]], new[second[asked]]), dtype=object)
    is_same[asked] = ~_is_wider(differing, tolerance_m)
    return Succession(first, second, is_same)


def _is_wider(polygons: GeometryArray, width_m: float) -> BoolArray:
    """Tell which polygons are somewhere wider than a width."""
    inner = shapely.buffer(polygons, -width_m / 2, join_style="mitre")
    return np.asarray(~shapely.is_empty(inner))
