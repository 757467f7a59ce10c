"""Cutting the cells anew that an edit of one layer concerns.

What an edit can concern is told by the edges it changes. Outside the convex hull of a connected chain of them nothing is different: the chain is
the boundary of what came minus what went, and a closed chain winds around nothing that lies outside. The cells that meet a hull lose the
edited polygons, and are overlaid with them again as a full run overlays its layers. All others stay what they are.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.cell_index import CellIndex
from gis.cell_vectors import is_among_numbers, unite_by_vector
from gis.flatten import FlatLayer, cut_overlaps, rounded_polygons
from gis.local_overlay import areal_parts, local_difference
from gis.partition_model import Partition
from gis.piece_overlay import PieceOverlay, not_covered, overlay_pieces, shared_pieces
from gis.piece_register import PieceRegister
from gis.rings import RingTable, ring_table
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam
from gis.unmatched_edges import boundary_change, change_hulls, unmatched_edges
from gis.vertex_keys import KeyArray, is_among, vertex_keys
from gis.welding import at_known_vertices, weld, with_known_vertices, without_slits

__all__ = ["ChangedBoundaries", "CutCells", "EditedPolygons", "cut_cells"]

# Space around what changed: enough for its own edges to lie inside.
_MARGIN_M: Final = 1.0
# At a sharp corner it reaches so many times as far, which must be less than what is fetched around a change (gis.window_update): what was not
# fetched would be taken for ground of which no layer says anything.
_MITRE_LIMIT: Final = 2.0
# As often as other layers cut half of an edge; beyond that it is cut anew.
_CUTS: Final = 4
# So many bits of a key tell vertices apart there: where two share them, an edge more is looked at.
_SLOT_BITS: Final = 20


@dataclass(frozen=True, slots=True)
class EditedPolygons:
    """Polygons of one layer before and after an edit.

    Attributes
    ----------
    layer : int
        Number of the layer.
    positions : ndarray of int64, shape (t,)
        Ascending.
    before, after : ndarray of Polygon, MultiPolygon or None, shape (t,)
    """

    layer: int
    positions: IntArray
    before: GeometryArray
    after: GeometryArray


@dataclass(frozen=True, slots=True)
class ChangedBoundaries:
    """Where the boundaries of edited polygons are others than before.

    Attributes
    ----------
    after : ndarray of Polygon, MultiPolygon or None, shape (t,)
        The polygons afterwards, on the grid.
    rings : RingTable
        Of these.
    hulls : ndarray of Geometry
        Around each connected change of one polygon.
    common_hulls : ndarray of Geometry
        Around each connected change of all of them together: none where an edit only moved what they share among themselves.
    """

    after: GeometryArray
    rings: RingTable
    hulls: GeometryArray
    common_hulls: GeometryArray

    @classmethod
    def of(cls, edit: EditedPolygons) -> "ChangedBoundaries":
        """Compare polygons with what they were."""
        after = rounded_polygons(edit.after)
        old, new = ring_table(rounded_polygons(edit.before)), ring_table(after)
        alone, together = (change_hulls(*boundary_change(old, new, one_by_one=each)) for each in (True, False))
        return cls(after, new, alone, together)


@dataclass(frozen=True, slots=True)
class CutCells:
    """Cells cut anew that do not share their vertices with those around them yet.

    Attributes
    ----------
    dirty : ndarray of int64
        Positions of the cells that they replace, ascending.
    former : RingTable
        The rings of these.
    geometries : ndarray of Polygon or MultiPolygon, shape (m,)
    vectors : ndarray of int64, shape (m, k)
    untold : ndarray of Polygon or MultiPolygon
        Where no layer said anything before, in and around what changed.
    """

    dirty: IntArray
    former: RingTable
    geometries: GeometryArray
    vectors: IntArray
    untold: GeometryArray


def cut_cells(
    partition: Partition,
    edit: EditedPolygons,
    change: ChangedBoundaries,
    index: CellIndex,
    register: PieceRegister,
    team: ThreadTeam,
) -> CutCells:
    """Cut the cells anew that an edit concerns, as the first half of :func:`remake_cells`.

    Cells further away than the space around the edit (:mod:`gis.window_update`) make no difference to it.
    """
    # Where the layer covers more or less than before, and not only other polygons of it the same.
    grown = areal_parts(change.common_hulls)
    grown = grown[~shapely.is_missing(grown)]
    column = partition.vectors[:, edit.layer]
    own = is_among_numbers(column, register.pieces_of(edit.positions))
    dirty = _cells_to_remake(partition, np.flatnonzero(own), change.hulls, grown, change.after, index)
    base = register.without(column[dirty], edit.positions)
    cells = ring_table(partition.cells[dirty])
    after = _with_old_vertices(change.after, change.rings, cells, column[dirty])
    under, vectors = _ground(partition, dirty, edit.layer, base, team)
    crowded = np.concatenate([grown, partition.cells[dirty[register.member_counts(column[dirty]) > 1]]])
    flat = _flattened(after, crowded, team)
    others = partition.cells[dirty[~own[dirty] & (column[dirty] >= 0)]]
    overlay = _laid_over(under, _is_one_of(under, others), flat.pieces, team)
    beyond, untold = _beyond(partition, flat.pieces, overlay, grown, index, team)
    geometries = np.concatenate([overlay.geometries, beyond.geometries])
    vectors = np.concatenate([vectors[overlay.left], np.full((len(beyond.geometries), vectors.shape[1]), -1)])
    members = [edit.positions[each] for each in flat.members()]
    pieces = np.concatenate([overlay.right, beyond.right])
    vectors[:, edit.layer] = register.with_members(vectors[:, edit.layer], pieces, members)
    same, stays = _as_before(partition, dirty, geometries, vectors)
    new = (vectors >= 0).any(axis=1) & ~same
    # A crossing at a small angle that is computed again from other ends is not quite where it was, and a cell that stays has its corner there.
    cut = at_known_vertices(geometries[new], cells.vertices)
    # Where boundaries cross cleanly, every vertex is much further from the edges of the other polygon than a slit is wide (gis.crossings).
    united = ~_is_one_of(under, partition.cells[dirty])
    doubtful = np.concatenate([overlay.robust | united[overlay.left], beyond.robust])[new]
    doubtful |= ~_is_one_of(cut, geometries[new])
    cut[doubtful] = without_slits(cut[doubtful], team)
    return CutCells(dirty[~stays], ring_table(partition.cells[dirty[~stays]]), *_present(cut, vectors[new]), untold)


def _cells_to_remake(
    partition: Partition,
    own: IntArray,
    hulls: GeometryArray,
    grown: GeometryArray,
    after: GeometryArray,
    index: CellIndex,
) -> IntArray:
    """Return the cells of edited polygons that meet a change of one, and those that one may cover now where the layer covers more or less than before."""
    near, _ = shapely.STRtree(hulls).query(partition.cells[own], predicate="intersects")
    others = np.unique(index.near(grown, predicate="intersects")[1])
    reached, _ = shapely.STRtree(after).query(partition.cells[others])
    return np.union1d(own[near], others[reached])


def _with_old_vertices(after: GeometryArray, new: RingTable, cells: RingTable, piece: IntArray) -> GeometryArray:
    """Put into edited polygons the vertices that the cells had on their boundaries, where other layers cut these."""
    new_keys = vertex_keys(new.vertices)
    cell_keys, ascending = vertex_keys(cells.vertices), np.sort(new_keys)
    known = is_among(cell_keys, ascending)
    if not known.any():
        return after
    edges = unmatched_edges(cells, _within_steps(cell_keys, cells.following, known, _CUTS), group=piece)
    ends = np.concatenate([edges, cells.following[edges]])
    keys, first, node = np.unique(cell_keys[ends], return_index=True, return_inverse=True)
    pairs = node.reshape(2, -1).T
    known = is_among(keys, ascending)
    # Cells that stay leave long chains of other vertices at their boundaries; those on an edge are never far from its end.
    reached = known.copy()
    for _ in range(_CUTS):
        reached[pairs[reached[pairs].any(axis=1)]] = True
    beside = known[pairs].sum(axis=1) == 1
    there = is_among(new_keys, np.unique(keys[pairs[beside][known[pairs[beside]]]]))
    points = cells.vertices[ends[first[reached & ~known]]]
    return with_known_vertices(after, new, np.flatnonzero(there | there[new.following]), points)


def _within_steps(keys: KeyArray, following: IntArray, start: BoolArray, steps: int) -> BoolArray:
    """Tell which vertices are so many edges away from some, or fewer; others may be among them, where bits of their keys are the same."""
    slots = (keys >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)
    reached = np.zeros(2**_SLOT_BITS, dtype=bool)
    reached[slots[start]] = True
    for _ in range(steps):
        there = reached[slots]
        along = np.flatnonzero(there != there[following])
        reached[slots[along]] = True
        reached[slots[following[along]]] = True
    return reached[slots]


def _ground(
    partition: Partition, dirty: IntArray, layer: int, base: IntArray, team: ThreadTeam
) -> tuple[GeometryArray, IntArray]:
    """Return what lies under the edited polygons, free of overlaps, with its vectors: cells without them."""
    vectors = partition.vectors[dirty]
    vectors[:, layer] = base
    cells, vectors = unite_by_vector(partition.cells[dirty], vectors, team)
    # Edited polygons that were alone leave nothing behind: such places are scattered, and no one needs them in one piece.
    silent = (vectors < 0).all(axis=1)
    scattered = shapely.get_parts(cells[silent])
    return (
        np.concatenate([cells[~silent], scattered]),
        np.concatenate([vectors[~silent], np.full((len(scattered), vectors.shape[1]), -1)]),
    )


def _laid_over(under: GeometryArray, is_last: BoolArray, pieces: GeometryArray, team: ThreadTeam) -> PieceOverlay:
    """Overlay cells with the pieces of edited polygons; those that come last only with pieces that the others do not cover.

    Cells do not overlap: a piece that some of them cover has nothing in common with any other, and along its boundary are many.
    """
    first, last = np.flatnonzero(~is_last), np.flatnonzero(is_last)
    overlay = overlay_pieces(under[first], pieces, team=team, inside_left=True)
    short = not_covered(pieces, _covered_m2(overlay, len(pieces)))
    more = overlay_pieces(under[last], pieces[short], team=team, inside_left=True)
    # The last one stands for "no piece".
    right = np.append(short, -1)[more.right]
    return PieceOverlay(
        np.concatenate([overlay.geometries, more.geometries]),
        np.concatenate([first[overlay.left], last[more.left]]),
        np.concatenate([overlay.right, right]),
        np.concatenate([overlay.robust, more.robust]),
    )


def _covered_m2(overlay: PieceOverlay, count: int) -> FloatArray:
    """Return how much of each of ``count`` right polygons an overlay shares with left ones."""
    inside = overlay.right >= 0
    areas = np.bincount(overlay.right[inside], shapely.area(overlay.geometries[inside]), minlength=count)
    return areas.astype(np.float64)


def _beyond(
    partition: Partition,
    pieces: GeometryArray,
    overlay: PieceOverlay,
    grown: GeometryArray,
    index: CellIndex,
    team: ThreadTeam,
) -> tuple[PieceOverlay, GeometryArray]:
    """Return what pieces of edited polygons cover where no layer said anything, and where that is; pieces that cells cover need no look."""
    short = not_covered(pieces, _covered_m2(overlay, len(pieces)))
    around, _ = shapely.STRtree(pieces[short]).query(grown)
    untold = _untold(grown[np.unique(around)], partition, index, team)
    beyond = shared_pieces(untold, pieces[short], team=team)
    return replace(beyond, right=short[beyond.right]), untold


def _untold(grown: GeometryArray, partition: Partition, index: CellIndex, team: ThreadTeam) -> GeometryArray:
    """Return where no layer said anything, in and around the places where one covers more or less than before."""
    around = shapely.get_parts(
        shapely.union_all(shapely.buffer(grown, _MARGIN_M, join_style="mitre", mitre_limit=_MITRE_LIMIT))
    )
    asked, cell = index.near(around)
    places, position = np.unique(asked, return_inverse=True)
    if len(places):
        covers = np.asarray(shapely.geometrycollections(partition.cells[cell], indices=position), dtype=object)
        around[places] = apply_to_rows(local_difference, around[places], covers, team=team).geometries
    return around[~shapely.is_missing(around)]


def _flattened(polygons: GeometryArray, crowded: GeometryArray, team: ThreadTeam) -> FlatLayer:
    """Resolve the overlaps that polygons have in crowded places; elsewhere they have none that is new."""
    place, polygon = shapely.STRtree(polygons).query(crowded)
    pairs = _pairs_within(place, polygon)
    flat, cut = cut_overlaps(polygons, pairs[:, 0], pairs[:, 1], team=team)
    return FlatLayer(weld(flat.pieces, cut), flat.memberships).without_missing()


def _pairs_within(group: IntArray, member: IntArray) -> IntArray:
    """Return the pairs of members that some group has in common, lower one first, shape (p, 2)."""
    members = np.split(member, np.flatnonzero(np.diff(group)) + 1)
    pairs = [np.stack(np.triu_indices(len(each), 1)).T for each in members]
    found = np.concatenate([np.sort(each)[pair] for each, pair in zip(members, pairs, strict=True)])
    distinct: IntArray = np.unique(found.reshape(-1, 2), axis=0)
    return distinct


def _is_one_of(geometries: GeometryArray, others: GeometryArray) -> BoolArray:
    """Tell which geometries are the same objects as some others."""
    return _places_among(geometries, others) >= 0


def _places_among(geometries: GeometryArray, others: GeometryArray) -> IntArray:
    """Return where the same object is among some others, -1 where it is not."""
    place = {id(other): at for at, other in enumerate(others)}
    return np.array([place.get(id(geometry), -1) for geometry in geometries], dtype=np.int64)


def _as_before(
    partition: Partition, dirty: IntArray, geometries: GeometryArray, vectors: IntArray
) -> tuple[BoolArray, BoolArray]:
    """Tell which geometries are cells that came out of it all as they were, and which of the dirty cells those are."""
    cell = _places_among(geometries, partition.cells[dirty])
    same = cell >= 0
    same[same] = (partition.vectors[dirty[cell[same]]] == vectors[same]).all(axis=1)
    stays = np.zeros(len(dirty), dtype=bool)
    stays[cell[same]] = True
    return same, stays


def _present(geometries: GeometryArray, vectors: IntArray) -> tuple[GeometryArray, IntArray]:
    left = ~shapely.is_missing(geometries)
    return geometries[left], vectors[left]
