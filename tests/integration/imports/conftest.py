"""A service that takes deliveries, and a worker that is run by hand."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.sessions import write_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings
from tests.documented import hold_to_document

EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing listens there: the service only believes that it does
LOCAL = "http://127.0.0.1:8000"
OPTIONS = {"to": "parcels", "kind": "parcel", "map": json.dumps({"parcel_code": "code"})}
BOWTIE = shapely.Polygon([(113.2, 28), (113.201, 28.001), (113.201, 28), (113.2, 28.001)])


def square(i: int) -> shapely.Polygon:
    """Return a square beside the one before."""
    return shapely.box(113 + i * 0.001, 28, 113.001 + i * 0.001, 28.001)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(fresh_engine: Engine, data_dir: Path) -> Iterator[Callable[..., TestClient]]:
    """Return a function that serves the database under other settings, to somebody with a key of some scope."""
    clients: list[TestClient] = []

    def serve(scope: Scope | None = Scope.WRITE, **changes: Any) -> TestClient:
        headers = {}
        if scope is not None:
            with write_session(fresh_engine, actor="tests") as session:
                headers["X-API-Key"] = create_key(session, f"{scope.value} {len(clients)}", scope)
        app = create_app(Settings(data_dir=data_dir, pool_size=4, **changes), fresh_engine)
        client = hold_to_document(TestClient(app, base_url=LOCAL, headers=headers))
        clients.append(client)
        return client.__enter__()

    yield serve
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    """Return a client that may write."""
    return serve()


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., bytes]:
    """Return a function that makes a GeoPackage."""

    def make(rows: list[dict[str, Any]]) -> bytes:
        path = tmp_path / "made.gpkg"
        path.unlink(missing_ok=True)
        gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(path)
        return path.read_bytes()

    return make


@pytest.fixture
def upload(client: TestClient) -> Callable[..., Any]:
    """Return a function that posts a file."""

    def upload(content: bytes, name: str = "宗地.gpkg", query: str = "", **options: Any) -> Any:
        files = {"file": (name, io.BytesIO(content))}
        return client.post(f"/imports{query}", data=OPTIONS | options, files=files)

    return upload


@pytest.fixture
def work(fresh_engine: Engine) -> Callable[[str], None]:
    """Return a function that does the work of an import."""

    def work(import_id: str) -> None:
        run_job(fresh_engine, UUID(import_id), KINDS)

    return work
