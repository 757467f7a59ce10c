"""Making cells that were cut anew share their vertices with those around them."""

from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.cell_cutting import CutCells
from gis.cell_index import CellIndex
from gis.cell_vectors import cells_of_vectors, unite_by_vector
from gis.partition_model import Partition
from gis.rings import RingTable, ring_table
from gis.threads import ThreadTeam
from gis.unmatched_edges import boundary_change, unmatched_edges
from gis.vertex_keys import is_among, vertex_keys
from gis.welding import weld_at

__all__ = ["NewCells", "cells_along", "fit_cells", "is_fitting"]


@dataclass(frozen=True, slots=True)
class NewCells:
    """Cells that take the place of others.

    Attributes
    ----------
    gone : ndarray of bool
        Which cells of the partition they replace.
    geometries : ndarray of Polygon or MultiPolygon, shape (m,)
    vectors : ndarray of int64, shape (m, k)
    fit : bool
        Whether they share their vertices with those around them.
    edges : ndarray of float64, shape (e, 2, 2)
        Where their common boundary is another than that of the cells that they replace: start and end of each edge.
    """

    gone: BoolArray
    geometries: GeometryArray
    vectors: IntArray
    fit: bool = True
    edges: FloatArray = field(default_factory=lambda: np.empty((0, 2, 2)))


def fit_cells(partition: Partition, cut: CutCells, index: CellIndex, team: ThreadTeam) -> NewCells:
    """Make cells that were cut share their vertices with those around them, as the second half of :func:`remake_cells`; whether they do is not asked."""
    gone = np.zeros(len(partition.cells), dtype=bool)
    gone[cut.dirty] = True
    fresh = NewCells(gone, cut.geometries, cut.vectors)
    welded = _welded(partition, fresh, cut.former, _edges_around(cut.untold, partition, index), index)
    united = _united(partition, welded, team)
    edges, _ = boundary_change(ring_table(partition.cells[united.gone]), ring_table(united.geometries))
    return replace(united, edges=edges)


def _edges_around(untold: GeometryArray, partition: Partition, index: CellIndex) -> FloatArray:
    """Return the edges of cells on which no layer said anything on the other side, shape (m, 2, 2)."""
    table = ring_table(partition.cells[np.unique(index.near(untold)[1])])
    open_edges = unmatched_edges(table)
    edges = np.stack([table.vertices[open_edges], table.vertices[table.following[open_edges]]], axis=1)
    # Those elsewhere only have no neighbour among these few cells.
    near, _ = shapely.STRtree(untold).query(np.asarray(shapely.linestrings(edges), dtype=object))
    open_near: FloatArray = edges[np.unique(near)]
    return open_near


def _welded(
    partition: Partition, fresh: NewCells, cells: RingTable, open_edges: FloatArray, index: CellIndex
) -> NewCells:
    """Weld new cells to those around them where their boundary is not that of the cells before, or was open; what changes is new as well."""
    table = ring_table(fresh.geometries)
    edges, _ = boundary_change(cells, table)
    if len(edges) == 0:
        return fresh
    edges = np.concatenate([edges, open_edges])
    places = np.unique(vertex_keys(edges.reshape(-1, 2)))
    suspects = np.unique(table.edge_polygon[is_among(vertex_keys(table.vertices), places)])
    around = np.unique(index.near(np.asarray(shapely.linestrings(edges), dtype=object))[1])
    around = around[~fresh.gone[around]]
    count = len(suspects)
    polygons = np.concatenate([fresh.geometries[suspects], partition.cells[around]])
    welded = weld_at(places, polygons, np.arange(len(polygons)) < count)
    pairs = zip(welded[count:], partition.cells[around], strict=True)
    changed = np.flatnonzero([one is not other for one, other in pairs])
    gone = fresh.gone.copy()
    gone[around[changed]] = True
    geometries = np.concatenate([fresh.geometries, welded[count:][changed]])
    geometries[suspects] = welded[:count]
    vectors = np.concatenate([fresh.vectors, partition.vectors[around[changed]]])
    left = ~shapely.is_missing(geometries)
    return NewCells(gone, geometries[left], vectors[left])


def _united(partition: Partition, fresh: NewCells, team: ThreadTeam) -> NewCells:
    """Unite new cells of one vector, also with the cell that had this vector and stayed."""
    stayed = cells_of_vectors(partition.vectors, ~fresh.gone, fresh.vectors)
    gone = fresh.gone.copy()
    gone[stayed] = True
    geometries = np.concatenate([fresh.geometries, partition.cells[stayed]])
    return NewCells(
        gone, *unite_by_vector(geometries, np.concatenate([fresh.vectors, partition.vectors[stayed]]), team)
    )


def is_fitting(partition: Partition, fresh: NewCells, index: CellIndex) -> bool:
    """Tell whether new cells share their vertices with those around them, as they do where their boundary is that of the cells before them."""
    if len(fresh.edges) == 0:
        return True
    around = np.unique(index.near(_lines(fresh.edges))[1])
    near = np.concatenate([cells_along(fresh), partition.cells[around[~fresh.gone[around]]]])
    return bool(shapely.coverage_is_valid(near))


def cells_along(fresh: NewCells) -> GeometryArray:
    """Return the new cells along the edges in which their common boundary is another than before: only they can fail to fit.

    An edge inside that no other new cell has in the other direction is such an edge as well.
    """
    along: GeometryArray = fresh.geometries[np.unique(shapely.STRtree(fresh.geometries).query(_lines(fresh.edges))[1])]
    return along


def _lines(edges: FloatArray) -> GeometryArray:
    return np.asarray(shapely.linestrings(edges), dtype=object)
