"""Keeping a partition up to date when a few polygons of one layer change.

Only the pieces that change are overlaid again, with the pieces of the other layers around them, and only where the layer begins or ceases to say
something are the cells on which it was silent made anew. The result is the partition that a full run would give, to rounding; its closure is
checked as ever.
"""

from collections.abc import Iterable

import geopandas as gpd

from gis.cell_update import PartitionUpdate, update_cells
from gis.layer_edit import apply_edits, edit_layer
from gis.partition_model import Partition, require_closure
from gis.piece_index import PieceIndex
from gis.threads import ThreadTeam

__all__ = ["PartitionEditor", "PartitionUpdate"]


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
    >>> update.partition.vectors.tolist()
    [[2, 0], [-1, 0]]
    """

    def __init__(self, partition: Partition, *, threads: int | None = None) -> None:
        self.partition = partition
        self._threads = threads
        self._indexes = [PieceIndex.of(layer.flat.pieces) for layer in partition.layers]

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
        with ThreadTeam(self._threads) as team:
            edited, touched = apply_edits(self.partition.layers[at], changed, removed)
            change = edit_layer(edited, touched, self._indexes[at], team)
            indexes = self._indexes.copy()
            indexes[at] = indexes[at].with_pieces(change.layer.flat.pieces)
            update = update_cells(self.partition, change, at, indexes, team)
        require_closure(update.partition)
        self.partition, self._indexes = update.partition, indexes
        return update
