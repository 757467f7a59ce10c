"""A spatial index of pieces that are replaced a few at a time."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from gis.arrays import GeometryArray, IntArray

__all__ = ["PieceIndex"]

_REBUILD_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class PieceIndex:
    """Finds pieces by box. Pieces keep their numbers; new ones are appended, and None stands for one that is gone.

    Attributes
    ----------
    pieces : ndarray of Polygon, MultiPolygon or None, shape (p,)
    tree : STRtree
        Of the pieces there were when it was built.
    built : int
        How many they were.
    recent : STRtree
        Of those that came after.
    """

    pieces: GeometryArray
    tree: shapely.STRtree
    built: int
    recent: shapely.STRtree

    @classmethod
    def of(cls, pieces: GeometryArray) -> "PieceIndex":
        """Index all pieces."""
        return cls(pieces, shapely.STRtree(pieces), len(pieces), shapely.STRtree([]))

    def with_pieces(self, pieces: GeometryArray) -> "PieceIndex":
        """Return the index for an array in which some pieces are gone and others have been appended."""
        if len(pieces) - self.built > _REBUILD_SHARE * self.built:
            return PieceIndex.of(pieces)
        return replace(self, pieces=pieces, recent=shapely.STRtree(pieces[self.built :]))

    def near(self, geometries: GeometryArray) -> tuple[IntArray, IntArray]:
        """Return the pairs of a geometry and a piece whose boxes meet, ordered by geometry.

        Examples
        --------
        >>> import numpy as np, shapely
        >>> index = PieceIndex.of(np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)], dtype=object))
        >>> index = index.with_pieces(np.array([shapely.box(0, 0, 1, 1), None, shapely.box(1, 0, 6, 1)], dtype=object))
        >>> [side.tolist() for side in index.near(np.array([shapely.box(0, 0, 9, 9)], dtype=object))]
        [[0, 0], [0, 2]]
        """
        asked, found = self.tree.query(geometries)
        also_asked, also_found = self.recent.query(geometries)
        asked, found = np.concatenate([asked, also_asked]), np.concatenate([found, also_found + self.built])
        alive = ~shapely.is_missing(self.pieces[found])
        asked, found = asked[alive], found[alive]
        order = np.lexsort((found, asked))
        return asked[order], found[order]
