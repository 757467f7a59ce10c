"""The overlay of two sets of polygons that are free of overlaps: what they share, and what each has alone.

Three ways lead to a shared part, from the quickest to the surest: one polygon lies inside the other and is taken as it is; their boundaries
cross cleanly and are clipped on flat arrays (:mod:`gis.clipping`); they touch and GEOS decides (:mod:`gis.robust`). What is left of a polygon
is looked for only where its shared parts do not add up to its area.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.clipping import Operation, clip_pairs
from gis.closure import closure_tolerance_m2
from gis.crossings import Side
from gis.local_overlay import HAIR_WIDTH_M, local_difference, local_intersection
from gis.near_pairs import PiecePairs, find_pairs
from gis.rings import expand_ranges
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam

__all__ = ["PieceOverlay", "not_covered", "overlay_pieces", "shared_pieces"]

_PAIRS_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class PieceOverlay:
    """The cells of an overlay.

    Attributes
    ----------
    geometries : ndarray of Polygon or MultiPolygon, shape (m,)
    left, right : ndarray of int64, shape (m,)
        The polygon of each side that covers the cell, -1 where there is none.
    robust : ndarray of bool, shape (m,)
        Cells with vertices that GEOS computed: a neighbour may have them a rounding error away.
    """

    geometries: GeometryArray
    left: IntArray
    right: IntArray
    robust: BoolArray


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the pairs share.

    Attributes
    ----------
    left, right : ndarray of int64, shape (m,)
    geometries : ndarray of Polygon, MultiPolygon or None, shape (m,)
        None for a pair that only touches.
    crossing : ndarray of bool, shape (m,)
        Whether the boundaries cross cleanly.
    robust : ndarray of bool, shape (m,)
        Whether GEOS computed the geometry.
    """

    left: IntArray
    right: IntArray
    geometries: GeometryArray
    crossing: BoolArray
    robust: BoolArray

    def filled(self) -> PieceOverlay:
        """Return the pairs that share an area, as cells."""
        has = ~shapely.is_missing(self.geometries)
        return PieceOverlay(self.geometries[has], self.left[has], self.right[has], self.robust[has])

    def turned(self) -> "_Shared":
        return _Shared(self.right, self.left, self.geometries, self.crossing, self.robust)


