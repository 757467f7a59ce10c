"""The cells of a partition after one layer was edited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.layer_edit import LayerChange
from gis.local_overlay import local_difference, local_intersection
from gis.partition_model import Partition
from gis.piece_index import PieceIndex
from gis.piece_overlay import overlay_pieces
from gis.rings import ring_table
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam
from gis.unmatched_edges import boundary_change
from gis.welding import weld

__all__ = ["PartitionUpdate", "update_cells"]


@dataclass(frozen=True, slots=True)
class PartitionUpdate:
    """What one edit did.

    Attributes
    ----------
    partition : Partition
        After the edit.
    gone : ndarray of int64
        Positions of the cells of the partition before that are no longer there.
    come : ndarray of int64
        Positions of the cells of the partition after that were not there before. All others are the same objects, in the same order.
    """

    partition: Partition
    gone: IntArray
    come: IntArray


@dataclass(frozen=True, slots=True)
class _FreshCells:
    geometries: GeometryArray
    vectors: IntArray

    def and_also(self, geometries: GeometryArray, vectors: IntArray) -> "_FreshCells":
        """Return these cells and others, without those that are None."""
        all_geometries, all_vectors = (
            np.concatenate([self.geometries, geometries]),
            np.concatenate([self.vectors, vectors]),
        )
        kept = ~shapely.is_missing(all_geometries)
        return _FreshCells(all_geometries[kept], all_vectors[kept])


def update_cells(
    before: Partition, change: LayerChange, edited: int, indexes: Sequence[PieceIndex], team: ThreadTeam
) -> PartitionUpdate:
    """Replace the cells that an edit concerns.

    Parameters
    ----------
    before : Partition
    change : LayerChange
        Of layer number ``edited``.
    edited : int
    indexes : sequence of PieceIndex
        Of the pieces of each layer after the edit.
    team : ThreadTeam
    """
    gone = _chosen(len(change.layer.flat.pieces), change.gone)[before.vectors[:, edited]]
    covered = _cells_inside(change.layer.flat.pieces[change.come], change.come, edited, indexes, team)
    vectors, remade = _silent_vectors(before, change, edited, indexes, team)
    gone |= remade
    fresh = covered.and_also(_cells_of(vectors, indexes, team), vectors)
    # What went fitted into its surroundings edge by edge. Where what came does not, vertices differ by rounding or are missing.
    edges = boundary_change(ring_table(before.cells[gone]), ring_table(fresh.geometries))
    if len(edges):
        fresh, changed = _weld_in(before, np.flatnonzero(~gone), fresh, edges, indexes)
        gone[changed] = True
    kept = np.flatnonzero(~gone)
    partition = Partition(
        layers=tuple(change.layer if k == edited else layer for k, layer in enumerate(before.layers)),
        cells=np.concatenate([before.cells[kept], fresh.geometries]),
        vectors=np.concatenate([before.vectors[kept], fresh.vectors]),
        areas_m2=np.concatenate([before.areas_m2[kept], shapely.area(fresh.geometries)]),
    )
    return PartitionUpdate(partition, np.flatnonzero(gone), np.arange(len(kept), len(partition.cells)))


def _chosen(pieces: int, chosen: IntArray) -> BoolArray:
    """Return a mask of pieces that answers False for -1, nothing said."""
    mask = np.zeros(pieces + 1, dtype=bool)
    mask[chosen] = True
    return mask


def _cells_inside(
    polygons: GeometryArray, numbers: IntArray, layer: int, indexes: Sequence[PieceIndex], team: ThreadTeam
) -> _FreshCells:
    """Overlay polygons that are free of overlaps with the pieces of all layers but one; ``numbers`` go into that one's column."""
    vectors = np.full((len(polygons), len(indexes)), -1)
    vectors[:, layer] = numbers
    cells = _FreshCells(polygons, vectors)
    for k, index in enumerate(indexes):
        if k == layer:
            continue
        near = np.unique(index.near(cells.geometries)[1])
        overlay = overlay_pieces(cells.geometries, index.pieces[near], team=team, inside_left=True)
        vectors = cells.vectors[overlay.left]
        vectors[:, k] = np.append(near, -1)[overlay.right]
        cells = _FreshCells(overlay.geometries, vectors)
    return cells


