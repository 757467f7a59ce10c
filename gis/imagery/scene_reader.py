"""Values of scenes, window by window, and which of them show the ground."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from gis.arrays import BoolArray, FloatArray
from gis.imagery.errors import RasterRefusedError
from gis.imagery.grid import RasterGrid
from gis.imagery.scenes import Mask, Scene, open_raster

__all__ = ["SceneReader"]

# An index is rounded when it is stored; further beyond its range than this it is in another unit.
_RANGE_SLACK: Final = 0.01


class SceneReader:
    """Reads the bands of one file with their masks, and refuses values that cannot be what they are declared to be."""

    def __init__(self, raster: rasterio.DatasetReader, scenes: Sequence[Scene], stack: ExitStack) -> None:
        self._raster = raster
        self._scenes = scenes
        self._masks = {mask.path: _on_grid_of(raster, mask, stack) for scene in scenes for mask in scene.masks}
        bands = [scene.band for scene in scenes]
        scale = scenes[0].scale
        self._bands = bands
        self._scales = np.array([raster.scales[band - 1] if scale is None else scale for band in bands])[:, None, None]
        self._offsets = np.array([raster.offsets[band - 1] if scale is None else 0.0 for band in bands])[:, None, None]

    def read(self, window: Window, *, shape: tuple[int, int] | None = None) -> tuple[FloatArray, BoolArray]:
        """Read a window: values and whether they show the ground, shape (t, rows, columns) each.

        Parameters
        ----------
        window : Window
        shape : tuple of int, optional
            Rows and columns to read, of the nearest pixels, where all of the window's would be too many.

        Raises
        ------
        RasterRefusedError
        """
        many = None if shape is None else (len(self._bands), *shape)
        try:
            stored = self._raster.read(self._bands, window=window, out_shape=many, masked=True)
            valid = ~np.ma.getmaskarray(stored)
            for position, scene in enumerate(self._scenes):
                for mask in scene.masks:
                    clear = self._masks[mask.path].read(mask.band, window=window, out_shape=shape)
                    valid[position] &= np.isin(clear, mask.clear_values)
        except RasterioIOError as error:
            raise RasterRefusedError(f"{self._raster.name}, {window}: {error}") from error
        values = stored.data.astype(np.float64) * self._scales + self._offsets
        valid &= np.isfinite(values)
        self._require_range(values, valid)
        return values, valid

    def _require_range(self, values: FloatArray, valid: BoolArray) -> None:
        limits = self._scenes[0].kind.value_range
        if limits is None:
            return
        low, high = limits
        beyond = valid & ((values < low - _RANGE_SLACK) | (values > high + _RANGE_SLACK))
        if not beyond.any():
            return
        position = int(np.argmax(beyond.any(axis=(1, 2))))
        worst = float(np.abs(values[position][beyond[position]]).max())
        message = (
            f"{self._raster.name}, band {self._bands[position]}: a value of size {worst:g}, but a {self._scenes[0].kind} lies between "
            f"{low:g} and {high:g}. Give the scale of the stored values (0.0001 for whole numbers up to 10,000), or the value that means 'no data'."
        )
        raise RasterRefusedError(message)


def _on_grid_of(raster: rasterio.DatasetReader, mask: Mask, stack: ExitStack) -> rasterio.DatasetReader | WarpedVRT:
    """Open a mask; where it has other pixels than the raster, look at it through the raster's."""
    opened = stack.enter_context(open_raster(mask.path))
    if RasterGrid.of(opened) == RasterGrid.of(raster):
        return opened
    # What lies beyond the mask is not known to be clear: NaN is no value that a mask lists.
    return stack.enter_context(
        WarpedVRT(
            opened,
            crs=raster.crs,
            transform=raster.transform,
            width=raster.width,
            height=raster.height,
            resampling=Resampling.nearest,
            nodata=np.nan,
            dtype="float64",
        )
    )
