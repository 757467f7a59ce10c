"""Which polygons of one layer overlap."""

from itertools import combinations

import numpy as np
import shapely

from gis.arrays import GeometryArray, IntArray
from gis.depth_faces import DepthFaces
from gis.local_overlay import local_intersection
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam

__all__ = ["overlapping_pairs"]


def overlapping_pairs(
    polygons: GeometryArray, found: DepthFaces, tree: shapely.STRtree, team: ThreadTeam
) -> tuple[IntArray, IntArray]:
    """Return the pairs of polygons that share an area, lower position first, in ascending order.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
    found : DepthFaces
        Of these polygons.
    tree : STRtree
        Of these polygons.
    team : ThreadTeam

    Notes
    -----
    The polygons over a face are those that meet it *by area*. One inner point does not tell: where a face is covered twice everywhere, it can be
    covered by different polygons here and there.
    """
    faces = found.faces[found.depth > 1]
    depth = found.depth[found.depth > 1]
    face, member = tree.query(faces, predicate="intersects")
    shared = apply_to_rows(local_intersection, faces[face], polygons[member], team=team).geometries
    areal = ~shapely.is_missing(shared)
    face, member = face[areal], member[areal]
    counts = np.bincount(face, minlength=len(faces))
    simple = counts <= depth
    first = np.cumsum(counts) - counts
    pairs = [
        np.array(list(combinations(np.sort(member[first[k] : first[k] + counts[k]]), 2)), dtype=np.int64).reshape(-1, 2)
        for k in np.flatnonzero(simple)
    ]
    pairs.append(_pairs_by_area(polygons, np.unique(member[~simple[face]]), team))
    found_pairs = np.unique(np.concatenate(pairs), axis=0)
    return found_pairs[:, 0], found_pairs[:, 1]


def _pairs_by_area(polygons: GeometryArray, members: IntArray, team: ThreadTeam) -> IntArray:
    """Return the pairs among ``members`` that share an area, shape (p, 2)."""
    chosen = polygons[members]
    first, second = shapely.STRtree(chosen).query(chosen)
    once = first < second
    first, second = first[once], second[once]
    shared = apply_to_rows(local_intersection, chosen[first], chosen[second], team=team).geometries
    areal = ~shapely.is_missing(shared)
    return np.column_stack([members[first[areal]], members[second[areal]]])
