from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from app.layers.delivery import ImportRequest
from app.layers.importing import ImportResult, import_file

TODAY = date(2026, 6, 30)


def square(i: int, size: float = 0.001) -> shapely.Polygon:
    """Return a square beside the one before."""
    return shapely.box(113 + i * 0.001, 28, 113 + i * 0.001 + size, 28 + size)


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a file of polygons."""

    def write(rows: list[dict[str, Any]], name: str = "parcels.gpkg", crs: str = "EPSG:4490") -> Path:
        path = tmp_path / name
        gpd.GeoDataFrame(rows, geometry="geometry", crs=crs).to_file(path)
        return path

    return write


@pytest.fixture
def load(fresh_engine: Engine) -> Callable[..., ImportResult]:
    """Return a function that imports a file, into the layer ``parcels`` unless told otherwise."""

    def load(path: Path, *, chunk_rows: int = 20_000, **options: Any) -> ImportResult:
        request = ImportRequest(path=path, **({"to": "parcels", "kind": "parcel"} | options))
        return import_file(fresh_engine, request, actor="test", today=TODAY, chunk_rows=chunk_rows)

    return load
