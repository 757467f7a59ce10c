"""Drawing the map of a sheet as SVG whose unit is the millimetre on paper."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from gis.arrays import GeometryArray
from gis.crs import project_geometries
from gis.sheet_map.boundary import BoundaryPoint
from gis.sheet_map.frame import MapFrame, round_length

__all__ = ["MapLayer", "SheetMap", "draw_sheet_map"]

# Smaller than what a printer resolves.
DETAIL_MM = 0.05
LABELLED_POINTS = 60
LABEL_DISTANCE_MM = 4.2
BAR_MM = 45.0
GRID_MM = 42.0
FONT = "Noto Sans SC"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """Polygons that are drawn alike.

    Attributes
    ----------
    geometries : array of polygons
        (lon, lat) in degrees.
    labels : sequence of str
        One for each polygon, "" for none; or nothing at all.
    dashes : str
        Of the outline, as SVG writes them.
    """

    geometries: GeometryArray
    fill: str = "none"
    outline: str = "#555555"
    opacity: float = 1.0
    width_mm: float = 0.15
    dashes: str = ""
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SheetMap:
    """A drawn map; the scale bar is ``bar_m`` metres of ground and ``bar_mm`` long on paper."""

    svg: str
    frame: MapFrame
    bar_m: float
    bar_mm: float


def draw_sheet_map(
    site: shapely.Geometry, points: Sequence[BoundaryPoint], layers: Iterable[MapLayer], frame: MapFrame
) -> SheetMap:
    """Draw a site in its surroundings, with grid, north arrow, scale bar and the numbers of its boundary points.

    Parameters
    ----------
    site : Polygon or MultiPolygon
        (lon, lat) in degrees.
    points : sequence of BoundaryPoint
        In the frame's system.
    layers : iterable of MapLayer
        What lies around, the lowest first.
    frame : MapFrame

    Returns
    -------
    SheetMap
        The same inputs give the same text.
    """
    bar_m = round_length(BAR_MM * frame.scale / 1000)
    width, height = _number(frame.width_mm), _number(frame.height_mm)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">',
        f'<defs><clipPath id="frame"><rect width="{width}" height="{height}"/></clipPath></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<g clip-path="url(#frame)">',
    ]
    layers = list(layers)
    for layer in layers:
        drawn += _draw_polygons(layer, frame)
    for layer in layers:
        drawn += _draw_labels(layer, frame)
    drawn += _draw_grid(frame)
    own = MapLayer(
        geometries=np.array([site], dtype=object), fill="#d00000", opacity=0.10, outline="#d00000", width_mm=0.55
    )
    drawn += _draw_polygons(own, frame)
    drawn += _draw_points(points, frame)
    drawn += ["</g>", *_draw_bar(frame, bar_m), *_draw_arrow(frame)]
    drawn += [f'<rect width="{width}" height="{height}" fill="none" stroke="#000000" stroke-width="0.5"/>', "</svg>"]
    return SheetMap("\n".join(drawn), frame, bar_m, frame.on_paper_mm(bar_m))


def _draw_polygons(layer: MapLayer, frame: MapFrame) -> list[str]:
    shown = _shown(layer.geometries, frame)
    path = " ".join(filter(None, (_path(geometry, frame) for geometry in shown)))
    if not path:
        return []
    dashes = f' stroke-dasharray="{layer.dashes}"' if layer.dashes else ""
    fill = f'fill="{layer.fill}" fill-opacity="{_number(layer.opacity)}" fill-rule="evenodd"'
    stroke = f'stroke="{layer.outline}" stroke-width="{_number(layer.width_mm)}" stroke-linejoin="round"{dashes}'
    return [f'<path d="{path}" {fill} {stroke}/>']


def _shown(geometries: GeometryArray, frame: MapFrame) -> GeometryArray:
    """Return what of the polygons is on the map, in the frame's system; their outlines are cut beyond its edge."""
    if len(geometries) == 0:
        return geometries
    x_min, y_min, x_max, y_max = frame.bounds
    beyond = 3 * frame.scale / 1000
    cut: GeometryArray = shapely.clip_by_rect(
        project_geometries(geometries, frame.crs), x_min - beyond, y_min - beyond, x_max + beyond, y_max + beyond
    )
    return shapely.simplify(cut, DETAIL_MM * frame.scale / 1000)


def _path(geometry: shapely.Geometry, frame: MapFrame) -> str:
    """Write the rings of a geometry; of what cutting left of an edge, lines and points, there is nothing to fill."""
    rings = [
        ring
        for part in shapely.get_parts(geometry)
        if part.geom_type == "Polygon" and not part.is_empty
        for ring in (part.exterior, *part.interiors)
    ]
    return " ".join(f"M{'L'.join(_place(x, y, frame) for x, y in ring.coords[:-1])}Z" for ring in rings)


def _draw_labels(layer: MapLayer, frame: MapFrame) -> list[str]:
    drawn = []
    if layer.labels:
        x_min, y_min, x_max, y_max = frame.bounds
        parts = shapely.clip_by_rect(project_geometries(layer.geometries, frame.crs), x_min, y_min, x_max, y_max)
        for label, part in zip(layer.labels, parts, strict=True):
            if label and _has_room(part, label, frame):
                place = shapely.point_on_surface(part)
                drawn.append(_text(label, *frame.to_paper(place.x, place.y), size=2.3, fill="#333333"))
    return drawn


