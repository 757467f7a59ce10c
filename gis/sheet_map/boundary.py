"""The boundary points (界址点) of a site with their coordinates and the lengths of the sides between them."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from gis.crs import project_geometries

__all__ = ["BoundaryPoint", "boundary_points"]


@dataclass(frozen=True, slots=True)
class BoundaryPoint:
    """One boundary point.

    Attributes
    ----------
    part, ring : int
        From 1; ring 1 is the outer one, the others are holes.
    number : int
        Runs through the whole site, from 1.
    x_m, y_m : float
        Easting and northing.
    lon, lat : float
        Degrees.
    side_m : float
        Length of the side to the next point of the ring, in the plane.
    """

    part: int
    ring: int
    number: int
    x_m: float
    y_m: float
    lon: float
    lat: float
    side_m: float


def boundary_points(site: shapely.Geometry, crs: pyproj.CRS) -> list[BoundaryPoint]:
    """List the boundary points of a polygon in the order in which its rings are stored; no ring's end is repeated.

    Parameters
    ----------
    site : Polygon or MultiPolygon
        (lon, lat) in degrees.
    crs : CRS
        Projected, for example of :func:`gis.crs.local_projected_crs`.

    Examples
    --------
    >>> import shapely
    >>> from gis.crs import local_projected_crs
    >>> from gis.sheet_map import boundary_points
    >>> points = boundary_points(shapely.box(113, 28, 113.001, 28.001), local_projected_crs(113, 28))
    >>> [(point.number, round(point.side_m, 1)) for point in points]
    [(1, 110.8), (2, 98.4), (3, 110.8), (4, 98.4)]
    """
    points: list[BoundaryPoint] = []
    for part, polygon in enumerate(shapely.get_parts(site), start=1):
        for ring, line in enumerate((polygon.exterior, *polygon.interiors), start=1):
            degrees = shapely.get_coordinates(line)
            plane = shapely.get_coordinates(project_geometries([line], crs))
            sides = np.hypot(*np.diff(plane, axis=0).T)
            points += [
                BoundaryPoint(part, ring, len(points) + position + 1, x, y, lon, lat, side)
                for position, ((x, y), (lon, lat), side) in enumerate(
                    zip(plane[:-1].tolist(), degrees[:-1].tolist(), sides.tolist(), strict=True)
                )
            ]
    return points
