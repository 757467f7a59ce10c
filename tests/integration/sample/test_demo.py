"""The demo never puts its sample in force over somebody's own data."""

from contextlib import nullcontext
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from app.demo import DemoRefusedError, load_sample
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file


def test_a_database_with_parcels_of_its_own_is_left_alone(fresh_engine: Engine, tmp_path: Path):
    path = tmp_path / "own.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(113, 28, 113.001, 28.001)], crs="EPSG:4490").to_file(path)
    request = ImportRequest(path=path, to="parcels", kind="parcel", publish=True)
    import_file(fresh_engine, request, actor="test", today=date(2026, 6, 30))
    with pytest.raises(DemoRefusedError, match=r"data of its own .*parcels"):
        load_sample(fresh_engine, actor="test", bar=lambda _title: nullcontext(lambda _done, _total: None))
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from layer_version")) == 1
