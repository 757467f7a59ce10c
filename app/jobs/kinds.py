"""The kinds of work that a worker knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine

from app.db.sessions import WriteSession, read_session
from app.layers.tile_bands import LAYER_TILES

CHECK_RUN = "check.run"
EVIDENCE = "imagery.evidence"
EXPORT = "collection.export"
IDLE_CHANGES = "idle.changes"
IDLE_PLAN = "idle.plan"
IDLE_SCAN = "idle.scan"
IDLE_STATISTICS = "idle.statistics"
LAND_SCAN = "land.scan"
LAYER_IMPORT = "layer.import"
OVERLAY = "overlay"
PLAN_COMPARISON = "plan.compare"
PLAN_PROPOSALS = "plan.propose"
PLAN_FAULTS = "plan.faults"
PLAN_CLEARANCE = "plan.clearance"
PLAN_UNITS = "plan.units"
PLAN_CELLS = "plan.cells"
PLAN_BLUEPRINT = "plan.blueprint"
PLAN_BRANCH = "plan.what-if"
PLAN_BRANCH_KEEP = "plan.keep"
SHEETS = "extract.sheets"
SITE_CHECK = "site.check"
SITE_SEARCH = "site.search"
TABLE_IMPORT = "table.import"


def not_recorded(_session: WriteSession, _result: Mapping[str, Any]) -> None:
    """Leave it to the return of the work to record its result."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a kind of work is given: its inputs, and how to report and to be stopped.

    ``progress(done, total)`` and ``cancelled()`` are called at every chunk, from any thread. Work that is told to stop
    ends by raising an error of its own or ``JobCancelledError``; to return means to be complete. ``dismissed()`` tells
    whether nobody wants it any more, or only the worker stops. ``conclude(session, result)`` records the result in the
    transaction that stores what the work made, as the last thing in it: both are there or neither, and work on a job
    that was dismissed in the meantime ends with ``JobCancelledError``.
    """

    engine: Engine
    inputs: Mapping[str, Any]
    actor: str
    progress: Callable[[int, int], None]
    cancelled: Callable[[], bool]
    dismissed: Callable[[], bool] = lambda: False
    conclude: Callable[[WriteSession, Mapping[str, Any]], None] = not_recorded

    @property
    def as_of(self) -> date | None:
        """The day in law that the work is about; None for today."""
        value = self.inputs.get("as_of")
        return None if value is None else date.fromisoformat(value)


Kind = Callable[[JobRun], dict[str, Any]]

# The work is imported when it is run, so that whoever only names a kind does not load the spatial engine.


def run_check(run: JobRun) -> dict[str, Any]:
    """Check a layer of parcels against the control areas."""
    from app.checks.service import run_check  # noqa: PLC0415  see above

    return run_check(
        run.engine,
        target=run.inputs["target"],
        layers=run.inputs.get("layers"),
        as_of=run.as_of,
        actor=run.actor,
        progress=run.progress,
        cancelled=run.cancelled,
    )


def scan_idle_land(run: JobRun) -> dict[str, Any]:
    """Scan the current contracts for idle land (闲置土地), and tell the cases that run what it says."""
    from app.cases.observing import scan_and_tell  # noqa: PLC0415  see above

    return scan_and_tell(run.engine, as_of=run.as_of, target=run.inputs.get("target"), actor=run.actor)


def measure_idle_statistics(run: JobRun) -> dict[str, Any]:
    """Measure idle rate and supply rate by zone and year."""
    from app.idle.reporting import idle_statistics  # noqa: PLC0415  see above

    with read_session(run.engine) as session:
        return idle_statistics(session, as_of=run.as_of)


def compare_idle_scans(run: JobRun) -> dict[str, Any]:
    """Tell what changed between two scans for idle land, and why."""
    from app.idle.reporting import list_changes  # noqa: PLC0415  see above

    with read_session(run.engine) as session:
        return list_changes(session, former=run.inputs.get("from"), latter=run.inputs.get("to"))


def plan_idle_cases(run: JobRun) -> dict[str, Any]:
    """Plan which cases of idle land are taken first (收回计划)."""
    from app.cases.planning import plan_cases  # noqa: PLC0415  see above
    from app.cases.schemas import PlanRequest  # noqa: PLC0415  see above

    with read_session(run.engine) as session:
        return plan_cases(session, PlanRequest.model_validate(run.inputs))


def scan_land(run: JobRun) -> dict[str, Any]:
    """Scan land after its approval (批后监管), topic by topic."""
    from app.idle.land_scan import scan_land  # noqa: PLC0415  see above

    return scan_land(run.engine, topics=run.inputs.get("topics"), as_of=run.as_of, actor=run.actor)


def collect_evidence(run: JobRun) -> dict[str, Any]:
    """Lay what registered scenes show beside what contracts say (影像举证)."""
    from app.imagery.collecting import EvidenceRequest, collect_evidence  # noqa: PLC0415  see above

    request = EvidenceRequest(as_of=run.as_of, buildings=run.inputs.get("buildings"))
    return collect_evidence(run.engine, request, actor=run.actor, progress=run.progress, cancelled=run.cancelled)


def compare_plans(run: JobRun) -> dict[str, Any]:
    """Compare plans of the same ground."""
    from app.plans.service import compare  # noqa: PLC0415  see above

    return compare(
        run.engine,
        plans=run.inputs["plans"],
        lines=run.inputs.get("lines"),
        as_of=run.as_of,
        actor=run.actor,
        progress=run.progress,
        cancelled=run.cancelled,
    )


def propose_resolutions(run: JobRun) -> dict[str, Any]:
    """Propose how to resolve open difference patches."""
    from app.plans.proposing import propose  # noqa: PLC0415  see above
    from app.plans.register_schemas import PatchFilter  # noqa: PLC0415  see above

    return propose(
        run.engine,
        run.inputs["plan_comparison_id"],
        chosen=PatchFilter.model_validate(run.inputs["filter"]),
        survey=run.inputs.get("survey"),
        as_of=run.as_of,
        actor=run.actor,
        progress=run.progress,
        cancelled=run.cancelled,
    )


def search_plan_faults(run: JobRun) -> dict[str, Any]:
    """Search for faults of plans and lines."""
    from app.plans.fault_schemas import FaultSearch  # noqa: PLC0415  see above
    from app.plans.faults import search_faults  # noqa: PLC0415  see above

    search = FaultSearch.model_validate(run.inputs)
    return search_faults(run.engine, search, actor=run.actor, progress=run.progress, cancelled=run.cancelled)


def draw_blueprint(run: JobRun) -> dict[str, Any]:
    """Draw the blueprint of a comparison as a draft version of a layer."""
    from app.plans.blueprint import make_blueprint  # noqa: PLC0415  see above

    valid_from = run.inputs.get("valid_from")
    return make_blueprint(
        run.engine,
        plans=run.inputs["plans"],
        to=run.inputs["to"],
        valid_from=None if valid_from is None else date.fromisoformat(valid_from),
        complete=run.inputs["complete"],
        actor=run.actor,
        progress=run.progress,
    )


def open_plan_branch(run: JobRun) -> dict[str, Any]:
    """Compute what a draft would change in a comparison of plans."""
    from app.plans.branches import BranchRequest, open_branch  # noqa: PLC0415  see above

    request = BranchRequest(run.inputs["plans"], run.inputs["layer"], run.inputs.get("version"))
    return open_branch(run.engine, request, actor=run.actor, progress=run.progress, cancelled=run.cancelled)


def keep_plan_branch(run: JobRun) -> dict[str, Any]:
    """Publish the draft of a what-if branch, and bring the comparison up to date."""
    from app.plans.branches import keep_branch  # noqa: PLC0415  see above

    return keep_branch(
        run.engine, run.inputs["plan_branch_id"], actor=run.actor, confirm_loss=run.inputs["confirm_loss"]
    )


def find_land_to_clear(run: JobRun) -> dict[str, Any]:
    """Find construction land inside the ecological control line."""
    from app.plans.clearance_schemas import ClearanceRequest  # noqa: PLC0415  see above
    from app.plans.clearing import find_clearance  # noqa: PLC0415  see above

    request = ClearanceRequest.model_validate(run.inputs)
    return find_clearance(run.engine, request, actor=run.actor, progress=run.progress, cancelled=run.cancelled)


def sum_plans_by_unit(run: JobRun) -> dict[str, Any]:
    """Sum a comparison of plans by administrative unit."""
    from app.plans.units import sum_by_unit  # noqa: PLC0415  see above

    return sum_by_unit(
        run.engine,
        run.inputs["plan_comparison_id"],
        run.inputs["units"],
        progress=run.progress,
        cancelled=run.cancelled,
    )


def show_plan_cells(run: JobRun) -> dict[str, Any]:
    """Make the cells of a comparison of plans a layer of the map."""
    from app.plans.cells import show_cells  # noqa: PLC0415  see above

    return show_cells(
        run.engine,
        run.inputs["plan_comparison_id"],
        actor=run.actor,
        progress=run.progress,
        cancelled=run.cancelled,
    )


def import_layer(run: JobRun) -> dict[str, Any]:
    """Import an uploaded delivery, or only validate it."""
    from app.imports.work import run_import  # noqa: PLC0415  see above

    return run_import(run)


def import_land_table(run: JobRun) -> dict[str, Any]:
    """Import an uploaded table of contracts, enterprises, approvals ..."""
    from app.imports.work import run_table_import  # noqa: PLC0415  see above

    return run_table_import(run)


def prepare_layer_tiles(run: JobRun) -> dict[str, Any]:
    """Generalise a published version for tiles of small scales."""
    from app.jobs.errors import JobCancelledError  # noqa: PLC0415  see above
    from app.layers.generalising import prepare_tiles  # noqa: PLC0415  see above

    def check() -> None:
        if run.cancelled():
            raise JobCancelledError

    return prepare_tiles(
        run.engine, run.inputs["layer_version_id"], actor=run.actor, progress=run.progress, check=check
    )


def export_collection(run: JobRun) -> dict[str, Any]:
    """Write a collection to a file."""
    from app.exports.jobs import run_export  # noqa: PLC0415  see above

    return run_export(run)


def make_sheets(run: JobRun) -> dict[str, Any]:
    """Issue the planning-basis sheets (规划依据图) of many parcels."""
    from app.extracts.archive import make_archive  # noqa: PLC0415  see above

    return make_archive(run)


def check_sites(run: JobRun) -> dict[str, Any]:
    """Check many sites."""
    from app.site_checks.jobs import run_site_check  # noqa: PLC0415  see above

    return run_site_check(run)


def search_sites(run: JobRun) -> dict[str, Any]:
    """Look for sites that suit a use."""
    from app.site_search.jobs import run_site_search  # noqa: PLC0415  see above

    return run_site_search(run)


def overlay_collections(run: JobRun) -> dict[str, Any]:
    """Overlay two collections."""
    from app.overlays.jobs import run_overlay  # noqa: PLC0415  see above

    return run_overlay(run)


KINDS: Mapping[str, Kind] = {
    CHECK_RUN: run_check,
    EVIDENCE: collect_evidence,
    EXPORT: export_collection,
    IDLE_CHANGES: compare_idle_scans,
    IDLE_PLAN: plan_idle_cases,
    IDLE_SCAN: scan_idle_land,
    IDLE_STATISTICS: measure_idle_statistics,
    LAND_SCAN: scan_land,
    OVERLAY: overlay_collections,
    PLAN_COMPARISON: compare_plans,
    PLAN_PROPOSALS: propose_resolutions,
    PLAN_FAULTS: search_plan_faults,
    PLAN_CLEARANCE: find_land_to_clear,
    PLAN_UNITS: sum_plans_by_unit,
    PLAN_CELLS: show_plan_cells,
    PLAN_BLUEPRINT: draw_blueprint,
    PLAN_BRANCH: open_plan_branch,
    PLAN_BRANCH_KEEP: keep_plan_branch,
    LAYER_IMPORT: import_layer,
    LAYER_TILES: prepare_layer_tiles,
    SHEETS: make_sheets,
    SITE_CHECK: check_sites,
    SITE_SEARCH: search_sites,
    TABLE_IMPORT: import_land_table,
}
