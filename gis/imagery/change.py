"""When a series changed for good: a step beside the yearly cycle."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray

__all__ = ["StepChanges", "find_steps"]

_DAYS_PER_YEAR: Final = 365.25
# Andrews (1993): the critical values are those of steps that leave this share of the series on either side.
_TRIMMED_SHARE: Final = 0.15
_PARAMETERS: Final = 4


@dataclass(frozen=True, slots=True)
class StepChanges:
    """The likeliest step of n series.

    Attributes
    ----------
    position : ndarray of int, shape (n,)
        First date at the new level, as a position in the dates; -1 where no step is significant or nothing can be told.
    size : ndarray of float, shape (n,)
        New level minus old level, the yearly cycle taken out; NaN without a step.
    statistic : ndarray of float, shape (n,)
        Greatest F statistic of a step; NaN where there are too few dates, or not more than a year of them.
    """

    position: IntArray
    size: FloatArray
    statistic: FloatArray


def find_steps(
    days: npt.ArrayLike, values: FloatArray, valid: BoolArray, *, count_min: int, statistic_min: float
) -> StepChanges:
    """Look in each series for the day from which its level is another one.

    A level, a yearly wave and one step are fitted by least squares, for every day at which the step could be.

    Parameters
    ----------
    days : array_like of int or datetime64, shape (t,)
        Ascending.
    values : ndarray of float, shape (n, t)
    valid : ndarray of bool, shape (n, t)
        Which values count.
    count_min : int
        With fewer valid dates nothing is told.
    statistic_min : float
        Critical value of the statistic.

    Returns
    -------
    StepChanges

    References
    ----------
    .. [1] D. W. K. Andrews: Tests for Parameter Instability and Structural Change with Unknown Change Point. Econometrica 61(4), 1993.

    Examples
    --------
    >>> import numpy as np
    >>> months = np.arange(48) * 30
    >>> green = 0.5 + 0.2 * np.cos(2 * np.pi * months / 365.25) - 0.3 * (months >= 900)
    >>> found = find_steps(months, green[None], np.ones((1, 48), bool), count_min=12, statistic_min=8.85)
    >>> int(months[found.position[0]]), round(float(found.size[0]), 3)
    (900, -0.3)
    """
    elapsed = np.asarray(days).astype("datetime64[D]").astype(np.int64)
    fits = _StepFits.of(elapsed, values, valid)
    count = fits.weight.sum(axis=1)
    best = StepChanges(np.full(len(values), -1), np.full(len(values), np.nan), np.full(len(values), np.nan))
    can_tell = (count >= max(count_min, _PARAMETERS + 1)) & (_span(elapsed, valid) > _DAYS_PER_YEAR)
    for position in range(1, len(elapsed)):
        size, gain, after = fits.at(position)
        trimmed = np.maximum(2, np.ceil(_TRIMMED_SHARE * count))
        allowed = can_tell & valid[:, position] & (after >= trimmed) & (count - after >= trimmed) & (gain > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # A series without any scatter leaves nothing, or a rounding error below it.
            statistic = gain * (count - _PARAMETERS) / np.maximum(fits.rest - gain, np.finfo(float).eps * count)
        better = allowed & ~(statistic <= best.statistic)
        best.statistic[better] = statistic[better]
        best.position[better] = position
        best.size[better] = size[better]
    told = best.statistic >= statistic_min
    return StepChanges(np.where(told, best.position, -1), np.where(told, best.size, np.nan), best.statistic)


@dataclass(frozen=True, slots=True)
class _StepFits:
    """What a step adds to the fit of the wave (Frisch, Waugh and Lovell: the step without what the wave explains of it)."""

    wave: FloatArray
    weight: FloatArray
    level: FloatArray
    inverse: npt.NDArray[np.float64]
    projected: FloatArray
    rest: FloatArray

    @classmethod
    def of(cls, elapsed: IntArray, values: FloatArray, valid: BoolArray) -> "_StepFits":
        """Fit level and wave to each series; ``rest`` is what they leave of its sum of squares."""
        angle = 2 * np.pi * (elapsed - elapsed[0] if len(elapsed) else elapsed) / _DAYS_PER_YEAR
        wave = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
        weight = valid.astype(np.float64)
        level = np.where(valid, values, 0.0)
        normal = np.einsum("nt,ti,tj->nij", weight, wave, wave)
        inverse = np.linalg.pinv(normal, hermitian=True)
        projected = np.einsum("nt,ti->ni", level, wave)
        rest = np.einsum("nt,nt->n", level, level) - np.einsum("ni,nij,nj->n", projected, inverse, projected)
        return cls(wave, weight, level, inverse, projected, rest)

    def at(self, position: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Size of the step, fall of the sum of squares, and valid dates from the step on; shape (n,) each."""
        after = self.weight[:, position:].sum(axis=1)
        shared = self.weight[:, position:] @ self.wave[position:]
        explained = np.einsum("ni,nij->nj", shared, self.inverse)
        own = after - np.einsum("nj,nj->n", explained, shared)
        moment = self.level[:, position:].sum(axis=1) - np.einsum("nj,nj->n", explained, self.projected)
        usable = own > 1e-9 * np.maximum(after, 1)
        size = np.divide(moment, own, out=np.zeros_like(own), where=usable)
        return size, size * moment, after


def _span(elapsed: IntArray, valid: BoolArray) -> IntArray:
    """Days from the first to the last valid date of each series."""
    if not valid.size:
        return np.zeros(len(valid), dtype=np.int64)
    first = elapsed[np.argmax(valid, axis=1)]
    last = elapsed[valid.shape[1] - 1 - np.argmax(valid[:, ::-1], axis=1)]
    return np.where(valid.any(axis=1), last - first, 0)
