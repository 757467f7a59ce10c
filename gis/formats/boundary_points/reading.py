"""Reading of boundary-point files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyproj
import shapely

from gis.arrays import FloatArray
from gis.crs import to_geographic
from gis.errors import CRSRefusedError
from gis.formats.boundary_points.faults import BoundaryPointFaultKind as Kind
from gis.formats.boundary_points.model import (
    BoundaryPlot,
    BoundaryPoint,
    BoundaryPointFault,
    BoundaryPointFile,
    HeadAttribute,
    PlotKind,
)
from gis.formats.boundary_points.parsing import RawFile, RawPlot, decode, parse_lines
from gis.formats.boundary_points.rings import check_rings, count_points, shape_of_rings, split_rings
from gis.formats.boundary_points.zones import (
    CGCS2000,
    Datum,
    check_zones,
    datum_of,
    put_axes_right,
    zone_crs,
    zone_stated,
    zone_width,
    zones_of_points,
)
from gis.measurement import ellipsoidal_area_m2, hectares

__all__ = ["AREA_TOLERANCE", "read_boundary_points"]

#: How far a declared area may be from that of the coordinates, as surveyors check it; the share of the latter.
AREA_TOLERANCE: Final = 0.01
# Hectares are written with four decimals: half a square metre is rounding.
_ROUNDING_M2: Final = 0.5
#: Longitude and latitude within which all land and islands of China lie, in degrees.
_CHINA: Final = (73.0, 3.0, 136.0, 54.0)
# Keys of which a file may say only one thing.
_SINGLE_KEYS: Final = ("坐标系", "几度分带", "计量单位", "带号")
_METRES: Final = frozenset({"米", "m", "meter", "metre"})


@dataclass(slots=True)
class _Located:
    """A plot whose points have their axes in order and eastings with their zone number."""

    raw: RawPlot
    points: list[BoundaryPoint]
    eastings: list[float]
    zone: int | None


def read_boundary_points(source: Path | bytes, *, area_tolerance: float = AREA_TOLERANCE) -> BoundaryPointFile:
    r"""Read a boundary-point file.

    Parameters
    ----------
    source : Path or bytes
        A file or its content: UTF-8 or GBK, with any line ends.
    area_tolerance : float
        The share by which the declared area may differ from the ellipsoidal one.

    Returns
    -------
    BoundaryPointFile
        Every plot, usable or not, and every fault. The reference system is that of the zone in which most plots lie; plots in another
        one are rejected.

    Raises
    ------
    OSError
        If there is no such file. Nothing that stands in it raises.

    Examples
    --------
    >>> from gis.formats.boundary_points import read_boundary_points
    >>> lines = ["[属性描述]", "坐标系=2000国家大地坐标系", "几度分带=3", "计量单位=米", "带号=38", "[地块坐标]",
    ...          "3,0.5,DK-01,示例,面,,工业用地,1001,@", "J1,1,3125000,38406700", "J2,1,3125000,38406800", "J3,1,3125100,38406800"]
    >>> read = read_boundary_points("\n".join(lines).encode("gbk"))
    >>> read.crs.to_epsg(), read.plots[0].geometry.area, read.faults
    (4526, 5000.0, ())
    """
    text, encoding, faults = decode(source if isinstance(source, bytes) else source.read_bytes())
    raw = parse_lines(text)
    faults += raw.faults + _check_head(raw.attributes)
    if not raw.plots:
        faults.append(BoundaryPointFault(raw.line_count, Kind.NO_PLOTS, ""))
    datum = _datum(raw.attributes)
    located = [_locate(plot, raw.attributes) for plot in raw.plots]
    zone = _common_zone(located)
    crs = None if zone is None or datum is None else zone_crs(zone, datum)
    faults += _check_width(raw.attributes, zone)
    _check_numbers(raw)
    _refuse_units(raw, faults)
    plots = tuple(_finish(plot, zone, crs, area_tolerance) for plot in located)
    everything = faults + [fault for plot in plots for fault in plot.faults if fault not in faults]
    ordered = tuple(sorted(everything, key=lambda fault: fault.line))
    return BoundaryPointFile(crs, encoding, tuple(raw.attributes), plots, ordered)


def _check_head(attributes: Sequence[HeadAttribute]) -> list[BoundaryPointFault]:
    faults = []
    stated: dict[str, HeadAttribute] = {}
    for item in attributes:
        if item.key not in _SINGLE_KEYS or not item.value:
            continue
        first = stated.setdefault(item.key, item)
        if first is item:
            fault = _check_attribute(item)
        elif first.value != item.value:
            kind = Kind.SEVERAL_CRS if item.key in {"坐标系", "带号"} else Kind.ATTRIBUTE_CONTRADICTS
            fault = BoundaryPointFault(item.line, kind, item.value, first.value)
        else:
            continue
        if fault is not None:
            faults.append(fault)
    if "坐标系" not in stated:
        faults.append(BoundaryPointFault(1, Kind.DATUM_UNKNOWN, ""))
    return faults


def _check_attribute(item: HeadAttribute) -> BoundaryPointFault | None:
    value = item.value
    match item.key:
        case "计量单位" if value.lower() not in _METRES:
            return BoundaryPointFault(item.line, Kind.UNIT_NOT_METRE, value)
        case "几度分带" if value.removesuffix("度") != "3":
            return BoundaryPointFault(item.line, Kind.ZONE_WIDTH_NOT_THREE, value, "3")
        case "带号" if zone_stated([item], item.line) is None:
            return BoundaryPointFault(item.line, Kind.ZONE_UNREADABLE, value)
        case "坐标系" if datum_of(value) != CGCS2000:
            kind = Kind.DATUM_UNKNOWN if datum_of(value) is None else Kind.DATUM_NOT_CGCS2000
            return BoundaryPointFault(item.line, kind, value)
        case _:
            return None


def _check_width(attributes: Sequence[HeadAttribute], zone: int | None) -> list[BoundaryPointFault]:
    """Find out whether zones are said to be 3 degrees wide where their number is one of those of 6 degrees."""
    if zone is None or zone_width(zone) == 3:
        return []
    claims = (item for item in attributes if item.key == "几度分带" and item.value.removesuffix("度") == "3")
    return [BoundaryPointFault(item.line, Kind.ZONE_WIDTH_NOT_THREE, item.value, "6") for item in claims]


def _datum(attributes: Sequence[HeadAttribute]) -> Datum | None:
    named = (item.value for item in attributes if item.key == "坐标系" and item.value)
    return next((datum_of(value) for value in named), None)


def _locate(plot: RawPlot, attributes: Sequence[HeadAttribute]) -> _Located:
    stated = zone_stated(attributes, plot.line)
    points = put_axes_right(plot)
    zones, eastings = zones_of_points(points, stated)
    zone = check_zones(plot, points, zones, stated)
    return _Located(plot, points, eastings, zone)


def _common_zone(located: Sequence[_Located]) -> int | None:
    zones = Counter(plot.zone for plot in located if plot.zone is not None)
    return zones.most_common(1)[0][0] if zones else None


def _check_numbers(raw: RawFile) -> None:
    first_lines: dict[str, int] = {}
    for plot in raw.plots:
        first = first_lines.setdefault(plot.number, plot.line)
        if plot.number and first != plot.line:
            plot.report(plot.line, Kind.DUPLICATE_NUMBER, plot.number, str(first))


def _refuse_units(raw: RawFile, faults: Sequence[BoundaryPointFault]) -> None:
    """Reject all plots of a file whose unit is not the metre: the fault of the head is theirs too."""
    units = [fault for fault in faults if fault.kind is Kind.UNIT_NOT_METRE]
    for plot in raw.plots:
        plot.faults += units


def _finish(plot: _Located, zone: int | None, crs: pyproj.CRS | None, area_tolerance: float) -> BoundaryPlot:
    raw = plot.raw
    rings = split_rings(plot.points)
    _check_count(raw, plot.points, rings)
    check_rings(raw, plot.points, rings)
    if plot.zone is not None and plot.zone != zone:
        raw.report(plot.points[0].line, Kind.SEVERAL_CRS, str(plot.zone), str(zone))
    geometry = None
    if not any(fault.kind in {Kind.RING_TOO_SHORT, Kind.ZONE_UNKNOWN} for fault in raw.faults):
        places = np.array([(east, point.northing) for east, point in zip(plot.eastings, plot.points, strict=True)])
        geometry = shape_of_rings(raw.kind, [places[ring] for ring in rings])
        if plot.zone == zone and crs is not None:
            _check_place(raw, plot.points, places, crs)
        _check_shape(raw, geometry, crs, area_tolerance)
    return BoundaryPlot(
        line=raw.line,
        number=raw.number,
        name=raw.name,
        kind=raw.kind,
        declared_area_ha=raw.declared_area_ha,
        map_sheet=raw.map_sheet,
        use=raw.use,
        code=raw.code,
        level=raw.level,
        extra=raw.extra,
        geometry=geometry,
        points=tuple(plot.points),
        lines=tuple(raw.lines),
        faults=tuple(sorted(raw.faults, key=lambda fault: fault.line)),
    )


def _check_count(raw: RawPlot, points: Sequence[BoundaryPoint], rings: Sequence[Sequence[int]]) -> None:
    allowed = count_points(points, rings)
    if raw.declared_points is not None and raw.declared_points not in allowed:
        raw.report(raw.line, Kind.POINT_COUNT, str(raw.declared_points), str(len(points)))


def _check_place(raw: RawPlot, points: Sequence[BoundaryPoint], places: FloatArray, crs: pyproj.CRS) -> None:
    """Note the first point that does not lie in China."""
    geographic = crs.geodetic_crs
    assert geographic is not None  # noqa: S101 - every zone has one
    transformer = pyproj.Transformer.from_crs(crs, geographic, always_xy=True)
    lon, lat = transformer.transform(places[:, 0], places[:, 1])
    west, south, east, north = _CHINA
    # A comparison with what cannot be computed is false, so that counts as outside.
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    if not inside.all():
        point = points[int(np.argmin(inside))]
        raw.report(point.line, Kind.OUTSIDE_CHINA, f"{point.northing:.3f},{point.easting:.3f}")


def _check_shape(raw: RawPlot, geometry: shapely.Geometry, crs: pyproj.CRS | None, area_tolerance: float) -> None:
    if raw.kind is not PlotKind.AREA:
        return
    if not shapely.is_valid(geometry):
        raw.report(raw.line, Kind.SELF_INTERSECTION, shapely.is_valid_reason(geometry))
        return
    if raw.declared_area_ha is None or crs is None or any(fault.is_fatal for fault in raw.faults):
        return
    try:
        geographic = to_geographic([geometry], crs)
    except CRSRefusedError:
        # The area on another ellipsoid is not the legal one; that the system is refused is said already.
        return
    area_m2 = float(ellipsoidal_area_m2(geographic)[0])
    if abs(raw.declared_area_ha * 10_000 - area_m2) > area_tolerance * area_m2 + _ROUNDING_M2:
        raw.report(raw.line, Kind.AREA_OFF, f"{raw.declared_area_ha:g}", f"{hectares(area_m2):.4f}")
