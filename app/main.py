"""The HTTP service. Nothing happens at import; ``create_app`` builds it and its lifespan opens the database."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version as package_version

import anyio
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware

from app import health, map_page
from app.cases import endpoints as cases
from app.cases import land_endpoints as idle_land
from app.cases import letter_endpoints as letters
from app.checks import endpoints as checks
from app.code_tables import endpoints as code_tables
from app.collections.states import KnownStates
from app.collections.statistics import StateCache
from app.dashboard import endpoints as dashboard
from app.db.cluster import PrivateCluster
from app.db.engine import make_service_engine
from app.db.schema import require_current, upgrade
from app.db.snapshots import SnapshotReader
from app.exports import endpoints as exports
from app.extracts import endpoints as extracts
from app.gate import endpoints as gate
from app.idle import endpoints as land
from app.idle import report_endpoints as land_reports
from app.imagery import endpoints as imagery
from app.imports import endpoints as imports
from app.imports import table_endpoints as land_tables
from app.jobs import endpoints as jobs
from app.keys import session_endpoints as page_sessions
from app.keys.first_key import ensure_first_key
from app.keys.known_callers import KnownCallers
from app.keys.service import require_keys_for_address
from app.layers import endpoints as layers
from app.middleware.body_limit import BodyLimitMiddleware
from app.middleware.compression import CompressionMiddleware
from app.middleware.origin import OriginMiddleware
from app.middleware.request_context import RequestContextMiddleware
from app.observability import Metrics
from app.ogc.known_tiles import KnownTiles
from app.ogc.routing import ROUTERS as OGC_ROUTERS
from app.ogc.tile_cache import TileCache
from app.ogc.tile_middleware import TileMiddleware
from app.plans import branch_endpoints as plan_branches
from app.plans import clearance_endpoints as clearance
from app.plans import endpoints as plans
from app.plans import fault_endpoints as plan_faults
from app.plans import register_endpoints as plan_register
from app.problems import install_problem_handlers, on_unexpected_error
from app.settings import Settings, get_settings
from app.site_checks import endpoints as site_checks
from app.site_search import endpoints as site_search

EXPOSED_HEADERS = ("Link", "Content-Crs", "ETag", "Location", "Retry-After", "X-Request-ID")
ALLOWED_HEADERS = (
    "Authorization",
    "X-API-Key",
    "X-Request-ID",
    "Content-Type",
    "Content-Crs",
    "If-Match",
    "If-None-Match",
    "Prefer",
)
ALLOWED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

ROUTERS = (
    health.router,
    page_sessions.router,
    *OGC_ROUTERS,
    exports.router,
    extracts.router,
    gate.router,
    jobs.router,
    checks.router,
    site_checks.router,
    site_search.router,
    plans.router,
    plan_register.router,
    plan_faults.router,
    clearance.router,
    land.router,
    land_reports.router,
    cases.router,
    idle_land.router,
    dashboard.router,
    letters.router,
    imagery.router,
    plan_branches.router,
    layers.router,
    code_tables.router,
    imports.router,
    land_tables.router,
    map_page.router,
)

# Threads for what needs no database, such as the files of the map page, above those that the pool can serve.
SPARE_THREADS = 8


def open_database(settings: Settings) -> Engine:
    """Open the database that the settings name, and make the first key where there is none.

    The private database is brought up to date by itself: nobody else uses it.

    Raises
    ------
    AppError
        One clear paragraph: it does not run, is not of this version, or may not be served at this address.
    """
    named = settings.database_url
    url = PrivateCluster(settings.data_dir).ensure_running() if named is None else named.get_secret_value()
    engine = make_service_engine(url, settings)
    with ExitStack() as on_failure:
        on_failure.callback(engine.dispose)
        if named is None:
            upgrade(engine, srid=settings.storage_srid)
        check_database(engine, settings)
        ensure_first_key(engine, settings.data_dir)
        on_failure.pop_all()
    return engine


def check_database(engine: Engine, settings: Settings) -> None:
    """Refuse to serve a database of another version, or beyond this machine while nobody holds a key."""
    with engine.connect() as connection:
        require_current(connection, srid=settings.storage_srid)
    with Session(engine) as session:
        require_keys_for_address(settings, session)


def build_routes(app: FastAPI) -> None:
    """Let the framework work out what every route takes, which it does of those that a request is held against, when it first is.

    Of all of them that is half a second, which whoever opens the page first would wait for.
    """
    nowhere = {"type": "http", "method": "GET", "path": "", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the database unless the caller did, and close what was opened here."""
    settings: Settings = app.state.settings
    engine: Engine | None = app.state.engine
    is_own = engine is None
    if engine is None:
        engine = await run_in_threadpool(open_database, settings)
        app.state.engine = engine
    else:
        await run_in_threadpool(check_database, engine, settings)
    build_routes(app)
    app.state.database_turns = anyio.Semaphore(settings.pool_size)
    app.state.metrics.watch_pool(engine)
    app.state.snapshots = SnapshotReader(engine.url)
    current_default_thread_limiter().total_tokens = settings.pool_size + SPARE_THREADS
    try:
        yield
    finally:
        await app.state.snapshots.close()
        if is_own:
            engine.dispose()
            app.state.engine = None


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    settings : Settings, optional
        Default: from the environment.
    engine : Engine, optional
        An open database, with at least ``settings.pool_size`` connections, that the caller closes. Default: the
        lifespan opens the one that the settings name.

    Returns
    -------
    FastAPI
        Behind uvicorn run it with ``proxy_headers=False``: this application reads those headers itself.
    """
    settings = settings or get_settings()
    metrics = Metrics()
    app = FastAPI(
        title="Duogui 多规",
        summary="Land-use and zoning GIS service",
        version=package_version("duogui"),
        lifespan=lifespan,
        middleware=_middleware(settings, metrics),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.metrics = metrics
    app.state.statistics = StateCache()
    app.state.area_sums = StateCache()
    app.state.legend_values = StateCache()
    app.state.callers = KnownCallers()
    app.state.tiles = TileCache(settings.tile_cache_bytes)
    app.state.collection_states = KnownStates()
    app.state.known_tiles = KnownTiles(app.state.collection_states)
    install_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _middleware(settings: Settings, metrics: Metrics) -> list[Middleware]:
    """Return the layers around the routes, the outermost first."""
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=ALLOWED_METHODS,
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
    )
    return [
        Middleware(RequestContextMiddleware, metrics=metrics),
        Middleware(OriginMiddleware, settings=settings),
        *([cross_origin] if settings.cors_origins else []),
        Middleware(CompressionMiddleware, minimum_size=1000, gzip_level=5),
        # Here rather than as the framework's outermost layer, so that the answer to a defect has CORS headers and an id.
        Middleware(ExceptionMiddleware, handlers={Exception: on_unexpected_error}),
        Middleware(
            BodyLimitMiddleware,
            max_body_bytes=settings.max_body_bytes,
            larger={imports.UPLOAD_PATH: settings.max_upload_bytes},
        ),
        Middleware(TileMiddleware),
    ]
