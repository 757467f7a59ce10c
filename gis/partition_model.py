"""What a partition of several layers consists of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.closure import assert_closure
from gis.flatten import FlatLayer

__all__ = ["Partition", "PartitionLayer", "covered_areas_m2", "require_closure"]


@dataclass(frozen=True, slots=True)
class PartitionLayer:
    """One layer of a partition.

    Attributes
    ----------
    name : str
    ids : ndarray of object, shape (n,)
    polygons : ndarray of Polygon, MultiPolygon or None, shape (n,)
        As they were given, in two dimensions. None where an update removed one.
    areas_m2 : ndarray of float64, shape (n,)
        0 where there is None.
    flat : FlatLayer
        Its pieces without overlaps; their members are positions in ``polygons``.
    """

    name: str
    ids: GeometryArray
    polygons: GeometryArray
    areas_m2: FloatArray
    flat: FlatLayer


@dataclass(frozen=True, slots=True)
class Partition:
    """Cells of k layers.

    Attributes
    ----------
    layers : tuple of k PartitionLayer
    cells : ndarray of Polygon or MultiPolygon, shape (m,)
        They do not overlap and share their vertices. One for each vector, with several parts where need be.
    vectors : ndarray of int64, shape (m, k)
        The piece of each layer that covers the cell, -1 where the layer says nothing.
    areas_m2 : ndarray of float64, shape (m,)
    """

    layers: tuple[PartitionLayer, ...]
    cells: GeometryArray
    vectors: IntArray
    areas_m2: FloatArray


def require_closure(partition: Partition, elsewhere_m2: Sequence[FloatArray] | None = None) -> None:
    """Check that the cells of every input polygon add up to it.

    Parameters
    ----------
    partition : Partition
    elsewhere_m2 : sequence of k ndarrays of float64, optional
        For each polygon of each layer the area of those of its cells that are not among the partition's.

    Raises
    ------
    GeometryRefusedError
        If an input polygon that does not close is not valid.
    ClosureError
        If the cells of a polygon miss its area by more than 1e-9 of it and more than 1e-5 m².
    """
    for number, layer in enumerate(partition.layers):
        covered = covered_areas_m2(partition, number)
        if elsewhere_m2 is not None:
            covered += elsewhere_m2[number]
        assert_closure(layer.areas_m2, covered, layer=layer.name, ids=layer.ids, polygons=layer.polygons)


def covered_areas_m2(partition: Partition, layer: int, chosen: BoolArray | None = None) -> FloatArray:
    """Return the summed area of the cells of each polygon of a layer, shape (n,).

    Parameters
    ----------
    partition : Partition
    layer : int
        Its number.
    chosen : ndarray of bool, shape (m,), optional
        Which cells to sum up. Default: all.
    """
    column, flat = partition.vectors[:, layer], partition.layers[layer].flat
    said = column >= 0 if chosen is None else (column >= 0) & chosen
    piece_areas = np.bincount(column[said], partition.areas_m2[said], minlength=len(flat.pieces))
    piece, polygon = flat.memberships.T
    count = len(partition.layers[layer].polygons)
    return np.bincount(polygon, piece_areas[piece], minlength=count).astype(np.float64)
