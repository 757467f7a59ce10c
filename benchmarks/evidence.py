"""Means of a stack of scenes over parcels."""

from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract

from benchmarks.contestants import Contestant, answer_of, peer
from benchmarks.model import OF, Case, faster_than
from gis.arrays import FloatArray, GeometryArray
from gis.crs import STORAGE_CRS, from_area_plane
from gis.imagery import measure_scenes, read_scenes

__all__ = ["CASE"]

_PARCELS = 1_000
_DATES = 68
_PIXEL_DEG = 0.0001
_THRESHOLD = 0.35


class _Means(Contestant):
    """The parcels of a corner of the city, and a raster of as many dates as two and a half years of Sentinel-2 have."""

    parcels: GeometryArray
    raster: Path

    def prepare(self) -> None:
        everything = from_area_plane(self.inputs.frame("parcel").geometry.to_numpy())
        near = np.argsort(shapely.bounds(everything)[:, :2].sum(axis=1), kind="stable")
        self.parcels = everything[np.sort(near[:_PARCELS])]
        self.raster = self.inputs.folder / f"scenes_{self.name.replace(' ', '_')}.tif"
        _write_scenes(self.raster, shapely.total_bounds(self.parcels))

    def answer(self, result: FloatArray) -> pd.DataFrame:
        parcel, date = np.indices(result.shape)
        return answer_of({"id": parcel.ravel(), "date": date.ravel()}, result.ravel())

    def frame(self) -> gpd.GeoDataFrame:
        """Return the parcels as a frame."""
        return gpd.GeoDataFrame(geometry=self.parcels, crs=STORAGE_CRS)


def _write_scenes(path: Path, bounds: FloatArray) -> None:
    """Write a field of hills and valleys that moves a little from date to date, with some scatter."""
    west, south, east, north = bounds
    width, height = (int((high - low) / _PIXEL_DEG) + 3 for low, high in ((west, east), (south, north)))
    row, column = np.indices((height, width))
    chance = np.random.default_rng(1)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="float32",
        count=_DATES,
        height=height,
        width=width,
        crs="EPSG:4490",
        transform=Affine(_PIXEL_DEG, 0, west - _PIXEL_DEG, 0, -_PIXEL_DEG, north + _PIXEL_DEG),
        tiled=True,
        nodata=-9999,
    ) as raster:
        for band in range(1, _DATES + 1):
            field = 0.4 + 0.3 * np.sin(row / 40 + band) * np.cos(column / 50) + chance.normal(0, 0.02, (height, width))
            raster.write(field.astype(np.float32), band)
            raster.set_band_description(band, f"2024-{(band - 1) // 28 + 1:02}-{(band - 1) % 28 + 1:02}")


class Ours(_Means):
    """Measures mean, what was seen and what is vegetated, all dates of a window at once."""

    name = "duogui"

    def run(self) -> FloatArray:
        return measure_scenes(self.parcels, read_scenes(self.raster), threshold=_THRESHOLD).mean


class ExactExtract(_Means):
    """Means only."""

    name = "exactextract"

    def run(self) -> FloatArray:
        table = exact_extract(str(self.raster), self.frame(), ["mean"], output="pandas")
        means: FloatArray = table.to_numpy(dtype=np.float64)
        return means


class RasterStats(_Means):
    """Means only, of the pixels whose middle is inside, which is why they are not quite the same; band by band, as it takes one at a time."""

    name = "rasterstats"
    modules: ClassVar[tuple[str, ...]] = ("rasterstats",)
    relative_tolerance = 0.1

    def run(self) -> FloatArray:
        rasterstats = peer("rasterstats")
        columns = [
            [
                found["mean"]
                for found in rasterstats.zonal_stats(self.parcels, str(self.raster), band=band, stats="mean")
            ]
            for band in range(1, _DATES + 1)
        ]
        return np.array(columns, dtype=np.float64).T


class Oracle(_Means):
    """Every parcel against every pixel of its box, one date after the other."""

    name = "oracle"

    def run(self) -> FloatArray:
        means = np.empty((len(self.parcels), _DATES))
        with rasterio.open(self.raster) as raster:
            values, transform = raster.read().astype(np.float64), raster.transform
        for position, parcel in enumerate(self.parcels):
            west, south, east, north = parcel.bounds
            left, top = (int(part) for part in ~transform @ (west, north))
            right, bottom = (int(part) + 1 for part in ~transform @ (east, south))
            row, column = np.mgrid[top:bottom, left:right]
            x, y = transform.c + column * _PIXEL_DEG, transform.f - row * _PIXEL_DEG
            part = shapely.area(shapely.intersection(parcel, shapely.box(x, y - _PIXEL_DEG, x + _PIXEL_DEG, y)))
            means[position] = (values[:, top:bottom, left:right] * part).sum(axis=(1, 2)) / part.sum()
        return means

    def answer(self, result: FloatArray) -> pd.DataFrame:
        return super().answer(result).assign(**{OF: 1.0})


CASE = Case(
    key="evidence",
    title=f"Means of {_DATES} scenes over {_PARCELS:,} parcels",
    note="Means are compared, not areas: of an index between 0 and 1, to a millionth. duogui also measures what was seen and what is above a threshold.",
    layers=("parcel",),
    contestants=(Ours, ExactExtract, RasterStats),
    oracle=Oracle,
    relative_tolerance=1e-6,
    goals=(faster_than("means of scenes: against rasterstats", Ours.name, (RasterStats.name,), 2),),
)
