"""Which polygons lie side by side, and the groups of neighbours whose areas add up to what is looked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import FloatArray, IntArray
from gis.crs import require_area_plane

__all__ = ["Groups", "connected_groups", "find_neighbour_pairs"]

#: Parcels that share a border in the field are drawn apart by a few centimetres in the office.
APART_M: Final = 0.05


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of neighbours.

    Attributes
    ----------
    members : tuple of tuple of int
        Positions in ascending order; the groups in the order in which they were found, the first member first.
    is_complete : bool
        False where there are more groups than were asked for.
    """

    members: tuple[tuple[int, ...], ...]
    is_complete: bool


def find_neighbour_pairs(polygons: gpd.GeoDataFrame, *, border_m: float) -> IntArray:
    """Find the pairs of polygons that share a border; touching in a corner is no border.

    Parameters
    ----------
    polygons : GeoDataFrame
        In the area plane.
    border_m : float
        Shortest length of a common border, in the metres of the area plane; it is measured to twice ``APART_M``.

    Returns
    -------
    ndarray of int64, shape (p, 2)
        Positions, the lower first, in order.

    Raises
    ------
    CRSMismatchError

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE
    >>> boxes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 10, 30, 20)]
    >>> find_neighbour_pairs(geopandas.GeoDataFrame(geometry=boxes, crs=AREA_PLANE), border_m=5).tolist()
    [[0, 1]]
    """
    require_area_plane(polygons)
    shapes = polygons.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=APART_M)
    once = one < other
    one, other = one[once], other[once]
    beside = shapely.buffer(shapely.boundary(shapes[other]), APART_M, cap_style="flat")
    common = shapely.length(shapely.intersection(shapely.boundary(shapes[one]), beside))
    pairs = np.column_stack([one, other])[common >= border_m].astype(np.int64)
    ordered: IntArray = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return ordered


def connected_groups(
    area_m2: FloatArray,
    pairs: IntArray,
    *,
    smallest_m2: float,
    largest_m2: float,
    most_members: int,
    most_groups: int,
) -> Groups:
    """List the groups of two or more connected members whose areas add up to a range, each group once.

    Parameters
    ----------
    area_m2 : ndarray of float64, shape (n,)
    pairs : ndarray of int64, shape (p, 2)
        Which members lie side by side.
    smallest_m2, largest_m2 : float
        Range of the sum, both ends included.
    most_members : int
        Largest group.
    most_groups : int
        No more are listed.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.array([[0, 1], [1, 2]])
    >>> area = np.array([4.0, 5.0, 6.0])
    >>> connected_groups(area, row, smallest_m2=9, largest_m2=11, most_members=3, most_groups=9).members
    ((0, 1), (1, 2))
    """
    beside: dict[int, set[int]] = {position: set() for position in range(len(area_m2))}
    for one, other in pairs.tolist():
        beside[one].add(other)
        beside[other].add(one)
    grown = _grow(area_m2.tolist(), beside, largest_m2, most_members)
    fitting = (tuple(sorted(group)) for group, total in grown if len(group) > 1 and smallest_m2 <= total <= largest_m2)
    found = tuple(islice(fitting, most_groups + 1))
    return Groups(found[:most_groups], len(found) <= most_groups)


def _grow(
    area_m2: Sequence[float], beside: Mapping[int, set[int]], largest_m2: float, most_members: int
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield every connected group that is not too large, once: grown from its lowest member by neighbours above it [1]_.

    References
    ----------
    .. [1] S. Wernicke, "Efficient Detection of Network Motifs", 2006: ESU, enumeration of connected subgraphs.
    """
    for seed, area in enumerate(area_m2):
        if area > largest_m2:
            continue
        first = frozenset(other for other in beside[seed] if other > seed)
        stack: list[tuple[tuple[int, ...], frozenset[int], float]] = [((seed,), first, area)]
        while stack:
            group, open_ends, total = stack.pop()
            yield group, total
            if len(group) == most_members:
                continue
            reached = set(group).union(*(beside[member] for member in group))
            rest = set(open_ends)
            for chosen in sorted(open_ends):
                rest.discard(chosen)
                grown = total + area_m2[chosen]
                if grown <= largest_m2:
                    new = {other for other in beside[chosen] if other > seed and other not in reached}
                    stack.append(((*group, chosen), frozenset(rest | new), grown))
