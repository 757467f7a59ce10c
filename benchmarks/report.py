"""The report as Markdown: what was asked and reached, every contestant's time and memory, and the machine."""

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.running import CaseResult, Outcome

__all__ = ["render"]

_MIB = 1024**2
#: Processor time is counted in ticks.
_TICK_S = 0.01
_INTRODUCTION = """# Benchmarks

Made by `make bench`. Every contestant of a case gets the same city (`benchmarks/city.py`), in a process of its own, in turn, run after run. Its answer is
compared with that of a plain computation before a time is written down. Ratios are medians over the runs of the time by the clock, each run against ours of
the same run. Processor time adds up the cores, and the database server's processes; where it is much less than the time by the clock times the cores in use,
the machine was busy with something else. Memory is the most that the whole process held, its inputs and libraries included (of PostGIS: the process that served
the connection).
"""


def render(results: Sequence[CaseResult]) -> str:
    """Return the report."""
    parts = [_INTRODUCTION, "## Goals\n", _goals(results)]
    parts += [_case(result) for result in results]
    return "\n".join([*parts, *_machines(results)])


def _machines(results: Sequence[CaseResult]) -> Iterator[str]:
    """Describe each machine; where there were several, say which cases ran on it."""
    titles: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for result in results:
        titles.setdefault(tuple(result.machine.items()), []).append(result.case.title)
    for machine, of_machine in titles.items():
        yield "## Machine\n"
        if len(titles) > 1:
            yield f"Of: {'; '.join(of_machine)}.\n"
        yield _table(("", ""), machine)


def _goals(results: Sequence[CaseResult]) -> str:
    rows = []
    for result in results:
        for goal in result.case.goals:
            number = result.number(goal)
            reached = "" if number is None else f"{number:.2f} {goal.unit}"
            missing = [name for name in goal.needs if not result.outcomes[name].measurements]
            verdict = f"not measured: {', '.join(missing)}" if number is None else goal.verdict(number)
            rows.append((goal.text, goal.wanted, reached, verdict))
    return _table(("goal", "wanted", "reached", ""), rows)


def _case(result: CaseResult) -> str:
    ours = result.case.contestants[0].name
    rows = [_row(result, name, outcome, ours) for name, outcome in result.outcomes.items()]
    header = (
        "",
        "time, s",
        "processors, s",
        "times ours",
        "(range)",
        "(by processors)",
        "memory, MiB",
        "rows",
        "largest difference",
        "runs",
    )
    lines = [
        f"## {result.case.title}\n",
        f"{result.case.note} {result.settings} Load average before: {result.load_before}.\n",
        _table(header, rows),
    ]
    if facts := _facts(result):
        lines.append(facts)
    return "\n".join(lines)


def _row(result: CaseResult, name: str, outcome: Outcome, ours: str) -> tuple[str, ...]:
    if not outcome.measurements:
        return (name, outcome.problem, *[""] * 8)
    runs = outcome.measurements
    ratios = result.ratios(name, ours)
    difference = outcome.difference
    return (
        name,
        _seconds(median(run.wall_s for run in runs)),
        _seconds(median(run.cpu_s for run in runs)),
        f"{median(ratios):.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}" if len(ratios) > 1 else "",
        f"{_processor_ratio(result, name, ours):.2f}",
        f"{median(run.peak_bytes for run in runs) / _MIB:,.0f}",
        "" if difference is None else f"{difference.rows:,}",
        "" if difference is None else f"{difference.largest_relative:.1e}",
        str(len(runs)),
    )


def _processor_ratio(result: CaseResult, name: str, ours: str) -> float:
    one, other = (median(run.cpu_s for run in result.outcomes[each].measurements) for each in (name, ours))
    return one / max(other, _TICK_S)


def _facts(result: CaseResult) -> str:
    facts = {name: outcome.medians().facts for name, outcome in result.outcomes.items() if outcome.measurements}
    names = sorted({fact for of_one in facts.values() for fact in of_one})
    if not names:
        return ""
    header = (
        "",
        *(name.replace("_", " ") for name in names),
        *(f"µs per {name.replace('_', ' ').removesuffix('s')}" for name in names if name in _COUNTED),
    )
    rows = []
    for contestant, of_one in facts.items():
        wall = result.outcomes[contestant].medians().wall_s
        counts = [f"{of_one.get(name, 0):,.0f}" for name in names]
        each = [f"{wall / of_one[name] * 1e6:.2f}" if of_one.get(name) else "" for name in names if name in _COUNTED]
        rows.append((contestant, *counts, *each))
    return _table(header, rows)


#: Facts that a time can be divided by.
_COUNTED = {"parcels", "border_pairs", "scenes"}


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