def overlay_pieces(
    left: GeometryArray,
    right: GeometryArray,
    *,
    team: ThreadTeam,
    inside_left: bool = False,
    check: Callable[[], None] = lambda: None,
) -> PieceOverlay:
    """Overlay two sets of polygons, each free of overlaps within itself.

    Parameters
    ----------
    left, right : ndarray of Polygon or MultiPolygon, shape (n,) and (m,)
        Valid, in one plane, in metres.
    team : ThreadTeam
    inside_left : bool
        Leave out what only the right polygons cover.
    check : callable
        Called before each block of work; it may raise to stop.

    Returns
    -------
    PieceOverlay
        Shared cells, then what is left of ``left``, then what is left of ``right``. A cell has one geometry, which may have several parts.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> with ThreadTeam(1) as team:
    ...     cells = overlay_pieces(
    ...         np.array([shapely.box(0, 0, 2, 2)], dtype=object), np.array([shapely.box(1, 1, 4, 3)], dtype=object), team=team)
    >>> sorted(zip(cells.left.tolist(), cells.right.tolist(), shapely.area(cells.geometries).tolist()))
    [(-1, 0, 5.0), (0, -1, 3.0), (0, 0, 1.0)]
    """
    pairs = find_pairs(left, right, team)
    shared = _share(left, right, pairs, team, check)
    parts = [shared.filled()]
    alone, geometries, robust = _remainders(left, right, shared, team, check)
    parts.append(PieceOverlay(geometries, alone, np.full(len(alone), -1), robust))
    if not inside_left:
        alone, geometries, robust = _remainders(right, left, shared.turned(), team, check)
        parts.append(PieceOverlay(geometries, np.full(len(alone), -1), alone, robust))
    return PieceOverlay(
        geometries=np.concatenate([part.geometries for part in parts]),
        left=np.concatenate([part.left for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        robust=np.concatenate([part.robust for part in parts]),
    )


def shared_pieces(left: GeometryArray, right: GeometryArray, *, team: ThreadTeam) -> PieceOverlay:
    """Return what two sets of polygons share, as the first cells of :func:`overlay_pieces`: what each has alone is not asked for.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> with ThreadTeam(1) as team:
    ...     cells = shared_pieces(
    ...         np.array([shapely.box(0, 0, 2, 2)], dtype=object), np.array([shapely.box(1, 1, 4, 3)], dtype=object), team=team)
    >>> shapely.area(cells.geometries).tolist()
    [1.0]
    """
    return _share(left, right, find_pairs(left, right, team), team, lambda: None).filled()


def _share(
    left: GeometryArray, right: GeometryArray, pairs: PiecePairs, team: ThreadTeam, check: Callable[[], None]
) -> _Shared:
    """Compute what the pairs share; pairs that are apart are left out."""
    cut, settled = _clip(left, right, pairs.left, pairs.right, "intersection", team, check)
    doubtful = np.flatnonzero(~settled)
    check()
    cut[doubtful] = apply_to_rows(
        local_intersection, left[pairs.left[doubtful]], right[pairs.right[doubtful]], team=team
    ).geometries
    near = ~settled | ~shapely.is_missing(cut)
    (inner_left, outer_right), (outer_left, inner_right) = pairs.left_inside, pairs.right_inside
    nested = np.zeros(len(inner_left) + len(inner_right), dtype=bool)
    return _Shared(
        left=np.concatenate([pairs.left[near], inner_left, outer_left]),
        right=np.concatenate([pairs.right[near], outer_right, inner_right]),
        geometries=np.concatenate([cut[near], left[inner_left], right[inner_right]]),
        crossing=np.concatenate([settled[near], nested]),
        robust=np.concatenate([~settled[near], nested]),
    )


def _clip(
    left: GeometryArray,
    right: GeometryArray,
    left_index: IntArray,
    right_index: IntArray,
    operation: Operation,
    team: ThreadTeam,
    check: Callable[[], None],
) -> tuple[GeometryArray, BoolArray]:
    """Clip pairs in blocks; see :func:`gis.clipping.clip_pairs`."""
    lefts, left_at = np.unique(left_index, return_inverse=True)
    rights, right_at = np.unique(right_index, return_inverse=True)
    sides = [(left, lefts), (right, rights)]
    left_side, right_side = (
        side
        for part in team.map_slices(lambda part: [Side.of(p[k]) for p, k in sides[part]], 2, least=1)
        for side in part
    )

    def block(part: slice) -> tuple[GeometryArray, BoolArray]:
        check()
        return clip_pairs(left_side, right_side, left_at[part], right_at[part], operation)

    blocks = team.map_slices(block, len(left_index), per_thread=max(1, len(left_index) // _PAIRS_AT_ONCE // team.size))
    if not blocks:
        return np.empty(0, dtype=object), np.empty(0, dtype=bool)
    return np.concatenate([part[0] for part in blocks]), np.concatenate([part[1] for part in blocks])


def _remainders(
    polygons: GeometryArray, others: GeometryArray, shared: _Shared, team: ThreadTeam, check: Callable[[], None]
) -> tuple[IntArray, GeometryArray, BoolArray]:
    """Return the polygons that the others do not cover, what is left of them, and whether GEOS computed it."""
    areas = np.nan_to_num(shapely.area(shared.geometries))
    covered = np.bincount(shared.left, areas, minlength=len(polygons)).astype(np.float64)
    short = not_covered(polygons, covered)
    order = np.argsort(shared.left, kind="stable")
    counts = np.bincount(shared.left, minlength=len(polygons))
    first = (np.cumsum(counts) - counts)[short]
    result = polygons[short]
    robust = counts[short] > 0
    one = np.flatnonzero(counts[short] == 1)
    one = one[shared.crossing[order[first[one]]]]
    result[one], settled = _clip(
        polygons, others, short[one], shared.right[order[first[one]]], "difference", team, check
    )
    robust[one[settled]] = False
    hard = np.flatnonzero(robust)
    check()
    result[hard] = apply_to_rows(
        local_difference,
        polygons[short[hard]],
        _collections(others, shared.right[order], first[hard], counts[short[hard]]),
        team=team,
    ).geometries
    filled = ~shapely.is_missing(result)
    return short[filled], result[filled], robust[filled]


def not_covered(polygons: GeometryArray, covered_m2: FloatArray) -> IntArray:
    """Return the polygons of which more is not covered than rounding explains, ascending.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
    covered_m2 : ndarray of float64, shape (n,)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> not_covered(np.array([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 2)], dtype=object), np.array([1.0, 1.0])).tolist()
    [1]
    """
    areas = shapely.area(polygons)
    missing = areas - covered_m2
    limit = closure_tolerance_m2(areas) / 4
    # No polygon of this area has a shorter boundary than a circle: most need not be measured.
    candidates = np.flatnonzero(missing > np.minimum(HAIR_WIDTH_M * np.sqrt(4 * np.pi * areas), limit))
    rounding = np.minimum(HAIR_WIDTH_M * shapely.length(polygons[candidates]), limit[candidates])
    short: IntArray = candidates[missing[candidates] > rounding]
    return short


def _collections(polygons: GeometryArray, members: IntArray, first: IntArray, counts: IntArray) -> GeometryArray:
    """Collect for each row the ``count`` polygons whose numbers begin at ``first`` in ``members``."""
    if len(first) == 0:
        return np.empty(0, dtype=object)
    collections = shapely.geometrycollections(
        polygons[members[expand_ranges(first, counts)]], indices=np.repeat(np.arange(len(first)), counts)
    )
    return np.asarray(collections, dtype=object)
