"""Where the tiles of a partition meet: cells along their borders, kept until all tiles are cut."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.local_overlay import local_intersection
from gis.rings import RingTable, ring_table
from gis.unmatched_edges import left_over_edges, unmatched_edges
from gis.vertex_keys import KeyArray, is_among, vertex_keys
from gis.welding import weld_at

__all__ = ["COVERED", "Borders", "TileBorder", "covered_ground", "cut_to_window", "find_border"]

#: The layer that says where cells are already. No layer of a caller has a colon first.
COVERED: Final = ":covered"
_MANY_VERTICES: Final = 1000
_CELLS_AT_ONCE: Final = 10_000
# Two tiles compute the crossing of edges at a small angle from other ends: the rounding of coordinates, a hundred times over.
_WELD_M: Final = 2e-7
# An odd constant that spreads bits, as in gis.unmatched_edges.
_ODD: Final = np.uint64(0x9E3779B185EBCA87)


@dataclass(frozen=True, slots=True)
class TileBorder:
    """The border of the cells that are a tile's own.

    Attributes
    ----------
    frontier : ndarray of bool, shape (m,)
        Own cells that have a vertex on an edge that they share with cells that are not.
    opened : ndarray of bool, shape (m,)
        Other own cells along those.
    places : ndarray of uint64
        Keys of the vertices of the edges that own cells share with others, ascending.
    seam : ndarray of float64, shape (e, 2, 2)
        The edges of all own cells but the frontier that no other of them shares: start and end.
    """

    frontier: BoolArray
    opened: BoolArray
    places: KeyArray
    seam: FloatArray


def find_border(cells: GeometryArray, own: BoolArray) -> TileBorder:
    """Find where some cells of a partition meet the others.

    Parameters
    ----------
    cells : ndarray of Polygon or MultiPolygon, shape (m,)
        A coverage whose neighbours share their vertices.
    own : ndarray of bool, shape (m,)

    Examples
    --------
    >>> import numpy as np, shapely
    >>> row = np.array([shapely.box(x, 0, x + 1, 1) for x in range(4)], dtype=object)
    >>> border = find_border(row, np.array([True, True, True, False]))
    >>> border.frontier.tolist(), border.opened.tolist(), len(border.seam)
    ([False, False, True, False], [False, True, False, False], 6)
    """
    start, end, owner = _edge_keys(cells)
    side = own.astype(np.uint64) * _ODD
    # Where the own cells and the others end, and of this what they have not in common.
    apart = left_over_edges(start ^ side[owner], end ^ side[owner])
    alone = apart[left_over_edges(start[apart], end[apart])]
    met = np.setdiff1d(apart[own[owner[apart]]], alone, assume_unique=True)
    places = np.unique(np.concatenate([start[met], end[met]]))
    frontier = np.zeros(len(cells), dtype=bool)
    frontier[owner[is_among(start, places)]] = True
    frontier &= own
    # The edges of other own cells along those of the frontier, and those that no cell shares.
    table = ring_table(cells[frontier])
    edges = unmatched_edges(table)
    keys = vertex_keys(table.vertices)
    outside = _pairs(start[apart], end[apart])
    inward = edges[~np.isin(_pairs(keys[edges], keys[table.following[edges]]), outside)]
    along = np.unique(keys[inward])
    opened = np.zeros(len(cells), dtype=bool)
    opened[owner[is_among(start, along)]] = True
    lone = np.zeros(len(cells), dtype=bool)
    lone[owner[alone]] = True
    seam = [_ends(table, inward)[:, ::-1], _lone_edges(cells[lone & own & ~frontier], start[alone], end[alone])]
    return TileBorder(frontier, opened & own & ~frontier, places, np.concatenate(seam))


def _edge_keys(cells: GeometryArray) -> tuple[KeyArray, KeyArray, IntArray]:
    """Return the keys of the start and end of every edge, and its cell; some cells at a time, for their rings take several times as much memory."""
    found = []
    for first in range(0, len(cells), _CELLS_AT_ONCE):
        table = ring_table(cells[first : first + _CELLS_AT_ONCE])
        keys = vertex_keys(table.vertices)
        found.append((keys, keys[table.following], (first + table.edge_polygon).astype(np.int32)))
    start, end, owner = (np.concatenate(each) for each in zip(*found, strict=True))
    return start, end, owner


def _pairs(start: KeyArray, end: KeyArray) -> KeyArray:
    """Return one key for each directed edge."""
    keys: KeyArray = start * _ODD + end
    return keys


def _lone_edges(cells: GeometryArray, start: KeyArray, end: KeyArray) -> FloatArray:
    """Return those edges of cells that are among some others, shape (e, 2, 2)."""
    table = ring_table(cells)
    keys = vertex_keys(table.vertices)
    return _ends(table, np.flatnonzero(np.isin(_pairs(keys, keys[table.following]), _pairs(start, end))))


def cut_to_window(polygons: GeometryArray, window: FloatArray) -> GeometryArray:
    """Cut polygons with very many vertices to a box; None where nothing is left of one. The others are the same objects.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
    window : ndarray of float64, shape (4,)
        xmin, ymin, xmax, ymax.
    """
    boxes = shapely.bounds(polygons).reshape(-1, 4)
    beyond = (boxes[:, :2] < window[:2]).any(axis=1) | (boxes[:, 2:] > window[2:]).any(axis=1)
    cut = np.flatnonzero(beyond & (shapely.get_num_coordinates(polygons) > _MANY_VERTICES))
    # An invalid one stays whole, and is refused by name.
    cut = cut[shapely.is_valid(polygons[cut])]
    if len(cut) == 0:
        return polygons
    result = polygons.copy()
    result[cut] = local_intersection(polygons[cut], np.full(len(cut), shapely.box(*window)))
    return result


class Borders:
    """The cells along the borders of all tiles.

    Parameters
    ----------
    count : int
        The number of layers.

    Attributes
    ----------
    cells : ndarray of Polygon or MultiPolygon, shape (m,)
    vectors : ndarray of int64, shape (m, k)
    seams : ndarray of float64, shape (e, 2, 2)
        The outline of all cells that are the tiles' own and none of these: start and end of each edge.
    """

    def __init__(self, count: int) -> None:
        self.cells: GeometryArray = np.empty(0, dtype=object)
        self.vectors: IntArray = np.empty((0, count), dtype=np.int64)
        self.seams: FloatArray = np.empty((0, 2, 2))
        self._places: KeyArray = np.empty(0, dtype=np.uint64)

    def add(self, border: TileBorder, cells: GeometryArray, vectors: IntArray) -> None:
        """Keep the border of one more tile, of whose cells these are all."""
        self.cells = np.concatenate([self.cells, cells[border.frontier]])
        self.vectors = np.concatenate([self.vectors, vectors[border.frontier]])
        self.seams = np.concatenate([self.seams, border.seam])
        self._places = np.union1d(self._places, border.places)

    def append(self, cells: GeometryArray, vectors: IntArray) -> None:
        """Add cells that belong to no tile, all of whose vertices may be another's."""
        self.cells = np.concatenate([self.cells, cells])
        self.vectors = np.concatenate([self.vectors, vectors])
        self._places = np.union1d(self._places, vertex_keys(shapely.get_coordinates(cells) + 0.0))

    def weld(self) -> None:
        """Make cells of different tiles share their vertices; their edges to other cells of their own tile stay."""
        welded = weld_at(self._places, self.cells, np.ones(len(self.cells), dtype=bool), reach_m=_WELD_M)
        kept = ~shapely.is_missing(welded)
        self.cells, self.vectors = welded[kept], self.vectors[kept]


def covered_ground(borders: Borders) -> GeometryArray:
    """Return the ground that cells of tiles cover, from the edges that no two of them share.

    Returns
    -------
    ndarray of Polygon
        None where there is no such cell.
    """
    table = ring_table(borders.cells)
    edges = np.concatenate([_ends(table, np.arange(len(table.vertices))), borders.seams])
    outline = edges[left_over_edges(vertex_keys(edges[:, 0]), vertex_keys(edges[:, 1]))]
    if len(outline) == 0:
        return np.empty(0, dtype=object)
    lines = np.asarray(shapely.linestrings(outline), dtype=object)
    parts: GeometryArray = shapely.get_parts(shapely.build_area(shapely.multilinestrings(lines)))
    return parts


def _ends(table: RingTable, edges: IntArray) -> FloatArray:
    ends: FloatArray = np.stack([table.vertices[edges], table.vertices[table.following[edges]]], axis=1)
    return ends
