"""Cells by their vectors: which zone of each layer covers them, -1 for none."""

from collections.abc import Iterable

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.local_overlay import local_union
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam

__all__ = ["cells_of_vectors", "is_among_numbers", "unite_by_vector"]


def is_among_numbers(column: IntArray, numbers: IntArray) -> BoolArray:
    """Tell which elements of a column of vectors, numbers from -1 on, are among some numbers; they are not sorted for it.

    Examples
    --------
    >>> import numpy as np
    >>> is_among_numbers(np.array([3, -1, 0]), np.array([0, 7])).tolist()
    [False, False, True]
    """
    mask = np.zeros(max(column.max(initial=-1), numbers.max(initial=-1)) + 2, dtype=bool)
    mask[numbers] = True
    chosen: BoolArray = mask[column]
    return chosen


def cells_of_vectors(vectors: IntArray, chosen: BoolArray, wanted: IntArray) -> IntArray:
    """Return which of the chosen cells have one of some vectors, ascending.

    Parameters
    ----------
    vectors : ndarray of int64, shape (m, k)
    chosen : ndarray of bool, shape (m,)
    wanted : ndarray of int64, shape (w, k)

    Examples
    --------
    >>> import numpy as np
    >>> vectors = np.array([[0, -1], [1, 2], [1, -1]])
    >>> cells_of_vectors(vectors, np.array([True, True, True]), np.array([[1, -1], [5, 5]])).tolist()
    [2]
    """
    same = chosen.copy()
    for column, values in zip(vectors.T, wanted.T, strict=True):
        same &= is_among_numbers(column, values[values >= 0]) | ((column < 0) & (values < 0).any())
    known = set(_as_tuples(wanted))
    possible = np.flatnonzero(same)
    found: IntArray = possible[np.array([vector in known for vector in _as_tuples(vectors[possible])], dtype=bool)]
    return found


def unite_by_vector(geometries: GeometryArray, vectors: IntArray, team: ThreadTeam) -> tuple[GeometryArray, IntArray]:
    """Unite polygons of one vector, so that there is one for each."""
    distinct, group, counts = np.unique(vectors, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    result = np.full(len(distinct), None, dtype=object)
    result[group] = geometries
    several = np.flatnonzero(counts > 1)
    rows = np.flatnonzero(counts[group] > 1)
    rows = rows[np.argsort(group[rows], kind="stable")]
    if len(several):
        position = np.searchsorted(several, group[rows])
        parts = np.asarray(shapely.geometrycollections(geometries[rows], indices=position), dtype=object)
        result[several] = apply_to_rows(local_union, parts, team=team).geometries
    return result, distinct


def _as_tuples(vectors: IntArray) -> Iterable[tuple[int, ...]]:
    return map(tuple, vectors.tolist())
