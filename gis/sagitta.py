"""How far an edge that was drawn straight in one reference system lies from the straight line of another.

Only the vertices of an edge are projected. What was straight in a Gauss-Krueger zone is an arc in longitude and latitude, and what is drawn in
these is one in the zone: 12 mm apart in the middle of a kilometre. Where one neighbour has a vertex on the shared edge and the other has none, the
difference becomes an overlap or a gap that nobody drew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pyproj
import shapely

from gis.area_plane import AREA_PLANE, from_area_plane, to_area_plane, true_scale
from gis.arrays import FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.crs import STORAGE_CRS, project_geometries, require_exact_path, to_geographic
from gis.polygonal import simple_parts

__all__ = [
    "NUMERICAL_NOISE_M",
    "WIDEST_ARC_M",
    "EdgeSagittas",
    "LayerSource",
    "boundary_edges",
    "lengths_on_the_ground_m",
    "longest_sagitta_m",
    "sagittas_of_edges",
    "straight_in",
]

#: Coordinates of the area plane have a last bit of 2e-9 m; a point computed on an edge lies this close to it, with room to spare.
NUMERICAL_NOISE_M: Final = 1e-6
#: What lies farther from an edge than this was not made by the system that the edge was drawn in, however long it is: the
#: arc over two kilometres is as high. It is no number of law, but the reach of an excuse (docs/decisions/0011).
WIDEST_ARC_M: Final = 0.05
_ON_EDGE_M: Final = 1e-5
#: The arc over an edge of 20 m is 3 micrometres high.
_SHORTEST_EDGE_M: Final = 20.0
_EARTH_RADIUS_M: Final = 6_371_000.0


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where the coordinates of a layer come from, as far as it limits what they can mean.

    Attributes
    ----------
    crs : CRS, optional
        The system that the layer was drawn in, in which its edges are straight. Default: longitude and latitude.
    rounding_m : float
        How far a coordinate may be from the surveyed one because it was written with a limited number of digits: half of the last digit. The
        default belongs to millimetres.
    """

    crs: pyproj.CRS | None = None
    rounding_m: float = 0.0005

    def __post_init__(self) -> None:
        """Refuse a system that has no exact path to longitude and latitude before anything is measured with it."""
        if self.crs is not None:
            require_exact_path(self.crs)


@dataclass(frozen=True, slots=True)
class EdgeSagittas:
    """The edges of polygons that are long enough for an arc over them to be seen.

    Attributes
    ----------
    edges : ndarray of LineString, shape (m,)
        In the area plane.
    owner : ndarray of int64, shape (m,)
        The polygon that each edge belongs to.
    sagitta_m : ndarray of float64, shape (m,)
        How far apart the middles of the edge lie, drawn straight in each of the systems, in metres on the ground.
    tree : STRtree
        Of the edges.
    """

    edges: GeometryArray
    owner: IntArray
    sagitta_m: FloatArray
    tree: shapely.STRtree

    def on_points(self, points: GeometryArray) -> tuple[IntArray, IntArray]:
        """Return the pairs (position of a point, position of an edge that it lies on)."""
        hits = self.tree.query(points, predicate="dwithin", distance=_ON_EDGE_M)
        return hits[0].astype(np.int64), hits[1].astype(np.int64)

    def mean_deviation_m(self, edge: IntArray, start: FloatArray, end: FloatArray) -> FloatArray:
        """Return how far apart pieces of edges lie in the mean, drawn straight in each of the systems.

        An edge is fast at its ends and deviates most in its middle: at the share t of its length by 4 t (1 - t) of the sagitta.

        Parameters
        ----------
        edge : ndarray of int64, shape (k,)
            Positions of edges.
        start, end : ndarray of float64, shape (k, 2)
            Of a piece on each.

        Returns
        -------
        ndarray of float64, shape (k,)
            Metres on the ground.
        """
        at = [
            shapely.line_locate_point(self.edges[edge], shapely.points(points), normalized=True)
            for points in (start, end)
        ]
        first, last = np.minimum(*at), np.maximum(*at)
        mean: FloatArray = 4 * ((first + last) / 2 - (first**2 + first * last + last**2) / 3)
        deviation: FloatArray = self.sagitta_m[edge] * mean
        return deviation


