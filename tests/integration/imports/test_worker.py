"""A worker that dies over an import leaves nothing half, and the next one brings the import to its end."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from .conftest import square

PATIENCE_S = 120.0
SCRIPT = """
import sys, time
from app.db.engine import make_engine
from app.jobs.worker import run_worker
from app.layers import loading
if sys.argv[2] == "held":
    loading.send_rows = lambda *_args: time.sleep(600)
run_worker(make_engine(sys.argv[1]))
"""


@pytest.fixture
def start_worker(fresh_url, tmp_path):
    workers = []

    def start(*, is_held=False):
        """Start a worker, which may be held where it stores the rows of an import."""
        log = (tmp_path / "worker.log").open("ab")
        workers.append(
            (
                subprocess.Popen([sys.executable, "-c", SCRIPT, fresh_url, "held" if is_held else "free"], stderr=log),
                log,
            )
        )
        return workers[-1][0]

    yield start
    for worker, log in workers:
        worker.kill()
        worker.wait()
        log.close()


def wait_for(client, import_id, *states):
    deadline = time.monotonic() + PATIENCE_S
    while (info := client.get(f"/imports/{import_id}").json())["state"] not in states:
        assert time.monotonic() < deadline, info
        time.sleep(0.05)
    return info


def test_an_import_outlives_its_worker(client, upload, delivery, start_worker, fresh_engine, data_dir: Path):
    rows = [{"code": f"P{i}", "geometry": square(i % 500)} for i in range(5_000)]
    import_id = upload(delivery(rows)).json()["id"]
    first = start_worker(is_held=True)
    wait_for(client, import_id, "running")
    first.kill()
    first.wait()
    assert client.get("/layers").json() == {"layers": []}
    assert list((data_dir / "uploads").iterdir()) != []
    start_worker()
    info = wait_for(client, import_id, "draft", "failed")
    assert (info["state"], info["counts"]["read"], info["problem"]) == ("draft", 5_000, None)
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(distinct feature_id) from parcel")) == 5_000
        assert connection.scalar(text("select count(*) from parcel")) == 5_000
        assert connection.scalar(text("select count(*) from layer_version")) == 1
    assert list((data_dir / "uploads").iterdir()) == []
