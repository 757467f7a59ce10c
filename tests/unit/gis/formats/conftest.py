"""Files that GDAL writes and shapely cannot."""

import struct
from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest

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
