"""Drawing polygons of the area plane as SVG, with a legend."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Drawing"]

_LEGEND_LINE = 20
_MARGIN = 10
_TEXT = 'font-family="sans-serif" font-size="13" fill="#222"'
_PAPER = "#ffffff"


class Drawing:
    """A window of a plane.

    Parameters
    ----------
    bounds : tuple of float
        (x_min, y_min, x_max, y_max) of what is shown.
    width : int
        Pixels.
    stretch : float
        How many times as large heights are drawn as widths.
    """

    def __init__(self, bounds: Sequence[float], *, width: int = 720, stretch: float = 1.0) -> None:
        self._west, self._south, self._east, self._north = bounds
        self._scale = np.array([1.0, -stretch]) * (width - 2 * _MARGIN) / (self._east - self._west)
        self._width = width
        self._height = round(2 * _MARGIN - (self._north - self._south) * self._scale[1])
        self._shapes: list[str] = []
        self._legend: list[str] = []

    def add(
        self,
        geometries: Iterable[shapely.Geometry],
        *,
        fill: str = "none",
        stroke: str = "#555",
        width: float = 0.6,
        dashes: str = "",
    ) -> None:
        """Draw polygons or lines."""
        shown = np.array(list(geometries), dtype=object)
        shown = shown[shapely.intersects(shown, shapely.box(self._west, self._south, self._east, self._north))]
        lines = " ".join(self._path(geometry) for geometry in shapely.simplify(shown, 0.3 / self._scale.max()))
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._shapes.append(
            f'<path d="{lines}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="{width}"{dashed}/>'
        )

    def dots(self, points: npt.ArrayLike, *, fill: str, radius: float = 4) -> None:
        """Draw points of shape (n, 2)."""
        for x, y in self._pixels(np.asarray(points, dtype=float)):
            self._shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}"/>')

    def say(self, text: str, *, fill: str | None = None, stroke: str = "none") -> None:
        """Add a line to the legend, with a colour or without."""
        y = self._height + _LEGEND_LINE * len(self._legend) + 14
        box = (
            ""
            if fill is None
            else (f'<rect x="{_MARGIN}" y="{y - 11}" width="16" height="13" fill="{fill}" stroke="{stroke}"/>')
        )
        x = _MARGIN + (0 if fill is None else 24)
        self._legend.append(f'{box}<text x="{x}" y="{y}" {_TEXT}>{escape(text)}</text>')

    def write(self, path: Path) -> None:
        """Write the picture."""
        height = self._height + _LEGEND_LINE * len(self._legend) + _MARGIN
        inner = f'x="{_MARGIN}" y="{_MARGIN}" width="{self._width - 2 * _MARGIN}" height="{self._height - 2 * _MARGIN}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {height}" width="{self._width}">',
            f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
            f'<clipPath id="window"><rect {inner}/></clipPath>',
            '<g clip-path="url(#window)">',
            *self._shapes,
            "</g>",
            f'<rect {inner} fill="none" stroke="#999"/>',
            *self._legend,
            "</svg>",
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _path(self, geometry: shapely.Geometry) -> str:
        parts = shapely.get_parts(geometry)
        rings = shapely.get_rings(parts) if shapely.get_dimensions(geometry) == 2 else parts
        return " ".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self._pixels(shapely.get_coordinates(ring))) for ring in rings
        )

    def _pixels(self, coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        pixels: npt.NDArray[np.float64] = (coordinates - (self._west, self._north)) * self._scale + _MARGIN
        return pixels
