"""The frame of a map: which ground it shows, and at which scale."""

import math
from dataclasses import dataclass
from typing import Final

import pyproj
import shapely

from gis.cgcs2000 import STORAGE_CRS
from gis.crs import local_projected_crs, project_geometries
from gis.errors import GeometryRefusedError

__all__ = ["MapFrame", "fit_frame", "round_length"]

MM_PER_M: Final = 1000.0

#: Scales of cadastral and planning maps, the largest first; beyond them round steps follow.
SCALES: Final = (200, 500, 1000, 2000, 5000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)

#: The part of the frame that the site may fill; the rest shows what lies around it.
SITE_SHARE: Final = 0.62


@dataclass(frozen=True, slots=True)
class MapFrame:
    """A rectangle of ground in a projected system and its size on paper.

    Attributes
    ----------
    crs : CRS
        Projected, in metres.
    center_x, center_y : float
        Easting and northing of the middle.
    width_mm, height_mm : float
        On paper.
    scale : int
        N of 1:N.
    """

    crs: pyproj.CRS
    center_x: float
    center_y: float
    width_mm: float
    height_mm: float
    scale: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(x_min, y_min, x_max, y_max) of the ground shown, in metres."""
        half_width = self.width_mm * self.scale / MM_PER_M / 2
        half_height = self.height_mm * self.scale / MM_PER_M / 2
        return (
            self.center_x - half_width,
            self.center_y - half_height,
            self.center_x + half_width,
            self.center_y + half_height,
        )

    @property
    def geographic_bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees of a box that holds the ground shown."""
        box = shapely.segmentize(shapely.box(*self.bounds), max(self.width_mm, self.height_mm) * self.scale / 10_000)
        to_degrees = pyproj.Transformer.from_crs(self.crs, STORAGE_CRS, always_xy=True)
        x, y = shapely.get_coordinates(box).T
        lon, lat = to_degrees.transform(x, y)
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def to_paper(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place is on paper: millimetres from the upper left corner, downwards."""
        x_min, _, _, y_max = self.bounds
        return (x - x_min) * MM_PER_M / self.scale, (y_max - y) * MM_PER_M / self.scale

    def on_paper_mm(self, length_m: float) -> float:
        """Return how long a length on the ground is on paper."""
        return length_m * MM_PER_M / self.scale


def fit_frame(site: shapely.Geometry, *, width_mm: float, height_mm: float) -> MapFrame:
    """Choose the largest usual scale at which a site and some of its surroundings fit a frame.

    Parameters
    ----------
    site : geometry
        Not empty, (lon, lat) in degrees.
    width_mm, height_mm : float
        Size of the frame on paper.

    Returns
    -------
    MapFrame
        In the site's own 3-degree zone.

    Raises
    ------
    GeometryRefusedError
        If the site is empty.

    Examples
    --------
    >>> import shapely
    >>> from gis.sheet_map import fit_frame
    >>> frame = fit_frame(shapely.box(113.08, 28.24, 113.082, 28.242), width_mm=170, height_mm=120)
    >>> frame.scale, frame.crs.to_epsg(), frame.on_paper_mm(100.0)
    (5000, 4547, 20.0)
    """
    if shapely.is_empty(site):
        message = "An empty site has no map."
        raise GeometryRefusedError(message)
    west, south, east, north = shapely.bounds(site)
    crs = local_projected_crs((west + east) / 2, (south + north) / 2)
    x_min, y_min, x_max, y_max = shapely.bounds(project_geometries([site], crs)[0])
    needed = max((x_max - x_min) / width_mm, (y_max - y_min) / height_mm) * MM_PER_M / SITE_SHARE
    scale = next((scale for scale in SCALES if scale >= needed), round(round_length(needed, up=True)))
    return MapFrame(crs, (x_min + x_max) / 2, (y_min + y_max) / 2, width_mm, height_mm, scale)


def round_length(limit: float, *, up: bool = False) -> float:
    """Return the nearest 1, 2 or 5 times a power of ten that is not above (or with ``up`` not below) a limit.

    Examples
    --------
    >>> from gis.sheet_map import round_length
    >>> round_length(173.0), round_length(0.3), round_length(173.0, up=True)
    (100.0, 0.2, 200.0)
    """
    power = math.floor(math.log10(limit))
    steps = [factor * 10.0**exponent for exponent in (power, power + 1) for factor in (1.0, 2.0, 5.0)]
    if up:
        return next(step for step in steps if step >= limit * (1 - 1e-12))
    return max(step for step in steps if step <= limit * (1 + 1e-12))
