"""Coverages for small scales: polygons with fewer vertices that still share their edges, so that no gap opens and no ground vanishes.

Simplifying each polygon by itself opens gaps between neighbours, and leaving out what is smaller than a pixel takes most of the ground away where
parcels are small. Both read as land about which nothing is known.

References
----------
.. [1] Visvalingam, Whyatt (1993): Line generalisation by repeated elimination of points. The Cartographic Journal 30(1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyproj
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.crs import project_geometries
from gis.flatten import FlatLayer, flatten_layer
from gis.merging import merge_cells
from gis.polygonal import polygonal_part
from gis.rings import ring_table
from gis.threads import ThreadTeam
from gis.vertex_keys import vertex_keys

__all__ = [
    "ClassBand",
    "FeatureBand",
    "MapCoverage",
    "PieceBand",
    "classes_at",
    "map_coverage",
    "pixel_m",
    "to_web_mercator",
]

#: Half the length of the equator in Web Mercator, in metres.
_HALF_WORLD_M: Final = 20_037_508.342789244
# A gap between neighbours that is narrower than this is none: their edges were meant to be one. Any road is wider.
_GAP_M: Final = 1.0
#: Pixels along a tile of which one is what is not told apart any more.
TILE_PIXELS: Final = 256
#: Ground of a class that measures less than so many pixels goes to a neighbour. Where classes change from parcel to parcel, patches of one pixel
#: are most of a tile, and half of its bytes say that they are there.
_LEAST_PIXELS: Final = 2


def pixel_m(zoom: int) -> float:
    """Return the side of a pixel of a zoom in metres of Web Mercator.

    Examples
    --------
    >>> from gis.generalise import pixel_m
    >>> round(pixel_m(10), 2)
    152.87
    """
    return 2 * _HALF_WORLD_M / TILE_PIXELS / 2.0**zoom


def to_web_mercator(polygons: GeometryArray) -> GeometryArray:
    """Take polygons from longitude and latitude to Web Mercator, the plane of the tiles.

    Raises
    ------
    GeometryRefusedError
        What lies at a pole.
    """
    return project_geometries(polygons, pyproj.CRS.from_epsg(3857))


@dataclass(frozen=True, slots=True)
class PieceBand:
    """The pieces of a coverage simplified for a zoom, none left out."""

    zoom: int
    pieces: GeometryArray


@dataclass(frozen=True, slots=True)
class FeatureBand:
    """Features simplified for a zoom, in the order of the layer; None where one has no ground."""

    zoom: int
    geometries: GeometryArray


@dataclass(frozen=True, slots=True)
class ClassBand:
    """The classes of a layer at a zoom: polygons, the class of each, and how many features it stands for."""

    zoom: int
    geometries: GeometryArray
    classes: IntArray
    counts: IntArray


@dataclass(frozen=True, slots=True)
class MapCoverage:
    """A layer without overlaps in the plane of the tiles, and where its polygons do not fit together.

    Attributes
    ----------
    flat : FlatLayer
        Pieces in metres of Web Mercator.
    classes : ndarray of int64, shape (n,)
        The class of each feature.
    invalid : ndarray of bool, shape (p,)
        Pieces that have an edge which runs along a neighbour's without being the same.
    invalid_edges : ndarray of geometry, shape (p,)
        Those edges; empty where there are none.
    """

    flat: FlatLayer
    classes: IntArray
    invalid: BoolArray
    invalid_edges: GeometryArray

    def simplified(self, zooms: Sequence[int]) -> Iterator[PieceBand]:
        """Yield the pieces simplified to a pixel of each zoom, from the largest scale to the smallest, each made of the one before."""
        pieces = self.flat.pieces
        for zoom in sorted(zooms, reverse=True):
            pieces = simplify_coverage(pieces, pixel_m(zoom))
            yield PieceBand(zoom, pieces)

    def features(self, band: PieceBand) -> FeatureBand:
        """Put the features of a zoom together; what does not fit its neighbours stays as it is."""
        pieces = np.where(self.invalid, self.flat.pieces, band.pieces)
        rows, owners = self.flat.memberships.T
        result = np.full(len(self.classes), None, dtype=object)
        order = np.argsort(owners, kind="stable")
        starts = np.searchsorted(owners[order], np.arange(len(self.classes) + 1))
        result[owners] = pieces[rows]
        # Those that overlap others are made of several pieces.
        for owner in np.flatnonzero(np.diff(starts) > 1).tolist():
            result[owner] = shapely.union_all(pieces[rows[order[starts[owner] : starts[owner + 1]]]])
        return FeatureBand(band.zoom, polygonal_part(result))

    def ground(self, band: PieceBand, own: BoolArray | None = None, *, threads: int | None = None) -> ClassBand:
        """Return the ground of each class at a zoom: pieces that hang together are one polygon.

        Parameters
        ----------
        own : ndarray of bool, shape (n,), optional
            The features whose ground it is; all when left out. Where features overlap, the ground is that of the first of them.
        threads : int, optional
            Default: one for each processor.
        """
        rows, owners = self.flat.memberships.T
        first = np.full(len(self.flat.pieces), len(self.classes), dtype=np.int64)
        np.minimum.at(first, rows, owners)
        _, where = np.unique(owners[np.argsort(owners, kind="stable")], return_index=True)
        counts = np.bincount(rows[np.argsort(owners, kind="stable")][where], minlength=len(first)).astype(np.int64)
        taken = np.flatnonzero(np.ones(len(first), dtype=bool) if own is None else own[first])
        labels = self.classes[first][taken]
        merged = merge_cells(band.pieces[taken], labels, is_coverage=False, threads=threads)
        of_patch, summed = _of_patches(merged.part_cells, merged.part_patches, labels, counts[taken])
        return ClassBand(band.zoom, merged.geometries, of_patch, summed)


def classes_at(ground: ClassBand, zooms: Sequence[int]) -> Iterator[ClassBand]:
    """Yield the classes at each zoom, from the largest scale to the smallest, each made of the one before.

    Parameters
    ----------
    ground : ClassBand
        The ground of the classes at a larger scale (:meth:`MapCoverage.ground`).
    """
    geometries, labels, counts = ground.geometries, ground.classes, ground.counts
    for zoom in sorted(zooms, reverse=True):
        geometries, labels, counts = _merged(geometries, labels, counts, _LEAST_PIXELS * pixel_m(zoom) ** 2)
        geometries = simplify_coverage(geometries, pixel_m(zoom))
        yield ClassBand(zoom, geometries, labels, counts)


def map_coverage(polygons: GeometryArray, classes: IntArray, *, threads: int | None = None) -> MapCoverage:
    """Make a coverage of a layer in the plane of the tiles.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid, in longitude and latitude.
    classes : ndarray of int64, shape (n,)
        What a map tells apart, from 0 on.

    Returns
    -------
    MapCoverage

    Raises
    ------
    GeometryRefusedError

    Examples
    --------
    >>> import numpy as np, shapely
    >>> row = np.array([shapely.box(113 + x / 1000, 28, 113 + (x + 1) / 1000, 28.001) for x in range(4)], dtype=object)
    >>> coverage = map_coverage(row, np.array([0, 0, 1, 0]))
    >>> (pieces,) = coverage.simplified([12])
    >>> bands = list(classes_at(coverage.ground(pieces), [11]))
    >>> bands[0].classes.tolist(), bands[0].counts.tolist()
    ([0, 1, 0], [2, 1, 1])
    """
    with ThreadTeam(threads) as team:
        flat = flatten_layer(to_web_mercator(polygons), team=team).without_missing()
    edges = shapely.coverage_invalid_edges(flat.pieces, gap_width=_GAP_M)
    return MapCoverage(flat, classes, ~shapely.is_empty(edges), edges)


def simplify_coverage(polygons: GeometryArray, tolerance_m: float) -> GeometryArray:
    """Simplify polygons with the edges that they share: each keeps at least a triangle, and what does not come out valid stays as it was."""
    if not len(polygons):
        return polygons
    simplified: GeometryArray = shapely.coverage_simplify(polygons, tolerance_m)
    usable = shapely.is_valid(simplified) & ~shapely.is_empty(simplified)
    return np.where(usable, simplified, polygons)


def _merged(
    geometries: GeometryArray, labels: IntArray, counts: IntArray, smallest_m2: float
) -> tuple[GeometryArray, IntArray, IntArray]:
    """Unite neighbours of one class; what is smaller goes to the neighbour with which it shares most, and stays where it has none."""
    # Where two blocks meet, edges may lie apart by less than a pixel.
    united = merge_cells(geometries, labels, is_coverage=False)
    labels, counts = _of_patches(united.part_cells, united.part_patches, labels, counts)
    parts = united.geometries
    keeper = _absorbed(parts, shapely.area(parts) < smallest_m2)
    if (keeper == np.arange(len(parts))).all():
        return parts, labels, counts
    again = merge_cells(parts, labels[keeper], is_coverage=False)
    return again.geometries, *_of_patches(again.part_cells, again.part_patches, labels[keeper], counts)


def _of_patches(cells: IntArray, patches: IntArray, labels: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return the class of each patch and the number of features in it; a feature of several parts counts where its first part is."""
    size = int(patches.max(initial=-1)) + 1
    of_patch = np.zeros(size, dtype=np.int64)
    of_patch[patches] = labels[cells]
    is_first = np.concatenate([[True], cells[1:] != cells[:-1]]) if len(cells) else np.zeros(0, dtype=bool)
    summed = np.bincount(patches[is_first], weights=counts[cells[is_first]], minlength=size)
    return of_patch, summed.astype(np.int64)


