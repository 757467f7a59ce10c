"""Targets on the border of a constraint, clipped on flat arrays with the uncut constraint."""

from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.clipping import clip_pairs
from gis.crossings import CLEARANCE_M, Side
from gis.polygonal import areal_part
from gis.rings import Runs, expand_ranges
from gis.threads import ThreadTeam

__all__ = ["clip_to_borders"]

#: Bounds the memory of one block, whose pairs each look at all bundles of the constraint that lie near the block.
_PAIRS_AT_ONCE: Final = 512


def clip_to_borders(
    targets: GeometryArray, borders: Side, target: IntArray, constraint: IntArray, team: ThreadTeam
) -> tuple[GeometryArray, BoolArray]:
    """Clip targets with constraints that they meet and do not lie inside of.

    Parameters
    ----------
    targets : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane.
    borders : Side
        Boundaries of the constraints.
    target, constraint : ndarray of int64, shape (p,)
        Positions of the pairs; both of each are valid, they intersect, and the target is not properly inside the constraint.
    team : ThreadTeam

    Returns
    -------
    geometries : ndarray of Polygon, MultiPolygon or None, shape (p,)
        The common part, None where it is not settled.
    settled : ndarray of bool, shape (p,)
        False where only a robust overlay can tell.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> parcels = np.array([shapely.box(0, 0, 2, 2), shapely.box(4, 0, 6, 2)], dtype=object)
    >>> red_line = Side.of(np.array([shapely.box(1, -1, 4, 3)], dtype=object))
    >>> with ThreadTeam(1) as team:
    ...     common, settled = clip_to_borders(parcels, red_line, np.array([0, 1]), np.array([0, 0]), team)
    >>> settled.tolist(), common[0].area
    ([True, False], 2.0)
    """
    geometries, settled = np.full(len(target), None, dtype=object), np.zeros(len(target), dtype=bool)

    def clip(part: slice) -> None:
        met, at = np.unique(target[part], return_inverse=True)
        side = Side.of(targets[met])
        near = replace(borders, runs=_runs_in(borders.runs, shapely.total_bounds(targets[met])))
        clipped, _ = clip_pairs(side, near, at, constraint[part], "intersection")
        geometries[part] = areal_part(clipped)
        # They meet, so that there is a common part or a contact, unless the constraint is nested in the target: no boundary crosses, and nothing was clipped.
        settled[part] = ~shapely.is_missing(geometries[part])

    per_thread = -(-len(target) // (_PAIRS_AT_ONCE * team.size))
    team.map_slices(clip, len(target), per_thread=per_thread)
    return geometries, settled


def _runs_in(runs: Runs, box: FloatArray) -> Runs:
    """Leave out the bundles of edges that do not come near a box, shape (4,)."""
    boxes = runs.bundle_boxes
    near = ((boxes[:, :2] <= box[2:] + CLEARANCE_M) & (boxes[:, 2:] >= box[:2] - CLEARANCE_M)).all(axis=1)
    counts = np.diff(runs.bundle_start)[near]
    run = expand_ranges(runs.bundle_start[:-1][near], counts)
    return Runs(
        first=runs.first[run],
        last=runs.last[run],
        boxes=runs.boxes.take(run, axis=0),
        bundle_start=np.concatenate([[0], np.cumsum(counts)]),
        bundle_boxes=boxes[near],
        polygon_start=np.concatenate([[0], np.cumsum(near)])[runs.polygon_start],
    )
