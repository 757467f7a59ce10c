from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.settings import Settings
from tests.documented import hold_to_document

DAY = date(2026, 6, 30)
STEP = 0.001


def box(x0: float, x1: float, y0: float = 0, y1: float = 1) -> shapely.Polygon:
    """Return a box, in thousandths of a degree from 113 E 28 N."""
    return shapely.box(113 + x0 * STEP, 28 + y0 * STEP, 113 + x1 * STEP, 28 + y1 * STEP)


def put_layer(
    engine: Engine,
    folder: Path,
    slug: str,
    kind: str,
    rows: list[dict[str, Any]],
    *,
    known: shapely.Geometry | None = None,
    **options: Any,
) -> None:
    """Put a layer in force."""
    path = folder / f"{slug}.gpkg"
    gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(path)
    coverage = None
    if kind != "parcel":
        coverage = folder / f"{slug}-known.gpkg"
        gpd.GeoDataFrame(geometry=[known or box(-100, 100, -100, 100)], crs="EPSG:4490").to_file(coverage)
    fields = {
        "parcel": {"parcel_code": "code"},
        "plan": {"zone_code": "code", "code_version": "=GUIDE-2023"}
        | ({"floor_area_ratio_max": "far"} if "far" in rows[0] else {}),
    }.get(kind, {"control_code": "code"} | ({"control_zone": "zone"} if "zone" in rows[0] else {}))
    request = ImportRequest(
        path=path,
        to=slug,
        kind=kind,
        mapping=options.pop("mapping", fields),
        coverage=coverage,
        publish=True,
        **({"valid_from": date(2024, 1, 1)} | options),
    )
    import_file(engine, request, actor="test", today=DAY)


@pytest.fixture
def put(fresh_engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Return a function that puts a layer in force."""
    return partial(put_layer, fresh_engine, tmp_path)


@pytest.fixture
def client(fresh_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client on this machine."""
    settings = Settings(data_dir=tmp_path / "data", pool_size=4)
    with TestClient(create_app(settings, fresh_engine), base_url="http://127.0.0.1:8000") as client:
        yield hold_to_document(client)


@pytest.fixture
def ask(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Ask about polygons, and return the answer."""

    def ask(*polygons: shapely.Geometry, **question: Any) -> dict[str, Any]:
        answer = client.post("/site-checks", json=request(*polygons, **question))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask


def request(*polygons: shapely.Geometry, **question: Any) -> dict[str, Any]:
    """Return the body that asks about polygons."""
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(polygon)} for polygon in polygons
    ]
    return {"sites": {"type": "FeatureCollection", "features": features}, "as_of": DAY.isoformat(), **question}


def layer_of(answer: dict[str, Any], slug: str, site: int = 0) -> dict[str, Any]:
    """Return what one layer says of one site."""
    (layer,) = [layer for layer in answer["sites"][site]["layers"] if layer["layer"] == slug]
    found: dict[str, Any] = layer
    return found
