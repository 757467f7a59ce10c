"""From the points of a plot to its geometry: which ring is a hole and which a part of its own is told by containment."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray
from gis.formats.boundary_points.faults import BoundaryPointFaultKind as Kind
from gis.formats.boundary_points.model import BoundaryPoint, PlotKind
from gis.formats.boundary_points.parsing import RawPlot

__all__ = ["check_rings", "count_points", "polygon_of_rings", "shape_of_rings", "split_rings"]

_FEWEST: Final = {PlotKind.AREA: 3, PlotKind.LINE: 2, PlotKind.POINT: 1}


def split_rings(points: Sequence[BoundaryPoint]) -> list[list[int]]:
    """Split points into rings, given as positions: at a new ring number, or after a ring was closed.

    A closing point is kept; it has number and place of the first one.
    """
    rings: list[list[int]] = []
    for position, point in enumerate(points):
        if not rings or points[rings[-1][0]].ring != point.ring or _is_closed(points, rings[-1]):
            rings.append([])
        rings[-1].append(position)
    return rings


def _is_closed(points: Sequence[BoundaryPoint], ring: Sequence[int]) -> bool:
    first, last = points[ring[0]], points[ring[-1]]
    return len(ring) > 3 and first.number == last.number and _same_place(first, last)


def _same_place(first: BoundaryPoint, last: BoundaryPoint) -> bool:
    return first.easting == last.easting and first.northing == last.northing


def count_points(points: Sequence[BoundaryPoint], rings: Sequence[Sequence[int]]) -> frozenset[int]:
    """Return the numbers of points that a header may state: with the rows that close rings, and without."""
    closed = sum(len(ring) > 1 and _same_place(points[ring[0]], points[ring[-1]]) for ring in rings)
    return frozenset({len(points), len(points) - closed, len(points) - closed + len(rings)})


def check_rings(plot: RawPlot, points: Sequence[BoundaryPoint], rings: Sequence[Sequence[int]]) -> None:
    """Note rings with too few points, and closing points that are not where the first one is."""
    fewest = _FEWEST[plot.kind]
    if not rings:
        plot.report(plot.line, Kind.RING_TOO_SHORT, "0", str(fewest))
    for ring in rings:
        first, last = points[ring[0]], points[ring[-1]]
        distinct = len({(points[position].easting, points[position].northing) for position in ring})
        if distinct < fewest:
            plot.report(first.line, Kind.RING_TOO_SHORT, str(distinct), str(fewest))
        if len(ring) > 1 and first.number and first.number == last.number and not _same_place(first, last):
            wanted = f"{first.northing:.3f},{first.easting:.3f}"
            plot.report(last.line, Kind.CLOSING_DIFFERS, f"{last.northing:.3f},{last.easting:.3f}", wanted)


def shape_of_rings(kind: PlotKind, rings: Sequence[FloatArray]) -> shapely.Geometry:
    """Make the geometry of a plot.

    Parameters
    ----------
    kind : PlotKind
    rings : sequence of ndarray of float64, shape (n, 2)
        Enough different points each, closed or not.

    Returns
    -------
    Polygon or MultiPolygon, LineString or MultiLineString, Point or MultiPoint
        A polygon may be invalid; it has the points of the file.
    """
    if kind is PlotKind.AREA:
        return polygon_of_rings(rings)
    if kind is PlotKind.LINE:
        lines = [shapely.LineString(ring) for ring in rings]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    places = [shapely.Point(place) for ring in rings for place in ring]
    return places[0] if len(places) == 1 else shapely.MultiPoint(places)


def polygon_of_rings(rings: Sequence[FloatArray]) -> shapely.Polygon | shapely.MultiPolygon:
    """Make one polygon of rings in any order: a ring inside an odd number of others is a hole of the smallest of them.

    Parameters
    ----------
    rings : sequence of ndarray of float64, shape (n, 2)
        At least three different points each, closed or not, in either direction.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.formats.boundary_points.rings import polygon_of_rings
    >>> square = np.array([(0, 0), (0, 9), (9, 9), (9, 0)], dtype=float)
    >>> polygon_of_rings([square / 3 + 1, square, square + 20]).area
    153.0
    """
    discs = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    order = np.argsort(-shapely.area(discs), kind="stable")
    bounds = shapely.bounds(discs)
    parents: dict[int, list[int]] = {}
    for place, inner in enumerate(order):
        larger = order[:place]
        around = ((bounds[larger, :2] <= bounds[inner, :2]) & (bounds[larger, 2:] >= bounds[inner, 2:])).all(axis=1)
        parents[inner] = [outer for outer in larger[around] if _encloses(discs[outer], discs[inner])]
    shells: dict[int, list[FloatArray]] = {ring: [] for ring in order if len(parents[ring]) % 2 == 0}
    for ring in order:
        if len(parents[ring]) % 2:
            # The last parent is the smallest one; parents of a hole that crosses others may all be holes.
            shell = next((parent for parent in reversed(parents[ring]) if parent in shells), order[0])
            shells[shell].append(rings[ring])
    polygons = [shapely.Polygon(rings[shell], holes) for shell, holes in sorted(shells.items())]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _encloses(outer: shapely.Polygon, inner: shapely.Polygon) -> bool:
    """Whether a ring lies in another one; asked by points, which also answers for rings that cross themselves."""
    places = shapely.get_coordinates(inner)
    if not shapely.intersects_xy(outer, places[:, 0], places[:, 1]).all():
        return False
    inside = shapely.contains_xy(outer, places[:, 0], places[:, 1])
    if inside.any():
        return True
    middles = np.array([(first + second) / 2 for first, second in pairwise(places)])
    if not shapely.intersects_xy(outer, middles[:, 0], middles[:, 1]).all():
        return False
    if shapely.contains_xy(outer, middles[:, 0], middles[:, 1]).any():
        return True
    return bool(shapely.intersects(outer, shapely.point_on_surface(inner)))
