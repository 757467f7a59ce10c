"""A served city: one database for the whole folder, and clients that reach the service in different ways."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.engine import make_service_engine
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings
from tests.databases import Databases
from tests.documented import hold_to_document

from .city import build_city

LOCAL = "http://127.0.0.1:8000"
POOL_SIZE = 4


def make_settings(data_dir: Path, **changes: Any) -> Settings:
    return Settings(data_dir=data_dir, pool_size=POOL_SIZE, max_items_limit=1000, **changes)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> Iterator[None]:
    """Log as in production; the default renders every local variable of a failure, which takes a minute."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ogc")


@pytest.fixture(scope="session")
def city_engine(databases: Databases, template_database: str, data_dir: Path) -> Iterator[Engine]:
    """Return an engine on a database that holds the city; whoever changes it adds a layer of its own."""
    url = databases.copy(template_database, f"ogc_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    engine = make_service_engine(url, make_settings(data_dir))
    build_city(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def keys(city_engine: Engine) -> dict[Scope, str]:
    """Return a key of each scope."""
    with write_session(city_engine, actor="tests") as session:
        return {scope: create_key(session, f"{scope.value} key", scope) for scope in Scope}


@pytest.fixture(scope="session")
def serve(city_engine: Engine, data_dir: Path, keys: dict[Scope, str]) -> Iterator[Callable[..., TestClient]]:
    """Return a function that serves the city under other settings and gives a client."""
    with ExitStack() as stack:

        def start(base_url: str = LOCAL, headers: dict[str, str] | None = None, **changes: Any) -> TestClient:
            app = create_app(make_settings(data_dir, **changes), city_engine)
            return hold_to_document(stack.enter_context(TestClient(app, base_url=base_url, headers=headers)))

        yield start


@pytest.fixture(scope="session")
def client(serve: Callable[..., TestClient]) -> TestClient:
    """Return a client on this machine without a key."""
    return serve()


@pytest.fixture(scope="session")
def key_client(serve: Callable[..., TestClient], keys: dict[Scope, str]) -> TestClient:
    """Return a client on this machine with a key for reading."""
    return serve(headers={"Authorization": f"Bearer {keys[Scope.READ]}"})
