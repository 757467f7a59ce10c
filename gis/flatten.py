"""One layer without overlaps: where its polygons overlap, the overlap is a piece of its own that belongs to all of them.

Real plans overlap themselves. Neighbours that fit together cancel out edge by edge; the few edges that are left say where to look
(:mod:`gis.depth_faces`), and only polygons that overlap are cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
import shapely

from gis.arrays import GeometryArray, IntArray
from gis.depth_faces import depth_faces
from gis.fold import Cells, fold_pieces
from gis.self_overlap import overlapping_pairs
from gis.threads import ThreadTeam
from gis.welding import weld, weld_layer

__all__ = ["FlatLayer", "flatten_layer"]


@dataclass(frozen=True, slots=True)
class FlatLayer:
    """Pieces of one layer that do not overlap.

    Attributes
    ----------
    pieces : ndarray of Polygon or MultiPolygon, shape (p,)
    members : ndarray of tuple of int, shape (p,)
        The polygons that cover each piece, ascending. No two pieces have the same.
    """

    pieces: GeometryArray
    members: GeometryArray

    def memberships(self) -> tuple[IntArray, IntArray]:
        """Return polygon and piece for each pair of a piece and a polygon that covers it, ordered by piece."""
        counts = self.member_counts()
        polygons = np.fromiter(chain.from_iterable(self.members), dtype=np.int64, count=int(counts.sum()))
        return polygons, np.repeat(np.arange(len(counts)), counts)

    def member_counts(self) -> IntArray:
        """Return how many polygons cover each piece, shape (p,)."""
        return np.fromiter(map(len, self.members), dtype=np.int64, count=len(self.members))


def flatten_layer(
    polygons: GeometryArray, *, team: ThreadTeam, check: Callable[[], None] = lambda: None
) -> FlatLayer:
    """Resolve the overlaps of one layer.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        Valid, in one plane, in metres. None and empty ones cover nothing.
    team : ThreadTeam
    check : callable
        Called before each block of work; it may raise to stop.

    Returns
    -------
    FlatLayer
        Polygons that overlap nothing are their own piece, with neighbours' missing vertices put in where they lie within rounding.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> with ThreadTeam(1) as team:
    ...     flat = flatten_layer(np.array([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 4, 1)], dtype=object), team=team)
    >>> sorted(zip(flat.members.tolist(), shapely.area(flat.pieces).tolist()))
    [((0,), 1.0), ((0, 1), 1.0), ((1,), 2.0)]
    """
    welded = weld_layer(polygons)
    polygons = welded.polygons
    check()
    tree = shapely.STRtree(polygons)
    faces = depth_faces(polygons, welded.table, welded.edges, tree, team)
    first, second = overlapping_pairs(polygons, faces, tree, team)
    alone = ~shapely.is_missing(polygons) & ~shapely.is_empty(polygons)
    alone[first] = alone[second] = False
    cells = _overlap_cells(polygons, first, second, team, check)
    pieces = np.concatenate([polygons[alone], cells.geometries])
    members = np.empty(len(pieces), dtype=object)
    members[:] = [(int(k),) for k in np.flatnonzero(alone)] + [tuple(sorted(row[row >= 0].tolist())) for row in cells.vectors]
    fresh = np.arange(len(pieces)) >= np.count_nonzero(alone)
    pieces = weld(pieces, fresh)
    kept = ~shapely.is_missing(pieces)
    return FlatLayer(pieces[kept], members[kept])


def _overlap_cells(
    polygons: GeometryArray, first: IntArray, second: IntArray, team: ThreadTeam, check: Callable[[], None]
) -> Cells:
    """Cut polygons that overlap into cells; the vectors hold positions of polygons.

    The polygons are dealt out into sets without overlaps, as few as a greedy colouring finds, and these sets are overlaid.
    """
    classes = _colour_classes(first, second)
    if not classes:
        return Cells(np.empty(0, dtype=object), np.zeros((0, 0), dtype=np.int64))
    cells = fold_pieces([polygons[chosen] for chosen in classes], team=team, check=check)
    positions = [np.append(chosen, -1)[cells.vectors[:, k]] for k, chosen in enumerate(classes)]
    return Cells(cells.geometries, np.column_stack(positions))


def _colour_classes(first: IntArray, second: IntArray) -> list[IntArray]:
    """Deal the ends of pairs out into classes so that no class holds both ends of a pair."""
    rivals: dict[int, set[int]] = {}
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        rivals.setdefault(one, set()).add(other)
        rivals.setdefault(other, set()).add(one)
    colours: dict[int, int] = {}
    for polygon in sorted(rivals):
        taken = {colours[rival] for rival in rivals[polygon] if rival in colours}
        colours[polygon] = next(colour for colour in count() if colour not in taken)
    classes: list[list[int]] = [[] for _ in range(max(colours.values(), default=-1) + 1)]
    for polygon, colour in colours.items():
        classes[colour].append(polygon)
    return [np.array(chosen, dtype=np.int64) for chosen in classes]
