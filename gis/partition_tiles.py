"""Which polygons of several layers are taken together, so that an overlay of very many need not hold all of them.

Each polygon is one tile's own. A tile loads its own polygons whole, and with them all that come near these: what covers its own ground is then cut as it
would be with everything at hand, and no line is drawn through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gis.arrays import BoolArray, FloatArray, IntArray
from gis.tiling import divide
from gis.window_update import boxes_that_meet

__all__ = ["NO_TILE", "Tiling", "plan_tiles"]

#: The tile of a polygon that is too large for one.
NO_TILE: Final = -1
# A polygon whose box is longer than this share of its tile would bring too many others with it,
_LARGE_SHARE: Final = 0.1
# unless it is no longer than this many times the one in the middle, and than this share.
_TIMES_THE_MEDIAN: Final = 3.0
_LARGEST_SHARE: Final = 0.5
# Polygons that come this near to one another are neighbours. Boxes may be rounded.
_NEAR_M: Final = 2.0


@dataclass(frozen=True, slots=True)
class Tiling:
    """The tiles of k layers.

    Attributes
    ----------
    tiles : tuple of k ndarrays of int64, shape (n,)
        The tile of each polygon, ``NO_TILE`` where it is too large for one.
    boxes : tuple of k ndarrays of float64, shape (n, 4)
        Of the polygons.
    count : int
        With one tile, every polygon is in it.
    """

    tiles: tuple[IntArray, ...]
    boxes: tuple[FloatArray, ...]
    count: int

    def loaded(self, tile: int) -> list[IntArray]:
        """Return for each layer the positions of the polygons that a tile loads, ascending."""
        if self.count == 1:
            return [np.arange(len(boxes)) for boxes in self.boxes]
        around = self._own(tile) + np.array([-1, -1, 1, 1]) * _NEAR_M
        return [boxes_that_meet(boxes, around) for boxes in self.boxes]

    def window(self, tile: int) -> FloatArray:
        """Return the box of a tile's own polygons, shape (4,)."""
        own = self._own(tile)
        return np.concatenate([own[:, :2].min(axis=0), own[:, 2:].max(axis=0)])

    def _own(self, tile: int) -> FloatArray:
        return np.concatenate([boxes[tiles == tile] for boxes, tiles in zip(self.boxes, self.tiles, strict=True)])

    def owns(self, tile: int) -> bool:
        """Tell whether a tile has polygons of its own."""
        return any((tiles == tile).any() for tiles in self.tiles)

    def large(self) -> list[IntArray]:
        """Return for each layer the positions of the polygons that no tile owns."""
        return [np.flatnonzero(tiles == NO_TILE) for tiles in self.tiles]


def plan_tiles(boxes: Sequence[FloatArray], sizes: Sequence[IntArray], *, most: int) -> Tiling:
    """Deal the polygons of several layers out into tiles of about equal size.

    Parameters
    ----------
    boxes : sequence of k ndarrays of float64, shape (n, 4)
        xmin, ymin, xmax, ymax of the polygons of each layer.
    sizes : sequence of k ndarrays of int64, shape (n,)
        About how many vertices each of them has.
    most : int
        How many vertices the polygons of one tile may have.

    Returns
    -------
    Tiling

    Examples
    --------
    >>> import numpy as np
    >>> boxes = np.array([[x, 0, x + 1, 1] for x in (0, 10, 20, 30)], dtype=float)
    >>> tiling = plan_tiles([boxes], [np.array([5, 5, 5, 5])], most=10)
    >>> tiling.count, tiling.tiles[0].tolist()
    (2, [0, 0, 1, 1])
    """
    every, weight = np.concatenate(boxes), np.concatenate(sizes)
    centres = (every[:, :2] + every[:, 2:]) / 2
    tile = np.zeros(len(every), dtype=np.int64)
    parts = divide(every, weight, margin=_NEAR_M, most_weight=most)
    if len(parts) > 1:
        for number, part in enumerate(parts):
            rows = part.members[part.owns(centres[part.members])]
            side = np.ptp(centres[rows], axis=0).max() if len(rows) else 0.0
            tile[rows] = np.where(_are_large(every[rows], side), NO_TILE, number)
    bounds = np.cumsum([len(each) for each in boxes])[:-1]
    return Tiling(tuple(np.split(tile, bounds)), tuple(boxes), max(1, len(parts)))


def _are_large(boxes: FloatArray, side: float) -> BoolArray:
    if len(boxes) == 0:
        return np.zeros(0, dtype=bool)
    longest = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    usual = min(_TIMES_THE_MEDIAN * float(np.median(longest)), _LARGEST_SHARE * side)
    large: BoolArray = longest > max(_LARGE_SHARE * side, usual)
    return large
