"""Run the comparisons and write the report."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.db.cluster import ClusterError
from benchmarks.city import LAYERS
from benchmarks.contestants import Inputs
from benchmarks.machine import describe_machine, postgis_versions
from benchmarks.model import Case
from benchmarks.postgis import load_layers, running_server
from benchmarks.record import read_record, write_record
from benchmarks.report import render
from benchmarks.running import Options, run_case
from benchmarks.suite import CASES

REPORT = Path(__file__).with_name("RESULTS.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparisons; return 1 if one of our own answers is wrong or missing."""
    options = _parse(arguments)
    # Whoever ends the run wants its database ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{signal.SIGTERM.name}: stopped"))
    cases = [CASES[key] for key in options.only]
    _say("making the city")
    with tempfile.TemporaryDirectory(prefix="duogui-bench-") as name:
        folder = Path(name)
        # The database's own account must be able to pass.
        folder.chmod(0o755)
        for layer in sorted({layer for case in cases for layer in case.layers}):
            Inputs(folder).store(layer, LAYERS[layer](options.scale))
        with _database(folder, cases, wanted=options.postgis) as postgres:
            return _run(cases, Inputs(folder, postgres), options)


def _run(cases: Sequence[Case], inputs: Inputs, options: argparse.Namespace) -> int:
    machine = describe_machine()
    machine |= postgis_versions(inputs.postgres) if inputs.postgres else {"PostGIS": "not used"}
    settings = f"Scale {options.scale:g}, {options.runs} run(s), {datetime.now(UTC):%Y-%m-%d}."
    how = Options(options.runs, options.timeout, options.once_after, settings, machine)
    record = options.report.with_suffix(".json")
    results = read_record(record, CASES)
    for case in cases:
        results[case.key] = run_case(case, inputs, how, _say)
        # After every case, so that what was measured is kept when a later one is interrupted.
        write_record(record, list(results.values()))
        options.report.write_text(render([results[key] for key in CASES if key in results]), encoding="utf-8")
    _say(f"written: {options.report}")
    wrong = [case.key for case in cases if results[case.key].is_wrong]
    if wrong:
        _say(f"our own answer is wrong or missing: {', '.join(wrong)}")
    return int(bool(wrong))


@contextmanager
def _database(folder: Path, cases: Sequence[Case], *, wanted: bool) -> Iterator[str | None]:
    """Yield a database with the layers, or None where nobody wants one or the machine has none."""
    asking = [case for case in cases if any(one.uses_postgres for one in case.contestants)]
    layers = {layer for case in asking for layer in case.layers}
    with ExitStack() as stack:
        postgres = None
        if wanted and asking:
            try:
                postgres = stack.enter_context(running_server(folder / "postgis"))
            except ClusterError as error:
                _say(f"no PostGIS: {error}")
        if postgres is not None:
            inputs = Inputs(folder)
            load_layers(postgres, ((layer, inputs.frame(layer)) for layer in sorted(layers)))
        yield postgres


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    def setting(name: str, default: str) -> str:
        return os.environ.get(f"DUOGUI_BENCH_{name}", default)

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"{__doc__} Each option can also be set by a variable, for example DUOGUI_BENCH_SCALE=0.1.",
    )
    add = parser.add_argument
    add("--scale", type=float, default=setting("SCALE", "1"), help="1 is 200,000 parcels (default %(default)s)")
    add("--runs", type=int, default=setting("RUNS", "5"), help="how often each contestant runs (default %(default)s)")
    usual = ",".join(key for key, case in CASES.items() if not case.on_request)
    asked = ", ".join(key for key, case in CASES.items() if case.on_request)
    add(
        "--only",
        type=_case_keys,
        default=setting("ONLY", usual),
        help=f"some of: %(default)s; only when named: {asked}",
    )
    add("--timeout", type=float, default=setting("TIMEOUT", "3600"), help="seconds after which a contestant is stopped")
    add("--once-after", type=float, default=setting("ONCE_AFTER", "inf"), help="a peer that takes longer runs once")
    add("--no-postgis", dest="postgis", action="store_false", help="leave PostGIS out; its rows say so")
    add("--report", type=Path, default=REPORT, help="where to write it; what was measured goes beside it as JSON")
    options = parser.parse_args(arguments)
    if options.runs < 1 or not options.scale > 0:
        parser.error("--runs and --scale must be positive")
    return options


def _case_keys(text: str) -> list[str]:
    keys = text.split(",")
    unknown = [key for key in keys if key not in CASES]
    if unknown:
        message = f"there is no case {', '.join(unknown)}; there are {', '.join(CASES)}"
        raise argparse.ArgumentTypeError(message)
    return keys


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
