"""Edges of polygons that no neighbour runs along in the other direction.

Where polygons fit together, each edge inside is used twice, once in each direction, and the two cancel out. What does not cancel is the outer
boundary, and the boundaries of every gap, overlap and missing vertex: usually one edge in a hundred.
"""

from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.grouping import connected_groups
from gis.rings import RingTable
from gis.vertex_keys import MULTIPLIERS, KeyArray, vertex_keys

__all__ = [
    "boundary_change",
    "change_hulls",
    "left_over_edges",
    "unmatched_edges",
]

# At most this many buckets: more would not fit into a processor's cache.
_BUCKET_BITS: Final = 22
_WEIGHT_BITS: Final = 44


def unmatched_edges(table: RingTable, there: BoolArray | None = None, group: IntArray | None = None) -> IntArray:
    """Return the positions of the edges that are left when edges in opposite directions have cancelled out, ascending.

    Of several equal edges, as many are left as there are too many of them.

    Parameters
    ----------
    table : RingTable
    there : ndarray of bool, shape (v,), optional
        Which vertices of the table to look between, the same for the same coordinates. Default: all.
    group : ndarray of int64, shape (n,), optional
        Of each polygon of the table; only edges of one group cancel out. Default: they are one group.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.rings import ring_table
    >>> table = ring_table(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object))
    >>> len(table.vertices), len(unmatched_edges(table))
    (8, 6)
    """
    keys = vertex_keys(table.vertices)
    if group is not None:
        keys ^= _salt(group[table.edge_polygon])
    edges = np.arange(len(keys)) if there is None else np.flatnonzero(there & there[table.following])
    return edges[left_over_edges(keys[edges], keys[table.following[edges]])]


def boundary_change(before: RingTable, after: RingTable, *, one_by_one: bool = False) -> tuple[FloatArray, IntArray]:
    """Return the edges by which the boundaries of two sets of polygons differ, in connected chains.

    Parameters
    ----------
    before, after : RingTable
        With ``one_by_one``, of as many polygons.
    one_by_one : bool
        Compare each polygon with the one in the same place. Default: compare the sums. None are left then where an edit only moved what polygons
        share among themselves.

    Returns
    -------
    edges : ndarray of float64, shape (m, 2, 2)
        Start and end of each edge of the boundaries of ``after`` minus those of ``before``.
    chain : ndarray of int64, shape (m,)
        Edges of one chain have the same number. Each chain is closed: outside its convex hull it bounds nothing.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.rings import ring_table
    >>> whole, halves = [shapely.box(0, 0, 2, 1)], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> edges, chain = boundary_change(*(ring_table(np.array(each, dtype=object)) for each in (whole, halves)))
    >>> len(edges), len(np.unique(chain))
    (6, 2)
    """
    new, old = vertex_keys(after.vertices), vertex_keys(before.vertices)
    start_keys = np.concatenate([new, old[before.following]])
    end_keys = np.concatenate([new[after.following], old])
    if one_by_one:
        owner = _salt(np.concatenate([after.edge_polygon, before.edge_polygon]))
        start_keys, end_keys = start_keys ^ owner, end_keys ^ owner
    left = left_over_edges(start_keys, end_keys)
    nodes, node = np.unique(np.concatenate([start_keys[left], end_keys[left]]), return_inverse=True)
    group = connected_groups(len(nodes), node[: len(left)], node[len(left) :])
    come, gone = left[left < len(new)], left[left >= len(new)] - len(new)
    starts = np.concatenate([after.vertices[come], before.vertices[before.following[gone]]])
    ends = np.concatenate([after.vertices[after.following[come]], before.vertices[gone]])
    return np.stack([starts, ends], axis=1), group[node[: len(left)]]


def change_hulls(edges: FloatArray, chain: IntArray) -> GeometryArray:
    """Return the convex hull of each chain of edges; a line or a point where it encloses nothing.

    Parameters
    ----------
    edges : ndarray of float64, shape (m, 2, 2)
    chain : ndarray of int64, shape (m,)
    """
    if len(edges) == 0:
        return np.empty(0, dtype=object)
    order = np.argsort(chain, kind="stable")
    _, position = np.unique(chain[order], return_inverse=True)
    # A chain is closed, so that the starts are all of its vertices. The hull does not care about their order.
    return np.asarray(shapely.convex_hull(shapely.linestrings(edges[order, 0], indices=position)), dtype=object)


def _salt(group: IntArray) -> KeyArray:
    """Return bits that tell the keys of one group from those of another."""
    return group.astype(np.uint64) * MULTIPLIERS[2]


def left_over_edges(start_keys: KeyArray, end_keys: KeyArray) -> IntArray:
    """Return the positions of the edges that are left when those in opposite directions have cancelled out, ascending.

    Parameters
    ----------
    start_keys, end_keys : ndarray of uint64, shape (m,)
        Of the vertices of each edge (:func:`vertex_keys`).
    """
    forward = start_keys < end_keys
    edge_keys = (start_keys ^ end_keys) * MULTIPLIERS[0] + (start_keys & end_keys) * MULTIPLIERS[1]
    return _odd_ones(edge_keys, forward)


def _odd_ones(edge_keys: KeyArray, forward: BoolArray) -> IntArray:
    """Cancel out edges of one key that run forward against those that run backward."""
    suspects = np.flatnonzero(_in_unbalanced_bucket(edge_keys, forward))
    order = suspects[np.lexsort((suspects, edge_keys[suspects]))]
    first = (
        np.flatnonzero(np.concatenate([[True], edge_keys[order][1:] != edge_keys[order][:-1]])) if len(order) else order
    )
    counts = np.diff(np.append(first, len(order)))
    sign = np.where(forward[order], 1, -1)
    surplus = np.repeat(np.add.reduceat(sign, first), counts) if len(order) else sign
    # Of the edges that run in the direction of the surplus, the first ones stay.
    same = sign == np.sign(surplus)
    running = np.cumsum(same)
    before = np.repeat(running[first] - same[first], counts) if len(order) else running
    left: IntArray = np.sort(order[same & (running - before <= np.abs(surplus))])
    return left


def _in_unbalanced_bucket(edge_keys: KeyArray, forward: BoolArray) -> BoolArray:
    """Tell which edges are in a bucket whose fingerprints do not cancel out: all that are unmatched, and a few of the others.

    It takes one pass where sorting all keys takes several. Fingerprints are whole numbers below 2 ** 44, so that sums of some hundred are exact.
    """
    bits = max(1, min(_BUCKET_BITS, len(edge_keys).bit_length() - 1))
    bucket = (edge_keys >> np.uint64(64 - bits)).astype(np.int64)
    fingerprint = (edge_keys & np.uint64(2**_WEIGHT_BITS - 1)).astype(np.float64) + 1
    sums = np.bincount(bucket, np.where(forward, fingerprint, -fingerprint), minlength=2**bits)
    unbalanced: BoolArray = sums[bucket] != 0
    return unbalanced
