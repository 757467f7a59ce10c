"""Updates of a partition whose cells are kept elsewhere: only those near a change are fetched.

What is held in memory of every cell is its vector, its area and its box. An edit is told by the edges that it changes; the cells in the windows around
them are fetched, made anew as :class:`gis.incremental.PartitionEditor` does, and must close together with the areas of those that were not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, as_geometry_array
from gis.cell_cutting import ChangedBoundaries, cut_cells
from gis.cell_fitting import NewCells, cells_along, fit_cells
from gis.cell_index import CellIndex
from gis.cell_vectors import cells_of_vectors, unite_by_vector
from gis.errors import ClosureError
from gis.incremental import PartitionUpdate, edit_polygons, exchange_cells
from gis.partition_model import Partition, PartitionLayer, covered_areas_m2, require_closure
from gis.piece_register import PieceRegister
from gis.threads import ThreadTeam

__all__ = ["WindowEditor", "boxes_that_meet", "pairs_of_boxes"]

# More than the space around a change in which cells are looked at (gis.cell_cutting).
_MARGIN_M: Final = 3.0
# Coordinates of one vertex that are not the same differ by less.
_NEAR_M: Final = 1e-3
# Squares along each side of the grid by which most boxes are told to meet none of some others.
_SQUARES: Final = 256
# So often cells beside the windows are fetched because new ones do not fit to them.
_ROUNDS: Final = 3

#: Takes positions of cells and returns their polygons.
CellReader = Callable[[IntArray], GeometryArray]


@dataclass(slots=True)
class WindowEditor:
    """A partition without its cells, and where to get these.

    Attributes
    ----------
    partition : Partition
        After all edits so far. A cell is None where it is one of those before the first edit; no polygons and no pieces are held.
    boxes : ndarray of float64, shape (m, 4)
        Of the cells: xmin, ymin, xmax, ymax.
    origin : ndarray of int64, shape (m,)
        The position of each cell before the first edit, -1 for those that are new.
    reader : callable
        Returns cells by their positions before the first edit.
    fetched : ndarray of Polygon, MultiPolygon or None
        What it returned so far, in its places: nothing is fetched twice.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> from gis.partition import partition_layers
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> city_plan = layer((113.00, 28, 113.02, 28.01), (113.02, 28, 113.03, 28.01), ids=["R2", "M1"])
    >>> whole = partition_layers({"city": city_plan, "land": layer((113.00, 28, 113.03, 28.01), ids=["010"])})
    >>> editor = WindowEditor.of(whole, shapely.bounds(whole.cells), lambda wanted: whole.cells[wanted])
    >>> editor.update("city", former=city_plan, changed=layer((113.02, 28, 113.03, 28.005), ids=["M1"]), removed=["R2"])
    True
    >>> sorted(editor.partition.vectors.tolist())
    [[-1, 0], [1, 0]]
    """

    partition: Partition
    boxes: FloatArray
    origin: IntArray
    reader: CellReader
    fetched: GeometryArray
    threads: int | None = None

    @classmethod
    def of(
        cls, partition: Partition, boxes: FloatArray, reader: CellReader, *, threads: int | None = None
    ) -> "WindowEditor":
        """Begin with a partition whose cells and polygons may be None."""
        count = len(partition.vectors)
        layers = tuple(replace(each, polygons=_nothing(len(each.ids))) for each in partition.layers)
        held = replace(partition, layers=layers, cells=_nothing(count))
        return cls(held, boxes, np.arange(count), reader, _nothing(count), threads)

    def cells(self, wanted: IntArray) -> GeometryArray:
        """Return cells of the partition after all edits so far."""
        cells = self.partition.cells[wanted]
        missing = np.flatnonzero(shapely.is_missing(cells))
        places = self.origin[wanted[missing]]
        unknown = places[shapely.is_missing(self.fetched[places])]
        if len(unknown):
            self.fetched[unknown] = self.reader(unknown)
        cells[missing] = self.fetched[places]
        return cells

    def update(
        self, layer: str, *, former: gpd.GeoDataFrame, changed: gpd.GeoDataFrame, removed: Iterable[object] = ()
    ) -> bool:
        """Change polygons of one layer.

        Parameters
        ----------
        layer : str
        former : GeoDataFrame
            What the changed and removed polygons were before, by their ids; more than these does no harm. New ones have no former.
        changed : GeoDataFrame
            Valid polygons in the area plane. Those whose ids are in the layer replace what is there, others are new.
        removed : iterable, optional
            Ids of polygons to take away.

        Returns
        -------
        bool
            False if the new cells do not close, or do not fit in: then everything must be computed again, and the partition is what it was.

        Raises
        ------
        KeyError
            If there is no such layer, or no polygon of an id to remove.
        CRSMismatchError, GeometryRefusedError
        """
        at = next((k for k, each in enumerate(self.partition.layers) if each.name == layer), None)
        if at is None:
            message = f"The partition has no layer {layer!r}."
            raise KeyError(message)
        start = _with_former(self.partition.layers[at], former)
        edited, edit = edit_polygons(start, at, changed, removed)
        change = ChangedBoundaries.of(edit)
        near = boxes_that_meet(self.boxes, _windows(change))
        register = PieceRegister(start.flat)
        part = self._part(at, start, near)
        index = CellIndex.of(part.cells)
        with ThreadTeam(self.threads) as team:
            cut = cut_cells(part, edit, change, index, register, team)
            for _ in range(_ROUNDS):
                fresh = fit_cells(part, cut, index, team)
                update = exchange_cells(part, at, replace(edited, flat=register.flat()), fresh)
                if not _closes(update.partition, self._elsewhere(near, at, len(edited.ids))):
                    return False
                misfits = self._misfits_beside(near, fresh)
                if misfits is None or np.isin(misfits, near).any():
                    return False
                if len(misfits) == 0:
                    self._take(near, update, at, team)
                    return True
                # With these at hand the new cells are welded to them.
                wider = np.union1d(near, misfits)
                cut = replace(cut, dirty=np.searchsorted(wider, near[cut.dirty]))
                near, part = wider, self._part(at, start, wider)
                index = CellIndex.of(part.cells)
        return False

    def _part(self, at: int, start: PartitionLayer, near: IntArray) -> Partition:
        layers = tuple(start if k == at else each for k, each in enumerate(self.partition.layers))
        return Partition(layers, self.cells(near), self.partition.vectors[near], self.partition.areas_m2[near])

    def _elsewhere(self, near: IntArray, at: int, count: int) -> list[FloatArray]:
        far = np.ones(len(self.partition.vectors), dtype=bool)
        far[near] = False
        areas = [covered_areas_m2(self.partition, k, far) for k in range(len(self.partition.layers))]
        areas[at] = np.append(areas[at], np.zeros(count - len(areas[at])))
        return areas

    def _misfits_beside(self, near: IntArray, fresh: NewCells) -> IntArray | None:
        """Return cells that stay and that new cells do not fit to, where their common boundary is another than before; None if new ones do not fit together.

        A cell reaches beyond the windows, and may come out there with a vertex more, or a last bit beside, than its neighbour has, which was not fetched.
        """
        edges = fresh.edges
        if len(edges) == 0:
            return np.empty(0, dtype=np.int64)
        come = cells_along(fresh)
        boxes = np.hstack([edges.min(axis=1), edges.max(axis=1)]) + np.array([-1, -1, 1, 1]) * _NEAR_M
        stays = np.ones(len(self.boxes), dtype=bool)
        stays[near[fresh.gone]] = False
        kept = np.flatnonzero(stays)
        beside = kept[boxes_that_meet(self.boxes[kept], boxes)]
        unmatched = shapely.coverage_invalid_edges(np.concatenate([come, self.cells(beside)]))
        misfits: IntArray = beside[~shapely.is_empty(unmatched[len(come) :])]
        return None if len(misfits) == 0 and not shapely.is_empty(unmatched).all() else misfits

    def _take(self, near: IntArray, update: PartitionUpdate, at: int, team: ThreadTeam) -> None:
        """Put the part that was made anew into the whole: what stays comes first, in its order."""
        stays = np.ones(len(self.partition.vectors), dtype=bool)
        stays[near[update.gone]] = False
        part = update.partition
        same = cells_of_vectors(self.partition.vectors, stays, part.vectors[update.come])
        geometries, vectors = part.cells[update.come], part.vectors[update.come]
        if len(same):
            # A piece of the same vector far away is a part of the same cell.
            stays[same] = False
            geometries = np.concatenate([geometries, self.cells(same)])
            geometries, vectors = unite_by_vector(
                geometries, np.concatenate([vectors, self.partition.vectors[same]]), team
            )
        kept = np.flatnonzero(stays)
        edited = part.layers[at]
        layers = tuple(
            replace(edited, polygons=_nothing(len(edited.ids))) if k == at else each
            for k, each in enumerate(self.partition.layers)
        )
        self.partition = Partition(
            layers,
            np.concatenate([self.partition.cells[kept], geometries]),
            np.concatenate([self.partition.vectors[kept], vectors]),
            np.concatenate([self.partition.areas_m2[kept], shapely.area(geometries)]),
        )
        self.boxes = np.concatenate([self.boxes[kept], shapely.bounds(geometries).reshape(-1, 4)])
        self.origin = np.append(self.origin[kept], np.full(len(geometries), -1))


def boxes_that_meet(boxes: FloatArray, others: FloatArray) -> IntArray:
    """Return which boxes meet one of some others, ascending.

    Parameters
    ----------
    boxes, others : ndarray of float64, shape (n, 4) and (m, 4)
        xmin, ymin, xmax, ymax.

    Examples
    --------
    >>> import numpy as np
    >>> boxes_that_meet(np.array([[0.0, 0, 1, 1], [5.0, 5, 6, 6]]), np.array([[5.5, 0, 9, 9]])).tolist()
    [1]
    """
    return np.unique(pairs_of_boxes(boxes, others)[0])


def pairs_of_boxes(boxes: FloatArray, others: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a box and one of some others that meet.

    Parameters
    ----------
    boxes, others : ndarray of float64, shape (n, 4) and (m, 4)
        xmin, ymin, xmax, ymax.
    """
    if len(others) == 0 or len(boxes) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    possible = np.flatnonzero(_may_meet(boxes, others))
    tree = shapely.STRtree(as_geometry_array(shapely.box(*others.T)))
    box, other = tree.query(as_geometry_array(shapely.box(*boxes[possible].T)))
    return possible[box], other


