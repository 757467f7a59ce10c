"""Cutting large polygons into small pieces, so that what meets their border meets few vertices."""

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.errors import ClosureError, GeometryRefusedError
from gis.polygonal import simple_parts

__all__ = ["MIN_PIECE_VERTICES", "subdivide"]

#: A triangle cut by a line has up to four corners, and five positions with the closing one; below this a cut need not make progress.
MIN_PIECE_VERTICES = 8
_POLYGON = shapely.GeometryType.POLYGON.value
_RELATIVE_TOLERANCE = 1e-9
_CLIP_TOLERANCE = 1e-12


def subdivide(geoms: GeometryInput, max_vertices: int = 256) -> tuple[GeometryArray, IntArray]:
    """Cut polygons into pieces of at most ``max_vertices`` vertices that cover them without overlap.

    A polygon with too many vertices is cut in two at the middle one of its vertices across its longer side, and so are the halves. The cuts run
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
        If a polygon is not valid.
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
    open_parts, open_owner = _polygons(array)
    done_parts: list[GeometryArray] = []
    done_owner: list[IntArray] = []
    across: BoolArray = np.zeros(len(open_parts), dtype=bool)
    while len(open_parts):
        small = shapely.get_num_coordinates(open_parts) <= max_vertices
        done_parts.append(open_parts[small])
        done_owner.append(open_owner[small])
        open_parts, open_owner, across = _halve(open_parts[~small], open_owner[~small], across[~small])
    pieces, source_index = _concatenate(done_parts, done_owner)
    _require_closure(array, pieces, source_index)
    return pieces, source_index


def _polygons(array: GeometryArray) -> tuple[GeometryArray, IntArray]:
    parts, owner = simple_parts(array)
    areal = shapely.get_type_id(parts) == _POLYGON
    return parts[areal], owner[areal]


def _concatenate(parts: list[GeometryArray], owners: list[IntArray]) -> tuple[GeometryArray, IntArray]:
    if not parts:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    pieces, source_index = np.concatenate(parts), np.concatenate(owners)
    order = np.argsort(source_index, kind="stable")
    return pieces[order], source_index[order]


def _halve(polygons: GeometryArray, owner: IntArray, across: BoolArray) -> tuple[GeometryArray, IntArray, BoolArray]:
    """Cut every polygon in two; ``across`` asks for a cut along the longer side, where the last one across it did not help."""
    if len(polygons) == 0:
        return polygons, owner, across
    bounds = shapely.bounds(polygons)
    wide = (bounds[:, 2] - bounds[:, 0] >= bounds[:, 3] - bounds[:, 1]) != across
    low, high = bounds.copy(), bounds.copy()
    axis = np.where(wide, 0, 1)
    rows = np.arange(len(polygons))
    cut = _middle_vertex(polygons, axis, bounds)
    low[rows, axis + 2] = cut
    high[rows, axis] = cut
    halves = _cut(polygons, low, high)
    before = np.tile(shapely.get_num_coordinates(polygons), 2)
    parts, position = _polygons(halves)
    stuck = shapely.get_num_coordinates(parts) >= before[position]
    return parts, np.tile(owner, 2)[position], stuck & ~np.tile(across, 2)[position]


def _cut(polygons: GeometryArray, low: FloatArray, high: FloatArray) -> GeometryArray:
    """Return what lies in the lower box of each polygon, then what lies in the upper one.

    ``clip_by_rect`` takes an eighth of the time of an intersection, but may return an invalid polygon where a ring touches the cut, or lose a
    part; its result is taken only where it is valid and adds up.
    """
    halves = np.concatenate([_clip(polygons, low), _clip(polygons, high)])
    count = len(polygons)
    areas = shapely.area(halves).reshape(2, count).sum(axis=0)
    whole = shapely.area(polygons)
    sound = shapely.is_valid(halves).reshape(2, count).all(axis=0) & (np.abs(areas - whole) <= _CLIP_TOLERANCE * whole)
    wrong = np.flatnonzero(~sound)
    for offset, side in ((0, low), (count, high)):
        halves[wrong + offset] = shapely.intersection(polygons[wrong], shapely.box(*side[wrong].T))
    return halves


def _clip(polygons: GeometryArray, boxes: FloatArray) -> GeometryArray:
    clipped = np.empty(len(polygons), dtype=object)
    clipped[:] = [shapely.clip_by_rect(polygon, *box) for polygon, box in zip(polygons, boxes.tolist(), strict=True)]
    return clipped


def _middle_vertex(polygons: GeometryArray, axis: IntArray, bounds: FloatArray) -> FloatArray:
    """Return the median vertex coordinate on the axis, or the middle of the bounds where the median lies on their edge and cuts nothing off."""
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    values = coordinates[np.arange(len(owner)), axis[owner]]
    order = np.lexsort((values, owner))
    counts = np.bincount(owner, minlength=len(polygons))
    middle = values[order[np.cumsum(counts) - counts // 2 - 1]]
    rows = np.arange(len(polygons))
    first, last = bounds[rows, axis], bounds[rows, axis + 2]
    inside = (middle > first) & (middle < last)
    return np.where(inside, middle, (first + last) / 2)


def _require_closure(array: GeometryArray, pieces: GeometryArray, source_index: IntArray) -> None:
    whole = np.nan_to_num(shapely.area(array))
    parts = np.bincount(source_index, weights=shapely.area(pieces), minlength=len(array))
    open_rows = np.flatnonzero(np.abs(parts - whole) > _RELATIVE_TOLERANCE * np.abs(whole))
    if len(open_rows):
        row = int(open_rows[0])
        message = f"The pieces of polygon {row} measure {parts[row]:.6f}, the polygon itself {whole[row]:.6f}."
        raise ClosureError(message)
