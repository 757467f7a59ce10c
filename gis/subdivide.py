"""Cutting large polygons into small pieces, so that what meets their border meets few vertices."""

from collections.abc import Callable

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.errors import ClosureError, GeometryRefusedError
from gis.polygonal import simple_parts

__all__ = ["MIN_PIECE_VERTICES", "join_pieces", "subdivide"]

#: A triangle cut by a line has up to four corners, and five positions with the closing one; below this a cut need not make progress.
MIN_PIECE_VERTICES = 8
_POLYGON = shapely.GeometryType.POLYGON.value
_RELATIVE_TOLERANCE = 1e-9
_CLIP_TOLERANCE = 1e-12
#: A cut adds the points where it crosses the boundary. No set of cuts of a sound polygon multiplies its vertices like this.
_MOST_GROWTH = 16
_IN_FOUR = 3
_Cut = Callable[[GeometryArray, FloatArray], GeometryArray]


def subdivide(geoms: GeometryInput, max_vertices: int = 256) -> tuple[GeometryArray, IntArray]:
    """Cut polygons into pieces of at most ``max_vertices`` vertices that cover them without overlap.

    A polygon with too many vertices is cut in the middle of its longer side, and so are the halves. The cuts run
    along the axes of the plane, so that in the area plane they are meridians and parallels.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        Valid polygons and multipolygons in any plane. Points and lines have no piece, nor have None and empty. Z is dropped.
    max_vertices : int
        At least 8; the closing vertex counts. An intersection costs least at about 256.

    Returns
    -------
    pieces : ndarray of Polygon, shape (m,)
        Ordered by ``source_index``.
    source_index : ndarray of int64, shape (m,)
        The position in ``geoms`` that each piece belongs to.

    Raises
    ------
    ValueError
        If ``max_vertices`` is less than 8.
    GeometryRefusedError
        If a polygon is not valid, or has more than ``max_vertices`` vertices within the last digits of one place.
    ClosureError
        If the pieces of a polygon do not add up to it to 1e-9 of its area.

    Examples
    --------
    >>> import shapely
    >>> disc = shapely.Point(0, 0).buffer(1, quad_segs=64)
    >>> pieces, source_index = subdivide([disc], max_vertices=100)
    >>> len(pieces), bool(abs(shapely.area(pieces).sum() - disc.area) < 1e-12)
    (4, True)
    """
    if max_vertices < MIN_PIECE_VERTICES:
        message = f"Pieces need at least {MIN_PIECE_VERTICES} vertices, got max_vertices={max_vertices}."
        raise ValueError(message)
    array = shapely.force_2d(as_geometry_array(geoms))
    for row in np.flatnonzero(~shapely.is_valid(array) & ~shapely.is_missing(array)):
        message = f"Polygon {row} cannot be cut, it is not valid: {shapely.is_valid_reason(array[row])}."
        raise GeometryRefusedError(message)
    parts, owner = _polygons(array)
    pieces, part = _cut_to_size(parts, max_vertices, _clip)
    # Clipping takes an eighth of the time of an intersection, but may make an invalid polygon where a ring touches the cut: those parts are cut again.
    unsound = np.zeros(len(parts), dtype=bool)
    unsound[part[~shapely.is_valid(pieces)]] = True
    unsound |= ~_adds_up(parts, pieces, part, _CLIP_TOLERANCE)
    again = np.flatnonzero(unsound)
    more, more_part = _cut_to_size(parts[again], max_vertices, _intersect)
    pieces = np.concatenate([pieces[~unsound[part]], more])
    source_index = owner[np.concatenate([part[~unsound[part]], again[more_part]])]
    order = np.argsort(source_index, kind="stable")
    pieces, source_index = pieces[order], source_index[order]
    _require_closure(array, pieces, source_index)
    return pieces, source_index


def join_pieces(pieces: GeometryArray) -> shapely.Geometry:
    """Put pieces of one polygon together again.

    A buffer of no width walks along all boundaries at once, where a union meets the pieces two by two: it takes a third of the time. Pieces cover
    nothing twice, so that their areas tell whether it left anything out.

    Parameters
    ----------
    pieces : ndarray of Polygon, shape (n,)
        Some of the pieces that :func:`subdivide` made of a polygon, at least one.

    Returns
    -------
    Polygon or MultiPolygon

    Examples
    --------
    >>> import shapely
    >>> pieces, _ = subdivide([shapely.Point(0, 0).buffer(1, quad_segs=64)], max_vertices=100)
    >>> shapely.get_num_geometries(pieces).sum().item(), join_pieces(pieces).geom_type
    (4, 'Polygon')
    """
    joined = shapely.MultiPolygon(pieces.tolist()).buffer(0.0)
    area = shapely.area(pieces).sum()
    if abs(joined.area - area) <= _CLIP_TOLERANCE * area:
        return joined
    united: shapely.Geometry = shapely.union_all(pieces)
    return united


