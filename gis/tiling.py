"""Dividing a layer into tiles that each hold a bounded number of vertices, whatever its size and however densely it is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from gis.arrays import BoolArray, FloatArray, IntArray, all_in_rows

__all__ = ["Tile", "boxes_meeting", "divide"]

#: Where halving a tile leaves more than this share of the weight in a half, its features lie over each other, and halving does not help.
_LEAST_SAVED: Final = 0.9
#: A tile narrower than so many margins would consist of them.
_LEAST_MARGINS: Final = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the plane, and what meets it.

    Attributes
    ----------
    core : ndarray of float64, shape (4,)
        xmin, ymin, xmax, ymax. The cores of all tiles fill the plane around the layer once; the low sides belong to a core, the high ones do not.
    members : ndarray of int64
        The boxes that come within the margin of the core, ascending.
    """

    core: FloatArray
    members: IntArray

    def owns(self, points: FloatArray) -> BoolArray:
        """Tell which points, shape (n, 2), lie in the core."""
        return all_in_rows((points >= self.core[:2]) & (points < self.core[2:]))


def boxes_meeting(bounds: FloatArray, window: FloatArray) -> BoolArray:
    """Tell which boxes, shape (n, 4), meet a window, shape (4,); a box that is not known meets none."""
    return all_in_rows(bounds[:, :2] <= window[2:]) & all_in_rows(bounds[:, 2:] >= window[:2])


def divide(bounds: FloatArray, weight: IntArray, *, margin: float, most_weight: int) -> list[Tile]:
    """Divide a layer into tiles.

    Parameters
    ----------
    bounds : ndarray of float64, shape (n, 4)
        Boxes of the features, finite.
    weight : ndarray of int64, shape (n,)
        What is to be bounded in each tile, such as the numbers of vertices.
    margin : float
        Belongs to a tile beside its core.
    most_weight : int
        A tile is halved as long as it has more. Tiles whose features lie over each other can keep more.

    Returns
    -------
    list of Tile
        In the order of halving, so that neighbours follow each other.

    Examples
    --------
    >>> import numpy as np
    >>> corners = np.arange(0.0, 80.0, 10.0)
    >>> boxes = np.column_stack([corners, np.zeros(8), corners + 9, np.full(8, 9.0)])
    >>> [tile.members.tolist() for tile in divide(boxes, np.ones(8, dtype=np.int64), margin=2, most_weight=6)]
    [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7]]
    """
    if len(bounds) == 0:
        return []
    around = 2 * margin + 1.0
    low, high = _extent(bounds)
    root = np.concatenate([low - around, high + around])
    return list(_halved(Tile(root, np.arange(len(bounds))), bounds, weight, margin, most_weight))


def _extent(bounds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the corners of all boxes together; column by column, since over rows this short NumPy takes several times as long."""
    west, south, east, north = bounds.T
    return np.array([west.min(), south.min()]), np.array([east.max(), north.max()])


def _halved(tile: Tile, bounds: FloatArray, weight: IntArray, margin: float, most_weight: int) -> Iterator[Tile]:
    total = weight[tile.members].sum()
    halves = _halves(tile, bounds, margin) if total > most_weight else []
    if not halves or max(weight[half.members].sum() for half in halves) > _LEAST_SAVED * total:
        yield tile
        return
    for half in halves:
        yield from _halved(half, bounds, weight, margin, most_weight)


def _halves(tile: Tile, bounds: FloatArray, margin: float) -> list[Tile]:
    """Cut a tile across its longer side so that as many boxes have their middle on either side; an empty list where it would be too narrow."""
    mine = bounds.take(tile.members, axis=0)
    low, high = _extent(mine)
    extent = np.minimum(tile.core[2:], high) - np.maximum(tile.core[:2], low)
    axis = int(extent[1] > extent[0])
    first, last = mine[:, axis], mine[:, axis + 2]
    at = float(np.median((first + last) / 2))
    if min(at - tile.core[axis], tile.core[axis + 2] - at) < _LEAST_MARGINS * margin:
        return []
    halves = []
    # All of them meet what the tile and its margin reach to on the other sides.
    for side, meets in ((2, first <= at + margin), (0, last >= at - margin)):
        core = tile.core.copy()
        core[axis + side] = at
        halves.append(Tile(core, tile.members[meets]))
    return halves
