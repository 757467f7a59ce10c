"""Numbers that stand for vertices, so that a vertex is found among millions without sorting coordinates."""

from typing import Final

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray, all_in_rows

__all__ = ["MULTIPLIERS", "KeyArray", "distinct_vertices", "is_among", "vertex_keys"]

KeyArray = npt.NDArray[np.uint64]

#: Odd constants of xxHash64 and splitmix64, good at spreading bits.
MULTIPLIERS: Final = (np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xBF58476D1CE4E5B9))
_SLOT_BITS: Final = 19


def vertex_keys(vertices: FloatArray) -> KeyArray:
    """Return 64 well-mixed bits for each vertex, the same for the same coordinates.

    Two different vertices of ten million have the same key with a probability of 3e-6.
    """
    bits = np.ascontiguousarray(vertices).view(np.uint64)
    keys = bits[:, 0] * MULTIPLIERS[0]
    keys ^= keys >> np.uint64(32)
    keys += bits[:, 1] * MULTIPLIERS[1]
    keys ^= keys >> np.uint64(29)
    keys *= MULTIPLIERS[2]
    keys ^= keys >> np.uint64(32)
    return keys


def is_among(keys: KeyArray, some: KeyArray) -> BoolArray:
    """Tell which keys are among some others, which ascend and may be repeated; much quicker than ``numpy.isin``.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n,)
        Well mixed (:func:`vertex_keys`).
    some : ndarray of uint64, shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> is_among(np.array([3, 5, 0], dtype=np.uint64), np.array([0, 5, 9], dtype=np.uint64)).tolist()
    [False, True, True]
    """
    if len(some) == 0:
        return np.zeros(len(keys), dtype=bool)
    # Each slot shows one of the keys that belong to it. Only where it shows another one is there anything to be looked for.
    shift = np.uint64(64 - _SLOT_BITS)
    shown, taken = np.empty(2**_SLOT_BITS, dtype=np.uint64), np.zeros(2**_SLOT_BITS, dtype=bool)
    slots = (some >> shift).astype(np.int64)
    shown[slots], taken[slots] = some, True
    slots = (keys >> shift).astype(np.int64)
    among: BoolArray = taken[slots]
    possible = np.flatnonzero(among)
    possible = possible[shown[slots[possible]] != keys[possible]]
    place = np.searchsorted(some, keys[possible])
    place[place == len(some)] = 0
    among[possible] = some[place] == keys[possible]
    return among


def distinct_vertices(vertices: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return each vertex once, and where each of all of them is found there; a few may be found twice.

    Parameters
    ----------
    vertices : ndarray of float64, shape (n, 2)

    Returns
    -------
    distinct : ndarray of float64, shape (m, 2)
        In the order in which they come last.
    place : ndarray of int64, shape (n,)
        ``distinct[place]`` is ``vertices``.

    Examples
    --------
    >>> import numpy as np
    >>> distinct, place = distinct_vertices(np.array([[0.0, 1.0], [2.0, 1.0], [0.0, 1.0]]))
    >>> distinct.tolist(), place.tolist()
    ([[2.0, 1.0], [0.0, 1.0]], [1, 0, 1])
    """
    # Numbers of four bytes: twice as many of them are at hand in a processor's cache.
    here = np.arange(len(vertices), dtype=np.int32)
    bits = len(vertices).bit_length() + 1
    slots = (vertex_keys(vertices) >> np.uint64(64 - bits)).astype(np.int64)
    # Each slot shows the last vertex that belongs to it. One that differs from what its slot shows stands for itself.
    shown = np.empty(2**bits, dtype=np.int32)
    shown[slots] = here
    last = shown[slots]
    same = all_in_rows(vertices.take(last, axis=0) == vertices)
    last = np.where(same, last, here)
    kept = np.flatnonzero(last == here)
    place = np.empty(len(vertices), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return vertices.take(kept, axis=0), place[last]
