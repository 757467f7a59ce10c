"""Comparisons, goals, and when two answers are equal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.contestants import AREA, Contestant

__all__ = ["OF", "Case", "Difference", "Goal", "Medians", "Ratio", "compare", "faster_than", "ratio_of"]

#: Column of an oracle's answer: the area that a row is a part of.
OF = "of_m2"


@dataclass(frozen=True, slots=True)
class Medians:
    """Medians over the runs of one contestant, as goals want them."""

    wall_s: float
    peak_bytes: float
    facts: Mapping[str, float] = field(default_factory=dict)


#: Takes the names of two contestants and returns the median over the runs of the first one's time over the second one's.
Ratio = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach.

    Attributes
    ----------
    text : str
    needs : tuple of str
        Names of the contestants without whose times there is no number.
    number : callable
        Takes the medians by contestant and the ratios.
    limit : float or None
        The number should be at least this, or at most if ``at_most``. None: nothing is asked of it; it is told beside a goal, so that nobody takes one
        for the other.
    """

    text: str
    needs: tuple[str, ...]
    number: Callable[[Mapping[str, Medians], Ratio], float]
    limit: float | None
    at_most: bool = False
    unit: str = "x"

    def is_met(self, number: float) -> bool:
        """Tell whether a number reaches the goal; where nothing is asked, every number does."""
        if self.limit is None:
            return True
        return number <= self.limit if self.at_most else number >= self.limit

    @property
    def wanted(self) -> str:
        """Return what is asked of the number."""
        return "told only" if self.limit is None else f"{'≤' if self.at_most else '≥'} {self.limit:g} {self.unit}"

    def verdict(self, number: float) -> str:
        """Return what is said of a number; nothing where nothing is asked of it."""
        if self.limit is None:
            return ""
        return "met" if self.is_met(number) else "**not met**"


def faster_than(text: str, ours: str, peers: tuple[str, ...], limit: float | None) -> Goal:
    """Return the goal to be so many times as fast as the fastest of some peers; None only tells how many times."""
    return Goal(text, (ours, *peers), lambda _, ratio: min(ratio(peer, ours) for peer in peers), limit)


def ratio_of(text: str, one: str, other: str, limit: float) -> Goal:
    """Return the goal to take at most so many times the time of another contestant."""
    return Goal(text, (one, other), lambda _, ratio: ratio(one, other), limit, at_most=True)


@dataclass(frozen=True, slots=True)
class Case:
    """A question, those who answer it, and who is right.

    Attributes
    ----------
    key, title : str
    note : str
        What a reader must know of the inputs and of what is timed.
    layers : tuple of str
        Names in :data:`benchmarks.city.LAYERS`; they are made once for all cases.
    contestants : tuple of type
        The first is ours; the times of the others are told as multiples of its time.
    oracle : type or None
        Computes, without the clock, what every answer must equal. None: contestants answer different questions, and check themselves.
    relative_tolerance, absolute_tolerance_m2 : float
        A difference of areas is none if it is within the first of the area that the row is a part of, or within the second.
    on_request : bool
        It takes so long that it is run only when it is named.
    """

    key: str
    title: str
    note: str
    layers: tuple[str, ...]
    contestants: tuple[type[Contestant], ...]
    goals: tuple[Goal, ...]
    oracle: type[Contestant] | None = None
    relative_tolerance: float = 1e-9
    absolute_tolerance_m2: float = 0.0
    on_request: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an answer is from the oracle's.

    Attributes
    ----------
    rows : int
        Rows of the answer.
    largest_m2, largest_relative : float
        Largest difference of an area, and largest in relation to the area that the row is a part of.
    beyond : int
        Rows of either that differ by more than the tolerance.
    """

    rows: int
    largest_m2: float
    largest_relative: float
    beyond: int


def compare(answer: pd.DataFrame, oracle: pd.DataFrame, case: Case, contestant: type[Contestant]) -> Difference:
    """Compare two answers row by row; a row that one of them lacks has no area there, unless only a part was asked for."""
    keys = [column for column in oracle.columns if column not in {AREA, OF}]
    if contestant.answers_part:
        keys = [key for key in keys if key in answer.columns]
    both = oracle.merge(answer, on=keys, how="right" if contestant.answers_part else "outer", suffixes=("_oracle", ""))
    whole = both[OF].fillna(both[keys[0]].map(oracle.groupby(keys[0])[OF].min()))
    apart = (both[AREA].fillna(0.0) - both[f"{AREA}_oracle"].fillna(0.0)).abs()
    relative = case.relative_tolerance if contestant.relative_tolerance is None else contestant.relative_tolerance
    allowed = np.fmax(relative * whole.fillna(0.0), case.absolute_tolerance_m2)
    beyond = int((apart > allowed).sum())
    return Difference(len(answer), float(apart.max()), float((apart / whole).max()), beyond)
