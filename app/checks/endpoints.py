"""HTTP access to the check runs; starting one is a job (``app.jobs``), its findings are the collection ``findings``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from sqlalchemy import select

from app.checks import repository
from app.db.models import CheckRun
from app.deps import ReadSession, allow_parameters
from app.errors import AppError

router = APIRouter(prefix="/check-runs", tags=["checks"])

LISTED = 100


@router.get("", dependencies=[Depends(allow_parameters())])
def list_check_runs(session: ReadSession) -> dict[str, Any]:
    """List the latest runs, newest first."""
    runs = session.scalars(select(CheckRun).order_by(CheckRun.id.desc()).limit(LISTED)).all()
    return {"check_runs": [_run_json(run) for run in runs]}


@router.get("/{check_run_id}", dependencies=[Depends(allow_parameters())])
def get_check_run(
    check_run_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the run.")], session: ReadSession
) -> dict[str, Any]:
    """Return a run and what it says of each control layer."""
    run = session.get(CheckRun, check_run_id)
    if run is None:
        raise AppError("check-run-not-found", "Check run not found", 404, f"There is no check run {check_run_id}.")
    layers = [
        {
            "control_layer": slug,
            "status": row.status,
            "verdict": row.verdict,
            "covered_share": row.covered_share,
            "uncovered_target_count": row.uncovered_target_count,
            "is_current": row.is_current,
            "audit": row.audit,
        }
        for row, slug in session.execute(repository.run_layers(run.id))
    ]
    return _run_json(run) | {"layers": layers}


def _run_json(run: CheckRun) -> dict[str, Any]:
    names = ("as_of", "input_digest", "engine_version", "catalog_version", "started_at", "finished_at", "started_by")
    return {"check_run_id": run.id, **{name: getattr(run, name) for name in names}, "summary": run.summary}
