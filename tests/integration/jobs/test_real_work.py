"""The work that the service offers runs to its end as a job."""

from datetime import date
from uuid import UUID

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from app.demo import sample_folder
from app.idle.service import import_table
from app.jobs.kinds import CHECK_RUN, IDLE_SCAN, KINDS
from app.jobs.runner import run_job
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file


@pytest.fixture
def layers(fresh_engine: Engine, tmp_path) -> None:
    squares = [shapely.box(113 + i * 0.001, 28, 113.001 + i * 0.001, 28.001) for i in range(3)]
    for slug, kind, shapes in [
        ("parcels", "parcel", squares),
        ("redline", "ecological_redline", [shapely.box(112.9, 27.9, 113.0015, 28.1)]),
    ]:
        path = tmp_path / f"{slug}.gpkg"
        gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4490").to_file(path)
        request = ImportRequest(path=path, to=slug, kind=kind, publish=True, valid_from=date(2024, 1, 1))
        import_file(fresh_engine, request, actor="test", today=date(2026, 6, 30))


def run(engine: Engine, job_id: UUID) -> None:
    run_job(engine, job_id, KINDS, attempt=1, is_stopping=lambda: False)


def test_a_check_runs_as_a_job_and_its_result_is_the_summary(fresh_engine, layers, enqueue, job):
    job_id = enqueue(CHECK_RUN, {"target": "parcels", "as_of": "2026-06-30"})
    run(fresh_engine, job_id)
    done = job(job_id)
    assert (done.status, done.progress) == ("successful", 100)
    assert done.result["findings"][0]["count"] == 2
    assert done.result["check_run_id"] == 1


def test_a_scan_runs_as_a_job(fresh_engine, enqueue, job):
    import_table(fresh_engine, sample_folder() / "出让合同.csv", "contracts", actor="test")
    job_id = enqueue(IDLE_SCAN, {"as_of": "2026-06-30"})
    run(fresh_engine, job_id)
    done = job(job_id)
    assert done.status == "successful"
    assert done.result["cases"]["idle_not_started"] == 28


def test_a_check_without_parcels_fails_with_its_reason(fresh_engine, enqueue, job):
    job_id = enqueue(CHECK_RUN, {"target": "parcels"})
    run(fresh_engine, job_id)
    failed = job(job_id)
    assert failed.status == "failed"
    assert "There is no layer 'parcels'" in failed.error["detail"]