def _polygons(array: GeometryArray) -> tuple[GeometryArray, IntArray]:
    parts, owner = simple_parts(array)
    areal = shapely.get_type_id(parts) == _POLYGON
    return parts[areal], owner[areal]


def _cut_to_size(polygons: GeometryArray, max_vertices: int, cut: _Cut) -> tuple[GeometryArray, IntArray]:
    """Cut polygons across their longer side until they are small enough; return the pieces and the polygon of each.

    What would have to be cut again at once is cut in four, which saves clipping it twice.
    """
    done: list[tuple[GeometryArray, IntArray]] = [(np.empty(0, dtype=object), np.empty(0, dtype=np.int64))]
    pieces, owner = polygons, np.arange(len(polygons))
    most_vertices = _MOST_GROWTH * shapely.get_num_coordinates(pieces).sum()
    while len(pieces):
        vertices = shapely.get_num_coordinates(pieces)
        small = vertices <= max_vertices
        done.append((pieces[small], owner[small]))
        pieces, owner, vertices = pieces[~small], owner[~small], vertices[~small]
        in_four = vertices > _IN_FOUR * max_vertices
        boxes, position = _halves_of_bounds(shapely.bounds(pieces))
        quarters, half = _halves_of_bounds(boxes[in_four[position]])
        boxes = np.concatenate([boxes[~in_four[position]], quarters])
        position = np.concatenate([position[~in_four[position]], position[in_four[position]][half]])
        stuck = (boxes == shapely.bounds(pieces)[position]).all(axis=1).any()
        if stuck or vertices.sum() > most_vertices:
            message = f"A polygon has more than {max_vertices} vertices in one place and cannot be cut between them."
            raise GeometryRefusedError(message)
        pieces, part = _polygons(cut(pieces[position], boxes))
        owner = owner[position[part]]
    return np.concatenate([pieces for pieces, _ in done]), np.concatenate([owner for _, owner in done])


def _halves_of_bounds(bounds: FloatArray) -> tuple[FloatArray, IntArray]:
    """Cut boxes of shape (n, 4) across their longer side; return the 2 n halves and the box of each."""
    low, high = bounds.copy(), bounds.copy()
    axis = np.argmax(bounds[:, 2:] - bounds[:, :2], axis=1)
    rows = np.arange(len(bounds))
    middle = (bounds[rows, axis] + bounds[rows, axis + 2]) / 2
    low[rows, axis + 2] = middle
    high[rows, axis] = middle
    return np.concatenate([low, high]), np.tile(rows, 2)


def _clip(polygons: GeometryArray, boxes: FloatArray) -> GeometryArray:
    clipped = np.empty(len(polygons), dtype=object)
    clipped[:] = [_clip_one(polygon, box) for polygon, box in zip(polygons, boxes.tolist(), strict=True)]
    return clipped


def _clip_one(polygon: shapely.Geometry, box: list[float]) -> shapely.Geometry:
    try:
        return shapely.clip_by_rect(polygon, *box)
    except shapely.errors.GEOSException:
        # It does not take back rings that the cut leaves with too few points.
        xmin, ymin, xmax, ymax = box
        return shapely.intersection(polygon, shapely.box(xmin, ymin, xmax, ymax))


def _intersect(polygons: GeometryArray, boxes: FloatArray) -> GeometryArray:
    return np.asarray(shapely.intersection(polygons, shapely.box(*boxes.T)), dtype=object)


def _adds_up(array: GeometryArray, pieces: GeometryArray, source_index: IntArray, tolerance: float) -> BoolArray:
    whole = np.nan_to_num(shapely.area(array))
    parts = np.bincount(source_index, weights=shapely.area(pieces), minlength=len(array))
    closes: BoolArray = np.abs(parts - whole) <= tolerance * whole
    return closes


def _require_closure(array: GeometryArray, pieces: GeometryArray, source_index: IntArray) -> None:
    closes = _adds_up(array, pieces, source_index, _RELATIVE_TOLERANCE)
    if not closes.all():
        row = int(np.argmin(closes))
        message = f"The pieces of polygon {row} do not add up to its area of {array[row].area:.6f}."
        raise ClosureError(message)
