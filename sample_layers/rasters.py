"""Vegetation of two summers (NDVI): planted lots are even, so that their mean is known without any raster overlay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize
from rasterio.transform import Affine

from sample_layers.layout import CellKind
from sample_layers.planting import Site
from sample_layers.zone import Zone

PIXEL_M = 25.0
NO_DATA = -9999.0
YEARS = (2024, 2025)

_GREENNESS = {
    CellKind.PARCEL: 0.18,
    CellKind.PARK: 0.58,
    CellKind.ROAD: 0.09,
    CellKind.RIVER: -0.22,
    CellKind.BANK: 0.41,
    CellKind.SITE: 0.2,
    CellKind.AISLE: 0.12,
    CellKind.HILL: 0.74,
    CellKind.FIELD: 0.52,
    CellKind.HOMESTEAD: 0.24,
    CellKind.LANE: 0.3,
}


@dataclass(frozen=True)
class PlantedGreen:
    """What a lot looks like in each year."""

    item: str
    place: tuple[int, int]
    ndvi: tuple[float, float]


PLANTED_GREEN = (
    PlantedGreen("overgrown_in_both_years", (8, 1), (0.55, 0.62)),
    PlantedGreen("overgrown_more_and_more", (8, 2), (0.3, 0.66)),
    PlantedGreen("cleared_then_overgrown_again", (8, 3), (0.07, 0.36)),
    PlantedGreen("bare_in_both_years", (8, 4), (0.06, 0.05)),
    PlantedGreen("built_between_the_years", (8, 5), (0.48, 0.08)),
)


def ndvi_rasters(zone: Zone, sites: Mapping[tuple[int, int], Site]) -> dict[int, npt.NDArray[np.float32]]:
    """Return the rasters by year: float32, NaN-free, -9999 outside the zone, two decimals.

    Every pixel that a planted lot touches has the planted value; the gap between lots is wider than a pixel.
    """
    transform, shape = grid(zone)
    kinds = list(_GREENNESS)
    cells = rasterize(
        [(zone.polygon(number), kinds.index(cell.kind) + 1) for number, cell in enumerate(zone.cells)],
        out_shape=shape,
        transform=transform,
        dtype="uint8",
    )
    levels = np.array([0.0, *_GREENNESS.values()])
    rasters = {}
    for position, year in enumerate(YEARS):
        green = np.round(levels[cells] + _noise(shape, year), 2)
        green[cells == 0] = NO_DATA
        for planted in PLANTED_GREEN:
            polygon = sites[planted.place].parcel.polygon
            touched = rasterize([(polygon, 1)], out_shape=shape, transform=transform, all_touched=True, dtype="uint8")
            green[touched == 1] = planted.ndvi[position]
        rasters[year] = green.astype(np.float32)
    return rasters


def grid(zone: Zone) -> tuple[Affine, tuple[int, int]]:
    """Return the transform of the rasters in EPSG:4547 and their (rows, columns)."""
    corners = np.array([place for ring in zone.rings for place in ring], dtype=np.float64) / 1000
    west, south = np.floor(corners.min(axis=0) / PIXEL_M) * PIXEL_M
    east, north = np.ceil(corners.max(axis=0) / PIXEL_M) * PIXEL_M
    shape = (round((north - south) / PIXEL_M), round((east - west) / PIXEL_M))
    return Affine(PIXEL_M, 0.0, float(west), 0.0, -PIXEL_M, float(north)), shape


def _noise(shape: tuple[int, int], year: int) -> npt.NDArray[np.float64]:
    """Scatter of up to 0.04 to either side: a hash of the pixel's place, equal on every machine."""
    rows, columns = np.indices(shape, dtype=np.uint64)
    mixed: Any = (rows * np.uint64(73856093)) ^ (columns * np.uint64(19349663)) ^ np.uint64(year * 83492791)
    mixed = (mixed ^ (mixed >> np.uint64(13))) * np.uint64(1274126177)
    scattered: npt.NDArray[np.float64] = ((mixed >> np.uint64(7)) % np.uint64(9)).astype(np.float64) / 100 - 0.04
    return scattered
