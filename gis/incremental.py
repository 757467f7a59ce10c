"""Keeping a partition up to date when a few polygons of one layer change.

Only cells near what changed are made anew (:mod:`gis.cell_update`); the result is the partition that a full run would give, to rounding. Its
closure is checked as ever. Should it fail, or should new cells not fit in, everything is computed again, and the update says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import GeometryArray, IntArray
from gis.cell_cutting import EditedPolygons
from gis.cell_fitting import NewCells
from gis.cell_index import CellIndex
from gis.cell_update import remake_cells
from gis.constraint_set import check_layer
from gis.errors import ClosureError
from gis.partition import partition_again
from gis.partition_model import Partition, PartitionLayer, require_closure
from gis.piece_register import PieceRegister
from gis.threads import ThreadTeam

__all__ = ["PartitionEditor", "PartitionUpdate", "edit_polygons", "exchange_cells"]


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
    everything : bool
        Whether all cells had to be computed again, since the new ones did not close, or did not share their vertices with those around.
    """

    partition: Partition
    gone: IntArray
    come: IntArray
    everything: bool


class PartitionEditor:
    """A partition and the indexes that make updates quick.

    Parameters
    ----------
    partition : Partition
    threads : int, optional
        Default: one for each processor.

    Attributes
    ----------
    partition : Partition
        After all edits so far.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> from gis.partition import partition_layers
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> city_plan = layer((113.00, 28, 113.02, 28.01), (113.02, 28, 113.03, 28.01), ids=["R2", "M1"])
    >>> editor = PartitionEditor(partition_layers({"city": city_plan, "land": layer((113.00, 28, 113.03, 28.01), ids=["010"])}))
    >>> update = editor.update("city", changed=layer((113.02, 28, 113.03, 28.005), ids=["M1"]), removed=["R2"])
    >>> sorted(update.partition.vectors.tolist()), update.everything
    ([[-1, 0], [1, 0]], False)
    """

    def __init__(self, partition: Partition, *, threads: int | None = None) -> None:
        self.partition = partition
        self._threads = threads
        self._index = CellIndex.of(partition.cells)
        self._registers: dict[int, PieceRegister] = {}

    def update(
        self, layer: str, *, changed: gpd.GeoDataFrame | None = None, removed: Iterable[object] = ()
    ) -> PartitionUpdate:
        """Change polygons of one layer.

        Parameters
        ----------
        layer : str
        changed : GeoDataFrame, optional
            Valid polygons in the area plane. Those whose ids are in the layer replace what is there, others are new.
        removed : iterable, optional
            Ids of polygons to take away.

        Returns
        -------
        PartitionUpdate

        Raises
        ------
        KeyError
            If there is no such layer, or no polygon of an id to remove.
        CRSMismatchError, GeometryRefusedError, ClosureError
            As :func:`gis.partition.partition_layers`. The partition is then still what it was.
        """
        names = [each.name for each in self.partition.layers]
        if layer not in names:
            message = f"The partition has no layer {layer!r}, only {', '.join(map(repr, names))}."
            raise KeyError(message)
        at = names.index(layer)
        edited, edit = edit_polygons(self.partition.layers[at], at, changed, removed)
        # Pieces that are entered for an edit that fails would stay.
        register = self._registers.pop(at, None) or PieceRegister(self.partition.layers[at].flat)
        with ThreadTeam(self._threads) as team:
            fresh = remake_cells(self.partition, edit, self._index, register, team)
            update = exchange_cells(self.partition, at, replace(edited, flat=register.flat()), fresh)
            if not (fresh.fit and _closes(update.partition)):
                update = _everything(self.partition, update.partition.layers, team)
        if update.everything:
            self._registers.clear()
            self._index = CellIndex.of(update.partition.cells)
        else:
            self._registers[at] = register
            self._index = self._index.after(fresh.gone, update.partition.cells)
        self.partition = update.partition
        return update


def edit_polygons(
    layer: PartitionLayer, number: int, changed: gpd.GeoDataFrame | None, removed: Iterable[object]
) -> tuple[PartitionLayer, EditedPolygons]:
    """Put changed, new and removed polygons into a layer; its pieces stay as they are."""
    gone = list(removed)
    ids = pd.Index(layer.ids, dtype=object)
    removed_at = _positions(ids, gone)
    missing = removed_at < 0
    missing[~missing] = shapely.is_missing(layer.polygons[removed_at[~missing]])
    if missing.any():
        message = f"Layer {layer.name!r} has no polygon {gone[int(np.argmax(missing))]!r}."
        raise KeyError(message)
    polygons, areas = layer.polygons.copy(), layer.areas_m2.copy()
    polygons[removed_at], areas[removed_at] = None, 0.0
    if changed is None or len(changed) == 0:
        edited, touched = replace(layer, polygons=polygons, areas_m2=areas), np.unique(removed_at)
    else:
        checked = check_layer(changed, f"{layer.name} zone")
        at = _positions(ids, checked.ids)
        at[at < 0] = len(ids) + np.arange(np.count_nonzero(at < 0))
        new = at >= len(ids)
        polygons, areas = np.append(polygons, checked.geometries[new]), np.append(areas, checked.area_m2[new])
        polygons[at], areas[at] = checked.geometries, checked.area_m2
        edited = replace(layer, ids=np.append(layer.ids, checked.ids[new]), polygons=polygons, areas_m2=areas)
        touched = np.unique(np.concatenate([removed_at, at]))
    before = np.append(layer.polygons, np.full(len(polygons) - len(ids), None, dtype=object))[touched]
    return edited, EditedPolygons(number, touched, before, polygons[touched])


def _positions(ids: pd.Index, wanted: list[object] | GeometryArray) -> IntArray:
    return np.asarray(ids.get_indexer(pd.Index(wanted, dtype=object)), dtype=np.int64)


def exchange_cells(before: Partition, number: int, layer: PartitionLayer, fresh: NewCells) -> PartitionUpdate:
    """Put new cells in the place of others, behind those that stay; ``layer`` takes the place of the layer of its number."""
    kept = np.flatnonzero(~fresh.gone)
    cells = np.concatenate([before.cells[kept], fresh.geometries])
    partition = Partition(
        layers=tuple(layer if k == number else each for k, each in enumerate(before.layers)),
        cells=cells,
        vectors=np.concatenate([before.vectors[kept], fresh.vectors]),
        areas_m2=np.concatenate([before.areas_m2[kept], shapely.area(fresh.geometries)]),
    )
    return PartitionUpdate(partition, np.flatnonzero(fresh.gone), np.arange(len(kept), len(cells)), everything=False)


def _closes(partition: Partition) -> bool:
    try:
        require_closure(partition)
    except ClosureError:
        return False
    return True


def _everything(before: Partition, layers: tuple[PartitionLayer, ...], team: ThreadTeam) -> PartitionUpdate:
    partition = partition_again(layers, team)
    return PartitionUpdate(partition, np.arange(len(before.cells)), np.arange(len(partition.cells)), everything=True)
