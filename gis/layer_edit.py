"""Editing one layer of a partition: which of its pieces go, which come, and where it begins or ceases to say something.

Pieces keep their numbers. What goes becomes None, what comes is appended.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.constraint_set import check_layer
from gis.depth_faces import cover_depth, faces_between
from gis.flatten import FlatLayer, cut_overlaps, rounded_polygons
from gis.grouping import connected_groups
from gis.local_overlay import areal_parts, local_intersection
from gis.partition_model import PartitionLayer
from gis.piece_index import PieceIndex
from gis.rings import expand_ranges, ring_table
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam
from gis.unmatched_edges import boundary_change
from gis.welding import weld

__all__ = ["LayerChange", "apply_edits", "edit_layer"]


@dataclass(frozen=True, slots=True)
class LayerChange:
    """An edited layer and its difference from before.

    Attributes
    ----------
    layer : PartitionLayer
    gone, come : ndarray of int64
        Numbers of the pieces that are None now, and of the new ones.
    closed, opened : ndarray of Polygon
        Where the layer now says something and said nothing before, and the other way round.
    edges : ndarray of float64, shape (m, 2, 2)
        Where the pieces that came have together another boundary than those that went.
    """

    layer: PartitionLayer
    gone: IntArray
    come: IntArray
    closed: GeometryArray
    opened: GeometryArray
    edges: FloatArray


def apply_edits(
    layer: PartitionLayer, changed: gpd.GeoDataFrame | None, removed: Iterable[object]
) -> tuple[PartitionLayer, IntArray]:
    """Put changed, new and removed polygons into a layer; its pieces stay as they are.

    Returns
    -------
    layer : PartitionLayer
    touched : ndarray of int64
        Positions of the polygons that are not what they were.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError
        As :func:`gis.partition.partition_layers`.
    KeyError
        If an id to remove is not there.
    """
    gone = list(removed)
    ids = pd.Index(layer.ids, dtype=object)
    alive = ~shapely.is_missing(layer.polygons)
    removed_at = ids.get_indexer(pd.Index(gone, dtype=object)) if gone else np.zeros(0, dtype=np.int64)
    missing = [each for each, at in zip(gone, removed_at, strict=True) if at < 0 or not alive[at]]
    if missing:
        message = f"Layer {layer.name!r} has no polygon {missing[0]!r}."
        raise KeyError(message)
    polygons, areas = layer.polygons.copy(), layer.areas_m2.copy()
    polygons[removed_at], areas[removed_at] = None, 0.0
    if changed is None or len(changed) == 0:
        return replace(layer, polygons=polygons, areas_m2=areas), np.unique(removed_at)
    checked = check_layer(changed, f"{layer.name} zone")
    at = ids.get_indexer(pd.Index(checked.ids, dtype=object))
    known = at >= 0
    polygons[at[known]], areas[at[known]] = checked.geometries[known], checked.area_m2[known]
    edited = replace(
        layer,
        ids=np.concatenate([layer.ids, checked.ids[~known]]),
        polygons=np.concatenate([polygons, checked.geometries[~known]]),
        areas_m2=np.concatenate([areas, checked.area_m2[~known]]),
    )
    return edited, np.unique(np.concatenate([removed_at, at[known], np.arange(len(ids), len(edited.ids))]))


def edit_layer(layer: PartitionLayer, touched: IntArray, index: PieceIndex, team: ThreadTeam) -> LayerChange:
    """Make the pieces of a layer anew where its polygons changed.

    Parameters
    ----------
    layer : PartitionLayer
        As :func:`apply_edits` returned it: new polygons, old pieces.
    touched : ndarray of int64
        The polygons that are not what they were.
    index : PieceIndex
        Of the old pieces.
    team : ThreadTeam
    """
    is_touched = _mask(len(layer.polygons), touched)
    piece, polygon = layer.flat.memberships.T
    gone = np.unique(piece[is_touched[polygon]])
    partners = np.unique(polygon[_mask(len(layer.flat.pieces), gone)[piece] & ~is_touched[polygon]])
    fresh = touched[~shapely.is_missing(layer.polygons[touched])]
    polygons = layer.polygons.copy()
    polygons[fresh] = rounded_polygons(polygons[fresh])
    edges = boundary_change(ring_table(layer.flat.pieces[gone]), ring_table(polygons[fresh]))
    if len(edges) == 0 and len(partners) == 0:
        # The new polygons fill just what the old pieces filled, once everywhere.
        come = FlatLayer(polygons[fresh], np.column_stack([np.arange(len(fresh)), fresh]))
        return _exchanged(layer, gone, come)
    first, second = _overlaps(layer, is_touched, fresh, index, team)
    group = connected_groups(len(layer.polygons), first, second)
    concerned = np.isin(group, group[np.concatenate([fresh, partners])]) & ~shapely.is_missing(layer.polygons)
    gone = np.unique(piece[(concerned | is_touched)[polygon]])
    cut = np.flatnonzero(concerned)
    inside = concerned[first]
    flat = cut_overlaps(
        rounded_polygons(polygons[cut]),
        np.searchsorted(cut, first[inside]),
        np.searchsorted(cut, second[inside]),
        team=team,
    )
    come = replace(flat, memberships=np.column_stack([flat.memberships[:, 0], cut[flat.memberships[:, 1]]]))
    return _exchanged(layer, *_welded(layer, gone, come, index))


def _mask(length: int, positions: IntArray) -> BoolArray:
    mask = np.zeros(length, dtype=bool)
    mask[positions] = True
    return mask


def _overlaps(
    layer: PartitionLayer, is_touched: BoolArray, fresh: IntArray, index: PieceIndex, team: ThreadTeam
) -> tuple[IntArray, IntArray]:
    """Return the pairs of polygons of the edited layer that share an area: known ones of untouched polygons, and those of fresh ones."""
    piece, polygon = layer.flat.memberships.T
    several = np.flatnonzero(layer.flat.member_counts()[piece] > 1)
    known = _pairs_within(piece[several], polygon[several])
    known = known[~is_touched[known].any(axis=1)]
    asked, found = index.near(layer.polygons[fresh])
    rows, counts = _rows_of(piece, found)
    old = np.column_stack([np.repeat(fresh[asked], counts), polygon[rows]])
    old = np.unique(old[~is_touched[old[:, 1]]], axis=0)
    tree = shapely.STRtree(layer.polygons[fresh])
    new = fresh[np.column_stack(tree.query(tree.geometries))]
    asked_pairs = np.concatenate([old, new[new[:, 0] < new[:, 1]]])
    left, right = layer.polygons[asked_pairs.T]
    areal = ~shapely.is_missing(apply_to_rows(local_intersection, left, right, team=team).geometries)
    first, second = np.concatenate([known, asked_pairs[areal]]).T
    return first, second


def _pairs_within(group: IntArray, member: IntArray) -> IntArray:
    """Return all pairs of members of one group, shape (p, 2). Groups ascend."""
    counts = np.bincount(group)[group] if len(group) else group
    start = np.searchsorted(group, group)
    first = np.repeat(member, counts)
    second = member[expand_ranges(start, counts)]
    pairs = np.column_stack([first, second])
    return np.unique(pairs[first < second], axis=0)


def _rows_of(piece: IntArray, wanted: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows of the memberships of each wanted piece, one after the other, and how many each has."""
    start, end = np.searchsorted(piece, wanted), np.searchsorted(piece, wanted, side="right")
    return expand_ranges(start, end - start), end - start


