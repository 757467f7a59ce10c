"""Narrow land between the boundaries of different polygons of one layer, whether it is enclosed or open to the outside.

It is what a morphological closing fills: the land that no circle of the widest gap's diameter reaches without touching a polygon. It is computed
only along edges of different polygons that come so near to each other, in metres on the ground about an origin nearby.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.area_plane import true_scale
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, as_geometry_array
from gis.grouping import connected_groups
from gis.polygonal import polygonal_part
from gis.rings import RingTable, put_parts
from gis.robust import RowResults, apply_to_rows, union_of_parts
from gis.threads import ThreadTeam
from gis.topology_vertices import pairs_within, plane_reach
from gis.vertex_keys import vertex_keys

__all__ = ["NarrowLand", "facing_edges", "narrow_land"]

#: A closing computed to here around the edges is exact to one width around them.
_WIDTHS_AROUND: Final = 3
_MANY_VERTICES: Final = 1000
_WINDOW_MARGIN_M: Final = 10.0
#: GEOS simplifies what it buffers by a hundredth of the distance, so that what is thinner than this share of the width is no answer of it.
_BUFFER_NOISE: Final = 0.02
_GRID_M: Final = 1e-8


@dataclass(frozen=True, slots=True)
class NarrowLand:
    """Narrow land along groups of edges.

    Attributes
    ----------
    polygons : ndarray of Polygon, shape (n,)
        In the area plane.
    failures : dict
        Position of each group on which GEOS failed, with its message.
    """

    polygons: GeometryArray
    failures: dict[int, str]


def facing_edges(table: RingTable, edges: IntArray, *, width_m: float, angle_deg: float) -> GeometryArray:
    """Find edges of different polygons that come near to each other.

    Parameters
    ----------
    table : RingTable
    edges : ndarray of int64
        The edges of the table that no neighbour matches.
    width_m : float
        On the ground.
    angle_deg : float
        Edges that meet at their ends at a larger angle than this are a corner.

    Returns
    -------
    ndarray of MultiLineString, shape (g,)
        The edges in connected groups.
    """
    start, end, owner = table.vertices[edges], table.vertices[table.following[edges]], table.edge_polygon[edges]
    lines = np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)
    links = [np.zeros((2, 0), dtype=np.int64)]
    for first, second in pairs_within(lines, lines, plane_reach(lines, width_m)):
        pair = owner[first] != owner[second]
        one, other = first[pair], second[pair]
        pair = ~_is_corner(start, end, one, other, angle_deg)
        links.append(_fewer_links(one[pair], other[pair]))
    first, second = np.concatenate(links, axis=1)
    facing = np.unique(np.concatenate([first, second]))
    if len(facing) == 0:
        return np.empty(0, dtype=object)
    # Edges that follow each other go together, too: a gap is one, however many edges it has.
    ends = vertex_keys(np.concatenate([start[facing], end[facing]]))
    node = np.unique(ends, return_inverse=True)[1] + len(facing)
    place = np.arange(len(facing))
    group = connected_groups(
        int(node.max()) + 1,
        np.concatenate([np.searchsorted(facing, first), place, place]),
        np.concatenate([np.searchsorted(facing, second), node]),
    )[: len(facing)]
    order = np.argsort(group, kind="stable")
    of = np.unique(group[order], return_inverse=True)[1]
    return np.asarray(shapely.multilinestrings(lines[facing[order]], indices=of), dtype=object)


def _fewer_links(first: IntArray, second: IntArray) -> IntArray:
    """Return links, shape (2, m), that connect the same as these, one for each end."""
    ends, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    lowest = connected_groups(len(ends), place[: len(first)], place[len(first) :])
    return np.stack([ends, ends[lowest]]).astype(np.int64)


def _is_corner(start: FloatArray, end: FloatArray, first: IntArray, second: IntArray, angle_deg: float) -> BoolArray:
    """Tell of pairs of edges whether they meet at an end at a larger angle than this, on the ground."""
    corner = np.zeros(len(first), dtype=bool)
    for one, one_other in ((start, end), (end, start)):
        for two, two_other in ((start, end), (end, start)):
            meet = np.flatnonzero((one[first] == two[second]).all(axis=1))
            east = true_scale(one[first[meet], 1])
            scale = np.column_stack([east, 1 / east])
            along = (one_other[first[meet]] - one[first[meet]]) * scale
            beside = (two_other[second[meet]] - two[second[meet]]) * scale
            turn = np.abs(along[:, 0] * beside[:, 1] - along[:, 1] * beside[:, 0])
            corner[meet] |= np.arctan2(turn, (along * beside).sum(axis=1)) >= np.radians(angle_deg)
    return corner


def narrow_land(
    lines: GeometryArray,
    covers: GeometryArray,
    *,
    reach: float,
    width_m: float,
    angle_deg: float,
    team: ThreadTeam,
) -> NarrowLand:
    """Close the cover along groups of edges, and return what that fills.

    Parameters
    ----------
    lines : ndarray of MultiLineString, shape (g,)
        From :func:`facing_edges`.
    covers : ndarray of Polygon, MultiPolygon or None, shape (n,)
        All that is not empty land.
    reach : float
        The longest length of the area plane that so many metres on the ground can have as matter around the edges.
    width_m, angle_deg : float
    team : ThreadTeam
    """
    group, cover = shapely.STRtree(covers).query(lines, predicate="dwithin", distance=reach)
    frames = _frames(lines)
    near = _to_local(_windows(covers[cover], shapely.bounds(lines)[group]), frames[group])
    collections = np.asarray(shapely.geometrycollections(near, indices=group), dtype=object)
    closing = _Closing(width_m, angle_deg)
    filled: RowResults = apply_to_rows(closing, _to_local(lines, frames), collections, team=team)
    parts, of = shapely.get_parts(filled.geometries, return_index=True)
    return NarrowLand(_from_local(parts, frames[of]), filled.failures)


@dataclass(frozen=True, slots=True)
class _Closing:
    """Computes what a closing fills along edges, as an operation for :func:`gis.robust.apply_to_rows`."""

    width_m: float
    angle_deg: float

    def __call__(self, lines: GeometryArray, covers: GeometryArray, *, grid_size: float | None = None) -> GeometryArray:  # noqa: ARG002 - apply_to_rows passes it
        parts, of = shapely.get_parts(covers, return_index=True)
        cut = polygonal_part(shapely.intersection(parts, shapely.buffer(lines, _WIDTHS_AROUND * self.width_m)[of]))
        met = ~shapely.is_missing(cut)
        cover = np.full(len(lines), shapely.Polygon(), dtype=object)
        groups = np.unique(of[met], return_inverse=True)
        # On a grid: where neighbours were cut along one edge, no slit of a few last bits is left between them.
        collections = as_geometry_array(shapely.geometrycollections(cut[met], indices=groups[1]))
        cover[groups[0]] = union_of_parts(collections[:, np.newaxis], grid_size=_GRID_M)
        # Dilated round, so that nothing farther apart than the width is joined; eroded with sharp corners, so that corners of the cover are restored
        # where they are not sharper than the angle.
        dilated = shapely.buffer(cover, self.width_m / 2)
        limit = 1 / np.sin(np.radians(self.angle_deg) / 2)
        closed = shapely.buffer(dilated, -self.width_m / 2, join_style="mitre", mitre_limit=limit)
        narrow = polygonal_part(shapely.difference(closed, cover, grid_size=_GRID_M))
        near = shapely.buffer(lines, self.width_m)
        return self._without_noise(polygonal_part(shapely.intersection(narrow, near, grid_size=_GRID_M)))

    def _without_noise(self, filled: GeometryArray) -> GeometryArray:
        """Drop what is thinner than a closing by GEOS is exact, also hairs of wider pieces: arcs of other systems leave such along edges."""
        thin = _BUFFER_NOISE * self.width_m / 2
        core = shapely.buffer(filled, -thin)
        # Somewhat farther than it was eroded, so that the corners are there again.
        around = shapely.buffer(core, 2 * thin, join_style="mitre")
        parts, of = shapely.get_parts(shapely.intersection(filled, around, grid_size=_GRID_M), return_index=True)
        kept = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON.value
        kept &= ~shapely.is_empty(shapely.buffer(parts, -thin))
        result = np.full(len(filled), None, dtype=object)
        put_parts(result, parts[kept], of[kept])
        return result


def _windows(polygons: GeometryArray, bounds: FloatArray) -> GeometryArray:
    """Cut polygons with many vertices to boxes with a margin."""
    large = np.flatnonzero(shapely.get_num_coordinates(polygons) > _MANY_VERTICES)
    result = polygons.copy()
    low, high = bounds[large, :2] - _WINDOW_MARGIN_M, bounds[large, 2:] + _WINDOW_MARGIN_M
    result[large] = shapely.intersection(polygons[large], shapely.box(*low.T, *high.T))
    return result


def _frames(lines: GeometryArray) -> FloatArray:
    """Return for each geometry an origin and the metres on the ground of a metre of x and of y, shape (n, 2, 2)."""
    bounds = shapely.bounds(lines)
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    east = true_scale(centre[:, 1])
    return np.stack([centre, np.column_stack([east, 1 / east])], axis=1)


def _to_local(geometries: GeometryArray, frames: FloatArray) -> GeometryArray:
    coordinates, of = shapely.get_coordinates(geometries, return_index=True)
    local: GeometryArray = shapely.set_coordinates(geometries.copy(), (coordinates - frames[of, 0]) * frames[of, 1])
    return local


def _from_local(geometries: GeometryArray, frames: FloatArray) -> GeometryArray:
    coordinates, of = shapely.get_coordinates(geometries, return_index=True)
    plane: GeometryArray = shapely.set_coordinates(geometries.copy(), coordinates / frames[of, 1] + frames[of, 0])
    return plane
