"""How much area can lie near a boundary: a bound that needs no buffer."""

import numpy as np
import shapely

from gis.area_plane import true_scale
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.sagitta import boundary_edges, lengths_on_the_ground_m

__all__ = ["BoundaryBand", "widened_bounds"]

_EDGES_PER_STRETCH = 8


class BoundaryBand:
    """The boundaries of constraints in short stretches, by which the band around them is bounded.

    Parameters
    ----------
    constraints : ndarray of Polygon or MultiPolygon, shape (m,)
        In the area plane.
    half_width_m : float
        How far the band reaches to either side, on the ground.
    """

    def __init__(self, constraints: GeometryArray, half_width_m: float) -> None:
        start, end, owner = boundary_edges(constraints)
        self._half_width_m = half_width_m
        self.constraint, stretch = _stretches(start, end, owner)
        length = np.bincount(stretch, weights=lengths_on_the_ground_m(start, end), minlength=len(self.constraint))
        # What lies within a distance of a line is at most a strip of twice that width and two half discs.
        self._area_m2 = 2 * half_width_m * length + np.pi * half_width_m**2
        self._tree = shapely.STRtree(_boxes(start, end, stretch, len(self.constraint)))

    def near(self, targets: GeometryArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Find the stretches whose band may reach into a target.

        Parameters
        ----------
        targets : ndarray of Polygon or MultiPolygon, shape (n,)
            In the area plane.

        Returns
        -------
        target, constraint : ndarray of int64, shape (s,)
            One pair for each stretch.
        area_m2 : ndarray of float64, shape (s,)
            At most so much of the target lies in the band of the stretch.
        """
        windows = shapely.box(*widened_bounds(targets, self._half_width_m).T)
        target, stretch = self._tree.query(windows)
        return target.astype(np.int64), self.constraint[stretch], self._area_m2[stretch]


def widened_bounds(geoms: GeometryArray, margin_m: float) -> FloatArray:
    """Return the bounds of geometries of the area plane, shape (n, 4), widened by a margin in metres on the ground."""
    bounds: FloatArray = shapely.bounds(geoms)
    scale = true_scale((bounds[:, 1] + bounds[:, 3]) / 2)
    margin = np.column_stack([margin_m / scale, margin_m * scale])
    # A millionth more, because the scale changes over the height of the geometry.
    return bounds + np.hstack([-margin, margin]) * (1 + 1e-6)


def _stretches(start: FloatArray, end: FloatArray, owner: IntArray) -> tuple[IntArray, IntArray]:
    """Gather consecutive edges in stretches; return the owner of each stretch and the stretch of each edge."""
    new_ring = np.ones(len(owner), dtype=bool)
    new_ring[1:] = (start[1:] != end[:-1]).any(axis=1) | (owner[1:] != owner[:-1])
    in_ring = np.arange(len(owner)) - np.flatnonzero(new_ring)[np.cumsum(new_ring) - 1]
    new_stretch = in_ring % _EDGES_PER_STRETCH == 0
    return owner[new_stretch], np.cumsum(new_stretch) - 1


def _boxes(start: FloatArray, end: FloatArray, stretch: IntArray, count: int) -> GeometryArray:
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, stretch, np.minimum(start, end))
    np.maximum.at(high, stretch, np.maximum(start, end))
    return np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]), dtype=object)
