"""Where polygons of one layer leave gaps and where they overlap.

Count at each place how many polygons cover it: the boundaries of that count are the edges that do not cancel out
(:mod:`gis.unmatched_edges`). So the faces between these few edges are all there is to look at: a face covered by none is a gap, one covered by
two or more is an overlap.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.local_overlay import local_intersection, local_origin, shifted
from gis.rings import RingTable
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam

__all__ = ["DepthFaces", "cover_depth", "depth_faces", "depth_faces_in", "faces_between"]

_COUNT_SHARE: Final = 1e-9
#: Where edges are cut by a side of a window, the new vertices are on it to this.
_ON_SIDE: Final = 1e-6
# Without a ratio that edges of maps are likely to have.
_WEIGHTS: Final = ((0.5527, 0.2741, 0.1732), (0.1893, 0.5179, 0.2928), (0.2357, 0.1441, 0.6202))


@dataclass(frozen=True, slots=True)
class DepthFaces:
    """The bounded faces between unmatched edges.

    Attributes
    ----------
    faces : ndarray of Polygon, shape (f,)
    depth : ndarray of int64, shape (f,)
        How many polygons cover the face.
    """

    faces: GeometryArray
    depth: IntArray

    def chosen(self, which: BoolArray) -> "DepthFaces":
        """Return some of the faces."""
        return DepthFaces(self.faces[which], self.depth[which])


def depth_faces(
    polygons: GeometryArray, table: RingTable, edges: IntArray, tree: shapely.STRtree, team: ThreadTeam
) -> DepthFaces:
    """Build the faces between unmatched edges and count the polygons over each.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid. Those that stand alone are better left out: scattered parcels would make thousands of faces that say nothing.
    table : RingTable
        Of these polygons.
    edges : ndarray of int64
        The unmatched edges of the table.
    tree : STRtree
        Of these polygons.
    team : ThreadTeam

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.rings import ring_table
    >>> from gis.unmatched_edges import unmatched_edges
    >>> squares = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> table = ring_table(squares)
    >>> with ThreadTeam(1) as team:
    ...     found = depth_faces(squares, table, unmatched_edges(table), shapely.STRtree(squares), team)
    >>> sorted(zip(found.depth.tolist(), shapely.area(found.faces).tolist()))
    [(1, 2.0), (1, 2.0), (2, 2.0)]
    """
    faces = faces_between(np.stack([table.vertices[edges], table.vertices[table.following[edges]]], axis=1))
    return _counted(faces, float(np.nansum(shapely.area(polygons))), polygons, tree, team)


def depth_faces_in(
    window: FloatArray,
    polygons: GeometryArray,
    table: RingTable,
    edges: IntArray,
    tree: shapely.STRtree,
    team: ThreadTeam,
) -> DepthFaces:
    """Build the faces inside a box between unmatched edges and its own sides, and count the polygons over each.

    Parameters
    ----------
    window : ndarray of float64, shape (4,)
        xmin, ymin, xmax, ymax. The faces fill it; those at its sides are parts of larger ones.
    polygons, table, edges, tree, team
        As of :func:`depth_faces`. All polygons that cover some of the window are among them.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.rings import ring_table
    >>> from gis.unmatched_edges import unmatched_edges
    >>> squares = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> table = ring_table(squares)
    >>> window = np.array([0.5, 0.5, 2.0, 1.5])
    >>> with ThreadTeam(1) as team:
    ...     found = depth_faces_in(window, squares, table, unmatched_edges(table), shapely.STRtree(squares), team)
    >>> sorted(zip(found.depth.tolist(), shapely.area(found.faces).tolist()))
    [(1, 0.5), (2, 1.0)]
    """
    ends = np.stack([table.vertices[edges], table.vertices[table.following[edges]]], axis=1)
    corners = np.array([window[[0, 1]], window[[2, 1]], window[[2, 3]], window[[0, 3]]])
    sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    faces = faces_between(np.concatenate([ends, sides]))
    low, high = window[:2] - _ON_SIDE, window[2:] + _ON_SIDE
    bounds = shapely.bounds(faces)
    faces = faces[(bounds[:, :2] >= low).all(axis=1) & (bounds[:, 2:] <= high).all(axis=1)]
    return _counted(faces, _area_in(window, polygons), polygons, tree, team)


def _area_in(window: FloatArray, polygons: GeometryArray) -> float:
    """Sum up what polygons cover of a box; only those at its sides have to be cut."""
    bounds = shapely.bounds(polygons)
    inside = (bounds[:, :2] >= window[:2]).all(axis=1) & (bounds[:, 2:] <= window[2:]).all(axis=1)
    at_side = ~inside & (bounds[:, :2] <= window[2:]).all(axis=1) & (bounds[:, 2:] >= window[:2]).all(axis=1)
    cut = shapely.clip_by_rect(polygons[at_side], *window)
    return float(np.nansum(shapely.area(polygons[inside])) + np.nansum(shapely.area(cut)))


def _counted(
    faces: GeometryArray, area: float, polygons: GeometryArray, tree: shapely.STRtree, team: ThreadTeam
) -> DepthFaces:
    depth = cover_depth(faces, tree)
    # Counted with their multiplicity, the faces are the polygons.
    counted = (depth * shapely.area(faces)).sum()
    if abs(area - counted) > _COUNT_SHARE * area:
        depth = _depth_by_area(faces, polygons, tree, team)
    return DepthFaces(faces, depth)


def _depth_by_area(faces: GeometryArray, polygons: GeometryArray, tree: shapely.STRtree, team: ThreadTeam) -> IntArray:
    """Count the polygons over faces by the area they share: slow, and needs no inner point."""
    face, polygon = tree.query(faces, predicate="intersects")
    shared = apply_to_rows(local_intersection, faces[face], polygons[polygon], team=team).geometries
    covered = np.bincount(face, np.nan_to_num(shapely.area(shared)), minlength=len(faces))
    depth: IntArray = np.rint(covered / shapely.area(faces)).astype(np.int64)
    return depth


def faces_between(edges: FloatArray) -> GeometryArray:
    """Return the bounded faces between edges, shape (m, 2, 2), which may cross."""
    if len(edges) == 0:
        return np.empty(0, dtype=object)
    origin = local_origin(np.concatenate([edges.min(axis=(0, 1)), edges.max(axis=(0, 1))]))
    lines = np.asarray(shapely.linestrings(edges - origin), dtype=object)
    # Chains of edges first: noding and polygonizing those is ten times quicker than edge by edge.
    noded = shapely.union_all(shapely.line_merge(shapely.multilinestrings(lines)))
    return shifted(shapely.get_parts(shapely.polygonize([noded])), origin)


def cover_depth(faces: GeometryArray, tree: shapely.STRtree) -> IntArray:
    """Count the polygons of a tree over an inner point of each face, shape (f,).

    A point on an edge that two polygons share inside the face meets both and is inside neither; then another point is taken.
    """
    depth = np.zeros(len(faces), dtype=np.int64)
    corners = _largest_triangles(faces)
    asked = np.arange(len(faces))
    for weights in _WEIGHTS:
        points = np.asarray(shapely.points(np.einsum("k,nkc->nc", weights, corners[asked])), dtype=object)
        inside = np.bincount(tree.query(points, predicate="within")[0], minlength=len(points))
        met = np.bincount(tree.query(points, predicate="intersects")[0], minlength=len(points))
        depth[asked] = inside
        asked = asked[inside != met]
        if len(asked) == 0:
            break
    return depth


def _triangulated(faces: GeometryArray, *, grid_size: float | None) -> GeometryArray:  # noqa: ARG001 - apply_to_rows passes it
    return np.asarray(shapely.constrained_delaunay_triangles(faces), dtype=object)


def _largest_triangles(faces: GeometryArray) -> FloatArray:
    """Return the corners of the largest triangle of each face, shape (f, 3, 2).

    A point in it keeps away from the boundary. ``point_on_surface`` does not where a face ends in a hair.
    """
    origin = local_origin(shapely.total_bounds(faces)) if len(faces) else np.zeros(2)
    with ThreadTeam(1) as alone:
        # Row by row where GEOS fails: it finds no triangle in a face that is thinner than rounding.
        collections = apply_to_rows(_triangulated, shifted(faces, -origin), team=alone).geometries
    triangles, owner = shapely.get_parts(collections, return_index=True)
    order = np.lexsort((-shapely.area(triangles), owner))
    owners, first = np.unique(owner[order], return_index=True)
    corners = np.empty((len(faces), 3, 2))
    # A face too thin for triangles is one of rounding, which nobody asks about: any of its points will do.
    corners[:] = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(faces), 0))[:, np.newaxis]
    corners[owners] = shapely.get_coordinates(triangles[order[first]]).reshape(-1, 4, 2)[:, :3] + origin
    return corners
