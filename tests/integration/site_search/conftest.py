"""A street of parcels, made once: what a search has to find there can be seen by looking at it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.main import create_app
from app.settings import Settings
from tests.databases import Databases
from tests.integration.site_checks.conftest import box, client, put, put_layer

__all__ = ["client", "put"]

RED, BOUNDARY, ROAD = box(-5, 1.5, -5, 5), box(0, 11.5, -5, 5), box(-9, 4, 1.3, 1.6)


@dataclass(frozen=True)
class Street:
    """Parcels in a row by their codes, and a service that knows them."""

    shapes: dict[str, shapely.Geometry]
    engine: Engine
    client: TestClient


def code(number: int) -> str:
    """Return the code of a parcel."""
    return f"430121020001GB{number:05d}"


@pytest.fixture(scope="module")
def street(databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Put twelve parcels (the sixth and the last twice as wide), a red line, a boundary, a road and a plan in force."""
    folder = tmp_path_factory.mktemp("street")
    name = f"street_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = make_engine(databases.copy(template_database, name))
    put = partial(put_layer, engine, folder)
    edges = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14]
    shapes = {code(number): box(edges[number], edges[number + 1]) for number in range(12)}
    put("parcels", "parcel", [{"code": name, "geometry": shape} for name, shape in shapes.items()])
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": RED}])
    put("boundary", "urban_development_boundary", [{"code": "B", "zone": "01", "geometry": BOUNDARY}])
    put("roads", "transport", [{"code": "G107", "GLDJ": "国道", "geometry": ROAD}])
    zones = [
        {"code": "100101", "far": 2.0, "geometry": box(0, 8, -5, 5)},
        {"code": "100101", "far": 1.0, "geometry": box(8, 20, -5, 5)},
    ]
    put("plan", "plan", zones)
    settings = Settings(data_dir=folder / "data", pool_size=4)
    with TestClient(create_app(settings, engine), base_url="http://127.0.0.1:8000") as client:
        yield Street(shapes, engine, client)
    engine.dispose()
    databases.drop(name)
