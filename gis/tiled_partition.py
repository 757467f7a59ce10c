"""The union partition of layers that are too large to be taken at once: cut tile by tile, cells that are done are handed out and forgotten.

A cell belongs to the tile that owns one of its polygons, and is cut there with everything that comes near it, so that no cell is cut at the border of a
tile. Cells that meet those of another tile are kept until the end, when vertices that rounding made different become one (:mod:`gis.tile_borders`); so
are those that only polygons too large for a tile cover. What comes out is the partition of all layers at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.bare_ground import BareGround
from gis.chunks import Progress
from gis.closure import closure_tolerance_m2
from gis.crs import AREA_PLANE
from gis.errors import OverlayCancelledError
from gis.flatten import FlatLayer
from gis.partition import partition_layers
from gis.partition_model import Partition, PartitionLayer, covered_areas_m2, require_closure
from gis.partition_tiles import NO_TILE, Tiling, plan_tiles
from gis.piece_numbers import PieceNumbers
from gis.tile_borders import COVERED, Borders, covered_ground, cut_to_window, find_border

__all__ = ["MOST_VERTICES", "PartitionPart", "TiledLayer", "TiledPartition"]

#: Vertices of one tile: about as many as two plans of 20,000 zones have, which take 1 GB.
MOST_VERTICES = 5_000_000
# Of the time of a tile, how much the partition is; the rest is what is done with its cells.
_PARTITION_SHARE = 0.6
# Of the time of all parts, how much that of the last one is, and of this what comes before it is overlaid.
_LAST_SHARE, _PREPARED_SHARE = 0.05, 0.4
# Polygons with many vertices are cut off this far from a tile's own, which few of their edges are long enough to reach.
_WINDOW_MARGIN_M = 1000.0
# Polygons too large for a tile are read about so many vertices at a time.
_READ_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class TiledLayer:
    """A layer whose polygons are read when they are needed.

    Attributes
    ----------
    name : str
    ids : ndarray of object, shape (n,)
    boxes : ndarray of float64, shape (n, 4)
        xmin, ymin, xmax, ymax of the polygons in the area plane, or up to a metre more.
    sizes : ndarray of int64, shape (n,)
        About how many vertices each of them has.
    read : callable
        Takes positions, ascending, and returns the polygons there, in the area plane.
    """

    name: str
    ids: GeometryArray
    boxes: FloatArray
    sizes: IntArray
    read: Callable[[IntArray], GeometryArray]

    @classmethod
    def of(cls, name: str, frame: gpd.GeoDataFrame) -> "TiledLayer":
        """Take a layer that is in memory."""
        polygons = frame.geometry.to_numpy()
        sizes = shapely.get_num_coordinates(polygons).astype(np.int64)
        boxes = shapely.bounds(polygons).reshape(-1, 4)
        return cls(name, frame.index.to_numpy(dtype=object), boxes, sizes, lambda wanted: polygons[wanted])


@dataclass(frozen=True, slots=True)
class PartitionPart:
    """Some cells of the partition, which are in no other part.

    Attributes
    ----------
    partition : Partition
        These cells. Its layers are those of the whole, with all pieces there were so far, and without polygons.
    first_cell : int
        The number of the first of these cells in the whole.
    open_cells : ndarray of int64
        Cells, as positions in this part, that may have a neighbour in the last part.
    polygons : ndarray of Polygon or MultiPolygon
        Of all layers, at least those that come near these cells; none with the last part.
    is_last : bool
        The cells along the borders of tiles, and those of polygons too large for one. With one tile there is no such part.
    """

    partition: Partition
    first_cell: int
    open_cells: IntArray
    polygons: GeometryArray
    is_last: bool = False


class TiledPartition:
    """The partition of some layers in parts; iterate over it once, then ask for the whole.

    Parameters
    ----------
    layers : sequence of k TiledLayer
        Each with polygons. Valid, in the area plane, with different ids in each layer.
    most_vertices : int, optional
        How many vertices the polygons of one tile may have; with fewer in all there is one tile.
    threads, progress, cancelled
        As of :func:`gis.partition.partition_layers`; ``progress`` counts thousandths.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE, to_area_plane
    >>> boxes = [shapely.box(113 + x / 1000, 28, 113 + (x + 1) / 1000, 28.001) for x in range(8)]
    >>> plan = geopandas.GeoDataFrame(index=range(8), geometry=to_area_plane(boxes), crs=AREA_PLANE)
    >>> tiled = TiledPartition([TiledLayer.of("a", plan), TiledLayer.of("b", plan.iloc[::2])], most_vertices=40)
    >>> [len(part.partition.cells) for part in tiled]
    [3, 3, 2]
    >>> len(tiled.whole().vectors)
    8
    """

    def __init__(
        self,
        layers: Sequence[TiledLayer],
        *,
        most_vertices: int = MOST_VERTICES,
        threads: int | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._layers, self._threads = tuple(layers), threads
        self._progress, self._cancelled = progress, cancelled
        self._tiling = plan_tiles([each.boxes for each in layers], [each.sizes for each in layers], most=most_vertices)
        self._numbers = [PieceNumbers(len(each.ids)) for each in layers]
        self._areas = [np.zeros(len(each.ids)) for each in layers]
        # The layer with the most polygons comes first in every tile, so that two tiles cut alike.
        by_size = sorted(self._layers, key=lambda each: -len(each.ids))
        self._order = [each.name for each in by_size]
        self._borders = Borders(len(self._layers))
        self._vectors: list[IntArray] = []
        self._cell_areas: list[FloatArray] = []

    @property
    def tile_count(self) -> int:
        """How many tiles there are."""
        return self._tiling.count

    def __iter__(self) -> Iterator[PartitionPart]:
        """Cut tile by tile.

        Raises
        ------
        CRSMismatchError, GeometryRefusedError, ClosureError, OverlayCancelledError
            As :func:`gis.partition.partition_layers`.
        """
        for tile in range(self._tiling.count):
            if self._tiling.owns(tile):
                yield self._cut(tile)
        if self._tiling.count > 1:
            yield self._last()

    def whole(self) -> Partition:
        """Return the partition of all parts so far, without cells and polygons; the cells of every polygon add up to it.

        Raises
        ------
        ClosureError
            If they do not.
        """
        vectors = np.concatenate(self._vectors)
        areas = np.concatenate(self._cell_areas)
        whole = Partition(self._layers_now(), np.full(len(vectors), None, dtype=object), vectors, areas)
        require_closure(whole)
        return whole

    def _cut(self, tile: int) -> PartitionPart:
        chosen = self._tiling.loaded(tile)
        polygons = self._read(chosen)
        if self._tiling.count == 1:
            local = self._partition(chosen, polygons, share=(0.0, _PARTITION_SHARE))
            vectors, none = self._global(local, chosen), np.empty(0, dtype=np.int64)
            return self._part(local.cells, vectors, local.areas_m2, none, np.concatenate(polygons))
        # What of a polygon is far from the tile's own is of no use here.
        window = self._tiling.window(tile) + np.array([-1, -1, 1, 1]) * _WINDOW_MARGIN_M
        near = [cut_to_window(each, window) for each in polygons]
        met = [np.flatnonzero(~shapely.is_missing(each)) for each in near]
        chosen = [rows[kept] for rows, kept in zip(chosen, met, strict=True)]
        near = [each[kept] for each, kept in zip(near, met, strict=True)]
        length = (1 - _LAST_SHARE) / self._tiling.count
        local = self._partition(chosen, near, share=(tile * length, (tile + _PARTITION_SHARE) * length))
        vectors = self._global(local, chosen)
        own = _owners(local, self._tiling, chosen) == tile
        border = find_border(local.cells, own)
        self._borders.add(border, local.cells, vectors)
        inner = np.flatnonzero(own & ~border.frontier)
        opened = np.flatnonzero(border.opened[inner])
        return self._part(local.cells[inner], vectors[inner], local.areas_m2[inner], opened, np.concatenate(polygons))

    def _last(self) -> PartitionPart:
        start = 1 - _LAST_SHARE
        self._report(start)
        self._check()
        self._borders.weld()
        large = self._uncovered()
        if sum(len(rows) for rows in large):
            self._cut_the_rest(large, share=(start, 1.0))
            self._check()
            self._borders.weld()
        self._report(1.0)
        cells, nothing = self._borders.cells, np.empty(0, dtype=object)
        part = self._part(cells, self._borders.vectors, shapely.area(cells), np.arange(len(cells)), nothing)
        return replace(part, is_last=True)

    def _cut_the_rest(self, large: Sequence[IntArray], share: tuple[float, float]) -> None:
        """Cut what only polygons too large for a tile cover."""
        start, prepared = share[0], share[0] + _PREPARED_SHARE * (share[1] - share[0])
        self._check()
        ground = covered_ground(self._borders)
        boxes = np.concatenate([layer.boxes[rows] for layer, rows in zip(self._layers, large, strict=True)])
        box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
        bare = BareGround(ground, box, threads=self._threads)
        chosen, polygons = [], []
        for k, (layer, rows) in enumerate(zip(self._layers, large, strict=True)):
            self._report(start + (prepared - start) * k / len(large))
            near = [bare.neighbourhood_of(read) for _, read in self._in_batches(layer, rows)]
            parts = np.concatenate([np.empty(0, dtype=object), *near])
            chosen.append(rows[~shapely.is_missing(parts)])
            polygons.append(parts[~shapely.is_missing(parts)])
        beside = bare.covered_beside()
        local = self._partition(chosen, polygons, share=(prepared, share[1]), ground=beside)
        rest = np.ones(len(local.cells), dtype=bool)
        if len(beside):
            rest = local.vectors[:, [layer.name for layer in local.layers].index(COVERED)] < 0
        self._borders.append(local.cells[rest], self._global(local, chosen)[rest])

    def _uncovered(self) -> list[IntArray]:
        """Return for each layer the polygons too large for a tile that the cells so far do not cover."""
        large = self._tiling.large()
        for layer, rows, areas in zip(self._layers, large, self._areas, strict=True):
            for unread, polygons in self._in_batches(layer, rows[areas[rows] == 0]):
                areas[unread] = shapely.area(polygons)
        vectors = np.concatenate([*self._vectors, self._borders.vectors])
        cell_areas = np.concatenate([*self._cell_areas, shapely.area(self._borders.cells)])
        sofar = Partition(self._layers_now(), np.full(len(vectors), None, dtype=object), vectors, cell_areas)
        result = []
        for k, rows in enumerate(large):
            missing = self._areas[k] - covered_areas_m2(sofar, k)
            result.append(rows[missing[rows] > closure_tolerance_m2(self._areas[k][rows])])
        return result

    def _in_batches(self, layer: TiledLayer, rows: IntArray) -> Iterator[tuple[IntArray, GeometryArray]]:
        """Read some polygons of a layer, a few at a time; yield their positions with them."""
        batch = np.cumsum(layer.sizes[rows]) // _READ_AT_ONCE
        for part in np.split(rows, np.flatnonzero(np.diff(batch)) + 1) if len(rows) else []:
            self._check()
            yield part, layer.read(part)

    def _read(self, chosen: Sequence[IntArray]) -> list[GeometryArray]:
        polygons = []
        for layer, rows, areas in zip(self._layers, chosen, self._areas, strict=True):
            self._check()
            read = layer.read(rows) if len(rows) else np.empty(0, dtype=object)
            areas[rows] = shapely.area(read)
            polygons.append(read)
        return polygons

    def _partition(
        self,
        chosen: Sequence[IntArray],
        polygons: Sequence[GeometryArray],
        *,
        share: tuple[float, float],
        ground: GeometryArray | None = None,
    ) -> Partition:
        frames = {
            layer.name: gpd.GeoDataFrame(index=pd.Index(layer.ids[rows], dtype=object), geometry=each, crs=AREA_PLANE)
            for layer, rows, each in zip(self._layers, chosen, polygons, strict=True)
            if len(rows)
        }
        order = [name for name in self._order if name in frames]
        if ground is not None and len(ground):
            frames[COVERED] = gpd.GeoDataFrame(index=np.arange(len(ground)), geometry=ground, crs=AREA_PLANE)
            order.append(COVERED)
        self._check()

        def report(done: int, total: int) -> None:
            self._report(share[0] + (share[1] - share[0]) * done / total)

        return partition_layers(
            frames,
            order=order,
            threads=self._threads,
            progress=report,
            cancelled=self._cancelled,
        )

    def _global(self, local: Partition, chosen: Sequence[IntArray]) -> IntArray:
        """Return the vectors of a tile's cells with the pieces of the whole."""
        column = {layer.name: k for k, layer in enumerate(local.layers)}
        vectors = np.full((len(local.vectors), len(self._layers)), -1, dtype=np.int64)
        for k, (layer, rows) in enumerate(zip(self._layers, chosen, strict=True)):
            if layer.name in column:
                here = column[layer.name]
                numbers = self._numbers[k].of(local.layers[here].flat, rows)
                vectors[:, k] = np.append(numbers, -1)[local.vectors[:, here]]
        return vectors

    def _part(
        self, cells: GeometryArray, vectors: IntArray, areas_m2: FloatArray, opened: IntArray, polygons: GeometryArray
    ) -> PartitionPart:
        first = sum(len(each) for each in self._vectors)
        self._vectors.append(vectors)
        self._cell_areas.append(areas_m2)
        return PartitionPart(Partition(self._layers_now(), cells, vectors, areas_m2), first, opened, polygons)

    def _layers_now(self) -> tuple[PartitionLayer, ...]:
        return tuple(
            PartitionLayer(layer.name, layer.ids, np.full(len(layer.ids), None, dtype=object), areas, numbers.flat())
            for layer, areas, numbers in zip(self._layers, self._areas, self._numbers, strict=True)
        )

    def _report(self, share: float) -> None:
        if self._progress is not None:
            self._progress(int(1000 * share), 1000)

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            message = "The partition was cancelled."
            raise OverlayCancelledError(message)


def _owners(local: Partition, tiling: Tiling, chosen: Sequence[IntArray]) -> IntArray:
    """Return the tile of each cell: that of the first polygon on it which has one, shape (m,)."""
    owner = np.full(len(local.vectors), NO_TILE)
    places = iter(range(len(local.layers)))
    for rows, tiles in zip(chosen, tiling.tiles, strict=True):
        if len(rows) == 0:
            continue
        column = next(places)
        pieces = local.vectors[:, column]
        piece_tiles = np.append(_piece_tiles(local.layers[column].flat, tiles[rows]), NO_TILE)
        owner = np.where(owner == NO_TILE, piece_tiles[pieces], owner)
    return owner


def _piece_tiles(flat: FlatLayer, tiles: IntArray) -> IntArray:
    piece, polygon = flat.memberships.T
    with_tile = tiles[polygon] != NO_TILE
    pieces, first = np.unique(piece[with_tile], return_index=True)
    result = np.full(len(flat.pieces), NO_TILE)
    result[pieces] = tiles[polygon[with_tile][first]]
    return result
