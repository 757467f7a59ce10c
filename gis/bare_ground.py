"""The ground that no tile of a partition covers, and what polygons too large for a tile have there.

It is narrow, compared with these: the edge of the ground, and places in which only large polygons meet. So they are cut down to its neighbourhood
before they are overlaid, and never are together as a whole.
"""

from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray
from gis.local_overlay import local_intersection
from gis.robust import apply_to_rows
from gis.subdivide import subdivide
from gis.threads import ThreadTeam

__all__ = ["BareGround"]

# What is cut ends this far from bare ground, so that no vertex of its cells is one of a cut.
_MARGIN_M: Final = 10.0


class BareGround:
    """What lies within a box and outside of some ground.

    Parameters
    ----------
    covered : ndarray of Polygon, shape (g,)
        Valid, in the area plane, without overlaps.
    box : ndarray of float64, shape (4,)
        xmin, ymin, xmax, ymax.
    threads : int, optional
        Default: one for each processor.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> bare = BareGround(np.array([shapely.box(100, -50, 1000, 150)], dtype=object), np.array([0.0, 0.0, 900.0, 100.0]))
    >>> polygons = np.array([shapely.box(0, 0, 900, 50), shapely.box(500, 0, 600, 10)], dtype=object)
    >>> [None if part is None else part.bounds for part in bare.neighbourhood_of(polygons)]
    [(0.0, 0.0, 110.0, 50.0), None]
    >>> [part.bounds for part in bare.covered_beside()]
    [(100.0, -20.0, 110.0, 120.0)]
    """

    def __init__(self, covered: GeometryArray, box: FloatArray, *, threads: int | None = None) -> None:
        around = np.asarray(box) + np.array([-1, -1, 1, 1]) * _MARGIN_M
        self._covered, self._threads = covered, threads
        bare = shapely.difference(shapely.box(*around), shapely.multipolygons(covered))
        self._pieces = subdivide([bare])[0]
        bounds = shapely.bounds(self._pieces).reshape(-1, 4)
        self._windows = np.asarray(
            shapely.box(*(bounds[:, :2] - _MARGIN_M).T, *(bounds[:, 2:] + _MARGIN_M).T), dtype=object
        )
        self._tree = shapely.STRtree(self._pieces)
        self._met = np.zeros(len(self._pieces), dtype=bool)

    def neighbourhood_of(self, polygons: GeometryArray) -> GeometryArray:
        """Cut polygons down to bare ground and what is near it.

        Parameters
        ----------
        polygons : ndarray of Polygon or MultiPolygon, shape (n,)
            An invalid one stays whole, to be refused by name.

        Returns
        -------
        ndarray of Polygon, MultiPolygon or None, shape (n,)
            None where a polygon has no bare ground.
        """
        result = np.full(len(polygons), None, dtype=object)
        valid = shapely.is_valid(polygons)
        result[~valid] = polygons[~valid]
        asked = np.flatnonzero(valid)
        at, piece = self._tree.query(polygons[asked], predicate="intersects")
        self._met[piece] = True
        order = np.argsort(at, kind="stable")
        rows, first = np.unique(at[order], return_index=True)
        windows = np.empty(len(rows), dtype=object)
        for k, near in enumerate(np.split(piece[order], first[1:]) if len(rows) else []):
            windows[k] = shapely.union_all(self._windows[near])
        result[asked[rows]] = self._cut(polygons[asked[rows]], windows)
        return result

    def covered_beside(self) -> GeometryArray:
        """Return the covered ground around all bare ground that polygons met so far, as parts."""
        window = shapely.union_all(self._windows[self._met])
        near = self._cut(self._covered, np.full(len(self._covered), window, dtype=object))
        parts: GeometryArray = shapely.get_parts(near[~shapely.is_missing(near)])
        return parts

    def _cut(self, polygons: GeometryArray, windows: GeometryArray) -> GeometryArray:
        with ThreadTeam(self._threads) as team:
            return apply_to_rows(local_intersection, polygons, windows, team=team).geometries
