"""The states of a layer over time: polygons are compared with those that are valid at the same moment, and with no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray

__all__ = ["State", "Timeline"]

_ALWAYS: Final = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True)
class State:
    """What is to be examined of a layer at one moment.

    Attributes
    ----------
    members : ndarray of int64
        Positions of polygons that are valid: all in the first state, later those that changed and what is near them.
    is_there : ndarray of bool, shape (n,)
        Which polygons of the layer are valid.
    """

    members: IntArray
    is_there: BoolArray


@dataclass(frozen=True, slots=True)
class Timeline:
    """From when until when each of n polygons is valid; it is valid at the first moment and no longer at the last one.

    Attributes
    ----------
    valid_from, valid_to : ndarray of int64, shape (n,)
        Microseconds; the least and the largest number where there is no limit.
    """

    valid_from: IntArray
    valid_to: IntArray

    @classmethod
    def of(cls, valid_from: npt.ArrayLike | None, valid_to: npt.ArrayLike | None, count: int) -> "Timeline":
        """Read dates or times.

        Parameters
        ----------
        valid_from, valid_to : array_like of date, datetime, str or None, shape (n,), optional
            Missing where there is no limit. Default: there is none for any polygon.
        count : int

        Raises
        ------
        ValueError
            If there are not as many as polygons, or one is no date.

        Examples
        --------
        >>> timeline = Timeline.of(None, ["2024-05-01", None, "2020-01-01"], 3)
        >>> timeline.is_ever_valid().tolist(), len(timeline.moments())
        ([True, True, True], 3)
        """
        return cls(
            _microseconds(valid_from, count, "valid_from", missing=_ALWAYS.min),
            _microseconds(valid_to, count, "valid_to", missing=_ALWAYS.max),
        )

    def is_ever_valid(self) -> BoolArray:
        """Tell which polygons are valid at some moment."""
        ever: BoolArray = self.valid_from < self.valid_to
        return ever

    def moments(self) -> IntArray:
        """Return the moments at which something changes, the first at which something is valid included."""
        ends = self.valid_to[self.valid_to < _ALWAYS.max]
        moments: IntArray = np.unique(np.concatenate([self.valid_from, ends]))
        return moments

    def states(
        self, polygons: GeometryArray, tree: shapely.STRtree, examined: BoolArray, reach: float
    ) -> Iterator[State]:
        """Yield what is to be examined at each moment.

        Parameters
        ----------
        polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        tree : STRtree
            Of these polygons.
        examined : ndarray of bool, shape (n,)
            Those that may be members.
        reach : float
            Farther than this from what changed, nothing is looked for again.
        """
        bounds = shapely.bounds(polygons)
        for number, moment in enumerate(self.moments().tolist()):
            there = (self.valid_from <= moment) & (moment < self.valid_to)
            members = there & examined
            if number > 0:
                changed = np.flatnonzero((self.valid_from == moment) | (self.valid_to == moment))
                near = np.zeros(len(polygons), dtype=bool)
                near[tree.query(_padded(bounds[changed], reach))[1]] = True
                members &= near
            yield State(np.flatnonzero(members), there)


def _padded(bounds: FloatArray, by: float) -> GeometryArray:
    return np.asarray(shapely.box(*(bounds[:, :2] - by).T, *(bounds[:, 2:] + by).T), dtype=object).reshape(-1)


def _microseconds(values: npt.ArrayLike | None, count: int, name: str, *, missing: int) -> IntArray:
    if values is None:
        return np.full(count, missing, dtype=np.int64)
    times = pd.to_datetime(pd.Series(np.asarray(values)), utc=True)
    if len(times) != count:
        message = f"{name} has {len(times)} values for {count} polygons."
        raise ValueError(message)
    numbers = times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(numbers), missing, numbers.astype(np.int64))
