"""A spatial index of cells that are replaced a few at a time."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray

__all__ = ["CellIndex"]

_REBUILD_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class CellIndex:
    """Finds cells. What stays keeps its order and comes first, what is new is appended.

    Attributes
    ----------
    tree : STRtree
        Of the cells there were when it was built.
    place : ndarray of int64
        Where these are now, -1 for those that are gone.
    recent : STRtree
        Of those that came after.
    """

    tree: shapely.STRtree
    place: IntArray
    recent: shapely.STRtree

    @classmethod
    def of(cls, cells: GeometryArray) -> "CellIndex":
        """Index all cells."""
        return cls(shapely.STRtree(cells), np.arange(len(cells)), shapely.STRtree([]))

    def after(self, gone: BoolArray, cells: GeometryArray) -> "CellIndex":
        """Return the index of cells of which some are gone and others have been appended.

        Examples
        --------
        >>> import numpy as np, shapely
        >>> cells = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 9, 1)], dtype=object)
        >>> index = CellIndex.of(cells[:2]).after(np.array([True, False]), cells[1:])
        >>> [side.tolist() for side in index.near(np.array([shapely.box(0, 0, 9, 9)], dtype=object))]
        [[0, 0], [0, 1]]
        """
        alive = np.flatnonzero(self.place >= 0)
        stays = alive[~gone[self.place[alive]]]
        if len(cells) - len(stays) > _REBUILD_SHARE * len(cells):
            return CellIndex.of(cells)
        place = np.full_like(self.place, -1)
        place[stays] = np.arange(len(stays))
        return replace(self, place=place, recent=shapely.STRtree(cells[len(stays) :]))

    def near(
        self, geometries: GeometryArray, predicate: Literal["intersects"] | None = None
    ) -> tuple[IntArray, IntArray]:
        """Return the pairs of a geometry and a cell that meet, or whose boxes do, ordered by geometry."""
        asked, found = self.tree.query(geometries, predicate=predicate)
        also_asked, also_found = self.recent.query(geometries, predicate=predicate)
        there = self.place[found] >= 0
        first_recent = np.count_nonzero(self.place >= 0)
        asked = np.concatenate([asked[there], also_asked])
        found = np.concatenate([self.place[found[there]], also_found + first_recent])
        order = np.lexsort((found, asked))
        return asked[order], found[order]
