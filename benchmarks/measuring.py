"""One contestant, once, in a process of its own: its time, its processor time and its memory."""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.contestants import Contestant, Inputs
from benchmarks.processes import cpu_seconds, peak_bytes
from benchmarks.suite import find_contestant

__all__ = ["Measurement", "missing_modules", "run_once"]

_ROOT: Final = Path(__file__).parents[1]
#: Arrow's own allocator keeps what reading the inputs needed, which is not the memory of the work.
_ENVIRONMENT: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run of one contestant took.

    Attributes
    ----------
    wall_s, cpu_s : float
        Time by the clock and time on processors, of all threads and of the database server too.
    peak_bytes : int
        Most memory that the process held, its inputs and libraries included; of the database server's process where that did the work.
    facts : dict
        Further numbers.
    problem : str
        Why there is no time; empty where there is one.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    facts: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def missing_modules(contestant: type[Contestant]) -> list[str]:
    """Return the modules that a contestant needs and this environment does not have."""
    return [module for module in contestant.modules if find_spec(module) is None]


def run_once(
    case: str, contestant: str, inputs: Inputs, *, timeout_s: float
) -> tuple[Measurement, pd.DataFrame | None]:
    """Run a contestant in a process of its own.

    Returns
    -------
    measurement : Measurement
    answer : DataFrame or None
        None where there is no time.
    """
    report = inputs.folder / "measurement.json"
    answer = inputs.folder / "answer.parquet"
    command = [sys.executable, "-m", "benchmarks.measuring", case, contestant, str(inputs.folder)]
    try:
        done = subprocess.run(
            [*command, inputs.postgres or ""],
            cwd=_ROOT,
            env=os.environ | _ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Measurement(problem=f"stopped after {timeout_s:.0f} s"), None
    if done.returncode != 0:
        return Measurement(problem=f"failed: {_last_line(done.stderr)}"), None
    measurement = Measurement(**json.loads(report.read_text(encoding="utf-8")))
    return measurement, pd.read_parquet(answer)


def _last_line(said: str) -> str:
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "without a word")


def _measure(contestant: Contestant, report: Path, answer: Path) -> None:
    contestant.prepare()
    server = contestant.server_process()
    cpu = cpu_seconds(server)
    start = time.perf_counter()
    result = contestant.run()
    wall = time.perf_counter() - start
    measurement = Measurement(
        wall_s=wall, cpu_s=cpu_seconds(server) - cpu, peak_bytes=_peak(server), facts=contestant.facts()
    )
    contestant.answer(result).to_parquet(answer)
    report.write_text(json.dumps(asdict(measurement)), encoding="utf-8")


def _peak(server: int | None) -> int:
    # Not ru_maxrss of getrusage(2): that begins with what the process held from which this one was started.
    return max(peak_bytes(process) for process in (os.getpid(), server) if process is not None)


def main() -> None:
    """Be the process of one contestant."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    for name in ("case", "contestant", "folder", "postgres"):
        parser.add_argument(name)
    options = parser.parse_args()
    folder = Path(options.folder)
    # A peer's warnings about its own dependencies are not this project's business.
    warnings.simplefilter("ignore")
    contestant = find_contestant(options.case, options.contestant)(Inputs(folder, options.postgres or None))
    _measure(contestant, folder / "measurement.json", folder / "answer.parquet")


if __name__ == "__main__":
    main()
