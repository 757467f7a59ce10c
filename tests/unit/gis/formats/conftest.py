"""Files that GDAL writes and shapely cannot."""

import struct
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyogrio
import pytest
import shapely

CIRCLE = struct.pack("<BIIBII10d", 1, 10, 1, 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)
TRIANGLE = struct.pack("<BIII8d", 1, 3, 1, 4, 0, 0, 1, 0, 1, 1, 0, 0)
SURFACES = struct.pack("<BII", 1, 12, 1) + CIRCLE


@pytest.fixture
def curved(tmp_path: Path) -> Path:
    """Write a curve polygon, a triangle, and a multi-surface."""
    path = tmp_path / "curved.gpkg"
    table = pa.table({"n": [1, 2, 3], "geom": pa.array([CIRCLE, TRIANGLE, SURFACES], pa.binary())})
    pyogrio.write_arrow(table, path, driver="GPKG", geometry_name="geom", geometry_type="Unknown", crs="EPSG:4490")
    return path


def parcels(count: int = 3, crs: str = "EPSG:4547") -> gpd.GeoDataFrame:
    """Make squares beside each other near Changsha, with Chinese names."""
    corner = (406_700, 3_125_000) if crs == "EPSG:4547" else (113.0, 28.0)
    size = 100 if crs == "EPSG:4547" else 0.001
    squares = [
        shapely.box(corner[0] + i * size, corner[1], corner[0] + (i + 1) * size, corner[1] + size) for i in range(count)
    ]
    return gpd.GeoDataFrame(
        {"code": list(range(count)), "名称": [f"地块{i}" for i in range(count)]}, geometry=squares, crs=crs
    )


@pytest.fixture
def make_parcels():
    """Give tests the maker of parcels."""
    return parcels
