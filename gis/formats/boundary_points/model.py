"""What a boundary-point file says: its head, its plots, and what is wrong with them."""

from dataclasses import dataclass
from enum import StrEnum

import pyproj
import shapely

from gis.formats.boundary_points.faults import BoundaryPointFault, BoundaryPointFaultKind

__all__ = [
    "BoundaryPlot",
    "BoundaryPoint",
    "BoundaryPointFault",
    "BoundaryPointFaultKind",
    "BoundaryPointFile",
    "HeadAttribute",
    "PlotKind",
    "PlotRecord",
]


class PlotKind(StrEnum):
    """What the points of a plot make (图形属性)."""

    AREA = "面"
    LINE = "线"
    POINT = "点"


@dataclass(frozen=True, slots=True)
class HeadAttribute:
    """One line of [属性描述], [项目信息] or [扩展信息]; a key may be repeated."""

    line: int
    section: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class BoundaryPoint:
    """One point: number (点号), ring (圈号) and coordinates in metres, the axes in their order, the easting as delivered."""

    line: int
    number: str
    ring: int
    easting: float
    northing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotRecord:
    """A plot, as it is written and read.

    Attributes
    ----------
    number, name, map_sheet, use, code : str
        地块编号, 地块名称, 图幅号, 地块用途, 地类编码; empty when there is none.
    level : str
        ``地上`` or ``地下`` where a file says that instead of the use.
    declared_area_ha : float or None
        As the file says, in hectares.
    extra : tuple of str
        What stands between 地类编码 and ``@``.
    geometry : Polygon, MultiPolygon, LineString, MultiLineString, Point, MultiPoint or None
        (easting, northing) in metres in the CRS of the file; None where no geometry can be made.
    """

    number: str
    name: str = ""
    geometry: shapely.Geometry | None = None
    declared_area_ha: float | None = None
    map_sheet: str = ""
    use: str = ""
    code: str = ""
    level: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryPlot(PlotRecord):
    """A plot that was read.

    Attributes
    ----------
    line : int
        Of its header.
    lines : tuple of str
        The header and all lines up to the next one, as they were delivered.
    faults : tuple of BoundaryPointFault
        A plot with a fatal one is rejected; a geometry that could be made of its points all the same is for looking at.
    """

    line: int
    kind: PlotKind
    points: tuple[BoundaryPoint, ...]
    lines: tuple[str, ...]
    faults: tuple[BoundaryPointFault, ...]

    @property
    def rejection(self) -> BoundaryPointFault | None:
        """Return why the plot cannot be used; None when it can."""
        return next((fault for fault in self.faults if fault.is_fatal), None)


@dataclass(frozen=True, slots=True)
class BoundaryPointFile:
    """A file that was read.

    Attributes
    ----------
    crs : pyproj.CRS or None
        That of the geometries, eastings with the zone number; Xi'an 1980 and Beijing 1954 are named as what they are, so that
        :func:`gis.crs.require_exact_path` refuses them. None when the file does not tell.
    encoding : str
    attributes : tuple of HeadAttribute
    plots : tuple of BoundaryPlot
        All of them, in their order.
    faults : tuple of BoundaryPointFault
        All of them, also those of plots, by line.
    """

    crs: pyproj.CRS | None
    encoding: str
    attributes: tuple[HeadAttribute, ...]
    plots: tuple[BoundaryPlot, ...]
    faults: tuple[BoundaryPointFault, ...]

    def attribute(self, key: str) -> str | None:
        """Return the first value of a key of the head that is not empty."""
        return next((item.value for item in self.attributes if item.key == key and item.value), None)
