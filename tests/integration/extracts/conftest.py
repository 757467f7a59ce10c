"""A town of a few squares: what each sheet has to say can be computed by hand."""

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
from tests.conftest import MakeTemplate

URL = "http://127.0.0.1:8000"
TODAY = date(2026, 6, 30)
SIZE = 0.001
CODES = [f"430121020001GB0000{number}" for number in range(1, 5)]


def square(x: float, y: float, width: float = 1, height: float = 1) -> shapely.Polygon:
    return shapely.box(113 + x * SIZE, 28 + y * SIZE, 113 + (x + width) * SIZE, 28 + (y + height) * SIZE)


@pytest.fixture
def deliver(fresh_engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Return a function that imports polygons as a version of a layer in force."""
    return partial(put_layer, fresh_engine, tmp_path)


def put_layer(
    engine: Engine,
    folder: Path,
    slug: str,
    kind: str,
    shapes: list[shapely.Geometry],
    *,
    coverage: shapely.Geometry | None = None,
    **columns: Any,
) -> None:
    path, known = folder / f"{slug}.gpkg", folder / f"{slug}-known.gpkg"
    options = {name: columns.pop(name) for name in ("mapping", "mandatory", "approval_no") if name in columns}
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490").to_file(path)
    if coverage is not None:
        gpd.GeoDataFrame(geometry=[coverage], crs="EPSG:4490").to_file(known)
        options["coverage"] = known
    request = ImportRequest(
        path=path, to=slug, kind=kind, publish=True, valid_from=date(2024, 1, 1), confirm_loss=True, **options
    )
    import_file(engine, request, actor="test", today=TODAY)


@pytest.fixture
def fresh_template(make_template: MakeTemplate) -> str:
    """Return the name of a database with the town."""
    return make_template("template_town", put_town)


@pytest.fixture
def town(fresh_engine: Engine) -> Engine:
    """Return a database with the town (see :func:`put_town`)."""
    return fresh_engine


def put_town(engine: Engine, folder: Path) -> None:
    """Four parcels in a row; the red line covers the eastern half of the first, its data end in the middle of the third."""
    deliver = partial(put_layer, engine, folder)
    deliver(
        "parcels",
        "parcel",
        [square(0, 0), square(1, 0), square(2, 0), shapely.MultiPolygon([square(3, 0), square(3, 2)])],
        parcel_code=CODES,
        land_use_code=["0601"] * 4,
        mapping={"code_version": "=GB/T 21010-2017"},
    )
    deliver(
        "redline",
        "ecological_redline",
        [square(0.5, -1, 0.5, 3)],
        control_zone=["core"],
        coverage=square(-1, -1, 3.5, 4),
        mandatory=True,
    )
    deliver(
        "city_plan",
        "plan",
        [square(0, -1, 1.25, 4), square(1.25, -1, 5, 4)],
        zone_code=["M1", "R2"],
        floor_area_ratio_max=[2.0, 2.5],
        green_ratio_min=[0.2, 0.35],
        mapping={"code_version": "=GB 50137-2011"},
        approval_no="长政函〔2024〕12号",
    )


@pytest.fixture
def client(town: Engine, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path / "data"), town), base_url=URL) as client:
        yield client