def boundary_edges(geoms: GeometryInput) -> tuple[FloatArray, FloatArray, IntArray]:
    """List the edges of polygons.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        In any plane.

    Returns
    -------
    start, end : ndarray of float64, shape (m, 2)
    owner : ndarray of int64, shape (m,)
        The polygon that each edge belongs to; holes have edges as well.

    Examples
    --------
    >>> import shapely
    >>> start, end, owner = boundary_edges([shapely.box(0, 0, 1, 1)])
    >>> len(start), owner.tolist()
    (4, [0, 0, 0, 0])
    """
    parts, part_owner = simple_parts(geoms)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    return coordinates[edge], coordinates[edge + 1], part_owner[part[ring[edge]]]


def lengths_on_the_ground_m(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the lengths of edges of the area plane, shape (m, 2) each, in metres on the ground."""
    scale = true_scale((start[:, 1] + end[:, 1]) / 2)
    lengths: FloatArray = np.hypot((end[:, 0] - start[:, 0]) * scale, (end[:, 1] - start[:, 1]) / scale)
    return lengths


def longest_sagitta_m(geoms: GeometryInput) -> FloatArray:
    """Bound the sagitta of the longest edge of each polygon, whatever systems it may have been drawn in.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        In the area plane.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres. The lines that common projections draw straight curve by at most (1 + 2 tan B) / R against a geodesic; two of them may lie on
        opposite sides of it.
    """
    start, end, owner = boundary_edges(geoms)
    scale = true_scale((start[:, 1] + end[:, 1]) / 2)
    slope = np.sqrt(1 / np.maximum(scale, 1e-6) ** 2 - 1)
    sagitta = lengths_on_the_ground_m(start, end) ** 2 * (1 + 2 * slope) / (4 * _EARTH_RADIUS_M)
    longest: FloatArray = np.zeros(len(as_geometry_array(geoms)))
    np.maximum.at(longest, owner, sagitta)
    return longest


def sagitta_bound_m(geoms: GeometryInput) -> float:
    """Bound the sagittas of all edges of some polygons by one number, which takes a fraction of the time of :func:`longest_sagitta_m`.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        In the area plane.

    Returns
    -------
    float
        Metres: that of the longest edge in the plane if it lay where the plane is stretched most. 0 where there is no edge.

    Examples
    --------
    >>> import shapely
    >>> plane = to_area_plane([shapely.box(113, 28, 113.01, 28.01), shapely.box(113, 28, 113.001, 28.02)])
    >>> bool(longest_sagitta_m(plane).max() <= sagitta_bound_m(plane) < 3 * longest_sagitta_m(plane).max())
    True
    """
    rings = shapely.get_rings(as_geometry_array(geoms))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    if len(coordinates) == 0:
        return 0.0
    step = np.diff(coordinates, axis=0)
    squares = np.einsum("ij,ij->i", step, step)
    squares[ring[1:] != ring[:-1]] = 0.0
    y = coordinates[:, 1]
    scale = max(float(true_scale(np.array([np.abs(y).max()]))[0]), 1e-6)
    slope = float(np.sqrt(1 / scale**2 - 1))
    return float(squares.max(initial=0.0)) / scale**2 * (1 + 2 * slope) / (4 * _EARTH_RADIUS_M)


def sagittas_of_edges(geoms: GeometryInput, sources: Iterable[LayerSource]) -> EdgeSagittas:
    """Measure how far apart the edges of polygons lie when they are drawn straight in one system or in another.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        In the area plane.
    sources : iterable of LayerSource
        The systems to compare with each other and with the area plane.

    Returns
    -------
    EdgeSagittas
        Without the edges that are so short that it cannot be seen.

    Examples
    --------
    The arc that a side of 1.25 km along a parallel makes against the straight line of its Gauss-Krueger zone:

    >>> import pyproj, shapely
    >>> side = to_area_plane([shapely.box(116.3407, 39.947, 116.3553, 39.947001)])
    >>> sagittas = sagittas_of_edges(side, [LayerSource(), LayerSource(pyproj.CRS("EPSG:4548"))])
    >>> sagittas.sagitta_m.round(3).tolist()
    [0.026, 0.026]
    """
    start, end, owner = boundary_edges(geoms)
    long = lengths_on_the_ground_m(start, end) > _SHORTEST_EDGE_M
    start, end, owner = start[long], end[long], owner[long]
    middles = [(start + end) / 2]
    middles += [_middles(system, start, end) for system in _systems(sources)]
    sagitta = np.zeros(len(owner))
    for one, other in combinations(middles, 2):
        sagitta = np.maximum(sagitta, _across_m(one - other, start, end))
    seen = np.flatnonzero(sagitta > NUMERICAL_NOISE_M)
    edges: Any = (
        shapely.linestrings(np.stack([start[seen], end[seen]], axis=1)) if len(seen) else np.empty(0, dtype=object)
    )
    return EdgeSagittas(edges, owner[seen], sagitta[seen], shapely.STRtree(edges))


def straight_in(geoms: GeometryInput, crs: pyproj.CRS, *, tolerance_m: float = 1e-4) -> GeometryArray:
    """Give long edges more vertices, so that they stay where they are straight in the system that they were drawn in.

    Parameters
    ----------
    geoms : array_like of Polygon, MultiPolygon or None, shape (n,)
        With the coordinates of ``crs``.
    crs : CRS
        What they were drawn in.
    tolerance_m : float
        How far apart the straight lines of the system and those of the area plane may lie.

    Returns
    -------
    ndarray of geometry, shape (n,)
        With the coordinates of ``crs``; a polygon whose edges need no more vertices is returned as it is.

    Examples
    --------
    The arc over a side of 1.25 km is 25 mm high, and as high as a tenth of a millimetre over a sixteenth of it:

    >>> import pyproj, shapely
    >>> zone, box = pyproj.CRS("EPSG:4548"), shapely.box(443_700, 4_424_000, 444_950, 4_424_001)
    >>> [len(straight_in([box], zone, tolerance_m=within)[0].exterior.coords) for within in (1, 1e-4)]
    [5, 37]
    """
    given = as_geometry_array(geoms)
    start, end, owner = boundary_edges(given)
    plane = [_in_area_plane(points, crs) for points in (start, end, (start + end) / 2)]
    sagitta = _across_m(plane[2] - (plane[0] + plane[1]) / 2, plane[0], plane[1])
    # Over a part of an edge the arc falls with the square of its length.
    parts = np.ceil(np.sqrt(sagitta / tolerance_m))
    curved = np.flatnonzero(parts > 1)
    longest = np.full(len(given), np.inf)
    np.minimum.at(longest, owner[curved], np.hypot(*(end - start)[curved].T) / parts[curved])
    straight, some = given.copy(), np.isfinite(longest)
    straight[some] = shapely.segmentize(given[some], longest[some])
    return straight


def _across_m(apart: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return how long displacements in the area plane are across an edge, in metres on the ground.

    Along the edge a middle may be anywhere: that of a meridian in degrees is not that in metres, and both are on the same line.
    """
    scale = np.maximum(true_scale((start[:, 1] + end[:, 1]) / 2), 1e-6)
    ground = np.column_stack([scale, 1 / scale])
    edge, apart = (end - start) * ground, apart * ground
    across: FloatArray = np.abs(edge[:, 0] * apart[:, 1] - edge[:, 1] * apart[:, 0])
    length = np.hypot(edge[:, 0], edge[:, 1])
    across[length > 0] /= length[length > 0]
    return across


def _in_area_plane(points: FloatArray, crs: pyproj.CRS) -> FloatArray:
    return shapely.get_coordinates(to_area_plane(to_geographic(shapely.points(points), crs)))


def _systems(sources: Iterable[LayerSource]) -> list[pyproj.CRS]:
    """Return each system once; all geographic ones draw the same lines straight, and the area plane is compared with anyway."""
    systems: list[pyproj.CRS] = []
    for source in sources:
        system = STORAGE_CRS if source.crs is None else source.crs
        system = require_exact_path(system) if system.is_geographic else system
        system = STORAGE_CRS if system.is_geographic else system
        if system != AREA_PLANE and system not in systems:
            systems.append(system)
    return systems


def _middles(system: pyproj.CRS, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the middles of edges drawn straight in a system; everything given and returned is in the area plane."""
    ends = [from_area_plane(shapely.points(points)) for points in (start, end)]
    if not system.is_geographic:
        ends = [project_geometries(points, system) for points in ends]
    middles = shapely.points((shapely.get_coordinates(ends[0]) + shapely.get_coordinates(ends[1])) / 2)
    if not system.is_geographic:
        middles = to_geographic(middles, system)
    return shapely.get_coordinates(to_area_plane(middles))