def _welded(layer: PartitionLayer, gone: IntArray, come: FlatLayer, index: PieceIndex) -> tuple[IntArray, FlatLayer]:
    """Weld new pieces to those around them; the ones around that change for it go, and come again."""
    around = np.setdiff1d(index.near(come.pieces)[1], gone)
    welded = weld(
        np.concatenate([come.pieces, layer.flat.pieces[around]]),
        np.arange(len(come.pieces) + len(around)) < len(come.pieces),
    )
    mine, theirs = welded[: len(come.pieces)], welded[len(come.pieces) :]
    changed = np.flatnonzero(theirs != layer.flat.pieces[around])
    rows, counts = _rows_of(layer.flat.memberships[:, 0], around[changed])
    again = np.column_stack([len(mine) + np.repeat(np.arange(len(changed)), counts), layer.flat.memberships[rows, 1]])
    pieces = np.concatenate([mine, theirs[changed]])
    return np.union1d(gone, around[changed]), FlatLayer(pieces, np.concatenate([come.memberships, again]))


def _exchanged(layer: PartitionLayer, gone: IntArray, come: FlatLayer) -> LayerChange:
    """Replace pieces of a layer, and find where the layer's coverage changed for it."""
    old, new = layer.flat.pieces[gone], come.pieces[~shapely.is_missing(come.pieces)]
    edges = boundary_change(ring_table(old), ring_table(new))
    faces = areal_parts(faces_between(edges))
    faces = faces[~shapely.is_missing(faces)]
    was, now = cover_depth(faces, shapely.STRtree(old)) > 0, cover_depth(faces, shapely.STRtree(new)) > 0
    pieces = np.concatenate([layer.flat.pieces, come.pieces])
    pieces[gone] = None
    kept = layer.flat.memberships[~_mask(len(layer.flat.pieces), gone)[layer.flat.memberships[:, 0]]]
    added = come.memberships + np.array([len(layer.flat.pieces), 0])
    return LayerChange(
        layer=replace(layer, flat=FlatLayer(pieces, np.concatenate([kept, added]))),
        gone=gone,
        come=len(layer.flat.pieces) + np.flatnonzero(~shapely.is_missing(come.pieces)),
        closed=faces[now & ~was],
        opened=faces[was & ~now],
        edges=edges,
    )
