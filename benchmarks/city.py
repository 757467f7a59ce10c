"""A synthetic city whose neighbours share rough edges vertex by vertex, as surveyed parcels and plan zones do.

The city is drawn in CGCS2000 / 3-degree Gauss-Krueger CM 114E to the millimetre, as bureaus deliver, and taken into the area plane. The same scale
gives the same city.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.crs import AREA_PLANE, to_area_plane, to_geographic

__all__ = ["LAYERS", "City"]

Array = npt.NDArray[Any]

_DRAWN_IN: Final = pyproj.CRS("EPSG:4547")
_WEST, _SOUTH, _SIDE_M = 400_000.0, 3_100_000.0, 60_000.0
_PARCELS, _ZONES, _RED_SEEDS = 200_000, 20_000, 300
_RED_SHARE = 0.25
_ROUGHNESS = 0.25
_SPREAD_M = _SIDE_M / 15
_SEEDS_PER_CENTRE = 2000
_SMALLEST_CELL_M2 = 20
#: Below this scale the city is for trying things out, and the red lines are coarse as well.
_FULL_DETAIL_FROM = 0.05


@dataclass(frozen=True, slots=True)
class City:
    """Layers of one city, in the area plane.

    Attributes
    ----------
    scale : float
        1 is 200,000 parcels, plans of 20,000 zones with 97 vertices, and about 40 red lines of up to 25,000 vertices, on 60 x 60 km.
    growth : float
        How many times as large the ground is, with as much on each square kilometre.
    """

    scale: float = 1.0
    growth: float = 1.0

    def parcels(self) -> gpd.GeoDataFrame:
        """Return 200,000 parcels with 25 vertices, denser around town centres."""
        return _layer(self._coverage(int(_PARCELS * self.scale * self.growth), depth=2, seed=1))

    def plan(self, number: int) -> gpd.GeoDataFrame:
        """Return one of three zoning plans; they know nothing of each other. A few zones of each overlap, as in real plans."""
        return _layer(self._coverage(int(_ZONES * self.scale * self.growth), depth=4, seed=1 + number))

    def red_lines(self, seed: int = 7) -> gpd.GeoDataFrame:
        """Return large red lines with thousands of vertices each; another seed gives lines of another kind."""
        depth = 10 if self.scale >= _FULL_DETAIL_FROM else 6
        cells = self._coverage(int(_RED_SEEDS * self.growth), depth=depth, seed=seed, clustered=False)
        chosen = np.random.default_rng(seed - 2).random(len(cells)) < _RED_SHARE
        parts = shapely.get_parts(shapely.make_valid(shapely.get_parts(shapely.union_all(cells[chosen]))))
        return _layer(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])

    def red_lines_of_100_000(self) -> gpd.GeoDataFrame:
        """Return about twenty red lines of about 100,000 vertices each; a few dozen when the scale is for trying things out."""
        depth = 14 if self.scale >= _FULL_DETAIL_FROM else 6
        cells = self._coverage(90, depth=depth, seed=23, clustered=False)
        return _layer(cells[np.random.default_rng(21).random(len(cells)) < _RED_SHARE])

    def one_red_line(self, vertices: int) -> gpd.GeoDataFrame:
        """Return a red line through the middle of the city, always of the same shape, drawn with about so many vertices."""
        x, y = _WEST + self._side_m / 2, _SOUTH + self._side_m / 2
        angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
        # Bays of some hundred metres at every level of detail, and between them only more vertices.
        radius = self._side_m / 5 * (1 + 0.1 * np.sin(7 * angle) + 0.05 * np.sin(61 * angle))
        return _layer(shapely.polygons([np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)].round(3)]))

    @property
    def _side_m(self) -> float:
        return float(_SIDE_M * np.sqrt(self.growth))

    def _coverage(self, count: int, *, depth: int, seed: int, clustered: bool = True) -> Array:
        extent = (_WEST, _SOUTH, _WEST + self._side_m, _SOUTH + self._side_m)
        cells = _voronoi_cells(_seed_points(count, extent, seed, clustered=clustered), extent)
        return _with_rough_edges(cells, depth, seed)


#: Every layer by its name, made from the scale.
LAYERS: Final[dict[str, Callable[[float], gpd.GeoDataFrame]]] = {
    "parcel": lambda scale: City(scale).parcels(),
    "red_line": lambda scale: City(scale).red_lines(),
    "plan_1": lambda scale: City(scale).plan(1),
    "plan_2": lambda scale: City(scale).plan(2),
    "plan_3": lambda scale: City(scale).plan(3),
    "farmland": lambda scale: City(scale).red_lines(seed=17),
    "parcel_quarter": lambda scale: City(scale, growth=0.25).parcels(),
    "red_line_quarter": lambda scale: City(scale, growth=0.25).red_lines(),
    "parcel_fourfold": lambda scale: City(scale, growth=4).parcels(),
    "red_line_fourfold": lambda scale: City(scale, growth=4).red_lines(),
    "plan_1_tenfold": lambda scale: City(scale, growth=10).plan(1),
    "plan_2_tenfold": lambda scale: City(scale, growth=10).plan(2),
    "red_line_tenfold": lambda scale: City(scale, growth=10).red_lines(),
    "farmland_tenfold": lambda scale: City(scale, growth=10).red_lines(seed=17),
    "red_line_10000_tenfold": lambda scale: City(scale, growth=10).one_red_line(10_000),
    "red_line_1000": lambda scale: City(scale).one_red_line(1_000),
    "red_line_10000": lambda scale: City(scale).one_red_line(10_000),
    "red_line_of_100000": lambda scale: City(scale).red_lines_of_100_000(),
    "red_line_100000": lambda scale: City(scale).one_red_line(100_000),
}


def _layer(drawn: Array) -> gpd.GeoDataFrame:
    plane = to_area_plane(to_geographic(drawn, _DRAWN_IN))
    plane = plane[shapely.is_valid(plane)]
    return gpd.GeoDataFrame({"id": np.arange(len(plane))}, geometry=plane, crs=AREA_PLANE).set_index("id")


def _seed_points(count: int, extent: tuple[float, float, float, float], seed: int, *, clustered: bool) -> Array:
    rng = np.random.default_rng(seed)
    west, south, east, north = extent
    if not clustered:
        even: Array = np.c_[rng.uniform(west, east, count), rng.uniform(south, north, count)]
        return even
    centres = max(3, count // _SEEDS_PER_CENTRE)
    x, y = rng.uniform(west, east, centres), rng.uniform(south, north, centres)
    spread = rng.lognormal(np.log(_SPREAD_M), 0.5, centres)
    centre = rng.integers(0, centres, 2 * count)
    points = np.c_[rng.normal(x[centre], spread[centre]), rng.normal(y[centre], spread[centre])]
    inside = ((points > (west, south)) & (points < (east, north))).all(axis=1)
    kept: Array = points[inside][:count]
    return kept


def _voronoi_cells(points: Array, extent: tuple[float, float, float, float]) -> Array:
    frame = shapely.box(*extent)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame))
    # Vertices on a grid, so that both neighbours begin their shared edge at the same point.
    cells = shapely.set_precision(shapely.intersection(cells, frame), 0.01)
    polygon = shapely.get_type_id(cells) == shapely.GeometryType.POLYGON
    kept: Array = cells[polygon & (shapely.area(cells) > _SMALLEST_CELL_M2)]
    return kept


def _with_rough_edges(cells: Array, depth: int, seed: int) -> Array:
    """Replace every edge by a fractal line, the same one from both sides."""
    corners, cell = shapely.get_coordinates(shapely.get_exterior_ring(cells), return_index=True)
    edge = cell[:-1] == cell[1:]
    start, end, owner = corners[:-1][edge], corners[1:][edge], cell[:-1][edge]
    backwards = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    lines = _displaced_midpoints(
        np.where(backwards[:, None], end, start), np.where(backwards[:, None], start, end), depth, seed
    )
    lines[backwards] = lines[backwards][:, ::-1]
    pieces = lines.shape[1] - 1
    rings = shapely.linearrings(np.round(lines[:, :pieces].reshape(-1, 2), 3), indices=np.repeat(owner, pieces))
    polygons: Array = np.asarray(shapely.polygons(rings))
    valid: Array = polygons[shapely.is_valid(polygons)]
    return valid


def _displaced_midpoints(start: Array, end: Array, depth: int, seed: int) -> Array:
    """Halve n lines ``depth`` times, moving each middle sideways; returns shape (n, 2**depth + 1, 2)."""
    lines = np.stack([start, end], axis=1)
    for level in range(depth):
        first, second = lines[:, :-1], lines[:, 1:]
        middle, along = (first + second) / 2, second - first
        across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
        # The displacement depends on the place alone, so that both neighbours find the same.
        noise = np.sin(middle[..., 0] * 12.9898 + middle[..., 1] * 78.233 + seed + level) * 43758.5453
        middle = middle + across * ((noise - np.floor(noise) - 0.5) * _ROUGHNESS)[..., None]
        finer = np.empty((len(lines), 2 * lines.shape[1] - 1, 2))
        finer[:, 0::2], finer[:, 1::2] = lines, middle
        lines = finer
    return lines
