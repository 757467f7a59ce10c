"""The dashboard's groups of numbers; each names what it rests on, and nothing is computed that a run has stored."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.cases.land_service import describe_groups
from app.clock import today
from app.collections.schema import CollectionKind
from app.collections.statistics import StateCache
from app.dashboard import repository
from app.db.parameters import read_parameters
from app.idle import delivered
from app.layers.repository import versions_in_force
from app.layers.staleness import is_stale
from gis.landuse import LandUseCode, lookup
from gis.measurement import round_half_up
from gis.plans.register import PatchState
from gis.rules import ParameterSet
from gis.supervision import Approval, Supply, assess_supply_rate

#: The sums of versions by code, by their states.
AreaCache = StateCache[Sequence[Row[Any]]]

_SETTLED = frozenset({PatchState.APPLIED, PatchState.REJECTED})


def describe_areas(session: Session, cache: AreaCache | None = None) -> dict[str, Any]:
    """Describe the area of parcels by use, and of each plan by class: the classes of the first level of its table.

    Parameters
    ----------
    session : Session
    cache : StateCache, optional
        Keeps the sums of a version until it is edited: those of a million parcels take seconds.
    """
    layers = repository.list_areal_layers(session, _versions(session, today()))
    sums = _area_sums(session, layers, StateCache() if cache is None else cache)
    return {"layers": [_with_total(_classified(row, sums[row.id])) for row in layers if sums[row.id]]}


def _area_sums(session: Session, layers: Sequence[Row[Any]], cache: AreaCache) -> dict[int, Sequence[Row[Any]]]:
    keys = {row.id: (CollectionKind(row.kind), (row.id,), row.edit_count) for row in layers}
    found = {version: kept for version, key in keys.items() if (kept := cache.get(key)) is not None}
    missing = [version for version in keys if version not in found]
    if missing:
        for version, rows in repository.sum_areas(session, missing).items():
            cache.put(keys[version], rows)
            found[version] = rows
    return found


def _classified(layer: Row[Any], sums: Sequence[Row[Any]]) -> dict[str, Any]:
    classes: dict[str, dict[str, Any]] = {}
    for row in sums:
        top = _top(row.code, row.code_version)
        name = row.code if top is None else top.code
        found = classes.setdefault(
            name,
            {
                "code": name,
                "name_zh": None if top is None else top.name_zh,
                "name_en": None if top is None else top.name_en,
                "fill": None if top is None else top.fill,
                "codes": [],
                "count": 0,
                "area_m2": 0.0,
            },
        )
        found["codes"].append(row.code)
        found["count"] += row.count
        found["area_m2"] += row.area_m2
    named = {"kind": layer.kind, "title_zh": layer.title_zh, "title_en": layer.title_en}
    return {"layer": layer.slug, **named, "classes": classes}


def describe_conflicts(session: Session) -> dict[str, Any]:
    """Describe findings by verdict, and differences between plans by class: settled when they are applied or rejected, and open until then."""
    classes: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"open": 0, "open_m2": 0.0, "settled": 0, "settled_m2": 0.0}
    )
    for row in repository.count_patches(session):
        side = "settled" if row.state in _SETTLED else "open"
        classes[row.conflict_class][side] += row.count
        classes[row.conflict_class][f"{side}_m2"] += row.area_m2
    return {
        "findings": [
            {"verdict": row.verdict, "count": row.count, "parcels": row.parcels, "area_m2": row.area_m2}
            for row in repository.count_findings(session)
        ],
        "differences": [{"conflict_class": name, **numbers} for name, numbers in sorted(classes.items())],
    }


def describe_supervision(session: Session) -> dict[str, Any]:
    """Describe idle rate and supply rate, and what the scans after approval found."""
    topics: dict[str, dict[str, Any]] = {}
    for row in repository.count_land_findings(session):
        topic = topics.setdefault(row.topic, {"topic": row.topic, "as_of": row.as_of, "kinds": []})
        if row.kind is not None:
            topic["kinds"].append({"kind": row.kind, "count": row.count})
    return {
        "idle": _idle(repository.sum_idle(session)),
        "supply": _supply(session, today().year - 1, read_parameters(session)),
        "topics": list(topics.values()),
    }


def describe_clocks(session: Session) -> dict[str, Any]:
    """Describe the stages of idle land and its periods, as counts."""
    groups = describe_groups(session)
    names = ("as_of", "scanned_for", "overdue", "due_this_month", "stages", "kinds")
    return {name: groups[name] for name in names}


def describe_freshness(session: Session) -> dict[str, Any]:
    """Describe how old each layer is, and when each kind of work was done last."""
    day = today()
    names = ("slug", "kind", "title_zh", "title_en", "mandatory", "valid_from", "published_at", "features")
    return {
        "as_of": day,
        "layers": [
            {name: getattr(row, name) for name in names}
            | {
                "version": row.number,
                "rejected": row.rejected_count,
                "age_days": None if row.valid_from is None else (day - row.valid_from).days,
                "stale_after_days": row.stale_after_days,
                "is_stale": is_stale(row.valid_from, row.stale_after_days, day),
            }
            for row in repository.list_layers(session, _versions(session, day))
        ],
        "runs": dict(repository.list_runs(session)),
    }


def _with_total(layer: dict[str, Any]) -> dict[str, Any]:
    classes = sorted(layer["classes"].values(), key=lambda found: -found["area_m2"])
    return layer | {"area_m2": math.fsum(found["area_m2"] for found in classes), "classes": classes}


def _top(code: str | None, version: str | None) -> LandUseCode | None:
    """Return the class of the first level that a code belongs to; None for a code that its table does not have."""
    found = None if version is None else lookup(code, version)
    while found is not None and found.parent is not None:
        found = lookup(found.parent, found.version)
    return found


def _idle(row: Any) -> dict[str, Any] | None:  # noqa: ANN401  a row of numbers
    if row.as_of is None:
        return None
    return {
        "as_of": row.as_of,
        "contracts": row.contracts,
        "idle": row.idle,
        "without_area": row.without_area,
        "supplied_m2": str(row.supplied_m2),
        "idle_m2": str(row.idle_m2),
        "percent": _percent(row.idle_m2, row.supplied_m2),
    }


def _supply(session: Session, year: int, parameters: ParameterSet) -> dict[str, Any]:
    """Describe the mean supply rate (供地率) of the years up to one: the number that the scan of approvals judges by."""
    approvals: list[Approval] = delivered.read_facts(session, delivered.APPROVALS)
    supplies: list[Supply] = delivered.read_facts(session, delivered.SUPPLIES)
    found = assess_supply_rate(approvals, supplies, year=year, parameters=parameters)
    least, count = found.parameter_rows
    first = year - count.integer + 1
    rate = cast("Fraction | None", found.measures["rate"])
    return {
        "first_year": first,
        "last_year": year,
        "approved_m2": str(sum(each.area_m2 or 0 for each in approvals if _is_in(each.approved_on, first, year))),
        "supplied_m2": str(sum(each.area_m2 for each in supplies if _is_in(each.supplied_on, first, year))),
        "kind": found.kind,
        "percent": None if rate is None else str(round_half_up(rate * 100, 2)),
        "required_percent": str(round_half_up(least.value * 100, 2)),
        "article": found.article,
    }


def _is_in(day: date | None, first: int, last: int) -> bool:
    return day is not None and first <= day.year <= last


def _percent(part: Any, whole: Any) -> str | None:  # noqa: ANN401  exact numbers of the database
    return str(round_half_up(Fraction(part) / Fraction(whole) * 100, 2)) if whole else None


def _versions(session: Session, day: date) -> list[int]:
    return [version.id for version in versions_in_force(session, as_of=day, known_at=datetime.now(UTC)).values()]