def _absorbed(parts: GeometryArray, small: BoolArray) -> IntArray:
    """Return for each polygon the one that it becomes part of: itself, or where it is small the end of the way to ever larger neighbours."""
    one, other, length = shared_lengths(parts)
    area = shapely.area(parts)
    rank = np.empty(len(parts), dtype=np.int64)
    rank[np.lexsort([np.arange(len(parts)), area])] = np.arange(len(parts))
    grows = small[one] & (rank[other] > rank[one])
    one, other, length = one[grows], other[grows], length[grows]
    order = np.lexsort([length, one])
    target = np.arange(len(parts))
    # The last of each polygon is the neighbour with the longest shared edge.
    target[one[order]] = other[order]
    while not (target[target] == target).all():
        target = target[target]
    return target


def shared_lengths(parts: GeometryArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs of polygons that share edges, in both directions, and the length of what they share.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.generalise import shared_lengths
    >>> one, other, length = shared_lengths(np.array([shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 2)], dtype=object))
    >>> one.tolist(), other.tolist(), length.tolist()
    ([0, 1], [1, 0], [2.0, 2.0])
    """
    table = ring_table(parts)
    keys = vertex_keys(table.vertices)
    start, end, owner = keys, keys[table.following], table.edge_polygon
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort([high, low])
    same = np.flatnonzero((low[order[:-1]] == low[order[1:]]) & (high[order[:-1]] == high[order[1:]]))
    first, second = order[same], order[same + 1]
    length = np.hypot(*(table.vertices[first] - table.vertices[table.following[first]]).T)
    a, b = owner[first], owner[second]
    pair = np.concatenate([a * len(parts) + b, b * len(parts) + a])
    pairs, position = np.unique(pair, return_inverse=True)
    summed = np.bincount(position, weights=np.concatenate([length, length]), minlength=len(pairs))
    is_other = pairs // max(len(parts), 1) != pairs % max(len(parts), 1)
    pairs, summed = pairs[is_other], summed[is_other]
    return pairs // len(parts), pairs % len(parts), summed