def _silent_vectors(
    before: Partition, change: LayerChange, edited: int, indexes: Sequence[PieceIndex], team: ThreadTeam
) -> tuple[IntArray, BoolArray]:
    """Return the vectors of the cells on which the edited layer says nothing and that change, and which cells had them before."""
    nothing = np.full(len(change.opened), -1)
    opened = _cells_inside(change.opened, nothing, edited, indexes, team).vectors
    near = _near_cells(before, np.flatnonzero(before.vectors[:, edited] < 0), change.closed, indexes, edited)
    cut, _ = shapely.STRtree(change.closed).query(before.cells[near], predicate="intersects")
    wanted = {tuple(row) for row in np.concatenate([opened, before.vectors[near[cut]]]).tolist() if max(row) >= 0}
    vectors = np.array(sorted(wanted), dtype=np.int64).reshape(-1, len(indexes))
    possible = before.vectors[:, edited] < 0
    for k, index in enumerate(indexes):
        if k != edited:
            column = before.vectors[:, k]
            spoken = _chosen(len(index.pieces), vectors[vectors[:, k] >= 0, k])[column]
            possible &= spoken | ((column < 0) & (vectors[:, k] < 0).any())
    remade = np.zeros(len(possible), dtype=bool)
    remade[[row for row in np.flatnonzero(possible) if tuple(before.vectors[row].tolist()) in wanted]] = True
    return vectors, remade


def _near_cells(
    partition: Partition,
    among: IntArray,
    geometries: GeometryArray,
    indexes: Sequence[PieceIndex],
    except_layer: int | None = None,
) -> IntArray:
    """Return the cells that may be near some geometries: each layer says something nearby, or nothing, on them."""
    near = np.ones(len(among), dtype=bool)
    for k, index in enumerate(indexes):
        if k != except_layer:
            column = partition.vectors[among, k]
            near &= (column < 0) | _chosen(len(index.pieces), index.near(geometries)[1])[column]
    return among[near]


def _cells_of(vectors: IntArray, indexes: Sequence[PieceIndex], team: ThreadTeam) -> GeometryArray:
    """Make the cells of some vectors from the pieces: what the named pieces share, without the pieces of the layers that say nothing."""
    cells = np.full(len(vectors), None, dtype=object)
    begun = np.zeros(len(vectors), dtype=bool)
    for column, index in zip(vectors.T, indexes, strict=True):
        first = (column >= 0) & ~begun
        cells[first] = index.pieces[column[first]]
        rows = np.flatnonzero((column >= 0) & begun & ~shapely.is_missing(cells))
        cells[rows] = apply_to_rows(local_intersection, cells[rows], index.pieces[column[rows]], team=team).geometries
        begun |= first
    for column, index in zip(vectors.T, indexes, strict=True):
        rows = np.flatnonzero((column < 0) & ~shapely.is_missing(cells))
        asked, found = index.near(cells[rows])
        cut, position = np.unique(asked, return_inverse=True)
        if len(cut):
            neighbours = np.asarray(shapely.geometrycollections(index.pieces[found], indices=position), dtype=object)
            cells[rows[cut]] = apply_to_rows(local_difference, cells[rows[cut]], neighbours, team=team).geometries
    return cells


def _weld_in(
    before: Partition, kept: IntArray, fresh: _FreshCells, edges: FloatArray, indexes: Sequence[PieceIndex]
) -> tuple[_FreshCells, IntArray]:
    """Weld new cells at the edges that do not fit; return them with the changed ones around, and which of the kept cells these were."""
    count = len(fresh.geometries)
    suspects = np.unique(
        shapely.STRtree(fresh.geometries).query(np.asarray(shapely.linestrings(edges), dtype=object))[1]
    )
    around = _near_cells(before, kept, fresh.geometries[suspects], indexes)
    yielding = np.zeros(count + len(around), dtype=bool)
    yielding[suspects] = True
    welded = weld(np.concatenate([fresh.geometries, before.cells[around]]), yielding)
    changed = np.flatnonzero(welded[count:] != before.cells[around])
    result = _FreshCells(welded[:count], fresh.vectors).and_also(
        welded[count:][changed], before.vectors[around[changed]]
    )
    return result, around[changed]
