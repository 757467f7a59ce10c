"""Which pixels a polygon covers, and how much of each."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.imagery.grid import RasterGrid

__all__ = ["CellCover", "cover_cells"]


@dataclass(frozen=True, slots=True)
class CellCover:
    """The covered pixels of n polygons, one entry for a pair.

    Attributes
    ----------
    polygon : ndarray of int, shape (m,)
        Position of the polygon.
    cell : ndarray of int, shape (m,)
        Number of the pixel: row times width plus column.
    share : ndarray of float, shape (m,)
        Covered share of the pixel, more than 0 and at most 1.
    size : ndarray of float, shape (n,)
        Area of each polygon in pixels, the part beyond the raster included.
    """

    polygon: IntArray
    cell: IntArray
    share: FloatArray
    size: FloatArray


def cover_cells(polygons: GeometryArray, grid: RasterGrid) -> CellCover:
    """Find the share of every pixel that each polygon covers.

    Parameters
    ----------
    polygons : ndarray of geometry, shape (n,)
        Valid polygons and multipolygons in the system of the raster; None and empty ones cover nothing.
    grid : RasterGrid

    Returns
    -------
    CellCover
        Ordered by polygon. What lies beyond the raster has no pixel.
    """
    size = shapely.area(polygons) / grid.pixel_area
    with_ground = np.flatnonzero(shapely.intersects(polygons, shapely.box(*grid.bounds)) & (size > 0))
    if not len(with_ground):
        return CellCover(_NO_NUMBERS, _NO_NUMBERS, np.zeros(0), np.nan_to_num(size))
    west, south, east, north = grid.bounds
    # The values of this source are never looked at: one byte stands for all of them.
    source = NumPyRasterSource(
        np.broadcast_to(np.zeros(1, np.uint8), (grid.height, grid.width)),
        xmin=west,
        ymin=south,
        xmax=east,
        ymax=north,
        srs_wkt=grid.crs.to_wkt(),
    )
    frame = gpd.GeoDataFrame(geometry=polygons[with_ground], crs=grid.crs)
    found = exact_extract(source, frame, ["cell_id", "coverage"], output="pandas")
    counts = np.array([len(cells) for cells in found["cell_id"]], dtype=np.int64)
    share = np.concatenate(found["coverage"].to_list()).astype(np.float64)
    cell = np.concatenate(found["cell_id"].to_list()).astype(np.int64)
    polygon = np.repeat(with_ground, counts)
    covered = share > 0
    return CellCover(polygon[covered], cell[covered], share[covered], np.nan_to_num(size))


_NO_NUMBERS = np.zeros(0, dtype=np.int64)
