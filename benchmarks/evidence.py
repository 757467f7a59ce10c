"""Means of a stack of scenes over parcels."""

from collections.abc import Mapping
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
from benchmarks.model import OF, Case, Goal, Medians, Ratio
from gis.arrays import FloatArray, GeometryArray
from gis.crs import STORAGE_CRS, from_area_plane
from gis.imagery import measure_scenes, read_scenes

__all__ = ["CASES"]

_PARCELS, _ALL_PARCELS = 1_000, 20_000
_DATES = 68
_PIXEL_DEG = 0.0001
_THRESHOLD = 0.35


class _Means(Contestant):
    """The parcels of a corner of the city, and a raster of as many dates as two and a half years of Sentinel-2 have."""

    parcels: GeometryArray
    raster: Path
    count: ClassVar[int] = _PARCELS
    #: The first of the dates that are measured.
    dates: ClassVar[int] = _DATES

    def prepare(self) -> None:
        everything = from_area_plane(self.inputs.frame("parcel").geometry.to_numpy())
        near = np.argsort(shapely.bounds(everything)[:, :2].sum(axis=1), kind="stable")
        self.parcels = everything[np.sort(near[: self.count])]
        self.raster = self.inputs.folder / f"scenes_{self.count}.tif"
        if not self.raster.exists():
            _write_scenes(self.raster, shapely.total_bounds(self.parcels))

    def answer(self, result: FloatArray) -> pd.DataFrame:
        parcel, date = np.indices(result.shape)
        return answer_of({"id": parcel.ravel(), "date": date.ravel()}, result.ravel())

    def facts(self) -> dict[str, float]:
        return {"scenes": self.dates}

    def frame(self) -> gpd.GeoDataFrame:
        """Return the parcels as a frame."""
        return gpd.GeoDataFrame(geometry=self.parcels, crs=STORAGE_CRS)


def _write_scenes(path: Path, bounds: FloatArray) -> None:
    """Write a field of hills and valleys that moves a little from date to date, with some scatter; date after date, as scenes come."""
    west, south, east, north = bounds
    width, height = (int((high - low) / _PIXEL_DEG) + 3 for low, high in ((west, east), (south, north)))
    row, column = np.arange(height)[:, None], np.arange(width)[None]
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
        interleave="band",
        nodata=-9999,
    ) as raster:
        for band in range(1, _DATES + 1):
            field = 0.4 + 0.3 * np.sin(row / 40 + band) * np.cos(column / 50)
            field += 0.02 * chance.standard_normal((height, width), dtype=np.float32)
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
    """Means only, of the pixels whose middle is inside, which is why they are not quite the same.

    One date: it does nothing for several dates at once, so that each of the others takes as long.
    """

    name = "rasterstats, 1 date"
    modules: ClassVar[tuple[str, ...]] = ("rasterstats",)
    relative_tolerance = 0.1
    dates = 1
    answers_part = True

    def run(self) -> FloatArray:
        rasterstats = peer("rasterstats")
        columns = [
            [
                found["mean"]
                for found in rasterstats.zonal_stats(self.parcels, str(self.raster), band=band, stats="mean")
            ]
            for band in range(1, self.dates + 1)
        ]
        return np.array(columns, dtype=np.float64).T


class Oracle(_Means):
    """Every parcel against every pixel of its box, one date after the other."""

    name = "oracle"

    def run(self) -> FloatArray:
        means = np.empty((len(self.parcels), _DATES))
        with rasterio.open(self.raster) as raster:
            values, transform = raster.read(), raster.transform
        for position, parcel in enumerate(self.parcels):
            west, south, east, north = parcel.bounds
            left, top = (int(part) for part in ~transform @ (west, north))
            right, bottom = (int(part) + 1 for part in ~transform @ (east, south))
            row, column = np.mgrid[top:bottom, left:right]
            x, y = transform.c + column * _PIXEL_DEG, transform.f - row * _PIXEL_DEG
            part = shapely.area(shapely.intersection(parcel, shapely.box(x, y - _PIXEL_DEG, x + _PIXEL_DEG, y)))
            seen = values[:, top:bottom, left:right].astype(np.float64)
            means[position] = (seen * part).sum(axis=(1, 2)) / part.sum()
        return means

    def answer(self, result: FloatArray) -> pd.DataFrame:
        return super().answer(result).assign(**{OF: 1.0})


class AllOurs(Ours):
    """A whole district."""

    count = _ALL_PARCELS


class AllRasterStats(RasterStats):
    """A whole district."""

    count = _ALL_PARCELS


class AllOracle(Oracle):
    """A whole district."""

    count = _ALL_PARCELS


def _by_scene(medians: Mapping[str, Medians], _: Ratio) -> float:
    ours, peers = (medians[name] for name in (Ours.name, RasterStats.name))
    return (peers.wall_s / peers.facts["scenes"]) / (ours.wall_s / ours.facts["scenes"])


def _case(key: str, parcels: int, contestants: tuple[type[_Means], ...], oracle: type[_Means]) -> Case:
    return Case(
        key=key,
        title=f"Means of {_DATES} scenes over {parcels:,} parcels",
        note="Means are compared, not areas: of an index between 0 and 1, to a millionth; those of rasterstats to a tenth, as it takes whole pixels. "
        "duogui also measures what was seen and what is above a threshold. rasterstats takes one date at a time and shares nothing between them: it "
        f"measures one, of all parcels, and the whole would take it {_DATES} times as long. The goal compares the times of a scene; the column of "
        f"multiples compares one date with our {_DATES}.",
        layers=("parcel",),
        contestants=contestants,
        oracle=oracle,
        relative_tolerance=1e-6,
        goals=(
            Goal(
                f"means of {_DATES} scenes over {parcels:,} parcels: against rasterstats, by scene",
                (Ours.name, RasterStats.name),
                _by_scene,
                2,
            ),
        ),
        on_request=parcels == _ALL_PARCELS,
    )


CASES = (
    _case("evidence", _PARCELS, (Ours, ExactExtract, RasterStats), Oracle),
    _case("evidence_of_all", _ALL_PARCELS, (AllOurs, AllRasterStats), AllOracle),
)
