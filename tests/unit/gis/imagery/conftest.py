"""Small rasters with known values, on a grid of 10 m in EPSG:4547."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import pytest
import rasterio
from affine import Affine

ZONE = pyproj.CRS("EPSG:4547")
WEST, NORTH, PIXEL_M = 400_000.0, 3_100_000.0, 10.0

WriteRaster = Callable[..., Path]


@pytest.fixture
def write_raster(tmp_path: Path) -> WriteRaster:
    """Write an array of shape (bands, rows, columns) or (rows, columns) as a GeoTIFF."""

    def write(
        values: npt.ArrayLike,
        name: str = "ndvi_20240715.tif",
        *,
        descriptions: Sequence[str] = (),
        tags: dict[str, str] | None = None,
        scales: Sequence[float] = (),
        **profile: Any,
    ) -> Path:
        data = np.asarray(values)
        data = data if data.ndim == 3 else data[None]
        settings = {
            "driver": "GTiff",
            "crs": ZONE.to_wkt(),
            "transform": Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH),
            "dtype": data.dtype,
            "count": data.shape[0],
            "height": data.shape[1],
            "width": data.shape[2],
        } | profile
        path = tmp_path / name
        with rasterio.open(path, "w", **settings) as raster:
            raster.write(data)
            for band, text in enumerate(descriptions, start=1):
                raster.set_band_description(band, text)
            if scales:
                raster.scales = scales
            raster.update_tags(**(tags or {}))
        return path

    return write
