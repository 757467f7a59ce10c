"""Features of a spool that lie on the ground of an earlier one."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.duplicates import find_duplicate_geometries
from gis.validation.topology_spool import SpooledFeatures
from gis.vertex_keys import MULTIPLIERS, vertex_keys

__all__ = ["WithoutRepeats", "find_repeats"]

_READ_AT_ONCE: Final = 500_000


def find_repeats(features: SpooledFeatures) -> IntArray:
    """Find features with the geometry of an earlier one, as :func:`gis.duplicates.find_duplicate_geometries` does, some at a time.

    Returns
    -------
    ndarray of int64, shape (n,)
        The position of the first with the same geometry, -1 where there is none.
    """
    first = np.full(len(features), -1, dtype=np.int64)
    for alike in _groups(features):
        repeated = find_duplicate_geometries(features.read(alike))
        again = np.flatnonzero(repeated >= 0)
        first[alike[again]] = alike[repeated[again]]
    return first


def _groups(features: SpooledFeatures) -> Iterator[IntArray]:
    """Yield positions, ascending, of features that have the box and as many vertices as another; those of one box together."""
    alike = _of_one_key(features)
    if len(alike) == 0:
        return
    keys = pd.DataFrame(features.bounds[alike]).assign(vertices=features.vertices[alike])
    box = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    order = np.argsort(box, kind="stable")
    # Whole boxes, until there are enough vertices.
    portion = np.cumsum(np.bincount(box, features.vertices[alike]))[box[order]] // _READ_AT_ONCE
    for positions in np.split(alike[order], np.flatnonzero(np.diff(portion)) + 1):
        yield np.sort(positions)


def _of_one_key(features: SpooledFeatures) -> IntArray:
    """Return the features whose box and number of vertices another has as well, ascending, and perhaps a few more; hardly any, so that the others are told soon."""
    corners = features.bounds + 0.0
    keys = vertex_keys(corners[:, :2]) * MULTIPLIERS[1] ^ vertex_keys(corners[:, 2:])
    keys ^= features.vertices.astype(np.uint64) * MULTIPLIERS[0]
    order = np.argsort(keys)
    same = keys[order[1:]] == keys[order[:-1]]
    return np.unique(np.concatenate([order[1:][same], order[:-1][same]]))


class WithoutRepeats:
    """Some features of a spool, as a store for :func:`gis.topology_tiles.find_topology_faults_by_tiles`.

    Parameters
    ----------
    features : SpooledFeatures
    positions : ndarray of int64, shape (m,)
        Which, ascending.
    """

    def __init__(self, features: SpooledFeatures, positions: IntArray) -> None:
        self._features, self._positions = features, positions
        self.bounds: FloatArray = features.bounds[positions]
        self.vertices, self.levels = features.vertices[positions], features.levels[positions]
        self.surely_valid: BoolArray = features.surely_valid[positions]

    def read(self, positions: IntArray) -> GeometryArray:
        """Return some of the polygons."""
        return self._features.read(self._positions[positions])
