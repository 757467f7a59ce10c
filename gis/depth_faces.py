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
from gis.local_overlay import local_origin, shifted
from gis.rings import RingTable
from gis.threads import ThreadTeam

__all__ = ["DepthFaces", "cover_depth", "depth_faces", "faces_between"]

_ANGLES: Final = (0.0, 1.0, 2.0, 3.0)


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


def depth_faces(
    polygons: GeometryArray, table: RingTable, edges: IntArray, tree: shapely.STRtree, team: ThreadTeam
) -> DepthFaces:
    """Build the faces between unmatched edges and count the polygons over each.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid.
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
    edges = edges[~_stand_alone(polygons, table, edges, tree, team)[table.edge_polygon[edges]]]
    faces = faces_between(np.stack([table.vertices[edges], table.vertices[table.following[edges]]], axis=1))
    return DepthFaces(faces, cover_depth(faces, tree))


def faces_between(edges: FloatArray) -> GeometryArray:
    """Return the bounded faces between edges, shape (m, 2, 2), which may cross."""
    if len(edges) == 0:
        return np.empty(0, dtype=object)
    origin = local_origin(np.concatenate([edges.min(axis=(0, 1)), edges.max(axis=(0, 1))]))
    lines = np.asarray(shapely.linestrings(edges - origin), dtype=object)
    # Chains of edges first: noding and polygonizing those is ten times quicker than edge by edge.
    noded = shapely.union_all(shapely.line_merge(shapely.multilinestrings(lines)))
    return shifted(shapely.get_parts(shapely.polygonize([noded])), origin)


def _stand_alone(
    polygons: GeometryArray, table: RingTable, edges: IntArray, tree: shapely.STRtree, team: ThreadTeam
) -> BoolArray:
    """Tell which polygons have no holes and touch no other: scattered parcels would make thousands of faces that say nothing."""
    sizes = np.bincount(table.edge_polygon, minlength=len(polygons))
    unmatched = np.bincount(table.edge_polygon[edges], minlength=len(polygons))
    holed = np.bincount(table.polygon_of[table.is_hole], minlength=len(polygons)) > 0
    alone = (sizes > 0) & (unmatched == sizes) & ~holed
    asked = np.flatnonzero(alone)
    hits = team.map_slices(
        lambda part: np.bincount(
            tree.query(polygons[asked[part]], predicate="intersects")[0], minlength=part.stop - part.start
        ),
        len(asked),
        per_thread=8,
    )
    if hits:
        alone[asked] = np.concatenate(hits) == 1
    return alone


def cover_depth(faces: GeometryArray, tree: shapely.STRtree) -> IntArray:
    """Count the polygons of a tree over an inner point of each face, shape (f,).

    Where two polygons share an edge inside a face, a point on that edge meets both and is inside neither; then a face turned by some angle gives
    another point.
    """
    depth = np.zeros(len(faces), dtype=np.int64)
    open_faces = np.arange(len(faces))
    for angle in _ANGLES:
        points = _inner_points(faces[open_faces], angle)
        inside = np.bincount(tree.query(points, predicate="within")[0], minlength=len(points))
        met = np.bincount(tree.query(points, predicate="intersects")[0], minlength=len(points))
        depth[open_faces] = inside
        open_faces = open_faces[inside != met]
    return depth


def _inner_points(faces: GeometryArray, angle: float) -> GeometryArray:
    if angle == 0:
        points: GeometryArray = shapely.point_on_surface(faces)
        return points
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.full(len(faces), None, dtype=object)
    for position, face in enumerate(faces):
        origin = shapely.get_coordinates(face)[0]
        turned = shapely.transform(face, lambda xy, o=origin: (xy - o) @ turn)
        points[position] = shapely.transform(shapely.point_on_surface(turned), lambda xy, o=origin: xy @ turn.T + o)
    return points
