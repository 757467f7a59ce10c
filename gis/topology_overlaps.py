"""Overlaps of the polygons of one layer, pair by pair."""

import numpy as np
import shapely

from gis.arrays import GeometryArray
from gis.depth_faces import DepthFaces
from gis.local_overlay import local_intersection
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam
from gis.topology_model import FaultRows, TopologyFaultKind, TopologyTolerances

__all__ = ["find_overlaps"]


def find_overlaps(
    polygons: GeometryArray,
    found: DepthFaces,
    tree: shapely.STRtree,
    tolerances: TopologyTolerances,
    team: ThreadTeam,
) -> FaultRows:
    """Find the land that two polygons of a layer cover both, one row for each connected part of each pair.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
    found : DepthFaces
        Of these polygons: pairs are looked for where more than one covers a face.
    tree : STRtree
        Of these polygons.
    tolerances : TopologyTolerances
    team : ThreadTeam

    Returns
    -------
    FaultRows
        With a row that says so for each pair on which GEOS failed.
    """
    members = np.unique(tree.query(found.faces[found.depth > 1], predicate="intersects")[1])
    chosen = polygons[members]
    first, second = shapely.STRtree(chosen).query(chosen)
    once = first < second
    first, second = members[first[once]], members[second[once]]
    shared = apply_to_rows(local_intersection, polygons[first], polygons[second], team=team)
    parts, pair = shapely.get_parts(shared.geometries, return_index=True)
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    failed = np.array(list(shared.failures), dtype=np.int64)
    return FaultRows.joined(
        [
            FaultRows.of_polygons(TopologyFaultKind.OVERLAP, [pairs[row] for row in pair.tolist()], parts, tolerances),
            FaultRows.of_failures(
                [pairs[row] for row in failed.tolist()],
                [f"Whether they overlap could not be computed: {reason}" for reason in shared.failures.values()],
                shapely.centroid(polygons[first[failed]]),
            ),
        ]
    )
