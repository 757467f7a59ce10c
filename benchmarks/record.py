"""What was measured, kept as JSON beside the report: a run of some cases leaves the others in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measuring import Measurement
from benchmarks.model import Case, Difference
from benchmarks.running import CaseResult, Outcome

__all__ = ["read_record", "write_record"]


def write_record(path: Path, results: Sequence[CaseResult]) -> None:
    """Write results as JSON, ordered by the key of their case."""
    record = {
        result.case.key: {
            "settings": result.settings,
            "load_before": result.load_before,
            "machine": dict(result.machine),
            "outcomes": {name: asdict(outcome) for name, outcome in result.outcomes.items()},
        }
        for result in results
    }
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def read_record(path: Path, cases: Mapping[str, Case]) -> dict[str, CaseResult]:
    """Read results by the key of their case; none where there is no file.

    A case whose contestants are not those of the record any more is left out: it must be measured again.
    """
    if not path.exists():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    results = {}
    for key, entry in record.items():
        case = cases.get(key)
        if case is None or {one.name for one in case.contestants} != set(entry["outcomes"]):
            continue
        outcomes = {one.name: _outcome(entry["outcomes"][one.name]) for one in case.contestants}
        results[key] = CaseResult(case, outcomes, entry["load_before"], entry["settings"], entry["machine"])
    return results


def _outcome(entry: Mapping[str, object]) -> Outcome:
    measurements, difference, problem = entry["measurements"], entry["difference"], entry["problem"]
    assert isinstance(measurements, list)
    return Outcome(
        [Measurement(**one) for one in measurements],
        Difference(**difference) if isinstance(difference, dict) else None,
        str(problem),
    )
