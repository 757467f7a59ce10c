"""Check a layer of parcels against the control areas, store the run, and make it the current answer."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version as package_version
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Engine

from app.checks import repository
from app.checks.controls import ControlLayer, layer_source
from app.checks.errors import CheckCancelledError, NoRuleError, NothingToCheckError
from app.checks.measuring import LayerOutcome, Measurer
from app.clock import today
from app.db.models import CheckRun, Layer, LayerKind, LayerVersion
from app.db.parameters import read_parameters
from app.db.schema import storage_srid
from app.db.sessions import ReadSession, read_session, write_session
from app.figures import area
from app.layers.repository import require_layer, version_in_force
from app.progress import Progress, unheard
from gis.errors import OverlayCancelledError
from gis.rules import Catalog, ParameterSet, load_catalog, worst

DEFAULT_TARGET = "parcels"


@dataclass(frozen=True, slots=True)
class CheckInputs:
    """Everything that a run depends on, read in one transaction."""

    target: Layer
    version: LayerVersion
    controls: tuple[ControlLayer, ...]
    catalog: Catalog
    parameters: ParameterSet
    as_of: date
    digest: str


@cache
def engine_version() -> str:
    """Name the engine whose arithmetic a result stands on."""
    return f"duogui {package_version('duogui')}, GEOS {shapely.geos_version_string}"


def run_check(
    engine: Engine,
    *,
    target: str = DEFAULT_TARGET,
    layers: Sequence[str] | None = None,
    as_of: date | None = None,
    actor: str,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Check a layer of parcels against every control layer that a rule speaks about.

    Parameters
    ----------
    target : str
        Slug of a layer of parcels.
    layers : sequence of str, optional
        Only these control layers.
    as_of : date, optional
        The day whose layers and law apply; today when left out.
    progress : callable, optional
        Called with (steps done, steps in all).
    cancelled : callable, optional
        Asked often; when it answers True nothing is stored.

    Returns
    -------
    dict
        The summary (see :func:`summarise`). A run whose inputs were checked already is not repeated: ``is_new`` is False.

    Raises
    ------
    LayerNotFoundError, NothingToCheckError, NoRuleError, CheckCancelledError
    """
    day = as_of or today()
    started_at = datetime.now(UTC)
    with read_session(engine) as session:
        inputs = _read_inputs(session, target, layers, day)
        known = repository.find_run(session, inputs.digest)
        if known is not None:
            progress(1, 1)
            return known.summary | {"check_run_id": known.id, "is_new": False}
        targets = repository.read_targets(session, inputs.version)
    outcomes = _measure_controls(inputs, targets, progress, cancelled)
    return _store(engine, inputs, outcomes, len(targets), started_at, actor)


def _measure_controls(
    inputs: CheckInputs, targets: gpd.GeoDataFrame, progress: Progress, cancelled: Callable[[], bool] | None
) -> list[LayerOutcome]:
    """Measure the targets against one control layer after the other."""
    steps = len(inputs.controls)
    outcomes = []
    for step, control in enumerate(inputs.controls):
        measurer = Measurer(
            targets,
            layer_source(inputs.version),
            inputs.catalog,
            inputs.parameters,
            inputs.as_of,
            _within(progress, step, steps),
            cancelled,
        )
        try:
            outcomes.append(measurer.measure(control))
        except OverlayCancelledError as error:
            raise CheckCancelledError from error
    if cancelled is not None and cancelled():
        raise CheckCancelledError
    return outcomes


