"""Values of scenes over polygons: mean, the share that could be seen, and the share above a threshold."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window
from scipy import sparse

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.chunks import Progress
from gis.errors import OverlayCancelledError
from gis.imagery.cell_cover import CellCover, cover_cells
from gis.imagery.grid import RasterGrid
from gis.imagery.scene_reader import SceneReader
from gis.imagery.scenes import Scene, open_raster

__all__ = ["ZonalSeries", "measure_scenes"]


@dataclass(frozen=True, slots=True)
class ZonalSeries:
    """What t scenes show of n polygons.

    Attributes
    ----------
    scenes : tuple of Scene, length t
        By day, then by file and band.
    resolution_m : ndarray of float, shape (t,)
        Longer side of a pixel.
    pixels : ndarray of float, shape (n, t)
        Area of the polygon in pixels.
    valid_share : ndarray of float, shape (n, t)
        Share of the polygon's area that was seen: inside the raster, with a value, not masked.
    mean : ndarray of float, shape (n, t)
        Mean of what was seen, each pixel weighted with the part of it that is covered; NaN where nothing was seen.
    above_share : ndarray of float, shape (n, t)
        Share of the polygon's area, not only of what was seen, where the value is at least the threshold.
    """

    scenes: tuple[Scene, ...]
    resolution_m: FloatArray
    pixels: FloatArray
    valid_share: FloatArray
    mean: FloatArray
    above_share: FloatArray


def measure_scenes(
    geoms: GeometryInput,
    scenes: Sequence[Scene],
    *,
    threshold: float,
    window_values: int = 1 << 24,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ZonalSeries:
    """Measure scenes over polygons, window by window, so that the rasters may be larger than memory.

    Scenes may be on different grids and in different reference systems; masks may be on another grid than their scene (the nearest pixel counts).
    Values are never resampled.

    Parameters
    ----------
    geoms : array_like of geometry, shape (n,)
        Valid polygons and multipolygons, (lon, lat) in degrees. None and empty ones are seen by no scene.
    scenes : sequence of Scene, length t
    threshold : float
        For ``above_share``.
    window_values : int, optional
        How many values are read at a time.
    progress : callable, optional
        Called with the number of rasters done and their total.
    cancelled : callable, optional
        Asked before each window.

    Returns
    -------
    ZonalSeries

    Raises
    ------
    RasterRefusedError
        Also for values outside of the range of their kind.
    OverlayCancelledError

    References
    ----------
    .. [1] D. Baston: exactextract, https://github.com/isciences/exactextract (the covered part of each pixel).
    """
    ordered = tuple(sorted(scenes, key=lambda scene: (scene.taken_on, str(scene.path), scene.band)))
    work = _Work(as_geometry_array(geoms), threshold, window_values, cancelled or (lambda: False))
    shape = (len(work.polygons), len(ordered))
    found = ZonalSeries(
        ordered, np.zeros(len(ordered)), np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.zeros(shape)
    )
    per_file: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for position, scene in enumerate(ordered):
        per_file[scene.path, scene.kind, scene.scale].append(position)
    for done, positions in enumerate(per_file.values(), start=1):
        work.measure_file([ordered[position] for position in positions], np.array(positions), found)
        if progress is not None:
            progress(done, len(per_file))
    return found


class _Work:
    """The polygons that are measured, with their pixels on every grid that was met."""

    def __init__(
        self, polygons: GeometryArray, threshold: float, window_values: int, cancelled: Callable[[], bool]
    ) -> None:
        self.polygons = polygons
        self._threshold = threshold
        self._window_values = window_values
        self._cancelled = cancelled
        self._covers: dict[RasterGrid, CellCover] = {}

    def measure_file(self, scenes: Sequence[Scene], columns: IntArray, found: ZonalSeries) -> None:
        """Measure the scenes of one file and write them into their columns."""
        with open_raster(scenes[0].path) as raster, ExitStack() as stack:
            grid = RasterGrid.of(raster)
            cover = self._cover(grid)
            reader = SceneReader(raster, scenes, stack)
            sums = np.zeros((3, len(self.polygons), len(scenes)))
            for window, entries in _windows(cover, grid, self._window_values // (2 * len(scenes))):
                if self._cancelled():
                    message = "The measuring of scenes was stopped."
                    raise OverlayCancelledError(message)
                values, valid = reader.read(window)
                there, parts = _sum_over_polygons(cover, entries, grid, window, values, valid, self._threshold)
                sums[:, there] += parts
        seen, total, above = sums
        size = cover.size[:, None]
        found.resolution_m[columns] = grid.resolution_m()
        found.pixels[:, columns] = size
        with np.errstate(invalid="ignore", divide="ignore"):
            # Rounding may add up to a hair more than the whole.
            found.valid_share[:, columns] = np.where(size > 0, np.minimum(seen / size, 1.0), 0.0)
            found.mean[:, columns] = np.where(seen > 0, total / seen, np.nan)
            found.above_share[:, columns] = np.where(size > 0, np.minimum(above / size, 1.0), 0.0)

    def _cover(self, grid: RasterGrid) -> CellCover:
        if grid not in self._covers:
            self._covers[grid] = cover_cells(grid.project(self.polygons), grid)
        return self._covers[grid]


def _windows(cover: CellCover, grid: RasterGrid, values: int) -> Iterator[tuple[Window, IntArray]]:
    """Cut the raster along its blocks into windows of about ``values`` pixels, and give those in which something is covered."""
    block_rows, block_columns = grid.block_shape
    if block_columns >= grid.width:
        columns = grid.width
    else:
        columns = max(1, round(values**0.5) // block_columns) * block_columns
    rows = max(1, values // columns // block_rows) * block_rows
    row, column = np.divmod(cover.cell, grid.width)
    across = -(-grid.width // columns)
    number = row // rows * across + column // columns
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    for entries in np.split(order, starts[1:]):
        if not len(entries):
            return
        top, left = divmod(int(number[entries[0]]), across)
        top, left = top * rows, left * columns
        yield Window(left, top, min(columns, grid.width - left), min(rows, grid.height - top)), entries


def _sum_over_polygons(
    cover: CellCover,
    entries: IntArray,
    grid: RasterGrid,
    window: Window,
    values: FloatArray,
    valid: BoolArray,
    threshold: float,
) -> tuple[IntArray, FloatArray]:
    """Add up, of the pixels of a window, for the m polygons that have some there.

    Returns
    -------
    polygons : ndarray of int, shape (m,)
        Their positions.
    sums : ndarray of float, shape (3, m, t)
        Covered pixels that were seen, their values, and those at or above the threshold.
    """
    row, column = np.divmod(cover.cell[entries], grid.width)
    inside = (row - window.row_off) * window.width + (column - window.col_off)
    cells, position = np.unique(inside, return_inverse=True)
    polygons, place = np.unique(cover.polygon[entries], return_inverse=True)
    weights = sparse.csr_array((cover.share[entries], (place, position)), shape=(len(polygons), len(cells)))
    seen = valid.reshape(len(valid), -1)[:, cells].T.astype(np.float64)
    level = np.where(seen > 0, values.reshape(len(values), -1)[:, cells].T, 0.0)
    return polygons, np.stack([np.asarray(weights @ part) for part in (seen, level, seen * (level >= threshold))])