def _has_room(part: shapely.Geometry, label: str, frame: MapFrame) -> bool:
    """Whether a polygon is wide and large enough on paper for its label."""
    width_mm = 1.5 * len(label) + 1.0
    return float(shapely.area(part)) * (1000 / frame.scale) ** 2 > width_mm * 8


def _draw_grid(frame: MapFrame) -> list[str]:
    """Draw crosses where round coordinates meet, and write those at the left and the lower edge."""
    step = round_length(GRID_MM * frame.scale / 1000)
    x_min, y_min, x_max, y_max = frame.bounds
    eastings = [n * step for n in range(math.ceil(x_min / step), math.floor(x_max / step) + 1)]
    northings = [n * step for n in range(math.ceil(y_min / step), math.floor(y_max / step) + 1)]
    drawn = []
    for easting in eastings:
        for northing in northings:
            x, y = frame.to_paper(easting, northing)
            drawn.append(
                f'<path d="M{_number(x - 2)},{_number(y)}H{_number(x + 2)}M{_number(x)},{_number(y - 2)}V{_number(y + 2)}" '
                'fill="none" stroke="#3a6ea5" stroke-width="0.12"/>'
            )
    for easting in eastings:
        x, _ = frame.to_paper(easting, y_min)
        if 12 < x < frame.width_mm - 12:
            drawn.append(_text(f"Y {easting:.0f}", x, frame.height_mm - 1.2, size=1.9, fill="#3a6ea5"))
    for northing in northings:
        _, y = frame.to_paper(x_min, northing)
        if 12 < y < frame.height_mm - 26:
            drawn.append(_text(f"X {northing:.0f}", 2.4, y, size=1.9, fill="#3a6ea5", turned=True))
    return drawn


def _draw_points(points: Sequence[BoundaryPoint], frame: MapFrame) -> list[str]:
    """Draw the boundary points; where they are many or close together, not every one has its number written."""
    drawn: list[str] = []
    written: list[tuple[float, float]] = []
    every = math.ceil(len(points) / LABELLED_POINTS)
    radius = 0.55 if len(points) <= 4 * LABELLED_POINTS else 0.25
    for point in points:
        x, y = frame.to_paper(point.x_m, point.y_m)
        drawn.append(
            f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill="#ffffff" stroke="#d00000" stroke-width="0.2"/>'
        )
        free = all(math.hypot(x - other_x, y - other_y) >= LABEL_DISTANCE_MM for other_x, other_y in written)
        if (point.number - 1) % every == 0 and free:
            written.append((x, y))
            drawn.append(_text(f"J{point.number}", x + 2.0, y - 1.2, size=2.2, fill="#900000"))
    return drawn


def _draw_bar(frame: MapFrame, bar_m: float) -> list[str]:
    """Draw the scale bar in the lower right corner, on white."""
    length = frame.on_paper_mm(bar_m)
    left, top = frame.width_mm - length - 12, frame.height_mm - 14
    drawn = [
        f'<rect x="{_number(left - 6)}" y="{_number(top - 4)}" width="{_number(length + 17)}" height="13" fill="#ffffff" fill-opacity="0.9"/>'
    ]
    for quarter in range(4):
        fill = "#000000" if quarter % 2 == 0 else "#ffffff"
        x = left + quarter * length / 4
        drawn.append(
            f'<rect x="{_number(x)}" y="{_number(top)}" width="{_number(length / 4)}" height="1.4" fill="{fill}" stroke="#000000" stroke-width="0.15"/>'
        )
    for share in (0.0, 0.5, 1.0):
        unit = " m" if share == 1.0 else ""
        drawn.append(_text(f"{share * bar_m:g}{unit}", left + share * length, top - 1.0, size=2.3))
    drawn.append(_text(f"1 : {frame.scale}", left + length / 2, top + 6.0, size=3.0))
    return drawn


def _draw_arrow(frame: MapFrame) -> list[str]:
    """Draw the arrow to grid north in the upper right corner."""
    x, y = frame.width_mm - 9, 5.5
    return [
        f'<rect x="{_number(x - 5)}" y="1" width="10" height="19" fill="#ffffff" fill-opacity="0.9"/>',
        f'<path d="M{_number(x)},{_number(y)}l3,12l-3,-2.6z" fill="#000000"/>',
        f'<path d="M{_number(x)},{_number(y)}l-3,12l3,-2.6z" fill="#ffffff" stroke="#000000" stroke-width="0.2"/>',
        _text("N", x, y - 0.8, size=3.4),
    ]


def _text(text: str, x: float, y: float, *, size: float, fill: str = "#000000", turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {_number(x)} {_number(y)})"' if turned else ""
    start = f'<text x="{_number(x)}" y="{_number(y)}" font-family="{FONT}" font-size="{_number(size)}" text-anchor="middle"{turn}'
    # White behind the letters, so that they can be read over whatever is drawn.
    halo = f'{start} fill="#ffffff" stroke="#ffffff" stroke-width="{_number(size / 4)}">{escape(text)}</text>'
    return f'{halo}{start} fill="{fill}">{escape(text)}</text>'


def _place(x: float, y: float, frame: MapFrame) -> str:
    return ",".join(_number(value) for value in frame.to_paper(x, y))


def _number(value: float) -> str:
    """Write a number to the hundredth of a millimetre, without noughts that say nothing."""
    return f"{round(value, 2) + 0.0:g}"
