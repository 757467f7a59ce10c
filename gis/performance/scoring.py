"""Points of the units, exact: value over base (M1) or position between the lowest and the highest value (M2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from gis.performance.model import PerformanceIndicator
from gis.performance.schemes import ScoredItem, ScoringMethod, ScoringScheme
from gis.performance.units import EvaluationUnit


@dataclass(frozen=True, slots=True)
class Score:
    """Points of a unit.

    Attributes
    ----------
    points : mapping of PerformanceIndicator to Fraction
        By item; empty where something is missing.
    values : mapping of PerformanceIndicator to Fraction or None
    means : tuple of PerformanceIndicator
        Items for which the mean points of the others were taken.
    missing : tuple of str
        Figures without which the unit has no score.
    """

    points: Mapping[PerformanceIndicator, Fraction]
    values: Mapping[PerformanceIndicator, Fraction | None]
    means: tuple[PerformanceIndicator, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def total(self) -> Fraction | None:
        """Sum of the points."""
        return None if self.missing else sum(self.points.values(), Fraction(0))


def score_units(units: Sequence[EvaluationUnit], items: Sequence[ScoredItem], scheme: ScoringScheme) -> list[Score]:
    """Score units of one scale against each other.

    Parameters
    ----------
    units : sequence of EvaluationUnit
    items : sequence of ScoredItem
        Those of the scale.
    scheme : ScoringScheme

    Returns
    -------
    list of Score
        One per unit. Units without a score take no part in lowest, highest and mean values of the others.

    References
    ----------
    .. [1] 《关于深化“亩均论英雄”改革的指导意见》（浙政发〔2018〕5号）。
    """
    values = [{item.indicator: unit.value(item.indicator) for item in items} for unit in units]
    missing = [_list_missing(unit, row, items) for unit, row in zip(units, values, strict=True)]
    points = [dict[PerformanceIndicator, Fraction]() for _ in units]
    means: list[list[PerformanceIndicator]] = [[] for _ in units]
    for item in items:
        counted = {n: v for n, row in enumerate(values) if not missing[n] and (v := row[item.indicator]) is not None}
        if not counted:
            # Nobody has the figure, so that there is no mean either.
            missing = [names or (item.indicator,) for names in missing]
            continue
        known = _score_item(counted, item, scheme)
        mean = sum(known.values(), Fraction(0)) / len(known)
        for position, names in enumerate(missing):
            if not names:
                points[position][item.indicator] = known.get(position, mean)
                if position not in known:
                    means[position].append(item.indicator)
    return [
        Score({} if names else points[n], values[n], tuple(means[n]), tuple(names)) for n, names in enumerate(missing)
    ]


def _score_item(values: Mapping[int, Fraction], item: ScoredItem, scheme: ScoringScheme) -> dict[int, Fraction]:
    """Return the points of one item by the position of the unit."""
    weight = Fraction(item.weight)
    match scheme.method:
        case ScoringMethod.BENCHMARK_RATIO:
            cap = None if scheme.item_cap is None else weight * Fraction(scheme.item_cap)
            base = Fraction(item.base or 1)
            return {n: _limit(weight * value / base, cap) for n, value in values.items()}
        case ScoringMethod.MIN_MAX:
            low, high = min(values.values()), max(values.values())
            floor = Fraction(scheme.floor_share)
            if low == high:
                return dict.fromkeys(values, weight)
            return {n: weight * (floor + (1 - floor) * (value - low) / (high - low)) for n, value in values.items()}
        case _:
            assert_never(scheme.method)


def _limit(points: Fraction, cap: Fraction | None) -> Fraction:
    points = max(points, Fraction(0))
    return points if cap is None else min(points, cap)


def _list_missing(
    unit: EvaluationUnit, values: Mapping[PerformanceIndicator, Fraction | None], items: Sequence[ScoredItem]
) -> tuple[str, ...]:
    names = [
        name
        for item in items
        if values[item.indicator] is None and not item.is_mean_when_missing
        for name in unit.missing(item.indicator)
    ]
    return tuple(dict.fromkeys(names))
