"""The union partition of several plans: cells in which every layer says one thing, or nothing.

Each layer is made free of overlaps first (:mod:`gis.flatten`), then the layers are overlaid one after the other (:mod:`gis.fold`). The cells of
every input polygon add up to it: this is checked, not hoped for.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import geopandas as gpd
import shapely

from gis.arrays import GeometryArray
from gis.chunks import Progress
from gis.constraint_set import CheckedLayer, check_layer
from gis.errors import OverlayCancelledError
from gis.flatten import FlatLayer, flatten_layer
from gis.fold import fold_pieces
from gis.partition_model import Partition, PartitionLayer, require_closure
from gis.threads import ThreadTeam

__all__ = ["Partition", "PartitionLayer", "partition_again", "partition_layers", "require_closure"]


def partition_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    order: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Partition:
    """Cut the plane into cells so that inside each cell no layer changes.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        k layers of valid polygons in the area plane, each with an index of different ids. A layer may overlap itself; where it does, a cell belongs to
        several of its polygons. Z is dropped. The inputs are not changed.
    order : sequence of str, optional
        Names of all layers in the order in which they are overlaid, which decides about the last bit of a crossing. Default: the one with the most
        polygons first.
    threads : int, optional
        Default: one for each processor.
    progress : callable, optional
        Called with the number of steps done and their total: one for each layer and one for each overlay.
    cancelled : callable, optional
        Asked before each block of work.

    Returns
    -------
    Partition
        It does not depend on the order of layers or polygons, except for the numbering of cells.

    Raises
    ------
    ValueError
        If there is no layer.
    CRSMismatchError
        If a layer is not in the area plane.
    GeometryRefusedError
        If an id is not unique, a feature is no polygon with an area, or one turns out not to be valid.
    ClosureError
        If the cells of an input polygon miss its area by more than 1e-9 of it and more than 1e-5 m².
    OverlayCancelledError
        If ``cancelled`` said so.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> def layer(*boxes, ids):
    ...     return geopandas.GeoDataFrame(index=ids, geometry=to_area_plane([shapely.box(*box) for box in boxes]), crs=AREA_PLANE)
    >>> city_plan = layer((113.00, 28, 113.02, 28.01), (113.02, 28, 113.03, 28.01), ids=["R2", "M1"])
    >>> land_plan = layer((113.01, 28, 113.03, 28.02), ids=["010"])
    >>> partition = partition_layers({"city": city_plan, "land": land_plan})
    >>> sorted(partition.vectors.tolist())
    [[-1, 0], [0, -1], [0, 0], [1, 0]]
    """
    if not layers:
        message = "A partition needs at least one layer."
        raise ValueError(message)
    steps = _Steps(2 * len(layers) - 1, progress, cancelled)
    sources = [(name, check_layer(frame, f"{name} zone")) for name, frame in layers.items()]
    with ThreadTeam(threads) as team:
        return _partition(sources, team, steps, None if order is None else [[*layers].index(name) for name in order])


def partition_again(layers: Sequence[PartitionLayer], team: ThreadTeam) -> Partition:
    """Compute all cells of some layers anew, from their polygons alone.

    Raises
    ------
    GeometryRefusedError, ClosureError
        As :func:`partition_layers`.
    """
    sources = [(layer.name, CheckedLayer(layer.ids, layer.polygons, layer.areas_m2)) for layer in layers]
    return _partition(sources, team, _Steps(2 * len(layers) - 1, None, None))


def _partition(
    sources: Sequence[tuple[str, CheckedLayer]], team: ThreadTeam, steps: "_Steps", order: Sequence[int] | None = None
) -> Partition:
    flat = _flatten_all([layer.geometries for _, layer in sources], team, steps)
    cells = fold_pieces([layer.pieces for layer in flat], team=team, order=order, check=steps.check, done=steps.count)
    partition = Partition(
        layers=tuple(
            PartitionLayer(name, layer.ids, layer.geometries, layer.area_m2, pieces)
            for (name, layer), pieces in zip(sources, flat, strict=True)
        ),
        cells=cells.geometries,
        vectors=cells.vectors,
        areas_m2=shapely.area(cells.geometries),
    )
    require_closure(partition)
    return partition


def _flatten_all(sources: list[GeometryArray], team: ThreadTeam, steps: "_Steps") -> list[FlatLayer]:
    """Flatten each layer in a thread of its own: what takes long in it is not GEOS."""

    def flatten(part: slice) -> list[FlatLayer]:
        layers = []
        with ThreadTeam(1) as alone:
            for polygons in sources[part]:
                layers.append(flatten_layer(polygons, team=alone, check=steps.check))
                steps.count()
        return layers

    parts = team.map_slices(flatten, len(sources), per_thread=len(sources), least=1)
    return [layer for part in parts for layer in part]


class _Steps:
    """Progress and cancellation of one run; called from several threads."""

    def __init__(self, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._total, self._done = total, 0
        self._progress, self._cancelled = progress, cancelled
        self._lock = Lock()

    def check(self) -> None:
        """Stop if the caller wants to."""
        if self._cancelled is not None and self._cancelled():
            message = "The partition was cancelled."
            raise OverlayCancelledError(message)

    def count(self) -> None:
        """Report one more step as done."""
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
