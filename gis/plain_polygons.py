"""Polygons of one ring, as nearly all parcels are: the coordinates of many in one array, out of well-known binary and into it.

GEOS makes an object of every ring and takes coordinates out of it one by one; here they stay in one array, and only who asks for a geometry makes
one. What is no such polygon is left to GEOS.

References
----------
.. [1] OGC 06-103r4, Simple feature access, part 1, section 8.2: well-known binary.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray, all_in_rows

__all__ = ["PlainPolygons"]

#: Little-endian: a polygon of one ring, before the number of its coordinates.
_POLYGON: Final = bytes.fromhex("01 03000000 01000000")
#: The same: a multipolygon of one part, before this part.
_MULTIPOLYGON: Final = bytes.fromhex("01 06000000 01000000")
_BOTH: Final = _MULTIPOLYGON + _POLYGON
_NUMBER_BYTES: Final = 4
_POINT_BYTES: Final = 16
_LEAST_POINTS: Final = 4
_NOWHERE: Final = -1
#: More than the rounding of a difference of products of differences, of the sum of the products: eight roundings of half a last bit.
_ROUNDING: Final = 2e-15


@dataclass(frozen=True, slots=True)
class PlainPolygons:
    """Two-dimensional polygons of one ring each.

    Attributes
    ----------
    coordinates : ndarray of float64, shape (m, 2)
        Of all rings, one after the other; each ends where it begins.
    sizes : ndarray of int64, shape (n,)
        How many coordinates each ring has, at least 4.

    Examples
    --------
    >>> import shapely
    >>> from gis.plain_polygons import PlainPolygons
    >>> positions, plain = PlainPolygons.among([shapely.Point(1, 2).wkb, *shapely.to_wkb(shapely.box([0, 5], 0, [1, 7], 1))])
    >>> positions.tolist(), plain.sizes.tolist(), plain.areas().tolist(), plain.bounds().tolist()
    ([1, 2], [5, 5], [1.0, 2.0], [[0.0, 0.0, 1.0, 1.0], [5.0, 0.0, 7.0, 1.0]])
    >>> shapely.from_wkb(plain.moved(plain.coordinates + 1).to_wkb(multi=True))[0].bounds
    (1.0, 1.0, 2.0, 2.0)
    """

    coordinates: FloatArray
    sizes: IntArray

    @classmethod
    def among(cls, wkb: Iterable[bytes | None]) -> tuple[IntArray, Self]:
        """Take polygons of one closed ring with finite coordinates, and multipolygons of one, out of well-known binary.

        Returns
        -------
        ndarray of int64
            Their positions.
        PlainPolygons
        """
        values = [b"" if value is None else value for value in wkb]
        return cls.among_packed(b"".join(values), np.cumsum([0, *map(len, values)]))

    @classmethod
    def among_packed(cls, content: bytes | memoryview, offsets: IntArray) -> tuple[IntArray, Self]:
        """Do the same with values that follow each other in memory.

        Parameters
        ----------
        content : bytes or memoryview
        offsets : ndarray of int64, shape (n + 1,)
            Value k lies from ``offsets[k]`` to ``offsets[k + 1]``.
        """
        positions, starts = _rings_in(np.frombuffer(content, np.uint8), offsets)
        ends = offsets[positions + 1]
        view = memoryview(content)
        rings = b"".join([view[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
        coordinates = np.frombuffer(rings, dtype="<f8").astype(np.float64, copy=False).reshape(-1, 2)
        polygons = cls(coordinates, (ends - starts) // _POINT_BYTES)
        usable = polygons.are_finite() & polygons.are_closed()
        return positions[usable], polygons.chosen(usable)

    def __len__(self) -> int:
        return len(self.sizes)

    def chosen(self, which: BoolArray) -> Self:
        """Return some of the polygons."""
        if which.all():
            return self
        return type(self)(self.coordinates[np.repeat(which, self.sizes)], self.sizes[which])

    def moved(self, coordinates: FloatArray) -> Self:
        """Return the same rings with other coordinates."""
        return type(self)(coordinates, self.sizes)

    def wholly(self, of_coordinates: BoolArray) -> BoolArray:
        """Tell for which polygons something is so for all of their coordinates."""
        if of_coordinates.all():
            return np.ones(len(self), dtype=bool)
        return np.asarray(np.logical_and.reduceat(of_coordinates, self._starts))

    def are_finite(self) -> BoolArray:
        """Tell which have no coordinate that is infinite or no number."""
        return self.wholly(all_in_rows(np.isfinite(self.coordinates)))

    def are_closed(self) -> BoolArray:
        """Tell which rings end where they begin."""
        starts = self._starts
        return all_in_rows(self.coordinates[starts] == self.coordinates[starts + self.sizes - 1])

    def bounds(self) -> FloatArray:
        """Return minx, miny, maxx, maxy of each, shape (n, 4)."""
        if len(self) == 0:
            return np.empty((0, 4))
        low = np.minimum.reduceat(self.coordinates, self._starts)
        return np.hstack([low, np.maximum.reduceat(self.coordinates, self._starts)])

    def areas(self) -> FloatArray:
        """Return the areas as GEOS computes them, to the last bit: the shoelace formula, from the first vertex on."""
        x, y = self.coordinates.T
        # At both ends of a ring it is zero, so that it does not matter what comes before and after them.
        from_first = x - np.repeat(x[self._starts], self.sizes)
        terms = np.zeros(len(x))
        terms[1:-1] = from_first[1:-1] * (y[:-2] - y[2:])
        # It adds one after the other, where NumPy's sums add in another order.
        sums = np.bincount(np.repeat(np.arange(len(self)), self.sizes), terms, minlength=len(self))
        return np.abs(sums / 2)

    def wind_once(self) -> BoolArray:
        """Tell which rings surely go once around the mean of their vertices and never turn back, seen from there (星形多边形).

        Such a polygon is valid and has an area, which is told so in an eighth of the time that GEOS takes. Of the others this says nothing.

        References
        ----------
        .. [1] Shewchuk 1997, Adaptive precision floating-point arithmetic: the rounding of a difference of two products.

        Examples
        --------
        >>> import shapely
        >>> from gis.plain_polygons import PlainPolygons
        >>> star = shapely.Polygon([(0, 2), (-1, -2), (2, 1), (-2, 1), (1, -2)])
        >>> PlainPolygons.among(shapely.to_wkb([shapely.box(0, 0, 1, 2), star]))[1].wind_once().tolist()
        [True, False]
        """
        if len(self) == 0:
            return np.empty(0, dtype=bool)
        starts, edges = self._starts, self.sizes - 1
        x, y = (
            ordinates - np.repeat(np.add.reduceat(ordinates, starts) / self.sizes, self.sizes)
            for ordinates in self.coordinates.T
        )
        left, right = x[:-1] * y[1:], x[1:] * y[:-1]
        turn = left - right
        doubt = _ROUNDING * (np.abs(left) + np.abs(right))
        between = starts[1:] - 1

        def count(which: BoolArray) -> IntArray:
            which[between] = False
            counts: IntArray = np.add.reduceat(which.view(np.int8), starts, dtype=np.int64)
            return counts

        one_way: BoolArray = (count(turn > doubt) == edges) | (count(turn < -doubt) == edges)
        around: BoolArray = count((y[:-1] < 0) & (y[1:] >= 0)) == 1
        return one_way & around

    def lengths(self) -> FloatArray:
        """Return the length of each ring."""
        if len(self) == 0:
            return np.empty(0)
        steps = np.zeros(len(self.coordinates))
        x, y = np.diff(self.coordinates, axis=0).T
        steps[:-1] = np.sqrt(x * x + y * y)
        steps[self._starts + self.sizes - 1] = 0.0
        return np.asarray(np.add.reduceat(steps, self._starts))

    def repeat_vertex(self) -> BoolArray:
        """Tell in which polygons a vertex occurs twice in a row."""
        same = all_in_rows(self.coordinates[1:] == self.coordinates[:-1])
        # Where a ring ends another may begin at the same place.
        same[self._starts[1:] - 1] = False
        repeat = np.zeros(len(self), dtype=bool)
        repeat[np.searchsorted(self._starts, np.flatnonzero(same), side="right") - 1] = True
        return repeat

    def to_wkb(self, *, multi: bool = False) -> npt.NDArray[np.object_]:
        """Write well-known binary, little-endian; as multipolygons of one if asked."""
        begin = _BOTH if multi else _POLYGON
        heads = {size: begin + size.to_bytes(_NUMBER_BYTES, "little") for size in set(self.sizes.tolist())}
        raw = self.coordinates.astype("<f8", copy=False).tobytes()
        ends = np.cumsum(self.sizes * _POINT_BYTES).tolist()
        parts = zip(self.sizes.tolist(), [0, *ends], ends, strict=False)
        return np.array([heads[size] + raw[start:end] for size, start, end in parts], dtype=object)

    @property
    def _starts(self) -> IntArray:
        starts: IntArray = np.cumsum(self.sizes) - self.sizes
        return starts


def _rings_in(content: npt.NDArray[np.uint8], offsets: IntArray) -> tuple[IntArray, IntArray]:
    """Return which values are polygons of one ring and nothing else, ascending, and where their coordinates begin."""
    sizes = np.diff(offsets)
    starts = np.full(len(sizes), _NOWHERE, dtype=np.int64)
    for head in (_POLYGON, _BOTH):
        before = len(head) + _NUMBER_BYTES
        fit = (starts == _NOWHERE) & (sizes >= before + _LEAST_POINTS * _POINT_BYTES)
        long_enough = np.flatnonzero(fit)
        begins = content[offsets[long_enough, np.newaxis] + np.arange(before)]
        points = np.ascontiguousarray(begins[:, len(head) :]).view("<u4")[:, 0].astype(np.int64)
        right = all_in_rows(begins[:, : len(head)] == np.frombuffer(head, np.uint8))
        right &= sizes[long_enough] == before + points * _POINT_BYTES
        starts[long_enough[right]] = offsets[long_enough[right]] + before
    positions = np.flatnonzero(starts != _NOWHERE)
    return positions, starts[positions]
