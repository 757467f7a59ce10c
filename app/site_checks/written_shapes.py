"""Polygons as GeoJSON text, all of an answer at once: GEOS writes each number by itself, into a tree that is then written."""

import numpy as np
import orjson
import shapely

from gis.arrays import GeometryArray
from gis.rings import rings_in_order


def write_shapes(shapes: GeometryArray, places: int) -> list[bytes]:
    """Write polygons as geometries of GeoJSON.

    Parameters
    ----------
    shapes : ndarray of MultiPolygon or None, shape (n,)
        Longitude and latitude in degrees.
    places : int
        Decimal places that coordinates are rounded to.

    Returns
    -------
    list of bytes
        ``null`` where there is none.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from app.site_checks.written_shapes import write_shapes
    >>> write_shapes(np.array([shapely.multipolygons([shapely.box(0, 0, 1, 0.123456)]), None], dtype=object), 3)[0]
    b'{"type":"MultiPolygon","coordinates":[[[[1.0,0.0],[1.0,0.123],[0.0,0.123],[0.0,0.0],[1.0,0.0]]]]}'
    """
    polygons, shape = shapely.get_parts(shapes, return_index=True)
    polygon, _, sizes = rings_in_order(polygons)
    points = np.round(shapely.get_coordinates(polygons), places)
    ends = np.cumsum(sizes).tolist()
    of_polygon: list[list[object]] = [[] for _ in polygons]
    for owner, start, end in zip(polygon.tolist(), [0, *ends], ends, strict=False):
        of_polygon[owner].append(points[start:end])
    of_shape: list[list[object]] = [[] for _ in shapes]
    for owner, written in zip(shape.tolist(), of_polygon, strict=True):
        of_shape[owner].append(written)
    return [
        orjson.dumps(
            {"type": "MultiPolygon", "coordinates": parts} if parts else None, option=orjson.OPT_SERIALIZE_NUMPY
        )
        for parts in of_shape
    ]
