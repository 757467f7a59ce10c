"""Whether the service lives, whether it can work, and its metrics."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from app.db.errors import translate_db_errors
from app.db.schema import require_current
from app.deps import AppEngine, AppSettings, DatabaseTurn, allow_parameters, require_scope
from app.keys.access import Scope
from app.observability import CONTENT_TYPE, Metrics

router = APIRouter(tags=["operation"], dependencies=[Depends(allow_parameters())])


@router.get("/healthz", summary="Whether the process answers")
async def get_health() -> dict[str, str]:
    """Answer without a thread and without the database, so that it also answers while both are busy."""
    return {"status": "ok"}


@router.get("/readyz", summary="Whether requests can be served")
def get_readiness(engine: AppEngine, settings: AppSettings, _turn: DatabaseTurn) -> dict[str, str]:
    """Ask the database whether it is there and of this version; 503 says why not."""
    with translate_db_errors(), engine.connect() as connection:
        require_current(connection, srid=settings.storage_srid)
    return {"status": "ready"}


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=PlainTextResponse,
    dependencies=[Depends(require_scope(Scope.READ))],
)
def get_metrics(request: Request) -> Response:
    """Return the metrics of this process in the text format."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.render(), media_type=CONTENT_TYPE)
