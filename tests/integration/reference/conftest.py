"""A service over a database that begins empty and gets reference layers."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.layers.delivery import ImportRequest
from app.layers.importing import ImportResult, import_file
from app.layers.vectors import reference_requests
from app.main import create_app
from app.settings import Settings
from tests.databases import Databases

TODAY = date(2026, 6, 30)
LOCAL = "http://127.0.0.1:8000"


def load_reference(engine: Engine, path: Path, **options: object) -> list[ImportResult]:
    requests = reference_requests(ImportRequest(path=path, to="reference", **options))
    return [import_file(engine, request, actor="test", today=TODAY) for request in requests]


@pytest.fixture(scope="module")
def reference_engine(databases: Databases, template_database: str) -> Iterator[Engine]:
    """Return an engine on a migrated database that the module's tests fill."""
    with databases.copied(template_database) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def client(reference_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("reference"), pool_size=4)
    with TestClient(create_app(settings, reference_engine), base_url=LOCAL) as client:
        yield client


@pytest.fixture(scope="module")
def load(reference_engine: Engine) -> Callable[..., list[ImportResult]]:
    """Return a function that imports all layers of a file as reference layers."""

    def load(path: Path, **options: object) -> list[ImportResult]:
        return load_reference(reference_engine, path, **options)

    return load
