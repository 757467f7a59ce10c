"""Every comparison there is."""

from typing import Final

from benchmarks import (
    areas,
    certainty,
    evidence,
    features_served,
    growth,
    idle_scans,
    incremental,
    intake,
    large_plans,
    map_page,
    overlaps,
    partitions,
    plan_comparisons,
    sheets,
    site_checks,
    site_searches,
    stored,
    tiles_served,
    topology,
)
from benchmarks.contestants import Contestant
from benchmarks.model import Case

__all__ = ["CASES", "ORACLE", "find_contestant"]

ORACLE: Final = "oracle"

CASES: Final[dict[str, Case]] = {
    case.key: case
    for case in (
        overlaps.CASE,
        stored.CASE,
        *partitions.CASES,
        *incremental.CASES,
        *plan_comparisons.CASES,
        large_plans.CASE,
        areas.CASE,
        certainty.CASE,
        *evidence.CASES,
        *growth.CASES,
        *intake.CASES,
        *topology.CASES,
        *site_checks.CASES,
        sheets.CASE,
        site_searches.CASE,
        idle_scans.CASE,
        *features_served.CASES,
        *tiles_served.CASES,
        map_page.CASE,
    )
}


def find_contestant(case: str, name: str) -> type[Contestant]:
    """Return a contestant of a case, or its oracle."""
    oracle = CASES[case].oracle
    if name == ORACLE and oracle is not None:
        return oracle
    return {contestant.name: contestant for contestant in CASES[case].contestants}[name]
