"""What a layer has and where is measured when it is published, and measured again once its features were edited."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.collections import statistics
from app.collections.catalog import find_collection
from app.collections.periods import Period
from app.collections.repository import Statistics
from app.collections.rows import Rows, current_scope
from app.collections.statistics import StateCache, collection_statistics
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file

DAY = date(2026, 6, 30)


def put(engine: Engine, folder: Path, count: int) -> None:
    """Put a row of so many parcels in force."""
    boxes = [shapely.box(113 + n / 1000, 28, 113 + (n + 1) / 1000, 28.001) for n in range(count)]
    path = folder / f"{count}.gpkg"
    gpd.GeoDataFrame({"code": [f"P{n}" for n in range(count)]}, geometry=boxes, crs="EPSG:4490").to_file(path)
    request = ImportRequest(
        path=path,
        to="parcels",
        kind="parcel",
        mapping={"parcel_code": "code"},
        publish=True,
        confirm_loss=True,
        valid_from=date(2024, 1, 1),
    )
    import_file(engine, request, actor="test", today=DAY)


def measured(engine: Engine) -> Statistics:
    """Return what a process that has just started says of the layer."""
    with Session(engine) as session:
        collection = find_collection(session, "parcels", Period.of_day(DAY))
        rows = Rows(collection, current_scope(session, collection))
        (found,) = collection_statistics(session, StateCache(), [rows], 4490)
    return found


def test_what_was_measured_at_publication_is_said_without_looking_at_the_features(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put(fresh_engine, tmp_path, 4)
    with monkeypatch.context() as patch:
        patch.setattr(statistics, "measure_rows", lambda *_: pytest.fail("the features were looked at"))
        found = measured(fresh_engine)
    assert found.count == 4
    assert (found.box.west, found.box.south, found.box.east, found.box.north) == pytest.approx(
        (113, 28, 113.004, 28.001)
    )
    put(fresh_engine, tmp_path, 7)
    assert measured(fresh_engine).count == 7


def test_an_edited_layer_is_measured_anew(fresh_engine: Engine, tmp_path: Path):
    put(fresh_engine, tmp_path, 4)
    before = measured(fresh_engine)
    with fresh_engine.begin() as connection:
        connection.execute(text("delete from parcel where parcel_code = 'P3'"))
    assert measured(fresh_engine) == before
    with fresh_engine.begin() as connection:
        connection.execute(text("update layer_version set edit_count = edit_count + 1"))
    after = measured(fresh_engine)
    assert (after.count, after.box.east) == (3, pytest.approx(113.003))


def test_a_version_that_was_published_before_anything_was_kept_is_measured(fresh_engine: Engine, tmp_path: Path):
    put(fresh_engine, tmp_path, 4)
    kept = measured(fresh_engine)
    with fresh_engine.begin() as connection:
        assert connection.execute(text("delete from layer_statistics")).rowcount == 1
    assert measured(fresh_engine) == kept
