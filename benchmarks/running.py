"""Running a case: every contestant in turn, several times over, every answer compared with the oracle's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

import pandas as pd

from benchmarks.contestants import Contestant, Inputs
from benchmarks.machine import load_average
from benchmarks.measuring import Measurement, missing_modules, run_once
from benchmarks.model import Case, Difference, Goal, Medians, compare
from benchmarks.suite import ORACLE

__all__ = ["CaseResult", "Options", "Outcome", "run_case", "run_contestant"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    Attributes
    ----------
    runs : int
    timeout_s : float
        After this a contestant is stopped.
    once_after_s : float
        A peer that takes longer than this is not run again.
    settings : str
        See :class:`CaseResult`.
    machine : mapping of str to str
        See :class:`CaseResult`.
    """

    runs: int = 5
    timeout_s: float = 3600.0
    once_after_s: float = float("inf")
    settings: str = ""
    machine: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What came of one contestant."""

    measurements: list[Measurement] = field(default_factory=list)
    difference: Difference | None = None
    problem: str = ""

    def medians(self) -> Medians:
        """Return the medians of all runs."""
        runs = self.measurements
        facts = {name: median(run.facts[name] for run in runs) for name in runs[0].facts}
        return Medians(median(run.wall_s for run in runs), median(run.peak_bytes for run in runs), facts)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with its outcomes by contestant.

    Attributes
    ----------
    case : Case
    outcomes : mapping of str to Outcome
    load_before : str
        Load average before the first run.
    settings : str
        When it was measured, at which scale and how often, in words.
    machine : mapping of str to str
        See :func:`benchmarks.machine.describe_machine`.
    """

    case: Case
    outcomes: Mapping[str, Outcome]
    load_before: str
    settings: str = ""
    machine: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Whether our own answer is wrong or missing."""
        return bool(self.outcomes[self.case.contestants[0].name].problem)

    def give_up(self, reason: str) -> None:
        """Take back all times."""
        for outcome in self.outcomes.values():
            outcome.measurements.clear()
            outcome.problem = outcome.problem or reason

    def ratios(self, one: str, other: str) -> list[float]:
        """Return the time of one contestant over that of another, run by run."""
        pairs = zip(self.outcomes[one].measurements, self.outcomes[other].measurements, strict=False)
        return [first.wall_s / second.wall_s for first, second in pairs]

    def number(self, goal: Goal) -> float | None:
        """Return what was reached of a goal, None where a contestant has no time."""
        if any(not self.outcomes[name].measurements for name in goal.needs):
            return None
        medians = {name: outcome.medians() for name, outcome in self.outcomes.items() if outcome.measurements}
        return goal.number(medians, lambda one, other: median(self.ratios(one, other)))


def run_case(case: Case, inputs: Inputs, options: Options, say: Say) -> CaseResult:
    """Run a case. When our own answer is wrong nobody is timed any further, and the result says so."""
    outcomes = {contestant.name: Outcome() for contestant in case.contestants}
    result = CaseResult(case, outcomes, load_average(), options.settings, options.machine)
    oracle: pd.DataFrame | None = None
    if case.oracle is not None:
        measurement, oracle = run_once(case.key, ORACLE, inputs, timeout_s=options.timeout_s)
        if oracle is None or oracle.empty:
            result.give_up(f"not timed: the oracle has no answer: {measurement.problem}")
    for run in range(options.runs):
        for contestant in case.contestants:
            outcome = result.outcomes[contestant.name]
            run_contestant(case, contestant, outcome, inputs, options, oracle)
            say(f"{case.key}: run {run + 1} of {options.runs}, {contestant.name}: {_told(outcome)}")
            if result.is_wrong:
                result.give_up("not timed: our own answer is wrong")
    return result


def run_contestant(
    case: Case,
    contestant: type[Contestant],
    outcome: Outcome,
    inputs: Inputs,
    options: Options,
    oracle: pd.DataFrame | None,
) -> None:
    """Run a contestant once more and add what came of it to ``outcome``, unless it had a problem or took too long before."""
    if outcome.problem or any(run.wall_s > options.once_after_s for run in outcome.measurements):
        return
    if missing := missing_modules(contestant):
        outcome.problem = f"not installed: {', '.join(missing)}"
    elif contestant.uses_postgres and inputs.postgres is None:
        outcome.problem = "not installed: no PostGIS on this machine"
    else:
        measurement, answer = run_once(case.key, contestant.name, inputs, timeout_s=options.timeout_s)
        outcome.problem = measurement.problem
        if answer is not None and oracle is not None:
            outcome.difference = _worse(outcome.difference, compare(answer, oracle, case, contestant))
            if outcome.difference.beyond:
                outcome.problem = _wrong(outcome.difference)
        if not outcome.problem:
            outcome.measurements.append(measurement)
        else:
            outcome.measurements.clear()


def _worse(known: Difference | None, new: Difference) -> Difference:
    if known is None:
        return new
    return replace(
        new,
        largest_m2=max(known.largest_m2, new.largest_m2),
        largest_relative=max(known.largest_relative, new.largest_relative),
        beyond=max(known.beyond, new.beyond),
    )


def _wrong(difference: Difference) -> str:
    return f"answers differ: {difference.beyond} rows, by up to {difference.largest_m2:.3g} m²"


def _told(outcome: Outcome) -> str:
    if outcome.problem:
        return outcome.problem
    last = outcome.measurements[-1]
    return f"{last.wall_s:.2f} s, {last.cpu_s:.2f} s on processors"