def _may_meet(boxes: FloatArray, others: FloatArray) -> BoolArray:
    """Tell which boxes touch a square of a grid that one of the others touches; those that do not are settled by four sums."""
    low = others[:, :2].min(axis=0)
    # A little more than all of them, so that what touches the last of them is in the last square as well.
    size = ((others[:, 2:].max(axis=0) - low) * (1 + 1e-9) + 1e-6) / _SQUARES

    def square(corners: FloatArray, last: int) -> IntArray:
        # A corner just before the first square counts to it: that one box more may meet does no harm, and rounding down takes longer than all else.
        number: IntArray = np.clip((corners - low) * (1 / size), -1, last).astype(np.int64)
        return number

    changes = np.zeros((_SQUARES + 1, _SQUARES + 1), dtype=np.int32)
    first, behind = square(others[:, :2], _SQUARES - 1), square(others[:, 2:], _SQUARES - 1) + 1
    for x, y, sign in ((first, first, 1), (behind, first, -1), (first, behind, -1), (behind, behind, 1)):
        np.add.at(changes, (x[:, 0], y[:, 1]), sign)
    taken = changes.cumsum(axis=0).cumsum(axis=1) > 0
    sums = np.zeros((_SQUARES + 1, _SQUARES + 1), dtype=np.int32)
    sums[1:, 1:] = taken[:-1, :-1].cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
    (x0, y0), (x1, y1) = np.maximum(square(boxes[:, :2], _SQUARES), 0).T, (square(boxes[:, 2:], _SQUARES - 1) + 1).T
    met: BoolArray = sums[x1, y1] - sums[x0, y1] - sums[x1, y0] + sums[x0, y0] > 0
    return met


def _nothing(count: int) -> GeometryArray:
    return np.full(count, None, dtype=object)


def _with_former(layer: PartitionLayer, former: gpd.GeoDataFrame) -> PartitionLayer:
    at = pd.Index(layer.ids, dtype=object).get_indexer(pd.Index(former.index, dtype=object))
    known = at >= 0
    polygons = layer.polygons.copy()
    polygons[at[known]] = former.geometry.to_numpy()[known]
    return replace(layer, polygons=polygons)


def _windows(change: ChangedBoundaries) -> FloatArray:
    hulls = np.concatenate([change.hulls, change.common_hulls])
    boxes: FloatArray = shapely.bounds(hulls).reshape(-1, 4) + np.array([-1, -1, 1, 1]) * _MARGIN_M
    return boxes


def _closes(partition: Partition, elsewhere_m2: Sequence[FloatArray]) -> bool:
    try:
        require_closure(partition, elsewhere_m2)
    except ClosureError:
        return False
    return True
