"""One layer without overlaps: where its polygons overlap, the overlap is a piece of its own that belongs to all of them.

Real plans overlap themselves. Neighbours that fit together cancel out edge by edge; the few edges that are left say where to look
(:mod:`gis.depth_faces`), and only polygons that overlap are cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np
import shapely

from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.depth_faces import depth_faces
from gis.fold import Cells, fold_pieces
from gis.local_overlay import made_valid
from gis.plane_grid import on_grid
from gis.self_overlap import overlapping_pairs
from gis.threads import ThreadTeam
from gis.welding import TakenApart, weld, weld_layer

__all__ = ["FlatLayer", "cut_overlaps", "flatten_layer", "rounded_polygons"]


@dataclass(frozen=True, slots=True)
class FlatLayer:
    """Pieces of one layer that do not overlap.

    Attributes
    ----------
    pieces : ndarray of Polygon, MultiPolygon or None, shape (p,)
        None where an update of a partition came upon the piece: its cells say where it is. Some of its pieces may have no cells any more.
    memberships : ndarray of int64, shape (q, 2)
        Rows of a piece and a polygon that covers it, ascending. No two pieces have the same polygons.
    """

    pieces: GeometryArray
    memberships: IntArray

    def member_counts(self) -> IntArray:
        """Return how many polygons cover each piece, shape (p,)."""
        return np.bincount(self.memberships[:, 0], minlength=len(self.pieces))

    def members(self) -> list[IntArray]:
        """Return the polygons that cover each piece, ascending; a list of p arrays."""
        return np.split(self.memberships[:, 1], np.cumsum(self.member_counts())[:-1]) if len(self.pieces) else []

    def without_missing(self) -> "FlatLayer":
        """Return the layer without pieces that are None; the others are numbered anew."""
        kept = ~shapely.is_missing(self.pieces)
        memberships = self.memberships[kept[self.memberships[:, 0]]]
        return FlatLayer(
            self.pieces[kept], np.column_stack([(np.cumsum(kept) - 1)[memberships[:, 0]], memberships[:, 1]])
        )

    def with_polygons(self, polygons: GeometryArray, chosen: BoolArray) -> "FlatLayer":
        """Return the layer with some polygons added as pieces of their own."""
        single = np.flatnonzero(chosen)
        return FlatLayer(
            np.concatenate([self.pieces, polygons[single]]),
            np.concatenate([self.memberships, np.column_stack([len(self.pieces) + np.arange(len(single)), single])]),
        )


def flatten_layer(polygons: GeometryArray, *, team: ThreadTeam, check: Callable[[], None] = lambda: None) -> FlatLayer:
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
    >>> sorted(zip([members.tolist() for members in flat.members()], shapely.area(flat.pieces).tolist()))
    [([0], 1.0), ([0, 1], 1.0), ([1], 2.0)]
    """
    rounded = rounded_polygons(polygons)
    taken, alone = _taken_apart(rounded, team)
    check()
    tree = taken.tree
    faces = depth_faces(taken.polygons, taken.table, taken.edges, tree, team)
    first, second = overlapping_pairs(taken.polygons, faces, tree, team)
    flat, cut = cut_overlaps(taken.polygons, first, second, team=team, check=check)
    welded = FlatLayer(weld(flat.pieces, cut), flat.memberships).without_missing()
    return welded.with_polygons(rounded, alone)


def _taken_apart(polygons: GeometryArray, team: ThreadTeam) -> tuple[TakenApart, BoolArray]:
    """Take the polygons of a layer apart and weld them; those that stand alone are left out, and named."""
    taken = TakenApart(polygons)
    alone = taken.stand_alone(team)
    if alone.any():
        rest = polygons.copy()
        rest[alone] = None
        taken = TakenApart(rest)
    return weld_layer(taken), alone


def rounded_polygons(polygons: GeometryArray) -> GeometryArray:
    """Return polygons with their vertices on the grid, and valid if they were; in most places of the area plane the same objects."""
    rounded = on_grid(polygons)
    if rounded is polygons:
        return rounded
    moved = np.flatnonzero([one is not other for one, other in zip(rounded, polygons, strict=True)])
    if moved.size:
        rounded[moved] = made_valid(rounded[moved])
    return rounded


def cut_overlaps(
    polygons: GeometryArray,
    first: IntArray,
    second: IntArray,
    *,
    team: ThreadTeam,
    check: Callable[[], None] = lambda: None,
) -> tuple[FlatLayer, BoolArray]:
    """Cut the polygons of one layer where they overlap.

    Parameters
    ----------
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
    first, second : ndarray of int64
        All pairs that share an area.
    team : ThreadTeam
    check : callable

    Returns
    -------
    flat : FlatLayer
    cut : ndarray of bool, shape (p,)
        Pieces of polygons that overlap another; they are still to be welded to their neighbours.
    """
    alone = ~shapely.is_missing(polygons) & ~shapely.is_empty(polygons)
    alone[first] = alone[second] = False
    cells = _overlap_cells(polygons, first, second, team, check)
    single = np.flatnonzero(alone)
    cell, column = np.nonzero(cells.vectors >= 0)
    memberships = np.concatenate(
        [
            np.column_stack([np.arange(len(single)), single]),
            np.column_stack([len(single) + cell, cells.vectors[cell, column]]),
        ]
    )
    pieces = np.concatenate([polygons[single], cells.geometries])
    ordered = memberships[np.lexsort((memberships[:, 1], memberships[:, 0]))]
    return FlatLayer(pieces, ordered), np.arange(len(pieces)) >= len(single)


def _overlap_cells(
    polygons: GeometryArray, first: IntArray, second: IntArray, team: ThreadTeam, check: Callable[[], None]
) -> Cells:
    """Cut polygons that overlap into cells; the vectors hold positions of polygons.

    The polygons are dealt out into sets without overlaps, as few as a greedy colouring finds, and these sets are overlaid.
    """
    classes = _colour_classes(first, second)
    if not classes:
        return Cells(np.empty(0, dtype=object), np.zeros((0, 0), dtype=np.int64))
    cells = fold_pieces([polygons[chosen] for chosen in classes], team=team, weld_last=False, check=check)
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
