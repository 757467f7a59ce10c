"""Polygons of the area plane as bytes with their measures: what is compared with each other waits on disk, and needs no geometry until then."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.plain_polygons import PlainPolygons

__all__ = ["PlaneShapes"]


@dataclass(frozen=True, slots=True)
class PlaneShapes:
    """Polygons in the area plane, two-dimensional; arrays of length n.

    Attributes
    ----------
    wkb : ndarray of bytes or None
        A multipolygon of one part is that polygon; None where there is none.
    bounds : ndarray of float64, shape (n, 4)
        NaN where there is none.
    vertices : ndarray of int64
        How many coordinates each has.
    areas, lengths : ndarray of float64
        m² and metres of the plane; NaN where there is none.
    surely_valid : ndarray of bool
        Which are known to be valid; of the others nobody knows yet.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.validation.plane_shapes import PlaneShapes
    >>> shapes = PlaneShapes.of(np.array([shapely.box(0, 0, 2, 1), None], dtype=object))
    >>> shapes.areas.tolist(), shapes.lengths.tolist(), shapes.present.tolist(), shapes.geometries().tolist()
    ([2.0, nan], [6.0, nan], [True, False], [<POLYGON ((2 0, 2 1, 0 1, 0 0, 2 0))>, None])
    """

    wkb: GeometryArray
    bounds: FloatArray
    vertices: IntArray
    areas: FloatArray
    lengths: FloatArray
    surely_valid: BoolArray

    @classmethod
    def of(cls, geometries: GeometryArray) -> Self:
        """Measure polygons and multipolygons; None stays none."""
        missing = shapely.is_missing(geometries)
        polygons = _unwrapped(geometries)
        areas, lengths = shapely.area(polygons), shapely.length(polygons)
        areas[missing] = lengths[missing] = np.nan
        wkb = np.asarray(shapely.to_wkb(polygons, output_dimension=2, byte_order=1), dtype=object)
        vertices = shapely.get_num_coordinates(polygons).astype(np.int64)
        unknown = np.zeros(len(polygons), dtype=bool)
        return cls(wkb, np.asarray(shapely.bounds(polygons)), vertices, areas, lengths, unknown)

    @classmethod
    def of_plain(cls, polygons: PlainPolygons) -> Self:
        """Measure polygons of one ring."""
        return cls(
            polygons.to_wkb(),
            polygons.bounds(),
            polygons.sizes,
            polygons.areas(),
            polygons.lengths(),
            polygons.wind_once(),
        )

    @classmethod
    def placed(cls, count: int, parts: Iterable[tuple[IntArray, Self]]) -> Self:
        """Put shapes at their positions among a number of features; at the others there are none."""
        nothing = np.full(count, np.nan)
        whole = cls(
            np.full(count, None, dtype=object),
            np.full((count, 4), np.nan),
            np.zeros(count, dtype=np.int64),
            nothing,
            nothing.copy(),
            np.zeros(count, dtype=bool),
        )
        for positions, part in parts:
            whole.wkb[positions], whole.bounds[positions] = part.wkb, part.bounds
            whole.vertices[positions] = part.vertices
            whole.areas[positions], whole.lengths[positions] = part.areas, part.lengths
            whole.surely_valid[positions] = part.surely_valid
        return whole

    def __len__(self) -> int:
        return len(self.wkb)

    @property
    def present(self) -> BoolArray:
        """Where there is a polygon."""
        return ~np.isnan(self.bounds[:, 0])

    def chosen(self, which: IntArray | BoolArray) -> Self:
        """Return some of the shapes."""
        return type(self)(
            self.wkb[which],
            self.bounds[which],
            self.vertices[which],
            self.areas[which],
            self.lengths[which],
            self.surely_valid[which],
        )

    def without(self, which: BoolArray) -> Self:
        """Return the shapes with none where some are."""
        kept = np.flatnonzero(~which)
        return type(self).placed(len(self), [(kept, self.chosen(kept))]) if which.any() else self

    def geometries(self) -> GeometryArray:
        """Make the polygons."""
        return np.asarray(shapely.from_wkb(self.wkb), dtype=object).reshape(-1)


def _unwrapped(polygons: GeometryArray) -> GeometryArray:
    """Take multipolygons of one part for their part, which is taken apart several times as fast."""
    is_multi = shapely.get_type_id(polygons) == shapely.GeometryType.MULTIPOLYGON.value
    single = np.flatnonzero(is_multi & (shapely.get_num_geometries(polygons) == 1))
    unwrapped = polygons.copy()
    unwrapped[single] = shapely.get_geometry(polygons[single], 0)
    return unwrapped
