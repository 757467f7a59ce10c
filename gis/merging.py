"""Merging adjacent cells that say the same: one polygon for each place where they hang together.

The cells of a partition share their vertices, so neighbours are found by matching edges, not by asking geometries. Only then are the cells of a
group united.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.closure import assert_closure
from gis.grouping import connected_groups
from gis.local_overlay import local_union
from gis.polygonal import simple_parts
from gis.rings import RingTable, ring_table
from gis.threads import ThreadTeam
from gis.vertex_keys import vertex_keys

__all__ = ["MergedCells", "merge_cells"]

# Odd constants that spread bits, as in gis.unmatched_edges.
_ODD_ONE: Final = np.uint64(0x9E3779B185EBCA87)
_ODD_OTHER: Final = np.uint64(0xC2B2AE3D27D4EB4F)
# Part of its area by which a patch of cells that are no coverage may miss their sum before it is united by overlay.
_CLOSING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class MergedCells:
    """Cells merged into patches. A cell of several parts may lie in several patches.

    Attributes
    ----------
    geometries : ndarray of Polygon, shape (p,)
        In the order of the first part of each.
    areas_m2 : ndarray of float64, shape (p,)
        Sums of the parts.
    part_cells, part_patches : ndarray of int64, shape (q,)
        The cell that each part is of, ascending, and the patch that it went into.
    part_areas_m2 : ndarray of float64, shape (q,)
    """

    geometries: GeometryArray
    areas_m2: FloatArray
    part_cells: IntArray
    part_patches: IntArray
    part_areas_m2: FloatArray


def merge_cells(
    cells: GeometryArray, labels: IntArray, *, threads: int | None = None, is_coverage: bool = True
) -> MergedCells:
    """Merge cells of one label wherever they share an edge. Cells that only touch at a point stay apart.

    Parameters
    ----------
    cells : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane: a coverage whose neighbours share all vertices, as a partition makes it.
    labels : ndarray of int64, shape (n,) or (n, k)
        What each cell says: one number, or a vector such as ``Partition.vectors``, all of which must be the same.
    threads : int, optional
        Default: one for each processor.
    is_coverage : bool
        False where neighbours may overlap, or lie apart, by slivers that do not matter: patches of such cells are united by overlay.

    Returns
    -------
    MergedCells

    Raises
    ------
    ClosureError
        If a patch misses the area of its parts by more than 1e-9 of it and more than 1e-5 m²: then the cells are no coverage.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> row = np.array([shapely.box(x, 0, x + 1, 1) for x in range(4)], dtype=object)
    >>> merged = merge_cells(row, np.array([7, 7, 8, 7]))
    >>> merged.areas_m2.tolist(), merged.part_patches.tolist()
    ([2.0, 1.0, 1.0], [0, 0, 1, 2])
    """
    parts, cell = simple_parts(cells)
    part_areas = shapely.area(parts)
    first, second = _neighbours(ring_table(parts), _numbered(labels)[cell])
    groups, patch = np.unique(connected_groups(len(parts), first, second), return_inverse=True)
    areas = np.bincount(patch, weights=part_areas, minlength=len(groups)).astype(np.float64)
    with ThreadTeam(threads) as team:
        geometries = _united(parts, patch, len(groups), team, None if is_coverage else areas)
    if not is_coverage:
        return MergedCells(geometries, shapely.area(geometries), cell, patch.astype(np.int64), part_areas)
    ids = np.arange(len(groups)).astype(object)
    assert_closure(areas, shapely.area(geometries), layer="patches", ids=ids, polygons=geometries)
    return MergedCells(geometries, areas, cell, patch.astype(np.int64), part_areas)


def _numbered(labels: IntArray) -> IntArray:
    """Give the same vectors the same number."""
    if labels.ndim == 1:
        return labels
    number = np.zeros(len(labels), dtype=np.int64)
    for column in labels.T:
        values, code = np.unique(column, return_inverse=True)
        # Numbered anew after each column, so that the numbers stay small however many columns there are.
        number = np.unique(number * len(values) + code, return_inverse=True)[1].astype(np.int64)
    return number


def _neighbours(table: RingTable, labels: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of polygons of one label that run along one edge in opposite directions."""
    keys = vertex_keys(table.vertices)
    start, end, owner = keys, keys[table.following], table.edge_polygon
    of_edge = labels[owner]
    # One key for both directions of an edge and its label: sorted by it, the two sides lie beside each other.
    edge = ((start ^ end) * _ODD_ONE + (start & end) * _ODD_OTHER) ^ of_edge.astype(np.uint64) * _ODD_ONE
    order = np.argsort(edge)
    same = np.flatnonzero(edge[order[:-1]] == edge[order[1:]])
    one, other = order[same], order[same + 1]
    meet = (start[one] == end[other]) & (end[one] == start[other]) & (of_edge[one] == of_edge[other])
    return owner[one[meet]], owner[other[meet]]


def _united(
    parts: GeometryArray, patch: IntArray, count: int, team: ThreadTeam, areas: FloatArray | None
) -> GeometryArray:
    """Unite the parts of each patch; ``areas`` has the sums of those that need not be a coverage."""
    order = np.argsort(patch, kind="stable")
    bounds = np.searchsorted(patch[order], np.arange(count + 1))
    united = np.empty(count, dtype=object)
    several = np.flatnonzero(np.diff(bounds) > 1)
    united[patch] = parts

    def unite(rows: slice) -> None:
        for position in several[rows]:
            together = parts[order[bounds[position] : bounds[position + 1]]]
            united[position] = _unite(together)
            if areas is not None and abs(united[position].area - areas[position]) > _CLOSING * areas[position]:
                united[position] = local_union(np.array([shapely.geometrycollections(together)], dtype=object))[0]

    team.map_slices(unite, len(several), per_thread=8)
    return united


def _unite(parts: GeometryArray) -> shapely.Geometry:
    try:
        return shapely.coverage_union_all(parts)
    except shapely.errors.GEOSException:
        # They share not all of their vertices. The caller asserts that nothing overlapped.
        together = np.array([shapely.geometrycollections(parts)], dtype=object)
        united: shapely.Geometry = local_union(together)[0]
        return united
