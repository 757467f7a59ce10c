"""Writing of boundary-point files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

import pyproj
import shapely

from gis.crs import to_geographic
from gis.errors import CRSRefusedError, GeometryRefusedError
from gis.formats.boundary_points.model import PlotKind, PlotRecord
from gis.formats.boundary_points.zones import ZONE_UNIT_M
from gis.measurement import ellipsoidal_area_m2, hectares, round_half_up
from gis.polygonal import simple_parts

__all__ = ["BoundaryPointHead", "head_lines", "plain_field", "plot_lines", "write_boundary_points"]

_PREFIXED: Final = range(4513, 4534)
_UNPREFIXED: Final = range(4534, 4555)
_KINDS: Final[dict[int, PlotKind]] = {
    shapely.GeometryType.POLYGON.value: PlotKind.AREA,
    shapely.GeometryType.MULTIPOLYGON.value: PlotKind.AREA,
    shapely.GeometryType.LINESTRING.value: PlotKind.LINE,
    shapely.GeometryType.MULTILINESTRING.value: PlotKind.LINE,
    shapely.GeometryType.POINT.value: PlotKind.POINT,
    shapely.GeometryType.MULTIPOINT.value: PlotKind.POINT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryPointHead:
    """What the head of a file says besides its reference system: 数据产生单位, 数据产生日期 and further attributes."""

    producer: str = ""
    produced_on: date | None = None
    extra: tuple[tuple[str, str], ...] = ()


def write_boundary_points(
    plots: Iterable[PlotRecord],
    *,
    crs: pyproj.CRS,
    head: BoundaryPointHead | None = None,
    has_zone_prefix: bool = True,
    restarts_numbers: bool = False,
    newline: str = "\r\n",
) -> str:
    r"""Write plots as a boundary-point file of version 1.01.

    Parameters
    ----------
    plots : iterable of PlotRecord
        (easting, northing) in metres in ``crs``. Without a declared area the ellipsoidal one is written.
    crs : CRS
        A 3-degree Gauss-Krueger zone of CGCS2000, with the zone number in its eastings or without.
    head : BoundaryPointHead, optional
    has_zone_prefix : bool
        Whether eastings are written with the zone number, as the format has it.
    restarts_numbers : bool
        Whether the numbers of points begin at J1 in every ring, not only in every plot.
    newline : str

    Returns
    -------
    str
        Coordinates have three decimals. Every ring is closed by its first point. Commas and line ends in texts become ``，`` and blanks.

    Raises
    ------
    CRSRefusedError
        For any other reference system.
    GeometryRefusedError
        For a plot without geometry, or with one of mixed kinds.

    Examples
    --------
    >>> import pyproj, shapely
    >>> from gis.formats.boundary_points import PlotRecord, write_boundary_points
    >>> plot = PlotRecord(number="DK-01", name="示例", use="工业用地", code="1001", geometry=shapely.box(406700, 3125000, 406800, 3125200))
    >>> print(write_boundary_points([plot], crs=pyproj.CRS("EPSG:4547"), newline="\n").split("[地块坐标]\n")[1])
    5,1.9996,DK-01,示例,面,,工业用地,1001,@
    J1,1,3125000.000,38406800.000
    J2,1,3125200.000,38406800.000
    J3,1,3125200.000,38406700.000
    J4,1,3125000.000,38406700.000
    J1,1,3125000.000,38406800.000
    <BLANKLINE>
    """
    lines = head_lines(crs, head or BoundaryPointHead())
    for plot in plots:
        lines += plot_lines(plot, crs, has_zone_prefix=has_zone_prefix, restarts_numbers=restarts_numbers)
    return newline.join(lines) + newline


def head_lines(crs: pyproj.CRS, head: BoundaryPointHead) -> list[str]:
    """Return the lines of a file before its first plot."""
    zone, _ = _zone_of(crs)
    attributes = [
        ("格式版本号", "1.01版本"),
        ("数据产生单位", head.producer),
        ("数据产生日期", "" if head.produced_on is None else head.produced_on.isoformat()),
        ("坐标系", "2000国家大地坐标系"),
        ("几度分带", "3"),
        ("投影类型", "高斯克吕格"),
        ("计量单位", "米"),
        ("带号", str(zone)),
        ("精度", "0.001"),
        ("转换参数", ",,,,,,"),
        *head.extra,
    ]
    return ["[属性描述]", *(f"{key}={_one_line(value)}" for key, value in attributes), "[地块坐标]"]


def plot_lines(
    plot: PlotRecord, crs: pyproj.CRS, *, has_zone_prefix: bool = True, restarts_numbers: bool = False
) -> Iterator[str]:
    """Yield the header of a plot and its points.

    Raises
    ------
    CRSRefusedError, GeometryRefusedError
        See :func:`write_boundary_points`.
    """
    zone, is_prefixed = _zone_of(crs)
    offset = (has_zone_prefix - is_prefixed) * zone * ZONE_UNIT_M
    kind, rings = _rings(plot)
    is_closed = kind is PlotKind.AREA
    area_ha = _area_ha(plot, crs) if plot.declared_area_ha is None else round_half_up(plot.declared_area_ha, 4)
    texts = (plot.number, plot.name, kind.value, plot.map_sheet, plot.level or plot.use, plot.code, *plot.extra)
    count = sum(map(len, rings))
    yield ",".join((str(count), f"{area_ha:.4f}", *map(plain_field, texts), "@"))
    number = 1
    for ring_number, ring in enumerate(rings, start=1):
        number = first = 1 if restarts_numbers else number
        for position, (easting, northing) in enumerate(ring):
            is_last = is_closed and position == len(ring) - 1
            shown = first if is_last else number
            number += not is_last
            yield f"J{shown},{ring_number},{northing:.3f},{easting + offset:.3f}"


@lru_cache(maxsize=8)
def _zone_of(crs: pyproj.CRS) -> tuple[int, bool]:
    """Return the zone, and whether eastings carry its number."""
    code = crs.to_epsg() or 0
    if code in _PREFIXED:
        return code - _PREFIXED[0] + 25, True
    if code in _UNPREFIXED:
        return code - _UNPREFIXED[0] + 25, False
    raise CRSRefusedError(
        f"A boundary-point file is in a 3-degree Gauss-Krueger zone of CGCS2000 (EPSG:4513 to EPSG:4554), not in '{crs.name}'."
    )


def _rings(plot: PlotRecord) -> tuple[PlotKind, list[list[list[float]]]]:
    """Take a geometry apart; of a polygon the shell comes first, then its holes."""
    geometry = plot.geometry
    kind = None if shapely.is_empty(geometry) else _KINDS.get(int(shapely.get_type_id(geometry)))
    if kind is None:
        message = f"Plot {plot.number!r} has no geometry of areas, lines or points, which is all that a boundary-point file holds."
        raise GeometryRefusedError(message)
    parts, _ = simple_parts([geometry])
    rings = shapely.get_rings(parts) if kind is PlotKind.AREA else parts
    places = [shapely.get_coordinates(ring).tolist() for ring in rings]
    # All points of a plot are its one ring.
    return kind, [[place[0] for place in places]] if kind is PlotKind.POINT else places


def _area_ha(plot: PlotRecord, crs: pyproj.CRS) -> Decimal:
    return round_half_up(float(hectares(ellipsoidal_area_m2(to_geographic([plot.geometry], crs)))[0]), 4)


def plain_field(text: str) -> str:
    """Write a text so that it stays one field: commas would end it."""
    return _one_line(text).replace(",", "，")


def _one_line(text: str) -> str:
    return " ".join(text.split())