def _within(progress: Progress, step: int, steps: int) -> Progress:
    """Spread the progress of one layer over its share of the whole, in thousandths of a layer."""

    def report(done: int, total: int) -> None:
        progress(step * 1000 + (1000 * done // total if total else 1000), steps * 1000)

    return report


def _read_inputs(session: ReadSession, target: str, layers: Sequence[str] | None, day: date) -> CheckInputs:
    layer = require_layer(session, target)
    if layer.kind != LayerKind.PARCEL:
        raise NothingToCheckError.not_parcels(layer.slug, layer.control_kind or layer.kind)
    version = version_in_force(session, layer.id, as_of=day)
    if version is None:
        raise NothingToCheckError.no_version(layer.slug, day)
    catalog, parameters = load_catalog(), read_parameters(session)
    controls = tuple(
        repository.read_control_layer(session, control, day) for control in select_controls(session, catalog, layers)
    )
    digest = _digest(version, controls, catalog, parameters, day)
    return CheckInputs(layer, version, controls, catalog, parameters, day, digest)


def select_controls(session: ReadSession, catalog: Catalog, slugs: Sequence[str] | None) -> Sequence[Layer]:
    """Return the control layers that rules speak about, all or those named.

    A layer whose rules are not in force on the day is among them: its answer then says so.

    Raises
    ------
    LayerNotFoundError, NoRuleError
    """
    kinds = {kind for rule in catalog.rules for kind in rule.control_kinds}
    if slugs is None:
        return repository.control_layers(session, sorted(kinds))
    named = [require_layer(session, slug) for slug in dict.fromkeys(slugs)]
    silent = [layer.slug for layer in named if layer.control_kind not in kinds]
    if silent:
        raise NoRuleError(silent)
    return named


def _digest(
    version: LayerVersion, controls: Sequence[ControlLayer], catalog: Catalog, parameters: ParameterSet, day: date
) -> str:
    """Name the inputs. The day itself is in it: rules, numbers and staleness may turn on it."""
    facts = {
        "as_of": day.isoformat(),
        # A version whose features were edited is the same version: how often it was edited tells them apart.
        "target": [version.id, version.edit_count],
        "controls": [
            [
                None
                if control.data is None
                else [getattr(control.data.version, name) for name in ("id", "coverage_revision", "edit_count")],
                *(
                    getattr(control.layer, name)
                    for name in ("id", "mandatory", "stale_after_days", "accuracy_m", "title_zh", "title_en")
                ),
            ]
            for control in controls
        ],
        "catalog": catalog.version,
        "parameters": sorted(row.model_dump_json() for row in parameters),
        "engine": engine_version(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _store(
    engine: Engine,
    inputs: CheckInputs,
    outcomes: Sequence[LayerOutcome],
    target_count: int,
    started_at: datetime,
    actor: str,
) -> dict[str, Any]:
    summary = summarise(inputs, outcomes, target_count)
    with write_session(engine, actor=actor) as session:
        repository.take_turn(session, inputs.target)
        known = repository.find_run(session, inputs.digest)
        if known is not None:
            # Somebody else asked the same and was first.
            return known.summary | {"check_run_id": known.id, "is_new": False}
        srid = storage_srid(session.connection()) or 0
        run = CheckRun(
            target_layer_id=inputs.target.id,
            target_version_id=inputs.version.id,
            as_of=inputs.as_of,
            input_digest=inputs.digest,
            engine_version=engine_version(),
            catalog_version=inputs.catalog.version,
            parameter_rows=sorted(f"{row.row_id}={row.value}" for row in inputs.parameters),
            summary=summary,
            started_at=started_at,
            started_by=actor,
        )
        session.add(run)
        session.flush()
        for outcome in outcomes:
            repository.store_outcome(session, run, inputs.target, outcome, srid)
        return summary | {"check_run_id": run.id, "is_new": True}


def summarise(inputs: CheckInputs, outcomes: Sequence[LayerOutcome], target_count: int) -> dict[str, Any]:
    """Count a run: per control layer its status, verdict and coverage, per rule and verdict the findings and their area."""
    return {
        "target": inputs.target.slug,
        "target_version": inputs.version.number,
        "target_count": target_count,
        "as_of": inputs.as_of.isoformat(),
        "verdict": worst(outcome.verdict for outcome in outcomes).value if outcomes else "NO_DATA",
        "layers": [
            {
                "layer": outcome.control.layer.slug,
                "control_kind": outcome.control.layer.control_kind,
                "version": None if outcome.control.data is None else outcome.control.data.version.number,
                "mandatory": outcome.control.layer.mandatory,
                "status": outcome.status.value,
                "verdict": outcome.verdict.value,
                "covered_share": outcome.covered_share,
                "uncovered_target_count": outcome.uncovered_target_count,
                "finding_count": len(outcome.findings),
                "audit": outcome.audit,
            }
            for outcome in outcomes
        ],
        "findings": _count_findings(outcomes),
    }


def _count_findings(outcomes: Sequence[LayerOutcome]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, ...]] = Counter()
    areas: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for outcome in outcomes:
        for finding in outcome.findings:
            group = (
                finding.rule_id or "",
                finding.relation.value,
                finding.control_zone or "",
                finding.verdict.value,
                finding.overlap_class,
            )
            counts[group] += 1
            areas[group] += finding.overlap_area_m2
    return [
        {
            "rule_id": group[0],
            "relation": group[1],
            "zone": group[2] or None,
            "verdict": group[3],
            "overlap_class": group[4],
            "count": counts[group],
            **area(areas[group]),
        }
        for group in sorted(counts)
    ]
